# SPDX-License-Identifier: MIT
"""What a BOSH session asks for (XEP-0124 §7.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from xmppkit.protocol.framing.bosh.keys import KeySequence
from xmppkit.records import record
from xmppkit.xml.limits import KIB, MIB, Limits

__all__ = ["SessionOptions"]


def _random_rid() -> int:
    """An ID that cannot be guessed, far below the largest (XEP-0124 §14.1, §19.3)."""
    import secrets

    return secrets.randbelow(1 << 52) + 1


def _random_keys() -> KeySequence:
    import secrets

    return KeySequence(secrets.token_hex(32), 256 + secrets.randbelow(256))


@record(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """What a session asks for. Times are seconds, sizes bytes."""

    wait: int = 45
    """How long the server may hold a request. With `GRACE` it is the time in which a dead connection is found."""

    hold: int = 1
    """How many requests the server may hold; 0 polls, which is slow and expensive."""

    connections: int = 2
    """Requests at a time, also if the server permits more."""

    moment: float = 0.02
    """How long to wait for something to say before a request is made that only asks."""

    apart: float = 0.05
    """How long to wait after a request before another one follows on another connection, which may be faster. A server
    is to put that right (XEP-0124 §14.2), but ejabberd 23.01 then leaves both unanswered for as long as it may wait."""

    headstart: float = 0.5
    """The same after a request that is repeated, which needs a new connection. Prosody 0.12 gives a session up in which
    another request is faster than the repeated one."""

    keys: bool = False
    """Protect the session with keys (XEP-0124 §15): for HTTP that is not encrypted."""

    send_bytes: int = 64 * KIB
    """Of the body of one request; one that holds a single stanza may be larger."""

    receive_bytes: int = 8 * MIB
    """Of the body of one response."""

    limits: Limits = Limits()
    """What each element of a response may be."""

    rid_factory: Callable[[], int] = _random_rid
    """Makes the first request ID."""

    keys_factory: Callable[[], KeySequence] = _random_keys
    """Makes a key sequence."""

    def with_keys(self) -> SessionOptions:
        """The same, with `keys`."""
        return dataclasses.replace(self, keys=True)
