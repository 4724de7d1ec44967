# SPDX-License-Identifier: MIT
"""User Nickname: the wire, publishing, being told."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0172 import UserNick
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

ISHMAEL = "narrator@moby-dick.lit/pda"
STARBUCK = "starbuck@moby-dick.lit/cabin"
NS = UserNick.namespace


@pytest.mark.parametrize("kind", [Message, Presence])
def test_the_wire(kind: type[Message | Presence]) -> None:
    stanza = kind()
    assert UserNick.of(stanza) is None
    stanza["nick"]["nick"] = "Ishmael"
    assert [(child.tag, child.text) for child in stanza.xml] == [(f"{{{NS}}}nick", "Ishmael")]
    found = UserNick.of(stanza)
    assert found is not None
    assert found.nick == "Ishmael"
    found["nick"] = ""
    assert found["nick"] == ""


async def tell(client: Any, sender: str, child: str) -> None:
    event = f"<event xmlns='http://jabber.org/protocol/pubsub#event'>{child}</event>"
    client.take(f"<message from='{sender}' to='{STARBUCK}' type='headline'>{event}</message>")
    await client.settle()


@pytest.mark.parametrize(
    ("child", "event"),
    [
        (f"<items node='{NS}'><item><nick xmlns='{NS}'>CallMeIshmael</nick></item></items>", "publish"),
        (f"<items node='{NS}'><retract id='current'/></items>", "retract"),
        (f"<purge node='{NS}'/>", "purge"),
        (f"<delete node='{NS}'/>", "delete"),
        (f"<configuration node='{NS}'/>", "config"),
    ],
)
async def test_a_contact_is_told_of(network: Any, child: str, event: str) -> None:
    """XEP-0172 §4.3"""
    starbuck = network.join(STARBUCK, "xep_0172")
    told: list[Any] = []
    starbuck.add_event_handler(f"user_nick_{event}", told.append)
    await tell(starbuck, ISHMAEL, child)
    assert told == []  # spoof: a client is no server
    await tell(starbuck, "narrator@moby-dick.lit", child)
    (message,) = told
    if event == "publish":
        assert message["pubsub_event"]["items"]["item"]["nick"]["nick"] == "CallMeIshmael"


async def test_it_is_announced(network: Any) -> None:
    starbuck = network.join(STARBUCK, "xep_0172")
    ishmael = network.join(ISHMAEL, "xep_0172")
    for feature in (NS, f"{NS}+notify"):
        assert await ishmael.plugin["xep_0030"].supports(STARBUCK, feature=feature)
    starbuck.plugin.disable("xep_0172")
    info = await ishmael.plugin["xep_0030"].get_info(STARBUCK)
    assert not any(NS in feature for feature in info["disco_info"]["features"])


async def test_publishing(network: Any) -> None:
    ishmael = network.join(ISHMAEL, "xep_0172")
    nick = ishmael.plugin["xep_0172"]
    answers = [nick.publish_nick("Ishmael"), nick.publish_nick(), nick.stop(options={"access_model": "open"})]
    for answer in answers:
        with pytest.raises(IqError):  # nobody is there
            await answer
    first, second, third = network.sent
    assert f'<publish node="{NS}"><item id="current"><nick xmlns="{NS}">Ishmael</nick></item></publish>' in first
    for nothing in (second, third):
        assert f'<item id="current"><nick xmlns="{NS}" /></item>' in nothing
    assert "pubsub#access_model" in third
