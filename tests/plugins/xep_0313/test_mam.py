# SPDX-License-Identifier: MIT
"""Message Archive Management: asking an archive, and whom to believe."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import ContentMismatch, InvalidValue, IqError, IqTimeout
from xmppkit.plugins.xep_0313 import Fin, Metadata, Result
from xmppkit.stanza.iq import Iq

OWN = "romeo@montague.lit"
HOME = f"{OWN}/home"
JULIET = "juliet@capulet.lit/balcony"
ROOM = "coven@muc.shakespeare.lit"
NS = "urn:xmpp:mam:2"
BEGIN = datetime.datetime(2010, 7, 10, 23, 0, 0, tzinfo=datetime.UTC)


def bodies(messages: list[Any]) -> list[str]:
    return [message["mam_result"]["forwarded"]["stanza"]["body"] for message in messages]


def fill(archive: Any, count: int) -> list[str]:
    for number in range(count):
        archive.store(f"text {number}")
    return [f"text {number}" for number in range(count)]


@pytest.mark.parametrize("jid", [None, OWN, ROOM])
async def test_a_page(network: Any, romeo: Any, archive: Any, jid: str | None, request: Any) -> None:
    """XEP-0313 §4, §4.2"""
    if jid == ROOM:
        archive = type(archive)(network, ROOM)
    texts = fill(archive, 3)
    answer = await romeo.plugin["xep_0313"].retrieve(jid)
    results = answer["mam"]["results"]
    assert bodies(results) == texts
    assert answer["mam_fin"]["results"] is results
    first = Result.of(results[0])
    assert first is not None
    assert first.id == archive.stored[0].id
    assert first.forwarded is not None
    assert first.forwarded.delay is not None
    assert first.forwarded.delay.stamp == BEGIN
    assert first.forwarded.message is not None
    assert first.forwarded.message["from"] == JULIET
    fin = Fin.of(answer)
    assert fin is not None
    assert (fin.complete, fin.stable) == (True, True)
    assert len(romeo.plugin["xep_0313"]._queries) == 0


async def test_filters(network: Any, romeo: Any, archive: Any) -> None:
    """XEP-0313 §4.1"""
    fill(archive, 5)
    plugin = romeo.plugin["xep_0313"]
    second = datetime.timedelta(seconds=1)
    answer = await plugin.retrieve(
        start=BEGIN + second, end=(BEGIN + 3 * second).isoformat(), with_jid=JULIET, rsm={"max": 2}
    )
    assert bodies(answer["mam"]["results"]) == ["text 1", "text 2"]
    assert not answer["mam_fin"].complete
    assert archive.asked[-1] == {"start": BEGIN + second, "end": BEGIN + 3 * second, "with": JULIET, "max": "2"}
    answer = await plugin.retrieve(reverse=True, rsm={"max": 2})
    assert bodies(answer["mam"]["results"]) == ["text 3", "text 4"]
    filters = {"ids": ["a", "b"], "include_groupchat": False, "{http://example.com/}free-text-search": "love"}
    await plugin.retrieve(filters=filters, rsm={"before": "romeo-1"})
    assert archive.asked[-1] == {"ids": ["a", "b"], "before": "romeo-1"}
    assert '<field var="include-groupchat"><value>false</value>' in "".join(network.sent)
    assert 'free-text-search"><value>love</value>' in "".join(network.sent)
    with pytest.raises(InvalidValue, match="start"):
        plugin.retrieve(start="yesterday")


async def test_a_callback(romeo: Any, archive: Any) -> None:
    fill(archive, 2)
    told: list[Any] = []

    async def callback(iq: Iq) -> None:
        told.append((iq["type"], bodies(iq["mam"]["results"])))

    await romeo.plugin["xep_0313"].retrieve(callback=callback)
    archive.refuses = "forbidden"
    refused = romeo.plugin["xep_0313"].retrieve(callback=callback)
    await romeo.settle()
    assert told == [("result", ["text 0", "text 1"]), ("error", [])]
    assert refused.done()
    assert romeo.faults == []


@pytest.mark.parametrize("reverse", [False, True])
async def test_pages(romeo: Any, archive: Any, reverse: bool) -> None:
    """XEP-0313 §4.3.2"""
    texts = fill(archive, 5)
    pages = romeo.plugin["xep_0313"].retrieve(iterator=True, reverse=reverse, rsm={"max": 2})
    found = [bodies(page["mam"]["results"]) async for page in pages]
    expected = [texts[3:], texts[1:3], texts[:1]] if reverse else [texts[:2], texts[2:4], texts[4:]]
    assert found == expected
    assert len(archive.asked) == 3  # the last page says that it is the last


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("total", [None, 0, 3, 4, 99])
async def test_iterating(romeo: Any, archive: Any, reverse: bool, total: int | None) -> None:
    texts = fill(archive, 7)
    expected = texts[::-1] if reverse else texts
    found = [
        message async for message in romeo.plugin["xep_0313"].iterate(reverse=reverse, total=total, rsm={"max": 3})
    ]
    assert bodies(found) == expected[:total]
    if total is not None:
        assert sum(int(asked["max"]) for asked in archive.asked) <= total + 3


async def test_iterating_is_lazy_and_has_caps(romeo: Any, archive: Any) -> None:
    texts = fill(archive, 60)
    found = romeo.plugin["xep_0313"].iterate(rsm={"max": 2, "after": "romeo-9"}, max_pages=3)
    assert bodies([await anext(found)]) == texts[10:11]
    assert len(archive.asked) == 1
    assert bodies([message async for message in found]) == texts[11:16]
    whole = [message async for message in romeo.plugin["xep_0313"].iterate()]
    assert bodies(whole) == texts


async def test_an_archive_that_never_ends(romeo: Any, archive: Any) -> None:
    """security.md B6: the caller's caps hold."""
    archive.complete = False
    archive.before_page = lambda: archive.store("more")
    found = [message async for message in romeo.plugin["xep_0313"].iterate(rsm={"max": 1}, total=25)]
    assert len(found) == 25


