# SPDX-License-Identifier: MIT
"""Presences (RFC 6121 §3, §4)."""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.presence import Presence, PresenceType, Show
from xmppkit.xml.names import CLIENT, COMPONENT

# RFC 6121 §4.7.2
DND = """
<presence xmlns='{0}' xml:lang='en'>
  <show>dnd</show><status>Wooing Juliet</status><status xml:lang='cs'>Dvo&#x0159;&#x00ED;m se Julii</status>
  <priority>1</priority>
</presence>
"""


def received(text: str, stream: Any = None) -> Any:
    return Presence(stream, ET.fromstring(text.replace("{0}", stream.default_ns if stream else CLIENT)), recv=True)


def test_reading() -> None:
    presence = received(DND)
    assert presence["type"] == presence["show"] == "dnd"
    assert presence.type_ is None
    assert presence.show is Show.DND
    assert presence["status"] == presence.status == "Wooing Juliet"
    assert presence["status|cs"] == "Dvořím se Julii"
    assert presence["priority"] == presence.priority == 1


def test_an_empty_one() -> None:
    presence = received("<presence xmlns='{0}'/>")
    assert presence["type"] == "available"
    assert presence["show"] == presence["status"] == ""
    assert presence["priority"] == presence.priority == 0
    assert presence.type_ is presence.show is presence.status is None
    assert "priority" in presence
    assert str(presence) == '<presence xmlns="jabber:client" />'


@pytest.mark.parametrize("kind", list(PresenceType))
def test_types(kind: PresenceType) -> None:
    presence: Any = Presence(stype=kind)
    assert presence["type"] == kind.value
    assert presence.type_ is kind
    assert presence.xml.get("type") == kind.value


@pytest.mark.parametrize("show", list(Show))
def test_types_that_are_show_values(show: Show) -> None:
    presence: Any = Presence(stype="unavailable")
    presence["type"] = show.value
    assert str(presence) == f'<presence xmlns="jabber:client"><show>{show}</show></presence>'
    assert presence["type"] == show.value
    presence["type"] = "unavailable"
    assert str(presence) == '<presence xmlns="jabber:client" type="unavailable" />'


def test_setting_and_removing_the_type(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    presence: Any = Presence(stype="away")
    presence["type"] = "available"
    assert str(presence) == '<presence xmlns="jabber:client" />'
    presence["type"] = "probe"
    presence["type"] = ""
    assert presence.type_ is None
    presence["type"] = "away"
    assert presence.set_type("odd") is presence
    assert presence["type"] == "away"
    del presence["type"]
    assert presence["type"] == "available"
    assert caplog.messages == ["Presence has no type 'odd'"]


def test_setting_the_show_value(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    presence: Any = Presence()
    presence["show"] = "xa"
    assert presence.show is Show.XA
    assert presence.set_show("odd") is presence
    assert presence["show"] == "xa"
    presence["show"] = "available"
    assert presence["show"] == ""
    presence["show"] = "xa"
    presence["show"] = ""
    presence["show"] = None
    assert list(presence.xml) == []
    assert caplog.messages == ["Presence has no show value 'odd'"]
    with pytest.raises(InvalidValue):
        presence.show = "odd"


@pytest.mark.parametrize(
    ("inside", "kind", "show", "priority"),
    [
        ("<show>odd</show><priority>x</priority>", "available", "odd", 0),
        ("<show/><priority/>", "available", "", 0),
        ("<priority>128</priority>", "available", "", 0),
        ("<priority> -128 </priority>", "available", "", -128),
    ],
)
def test_what_cannot_be_read(inside: str, kind: str, show: str, priority: int) -> None:
    presence = received(f"<presence xmlns='{{0}}'>{inside}</presence>")
    assert (presence["type"], presence["show"], presence["priority"]) == (kind, show, priority)
    assert presence.show is None
    assert received("<presence xmlns='{0}' type='odd'/>")["type"] == "odd"


def test_priorities() -> None:
    presence: Any = Presence()
    presence["priority"] = "5"
    assert presence["priority"] == 5
    for wrong in (128, -129, "high", 1.5):
        with pytest.raises(InvalidValue, match=r"Presence\.priority"):
            presence["priority"] = wrong
    presence["priority"] = 0
    assert str(presence) == '<presence xmlns="jabber:client"><priority>0</priority></presence>'
    del presence["priority"]
    assert list(presence.xml) == []


def test_ids(make_stream: Any) -> None:
    stream = make_stream()
    assert Presence(stream).id == "n1"
    assert Presence(stream, sid="x").id == "x"
    assert Presence().id is None
    assert Presence(make_stream(use_presence_ids=False)).id is None


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("subscribe", "subscribed"), ("unsubscribe", "unsubscribed"), ("probe", "probe"), ("unavailable", "unavailable")],
)
def test_replies(kind: str, answer: str, stream: Any, component: Any) -> None:
    for one in (stream, component):
        presence = received(f"<presence xmlns='{{0}}' type='{kind}' from='a@b' to='c@d'><x/></presence>", one)
        reply = presence.reply()
        assert (reply["type"], reply["to"]) == (answer, "a@b")
        assert reply.tag == f"{{{one.default_ns}}}presence"
        assert reply["from"] == ("c@d" if one is component else "")
        assert list(reply.xml) == []
        assert len(presence.reply(clear=False).xml) == 1


def test_a_failure_is_told_to_nobody(stream: Any) -> None:
    error = ValueError("x")
    received(DND, stream).exception(error)
    assert stream.sent == []
    assert stream.exceptions == [error]


def test_on_a_components_stream(component: Any) -> None:
    presence: Any = Presence(component, stype="away")
    presence["priority"] = 3
    presence["status"] = "x"
    assert {child.tag for child in presence.xml} == {
        f"{{{COMPONENT}}}{name}" for name in ("show", "priority", "status")
    }
    assert (presence["show"], presence["priority"], presence["status"]) == ("away", 3, "x")


def test_values_make_the_round() -> None:
    for text in (DND, "<presence xmlns='{0}' type='unavailable'><status>x</status></presence>"):
        presence = received(text)
        again = Presence()
        again.values = presence.values
        assert again == presence
