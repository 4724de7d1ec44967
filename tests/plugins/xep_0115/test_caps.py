# SPDX-License-Identifier: MIT
"""Capabilities: what a client says of itself, and what it knows of others, asked for once and not too often."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConfigurationError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115.asking import TIMEOUT
from xmppkit.plugins.xep_0115.verification import generate_verstring
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.storage.memory import MemoryStorage
from xmppkit.testing import clock
from xmppkit.testing.wire import Wire
from xmppkit.util.cache import MemoryCache

JULIET = "juliet@capulet.lit/balcony"
ROMEO = "romeo@montague.lit/orchard"
CAPS = "http://jabber.org/protocol/caps"
INFO = "http://jabber.org/protocol/disco#info"
EXODUS = "http://code.google.com/p/exodus"
VER = "QgayPKawpkPSDYmwT/WM94uAlu0="
#: The answer behind VER.
ANSWER = (
    "<identity category='client' type='pc' name='Exodus 0.9.1'/>"
    f"<feature var='{CAPS}'/><feature var='{INFO}'/>"
    "<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>"
)


def make(**options: Any) -> Wire:
    """A session of Juliet's."""
    client = ClientXMPP(JULIET, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0115", options)
    return Wire(client)


def presence(
    sender: str = ROMEO, ver: str = VER, hash_: str | None = "sha-1", node: str = EXODUS, more: str = ""
) -> str:
    said = f"hash='{hash_}' " if hash_ is not None else ""
    return f"<presence from='{sender}' {more}><c xmlns='{CAPS}' {said}node='{node}' ver='{ver}'/></presence>"


def questions(stanzas: list[ET.Element]) -> list[tuple[str, str, str]]:
    """Address, node and id of the questions of service discovery among what was sent."""
    found = []
    for stanza in stanzas:
        query = stanza.find(f"{{{INFO}}}query")
        if query is not None and stanza.get("type") == "get":
            found.append((stanza.get("to", ""), query.get("node", ""), stanza.get("id", "")))
    return found


def result(question: tuple[str, str, str], inner: str = ANSWER, node: str | None = None) -> str:
    to, asked, id_ = question
    said = asked if node is None else node
    return f"<iq type='result' from='{to}' id='{id_}'><query xmlns='{INFO}' node='{said}'>{inner}</query></iq>"


def refusal(question: tuple[str, str, str]) -> str:
    return (
        f"<iq type='error' from='{question[0]}' id='{question[2]}'><error type='cancel'>"
        "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )


def befriend(wire: Wire, jid: str) -> None:
    """Somebody whose presence we have asked for."""
    wire.receive(
        f"<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='{jid}' subscription='to'/></query></iq>"
    )


def told(wire: Wire, event: str) -> list[Any]:
    found: list[Any] = []
    wire.stream.add_event_handler(event, found.append)
    return found


# --- what is said -------------------------------------------------------------------------------------------


async def test_presence_says_what_we_can_do() -> None:
    wire = make()
    wire.stream.send_presence()
    [sent] = await wire.stanzas()
    caps = sent.find(f"{{{CAPS}}}c")
    assert caps is not None
    assert (caps.get("hash"), caps.get("node"), caps.get("ext")) == ("sha-1", wire.stream.plugin["xep_0115"].node, None)
    node = f"{caps.get('node')}#{caps.get('ver')}"
    for asked in (node, ""):
        wire.receive(f"<iq type='get' id='1' from='{ROMEO}' to='{JULIET}'><query xmlns='{INFO}' node='{asked}'/></iq>")
        [answer] = await wire.stanzas()
        query = answer.find(f"{{{INFO}}}query")
        assert query is not None
        assert query.get("node", "") == asked
        assert generate_verstring(DiscoInfo(xml=query)) == caps.get("ver")
    await wire.end()


async def test_what_changes_is_said_the_next_time() -> None:
    wire = make()
    vers = []
    for feature in ("urn:one", "urn:two", "urn:two"):
        wire.stream.plugin["xep_0030"].add_feature(feature)
        wire.stream.send_presence()
        [sent] = await wire.stanzas()
        vers.append(sent[0].get("ver"))
    assert vers[0] != vers[1] == vers[2]
    # Who was slow still gets the answer to what was said before.
    node = f"{wire.stream.plugin['xep_0115'].node}#{vers[0]}"
    wire.receive(f"<iq type='get' id='1' from='{ROMEO}' to='{JULIET}'><query xmlns='{INFO}' node='{node}'/></iq>")
    text = await wire.sent()
    assert "urn:one" in text
    assert "urn:two" not in text
    await wire.end()


async def test_a_presence_that_is_sent_again_says_what_is_now() -> None:
    wire = make()
    wire.stream.send_presence(pstatus="here")
    first = (await wire.stanzas())[0].find(f"{{{CAPS}}}c")
    wire.stream.plugin["xep_0030"].add_feature("urn:one")
    await wire.stream.plugin["xep_0115"].update_caps()
    [sent] = await wire.stanzas()
    second = sent.findall(f"{{{CAPS}}}c")
    assert sent.findtext("{jabber:client}status") == "here"
    assert first is not None
    assert [each.get("ver") for each in second] != [first.get("ver")]
    assert len(second) == 1
    await wire.end()


async def test_update_caps() -> None:
    wire = make()
    plugin: Any = wire.stream.plugin["xep_0115"]
    await plugin.update_caps(broadcast=False)
    assert await wire.sent() == ""
    assert await plugin.get_verstring() == plugin.current(wire.stream.boundjid)
    wire.stream.client_roster.update("nurse@capulet.lit", subscription="both")
    await wire.sent()
    wire.stream.client_roster["nurse@capulet.lit"].last_status = wire.stream.make_presence(pstatus="only you")
    await plugin.update_caps(preserve=True)
    [sent] = await wire.stanzas()
    assert (sent.get("to"), sent.findtext("{jabber:client}status")) == ("nurse@capulet.lit", "only you")
    plugin.broadcast = False
    await plugin.update_caps()
    assert await wire.sent() == ""
    await wire.end()


async def test_what_says_nothing() -> None:
    wire = make(broadcast=False)
    wire.stream.send_presence()
    assert CAPS not in await wire.sent()
    wire.stream.plugin["xep_0115"].broadcast = True
    for kind in ("unavailable", "subscribe", "probe", "error"):
        wire.stream.send_presence(pto=ROMEO, ptype=kind)
        assert CAPS not in await wire.sent()
    wire.stream.send_message(ROMEO, "hello")
    assert CAPS not in await wire.sent()
    own = wire.stream.make_presence()
    own["caps"]["node"] = "urn:other"
    own.send()
    assert "ver=" not in await wire.sent()
    await wire.end()


async def test_options() -> None:
    wire = make(caps_node="https://example.org/bot", hash="sha-256")
    wire.stream.send_presence()
    [sent] = await wire.stanzas()
    assert (sent[0].get("node"), sent[0].get("hash")) == ("https://example.org/bot", "sha-256")
    assert len(sent[0].get("ver", "")) == 44
    with pytest.raises(ConfigurationError, match="crc32"):
        wire.stream.plugin["xep_0115"].hash = "crc32"
    await wire.end()


async def test_a_program_that_answers_discovery_itself() -> None:
    wire = make()

    async def get_info(jid: JID, node: str, ifrom: JID | None, args: Any) -> DiscoInfo:
        await asyncio.sleep(0)
        info = DiscoInfo()
        info.add_feature("urn:mine")
        return info

    wire.stream.plugin["xep_0030"].set_node_handler("get_info", handler=get_info)
    wire.stream.send_presence()
    assert CAPS not in await wire.sent()  # what would be said is not known at once
    await wire.stream.plugin["xep_0115"].update_caps(broadcast=False)
    wire.stream.send_presence()
    assert CAPS in await wire.sent()
    info = await wire.stream.plugin["xep_0115"].get_caps()
    assert info is not None
    assert "urn:mine" in info.features

    def fails(jid: JID, node: str, ifrom: JID | None, args: Any) -> DiscoInfo:
        raise RuntimeError

    wire.stream.plugin["xep_0030"].set_node_handler("get_info", handler=fails)
    wire.stream.send_presence()
    assert CAPS in await wire.sent()
    await wire.end()


# --- what is known ------------------------------------------------------------------------------------------


async def test_it_is_asked_once_for_each_hash() -> None:
    wire = make()
    came, known = told(wire, "entity_caps"), told(wire, "entity_caps_known")
    wire.receive(presence(), presence("nurse@capulet.lit/chamber"), presence())
    [question] = questions(await wire.stanzas())
    assert question[:2] == (ROMEO, f"{EXODUS}#{VER}")
    assert len(came) == 3
    plugin: Any = wire.stream.plugin["xep_0115"]
    assert await plugin.get_caps(ROMEO) is None
    wire.receive(result(question))
    assert questions(await wire.stanzas()) == []
    assert [(each.jid, "http://jabber.org/protocol/muc" in each.info.features) for each in known] == [(ROMEO, True)]
    wire.receive(presence("mercutio@montague.lit/x"))
    assert questions(await wire.stanzas()) == []
    assert known[-1].jid == "mercutio@montague.lit/x"
    disco = wire.stream.plugin["xep_0030"]
    for jid in (ROMEO, "nurse@capulet.lit/chamber", "mercutio@montague.lit/x"):
        assert await disco.supports(jid, feature="http://jabber.org/protocol/muc")
        assert not await disco.supports(jid, feature="urn:xmpp:ping")
        assert await disco.has_identity(jid, category="client", itype="pc")
        assert not await disco.has_identity(jid, category="client", itype="phone")
        assert "http://jabber.org/protocol/muc" in (await disco.get_info(jid, cached=True))["disco_info"]["features"]
    assert questions(await wire.stanzas()) == []
    assert await plugin.get_verstring(ROMEO) == VER
    assert (await plugin.get_caps(verstring=VER)).identities[0].name == "Exodus 0.9.1"
    await wire.end()


async def test_what_has_been_forgotten_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = make()
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    wire.receive(presence())
    assert questions(await wire.stanzas()) == []
    monkeypatch.setattr("xmppkit.plugins.xep_0115.store.ENTRIES", 0)
    plugin: Any = wire.stream.plugin["xep_0115"]
    await plugin.cache_caps("other", DiscoInfo())
    assert await plugin.get_caps(ROMEO) is None
    wire.receive(presence())
    assert len(questions(await wire.stanzas())) == 1
    await wire.end()


async def test_what_is_remembered_of_announcements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_CLAIMS", "_PROVED"):
        monkeypatch.setattr(f"xmppkit.plugins.xep_0115.caps.{name}", 2)
    wire = make()
    for number in range(5):
        info = DiscoInfo()
        info.add_feature(f"urn:{number}")
        wire.receive(presence(ver=fresh(number)))
        wire.receive(result(questions(await wire.stanzas())[0], f"<feature var='urn:{number}'/>"))
        await wire.sent()
        assert await wire.stream.plugin["xep_0030"].supports(ROMEO, feature=f"urn:{number}")
    plugin: Any = wire.stream.plugin["xep_0115"]
    assert list(plugin.proved) == [fresh(3), fresh(4)]
    assert len(plugin.schemes[0]._claims) <= 2
    await wire.end()


async def test_who_announces_what_may_be_kept_elsewhere() -> None:
    wire = make()
    kept: dict[str, Any] = {}
    api = wire.stream.plugin["xep_0115"].api
    api.register(lambda jid, node, ifrom, args: kept.update({jid.full: args["verstring"]}), "assign_verstring")
    api.register(lambda jid, node, ifrom, args: kept.get(jid.full), "get_verstring")
    for _ in range(2):
        kept.clear()
        wire.receive(presence())
        for question in questions(await wire.stanzas()):
            wire.receive(result(question))
            await wire.sent()
        assert kept == {ROMEO: VER}
        assert await wire.stream.plugin["xep_0030"].supports(ROMEO, feature="http://jabber.org/protocol/muc")
    wire.receive(f"<presence from='{ROMEO}' type='unavailable'/>")
    await wire.sent()
    assert kept == {ROMEO: None}
    await wire.end()


async def test_who_is_gone_can_do_nothing() -> None:
    wire = make()
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    wire.receive(f"<presence from='{ROMEO}' type='unavailable'/>")
    await wire.sent()
    assert await wire.stream.plugin["xep_0115"].get_caps(ROMEO) is None
    assert await wire.stream.plugin["xep_0115"].get_caps(verstring=VER) is not None
    await wire.end()


async def test_questions_that_need_the_entity_itself_are_asked() -> None:
    wire = make()
    disco = wire.stream.plugin["xep_0030"]
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    asked: Any
    for asked in (
        lambda: disco.supports(ROMEO, node="n", feature="urn:x"),
        lambda: disco.supports(ROMEO, feature="urn:x", cached=False),
        lambda: disco.has_identity("stranger@montague.lit/x", category="client"),
    ):
        answer = asked()
        [question] = questions(await wire.stanzas())
        wire.receive(result(question, "<identity category='client' type='x'/><feature var='urn:x'/>"))
        assert await answer
    assert await disco.supports(JULIET, feature=CAPS)  # oneself is not asked
    assert await disco.has_identity(category="client", local=True)
    cached = await disco.get_info("stranger@montague.lit/x", cached=True)
    assert cached["disco_info"]["features"] == {"urn:x"}
    await wire.end()


async def test_spoof_an_answer_that_the_hash_does_not_prove() -> None:
    """The next who announces the hash is asked (§5.4, 3.9), and nobody twice."""
    wire = make()
    known = told(wire, "entity_caps_known")
    wire.receive(presence(), presence("nurse@capulet.lit/x"))
    [first] = questions(await wire.stanzas())
    wire.receive(result(first, ANSWER + "<feature var='urn:evil'/>"))
    [second] = questions(await wire.stanzas())
    assert second[0] == "nurse@capulet.lit/x"
    wire.receive(presence())
    assert questions(await wire.stanzas()) == []
    wire.receive(result(second))
    await wire.sent()
    info = await wire.stream.plugin["xep_0115"].get_caps(ROMEO)
    assert info is not None
    assert "urn:evil" not in info.features
    assert [each.jid for each in known] == ["nurse@capulet.lit/x"]
    await wire.end()


@pytest.mark.parametrize("kind", ["refused", "other node", "no payload"])
async def test_answers_that_are_none(kind: str) -> None:
    wire = make()
    wire.receive(presence())
    [question] = questions(await wire.stanzas())
    wire.receive(
        {
            "refused": refusal(question),
            "other node": result(question, node="another"),
            "no payload": f"<iq type='result' from='{question[0]}' id='{question[2]}'/>",
        }[kind]
    )
    await wire.sent()
    wire.receive(presence())
    assert questions(await wire.stanzas()) == []
    assert await wire.stream.plugin["xep_0115"].get_caps(ROMEO) is None
    await wire.end()


async def test_an_answer_without_a_node_will_do() -> None:
    wire = make()
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0], node=""))
    await wire.sent()
    assert await wire.stream.plugin["xep_0115"].get_caps(ROMEO) is not None
    await wire.end()


