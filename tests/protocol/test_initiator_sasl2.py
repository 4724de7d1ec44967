# SPDX-License-Identifier: MIT
"""Clients' streams that log in by SASL2: without a restart, ahead of the offer, in one round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from secured import AGENT, ALICE, HEADER, client, logged_in, of, one, server

from xmppkit.protocol.events import (
    Authenticated,
    FeaturesReceived,
    Negotiated,
    Resumed,
    SecureTransport,
    TokenReceived,
    TokenRefused,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import FastToken, Sasl2Options
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.negotiation import host_feature
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.ht import TokenRecord
from xmppkit.testing.pair import Answers, Pair

if TYPE_CHECKING:
    from conftest import Tls

TOKEN = FastToken("a-token", "HT-SHA-256-NONE", count=1)
ACCOUNT = AccountRecord("secret", tokens=(TokenRecord(TOKEN.token, TOKEN.mechanism),))


def remembered(pair: Pair) -> str:
    """What the server has offered."""
    return str(of(pair.initiator_events, FeaturesReceived)[0].features["authentication"])


def test_features_before_and_behind_the_login() -> None:
    pair = logged_in(client(), server())
    before, behind = of(pair.initiator_events, FeaturesReceived)
    assert "authentication" in before.features.get_features()
    assert "rosterver" in behind.features.get_features()
    assert pair.initiator.negotiated_features >= {"sasl2", "mechanisms", "bind", "rosterver"}
    assert pair.initiator_wrote.count(b"<stream:stream") == 1


def test_sasl_alone_has_no_time_ahead() -> None:
    options = client().options.replace(sasl2=None)
    stream = ClientStream("alice@localhost", options, now=0.0)
    stream.learn(Fact.SECURE)
    stream.open()
    assert stream.data_to_send().count(b"<") == 2


@pytest.mark.parametrize("piece", [None, 1])
def test_ahead_of_the_offer(piece: int | None) -> None:
    offer = remembered(logged_in(client(), server()))
    near = client(
        Sasl2Options(user_agent=AGENT, token=TOKEN, offer=offer),
        features=(host_feature("extra", 1, tag="{urn:example:extra}extra"),),
    )
    pair = logged_in(near, server(), accounts={"alice": ACCOUNT}, piece=piece)
    assert near.ready
    assert one(pair.initiator_events, Authenticated).mechanism == TOKEN.mechanism


def test_ahead_and_refused() -> None:
    # The turns that follow are those behind the login, as without it.
    offer = remembered(logged_in(client(), server()))
    near = client(Sasl2Options(user_agent=AGENT, token=TOKEN, offer=offer))
    pair = logged_in(near, server())
    assert one(pair.initiator_events, TokenRefused).condition == "not-authorized"
    assert one(pair.initiator_events, Authenticated).mechanism == "SCRAM-SHA-512"
    assert near.ready


def test_the_server_is_not_believed_before_its_header() -> None:
    offer = remembered(logged_in(client(), server()))
    near = client(Sasl2Options(user_agent=AGENT, token=TOKEN, offer=offer))
    near.open()
    near.receive_data(HEADER.encode() + b"<success xmlns='urn:xmpp:sasl:2'/>")
    assert near.closed
    assert not of(list(near.events()), Authenticated)


class TestRoundTrips:
    """From the end of the TLS handshake to the session, with TLS."""

    def trips(self, near: ClientStream, far: ReceiverStream, answers: Answers) -> tuple[int, list[Any]]:
        """How often something went to the server and its answer was waited for, and what the client reported."""
        far.open()
        near.open()
        trips, reported = 0, []
        while not near.ready:
            secured = near.secure
            data = near.data_to_send()
            assert data, "both wait"
            trips += secured
            for stream, theirs in ((far, data), (near, None)):
                if theirs is not None:
                    stream.receive_data(theirs)
                else:
                    stream.receive_data(far.data_to_send())
                for event in stream.events():
                    if stream is near:
                        reported.append(event)
                    answers(stream, event)
                    reported += near.events()
                while stream is far and (more := list(far.events())):
                    for event in more:
                        answers(far, event)
        return trips, reported

    @pytest.mark.parametrize(("sasl2", "expected"), [(None, 6), (Sasl2Options(bind=False), 5), (Sasl2Options(), 3)])
    def test_with_a_password(self, tls: Tls, sasl2: Sasl2Options | None, expected: int) -> None:
        near, far = self.streams(tls)
        stream = ClientStream("alice@localhost", near.options.replace(sasl2=sasl2), now=0.0)
        assert self.trips(stream, far, self.answers())[0] == expected
        assert "sm" in stream.negotiated_features

    def streams(self, tls: Tls, resume: Any = None, **sasl2: Any) -> tuple[ClientStream, ReceiverStream]:
        near = StreamOptions(
            tls=TlsPolicy.DIRECT,
            ssl_context=tls.client,
            credentials=ALICE,
            management=ManagementOptions(),
            sasl2=Sasl2Options(user_agent=AGENT, carbons=True, **sasl2),
        )
        far = StreamOptions(
            domain="localhost",
            tls=TlsPolicy.DIRECT,
            ssl_context=tls.server,
            management=ManagementOptions(),
            sasl2=Sasl2Options(carbons=True),
        )
        return ClientStream("alice@localhost", near, now=0.0, resume=resume), ReceiverStream(far, now=0.0)

    def answers(self, **more: Any) -> Answers:
        return Answers(accounts={"alice": ACCOUNT}, token=lambda request: "a-token", **more)

    def test_one(self, tls: Tls) -> None:
        near, far = self.streams(tls)
        trips, reported = self.trips(near, far, self.answers())
        assert of(reported, SecureTransport)
        assert trips == 3  # the header; SCRAM's first message; its last one
        token = one(reported, TokenReceived).token
        offer = str(of(reported, FeaturesReceived)[0].features["authentication"])
        sessions = near.session, far.session
        assert sessions[0] is not None
        assert sessions[1] is not None
        assert {"sm", "bind"} <= near.negotiated_features

        again, anew = self.streams(tls, token=token)
        assert self.trips(again, anew, self.answers())[0] == 2  # the header; the token

        again, anew = self.streams(tls, token=token, offer=offer)
        trips, reported = self.trips(again, anew, self.answers())
        assert trips == 1
        assert one(reported, Negotiated)
        assert {"sm", "bind"} <= again.negotiated_features

        near.receive_eof()
        far.receive_eof()
        again, anew = self.streams(tls, token=token, offer=offer, resume=sessions[0])
        trips, reported = self.trips(again, anew, self.answers(sessions={sessions[1].id: sessions[1]}))
        assert trips == 1
        assert one(reported, Resumed).session is sessions[0]
