# SPDX-License-Identifier: MIT
"""Chat State Notifications: the wire, and between stations."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0085 import Active, ChatState, Composing, Gone, Inactive, Paused, State
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
NS = "http://jabber.org/protocol/chatstates"


@pytest.mark.parametrize(("kind", "state"), list(zip([Active, Composing, Paused, Inactive, Gone], State, strict=True)))
def test_the_wire(kind: type[ChatState], state: State) -> None:
    message = Message()
    message["chat_state"] = state.value
    assert [child.tag for child in message.xml] == [f"{{{NS}}}{state.value}"]
    found = ChatState.of(message)
    assert found is not None
    assert (found.chat_state, message["chat_state"]) == (state, state.value)
    assert kind().chat_state is state


def test_one_state_at_a_time() -> None:
    message = Message()
    for state in State:
        message["chat_state"] = state
    assert [child.tag for child in message.xml] == [f"{{{NS}}}gone"]
    with pytest.raises(InvalidValue, match="composing"):
        message["chat_state"] = "dancing"
    del message["chat_state"]
    assert message["chat_state"] == ""
    assert len(message.xml) == 0


async def test_events(network: Any) -> None:
    """XEP-0085 §5"""
    romeo, juliet = network.join(ROMEO, "xep_0085"), network.join(JULIET, "xep_0085")
    told: list[tuple[str, Any]] = []
    for name in ("chatstate", *(f"chatstate_{state}" for state in State)):
        juliet.add_event_handler(name, lambda message, name=name: told.append((name, message)))
    for state in State:
        message = romeo.make_message(JULIET)
        message["chat_state"] = state
        message.send()
    await juliet.settle()
    assert [name for name, _ in told] == [name for state in State for name in ("chatstate", f"chatstate_{state}")]
    assert all(message["from"] == ROMEO for _, message in told)


async def test_a_state_that_has_come_back_is_none(network: Any) -> None:
    juliet = network.join(JULIET, "xep_0085")
    told: list[Any] = []
    juliet.add_event_handler("chatstate", told.append)
    juliet.take(f"<message type='error' from='{ROMEO}'><composing xmlns='{NS}'/></message>")
    juliet.take(f"<message from='{ROMEO}'><dancing xmlns='{NS}'/></message>")
    await juliet.settle()
    assert told == []


async def test_it_is_announced(network: Any) -> None:
    romeo, _ = network.join(ROMEO, "xep_0085"), network.join(JULIET, "xep_0085")
    assert await romeo.plugin["xep_0030"].supports(JULIET, feature=NS)
