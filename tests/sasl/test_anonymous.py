# SPDX-License-Identifier: MIT
"""ANONYMOUS: the client says nothing of itself, the server makes up a name that nobody can guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.anonymous import AnonymousClient, AnonymousServer
from xmppkit.sasl.base import Attempt, Challenge, Failure, Success
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.registry import random_nonce

ATTEMPT = Attempt(nonce=random_nonce)


def make_client() -> AnonymousClient:
    return AnonymousClient("ANONYMOUS", Credentials(), ATTEMPT)


def make_server(nonce: Callable[[], str] = random_nonce) -> AnonymousServer:
    return AnonymousServer("ANONYMOUS", Attempt(nonce=nonce))


def test_log_in(play: Callable[..., object]) -> None:
    names = set()
    for _ in range(20):
        step = play(make_client(), make_server(), lambda name: None)
        assert isinstance(step, Success)
        assert step.username.isalnum()
        assert step.username == step.username.lower()
        assert len(step.username) >= 20
        names.add(step.username)
    assert len(names) == 20


def test_the_client_shows_no_trace() -> None:
    assert make_client().initial_response() is None
    assert make_client().respond(b"") == b""


def test_a_challenge_with_data() -> None:
    with pytest.raises(SASLFailed, match="has no challenge"):
        make_client().respond(b"who are you?")


def test_the_name_is_a_local_part() -> None:
    assert make_server(lambda: "Ab-_9,x").receive(b"") == Success("ab9x")


@pytest.mark.parametrize("trace", [b"", b"sirhc", "☺".encode(), "☺".encode() * 255])
def test_a_trace_is_taken_and_dropped(trace: bytes) -> None:
    assert make_server(lambda: "name").receive(trace) == Success("name")


@pytest.mark.parametrize("trace", [b"x" * 256, b"\xff"])
def test_a_trace_that_is_none(trace: bytes) -> None:
    assert make_server().receive(trace) == Failure("malformed-request")


def test_the_server_asks_once() -> None:
    server = make_server(lambda: "name")
    assert server.receive(None) == Challenge(b"")
    assert server.receive(None) == Success("name")


def test_there_is_no_account_to_look_up() -> None:
    assert make_server().account(None) == Failure("malformed-request")
