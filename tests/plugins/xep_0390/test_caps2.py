# SPDX-License-Identifier: MIT
"""Capabilities 2.0 beside those of XEP-0115."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConfigurationError, InvalidValue
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115.verification import generate_verstring
from xmppkit.plugins.xep_0390 import Capabilities2
from xmppkit.plugins.xep_0390.hashing import certified, hash_input
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.storage.memory import MemoryStorage
from xmppkit.testing.wire import Wire

JULIET = "juliet@capulet.lit/balcony"
ROMEO = "romeo@montague.lit/orchard"
CAPS, CAPS2 = "http://jabber.org/protocol/caps", "urn:xmpp:caps"
INFO = "http://jabber.org/protocol/disco#info"
HASH = "{urn:xmpp:hashes:2}hash"


def make(lang: str | None = None, **options: Any) -> Wire:
    client = ClientXMPP(JULIET, "secret", lang=lang)
    client.auto_reconnect = False
    client.register_plugin("xep_0390", options)
    return Wire(client)


def answer() -> DiscoInfo:
    info = DiscoInfo()
    info.add_identity("client", "pc", "Möhre", "de")
    info.add_feature("urn:xmpp:ping")
    return info


def caps2(wire: Wire, info: DiscoInfo | None = None, *functions: str) -> Capabilities2:
    made = Capabilities2()
    made.hashes = wire.stream.plugin["xep_0390"].hash_set(info or answer(), *functions)
    return made


def presence(*announced: object, sender: str = ROMEO, more: str = "") -> str:
    return f"<presence from='{sender}' {more}>{''.join(map(str, announced))}</presence>"


def caps(info: DiscoInfo) -> str:
    return f"<c xmlns='{CAPS}' hash='sha-1' node='urn:n' ver='{generate_verstring(info)}'/>"


async def asked(wire: Wire) -> list[tuple[str, str, str]]:
    found = []
    for stanza in await wire.stanzas():
        query = stanza.find(f"{{{INFO}}}query")
        if query is not None and stanza.get("type") == "get":
            found.append((stanza.get("to", ""), query.get("node", ""), stanza.get("id", "")))
    return found


async def tell(wire: Wire, question: tuple[str, str, str], info: DiscoInfo, more: str = "") -> None:
    wire.receive(f"<iq type='result' from='{question[0]}' id='{question[2]}' {more}>{info}</iq>")
    await wire.sent()


async def test_presence_has_both_kinds() -> None:
    wire = make("en")
    wire.stream.plugin["xep_0030"].add_identity("client", "bot", "Gardener")
    wire.stream.send_presence()
    [sent] = await wire.stanzas()
    assert sent.find(f"{{{CAPS}}}c") is not None
    hashes = sent.findall(f"{{{CAPS2}}}c/{HASH}")
    assert [each.get("algo") for each in hashes] == ["sha-256", "sha3-256"]
    for each in hashes:
        node = f"{CAPS2}#{each.get('algo')}.{each.text}"
        wire.receive(f"<iq type='get' id='1' from='{ROMEO}' to='{JULIET}'><query xmlns='{INFO}' node='{node}'/></iq>")
        [told] = await wire.stanzas()
        query = told.find(f"{{{INFO}}}query")
        assert query is not None
        proved = certified(DiscoInfo(xml=query), node)
        assert proved is not None
        assert proved.identities[0].lang == "en"
        assert CAPS2 in proved.features
    await wire.end()


async def test_what_changes_is_said_anew() -> None:
    wire = make()
    wire.stream.send_presence(pstatus="here")
    [first] = await wire.stanzas()
    wire.stream.plugin["xep_0030"].add_feature("urn:one")
    await wire.stream.plugin["xep_0390"].update_caps()
    [second] = await wire.stanzas()
    assert len(second.findall(f"{{{CAPS2}}}c")) == 1
    hashes = [stanza.findtext(f"{{{CAPS2}}}c/{HASH}") for stanza in (first, second)]
    assert hashes[0] != hashes[1]
    await wire.end()


async def test_what_says_nothing() -> None:
    wire = make(broadcast=False)
    wire.stream.send_presence()
    assert CAPS2 not in (await wire.sent()).replace(CAPS, "")
    wire.stream.plugin["xep_0390"].broadcast = True
    wire.stream.send_presence(pto=ROMEO, ptype="unavailable")
    wire.stream.send_message(ROMEO, "hello")
    assert "hash" not in await wire.sent()
    own = wire.stream.make_presence()
    own.append(caps2(wire))
    own.send()
    text = await wire.sent()
    assert str(caps2(wire).hashes[0]["value"]) in text
    wire.stream.plugin["xep_0030"].static.own_info(wire.stream.boundjid, "").xml.append(ET.Element("{urn:x}more"))
    wire.stream.send_presence()
    assert HASH.partition("}")[0][1:] not in await wire.sent()  # what cannot be hashed is not announced
    await wire.end()


async def test_options() -> None:
    wire = make(functions=("sha-512",))
    wire.stream.send_presence()
    [sent] = await wire.stanzas()
    assert [each.get("algo") for each in sent.findall(f"{{{CAPS2}}}c/{HASH}")] == ["sha-512"]
    await wire.end()
    for wrong in (("crc32",), ()):
        with pytest.raises(ConfigurationError, match="functions"):
            make(functions=wrong)


async def test_it_is_asked_once_and_proved() -> None:
    wire = make()
    known: list[Any] = []
    wire.stream.add_event_handler("entity_caps_known", known.append)
    wire.receive(presence(caps2(wire)), presence(caps2(wire), sender="nurse@capulet.lit/x"))
    [question] = await asked(wire)
    assert question[0] == ROMEO
    assert question[1].startswith(f"{CAPS2}#sha-256.")
    await tell(wire, question, answer())
    assert [each.jid for each in known] == [ROMEO]
    for jid in (ROMEO, "nurse@capulet.lit/x"):
        assert await wire.stream.plugin["xep_0030"].supports(jid, feature="urn:xmpp:ping")
        info = await wire.stream.plugin["xep_0390"].get_caps(jid)
        assert info is not None
        assert hash_input(info) == hash_input(answer())
    assert await asked(wire) == []
    await wire.end()


async def test_spoof_another_answer() -> None:
    wire = make()
    wire.receive(presence(caps2(wire)))
    [question] = await asked(wire)
    forged = answer()
    forged.add_feature("urn:evil")
    await tell(wire, question, forged)
    assert await wire.stream.plugin["xep_0390"].get_caps(ROMEO) is None
    await wire.end()


async def test_the_better_kind_counts() -> None:
    """Of both kinds the hashes of XEP-0390; and of those the one that is liked best."""
    wire = make()
    wire.receive(presence(caps(answer()), caps2(wire, None, "sha-512", "sha3-256")))
    [question] = await asked(wire)
    assert question[1].startswith(f"{CAPS2}#sha3-256.")
    await tell(wire, question, answer())
    wire.receive(presence(caps2(wire, None, "blake2b-256"), sender="a@b/c"))
    [question] = await asked(wire)
    assert question[1].startswith(f"{CAPS2}#blake2b-256.")
    wire.receive(presence(caps2(wire, None, "sha-1"), caps(answer()), sender="d@e/f"))
    [question] = await asked(wire)
    assert question[1].startswith("urn:n#")  # nothing better is there
    await wire.end()


async def test_only_the_latest_set_counts() -> None:
    """§6.2.1"""
    wire = make()
    wire.receive(presence(caps2(wire)))
    await tell(wire, (await asked(wire))[0], answer())
    wire.receive(presence())  # servers may leave it out, if nothing has changed (§6.3)
    await wire.sent()
    assert await wire.stream.plugin["xep_0390"].get_caps(ROMEO) is not None
    wire.receive(presence(caps2(wire, None, "sha-1")))
    await wire.sent()
    assert await wire.stream.plugin["xep_0390"].get_caps(ROMEO) is None
    await wire.end()


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<hash xmlns='urn:xmpp:hashes:2'/>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'/>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>!</hash>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>eHg=</hash>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='crc32'>eHg=</hash>",
        f"<hash xmlns='urn:xmpp:hashes:2' algo='sha-512'>{'eHh4' * 100}</hash>",
    ],
)
async def test_sets_that_are_none(inner: str) -> None:
    wire = make()
    wire.receive(presence(f"<c xmlns='{CAPS2}'>{inner}</c>"))
    wire.receive(presence(caps2(wire), more="type='unavailable'"), presence(caps2(wire), sender=JULIET))
    assert await asked(wire) == []
    await wire.end()


async def test_a_storage() -> None:
    storage = MemoryStorage()
    for questions in (1, 0):
        wire = make()
        wire.stream.use_storage(storage)
        wire.receive(presence(caps2(wire)))
        found = await asked(wire)
        assert len(found) == questions
        for question in found:
            await tell(wire, question, answer())
        assert await wire.stream.plugin["xep_0030"].has_identity(ROMEO, category="client", itype="pc", lang="de")
        await wire.end()


async def test_telling_the_server_before_presence() -> None:
    """§5.6"""
    wire = make()
    done = wire.stream.plugin["xep_0390"].send_caps()
    [sent] = await wire.stanzas()
    assert (sent.get("to"), sent.get("type")) == ("capulet.lit", "set")
    assert len(sent.findall(f"{{{CAPS2}}}c/{HASH}")) == 2
    wire.receive(f"<iq type='result' id='{sent.get('id')}' from='capulet.lit'/>")
    assert isinstance(await done, Iq)
    await wire.end()


async def test_the_server_announces_in_its_features() -> None:
    client = ClientXMPP(JULIET, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0390")
    offered = StreamFeatures()
    offered["caps2"].hashes = client.plugin["xep_0390"].hash_set(answer())
    client.plugin["xep_0115"].server_announces(offered)
    wire = Wire(client)
    [question] = await asked(wire)
    assert question[0] == "capulet.lit"
    await wire.end()


async def test_a_component() -> None:
    component = ComponentXMPP("capulet.lit", "secret")
    component.auto_reconnect = False
    component.register_plugin("xep_0390")
    wire = Wire(component)
    component.send_presence(pfrom="a@capulet.lit", pto=ROMEO)
    [sent] = await wire.stanzas()
    assert len(sent.findall(f"{{{CAPS2}}}c/{HASH}")) == 2
    await wire.end()


async def test_what_cannot_be_hashed() -> None:
    wire = make()
    info = answer()
    info.xml.append(ET.Element("{urn:x}more"))
    with pytest.raises(InvalidValue, match="other elements"):
        wire.stream.plugin["xep_0390"].hash_set(info)
    with pytest.raises(InvalidValue, match="crc32"):
        wire.stream.plugin["xep_0390"].hash_set(answer(), "crc32")
    await wire.end()


async def test_it_ends() -> None:
    wire = make()
    client = wire.stream
    assert await client.plugin["xep_0030"].supports(feature=CAPS2)
    client.plugin.disable("xep_0390")
    assert len(client.plugin["xep_0115"].schemes) == 1
    client.send_presence()
    assert HASH not in {each.tag for stanza in await wire.stanzas() for each in stanza.iter()}
    wire.receive(f"<presence from='{ROMEO}'><c xmlns='{CAPS2}'/></presence>")
    assert await asked(wire) == []
    assert not await client.plugin["xep_0030"].supports(feature=CAPS2, local=True)
    await wire.end()
