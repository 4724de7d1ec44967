# SPDX-License-Identifier: MIT
"""Whom no roster names, but who sends presence: remembered within a bound.

Anybody can send presence, from as many addresses as they like and, to a component, to as many. What is remembered of
all of them together is bounded; past that, those that were heard of first are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xmppkit.roster.node import RosterNode

__all__ = ["MAX_STRANGERS", "Strangers"]

#: How many addresses outside of all rosters of a stream are remembered. Each of their resources counts as another one.
MAX_STRANGERS = 10_000
#: What is remembered as a rule. An idle stream is to be small, and an ordered dictionary is not.
_NOBODY: Final[OrderedDict[tuple[str, str], tuple[RosterNode, int]]] = OrderedDict()


class Strangers:
    """What all nodes of a stream remember of strangers, in the order in which it was heard.

    :param limit: the sum of the weights that is kept.
    """

    __slots__ = ("_held", "limit", "weight")

    def __init__(self, limit: int = MAX_STRANGERS) -> None:
        self.limit = limit
        #: The sum of the weights.
        self.weight = 0
        self._held = _NOBODY

    def __len__(self) -> int:
        """How many addresses are remembered; one that two nodes have heard of counts twice."""
        return len(self._held)

    def note(self, node: RosterNode, jid: str, weight: int = 1) -> None:
        """A node has heard of an address. The node drops those that are too many now, but never this one.

        :param weight: 1, and 1 for each of its resources.
        """
        self.forget(node, jid)
        if self._held is _NOBODY:
            self._held = OrderedDict()
        self._held[node.jid, jid] = (node, weight)
        self.weight += weight
        while self.weight > self.limit and len(self._held) > 1:
            (_, oldest), (its_node, its_weight) = self._held.popitem(last=False)
            self.weight -= its_weight
            its_node.forget_stranger(oldest)

    def forget(self, node: RosterNode, jid: str) -> None:
        """The node does not remember the address any more. May be repeated."""
        held = self._held.pop((node.jid, jid), None)
        if held is not None:
            self.weight -= held[1]
