# SPDX-License-Identifier: MIT
"""What all stanzas that a matcher accepts have in common: what the index files handlers by."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ANYTHING", "Requirement"]


class Requirement(NamedTuple):
    """What all stanzas that a matcher accepts have in common. None in a field: nothing is known of it.

    A named tuple, because streams find the index they share by comparing hundreds of these.

    :ivar roots: tags the root may have: ``{namespace}name``, or ``name`` for that name in any namespace.
    :ivar types: values the root's ``type`` attribute may have; None as a member stands for its absence.
    :ivar payloads: tags of which at least one child of the root must have one.
    :ivar sufficient: whatever satisfies the three above is accepted; `MatcherBase.match` need not be asked.
    """

    roots: frozenset[str] | None = None
    types: frozenset[str | None] | None = None
    payloads: frozenset[str] | None = None
    sufficient: bool = False


#: Nothing is known: the matcher must be asked about every stanza.
ANYTHING: tuple[Requirement, ...] = (Requirement(),)
