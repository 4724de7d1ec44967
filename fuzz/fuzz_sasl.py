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

MECHANISMS = ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", "OAUTHBEARER", "EXTERNAL")
POLICY = SaslPolicy(MECHANISMS, min_iterations=1, max_iterations=5000)
#: Whose proof of the server is TLS alone.
ONE_SIDED = ("PLAIN", "EXTERNAL")
#: What may leave the client's halves; the servers' raise nothing.
ALLOWED = (SASLError,)


def client(name: str, data: bytes) -> None:
    """What a server may say to a client."""
    who = Credentials("user", "pencil", access_token="token", external=name == "EXTERNAL")
    mechanism = choose([name], who, POLICY, secure=True, nonce=lambda: "fyko+d2lbbFgONRv9qkxdawL")
    mechanism.initial_response()
    if name in ONE_SIDED:
        return  # that they know no proof of the server is their nature
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
            known = AccountRecord("nothing of this is in a seed", bearer=lambda token: "")
            step = mechanism.account(known if step.username == "user" or name == "OAUTHBEARER" else None)
        assert not isinstance(step, Success), "somebody got in without the password"
        if not isinstance(step, Challenge):
            return


def target(data: bytes) -> None:
    """One input."""
    for name in MECHANISMS:
        client(name, data)
        server(name, data)


if __name__ == "__main__":
    sys.exit(main(target, "sasl", allowed=(), pace=200))
