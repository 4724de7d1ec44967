# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.offline`: XEP-0160, XEP-0203."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.server import ServerLimits
from xmppkit.server.offline import OfflineMessages

NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)


def message(text: str) -> ET.Element:
    return ET.fromstring(f"<message xmlns='jabber:client' from='a@b/c'><body>{text}</body></message>")


def test_what_is_kept_comes_back_once_with_its_time() -> None:
    offline = OfflineMessages("localhost", ServerLimits(), clock=lambda: NOON)
    original = message("hello")
    assert offline.keep("x@y", original)
    assert len(original) == 1  # it is not changed
    (kept,) = offline.take("x@y")
    delay = kept.find("{urn:xmpp:delay}delay")
    assert delay is not None
    assert delay.attrib == {"from": "localhost", "stamp": "2026-01-31T12:00:00Z"}
    assert (kept.get("from"), kept.findtext("{*}body")) == ("a@b/c", "hello")
    assert offline.take("x@y") == []


def test_bounds() -> None:
    offline = OfflineMessages("localhost", ServerLimits(offline_messages=2))
    assert [offline.keep("x@y", message(str(number))) for number in range(3)] == [True, True, False]
    assert offline.keep("z@y", message("another account"))
    size = len(ET.tostring(message("four")))
    offline = OfflineMessages("localhost", ServerLimits(offline_bytes=2 * size))
    assert [offline.keep("x@y", message(text)) for text in ("four", "fives", "more", "")] == [True, False, True, False]
    assert [each.findtext("{*}body") for each in offline.take("x@y")] == ["four", "more"]


def test_forgetting() -> None:
    offline = OfflineMessages("localhost", ServerLimits())
    offline.keep("x@y", message("hello"))
    offline.drop("x@y")
    offline.drop("x@y")
    assert offline.take("x@y") == []


async def test_a_message_waits(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    for kind in ("chat", "normal", "headline"):
        alice.send(f"<message to='bob@localhost' type='{kind}'><body>{kind}</body></message>")
    alice.send("<message to='bob@localhost/gone' type='chat'><body>to a resource</body></message>")
    alice.send(
        "<message to='bob@localhost' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )
    await alice.ping()
    assert alice.brief() == ["message[error] bob@localhost service-unavailable"]  # for the last one, which says nothing
    bob = await place.login("bob", "b", presence="<presence><priority>-1</priority></presence>")
    assert bob.take() == []
    bob.send("<presence/>", "<presence/>")
    await bob.ping()
    messages = [each for each in bob.take() if each.tag.endswith("message")]
    assert [each.findtext("{*}body") for each in messages] == ["chat", "normal", "to a resource"]
    assert all(each.find("{urn:xmpp:delay}delay") is not None for each in messages)


async def test_too_many_are_refused(enter: Any) -> None:
    place = await enter(limits=ServerLimits(offline_messages=1))
    alice = await place.login("alice", "a")
    for text in ("one", "two"):
        alice.send(f"<message to='bob@localhost' id='{text}'><body>{text}</body></message>")
    await alice.ping()
    (error,) = alice.take()
    assert (error.get("id"), error.get("type")) == ("two", "error")
