# SPDX-License-Identifier: MIT
"""Delayed Delivery: the wire, and what may be believed."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0203 import Delay
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

NS = "urn:xmpp:delay"
STAMP = datetime.datetime(2002, 9, 10, 23, 8, 25, tzinfo=datetime.UTC)


@pytest.mark.parametrize("kind", [Message, Presence])
def test_the_wire(kind: Any) -> None:
    stanza = kind()
    stanza["delay"]["stamp"] = STAMP
    stanza["delay"]["from"] = "capulet.com"
    stanza["delay"]["text"] = "Offline Storage"
    delay = Delay.of(stanza)
    assert delay is not None
    assert str(delay) == f'<delay xmlns="{NS}" stamp="2002-09-10T23:08:25Z" from="capulet.com">Offline Storage</delay>'
    assert (delay.from_, delay.stamp, delay.text) == (JID("capulet.com"), STAMP, "Offline Storage")
    assert (delay["from"], delay["stamp"], delay["text"]) == (JID("capulet.com"), STAMP, "Offline Storage")
    del stanza["delay"]
    assert Delay.of(stanza) is None


def test_nonsense() -> None:
    delay = Delay()
    assert (delay["stamp"], delay["from"], delay["text"]) == ("", JID(""), "")
    delay.xml.attrib.update(stamp="yesterday", **{"from": "@@"})
    assert (delay.stamp, delay.from_) == (None, None)
    with pytest.raises(InvalidValue, match="stamp"):
        delay["stamp"] = "yesterday"


def test_when_it_was_sent(network: Any) -> None:
    plugin = network.join("juliet@capulet.com/balcony", "xep_0203").plugin["xep_0203"]
    message = Message()
    assert plugin.get_stamp(message) is None
    for second, by in ((30, "coven@macbeth.lit"), (25, "capulet.com"), (10, "romeo@montague.net")):
        delay = Delay()
        delay.stamp, delay.from_ = STAMP.replace(second=second), JID(by)
        message.xml.append(delay.xml)
    message.xml.append(Delay().xml)
    assert plugin.get_stamp(message) == STAMP.replace(second=10)
    assert plugin.get_stamp(message, by="capulet.com") == STAMP
    assert plugin.get_stamp(message, by=JID("shakespeare.lit")) is None
