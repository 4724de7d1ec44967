# SPDX-License-Identifier: MIT
"""What the tests of mechanisms share: an attempt with known nonces, and both halves played against each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.sasl import (
    AccountRecord,
    Attempt,
    Challenge,
    ClientMechanism,
    Failure,
    NeedAccount,
    SaslPolicy,
    ServerMechanism,
    Success,
)

Lookup = Callable[[str], AccountRecord | None]


def make_attempt(nonce: str = "nonce", policy: SaslPolicy | None = None, **more: object) -> Attempt:
    """An attempt that uses `nonce`."""
    return Attempt(nonce=lambda: nonce, policy=policy or SaslPolicy(), **more)  # type: ignore[arg-type]


def play_halves(
    client: ClientMechanism,
    server: ServerMechanism,
    lookup: Lookup,
    *,
    first: bool = True,
    final_in_challenge: bool = False,
) -> Success | Failure:
    """Let both halves talk until the server is done; the client has believed a success by then.

    :param first: whether the client's first message goes with the mechanism's name, or waits for a challenge.
    :param final_in_challenge: whether the server's last data comes as a challenge of its own (RFC 4422 §5).
    """
    step = server.receive(client.initial_response() if first else None)
    asked = not first
    while True:
        if isinstance(step, NeedAccount):
            step = server.account(lookup(step.username))
        elif isinstance(step, Challenge) and asked:
            asked = False
            assert step.data == b""
            step = server.receive(client.initial_response() or b"")
        elif isinstance(step, Challenge):
            step = server.receive(client.respond(step.data))
        elif isinstance(step, Failure):
            return step
        else:
            assert isinstance(step, Success)
            if final_in_challenge and step.data is not None:
                assert client.respond(step.data) == b""
                client.success(None)
            else:
                client.success(step.data)
            return step


@pytest.fixture
def attempt() -> Callable[..., Attempt]:
    """`make_attempt`."""
    return make_attempt


@pytest.fixture
def play() -> Callable[..., Success | Failure]:
    """`play_halves`."""
    return play_halves
