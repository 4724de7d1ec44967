# SPDX-License-Identifier: MIT
"""What the application calls on any stream: bytes, events, sending, ending, time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

import pytest

from xmppkit.exceptions import (
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    LocalProtocolError,
    NegotiationTimeout,
    NotXMPP,
    QueueFull,
    TLSFailed,
    UnserializableXML,
)
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import Negotiated, SecureTransport, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers, Pair

if TYPE_CHECKING:
    from conftest import Tls

    from xmppkit.protocol.connection import Connection

CLEAR = StreamOptions(tls=TlsPolicy.DISABLED)


def live(**changes: object) -> ClientStream:
    return ClientStream.negotiated("alice@localhost/here", CLEAR.replace(**changes), now=0.0)


def ended(stream: Connection) -> StreamEnded:
    event = stream.events()[-1]
    assert isinstance(event, StreamEnded)
    return event


def joined(tls: Tls, **changes: object) -> Pair:
    """A component and its server over direct TLS, negotiated."""
    options = StreamOptions(tls=TlsPolicy.DIRECT, server_name="localhost", **changes)
    pair = Pair(
        ComponentStream("echo.localhost", "s", options.replace(ssl_context=tls.client), now=0.0),
        ComponentReceiverStream(options.replace(ssl_context=tls.server), now=0.0),
        Answers(secrets={"echo.localhost": "s"}),
    )
    assert pair.run().initiator.ready
    return pair


class TestSend:
    def test_stanza_element_and_text(self) -> None:
        stream = live()
        message = Element("{jabber:client}message", {"to": "bob@localhost"})
        SubElement(message, "{jabber:client}body").text = "a < b"
        stream.send(StanzaBase(xml=message))
        stream.send(message)
        message.set("to", "too late")
        stream.send("<presence/> ")
        text = b'<message to="bob@localhost"><body>a &lt; b</body></message>'
        assert stream.data_to_send() == text + text + b"<presence/> "
        assert stream.data_to_send() == b""

    @pytest.mark.parametrize("bad", ["\x08", "\x00", "\ufffe", "\x1b", "\ud800"])
    def test_what_xml_forbids_is_refused_and_nothing_is_sent(self, bad: str) -> None:
        stream = live()
        element = Element("{jabber:client}message")
        element.text = bad
        for item in (element, StanzaBase(xml=element), f"<a>{bad}</a>"):
            with pytest.raises(UnserializableXML, match=rf"U\+{ord(bad):04X}"):
                stream.send(item)
        assert stream.data_to_send() == b""
        assert stream.ready

    def test_not_before_the_session_and_not_after_it(self) -> None:
        stream = ClientStream("alice@localhost", CLEAR, now=0.0)
        with pytest.raises(LocalProtocolError, match=r"send\(\) cannot be called now: the stream is not opened"):
            stream.send("<presence/>")
        stream = live()
        stream.close()
        with pytest.raises(LocalProtocolError, match=r"send\(\).*closing, after a session"):
            stream.send("<presence/>")

    def test_the_default_namespace_can_be_chosen(self) -> None:
        stream = ComponentStream.negotiated("echo.localhost", CLEAR.replace(default_namespace="jabber:client"), now=0.0)
        stream.send(Element("{jabber:client}presence"))
        assert stream.data_to_send() == b"<presence />"


class TestReceive:
    def test_stanzas_are_events(self) -> None:
        stream = live()
        stream.receive_data(b"<message><body>1</body></message><presence/><iq type='get' id='1'><x xmlns='y'/></iq>")
        events = stream.events()
        assert [type(event) for event in events] == [type(stream.options.stanza_factory(e.xml)) for e in events]
        assert [event.xml.tag for event in events] == [
            "{jabber:client}message",
            "{jabber:client}presence",
            "{jabber:client}iq",
        ]
        assert stream.events() == []

    def test_white_space_keeps_alive(self) -> None:
        stream = live()
        stream.receive_data(b"  ")
        stream.receive_data(b"")
        assert stream.events() == []
        assert stream.ready

    def test_elements_that_the_application_accepts(self) -> None:
        stream = live(accepts=frozenset({"{urn:xmpp:sm:3}r"}))
        stream.receive_data(b"<r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='1'/>")
        accepted, end = stream.events()
        assert accepted.xml.tag == "{urn:xmpp:sm:3}r"
        assert isinstance(end, StreamEnded)
        assert b"unsupported-stanza-type" in stream.data_to_send()

    def test_elements_that_are_accepted_later(self) -> None:
        stream = live()
        stream.also_accept(frozenset({"{urn:a}one"}))
        stream.receive_data(b"<one xmlns='urn:a'/><message/>")
        assert [event.xml.tag for event in stream.events()] == ["{urn:a}one", "{jabber:client}message"]
        stream.receive_data(b"<two xmlns='urn:a'/>")
        [end] = stream.events()
        assert isinstance(end, StreamEnded)

    def test_what_came_before_a_violation_counts_and_nothing_after(self) -> None:
        stream = live()
        stream.receive_data(b"<message/><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message/>")
        message, end = stream.events()
        assert message.xml.tag == "{jabber:client}message"
        assert isinstance(end, StreamEnded)
        stream.receive_data(b"<message/>")
        assert stream.events() == []

    def test_stanzas_under_way_are_delivered_while_closing(self) -> None:
        stream = live()
        stream.close()
        assert stream.data_to_send() == b"</stream:stream>"
        stream.receive_data(b"<message/></stream:stream>")
        message, end = stream.events()
        assert message.xml.tag == "{jabber:client}message"
        assert end == StreamEnded("closed", None)
        assert stream.error is None
        assert stream.data_to_send() == b""

    def test_a_large_stanza_needs_authentication(self) -> None:
        text = b"<message><body>" + b"x" * 100_000 + b"</body></message>"
        stream = live()
        stream.receive_data(text)
        assert len(stream.events()) == 1
        stream = ClientStream("alice@localhost", CLEAR, now=0.0)
        stream.open()
        stream.receive_data(
            b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
            b"version='1.0'>" + text
        )
        assert ended(stream).error is not None
        assert b"policy-violation" in stream.data_to_send()


class TestTls:
    def test_events_and_facts(self, tls: Tls) -> None:
        pair = joined(tls)
        client = pair.initiator
        assert client.secure
        assert client.facts >= {Fact.SECURE}
        assert client.tls_info is pair.initiator_events[0]
        assert isinstance(client.tls_info, SecureTransport)
        assert client.tls_info.alpn == "xmpp-client"
        assert b"handshake" not in pair.initiator_wrote
        assert b"echo.localhost" not in pair.initiator_wrote

    def test_close_says_close_notify(self, tls: Tls) -> None:
        pair = joined(tls)
        pair.initiator.close()
        pair.run()
        assert pair.initiator.error is None
        assert pair.receiver.error is None

    def test_close_notify_without_a_closing_tag_is_a_loss(self, tls: Tls) -> None:
        pair = joined(tls)
        pair.initiator.abort("cut")
        assert ended(pair.initiator) == StreamEnded("cut", None)
        pair.receiver.receive_data(pair.initiator.data_to_send())
        assert isinstance(ended(pair.receiver).error, ConnectionLost)

    def test_a_damaged_record_ends_it_without_a_word(self, tls: Tls) -> None:
        pair = joined(tls)
        pair.initiator.send("<presence/>")
        record = bytearray(pair.initiator.data_to_send())
        record[-1] ^= 1
        pair.receiver.send("<presence/>")
        pair.receiver.receive_data(bytes(record))
        assert isinstance(ended(pair.receiver).error, TLSFailed)
        assert pair.receiver.state.step is Step.ENDED

    def test_an_untrusted_certificate(self, tls: Tls) -> None:
        options = StreamOptions(tls=TlsPolicy.DIRECT, ssl_context=tls.client)
        client = ClientStream("alice@localhost", options, now=0.0)
        server = ReceiverStream(options.replace(ssl_context=tls.untrusted, domain="localhost"), now=0.0)
        pair = Pair(client, server).run()
        assert isinstance(client.error, CertificateUntrusted)
        assert client.error.where == "localhost"
        assert "ca_certs" in client.error.advice
        assert isinstance(server.error, TLSFailed)
        assert len(pair.initiator_events) == len(pair.receiver_events) == 1

    def test_an_http_server_behind_direct_tls(self, tls: Tls) -> None:
        client = ClientStream("a@localhost", StreamOptions(tls=TlsPolicy.DIRECT, ssl_context=tls.client), now=0.0)
        client.open()
        client.receive_data(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        assert isinstance(ended(client).error, NotXMPP)

    def test_a_context_made_when_it_is_needed(self, tls: Tls) -> None:
        made: list[int] = []

        def factory() -> object:
            made.append(1)
            return tls.client

        options = StreamOptions(tls=TlsPolicy.DIRECT, ssl_context_factory=factory)
        client = ClientStream("alice@localhost", options, now=0.0)
        assert made == []
        client.open()
        assert made == [1]
        assert client.data_to_send()[:1] == b"\x16"

    def test_a_context_for_the_other_side(self, tls: Tls) -> None:
        server = ReceiverStream(
            StreamOptions(tls=TlsPolicy.DIRECT, ssl_context=tls.client, domain="localhost"), now=0.0
        )
        server.open()
        assert isinstance(ended(server).error, TLSFailed)

    @pytest.mark.parametrize("policy", [TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED, TlsPolicy.DIRECT])
    def test_tls_needs_a_context(self, policy: TlsPolicy) -> None:
        with pytest.raises(ConfigurationError, match="ssl_context"):
            ClientStream("alice@localhost", StreamOptions(tls=policy), now=0.0)

    def test_channel_binding(self, tls: Tls) -> None:
        assert live().channel_binding("tls-unique") is None
        pair = joined(tls)
        assert pair.initiator.channel_binding("tls-unique") is None
        client = ClientStream("a@localhost", StreamOptions(tls=TlsPolicy.DIRECT, ssl_context=tls.client), now=0.0)
        client.open()
        assert client.channel_binding("tls-unique") is None


class TestClose:
    def test_with_an_error(self) -> None:
        stream = live()
        stream.close_with_error("conflict", "you are elsewhere")
        assert stream.data_to_send() == (
            b'<stream:error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams" />'
            b'<text xmlns="urn:ietf:params:xml:ns:xmpp-streams">you are elsewhere</text></stream:error>'
            b"</stream:stream>"
        )
        assert ended(stream) == StreamEnded("closed by us: conflict", None)

    def test_only_with_a_defined_condition(self) -> None:
        stream = live()
        with pytest.raises(ValueError, match="'because' is no stream error condition"):
            stream.close_with_error("because")
        assert stream.ready

    def test_the_peer_is_waited_for_and_not_for_ever(self) -> None:
        stream = live(close_timeout=2.0)
        stream.close()
        assert stream.deadline() == 0.0
        stream.handle_timer(500.0)
        assert stream.deadline() == 502.0
        stream.close()
        assert stream.deadline() == 502.0
        stream.handle_timer(502.0)
        end = ended(stream)
        assert end.error is None
        assert "did not close" in end.reason

    def test_what_was_sent_before_abort_still_leaves(self) -> None:
        stream = live()
        stream.send("<presence/>")
        stream.abort()
        assert stream.data_to_send() == b"<presence/>"

    def test_before_anything_was_open(self) -> None:
        for opened in (False, True):
            stream = ReceiverStream(CLEAR.replace(domain="localhost"), now=0.0)
            if opened:
                stream.open()
            stream.close()
            assert ended(stream) == StreamEnded("closed before the stream was open", None)
            assert stream.data_to_send() == b""


class TestTime:
    def test_silence_after_connecting(self) -> None:
        stream = ClientStream("alice@localhost", CLEAR.replace(negotiation_timeout=30.0), now=7.0)
        stream.open()
        stream.data_to_send()
        assert stream.deadline() == 7.0
        stream.handle_timer(7.0)
        stream.handle_timer(37.0)
        error = ended(stream).error
        assert isinstance(error, NegotiationTimeout)
        assert str(error).startswith("localhost: the connection was accepted, but nothing came for 30 s (")

    def test_silence_later(self) -> None:
        stream = ClientStream("alice@localhost", CLEAR, now=0.0)
        stream.open()
        stream.receive_data(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' ")
        stream.handle_timer(0.0)
        stream.handle_timer(30.0)
        error = ended(stream).error
        assert "waiting for the peer's stream header for 30 s" in str(error)

    def test_the_timer_ends_with_the_negotiation(self) -> None:
        pair = Pair(
            ComponentStream("echo.localhost", "s", CLEAR, now=0.0),
            ComponentReceiverStream(CLEAR, now=0.0),
            Answers(secrets={"echo.localhost": "s"}),
        ).run()
        assert isinstance(pair.initiator_events[-1], Negotiated)
        assert pair.initiator.deadline() is None
        assert pair.receiver.deadline() is None


def test_representation_tells_where_it_stands() -> None:
    assert repr(live()).startswith("<ClientStream alice@localhost/here <client: ready; ours open, theirs open")
    assert repr(ReceiverStream(CLEAR.replace(domain="localhost"), now=0.0)).startswith("<ReceiverStream - <receiver")


class TestStreamManagement:
    """XEP-0198 §4, as far as the application sees it."""

    REQUEST = b"<r xmlns='urn:xmpp:sm:3'/>"

    def managed(self, **options: object) -> ClientStream:
        stream = live(management=ManagementOptions(**options))
        stream.manage(ManagedSession("alice@localhost/here", stream.options.management, id="x"))
        return stream

    def test_without_it(self) -> None:
        stream = live()
        assert stream.session is None
        stream.request_ack()
        stream.send_ack()
        stream.listen(False)
        assert stream.data_to_send() == b""
        stream.receive_data(self.REQUEST)
        error = ended(stream).error
        assert error is not None
        assert error.condition == "unsupported-stanza-type"

    def test_who_does_not_listen_waits_for_no_acknowledgement(self) -> None:
        stream = self.managed(window=1, ack_timeout=15.0)
        stream.listen(False)
        stream.send(Element("{jabber:client}presence"))
        assert stream.data_to_send().endswith(self.REQUEST)
        assert stream.deadline() is None
        stream.listen(True)
        stream.handle_timer(1.0)
        assert stream.deadline() == 16.0

    def test_what_is_sent_is_counted(self) -> None:
        stream = self.managed(window=3)
        assert stream.session is not None
        stream.send(Element("{jabber:client}presence"), at=3.0)
        stream.send("<presence/>")
        stream.send(" ")
        with pytest.raises(UnserializableXML, match=r"U\+FFFE"):
            stream.send("\ufffe")
        stream.send(Element("{jabber:client}presence"))
        assert [unacked.at for unacked in stream.session] == [3.0, None, None]
        assert stream.data_to_send() == b"<presence /><presence/> <presence />" + self.REQUEST

    def test_what_does_not_fit_is_refused(self) -> None:
        stream = self.managed(max_unacked=1)
        stream.send("<presence/>")
        with pytest.raises(QueueFull):
            stream.send("<presence/>")

    def test_what_waits_for_others_is_not_written(self) -> None:
        stream = live(management=ManagementOptions(pace=1))
        stream.manage(ManagedSession("alice@localhost/here", id="x")).pace(resumed=True)
        for kind in ("message", "presence"):
            stream.send(Element(f"{{jabber:client}}{kind}"))
        assert stream.data_to_send() == b"<message />" + self.REQUEST
        assert stream.unwritten == 0
        assert stream.withheld
        stream.receive_data(b"<a xmlns='urn:xmpp:sm:3' h='1'/>")
        assert stream.data_to_send() == b"<presence />" + self.REQUEST
        assert not stream.withheld
        stream.send(Element("{jabber:client}message"))
        assert stream.withheld
        stream.abort()
        assert not stream.withheld
        assert not live().withheld

    def test_what_the_application_has_taken_is_handled(self) -> None:
        stream = self.managed()
        assert stream.session is not None
        stream.receive_data(b"<message/><message/>" + self.REQUEST)
        assert stream.session.handled == 0
        assert len(stream.events()) == 2
        assert stream.data_to_send() == b"<a xmlns='urn:xmpp:sm:3' h='2'/>"
        stream.send_ack()
        stream.request_ack()
        assert stream.data_to_send() == b"<a xmlns='urn:xmpp:sm:3' h='2'/>" + self.REQUEST

    def test_its_timers(self) -> None:
        stream = self.managed(request_delay=2.0, ack_timeout=15.0)
        assert stream.deadline() is None
        stream.send("<presence/>")
        stream.data_to_send()
        assert stream.deadline() == 0.0
        stream.handle_timer(10.0)
        assert stream.deadline() == 12.0
        stream.handle_timer(12.0)
        assert stream.data_to_send() == self.REQUEST
        stream.handle_timer(12.0)
        assert stream.deadline() == 27.0
        stream.handle_timer(27.0)
        assert isinstance(ended(stream).error, ConnectionLost)
        assert stream.data_to_send() == b""
        assert stream.deadline() is None
        assert stream.session is not None
        assert stream.session.resumable

    def test_closing(self) -> None:
        stream = self.managed()
        stream.send("<presence/>")
        stream.receive_data(b"<message/>")
        stream.events()
        stream.close()
        assert stream.data_to_send() == (
            b"<presence/><a xmlns='urn:xmpp:sm:3' h='1'/>" + self.REQUEST + b"</stream:stream>"
        )
        assert stream.session is not None
        assert not stream.session.resumable
        stream.receive_data(self.REQUEST + b"<message/><a xmlns='urn:xmpp:sm:3' h='1'/></stream:stream>")
        assert [type(event).__name__ for event in stream.events()] == ["Message", "StanzasAcked", "StreamEnded"]
        assert stream.data_to_send() == b""

    def test_aborting_leaves_a_session_that_can_be_resumed(self) -> None:
        stream = self.managed()
        stream.abort()
        assert stream.session is not None
        assert stream.session.resumable

    def test_a_session_that_goes_on_elsewhere(self) -> None:
        assert live().release() is None
        stream = self.managed()
        session = stream.session
        assert session is not None
        assert stream.release() is session
        assert stream.session is None
        stream.send("<presence/>")
        stream.receive_data(b"<message/>")
        stream.close_with_error("conflict")
        assert (session.sent, session.received, session.resumable) == (0, 0, True)