async def test_spoof_an_archive_that_repeats_itself(romeo: Any, archive: Any) -> None:
    fill(archive, 3)
    archive.complete = False
    archive._select = lambda query: (archive.stored, False)
    found = romeo.plugin["xep_0313"].iterate()
    assert bodies([await anext(found) for _ in range(3)]) == ["text 0", "text 1", "text 2"]
    with pytest.raises(ContentMismatch, match="second time"):
        await anext(found)


# --- whom to believe ----------------------------------------------------------------------------------------


def forged(queryid: str, sender: str | None, text: str = "die") -> str:
    stamped = "" if sender is None else f" from='{sender}'"
    return (
        f"<message{stamped} to='{HOME}'><result xmlns='{NS}' queryid='{queryid}' id='x'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{JULIET}'><body>{text}</body>"
        "</message></forwarded></result></message>"
    )


@pytest.mark.parametrize("asked", [None, ROOM])
@pytest.mark.parametrize(
    "sender", ["tybalt@capulet.lit/x", f"{OWN}/garden", "montague.lit", f"{ROOM}/witch", ROOM, OWN, None]
)
async def test_spoof_results_of_somebody_else(
    network: Any, romeo: Any, archive: Any, asked: str | None, sender: str | None, caplog: Any
) -> None:
    """XEP-0313 §8.2: the id of the query is right, the sender is not."""
    room = type(archive)(network, ROOM)
    texts = fill(archive if asked is None else room, 2)
    believed = sender in ((OWN, None) if asked is None else (ROOM,))
    plugin = romeo.plugin["xep_0313"]
    (archive if asked is None else room).before_page = lambda: romeo.take(
        forged(next(iter(plugin._queries._open)), sender)
    )
    answer = await plugin.retrieve(asked)
    assert bodies(answer["mam"]["results"]) == (["die", *texts] if believed else texts)
    assert ("who was not asked" in caplog.text) is not believed
    assert "die" not in caplog.text


async def test_spoof_results_that_nobody_asked_for(romeo: Any, archive: Any) -> None:
    fill(archive, 1)
    raised: list[Any] = []
    romeo.add_event_handler("message", raised.append)
    archive.before_page = lambda: romeo.take(forged("guessed", OWN))
    answer = await romeo.plugin["xep_0313"].retrieve()
    romeo.take(forged("", OWN))
    romeo.take(f"<message from='{OWN}'><result xmlns='{NS}'/></message>")
    await romeo.settle()
    assert bodies(answer["mam"]["results"]) == ["text 0"]
    assert raised == []
    assert romeo.faults == []


async def test_an_address_in_another_writing_is_the_same(network: Any, romeo: Any, archive: Any) -> None:
    room = type(archive)(network, ROOM)
    texts = fill(room, 2)
    room.change = lambda text: text.replace(f"from='{ROOM}'", f"from='{ROOM.upper()}'", 1)
    answer = await romeo.plugin["xep_0313"].retrieve(ROOM)
    assert bodies(answer["mam"]["results"]) == texts


async def test_two_questions_at_once(network: Any, romeo: Any, archive: Any) -> None:
    room = type(archive)(network, ROOM)
    own, theirs = fill(archive, 3), fill(room, 2)
    plugin = romeo.plugin["xep_0313"]
    answers = await asyncio.gather(plugin.retrieve(), plugin.retrieve(ROOM), plugin.retrieve(rsm={"max": 1}))
    assert [bodies(answer["mam"]["results"]) for answer in answers] == [own, theirs, own[:1]]


