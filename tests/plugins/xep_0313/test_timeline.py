# SPDX-License-Identifier: MIT
"""The timeline: archive, live messages, carbons, rooms and what is sent, each message once and in order."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import ContentMismatch, IqError, NotConnectedError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313 import Entry, Source, pages, timeline
from xmppkit.plugins.xep_0313.entries import Position

OWN = "romeo@montague.lit"
HOME = f"{OWN}/home"
JULIET = "juliet@capulet.lit/balcony"
ROOM = "coven@muc.shakespeare.lit"
NS = "urn:xmpp:mam:2"
BEGIN = datetime.datetime(2010, 7, 10, 23, 0, 0, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class Reader:
    """Reads a timeline as fast as it gives something, or when it is told to."""

    def __init__(self, romeo: Any, *, eager: bool = True, **options: Any) -> None:
        self.romeo = romeo
        options.setdefault("since", LONG_AGO)
        self.timeline = romeo.plugin["xep_0313"].timeline(**options)
        self.entries: list[Entry] = []
        self.failure: BaseException | None = None
        self.ended = False
        self.may = asyncio.Semaphore(1_000_000 if eager else 0)
        self.task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            async for entry in self.timeline:
                self.entries.append(entry)
                await self.may.acquire()
        except Exception as failure:
            self.failure = failure
        self.ended = True

    async def settle(self) -> None:
        """Until nothing has happened for a while."""
        sent, quiet = -1, 0
        while quiet < 3:
            await self.romeo.settle()
            now = len(self.romeo.network.sent) + len(self.entries)
            sent, quiet = now, quiet + 1 if now == sent else 0

    async def close(self) -> None:
        self.task.cancel()
        await self.timeline.aclose()

    @property
    def bodies(self) -> list[Any]:
        return [entry.message["body"] for entry in self.entries]


def fill(archive: Any, count: int, **options: Any) -> list[str]:
    texts = [f"{archive.jid[0]}{len(archive.stored) + number}" for number in range(count)]
    for text in texts:
        archive.store(text, **options)
    return texts


def carbon(text: str, what: str = "received", *, sender: str = OWN) -> str:
    return (
        f"<message from='{sender}' to='{HOME}'><{what} xmlns='urn:xmpp:carbons:2'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{text}</forwarded></{what}></message>"
    )


def kept(archive: Any, number: int) -> str:
    """A stored message as a room sends it to who joins, or the server when the account is there again."""
    delay = f"<delay xmlns='urn:xmpp:delay' from='{archive.jid}' stamp='2010-07-10T23:00:00Z'/>"
    text: str = archive.live(number).replace("</message>", f"{delay}</message>")
    return text


# --- each message once, in order ----------------------------------------------------------------------------


async def test_first_what_was_and_then_what_comes(romeo: Any, archive: Any) -> None:
    texts = fill(archive, 5)
    reader = Reader(romeo, amount=2)
    await reader.settle()
    assert reader.bodies == texts
    assert {entry.source for entry in reader.entries} == {Source.ARCHIVE}
    assert [entry.stamp for entry in reader.entries] == [each.stamp for each in archive.stored]
    assert archive.carbons == 1
    first = reader.entries[0]
    assert (first.archive, first.id, first.outgoing) == (JID(OWN), "romeo-0", False)
    live = archive.store("live")
    romeo.take(live)
    romeo.take(live)
    romeo.take(carbon(archive.store("sent", sender=f"{OWN}/garden", to=JULIET), "sent"))
    romeo.take(carbon(archive.store("received", to=f"{OWN}/garden")))
    await reader.settle()
    assert reader.bodies == [*texts, "live", "sent", "received"]
    assert [entry.source for entry in reader.entries[5:]] == [Source.LIVE, Source.CARBON, Source.CARBON]
    assert [entry.outgoing for entry in reader.entries[5:]] == [False, True, False]
    assert [entry.id for entry in reader.entries[5:]] == ["romeo-5", "romeo-6", "romeo-7"]
    assert len(archive.asked) == 3
    await reader.close()


async def test_what_comes_while_pages_are_read_comes_behind_them(romeo: Any, archive: Any) -> None:
    texts = fill(archive, 4)

    def meanwhile() -> None:
        if len(archive.stored) < 6:
            romeo.take(archive.store(f"new{len(archive.stored)}"))

    archive.before_page = meanwhile
    reader = Reader(romeo, amount=3)
    await reader.settle()
    assert reader.bodies == [*texts, "new4", "new5"]
    await reader.close()


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["store", "store", "deliver", "deliver", "again", "kept", "read", "turn", "session", "room"]),
        st.integers(0, 20),
    ),
    max_size=40,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actions=ACTIONS, amount=st.integers(1, 3), announced=st.booleans(), before=st.integers(0, 4))
async def test_any_order_of_sources_gives_each_message_once(
    make_world: Any, actions: Any, amount: int, announced: bool, before: int
) -> None:
    """Whatever comes when, twice, as a carbon or from the archive, and however slowly it is read."""
    features = (NS, "urn:xmpp:sid:0") if announced else (NS,)
    account, room, romeo = make_world(announces=features, most=3)
    archives = (account, room)
    coming: list[tuple[Any, int]] = []  # archived, and on their way
    came: list[tuple[Any, int]] = []

    def store(archive: Any) -> None:
        number = len(archive.stored)
        origin = f"<origin-id xmlns='urn:xmpp:sid:0' id='o{number}'/>"
        sender = JULIET if archive is account else f"{ROOM}/witch"
        archive.store(f"{archive.jid[0]}{number}", sender=sender, more=origin)
        coming.append((archive, number))

    def deliver(archive: Any, number: int, *, copied: bool) -> None:
        text = archive.live(number)
        romeo.take(carbon(text) if copied and archive is account else text)

    for archive in archives:
        fill(archive, before, sender=JULIET if archive is account else f"{ROOM}/witch")
    reader = Reader(romeo, eager=False, rooms=[ROOM], amount=amount)
    for action, number in actions:
        if action == "store":
            store(archives[number % 2])
        elif action == "deliver" and coming:
            came.append(coming.pop(0))
            deliver(*came[-1], copied=number % 3 == 0)
        elif action == "again" and came:
            deliver(*came[number % len(came)], copied=number % 2 == 0)
        elif action == "kept" and announced:
            archive = archives[number % 2]
            if len(archive.stored) > number // 2:
                romeo.take(kept(archive, number // 2))
        elif action == "read":
            for _ in range(number):
                reader.may.release()
        elif action == "turn":
            for _ in range(number):
                await asyncio.sleep(0)
        elif action == "session":
            coming.clear()  # they were for the session before; the archives have them
            romeo.event("session_start", {})
        elif action == "room":
            romeo.event(f"muc::{ROOM}::self-presence", None)
    for each in coming:
        deliver(*each, copied=False)
    for _ in range(200):
        reader.may.release()
    await reader.settle()
    assert reader.failure is None
    assert romeo.faults == []
    for archive in archives:
        found = [entry.message["body"] for entry in reader.entries if entry.archive == archive.jid]
        assert found == [f"{archive.jid[0]}{number}" for number in range(len(archive.stored))]
    await reader.close()


async def test_archives_are_merged_by_time(make_world: Any) -> None:
    account, room, romeo = make_world()
    for archive, sender, shift in ((account, JULIET, 0.0), (room, f"{ROOM}/witch", 0.5)):
        fill(archive, 3, sender=sender)
        moved = [each._replace(stamp=each.stamp + datetime.timedelta(seconds=shift)) for each in archive.stored]
        archive.stored[:] = moved
    reader = Reader(romeo, rooms=[ROOM, ROOM], amount=1)
    await reader.settle()
    assert reader.bodies == ["r0", "c0", "r1", "c1", "r2", "c2"]
    assert reader.entries[1].archive == ROOM
    await reader.close()


async def test_what_a_room_has_said_is_the_rooms(make_world: Any) -> None:
    account, room, romeo = make_world()
    said = room.store("in the room", sender=f"{ROOM}/witch")
    account.stored.append(room.stored[0]._replace(id="copy"))
    account.stored.append(room.stored[0]._replace(id="empty", xml=""))
    reader = Reader(romeo, rooms=[ROOM], amount=1)
    await reader.settle()
    romeo.take(said)
    romeo.take(said.replace(ROOM, "other@muc.shakespeare.lit"))
    await reader.settle()
    assert [(entry.archive.full, entry.message["body"]) for entry in reader.entries] == [(ROOM, "in the room")]
    await reader.close()


async def test_a_reader_that_is_cancelled_anywhere_loses_nothing(make_world: Any) -> None:
    account, _, romeo = make_world()
    texts = fill(account, 12)
    found = []
    async with romeo.plugin["xep_0313"].timeline(rooms=[ROOM], since=LONG_AGO, amount=2) as entries:
        for turns in range(80):
            reading = asyncio.ensure_future(anext(entries))
            for _ in range(turns):
                await asyncio.sleep(0)
            reading.cancel()
            try:
                found.append((await reading).message["body"])
            except asyncio.CancelledError:
                continue
    assert found == texts
    assert romeo.faults == []


# --- who is believed ----------------------------------------------------------------------------------------


async def test_spoof_an_id_that_somebody_else_gave(network: Any, make_world: Any) -> None:
    """security.md B25: with a server that lets ids through, none is believed."""
    account, _, romeo = make_world(announces=(NS,))
    reader = Reader(romeo)
    await reader.settle()
    first = account.store("first", id="1")
    forged = first.replace("first", "forged").replace("id='1'", "id='2'").replace(JULIET, "tybalt@capulet.lit/x")
    romeo.take(forged)
    romeo.take(first)
    await reader.settle()
    assert reader.bodies == ["forged", "first"]
    assert [entry.id for entry in reader.entries] == [None, None]
    await reader.close()


async def test_spoof_an_origin_id_of_somebody_else(make_world: Any) -> None:
    """security.md B25: an origin-id says nothing without its author."""
    _, _, romeo = make_world(announces=())
    reader = Reader(romeo)
    await reader.settle()
    origin = "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
    for sender in (JULIET, "tybalt@capulet.lit/x", JULIET):
        romeo.take(f"<message from='{sender}' to='{HOME}'><body>{sender}</body>{origin}</message>")
    await reader.settle()
    assert reader.bodies == [JULIET, "tybalt@capulet.lit/x"]
    await reader.close()


async def test_spoof_a_carbon_and_a_result(romeo: Any, archive: Any) -> None:
    reader = Reader(romeo)
    await reader.settle()
    inner = "<message xmlns='jabber:client' from='juliet@capulet.lit'><body>die</body></message>"
    romeo.take(carbon(inner, sender="tybalt@capulet.lit/x"))
    romeo.take(
        f"<message from='{OWN}'><result xmlns='{NS}' queryid='x' id='x'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"{inner}</forwarded></result></message>"
    )
    romeo.take("<message from='a@b' type='error'><body>x</body></message>")
    romeo.take(carbon(inner.replace("<message", "<message type='error'")))
    romeo.take("<message from='a@b'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    await reader.settle()
    assert reader.entries == []
    assert romeo.faults == []
    await reader.close()


@pytest.mark.parametrize(
    ("by", "believed"), [(OWN, True), ("montague.lit", True), ("capulet.lit", False), ("@@", False)]
)
async def test_spoof_a_delay(romeo: Any, archive: Any, by: str, believed: bool) -> None:
    reader = Reader(romeo)
    await reader.settle()
    delay = f"<delay xmlns='urn:xmpp:delay' from='{by}' stamp='2002-09-10T23:08:25Z'/>"
    romeo.take(f"<message from='{JULIET}' to='{HOME}'><body>x</body>{delay}</message>")
    await reader.settle()
    assert (reader.entries[0].stamp.year == 2002) is believed
    await reader.close()


async def test_spoof_an_archive_that_never_ends(romeo: Any, archive: Any) -> None:
    """security.md B6"""
    fill(archive, 4)
    archive._select = lambda query: (archive.stored[:2] if len(archive.asked) % 2 else archive.stored[2:], False)
    reader = Reader(romeo)
    await reader.settle()
    assert reader.bodies == ["r0", "r1", "r2", "r3"]
    assert isinstance(reader.failure, ContentMismatch)
    await reader.close()


# --- bounds ---------------------------------------------------------------------------------------------------


async def test_what_nobody_reads_is_bounded(
    romeo: Any, archive: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(timeline, "BUFFER", 5)
    reader = Reader(romeo, eager=False)
    fill(archive, 1)
    await reader.settle()
    for number in range(1, 23):
        romeo.take(archive.store(f"r{number}"))
        assert len(reader.timeline._live) <= 5
    assert "fetched from the archives again" in caplog.text
    for _ in range(50):
        reader.may.release()
    await reader.settle()
    assert reader.bodies == [f"r{number}" for number in range(23)]
    await reader.close()


# --- going on -------------------------------------------------------------------------------------------------


async def restarted(make_world: Any, old: Any, positions: Any) -> tuple[Any, Any]:
    """The same archive with another process."""
    account, _, romeo = make_world()
    account.stored = old.stored
    for op in ("get_position", "set_position"):
        romeo.plugin["xep_0313"].api.register(getattr(positions, op), op)
    return account, romeo


class Positions:
    def __init__(self) -> None:
        self.kept: dict[Any, Position] = {}

    def get_position(self, jid: Any, node: str, ifrom: Any, args: Any) -> Any:
        return self.kept.get((jid.full, node, args["archive"].full))

    def set_position(self, jid: Any, node: str, ifrom: Any, args: Any) -> None:
        self.kept[jid.full, node, args["archive"].full] = args["position"]


async def test_a_program_that_runs_again_goes_on_where_it_stopped(make_world: Any) -> None:
    first, _, _ = make_world()
    fill(first, 5)
    positions = Positions()
    account, romeo = await restarted(make_world, first, positions)
    found = []
    async with romeo.plugin["xep_0313"].timeline(since=LONG_AGO, amount=2) as entries:
        async for entry in entries:
            found.append(entry.message["body"])
            if len(found) == 3:
                break
    assert positions.kept[OWN, "", OWN].id == "romeo-2"
    account, romeo = await restarted(make_world, account, positions)
    reader = Reader(romeo, since=None)
    await reader.settle()
    romeo.take(account.store("live"))
    await reader.settle()
    assert [*found, *reader.bodies] == ["r0", "r1", "r2", "r3", "r4", "live"]
    await reader.close()
    assert positions.kept[OWN, "", OWN].id == "romeo-5"
    account, romeo = await restarted(make_world, account, positions)
    account.store("later")
    reader = Reader(romeo)
    await reader.settle()
    assert reader.bodies == ["later"]
    await reader.close()


async def test_what_a_room_sends_to_who_joins_is_not_given_out_again(make_world: Any) -> None:
    """A program that runs again joins its rooms, which send what was said last; the timeline was behind that."""
    _, room, romeo = make_world()
    texts = fill(room, 4, sender=f"{ROOM}/witch")
    reader = Reader(romeo, rooms=[ROOM])
    await reader.settle()
    assert reader.bodies == texts
    await reader.close()
    fill(room, 1, sender=f"{ROOM}/witch")
    reader = Reader(romeo, rooms=[ROOM])
    await reader.settle()
    asked = len(room.asked)
    romeo.event(f"muc::{ROOM}::self-presence", None)
    for number in range(5):
        romeo.take(kept(room, number))
    romeo.take(room.store("live", sender=f"{ROOM}/witch"))
    await reader.settle()
    assert reader.bodies == ["c4", "live"]
    assert len(room.asked) == asked + 1, "one look is enough for all of them"
    await reader.close()


async def test_what_says_to_be_old_is_looked_for(make_world: Any) -> None:
    """Whoever writes a delay into what is said now does not hide it."""
    _, room, romeo = make_world()
    reader = Reader(romeo, rooms=[ROOM])
    await reader.settle()
    room.store("not old", sender=f"{ROOM}/witch")
    romeo.take(kept(room, 0))
    await reader.settle()
    assert reader.bodies == ["not old"]
    await reader.close()


async def test_what_fails_is_given_out_again(make_world: Any) -> None:
    first, _, _ = make_world()
    fill(first, 2)
    positions = Positions()
    account, romeo = await restarted(make_world, first, positions)

    async def fail() -> None:
        async with romeo.plugin["xep_0313"].timeline(since=LONG_AGO) as entries:
            assert (await anext(entries)).message["body"] == "r0"
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await fail()
    async with romeo.plugin["xep_0313"].timeline(since=LONG_AGO, name="other") as entries:
        assert (await anext(entries)).id == "romeo-0"
    assert (OWN, "", OWN) not in positions.kept
    assert positions.kept[OWN, "other", OWN].id == "romeo-0"
    assert len(account.asked) == 3


async def test_without_a_moment_it_begins_at_the_end(make_world: Any) -> None:
    first, _, _ = make_world()
    fill(first, 3)
    positions = Positions()
    account, romeo = await restarted(make_world, first, positions)
    reader = Reader(romeo, since=None)
    await reader.settle()
    assert positions.kept[OWN, "", OWN] == Position("romeo-2", BEGIN + datetime.timedelta(seconds=2))
    account.store("missed")
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == ["missed"]
    await reader.close()


async def test_what_may_change_is_not_kept(make_world: Any) -> None:
    """XEP-0313 §4.3.2"""
    first, _, _ = make_world()
    fill(first, 2)
    positions = Positions()
    account, romeo = await restarted(make_world, first, positions)
    account.stable = False
    reader = Reader(romeo)
    await reader.settle()
    assert reader.bodies == ["r0", "r1"]
    assert positions.kept == {}
    account.stable = True
    romeo.event("session_start", {})
    await reader.settle()
    assert positions.kept[OWN, "", OWN].id == "romeo-1"
    assert reader.bodies == ["r0", "r1"]
    await reader.close()


@pytest.mark.parametrize("broken", [False, True])
async def test_an_empty_archive(make_world: Any, broken: bool) -> None:
    account, room, romeo = make_world()
    if broken:
        room.refuses = "forbidden"
    reader = Reader(romeo, since=None, rooms=[ROOM])
    await reader.settle()
    room.refuses = None
    account.store("first")
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == ["first"]
    await reader.close()


async def test_a_message_that_the_archive_does_not_have_any_more(make_world: Any) -> None:
    """XEP-0313 §3.2: the oldest are deleted."""
    account, _, romeo = make_world()
    fill(account, 6)
    plugin = romeo.plugin["xep_0313"]
    position = Position("romeo-1", BEGIN + datetime.timedelta(seconds=1))
    await plugin.api["set_position"](JID(OWN), "", None, {"archive": JID(OWN), "position": position})
    del account.stored[:3]
    reader = Reader(romeo)
    await reader.settle()
    assert reader.bodies == ["r3", "r4", "r5"]
    await reader.close()


async def test_what_was_sent_here_is_there_once(make_world: Any) -> None:
    account, _, romeo = make_world()
    reader = Reader(romeo)
    await reader.settle()
    message = romeo.make_message(JULIET, "from me", mtype="chat")
    assert reader.timeline._sources.sending(message) is message
    id = message["id"]
    message.body = "changed afterwards"
    room = romeo.make_message(ROOM, "to the room", mtype="groupchat")
    reader.timeline._sources.sending(room)
    reader.timeline._sources.sending(romeo.make_presence())
    await reader.settle()
    account.store("from me", sender=HOME, to=JULIET, id=id)
    romeo.take(account.store("answer"))
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == ["from me", "answer"]
    sent = reader.entries[0]
    assert (sent.source, sent.id, sent.outgoing) == (Source.SENT, None, True)
    await reader.close()
    # … and so it is when the program runs again.
    again = Reader(romeo)
    account.store("more")
    await again.settle()
    assert again.bodies == ["more"]
    await again.close()


async def test_a_message_to_oneself(romeo: Any, archive: Any) -> None:
    reader = Reader(romeo)
    await reader.settle()
    message = romeo.make_message(OWN, "note", mtype="chat")
    reader.timeline._sources.sending(message)
    await reader.settle()
    romeo.take(archive.store("note", sender=HOME, id=message["id"]))
    await reader.settle()
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == ["note"]
    await reader.close()


async def test_archives_have_a_message_to_oneself_twice(romeo: Any, archive: Any) -> None:
    """As it was sent, and as it came; others may send the same twice."""
    for id in ("x", "x", ""):
        archive.store("note", sender=HOME, id=id)
        archive.store("again", id=id)
    reader = Reader(romeo, amount=1)
    await reader.settle()
    assert reader.bodies == ["note", "again", "again", "note", "again"]
    await reader.close()


# --- what goes wrong ------------------------------------------------------------------------------------------


async def test_an_account_without_an_archive(romeo: Any, archive: Any) -> None:
    archive.refuses = "service-unavailable"
    entries = romeo.plugin["xep_0313"].timeline(since=LONG_AGO)
    with pytest.raises(IqError, match="service-unavailable"):
        await anext(entries)
    archive.refuses = None
    archive.store("now")
    assert (await anext(entries)).message["body"] == "now"
    await entries.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(entries)


async def test_an_account_without_an_archive_has_no_end_either(romeo: Any, archive: Any) -> None:
    archive.refuses = "service-unavailable"
    entries = romeo.plugin["xep_0313"].timeline()
    with pytest.raises(IqError, match="service-unavailable"):
        await anext(entries)


async def test_a_room_without_an_archive_is_live(make_world: Any, caplog: Any) -> None:
    account, room, romeo = make_world()
    room.refuses = "forbidden"
    texts = fill(account, 2)
    reader = Reader(romeo, rooms=[ROOM])
    await reader.settle()
    room.store("before", sender=f"{ROOM}/witch")
    romeo.take(kept(room, 0))
    romeo.take(room.store("live", sender=f"{ROOM}/witch"))
    await reader.settle()
    assert reader.bodies == [*texts, "before", "live"]
    assert f"the archive of {ROOM} cannot be read" in caplog.text
    await reader.close()


async def test_a_room_that_is_silent_holds_the_others_up_for_a_moment_only(
    make_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PATIENCE", 0.01)
    account, _, romeo = make_world()
    texts = fill(account, 2)
    romeo.network.silent.add("gone@muc.shakespeare.lit")
    async with romeo.plugin["xep_0313"].timeline(rooms=["gone@muc.shakespeare.lit"], since=LONG_AGO) as entries:
        assert [(await anext(entries)).message["body"] for _ in texts] == texts


async def test_many_rooms_are_asked_a_few_at_a_time(make_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    _, _, romeo = make_world()
    rooms = [f"room{number}@muc.shakespeare.lit" for number in range(9)]
    romeo.network.silent.update(rooms)
    reader = Reader(romeo, rooms=rooms)
    await reader.settle()
    assert len(romeo.plugin["xep_0359"]._asking) == 2
    await reader.close()


async def test_without_carbons(make_world: Any) -> None:
    account, _, romeo = make_world()
    account.station.remove_handler("carbons")
    texts = fill(account, 1)
    for carbons in (True, False):
        reader = Reader(romeo, carbons=carbons, name=str(carbons))
        await reader.settle()
        assert reader.bodies == texts
        await reader.close()
    assert account.carbons == 0


async def test_a_connection_that_is_lost(romeo: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archive, 2)
    plugin = romeo.plugin["xep_0313"]
    fetch = plugin.fetch

    async def lost(*_: Any) -> Any:
        raise NotConnectedError("gone")

    monkeypatch.setattr(plugin, "fetch", lost)
    monkeypatch.setattr(romeo, "is_connecting", lambda: True)
    reader = Reader(romeo)
    romeo.event("disconnected", None)
    await reader.settle()
    assert not reader.ended
    romeo.event("session_resumed", {})
    await reader.settle()
    assert reader.entries == []
    monkeypatch.setattr(plugin, "fetch", fetch)
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == ["r0", "r1"]
    assert archive.carbons == 2
    await reader.close()


async def test_a_session_that_begins_before_the_loss_of_the_other_is_noticed(
    romeo: Any, archive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = fill(archive, 2)
    plugin = romeo.plugin["xep_0313"]
    fetch = plugin.fetch

    async def lost(*_: Any) -> Any:
        monkeypatch.setattr(plugin, "fetch", fetch)
        romeo.event("session_start", {})
        raise NotConnectedError("gone")

    monkeypatch.setattr(plugin, "fetch", lost)
    reader = Reader(romeo)
    await reader.settle()
    assert reader.bodies == texts
    await reader.close()


@pytest.mark.parametrize("error", [None, NotConnectedError("gone")])
async def test_it_ends_with_the_stream(romeo: Any, archive: Any, error: Exception | None) -> None:
    texts = fill(archive, 1)
    reader = Reader(romeo)
    await reader.settle()
    romeo.last_error = error
    romeo.event("disconnected", None)
    await reader.settle()
    assert reader.bodies == texts
    assert reader.ended
    assert reader.failure is error


async def test_before_there_is_a_session(make_world: Any) -> None:
    account, _, romeo = make_world()
    texts = fill(account, 1)
    romeo.is_bound = lambda: False
    reader = Reader(romeo)
    await reader.settle()
    assert reader.entries == []
    romeo.event("session_start", {})
    await reader.settle()
    assert reader.bodies == texts
    await reader.close()


async def test_closed_it_leaves_nothing(romeo: Any, archive: Any) -> None:
    plugin = romeo.plugin["xep_0313"]
    handlers = len(romeo._handlers)
    listening = {name: romeo.event_handled(name) for name in ("session_start", "disconnected", "carbon_sent")}
    entries = [plugin.timeline(rooms=[ROOM]) for _ in range(2)]
    assert len(romeo._handlers) == handlers + 2
    await entries[0].aclose()
    await entries[0].aclose()
    romeo.plugin.disable("xep_0313")
    assert len(romeo._handlers) == handlers - 1
    assert {name: romeo.event_handled(name) for name in listening} == listening
    assert romeo.event_handled(f"muc::{ROOM}::self-presence") == 0
    with pytest.raises(StopAsyncIteration):
        await anext(entries[1])
    assert plugin._timelines == []
