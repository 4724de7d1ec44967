# SPDX-License-Identifier: MIT
"""What a mechanism has without saying so: refusals, and representations that show no secret."""

from __future__ import annotations

import dataclasses

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import (
    Attempt,
    Challenge,
    ClientMechanism,
    Failure,
    NeedAccount,
    ServerMechanism,
    ServerStep,
    Success,
)
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.policy import SaslPolicy

ATTEMPT = Attempt(nonce=lambda: "nonce")


class Client(ClientMechanism):
    def initial_response(self) -> bytes | None:
        return None


class Server(ServerMechanism):
    def receive(self, data: bytes | None) -> ServerStep:
        return NeedAccount("juliet")


def test_an_attempt_starts_with_the_default_policy_and_without_tls() -> None:
    assert ATTEMPT.policy == SaslPolicy()
    assert ATTEMPT.binding is None
    assert not ATTEMPT.peer_binds
    assert ATTEMPT.nonce() == "nonce"


def test_a_client_half_that_knows_of_no_challenge() -> None:
    client = Client("X-NAME", Credentials("juliet", "secret"), ATTEMPT)
    with pytest.raises(SASLFailed, match="X-NAME has no challenge, but the server sent one"):
        client.respond(b"")


def test_a_client_half_that_knows_of_no_last_data() -> None:
    client = Client("X-NAME", Credentials("juliet", "secret"), ATTEMPT)
    assert client.explanation == ""
    client.success(None)
    client.success(b"")
    with pytest.raises(SASLFailed, match="X-NAME ends without data, but the server sent some"):
        client.success(b"x")


def test_a_server_half_that_asked_for_no_account() -> None:
    assert Server("X-NAME", ATTEMPT).account(None) == Failure("malformed-request")


def test_representations() -> None:
    client = Client("X-NAME", Credentials("juliet", "secret"), ATTEMPT)
    assert repr(client) == "<Client X-NAME>"
    assert repr(Server("X-NAME", ATTEMPT)) == "<Server X-NAME>"
    for step in (Challenge(b"secret"), Success("juliet", "", b"secret")):
        assert "secret" not in repr(step)


@pytest.mark.parametrize("step", [Challenge(b""), NeedAccount("a"), Success("a"), Failure("aborted"), ATTEMPT])
def test_steps_are_values(step: object) -> None:
    assert dataclasses.replace(step) == step  # type: ignore[type-var]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(step, dataclasses.fields(step)[0].name, None)  # type: ignore[arg-type]