@pytest.mark.parametrize("asked", [2, None])
async def test_spoof_a_flood(romeo: Any, archive: Any, asked: int | None) -> None:
    plugin = romeo.plugin["xep_0313"]
    plugin.max_results = 10
    fill(archive, 12)
    archive._select = lambda query: (archive.stored, True)
    opened: list[Any] = []
    archive.before_page = lambda: opened.extend(plugin._queries._open.values())
    with pytest.raises(ContentMismatch, match=f"more than {asked or 10} messages"):
        await plugin.retrieve(rsm=asked and {"max": asked})
    assert len(opened[0].results) == (asked or 10)


async def test_what_fails_leaves_nothing_open(network: Any, romeo: Any, archive: Any) -> None:
    plugin = romeo.plugin["xep_0313"]
    archive.refuses = "item-not-found"
    with pytest.raises(IqError, match="item-not-found"):
        await plugin.retrieve(rsm={"after": "gone"})
    network.silent.add("silent@shakespeare.lit")
    with pytest.raises(IqTimeout):
        await plugin.retrieve("silent@shakespeare.lit", timeout=0.01)
    waiting = plugin.retrieve("silent@shakespeare.lit")
    await romeo.settle()
    assert len(plugin._queries) == 1
    waiting.cancel()
    await romeo.settle()
    assert len(plugin._queries) == 0


async def test_a_message_that_was_taken_out(romeo: Any, archive: Any) -> None:
    """XEP-0313 §3.2"""
    fill(archive, 1)
    archive.stored[0] = archive.stored[0]._replace(xml="")
    (message,) = (await romeo.plugin["xep_0313"].retrieve())["mam"]["results"]
    assert message["mam_result"]["forwarded"]["stanza"] is None


# --- about archives -----------------------------------------------------------------------------------------


async def test_what_can_be_asked_for(romeo: Any, archive: Any) -> None:
    """XEP-0313 §4.1.5"""

    def fields(iq: Iq) -> None:
        answer = iq.reply()
        form = answer["mam"]["form"]
        form.form_type = NS
        form.add_field("with", "jid-single")
        form.add_field("{http://example.com/}free-text-search", "text-single")
        answer.send()

    archive.station.register_handler(Callback("fields", StanzaPath("iq@type=get/mam"), fields))
    found = await romeo.plugin["xep_0313"].get_fields()
    assert {name: field["type"] for name, field in found.items()} == {
        "FORM_TYPE": "hidden",
        "with": "jid-single",
        "{http://example.com/}free-text-search": "text-single",
    }
    archive.station.remove_handler("fields")
    archive.station.register_handler(Callback("nothing", StanzaPath("iq@type=get/mam"), lambda iq: iq.reply().send()))
    assert await romeo.plugin["xep_0313"].get_fields(OWN) == {}


async def test_a_component_asks_in_the_name_of_somebody(network: Any) -> None:
    gate = network.join("gate.lit", "xep_0313", component=True)
    ask = gate.plugin["xep_0313"]
    for answer in (ask.get_fields("a@b", ifrom="ann@gate.lit"), ask.get_archive_metadata("a@b", ifrom="ann@gate.lit")):
        with pytest.raises(IqError):  # nobody is there
            await answer
    assert ['from="ann@gate.lit"' in each for each in network.sent] == [True, True]


async def test_metadata(romeo: Any, archive: Any) -> None:
    """XEP-0313 §5"""

    def about(iq: Iq) -> None:
        answer = iq.reply()
        answer["mam_metadata"]["start"]["id"] = "YWxwaGEg"
        answer["mam_metadata"]["start"]["timestamp"] = BEGIN
        answer.send()

    archive.station.register_handler(Callback("metadata", StanzaPath("iq@type=get/mam_metadata"), about))
    found = Metadata.of(await romeo.plugin["xep_0313"].get_archive_metadata())
    assert found is not None
    assert found.start is not None
    assert (found.start.id, found.start.timestamp, found.end) == ("YWxwaGEg", BEGIN, None)


async def test_commands(romeo: Any, archive: Any) -> None:
    disco = archive.station.plugin["xep_0030"]
    await disco.add_item(OWN, "Limits", "urn:xmpp:mam#configure", "limits")
    found = await romeo.plugin["xep_0313"].get_configuration_commands(None)
    assert [(item["node"], item["name"]) for item in found["disco_items"]] == [("limits", "Limits")]


async def test_disabled_it_leaves_nothing(romeo: Any, archive: Any) -> None:
    assert romeo.plugin["xep_0313"]
    handlers = len(romeo._handlers)
    romeo.plugin.disable("xep_0313")
    assert len(romeo._handlers) == handlers - 1
