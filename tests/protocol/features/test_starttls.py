# SPDX-License-Identifier: MIT
"""STARTTLS: asked for, stripped, refused, and tampered with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import (
    CertificateExpired,
    CertificateUntrusted,
    CertificateWrongHost,
    MalformedStream,
    NegotiationTimeout,
    TLSFailed,
    TLSRequired,
)
from xmppkit.protocol.events import SecureTransport, StreamEnded
from xmppkit.protocol.features.starttls import STARTTLS, StartTlsInitiator, StartTlsReceiver
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import Credentials
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.testing.pair import Pair

if TYPE_CHECKING:
    import ssl

    from conftest import Port, Tls

    from xmppkit.exceptions import RemoteError

TLS = "urn:ietf:params:xml:ns:xmpp-tls"
OFFER = fromstring(f"<starttls xmlns='{TLS}'/>")
DEMAND = fromstring(f"<starttls xmlns='{TLS}'><required/></starttls>")
PROCEED = f"<proceed xmlns='{TLS}'/>"
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='localhost' to='localhost' version='1.0'>"
)
SECRET = "pencil in the drawer"


def initiator(port: Port, policy: TlsPolicy) -> StartTlsInitiator:
    port.options = port.options.replace(tls=policy)
    return StartTlsInitiator(port, STARTTLS)


def receiver(port: Port, policy: TlsPolicy) -> StartTlsReceiver:
    port.options = port.options.replace(tls=policy)
    return StartTlsReceiver(port, STARTTLS)


def test_the_declaration() -> None:
    assert STARTTLS.in_clear
    assert STARTTLS.order == 0
    assert not STARTTLS.permitted(frozenset({Fact.SECURE}))


class TestInitiator:
    @pytest.mark.parametrize("policy", [TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED])
    def test_it_asks_and_begins(self, port: Port, policy: TlsPolicy) -> None:
        half = initiator(port, policy)
        assert half.start(OFFER, StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.EXCHANGE]
        assert port.written == [f'<starttls xmlns="{TLS}" />']
        assert half.accepts(fromstring(PROCEED))
        assert not half.accepts(OFFER)
        assert half.receive(fromstring(PROCEED)) is Outcome.SECURE
        assert port.error is None

    def test_the_offer_is_missing(self, port: Port) -> None:
        # Attack A1.
        error = initiator(port, TlsPolicy.REQUIRED).absent()
        assert isinstance(error, TLSRequired)
        assert str(error).startswith("localhost: the server does not offer STARTTLS (")
        assert "tampered" in str(error)
        for policy in (TlsPolicy.IF_OFFERED, TlsPolicy.DISABLED):
            assert initiator(port, policy).absent() is None

    def test_it_is_disabled(self, port: Port) -> None:
        half = initiator(port, TlsPolicy.DISABLED)
        assert half.start(OFFER, StreamFeatures()) is Outcome.SKIPPED
        assert half.start(DEMAND, StreamFeatures()) is Outcome.ENDED
        assert isinstance(port.error, TLSRequired)
        assert "insists on TLS" in str(port.error)
        assert port.written == []

    def test_the_server_cannot(self, port: Port) -> None:
        # Attack A3: nothing goes on in the clear, whatever is offered next.
        half = initiator(port, TlsPolicy.IF_OFFERED)
        half.start(OFFER, StreamFeatures())
        failure = fromstring(f"<failure xmlns='{TLS}'/>")
        assert half.accepts(failure)
        assert half.receive(failure) is Outcome.ENDED
        assert isinstance(port.error, TLSFailed)

    def test_more_behind_proceed(self, port: Port) -> None:
        half = initiator(port, TlsPolicy.REQUIRED)
        port.trailing = True
        assert half.receive(fromstring(PROCEED)) is Outcome.ENDED
        assert isinstance(port.error, TLSFailed)
        assert "tampered" in str(port.error)


class TestReceiver:
    def test_it_offers(self, port: Port) -> None:
        offers = {policy: receiver(port, policy).offer() for policy in TlsPolicy}
        assert offers[TlsPolicy.DISABLED] is None
        required, optional = offers[TlsPolicy.REQUIRED], offers[TlsPolicy.IF_OFFERED]
        assert required is not None
        assert optional is not None
        assert [child.tag for child in required] == [f"{{{TLS}}}required"]
        assert len(optional) == 0

    def test_it_begins(self, port: Port) -> None:
        half = receiver(port, TlsPolicy.REQUIRED)
        assert half.starts(OFFER)
        assert not half.starts(fromstring(PROCEED))
        assert half.receive(OFFER) is Outcome.SECURE
        assert port.written == [f'<proceed xmlns="{TLS}" />']

    def test_it_is_disabled(self, port: Port) -> None:
        assert not receiver(port, TlsPolicy.DISABLED).starts(OFFER)

    def test_a_client_that_does_not_wait(self, port: Port) -> None:
        half = receiver(port, TlsPolicy.REQUIRED)
        port.trailing = True
        assert half.receive(OFFER) is Outcome.ENDED
        assert isinstance(port.error, MalformedStream)
        assert port.stream_error[0] == "policy-violation"
        assert port.written == []


def asked(tls: Tls, **changes: object) -> ClientStream:
    """A client that waits for `<proceed/>`."""
    options = StreamOptions(ssl_context=tls.client, credentials=Credentials("alice", SECRET))
    stream = ClientStream("alice@localhost", options.replace(**changes), now=0.0)
    stream.open()
    stream.receive_data((HEADER + f"<stream:features><starttls xmlns='{TLS}'/></stream:features>").encode())
    stream.events()
    stream.data_to_send()
    return stream


INJECTED = [
    "<message from='boss@localhost'><body>pay</body></message>",
    "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>",
    "<iq type='get' id='1'><query xmlns='jabber:iq:version'/></iq>",
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    "</stream:features>",
    HEADER,
    "<mess",
    " ",
    "\n",
]


class TestInjection:
    """Attack A6: cleartext behind `<proceed/>`, in the same read or in the next; white space too (§5.3.3)."""

    @pytest.mark.parametrize("apart", [False, True])
    @pytest.mark.parametrize("text", INJECTED)
    def test_into_a_client(self, tls: Tls, text: str, apart: bool) -> None:
        stream = asked(tls)
        for data in (PROCEED, text) if apart else (PROCEED + text,):
            stream.receive_data(data.encode())
        [end] = stream.events()
        assert isinstance(end, StreamEnded)
        assert isinstance(end.error, TLSFailed)
        assert str(end.error).startswith("localhost: ")
        assert not stream.facts
        assert SECRET.encode() not in stream.data_to_send()

    @pytest.mark.parametrize("apart", [False, True])
    @pytest.mark.parametrize("text", [*INJECTED, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"])
    def test_into_a_server(self, tls: Tls, text: str, apart: bool) -> None:
        stream = ReceiverStream(StreamOptions(ssl_context=tls.server, domain="localhost"), now=0.0)
        stream.open()
        stream.receive_data(HEADER.encode())
        stream.events()
        request = f"<starttls xmlns='{TLS}'/>"
        for data in (request, text) if apart else (request + text,):
            stream.receive_data(data.encode())
        [end] = stream.events()
        assert isinstance(end, StreamEnded)
        assert end.error is not None
        assert not stream.facts


class TestAttacks:
    @pytest.mark.parametrize(
        "answer",
        [
            f"<failure xmlns='{TLS}'/><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
            "<mechanism>PLAIN</mechanism></mechanisms></stream:features>",
            "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
            "<mechanism>PLAIN</mechanism></mechanisms></stream:features>",
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
            "<message><body>hello</body></message>",
            "</stream:stream>",
        ],
    )
    def test_anything_but_proceed_ends_it(self, tls: Tls, answer: str) -> None:
        stream = asked(tls)
        stream.receive_data(answer.encode())
        [end] = stream.events()
        assert isinstance(end, StreamEnded)
        assert end.error is not None
        assert b"<auth" not in stream.data_to_send()

    @pytest.mark.parametrize("proceeded", [False, True])
    def test_silence(self, tls: Tls, proceeded: bool) -> None:
        # Attack A18.
        stream = asked(tls)
        if proceeded:
            stream.receive_data(PROCEED.encode())
        stream.handle_timer(1.0)
        assert stream.deadline() == 31.0
        stream.handle_timer(31.0)
        assert isinstance(stream.error, NegotiationTimeout)
        assert str(stream.error).startswith("localhost: the stream was ")

    @pytest.mark.parametrize(
        ("which", "kind", "says", "advises"),
        [
            ("expired", CertificateExpired, "expired", "renew"),
            ("other_name", CertificateWrongHost, "'localhost'", "domain of the JID"),
            ("untrusted", CertificateUntrusted, "not trusted", "ca_certs"),
        ],
    )
    @pytest.mark.parametrize("policy", [TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED, TlsPolicy.DIRECT])
    def test_a_certificate_that_proves_nothing(
        self, tls: Tls, policy: TlsPolicy, which: str, kind: type[RemoteError], says: str, advises: str
    ) -> None:
        # Attack A8.
        context: ssl.SSLContext = getattr(tls, which)
        options = StreamOptions(tls=policy, credentials=Credentials("alice", SECRET))
        pair = Pair(
            ClientStream("alice@localhost", options.replace(ssl_context=tls.client), now=0.0),
            ReceiverStream(options.replace(ssl_context=context, domain="localhost"), now=0.0),
        ).run()
        error = pair.initiator.error
        assert type(error) is kind
        said = str(error)
        assert said.startswith("localhost: the certificate ")
        assert says in said
        assert advises in said
        assert SECRET not in said
        assert pair.initiator_events[-1] == StreamEnded(error.reason, error)
        assert not any(isinstance(event, SecureTransport) for event in pair.initiator_events)
        # The server learns why, by TLS's own alert.
        assert isinstance(pair.receiver.error, TLSFailed)
        assert not pair.initiator.facts
