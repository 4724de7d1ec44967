# SPDX-License-Identifier: MIT
"""MUC Self-Ping, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import ConfigurationError, NotConnectedError
from xmppkit.plugins.xep_0045 import RejoinFailed
from xmppkit.plugins.xep_0410 import PingStatus
from xmppkit.testing import clock

JULIET = "juliet@capulet.lit/client"
ROOM = "characters@chat.shakespeare.lit"
ME = f"{ROOM}/JuliC"
USER = "http://jabber.org/protocol/muc#user"


class Play:
    """A client that is in a room, and what it pings."""

    def __init__(self, network: Any) -> None:
        network.silent |= {ME, ROOM, f"{ROOM}/Jules"}
        self.network = network
        self.juliet = network.join(JULIET, "xep_0410")
        self.juliet._session_started = True
        self.plugin = self.juliet.plugin["xep_0410"]
        self.changes: list[Any] = []
        self.juliet.add_event_handler("muc_ping_changed", self.changes.append)

    async def join(self) -> Any:
        joining = asyncio.ensure_future(self.juliet.plugin["xep_0045"].join(ROOM, "JuliC"))
        await self.juliet.settle()
        self.presence("JuliC", "<status code='110'/>")
        self.juliet.take(f"<message from='{ROOM}' type='groupchat'><subject/></message>")
        self.network.sent.clear()
        return await joining

    def presence(self, nick: str, inside: str = "", kind: str = "") -> None:
        self.juliet.take(f"<presence from='{ROOM}/{nick}'{kind}><x xmlns='{USER}'>{inside}</x></presence>")

    def pings(self) -> list[ET.Element]:
        """Those that were sent since the last time."""
        found = [element for element in map(ET.fromstring, self.network.sent) if element.tag == "iq"]
        self.network.sent.clear()
        assert all(element[0].tag == "{urn:xmpp:ping}ping" for element in found)
        return found

    async def answer(self, condition: str = "") -> None:
        """The one ping is answered."""
        await self.juliet.settle()
        (ping,) = self.pings()
        error = f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        kind, payload = ("error", error) if condition else ("result", "")
        self.juliet.take(f"<iq type='{kind}' from='{ping.get('to')}' id='{ping.get('id')}'>{payload}</iq>")
        await self.juliet.settle()


Act = Callable[[Play], Coroutine[Any, Any, None]]


@pytest.fixture
def play_out(network: Any) -> Callable[[Act], float]:
    """Runs a play, and says how many virtual seconds it took."""

    async def main(act: Act) -> float:
        await act(Play(network))
        return asyncio.get_running_loop().time()

    return lambda act: clock.run(main(act))


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("", PingStatus.JOINED),
        ("service-unavailable", PingStatus.JOINED),
        ("feature-not-implemented", PingStatus.JOINED),
        ("item-not-found", PingStatus.JOINED_NICKCHANGED),
        ("remote-server-not-found", PingStatus.TIMEOUT),
        ("remote-server-timeout", PingStatus.TIMEOUT),
        ("not-acceptable", PingStatus.DISCONNECTED),
        ("not-allowed", PingStatus.DISCONNECTED),
        ("bad-request", PingStatus.DISCONNECTED),
    ],
)
async def test_what_an_answer_means(network: Any, condition: str, status: PingStatus) -> None:
    """XEP-0410 §3.2"""
    play = Play(network)
    asking = asyncio.ensure_future(play.plugin.send_self_ping(ME))
    await play.answer(condition)
    assert await asking is status
    assert play.changes == []  # it is not watched
    assert PingStatus["JOINED_NICKCHANGED"] is PingStatus.JOINED
    assert play.plugin.get_ping_status(ME) is PingStatus.UNTRIED


def test_no_answer(play_out: Callable[[Act], float]) -> None:
    async def act(play: Play) -> None:
        assert await play.plugin.send_self_ping(ME, timeout=7) is PingStatus.TIMEOUT
        play.plugin.ping_timeout = 11.0
        assert await play.plugin.send_self_ping(ME) is PingStatus.TIMEOUT

    assert play_out(act) == 18


def test_watching(play_out: Callable[[Act], float]) -> None:
    async def act(play: Play) -> None:
        await play.join()
        play.plugin.enable_self_ping(ME)
        assert play.plugin.get_ping_status(ME) is PingStatus.UNTRIED
        await asyncio.sleep(899)
        assert play.pings() == []
        await asyncio.sleep(1.5)
        await play.answer()
        assert play.plugin.get_ping_status(ME) is PingStatus.JOINED
        await asyncio.sleep(901)
        await play.answer("item-not-found")
        await asyncio.sleep(901)
        await play.answer("not-acceptable")
        await asyncio.sleep(901)
        assert len(play.pings()) == 1
        await asyncio.sleep(31)
        key = (JULIET, ME)
        assert play.changes == [
            {"key": key, "previous": PingStatus.UNTRIED, "result": PingStatus.JOINED},
            {"key": key, "previous": PingStatus.JOINED, "result": PingStatus.DISCONNECTED},
            {"key": key, "previous": PingStatus.DISCONNECTED, "result": PingStatus.TIMEOUT},
        ]

    play_out(act)


def test_silence_is_what_counts(play_out: Callable[[Act], float]) -> None:
    async def act(play: Play) -> None:
        await play.join()
        play.plugin.enable_self_ping(ME, interval=100, timeout=5)
        await asyncio.sleep(60)
        play.presence("romeo")
        await asyncio.sleep(60)
        play.juliet.take(f"<message from='{ROOM}/romeo' type='groupchat'><body>x</body></message>")
        play.juliet.take("<message from='other@chat.shakespeare.lit/x' type='groupchat'><body>x</body></message>")
        await asyncio.sleep(99)
        assert play.pings() == []
        await asyncio.sleep(2)
        assert len(play.pings()) == 1

    play_out(act)


def test_when_nothing_is_sent(play_out: Callable[[Act], float]) -> None:
    """XEP-0410 §4: without a session, and while the nickname is being changed."""

    async def act(play: Play) -> None:
        room = await play.join()
        play.plugin.enable_self_ping(ME, interval=100, timeout=5)
        play.juliet._session_started = False
        await asyncio.sleep(150)
        play.juliet._session_started = True
        changing = asyncio.ensure_future(room.change_nick("Jules", timeout=500))
        await asyncio.sleep(100)
        assert play.pings() == []
        play.presence("JuliC", "<item nick='Jules'/><status code='303'/><status code='110'/>", " type='unavailable'")
        play.presence("Jules", "<status code='110'/>")
        await changing
        await asyncio.sleep(101)
        (ping,) = play.pings()
        assert ping.get("to") == f"{ROOM}/Jules"
        assert list(play.plugin._watched) == [(JULIET, f"{ROOM}/Jules")]

    play_out(act)


def test_watching_ends(play_out: Callable[[Act], float]) -> None:
    async def act(play: Play) -> None:
        await play.join()
        play.plugin.enable_self_ping(ME, interval=100)
        play.plugin.enable_self_ping(ME, interval=50)
        play.plugin.update_nick(f"{ROOM}/other", f"{ROOM}/another")
        play.presence("JuliC", "<status code='110'/>", " type='unavailable'")
        assert play.plugin._watched == play.plugin._statuses == {}
        assert dict(play.juliet.scheduled_events) == {}
        play.plugin.disable_self_ping(ME)
        # A room of which the plugin for rooms does not know is watched as well; and no more when this one is disabled.
        play.plugin.enable_self_ping(ME, orig_jid=JULIET, interval=50)
        await asyncio.sleep(51)
        assert len(play.pings()) == 1
        play.juliet.plugin.disable("xep_0410")
        await play.juliet.settle()
        assert dict(play.juliet.scheduled_events) == {}
        assert play.plugin._asking == {}

    play_out(act)


def test_a_room_that_comes_back_is_watched_still(play_out: Callable[[Act], float]) -> None:
    """The session was lost, and in the next one the room is joined, maybe as somebody else."""

    async def act(play: Play) -> None:
        await play.join()
        play.plugin.enable_self_ping(ME, interval=100, timeout=5)
        await asyncio.sleep(101)
        await play.answer()
        play.juliet.event("session_end")
        await asyncio.sleep(90)
        play.juliet.bind("juliet@capulet.lit/another")
        muc = play.juliet.plugin["xep_0045"]
        joining = asyncio.ensure_future(muc.join(ROOM, "Jules"))
        await play.juliet.settle()
        play.presence("Jules", "<status code='110'/>")
        play.juliet.take(f"<message from='{ROOM}' type='groupchat'><subject/></message>")
        await joining
        play.network.sent.clear()
        assert play.plugin.get_ping_status(f"{ROOM}/Jules") is PingStatus.JOINED
        await asyncio.sleep(99)
        assert play.pings() == []
        await asyncio.sleep(2)
        (ping,) = play.pings()
        assert ping.get("to") == f"{ROOM}/Jules"
        play.presence("Jules", "<status code='110'/><status code='332'/>", " type='unavailable'")
        assert len(play.plugin._watched) == 1, "the service has been shut down, and may be there again"
        play.juliet.event("muc_rejoin_failed", RejoinFailed(muc.lost_rooms[0], TimeoutError()))
        assert play.plugin._watched == play.plugin._statuses == {}
        assert not [name for name in play.juliet.scheduled_events if "self-ping" in name]

    play_out(act)


def test_the_session_ends_meanwhile(play_out: Callable[[Act], float]) -> None:
    async def act(play: Play) -> None:
        play.plugin.enable_self_ping(ME, interval=50)
        await asyncio.sleep(51)
        play.juliet._pending.fail_all(NotConnectedError("over"))
        await play.juliet.settle()
        assert play.juliet.faults == []
        assert play.plugin.get_ping_status(ME) is PingStatus.UNTRIED
        play.pings()
        await asyncio.sleep(51)
        assert len(play.pings()) == 1

    play_out(act)


async def test_a_component(network: Any) -> None:
    puppets = network.join("puppets.lit", "xep_0410", component=True)
    network.silent.add(ME)
    asking = asyncio.ensure_future(puppets.plugin["xep_0410"].send_self_ping(ME, "romeo@puppets.lit/x"))
    await puppets.settle()
    (ping,) = map(ET.fromstring, network.sent)
    assert ping.get("from") == "romeo@puppets.lit/x"
    asking.cancel()


async def test_each_address_of_a_component_has_its_own(network: Any) -> None:
    puppets = network.join("puppets.lit", "xep_0410", component=True, xep_0045={"multi_from": True})
    network.silent |= {ME, ROOM}
    muc, plugin = puppets.plugin["xep_0045"], puppets.plugin["xep_0410"]
    owns = ("romeo@puppets.lit/x", "nurse@puppets.lit/x")
    for own in owns:
        joining = asyncio.ensure_future(muc.join(ROOM, "JuliC", presence_options={"pfrom": own}))
        await puppets.settle()
        puppets.take(f"<presence from='{ME}' to='{own}'><x xmlns='{USER}'><status code='110'/></x></presence>")
        puppets.take(f"<message from='{ROOM}' to='{own}' type='groupchat'><subject/></message>")
        await joining
        plugin.enable_self_ping(ME, own)
    muc.room(ROOM, owns[0]).go()
    puppets.take(
        f"<presence from='{ME}' to='{owns[0]}' type='unavailable'><x xmlns='{USER}'><status code='110'/></x></presence>"
    )
    assert list(plugin._watched) == [(owns[1], ME)]
    plugin.disable_self_ping(ME, owns[1])


def test_options(network: Any) -> None:
    with pytest.raises(ConfigurationError, match="ping_interval"):
        network.join(JULIET, "xep_0410", xep_0410={"ping_interval": 0.0})