@pytest.mark.parametrize(
    "text",
    [
        presence(ver="nonsense"),
        presence(ver=""),
        presence(ver="Ω"),
        presence(ver="x" * 2000),
        presence(node="x" * 2000),
        presence(more="type='unavailable'"),
        presence(more="type='error'"),
        presence(JULIET),
        f"<presence><c xmlns='{CAPS}'/></presence>",
        f"<presence from='{ROMEO}'><c xmlns='{CAPS}'/></presence>",
    ],
)
async def test_announcements_that_are_none(text: str) -> None:
    wire = make()
    wire.receive(text)
    assert questions(await wire.stanzas()) == []
    assert len(wire.stream.plugin["xep_0115"]._asker) == 0
    await wire.end()


async def test_the_old_format() -> None:
    """§13"""
    wire = make()
    came, old = told(wire, "entity_caps"), told(wire, "entity_caps_legacy")
    wire.receive(presence(ver="0.9", hash_=None))
    assert questions(await wire.stanzas()) == []
    assert [each["caps"]["ver"] for each in old] == ["0.9"]
    assert len(came) == 1
    await wire.end()


async def test_an_unknown_function_holds_for_the_address_alone() -> None:
    """§5.4, 2"""
    wire = make()
    known = told(wire, "entity_caps_known")
    wire.receive(presence(hash_="sha-9"))
    [question] = questions(await wire.stanzas())
    wire.receive(result(question))
    assert questions(await wire.stanzas()) == []
    assert [each.jid for each in known] == [ROMEO]
    assert await wire.stream.plugin["xep_0030"].supports(ROMEO, feature="http://jabber.org/protocol/muc")
    assert await wire.stream.plugin["xep_0115"].get_caps(verstring=VER) is None
    wire.receive(presence("nurse@capulet.lit/x", hash_="sha-9"))
    assert len(questions(await wire.stanzas())) == 1
    await wire.end()


