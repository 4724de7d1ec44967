# SPDX-License-Identifier: MIT
"""A client that gives up while a server derives its key (RFC 6120 §6.4.4)."""

from __future__ import annotations

import pytest
from longlogins import PLAIN, SASL, SASL2, deriving, finish

from xmppkit.exceptions import MalformedStream
from xmppkit.protocol.events import Authenticated
from xmppkit.protocol.state import Step


@pytest.mark.parametrize("namespace", [SASL, SASL2])
def test_it_may_try_again(namespace: str) -> None:
    pair, server = deriving("server", **PLAIN, sasl2=namespace == SASL2)
    work = server.take_work()
    server.receive_data(f"<abort xmlns='{namespace}'/>".encode())
    assert b"<aborted" in server.data_to_send()
    server.provide_key(work, work.compute())
    assert server.state.step is Step.OFFERED
    assert server.data_to_send() == b""
    assert server.attempts == 1
    again = pair.initiator_wrote.rpartition(b"<auth")
    server.receive_data(again[1] + again[2])
    pair.run()
    assert server.state.step is Step.DERIVING
    finish(pair, server)
    assert any(isinstance(event, Authenticated) for event in pair.receiver_events)


def test_nothing_else_may_come() -> None:
    _, server = deriving("server", **PLAIN)
    server.receive_data(f"<response xmlns='{SASL}'/>".encode())
    assert isinstance(server.error, MalformedStream)
    assert server.take_work() is None
