# SPDX-License-Identifier: MIT
"""Stanza Forwarding: the wire."""

from __future__ import annotations

import datetime
import gc
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0297 import Forwarded
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

NS = "urn:xmpp:forward:0"
STAMP = datetime.datetime(2010, 7, 10, 23, 8, 25, tzinfo=datetime.UTC)


@pytest.mark.parametrize("kind", [Message, Presence, Iq])
@pytest.mark.parametrize("namespace", ["jabber:client", "jabber:server"])
def test_what_is_inside(kind: Any, namespace: str) -> None:
    text = f"<forwarded xmlns='{NS}'><x xmlns='y'/><{kind.name} xmlns='{namespace}' from='a@b/c'/></forwarded>"
    forwarded = Forwarded(ET.fromstring(text))
    found = forwarded.stanza
    assert type(found) is kind
    assert found is forwarded["stanza"]
    assert found.xml is forwarded.xml[1]  # no copy
    assert (found is forwarded.message) is (kind is Message)
    assert found["from"] == "a@b/c"


def test_the_wire() -> None:
    """XEP-0297 §3.1"""
    original = Message(sfrom="juliet@capulet.lit/orchard")
    original.body = "Yet I should kill thee with much cherishing."
    message = Message()
    message["forwarded"]["stanza"] = original
    message["forwarded"]["delay"]["stamp"] = STAMP
    assert str(Forwarded.of(message)) == (
        f'<forwarded xmlns="{NS}"><message xmlns="jabber:client" from="juliet@capulet.lit/orchard">'
        "<body>Yet I should kill thee with much cherishing.</body></message>"
        '<delay xmlns="urn:xmpp:delay" stamp="2010-07-10T23:08:25Z" /></forwarded>'
    )
    delay = message["forwarded"].delay
    assert delay is not None
    assert delay.stamp == STAMP
    assert message["body"] == ""


def test_one_stanza() -> None:
    forwarded = Forwarded()
    assert forwarded.get_stanza() is None
    assert (forwarded.stanza, forwarded.message) == (None, None)
    forwarded.stanza = Message()
    assert isinstance(forwarded.get_stanza(), Message)
    forwarded["stanza"] = Presence().xml
    assert isinstance(forwarded.get_stanza(), Presence)
    assert len(forwarded.xml) == 1
    del forwarded["stanza"]
    assert len(forwarded.xml) == 0
    with pytest.raises(InvalidValue, match="stanza"):
        setattr(forwarded, "stanza", "hello")  # noqa: B010  # of no right type


def test_nonsense() -> None:
    text = f"<forwarded xmlns='{NS}'><message/><message xmlns='other'/><forwarded/></forwarded>"
    assert Forwarded(ET.fromstring(text)).stanza is None


def test_it_outlives_what_it_came_in() -> None:
    message = Message()
    original = Message()
    original.body = "x"
    message["forwarded"]["stanza"] = original
    found = message["forwarded"].message
    del message, original
    gc.collect()
    assert found is not None
    assert found.body == "x"
