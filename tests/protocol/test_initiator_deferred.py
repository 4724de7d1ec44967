# SPDX-License-Identifier: MIT
"""A server that gives up while a client derives its key (RFC 6120 §6.4.5)."""

from __future__ import annotations

import pytest
from longlogins import SASL, SASL2, deriving

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.protocol.events import AuthenticationFailed
from xmppkit.protocol.state import Step
from xmppkit.sasl import Credentials

ALICE = (Credentials("alice", "pencil"), Credentials("alice", "pencil"))


def failure(namespace: str, condition: str) -> bytes:
    return f"<failure xmlns='{namespace}'><{condition} xmlns='{SASL}'/></failure>".encode()


@pytest.mark.parametrize("namespace", [SASL, SASL2])
def test_who_was_asked_for_the_password_is_asked_again(namespace: str) -> None:
    _, client = deriving("client", credentials=ALICE, sasl2=namespace == SASL2)
    work = client.take_work()
    client.receive_data(failure(namespace, "not-authorized"))
    client.provide_key(work, work.compute())
    assert b"<response" not in client.data_to_send()
    assert client.state.step is Step.CREDENTIALS
    failed = client.events()[0]
    assert isinstance(failed, AuthenticationFailed)
    assert not failed.final


@pytest.mark.parametrize("namespace", [SASL, SASL2])
def test_for_good(namespace: str) -> None:
    _, client = deriving("client", sasl2=namespace == SASL2)
    client.receive_data(failure(namespace, "temporary-auth-failure"))
    assert isinstance(client.error, Refused)
    assert client.error.condition == "temporary-auth-failure"
    assert client.take_work() is None
