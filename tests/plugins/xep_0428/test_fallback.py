# SPDX-License-Identifier: MIT
"""Fallback Indication: what a program calls."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0428 import XEP_0428, Range
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
REPLY, REACTIONS = "urn:xmpp:reply:0", "urn:xmpp:reactions:0"


@pytest.fixture
def plugin(network: Any) -> XEP_0428:
    return network.join(ROMEO, "xep_0428").plugin["xep_0428"]  # type: ignore[no-any-return]


async def test_from_one_to_another(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0030", "xep_0428"), network.join(JULIET, "xep_0030", "xep_0428")
    told: list[Any] = []
    juliet.add_event_handler("message", told.append)
    message = romeo.make_message(JULIET, "> Hi 👋\nGreat 👍")
    romeo.plugin["xep_0428"].add_fallback(message, REPLY, 0, 7)
    romeo.plugin["xep_0428"].add_fallback(message, REACTIONS, 13)
    message.send()
    await juliet.settle()
    (got,) = told
    plugin = juliet.plugin["xep_0428"]
    assert plugin.get_stripped_body(got) == "> Hi 👋\nGreat 👍"
    assert plugin.get_stripped_body(got, REPLY) == "Great 👍"
    assert plugin.get_stripped_body(got, REPLY, REACTIONS) == "Great "
    assert plugin.get_ranges(got, REACTIONS, REPLY) == [Range(0, 7), Range(13, 14)]
    assert await romeo.plugin["xep_0030"].supports(JULIET, feature="urn:xmpp:fallback:0")


def test_making(plugin: XEP_0428) -> None:
    message = Message()
    message["body"], message["subject"] = "a text", "a subject"
    plugin.add_fallback(message, REPLY)
    assert plugin.get_stripped_body(message, REPLY) == plugin.get_stripped_body(message, REPLY, element="subject") == ""
    plugin.add_fallback(message, REACTIONS, end=2, element="subject")
    assert plugin.get_stripped_body(message, REACTIONS, element="subject") == "subject"
    assert plugin.get_stripped_body(message, REACTIONS) == "a text"


@pytest.mark.parametrize("wrong", [{"start": 6}, {"start": 2, "end": 1}, {"end": 0}, {"end": 2, "element": "thread"}])
def test_parts_that_are_not_there(plugin: XEP_0428, wrong: dict[str, Any]) -> None:
    message = Message()
    message["body"] = "a text"
    with pytest.raises(InvalidValue):
        plugin.add_fallback(message, REPLY, **wrong)
    assert message["fallbacks"] == []
