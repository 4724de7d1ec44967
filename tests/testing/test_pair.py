# SPDX-License-Identifier: MIT
"""Two ends negotiate in memory: every way to log in, whole and one byte at a time, with the same events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

import pytest

from xmppkit.exceptions import AuthenticationFailed, NegotiationFailed
from xmppkit.jid.address import JID
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import (
    Authenticated,
    Event,
    FeatureOffered,
    Negotiated,
    PasswordNeeded,
    SecureTransport,
    StreamEnded,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import host_feature
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl import MECHANISMS, AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.testing.pair import Answers, Pair, deterministic, shape
from xmppkit.transports.certificates import client_context, make_authority, make_certificate, server_context

if TYPE_CHECKING:
    import ssl

    from xmppkit.protocol.connection import Connection
    from xmppkit.stanza.base import StanzaBase

SECRET = "pencil in the drawer"
HASHES = ("SHA-1", "SHA-256", "SHA-512")
RECORD = AccountRecord(
    scram={f"SCRAM-{kind}": make_scram_record(f"SCRAM-{kind}", SECRET, iterations=4096) for kind in HASHES},
    certified="alice",
    bearer={"a-token": "alice"}.get,
)


@dataclass(frozen=True)
class Contexts:
    client: ssl.SSLContext
    server: ssl.SSLContext
    server_12: ssl.SSLContext


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    import ssl

    directory = tmp_path_factory.mktemp("tls")
    authority = make_authority(directory)
    files = make_certificate(authority, directory, "localhost", "echo.localhost")
    client = client_context(ca_certs=authority.ca_file, certfile=files.certificate, keyfile=files.key)
    servers = [server_context(files.certificate, files.key, client_ca=authority.ca_file) for _ in range(2)]
    for server in servers:
        server.set_alpn_protocols(["xmpp-client"])
    servers[1].maximum_version = ssl.TLSVersion.TLSv1_2
    return Contexts(client, *servers)


def login(
    contexts: Contexts,
    piece: int | None,
    *,
    tls: TlsPolicy = TlsPolicy.REQUIRED,
    mechanism: str = "SCRAM-SHA-256",
    old_tls: bool = False,
    credentials: Credentials | None = None,
    answers: Answers | None = None,
    jid: str = "alice@localhost/here",
    **changes: object,
) -> Pair:
    """A client and its server, until neither has anything to say."""
    policy = SaslPolicy((mechanism,), plain_without_tls=True, scram_without_tls=True)
    near = StreamOptions(tls=tls, ssl_context=contexts.client, sasl=policy, credentials=credentials)
    server = contexts.server_12 if old_tls else contexts.server
    far = StreamOptions(tls=tls, ssl_context=server, sasl=policy, domain="localhost")
    return Pair(
        ClientStream(jid, deterministic(near.replace(**changes), "c"), now=0.0),
        ReceiverStream(deterministic(far, "s"), now=0.0),
        answers or Answers(credentials=(Credentials("alice", SECRET),), accounts={"alice": RECORD}),
        piece=piece,
    ).run()


def component(piece: int | None, *, secret: str = "shared", **changes: object) -> Pair:
    options = StreamOptions(tls=TlsPolicy.DISABLED).replace(**changes)
    return Pair(
        ComponentStream("echo.localhost", secret, deterministic(options), now=0.0),
        ComponentReceiverStream(deterministic(options, "s"), now=0.0),
        Answers(secrets={"echo.localhost": "shared"}),
        piece=piece,
    ).run()


def names(events: list[Event | StanzaBase]) -> list[str]:
    return [type(event).__name__ for event in events]


def only(kind: type[Event], events: list[Event | StanzaBase]) -> Event:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


def message(text: str, to: str = "bob@localhost") -> Element:
    element = Element("{jabber:client}message", {"to": to})
    SubElement(element, "{jabber:client}body").text = text
    return element


PIECES = pytest.mark.parametrize("piece", [None, 1], ids=["whole", "bytewise"])


class TestClient:
    @PIECES
    def test_it_logs_in_over_starttls(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece)
        assert names(pair.initiator_events) == [
            "StreamOpened", "FeaturesReceived", "SecureTransport",
            "StreamOpened", "FeaturesReceived", "PasswordNeeded", "Authenticated",
            "StreamOpened", "FeaturesReceived", "Bound", "Negotiated",
        ]  # fmt: skip
        assert names(pair.receiver_events) == [
            "StreamOpened", "SecureTransport",
            "StreamOpened", "AccountNeeded", "Authenticated",
            "StreamOpened", "BindRequested", "Bound", "Negotiated",
        ]  # fmt: skip
        for end, events in ((pair.initiator, pair.initiator_events), (pair.receiver, pair.receiver_events)):
            assert only(Negotiated, events).jid == "alice@localhost/here"
            assert end.jid == "alice@localhost/here"
            assert end.ready
            assert end.secure
            assert end.facts == {Fact.SECURE, Fact.AUTHENTICATED, Fact.BOUND}
            assert end.deadline() is None
        # Nothing that is worth reading crossed the wire in the clear.
        assert b"<proceed" in pair.receiver_wrote
        for wire in (pair.initiator_wrote, pair.receiver_wrote):
            assert b"alice" not in wire
            assert b"SCRAM" not in wire

    @PIECES
    @pytest.mark.parametrize("mechanism", MECHANISMS)
    def test_every_mechanism(self, contexts: Contexts, mechanism: str, piece: int | None) -> None:
        credentials = {
            "ANONYMOUS": Credentials(),
            "EXTERNAL": Credentials("alice", external=True),
            "OAUTHBEARER": Credentials("alice", access_token="a-token"),
        }.get(mechanism, Credentials("alice", SECRET))
        pair = login(
            contexts,
            piece,
            mechanism=mechanism,
            # TLS 1.3 has no tls-unique.
            old_tls=mechanism.endswith("-PLUS"),
            credentials=credentials,
            # EXTERNAL asks for whoever the certificate proves: the client named nobody.
            answers=Answers(accounts={"alice": RECORD, "": RECORD}),
            jid="localhost" if mechanism == "ANONYMOUS" else "alice@localhost",
        )
        assert pair.initiator.ready
        assert pair.receiver.ready
        assert only(Authenticated, pair.initiator_events).mechanism == mechanism
        assert only(Authenticated, pair.receiver_events).mechanism == mechanism
        assert pair.initiator.jid == pair.receiver.jid
        assert pair.initiator.jid.resource == "chosen"
        assert (pair.initiator.jid.local == "alice") is (mechanism != "ANONYMOUS")

    @PIECES
    def test_direct_tls(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece, tls=TlsPolicy.DIRECT)
        assert names(pair.initiator_events)[0] == "SecureTransport"
        assert only(SecureTransport, pair.initiator_events).alpn == "xmpp-client"
        assert names(pair.initiator_events)[-1] == "Negotiated"
        assert b"stream" not in pair.initiator_wrote + pair.receiver_wrote

    @PIECES
    def test_in_the_clear_where_both_say_so(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece, tls=TlsPolicy.DISABLED)
        assert pair.initiator.ready
        assert not pair.initiator.secure
        assert b"<mechanism>SCRAM-SHA-256</mechanism>" in pair.receiver_wrote
        assert SECRET.encode() not in pair.initiator_wrote

    @PIECES
    def test_stanzas_both_ways_and_the_end(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece)
        for end in (pair.initiator_events, pair.receiver_events):
            end.clear()
        pair.initiator.send(message("hello"))
        pair.initiator.send(message("é \U0001f600 &<>\"'"))
        pair.receiver.send(message("well", to="alice@localhost/here"))
        pair.run()
        texts = [event["body"] for event in pair.receiver_events]
        assert texts == ["hello", "é \U0001f600 &<>\"'"]
        # Who sends is what the server knows, not what the client writes.
        assert {str(event["from"]) for event in pair.receiver_events} == {"alice@localhost/here"}
        assert [event["body"] for event in pair.initiator_events] == ["well"]
        pair.initiator.close()
        pair.run()
        for end, events in ((pair.initiator, pair.initiator_events), (pair.receiver, pair.receiver_events)):
            assert end.closed
            assert events[-1] == only(StreamEnded, events)
            assert only(StreamEnded, events).error is None

    @PIECES
    def test_what_was_under_way_at_the_end_still_arrives(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece)
        pair.receiver.send(message("last words"))
        pair.initiator.close()
        pair.run()
        assert pair.initiator_events[-2]["body"] == "last words"

    @PIECES
    def test_the_server_closes(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece)
        pair.receiver.close()
        pair.run()
        assert type(only(StreamEnded, pair.initiator_events).error).__name__ == "StreamClosed"
        assert only(StreamEnded, pair.receiver_events).error is None

    @PIECES
    def test_a_wrong_password_and_then_the_right_one(self, contexts: Contexts, piece: int | None) -> None:
        given = (Credentials("alice", "wrong"), Credentials("alice", SECRET))
        pair = login(contexts, piece, answers=Answers(credentials=given, accounts={"alice": RECORD}))
        assert names(pair.initiator_events).count("AuthenticationFailed") == 1
        assert pair.initiator.ready

    @PIECES
    def test_no_more_passwords(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(
            contexts, piece, answers=Answers(credentials=(Credentials("alice", "wrong"),), accounts={"alice": RECORD})
        )
        assert only(StreamEnded, pair.initiator_events).error is None
        assert names(pair.initiator_events)[-2] == "PasswordNeeded"

    @PIECES
    def test_an_account_that_nobody_has(self, contexts: Contexts, piece: int | None) -> None:
        pair = login(contexts, piece, answers=Answers(), credentials=Credentials("alice", SECRET))
        error = only(StreamEnded, pair.initiator_events).error
        assert isinstance(error, AuthenticationFailed)
        assert error.condition == "not-authorized"

    @PIECES
    def test_a_resource_that_is_refused(self, contexts: Contexts, piece: int | None) -> None:
        answers = Answers(
            credentials=(Credentials("alice", SECRET),), accounts={"alice": RECORD}, bind=lambda jid, resource: None
        )
        error = only(StreamEnded, login(contexts, piece, answers=answers).initiator_events).error
        assert isinstance(error, NegotiationFailed)
        assert error.condition == "conflict"

    def test_a_feature_of_the_application(self, contexts: Contexts) -> None:
        seen: list[str] = []

        def feature(stream: ClientStream, offered: FeatureOffered) -> None:
            seen.append(offered.name)
            stream.feature_done(offered.name)

        answers = {"credentials": (Credentials("alice", SECRET),), "accounts": {"alice": RECORD}}
        mine = host_feature("mine", 200, tag="{urn:ietf:params:xml:ns:xmpp-bind}bind", needs={Fact.AUTHENTICATED})
        assert login(contexts, None, answers=Answers(**answers), features=(mine,)).initiator.ready
        assert login(contexts, None, answers=Answers(**answers, feature=feature), features=(mine,)).initiator.ready
        assert seen == ["mine"]


class TestComponent:
    @PIECES
    @pytest.mark.parametrize("direct", [False, True])
    def test_it_shakes_hands(self, contexts: Contexts, direct: bool, piece: int | None) -> None:
        if direct:
            options = StreamOptions(tls=TlsPolicy.DIRECT, server_name="localhost")
            pair = Pair(
                ComponentStream("echo.localhost", "shared", options.replace(ssl_context=contexts.client), now=0.0),
                ComponentReceiverStream(options.replace(ssl_context=contexts.server), now=0.0),
                Answers(secrets={"echo.localhost": "shared"}),
                piece=piece,
            ).run()
        else:
            pair = component(piece)
        start = ["SecureTransport"] * direct
        assert names(pair.initiator_events) == [*start, "StreamOpened", "Bound", "Negotiated"]
        assert names(pair.receiver_events) == [*start, "SecretNeeded", "StreamOpened", "Bound", "Negotiated"]
        assert pair.initiator.jid == pair.receiver.jid == JID("echo.localhost")
        assert b"shared" not in pair.initiator_wrote

    @PIECES
    def test_stanzas_both_ways_and_the_end(self, piece: int | None) -> None:
        pair = component(piece)
        to_component = Element("{jabber:component:accept}message", {"from": "a@b", "to": "x@echo.localhost"})
        pair.receiver.send(to_component)
        pair.initiator.send(Element("{jabber:component:accept}presence", {"from": "x@echo.localhost", "to": "a@b"}))
        pair.run()
        assert [str(stanza["to"]) for stanza in pair.initiator_events[3:]] == ["x@echo.localhost"]
        assert [str(stanza["from"]) for stanza in pair.receiver_events[4:]] == ["x@echo.localhost"]
        pair.initiator.close()
        pair.run()
        assert only(StreamEnded, pair.initiator_events).error is None
        assert only(StreamEnded, pair.receiver_events).error is None

    @PIECES
    @pytest.mark.parametrize(("secret", "condition"), [("guessed", "not-authorized"), ("", "not-authorized")])
    def test_a_wrong_secret(self, secret: str, condition: str, piece: int | None) -> None:
        pair = component(piece, secret=secret)
        error = only(StreamEnded, pair.initiator_events).error
        assert error is not None
        assert error.condition == condition
        assert "secret" in str(error)
        assert "shared" not in str(error)


class TestTheSameEvents:
    """A stream cut into pieces of any size reports what the whole one reports."""

    @staticmethod
    def talk(contexts: Contexts, kind: str, piece: int | None) -> list[list[str]]:
        if kind == "component":
            pair = component(piece)
        else:
            tls = {"clear": TlsPolicy.DISABLED, "direct": TlsPolicy.DIRECT}.get(kind, TlsPolicy.REQUIRED)
            pair = login(contexts, piece, tls=tls)
        for end in (pair.initiator, pair.receiver):
            tag = f"{{{end.stream_namespace}}}message"
            for text in ("one", "tw\u00f6", "\U0001f600"):
                element = Element(tag, {"to": "a@echo.localhost", "from": "b@echo.localhost"})
                SubElement(element, tag.replace("message", "body")).text = text
                end.send(element)
        pair.run()
        pair.initiator.close()
        pair.run()
        return [[shape(event) for event in events] for events in (pair.initiator_events, pair.receiver_events)]

    @pytest.mark.parametrize("kind", ["starttls", "direct", "clear", "component"])
    def test_whatever_the_pieces(self, contexts: Contexts, kind: str) -> None:
        whole = self.talk(contexts, kind, None)
        assert sum("tw\u00f6" in text for events in whole for text in events) == 2
        for piece in (1, 2, 3, 7, 64, 1000):
            assert self.talk(contexts, kind, piece) == whole


def test_answers_leave_alone_what_is_no_question() -> None:
    pair = component(None)
    before = repr(pair.initiator)
    Answers()(pair.initiator, PasswordNeeded(()))
    Answers()(pair.receiver, PasswordNeeded(()))
    assert repr(pair.initiator) == before


def test_a_run_can_be_stopped_anywhere() -> None:
    options = StreamOptions(tls=TlsPolicy.DISABLED)
    ends: tuple[Connection, Connection] = (
        ComponentStream("echo.localhost", "shared", options, now=0.0),
        ComponentReceiverStream(options, now=0.0),
    )
    pair = Pair(*ends, Answers(secrets={"echo.localhost": "shared"}), piece=1)
    assert pair.run_until(lambda: pair.receiver.stream_id != "")
    assert not pair.initiator.ready
    assert pair.run_until(lambda: pair.initiator.ready)
    assert pair.run_until(lambda: True)
    assert not pair.run_until(lambda: pair.initiator.closed)
