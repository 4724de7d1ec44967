# SPDX-License-Identifier: MIT
"""Keys that are derived at once, and those that are left to the caller."""

from __future__ import annotations

import hashlib

import pytest

from xmppkit.sasl.derivation import AT_ONCE, Derivation, Pending, at_once, derive
from xmppkit.sasl.scram import DEFAULT_ITERATIONS


def made(iterations: int) -> Derivation:
    return Derivation("sha256", b"pencil", b"salt", iterations)


def test_it_is_pbkdf2() -> None:
    assert made(2).compute() == hashlib.pbkdf2_hmac("sha256", b"pencil", b"salt", 2)


def test_the_password_does_not_show() -> None:
    assert repr(made(2)) == "Derivation(hash_name='sha256', salt=b'salt', iterations=2)"


@pytest.mark.parametrize("iterations", [1, AT_ONCE])
def test_what_is_quick_is_done(iterations: int) -> None:
    step = derive(made(iterations), len)
    assert step == 32
    assert at_once(step) == 32


def test_what_takes_long_is_not() -> None:
    asked: list[bytes] = []
    step = derive(made(AT_ONCE + 1), asked.append)
    assert isinstance(step, Pending)
    assert asked == []
    assert step.derivation == made(AT_ONCE + 1)
    at_once(step)
    assert asked == [made(AT_ONCE + 1).compute()]


def test_our_own_servers_derive_at_once() -> None:
    # Or each login of an account whose password is known would take a thread.
    assert DEFAULT_ITERATIONS <= AT_ONCE
