# SPDX-License-Identifier: MIT
"""Moderation: the wire, asking for it, and who says that it was done."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import SubElement, fromstring

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import InvalidValue, IqError, XMPPError
from xmppkit.plugins.xep_0424 import Retract
from xmppkit.plugins.xep_0425 import XEP_0425, ApplyTo, FastenedModerate, Moderate, Moderated
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.lit/home"
ROOM = "verona@chat.lit"
OTHER = "other@chat.lit"
NICK, TYBALT = f"{ROOM}/juliet", f"{ROOM}/tybalt"
NS = "urn:xmpp:message-moderate:1"
NS_0 = "urn:xmpp:message-moderate:0"


class Rooms:
    """What is asked of xep_0045."""

    def is_heard(self, stanza: Any) -> bool:
        return bool(stanza["from"].bare == ROOM)


@pytest.fixture
def romeo(network: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    station = network.join(ROMEO, "xep_0425")
    original = station.plugin.get
    monkeypatch.setattr(
        station.plugin, "get", lambda name, *more: Rooms() if name == "xep_0045" else original(name, *more)
    )
    return station


@pytest.fixture
def plugin(romeo: Any) -> XEP_0425:
    return romeo.plugin["xep_0425"]  # type: ignore[no-any-return]


def moderation(
    sender: str = ROOM, kind: str = "groupchat", id_: str = "s1", more: str = f"<moderated xmlns='{NS}'/>"
) -> Message:
    return Message(
        xml=fromstring(
            f"<message xmlns='jabber:client' from='{sender}' to='{ROMEO}' type='{kind}' id='x'>"
            f"<retract xmlns='urn:xmpp:message-retract:1' id='{id_}'>{more}</retract></message>"
        )
    )


def said(sender: str = NICK, kind: str = "groupchat", room_id: str = "s1", by: str = ROOM) -> Message:
    message = Message()
    message["from"], message["to"], message["type"], message["id"] = sender, ROMEO, kind, "m1"
    SubElement(message.xml, "{urn:xmpp:sid:0}stanza-id", {"by": by, "id": room_id})
    return message


def test_the_wire() -> None:
    """XEP-0425 §3"""
    iq = Iq()
    iq["moderate"]["id"], iq["moderate"]["reason"] = "stanza-id-1", "rude"
    iq["moderate"].enable("retract")
    found = Moderate.of(iq)
    assert found is not None
    assert (found.id, found.reason) == ("stanza-id-1", "rude")
    assert isinstance(found.retract, Retract)
    assert str(found) == (
        f'<moderate xmlns="{NS}" id="stanza-id-1"><reason>rude</reason>'
        '<retract xmlns="urn:xmpp:message-retract:1" /></moderate>'
    )
    message = moderation(more=f"<moderated by='{TYBALT}' xmlns='{NS}'/><reason>rude</reason>")
    SubElement(message["retract"]["moderated"].xml, "{urn:xmpp:occupant-id:0}occupant-id", {"id": "dd72"})
    moderated = Moderated.of(message["retract"])
    assert moderated is not None
    assert moderated.occupant_id is not None
    assert (moderated.by, moderated.occupant_id.id) == (TYBALT, "dd72")
    assert message["retract"]["moderated"]["by"] == TYBALT
    assert message["retract"]["reason"] == "rude"
    message["retracted"]["moderated"]["by"] = TYBALT
    assert Moderated.of(message["retracted"]) is not None


async def test_asking(network: Any, romeo: Any) -> None:
    room = network.join(ROOM)
    asked: list[Iq] = []

    def answer(iq: Iq) -> None:
        asked.append(iq)
        if not iq["moderate"]["reason"]:
            raise XMPPError("forbidden")
        iq.reply().send()

    room.register_handler(Callback("moderate", StanzaPath("iq@type=set/moderate"), answer))
    plugin = romeo.plugin["xep_0425"]
    result = await plugin.moderate(ROOM, "s1", "rude")
    assert (result["type"], result["from"]) == ("result", ROOM)
    assert (asked[0]["moderate"]["id"], asked[0]["moderate"].retract is not None) == ("s1", True)
    with pytest.raises(IqError, match="forbidden"):
        await plugin.moderate(ROOM, "s1")
    with pytest.raises(InvalidValue, match="no id"):
        await plugin.moderate(ROOM, "")


def test_it_may_be_applied(plugin: XEP_0425) -> None:
    assert plugin.applies(said(), moderation())
    assert plugin.applies(said(TYBALT), moderation(more=f"<moderated by='{TYBALT}' xmlns='{NS}'/>"))


@pytest.mark.parametrize(
    ("original", "word"),
    [
        (said(), moderation(TYBALT)),
        (said(), moderation("romeo@montague.lit")),
        (said(OTHER + "/n", by=OTHER), moderation(OTHER)),
        (said(OTHER + "/n", by=OTHER), moderation()),
        (said(), moderation(kind="normal")),
        (said(), moderation(kind="error")),
        (said(), moderation(id_="s2")),
        (said(), moderation(id_="m1")),
        (said(), moderation(id_="")),
        (said(), moderation(more="")),
        (said(by=OTHER), moderation()),
        (said(kind="chat"), moderation()),
        (said(), said()),
    ],
)
def test_spoof_moderation(plugin: XEP_0425, original: Message, word: Message) -> None:
    assert not plugin.applies(original, word)


async def test_events(romeo: Any) -> None:
    told: list[Any] = []
    retracted: list[Any] = []
    romeo.add_event_handler("moderated_message", told.append)
    romeo.add_event_handler("message_retract", retracted.append)
    good = moderation()
    for message in (good, moderation(TYBALT), moderation(OTHER), moderation(kind="error"), moderation(id_="")):
        romeo.take(str(message))
    await romeo.settle()
    assert [str(each) for each in told] == [str(good)]
    assert retracted == []


async def test_spoof_room_that_was_not_joined(network: Any) -> None:
    station = network.join(ROMEO, "xep_0425")
    told: list[Any] = []
    station.add_event_handler("moderated_message", told.append)
    station.take(str(moderation()))
    await station.settle()
    assert told == []


# --- the earlier form ---------------------------------------------------------------------------------------


def fastened(
    sender: str = ROOM, id_: str = "s1", inner: str = "<retract xmlns='urn:xmpp:message-retract:0'/>"
) -> Message:
    return Message(
        xml=fromstring(
            f"<message xmlns='jabber:client' from='{sender}' to='{ROMEO}' type='groupchat' id='x'>"
            f"<apply-to xmlns='urn:xmpp:fasten:0' id='{id_}'><moderated by='{TYBALT}' xmlns='{NS_0}'>{inner}"
            "<reason>rude</reason></moderated></apply-to></message>"
        )
    )


@pytest.mark.parametrize(
    ("features", "older"), [([NS_0], True), ([NS, NS_0], False), ([NS], False), ([], False), (None, False)]
)
async def test_rooms_are_asked_in_the_form_that_they_know(
    network: Any, romeo: Any, features: list[str] | None, older: bool
) -> None:
    room = network.join(ROOM, *([] if features is None else ["xep_0030"]))
    for feature in features or ():
        room.plugin["xep_0030"].add_feature(feature)
    asked: list[Iq] = []

    def answer(iq: Iq) -> None:
        asked.append(iq)
        iq.reply().send()

    for name in ("moderate", "apply_to"):
        room.register_handler(Callback(name, StanzaPath(f"iq@type=set/{name}"), answer))
    assert (await romeo.plugin["xep_0425"].moderate(ROOM, "s1", "rude"))["type"] == "result"
    [iq] = asked
    if older:
        assert str(iq.xml[0].tag) == "{urn:xmpp:fasten:0}apply-to"
        applied = ApplyTo.of(iq)
        assert applied is not None
        assert str(applied) == (
            f'<apply-to xmlns="urn:xmpp:fasten:0" id="s1"><moderate xmlns="{NS_0}">'
            '<retract xmlns="urn:xmpp:message-retract:0" /><reason>rude</reason></moderate></apply-to>'
        )
        assert FastenedModerate.of(applied) is not None
    else:
        assert Moderate.of(iq) is not None


async def test_the_earlier_form_is_handed_on_in_todays(romeo: Any, plugin: XEP_0425) -> None:
    told: list[Message] = []
    romeo.add_event_handler("moderated_message", told.append)
    for message in (fastened(), fastened(TYBALT), fastened(OTHER), fastened(id_=""), fastened(inner="")):
        romeo.take(str(message))
    await romeo.settle()
    [message] = told
    assert (message["from"], message["id"], ApplyTo.of(message)) == (ROOM, "x", None)
    assert (message["retract"]["id"], message["retract"]["reason"]) == ("s1", "rude")
    assert message["retract"]["moderated"]["by"] == TYBALT
    assert plugin.applies(said(), message)


async def test_a_room_that_says_it_in_both_forms(romeo: Any) -> None:
    told: list[Message] = []
    romeo.add_event_handler("moderated_message", told.append)
    both = moderation()
    both.append(fastened().xml[0])
    romeo.take(str(both))
    await romeo.settle()
    assert len(told) == 1


@pytest.mark.parametrize(
    ("word", "applies"),
    [
        (fastened(), True),
        (fastened(TYBALT), False),
        (fastened(OTHER), False),
        (fastened(id_="s2"), False),
        (fastened(id_=""), False),
        (fastened(inner=""), False),
    ],
)
def test_spoof_moderation_in_the_earlier_form(plugin: XEP_0425, word: Message, applies: bool) -> None:
    before = str(word)
    assert plugin.applies(said(), word) is applies
    assert str(word) == before
