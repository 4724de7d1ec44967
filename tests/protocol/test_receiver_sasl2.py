# SPDX-License-Identifier: MIT
"""Servers' streams on which a client logs in by SASL2."""

from __future__ import annotations

import pytest
from secured import client, logged_in, of, one, server

from xmppkit.exceptions import LocalProtocolError
from xmppkit.protocol.events import Authenticated, Bound, MechanismUpgraded, Negotiated, Resumed, TokenRequested
from xmppkit.protocol.logins import UPGRADES, LoginOffer, Sasl2Options
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, SaslPolicy, make_scram_record

HERE = "alice@localhost/here"
HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' "
    "version='1.0'{}>"
)


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


class TestWhatIsForOneAccount:
    OLD = {"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "secret")}

    def offer(self, address: str) -> LoginOffer | None:
        return LoginOffer(SaslPolicy(("SCRAM-SHA-1",)), UPGRADES) if address == "alice@localhost" else None

    @pytest.mark.parametrize("piece", [None, 1])
    def test_it_is_upgraded(self, piece: int | None) -> None:
        wants = Sasl2Options(upgrades=UPGRADES)
        record = AccountRecord(scram=self.OLD)
        pair = logged_in(client(wants), server(login_offer=self.offer), accounts={"alice": record}, piece=piece)
        assert one(pair.receiver_events, Authenticated).mechanism == "SCRAM-SHA-1"
        upgraded = {event.mechanism: event.record for event in of(pair.receiver_events, MechanismUpgraded)}
        assert tuple(upgraded) == UPGRADES
        # It is reported before anybody is in, and lets the client in the next time.
        kinds = [type(event) for event in pair.receiver_events]
        assert kinds.index(MechanismUpgraded) < kinds.index(Authenticated)
        again = logged_in(client(wants), server(), accounts={"alice": AccountRecord(scram=upgraded)}, piece=piece)
        assert one(again.receiver_events, Authenticated).mechanism == "SCRAM-SHA-512"
        assert b"upgrade" not in again.receiver_wrote

    def test_by_the_other_profile(self) -> None:
        near = client(Sasl2Options())
        near.options = near.options.replace(sasl2=None)
        far = ReceiverStream(server(login_offer=self.offer).options.replace(sasl2=None), now=0.0)
        far.learn(Fact.SECURE)
        pair = logged_in(near, far, accounts={"alice": AccountRecord(scram=self.OLD)})
        assert one(pair.receiver_events, Authenticated).mechanism == "SCRAM-SHA-1"

    def test_of_others_nothing_is_known(self) -> None:
        asked: list[str] = []

        def offer(address: str) -> None:
            asked.append(address)

        pair = logged_in(client(), server(login_offer=offer))
        assert one(pair.receiver_events, Authenticated).mechanism == "SCRAM-SHA-512"
        assert asked == ["alice@localhost"]  # once: what is offered is what holds, whatever happens meanwhile

    @pytest.mark.parametrize("secure", [True, False])
    def test_who_does_not_say_who_it_is(self, secure: bool) -> None:
        # What was said before TLS may be anybody's word (RFC 6120 §5.4.3.3).
        far = server(login_offer=self.offer, sasl=SaslPolicy(scram_without_tls=True))
        if not secure:
            far = ReceiverStream(far.options, now=0.0)
        far.open()
        if not secure:
            far.receive_data(HEADER.format(" from='alice@localhost'").encode())
            assert b"SCRAM-SHA-512<" not in far.data_to_send()
            far.restart()
            far.learn(Fact.SECURE)
        far.receive_data(HEADER.format("").encode())
        assert far.peer_from is None
        assert b"SCRAM-SHA-512<" in far.data_to_send()
