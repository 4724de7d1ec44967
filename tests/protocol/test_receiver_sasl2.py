# SPDX-License-Identifier: MIT
"""Servers' streams on which a client logs in by SASL2."""

from __future__ import annotations

import pytest
from secured import client, logged_in, of, one, server

from xmppkit.exceptions import LocalProtocolError
from xmppkit.protocol.events import Bound, Negotiated, Resumed, TokenRequested
from xmppkit.protocol.logins import Sasl2Options
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.state import Fact, Step

HERE = "alice@localhost/here"


def test_a_session_without_a_restart() -> None:
    pair = logged_in(client(), server())
    assert pair.receiver_wrote.count(b"<stream:stream") == 1
    assert pair.receiver.ready
    assert one(pair.receiver_events, Negotiated).jid == "alice@localhost/chosen"


def test_an_address_in_the_old_way() -> None:
    pair = logged_in(client(Sasl2Options(bind=False)), server())
    assert pair.receiver.ready
    assert one(pair.receiver_events, Bound)
    assert b"<iq" in pair.initiator_wrote


def test_it_is_refused_along_with_the_login() -> None:
    pair = logged_in(client(), server(), bind=lambda jid, resource: None)
    assert not pair.receiver.ready
    assert Fact.AUTHENTICATED in pair.receiver.facts


def test_a_token() -> None:
    asked: list[TokenRequested] = []

    def make(request: TokenRequested) -> str:
        asked.append(request)
        return "a-token"

    pair = logged_in(client(), server(), token=make)
    assert asked == of(pair.receiver_events, TokenRequested)
    assert b'token="a-token"' in pair.receiver_wrote
    with pytest.raises(LocalProtocolError):
        pair.receiver.provide_token("another")  # type: ignore[attr-defined]


@pytest.mark.parametrize("known", [True, False])
def test_a_session_that_goes_on(known: bool) -> None:
    pair = logged_in(
        client(resume=ManagedSession(HERE, id="earlier"), management=ManagementOptions()),
        server(management=ManagementOptions()),
        sessions={"earlier": ManagedSession(HERE, id="earlier")} if known else {},
    )
    assert pair.receiver.state.step is Step.READY
    assert bool(of(pair.receiver_events, Resumed)) is known
    assert pair.receiver.jid == (HERE if known else "alice@localhost/chosen")