async def test_theserver_announces_in_its_features() -> None:
    """§6.3"""
    client = ClientXMPP(JULIET, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0115")
    plugin = client.plugin["xep_0115"]
    offered = StreamFeatures()
    offered["caps"].values = {"hash": "sha-1", "node": EXODUS, "ver": VER}
    plugin.server_announces(offered)
    wire = Wire(client)
    [question] = questions(await wire.stanzas())
    assert question[:2] == ("capulet.lit", f"{EXODUS}#{VER}")
    wire.receive(result(question))
    await wire.sent()
    assert await client.plugin["xep_0030"].supports("capulet.lit", feature="http://jabber.org/protocol/muc")
    await wire.end()


# --- bounds -------------------------------------------------------------------------------------------------


def fresh(number: int) -> str:
    """A hash that nobody has seen."""
    info = DiscoInfo()
    info.add_feature(f"urn:{number}")
    return generate_verstring(info) or ""


def test_strangers_cannot_make_us_ask_without_end() -> None:
    """500 presences from 500 strangers with fresh hashes, and a contact behind them."""

    async def main() -> None:
        wire = make(burst=10, per_second=0.5, max_waiting=50)
        befriend(wire, "friend@montague.lit")
        await wire.sent()
        wire.receive(*(presence(f"s{number}@evil.lit/x", fresh(number)) for number in range(500)))
        asked = questions(await wire.stanzas())
        assert len(asked) == 10
        assert len(wire.stream.plugin["xep_0115"]._asker) == 50
        wire.receive(presence("friend@montague.lit/x"))
        assert [each[0] for each in questions(await wire.stanzas())] == ["friend@montague.lit/x"]
        assert len(wire.stream.plugin["xep_0115"]._asker) == 50
        await asyncio.sleep(10)
        asked = questions(await wire.stanzas())
        assert len(asked) == 5
        wire.receive(*map(refusal, asked))
        await asyncio.sleep(4 * TIMEOUT)
        assert len(questions(await wire.stanzas())) == 34
        assert len(wire.stream.plugin["xep_0115"]._asker) < 50
        await wire.end()
        assert len(wire.stream.plugin["xep_0115"]._asker) == 0

    clock.run(main())


def test_who_does_not_answer_is_given_up() -> None:
    async def main() -> None:
        wire = make()
        wire.receive(presence())
        assert len(questions(await wire.stanzas())) == 1
        await asyncio.sleep(TIMEOUT + 1)
        assert len(wire.stream.plugin["xep_0115"]._asker) == 0
        wire.receive(presence(), presence("nurse@capulet.lit/x"))
        assert [each[0] for each in questions(await wire.stanzas())] == ["nurse@capulet.lit/x"]
        await wire.end()

    clock.run(main())


async def test_contacts_only_take_the_place_of_strangers() -> None:
    wire = make(burst=1, max_waiting=2)
    for number in range(4):
        befriend(wire, f"f{number}@montague.lit")
    await wire.sent()
    wire.receive(*(presence(f"f{number}@montague.lit/x", fresh(number)) for number in range(4)))
    assert len(questions(await wire.stanzas())) == 1
    assert len(wire.stream.plugin["xep_0115"]._asker) == 2
    await wire.end()


async def test_so_many_are_kept_to_be_asked() -> None:
    wire = make()
    senders = [f"s{number}@montague.lit/x" for number in range(10)]
    wire.receive(*map(presence, senders))
    asked = []
    for _ in senders:
        for question in questions(await wire.stanzas()):
            asked.append(question[0])
            wire.receive(refusal(question))
    assert asked == senders[:3]
    assert len(wire.stream.plugin["xep_0115"]._asker) == 0
    await wire.end()


async def test_who_is_not_needed_for_asking_is_known_too() -> None:
    wire = make()
    for name in "abcde":
        wire.receive(presence(f"{name}@montague.lit/x"))
        if name == "a":
            [question] = questions(await wire.stanzas())
        await wire.sent()
    wire.receive(result(question))
    await wire.sent()
    for name in "abcde":
        assert await wire.stream.plugin["xep_0115"].get_caps(f"{name}@montague.lit/x") is not None
    await wire.end()


async def test_our_own_other_resources_are_contacts() -> None:
    wire = make(burst=1)
    wire.receive(presence("stranger@evil.lit/x", fresh(1)), presence("juliet@capulet.lit/phone"))
    assert {each[0] for each in questions(await wire.stanzas())} == {"stranger@evil.lit/x", "juliet@capulet.lit/phone"}
    await wire.end()


async def test_liars_are_forgotten_one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0115.asking.LIARS", 1)
    wire = make()
    for sender, number in ((ROMEO, 1), ("nurse@capulet.lit/x", 2), (ROMEO, 1)):
        wire.receive(presence(sender, fresh(number)))
        [question] = questions(await wire.stanzas())
        wire.receive(refusal(question))
        await wire.sent()
    await wire.end()


# --- operations, storage, components ------------------------------------------------------------------------


async def test_caching_and_assigning_by_hand() -> None:
    wire = make()
    plugin: Any = wire.stream.plugin["xep_0115"]
    info = DiscoInfo()
    info.add_feature("urn:q")
    await plugin.cache_caps("V", info)
    await plugin.assign_verstring("z@z/q", "V")
    assert await plugin.get_verstring("z@z/q") == "V"
    assert await wire.stream.plugin["xep_0030"].supports("z@z/q", feature="urn:q")
    await plugin.assign_verstring("z@z/q", None)
    assert await plugin.get_caps("z@z/q") is None
    assert plugin.generate_verstring(info, "sha-1") == generate_verstring(info)
    await plugin.cache_caps()
    assert (await plugin.get_caps(jid=JULIET)).features == (await plugin.get_caps()).features
    await wire.end()


async def test_a_storage_outlives_the_session_and_is_not_believed() -> None:
    storage = MemoryStorage()
    wire = make()
    wire.stream.use_storage(storage)
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    await wire.end()

    wire = make()
    wire.stream.use_storage(storage)
    wire.receive(presence())
    assert questions(await wire.stanzas()) == []
    assert await wire.stream.plugin["xep_0030"].supports(ROMEO, feature="http://jabber.org/protocol/muc")
    [place] = [storage.collection("xep_0115.caps")]
    held = await place.get(VER)
    assert isinstance(held, dict)
    await place.put(VER, {**held, "features": ["urn:evil"]})
    assert await wire.stream.plugin["xep_0115"].get_caps(ROMEO) is None
    await wire.end()


async def test_slixmpps_cache_is_not_believed() -> None:
    cache = MemoryCache()
    wire = make(cache=cache)
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    plugin: Any = wire.stream.plugin["xep_0115"]
    assert "http://jabber.org/protocol/muc" in (await plugin.get_caps(ROMEO)).features
    cache.store(VER, DiscoInfo())
    assert await plugin.get_caps(ROMEO) is None
    await wire.end()


async def test_a_component_is_many() -> None:
    component = ComponentXMPP("capulet.lit", "secret")
    component.auto_reconnect = False
    component.register_plugin("xep_0115")
    wire = Wire(component)
    component.plugin["xep_0030"].add_feature("urn:one", jid="a@capulet.lit")
    vers = []
    for own in ("a@capulet.lit", "b@capulet.lit"):
        component.send_presence(pfrom=own, pto=ROMEO)
        vers.append((await wire.stanzas())[0][0].get("ver"))
    assert vers[0] != vers[1]
    wire.receive(presence(more="to='a@capulet.lit'"))
    text = await wire.sent()
    [[id_]] = [re.findall(r'id="([^"]+)"', text)]
    assert 'from="a@capulet.lit"' in text
    wire.receive(
        f"<iq type='result' from='{ROMEO}' to='a@capulet.lit' id='{id_}'><query xmlns='{INFO}'>{ANSWER}</query></iq>"
    )
    await wire.sent()
    assert await component.plugin["xep_0115"].get_caps(ROMEO) is not None
    component.roster["a@capulet.lit"].update("romeo@montague.lit", subscription="from")
    await wire.sent()
    await component.plugin["xep_0115"].update_caps("a@capulet.lit")
    [sent] = await wire.stanzas()
    assert (sent.get("from"), sent.get("to"), sent[0].get("ver")) == ("a@capulet.lit", "romeo@montague.lit", vers[0])
    await wire.end()


async def test_own_nodes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0115.own.NODES", 3)
    wire = make()
    plugin, disco = wire.stream.plugin["xep_0115"], wire.stream.plugin["xep_0030"]
    nodes = []
    for number in range(5):
        disco.add_feature(f"urn:{number}")
        nodes.append(f"{plugin.node}#{plugin.current(wire.stream.boundjid)}")
    for node in nodes[2:]:
        assert (await disco.get_info(node=node, local=True)).node == node
    for node in nodes[:2]:
        with pytest.raises(XMPPError):
            await disco.get_info(node=node, local=True)
    await wire.end()


async def test_it_ends() -> None:
    wire = make()
    client = wire.stream
    plugin, disco = client.plugin["xep_0115"], client.plugin["xep_0030"]
    client.send_presence()
    node = f"{plugin.node}#{(await wire.stanzas())[0][0].get('ver')}"
    wire.receive(presence())
    wire.receive(result(questions(await wire.stanzas())[0]))
    await wire.sent()
    client.plugin.disable("xep_0115")
    client.send_presence()
    assert CAPS not in await wire.sent()
    assert client.plugin.enabled("xep_0030")
    wire.receive(presence(ver=fresh(1)))
    assert questions(await wire.stanzas()) == []
    asked = disco.supports(ROMEO, feature="urn:x")
    wire.receive(result(questions(await wire.stanzas())[0], "<feature var='urn:x'/>"))
    assert await asked
    assert not disco.api.is_replaced("get_info")
    assert node
    await wire.end()


async def test_nobody_else_is_asked_when_the_event_loop_ends() -> None:
    wire = make()
    wire.receive(presence(), presence("nurse@capulet.lit/chamber"))
    assert len(questions(await wire.stanzas())) == 1
    mine = asyncio.current_task()
    # What asyncio.run does in the end, when the program has failed, say.
    running = [each for each in asyncio.all_tasks() if each is not mine]
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert asyncio.all_tasks() == {mine}
    wire.stream.abort()
    await wire.end()
