# SPDX-License-Identifier: MIT
"""Message Processing Hints: the wire, and what counts."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.plugins.xep_0334 import Hint, NoCopy, NoPermanentStore, NoStore, Store, hints_of
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message

NS = "urn:xmpp:hints"


@pytest.mark.parametrize(("kind", "hint"), list(zip([NoCopy, NoPermanentStore, NoStore, Store], Hint, strict=True)))
def test_the_wire(kind: type[ElementBase], hint: Hint) -> None:
    message = Message()
    message.enable(hint.value)
    assert [child.tag for child in message.xml] == [f"{{{NS}}}{hint}"]
    assert isinstance(message[hint.value], kind)
    assert kind.of(message) is not None
    assert hints_of(message) == {hint}
    assert message[hint.value].keys() == ["lang"]


def test_several(network: Any) -> None:
    plugin = network.join("romeo@montague.lit/home", "xep_0334").plugin["xep_0334"]
    message = Message()
    plugin.add_hints(message, ["no-copy", Hint.NO_STORE])
    plugin.add_hints(message, [Hint.NO_STORE])
    assert plugin.get_hints(message) == {Hint.NO_COPY, Hint.NO_STORE}
    assert len(message.xml) == 2
    with pytest.raises(ValueError, match="no-no"):
        plugin.add_hints(message, [Hint.STORE, "no-no"])
    assert Hint.STORE not in plugin.get_hints(message)


def test_those_in_an_error_are_ignored() -> None:
    """XEP-0334 §5"""
    message = Message(stype="error")
    message.enable("store")
    assert hints_of(message) == frozenset()
