# SPDX-License-Identifier: MIT
"""Key sequences, against each other and against the rule of XEP-0124 §15.3."""

from __future__ import annotations

from hashlib import sha1

import pytest

from xmppkit.protocol.framing.bosh.keys import KeyCheck, KeySequence


def test_the_rule() -> None:
    """K(1) = hex(SHA-1(seed)), K(n) = hex(SHA-1(K(n-1))); K(n) is shown first."""
    keys = KeySequence("seed", 3)
    first = sha1(b"seed").hexdigest()
    second = sha1(first.encode()).hexdigest()
    third = sha1(second.encode()).hexdigest()
    assert [keys.take(), keys.take(), keys.take()] == [third, second, first]
    assert len(keys) == 0


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_sequence_has_two_keys_at_least(length: int) -> None:
    """The last one shows the next sequence, and the first one cannot be that."""
    assert len(KeySequence("seed", length)) == 2


def test_both_halves() -> None:
    keys = KeySequence("seed", 5)
    check = KeyCheck(keys.take())
    while len(keys) > 1:
        assert check.accepts(keys.take(), None)
    following = KeySequence("another seed", 5)
    assert check.accepts(keys.take(), following.take())
    assert check.accepts(following.take().upper(), None) is False, "another spelling has another hash"
    assert check.accepts(following.take(), None) is False


def test_case_does_not_matter_in_what_is_compared() -> None:
    keys = KeySequence("seed", 3)
    check = KeyCheck(keys.take().upper())
    assert check.accepts(keys.take(), None)


@pytest.mark.parametrize("key", [None, "", "0" * 40, "ключ"])
def test_wrong_keys(key: str | None) -> None:
    keys = KeySequence("seed", 3)
    check = KeyCheck(keys.take())
    assert not check.accepts(key, None)
    assert check.accepts(keys.take(), None), "a wrong one does not spoil the sequence"


def test_without_keys() -> None:
    check = KeyCheck(None)
    assert check.accepts(None, None)
    assert check.accepts("a", "b")
