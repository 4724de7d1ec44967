# SPDX-License-Identifier: MIT
"""Streams over a wire of messages (RFC 7395), and over one that has TLS of its own."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionLost,
    MalformedStream,
    StreamClosed,
    StreamErrorReceived,
    TLSRequired,
    UnserializableXML,
)
from xmppkit.protocol.events import SecureTransport, StreamEnded
from xmppkit.protocol.framing.websocket import NAMESPACE, WebSocketFraming
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.testing.pair import Answers, Pair, deterministic, shape

MANAGEMENT = ManagementOptions(window=1)
CLEAR = StreamOptions(
    framing=WebSocketFraming,
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
    management=MANAGEMENT,
    session=False,
)
TCP = StreamOptions(tls=TlsPolicy.DISABLED, sasl=CLEAR.sasl, management=MANAGEMENT, session=False)
ACCOUNTS = {"alice": AccountRecord("secret")}
INFO = SecureTransport("TLSv1.3", "TLS_AES_128_GCM_SHA256", None, b"certificate")
HEADER = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' {}/>"


def client(options: StreamOptions = CLEAR, **more: Any) -> ClientStream:
    credentials = Credentials("alice", "secret")
    return ClientStream(
        "alice@localhost/r", deterministic(options.replace(credentials=credentials), "c"), now=0.0, **more
    )


def server(options: StreamOptions = CLEAR) -> ReceiverStream:
    return ReceiverStream(deterministic(options.replace(domain="localhost"), "s"), now=0.0)


def joined(ours: ClientStream | None = None, theirs: ReceiverStream | None = None, **answers: Any) -> Pair:
    return Pair(ours or client(), theirs or server(), Answers(accounts=ACCOUNTS, **answers)).run()


def messages(stream: Any) -> list[str]:
    """What it has to send."""
    found = []
    while data := stream.data_to_send():
        found.append(data.decode())
    return found


def ended(stream: Any) -> StreamEnded:
    (end,) = [event for event in stream.events() if isinstance(event, StreamEnded)]
    return end


def opened() -> ClientStream:
    """A client whose server has opened its stream."""
    stream = client()
    stream.open()
    messages(stream)
    stream.receive_data(HEADER.format("from='localhost' id='1' version='1.0'").encode())
    stream.events()
    return stream


# --- whole sessions -------------------------------------------------------------------------------------------


def test_the_same_happens_as_over_tcp() -> None:
    over_messages, over_bytes = joined(), joined(client(TCP), server(TCP))
    assert over_messages.initiator.ready
    for events in ("initiator_events", "receiver_events"):
        assert [shape(event) for event in getattr(over_messages, events)] == [
            shape(event) for event in getattr(over_bytes, events)
        ]


def test_each_message_is_a_document_of_its_own() -> None:
    seen: list[str] = []

    ours, theirs = client(), server()
    theirs.open()
    ours.open()
    answers = Answers(accounts=ACCOUNTS)
    for _ in range(40):
        for one, other in ((ours, theirs), (theirs, ours)):
            for event in one.events():
                answers(one, event)
            for message in messages(one):
                seen.append(message)
                other.receive_data(message.encode())
    assert ours.ready
    tags = [fromstring(message).tag for message in seen]
    assert tags.count(f"{{{NAMESPACE}}}open") == 4
    assert tags.count("{http://etherx.jabber.org/streams}features") == 2
    assert tags.count("{jabber:client}iq") == 2
    assert not any("stream:stream" in message for message in seen)


def test_a_session_ends_in_order() -> None:
    pair = joined()
    pair.initiator.close()
    pair.run()
    for stream, events in ((pair.initiator, pair.initiator_events), (pair.receiver, pair.receiver_events)):
        assert stream.closed
        assert isinstance(events[-1], StreamEnded)
        assert events[-1].error is None


@pytest.mark.parametrize(("first", "second"), [(CLEAR, CLEAR), (TCP, CLEAR), (CLEAR, TCP)])
def test_a_session_goes_on_over_another_kind_of_transport(first: StreamOptions, second: StreamOptions) -> None:
    pair = joined(client(first), server(first))
    session = pair.initiator.session
    theirs = pair.receiver.session
    assert session is not None
    assert theirs is not None
    pair.initiator.send("<message id='1'/><message id='2'/>")
    pair.receiver.send("<message id='3'/>")
    for stream in (pair.initiator, pair.receiver):
        stream.data_to_send()
        stream.receive_eof()
    again = joined(client(second, resume=session), server(second), sessions={theirs.id: theirs})
    assert again.initiator.ready
    assert [event["id"] for event in again.receiver_events if getattr(event, "name", "") == "message"] == ["1", "2"]
    assert [event["id"] for event in again.initiator_events if getattr(event, "name", "") == "message"] == ["3"]


# --- what a program sends -------------------------------------------------------------------------------------


def test_text_of_the_program() -> None:
    pair = joined()
    pair.initiator.send(" ")
    assert messages(pair.initiator) == []
    pair.initiator.send("<message id='1'/>\n<presence/>")
    assert messages(pair.initiator)[:2] == [
        "<message xmlns='jabber:client' id=\"1\" />",
        "<presence xmlns='jabber:client' />",
    ]
    with pytest.raises(UnserializableXML):
        pair.initiator.send("<message>")
    assert pair.initiator.session is not None
    assert len(pair.initiator.session) == 2


# --- what a peer does wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ("<message xmlns='jabber:client'/><message xmlns='jabber:client'/>", "not-well-formed"),
        ("<message xmlns='jabber:client'>", "not-well-formed"),
        (" ", "bad-format"),
        ("<message/>", "unsupported-stanza-type"),
        ("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>", "invalid-namespace"),
        ("</stream:stream>", "not-well-formed"),
        (HEADER.format("to='localhost' version='1.0'"), "bad-format"),
        ("<!DOCTYPE a><a/>", "restricted-xml"),
    ],
)
def test_a_message_that_is_none_ends_a_session(message: str, condition: str) -> None:
    pair = joined()
    pair.receiver.receive_data(message.encode())
    error = ended(pair.receiver).error
    assert isinstance(error, MalformedStream)
    assert error.condition == condition
    said, closed = messages(pair.receiver)
    assert fromstring(said)[0].tag == f"{{urn:ietf:params:xml:ns:xmpp-streams}}{condition}"
    assert fromstring(closed).tag == f"{{{NAMESPACE}}}close"


def test_an_error_about_the_opening_stands_behind_an_opening() -> None:
    stream = server()
    stream.open()
    stream.receive_data(b"<open xmlns='jabber:client' to='localhost' version='1.0'/>")
    assert [fromstring(message).tag.partition("}")[2] for message in messages(stream)] == ["open", "error", "close"]


def test_a_large_message_before_the_login() -> None:
    stream = server()
    stream.open()
    stream.receive_data(HEADER.format("to='localhost' version='1.0'").encode())
    stream.receive_data(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + b"A" * 70_000 + b"</auth>")
    error = ended(stream).error
    assert isinstance(error, MalformedStream)
    assert error.condition == "policy-violation"


def test_a_server_that_offers_starttls_is_not_believed() -> None:
    stream = opened()
    stream.receive_data(
        b"<features xmlns='http://etherx.jabber.org/streams'>"
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></features>"
    )
    assert not any("xmpp-tls" in message for message in messages(stream))
    assert ended(stream).error is not None


@pytest.mark.parametrize("ready", [False, True])
def test_a_close_that_leads_elsewhere(ready: bool) -> None:
    stream = joined().initiator if ready else opened()
    stream.receive_data(f"<close xmlns='{NAMESPACE}' see-other-uri='wss://other.example/ws'/>".encode())
    error = ended(stream).error
    assert isinstance(error, StreamErrorReceived)
    assert error.see_other_host == "wss://other.example/ws"


def test_a_server_that_does_not_open() -> None:
    for message, kind in (
        (f"<close xmlns='{NAMESPACE}'/>", StreamClosed),
        (f"<close xmlns='{NAMESPACE}' see-other-uri='wss://other.example/ws'/>", StreamErrorReceived),
        (
            "<error xmlns='http://etherx.jabber.org/streams'>"
            "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
            StreamErrorReceived,
        ),
    ):
        stream = client()
        stream.open()
        stream.receive_data(message.encode())
        assert isinstance(ended(stream).error, kind)


def test_a_wire_that_ends() -> None:
    stream = joined().initiator
    stream.receive_eof()
    assert isinstance(ended(stream).error, ConnectionLost)


# --- TLS of the transport -------------------------------------------------------------------------------------


def test_the_transport_has_tls() -> None:
    stream = client(CLEAR.replace(tls=TlsPolicy.TRANSPORT))
    stream.open(tls=INFO)
    assert stream.secure
    assert stream.tls_info is INFO
    assert stream.ssl_object is None
    assert stream.events() == [INFO]
    assert 'from="alice@localhost"' in messages(stream)[0]


def test_the_transport_was_to_have_tls() -> None:
    stream = client(CLEAR.replace(tls=TlsPolicy.TRANSPORT))
    stream.open()
    assert isinstance(ended(stream).error, TLSRequired)
    assert messages(stream) == []


@pytest.mark.parametrize("tls", [TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED, TlsPolicy.DIRECT])
def test_a_stream_of_messages_has_no_tls_of_its_own(tls: TlsPolicy) -> None:
    with pytest.raises(ConfigurationError, match=f"choose TlsPolicy.TRANSPORT, not {tls.name}"):
        client(CLEAR.replace(tls=tls))
