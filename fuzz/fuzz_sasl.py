# SPDX-License-Identifier: MIT
"""SASL, both halves: what the peer sends raises nothing but a SASLError on a client and nothing at all on a server, and
nobody gets in without the password.

    python fuzz/fuzz_sasl.py --seconds 60
"""

from __future__ import annotations

import sys

from _runner import main

from xmppkit.exceptions import SASLError
from xmppkit.sasl import (
    AccountRecord,
    Challenge,
    Credentials,
    NeedAccount,
    SaslPolicy,
    Success,
    choose,
    server_mechanism,
)

MECHANISMS = ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN")
POLICY = SaslPolicy(min_iterations=1, max_iterations=5000)
#: What may leave the client's halves; the servers' raise nothing.
ALLOWED = (SASLError,)


def client(name: str, data: bytes) -> None:
    """What a server may say to a client."""
    mechanism = choose(
        [name], Credentials("user", "pencil"), POLICY, secure=True, nonce=lambda: "fyko+d2lbbFgONRv9qkxdawL"
    )
    mechanism.initial_response()
    if name == "PLAIN":
        return  # that it knows no proof of the server is PLAIN's nature
    try:
        mechanism.respond(data)
        mechanism.success(data)
    except ALLOWED:
        return
    raise AssertionError("the client believed a server that cannot know the password")


def server(name: str, data: bytes) -> None:
    """What a client may say to a server."""
    mechanism = server_mechanism(name, POLICY, secure=True, nonce=lambda: "3rfcNHYJY1ZVvWVs7j")
    assert mechanism is not None
    for message in (data, data[::-1], data):
        step = mechanism.receive(message)
        if isinstance(step, NeedAccount):
            step = mechanism.account(AccountRecord("nothing of this is in a seed") if step.username == "user" else None)
        assert not isinstance(step, Success), "somebody got in without the password"
        if not isinstance(step, Challenge):
            return


def target(data: bytes) -> None:
    """One input."""
    for name in MECHANISMS:
        client(name, data)
        server(name, data)


if __name__ == "__main__":
    sys.exit(main(target, "sasl", allowed=()))
