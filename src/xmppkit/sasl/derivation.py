# SPDX-License-Identifier: MIT
"""The long part of a login: a key is derived from a password in as many rounds of PBKDF2 as one end asks for
(RFC 5802 §2.2, ``Hi``; RFC 8018 §5.2), up to a second of work.

A mechanism derives at once what takes some milliseconds, and leaves the rest to its caller, as a `Pending`: so a server
that asks for a million rounds cannot keep an event loop from everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Final, Generic, TypeVar

from xmppkit.records import record

__all__ = ["AT_ONCE", "Derivation", "Pending", "at_once", "derive"]

T = TypeVar("T")

#: The most rounds that are computed where they arise: 3 to 10 ms, and what servers ask for as a rule.
AT_ONCE: Final = 10_000


@record(frozen=True, slots=True)
class Derivation:
    """A key that is to be derived. It is data, and belongs to nobody: `compute` may be called in any thread.

    :ivar hash_name: as ``sha256``.
    :ivar password: prepared, in UTF-8.
    :ivar salt: bytes mixed into it.
    :ivar iterations: rounds.
    """

    hash_name: str
    password: bytes = field(repr=False)
    salt: bytes
    iterations: int

    def compute(self) -> bytes:
        """The key. Other threads run meanwhile."""
        import hashlib  # with the first login is soon enough

        return hashlib.pbkdf2_hmac(self.hash_name, self.password, self.salt, self.iterations)


class Pending(Generic[T]):
    """The outcome of a step, once its key is there.

    :ivar derivation: gives the key.
    :ivar then: makes the outcome of it, in the thread of whoever made the step; to be called once.
    """

    __slots__ = ("derivation", "then")

    def __init__(self, derivation: Derivation, then: Callable[[bytes], T]) -> None:
        self.derivation = derivation
        self.then = then


def derive(derivation: Derivation, then: Callable[[bytes], T]) -> T | Pending[T]:
    """What `then` makes of the key: now, if that is quick."""
    if derivation.iterations > AT_ONCE:
        return Pending(derivation, then)
    return then(derivation.compute())


def at_once(step: T | Pending[T]) -> T:
    """The outcome of a step now, however long it takes: for whoever keeps nobody waiting."""
    if isinstance(step, Pending):
        return step.then(step.derivation.compute())
    return step
