# SPDX-License-Identifier: MIT
"""Stanza Forwarding: between stations."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from xmppkit.plugins.xep_0203 import Delay
from xmppkit.plugins.xep_0297 import Forwarded
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.lit/orchard"
MERCUTIO = "mercutio@verona.lit/x"
NS = "urn:xmpp:forward:0"
STAMP = datetime.datetime(2010, 7, 10, 23, 8, 25, tzinfo=datetime.UTC)


@pytest.fixture
def romeo(network: Any) -> Any:
    return network.join(ROMEO, "xep_0297")


@pytest.fixture
def mercutio(network: Any) -> Any:
    station = network.join(MERCUTIO, "xep_0297")
    station.told = []
    station.add_event_handler("forwarded_stanza", station.told.append)
    return station


def from_juliet(delay: bool = False) -> Message:
    message = Message(sfrom="juliet@capulet.lit/orchard", sto="romeo@montague.lit", sid="0202197", stype="chat")
    message.body = "Yet I should kill thee with much cherishing."
    if delay:
        message["delay"]["stamp"] = STAMP
    return message


def said(by: str) -> Delay:
    delay = Delay()
    delay["stamp"], delay["from"] = STAMP, by
    return delay


@pytest.mark.parametrize("delay", [STAMP, "2010-07-10T23:08:25Z", said("montague.lit"), None])
async def test_forwarding(romeo: Any, mercutio: Any, network: Any, delay: Any) -> None:
    """XEP-0297 §3.1"""
    original = from_juliet(delay=delay is None)
    before = str(original)
    romeo.plugin["xep_0297"].forward(original, mto=MERCUTIO, mbody="A most courteous exposition!", delay=delay)
    await mercutio.settle()
    (message,) = mercutio.told
    assert (message["from"], message["body"]) == (ROMEO, "A most courteous exposition!")
    forwarded = Forwarded.of(message)
    assert forwarded is not None
    assert forwarded.message is not None
    assert forwarded.message.stream is mercutio
    assert str(forwarded.message) == before == str(original)
    assert forwarded.delay is not None
    assert forwarded.delay.stamp == STAMP


async def test_there_is_a_body_and_a_namespace(romeo: Any, mercutio: Any, network: Any) -> None:
    """XEP-0297 §3.2, rules 3 and 4"""
    original = from_juliet()
    romeo.plugin["xep_0297"].forward(original, MERCUTIO)
    await mercutio.settle()
    (message,) = mercutio.told
    assert Delay.of(message["forwarded"]) is None
    assert "<body" in network.sent[0].partition("<forwarded")[0]
    assert '<message xmlns="jabber:client"' in network.sent[0]


def test_nothing_to_forward(romeo: Any) -> None:
    with pytest.raises(TypeError, match="forward"):
        romeo.plugin["xep_0297"].forward(None, MERCUTIO)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("error", f"<forwarded xmlns='{NS}'><message xmlns='jabber:client'/></forwarded>"),
        ("chat", f"<forwarded xmlns='{NS}'><presence xmlns='jabber:client'/></forwarded>"),
        ("chat", f"<forwarded xmlns='{NS}'><iq xmlns='jabber:client' type='set' id='1'/></forwarded>"),
        ("chat", f"<forwarded xmlns='{NS}'/>"),
    ],
)
async def test_nonsense(mercutio: Any, kind: str, content: str) -> None:
    mercutio.take(f"<message type='{kind}' from='{ROMEO}'>{content}</message>")
    await mercutio.settle()
    assert mercutio.told == []
    assert mercutio.faults == []


async def test_spoof_what_is_forwarded_has_not_come(mercutio: Any) -> None:
    """XEP-0297 §7.1: it must not be processed as if it were not forwarded."""
    seen: list[Any] = []
    mercutio.add_event_handler("message", seen.append)
    inner = "<message xmlns='jabber:client' from='juliet@capulet.lit'><body>die</body></message>"
    mercutio.take(f"<message from='{ROMEO}'><body/><forwarded xmlns='{NS}'>{inner}</forwarded></message>")
    await mercutio.settle()
    assert all(message["from"] == ROMEO for message in seen)
    assert [message["from"] for message in mercutio.told] == [ROMEO]


async def test_disabled_it_leaves_nothing(mercutio: Any, network: Any, romeo: Any) -> None:
    assert await romeo.plugin["xep_0030"].supports(MERCUTIO, feature=NS)
    mercutio.plugin.disable("xep_0297")
    romeo.plugin["xep_0297"].forward(from_juliet(), MERCUTIO)
    await mercutio.settle()
    assert mercutio.told == []
    assert not await romeo.plugin["xep_0030"].supports(MERCUTIO, feature=NS, cached=False)
