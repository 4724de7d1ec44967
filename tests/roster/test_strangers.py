# SPDX-License-Identifier: MIT
"""What is remembered of strangers is bounded."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xmppkit.roster.strangers import Strangers


class Node:
    """Remembers strangers."""

    def __init__(self, jid: str) -> None:
        self.jid = jid
        self.known: set[str] = set()

    def forget_stranger(self, jid: str) -> None:
        self.known.discard(jid)


def test_the_first_are_forgotten_first() -> None:
    strangers, node = Strangers(limit=3), Node("a")
    for jid in "xyzw":
        node.known.add(jid)
        strangers.note(node, jid)  # type: ignore[arg-type]
    assert node.known == {"y", "z", "w"}
    strangers.note(node, "y", 3)  # type: ignore[arg-type]
    assert (node.known, strangers.weight, len(strangers)) == ({"y"}, 3, 1)
    strangers.note(node, "y", 9)  # type: ignore[arg-type]
    assert (node.known, strangers.weight) == ({"y"}, 9), "whoever was heard of last is never forgotten for it"
    strangers.forget(node, "y")  # type: ignore[arg-type]
    strangers.forget(node, "y")  # type: ignore[arg-type]
    assert (strangers.weight, len(strangers)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("xyzw"), st.integers(0, 4))))
def test_the_bound_holds(steps: list[tuple[int, str, int]]) -> None:
    strangers: Any = Strangers(limit=5)
    nodes = [Node(str(number)) for number in range(3)]
    for number, jid, weight in steps:
        if weight:
            nodes[number].known.add(jid)
            strangers.note(nodes[number], jid, weight)
        else:
            nodes[number].known.discard(jid)
            strangers.forget(nodes[number], jid)
        assert strangers.weight <= 5
        assert len(strangers) == sum(len(node.known) for node in nodes)
