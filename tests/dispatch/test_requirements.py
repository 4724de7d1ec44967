# SPDX-License-Identifier: MIT
"""Requirements are compared and hashed: streams find the index they share by them."""

from __future__ import annotations

import pytest

from xmppkit.dispatch.requirements import ANYTHING, Requirement


def test_nothing_is_known_unless_said() -> None:
    assert Requirement() == Requirement(roots=None, types=None, payloads=None, sufficient=False)
    assert (Requirement(),) == ANYTHING


def test_equal_ones_are_the_same_key() -> None:
    one = Requirement(frozenset({"iq"}), frozenset({"get", None}), frozenset({"{x}y"}), sufficient=True)
    other = Requirement(frozenset({"iq"}), frozenset({None, "get"}), frozenset({"{x}y"}), sufficient=True)
    assert {one: "shared"}[other] == "shared"
    assert one != one._replace(sufficient=False)
    assert one != one._replace(types=None)


def test_they_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Requirement().roots = frozenset()  # type: ignore[misc]
