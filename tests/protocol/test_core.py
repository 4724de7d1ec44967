# SPDX-License-Identifier: MIT
"""The inside of a stream, seen from both of its ends: headers, elements, violations, the end."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import pytest

from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionLost,
    MalformedStream,
    NotXMPP,
    StreamClosed,
    StreamErrorReceived,
    TLSFailed,
)
from xmppkit.protocol import core
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import StanzaRefused, StreamEnded, StreamOpened
from xmppkit.protocol.events import StreamErrorReceived as ErrorEvent
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Half, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.testing.pair import Answers, Pair
from xmppkit.xml.limits import Limits


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What is made once in a process is made by these tests, too."""
    core._stanza_tags.cache_clear()


if TYPE_CHECKING:
    from conftest import Tls

    from xmppkit.protocol.connection import Connection

SASL = SaslPolicy(("PLAIN",), plain_without_tls=True)
CLEAR = StreamOptions(tls=TlsPolicy.DISABLED, domain="localhost", sasl=SASL)
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='localhost' to='localhost' version='1.0' xml:lang='de'>"
)
MECHANISMS = (
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)


def client(**changes: object) -> ClientStream:
    stream = ClientStream("alice@localhost", CLEAR.replace(**changes), now=0.0)
    stream.open()
    stream.data_to_send()
    return stream


def server(**changes: object) -> ReceiverStream:
    stream = ReceiverStream(CLEAR.replace(**changes), now=0.0)
    stream.open()
    return stream


def live(**changes: object) -> ClientStream:
    return ClientStream.negotiated("alice@localhost/here", CLEAR.replace(**changes), now=0.0)


def feed(stream: Connection, text: str | bytes) -> StreamEnded | None:
    """Receive `text`; the end, if that was it."""
    stream.receive_data(text.encode() if isinstance(text, str) else text)
    events = stream.events()
    return events[-1] if events and isinstance(events[-1], StreamEnded) else None


def violation(stream: Connection, text: str | bytes) -> str:
    """Receive `text`, which breaks a rule; the condition of the stream error that says so."""
    end = feed(stream, text)
    assert end is not None
    assert isinstance(end.error, MalformedStream)
    assert end.reason == end.error.reason
    assert f"<{end.error.condition} ".encode() in stream.data_to_send()
    return end.error.condition


class TestHeader:
    def test_it_says_which_language_is_spoken(self) -> None:
        stream = client()
        feed(stream, HEADER)
        assert stream.peer_lang == "de"
        assert stream.stream_id == "1"
        assert stream.state.theirs is Half.OPEN

    @pytest.mark.parametrize(
        ("document", "condition"),
        [
            # Attack A21: what is well-formed and yet no stream of ours.
            (HEADER.replace("jabber:client", "jabber:server"), "invalid-namespace"),
            (HEADER.replace("xmlns='jabber:client'", ""), "invalid-namespace"),
            (HEADER.replace("etherx.jabber.org/streams", "example.org"), "invalid-namespace"),
            (HEADER.replace("<stream:stream", "<stream:flow"), "bad-format"),
            ("<stream xmlns='jabber:client'>", "invalid-namespace"),
            ("<message xmlns='jabber:client'>", "bad-format"),
            (HEADER.replace("1.0'?>", "1.0' encoding='iso-8859-1'?>"), "unsupported-encoding"),
            ("<!DOCTYPE stream>" + HEADER, "restricted-xml"),
            ("<!-- hello -->", "restricted-xml"),
            (HEADER.replace("id='1'", "id='1' id='2'"), "not-well-formed"),
            (HEADER.replace("id='1'", "a:id='1'"), "bad-namespace-prefix"),
            ("</stream:stream>", "not-well-formed"),
        ],
    )
    def test_it_is_right_or_the_stream_ends(self, document: str, condition: str) -> None:
        assert violation(client(), document) == condition
        # A receiver answers with a header of its own, and the error in it (§4.9.1.2).
        stream = server()
        end = feed(stream, document)
        assert end is not None
        written = stream.data_to_send()
        assert written.startswith(b"<?xml version='1.0'?><stream:stream ")
        assert f"<{condition} ".encode() in written
        assert written.endswith(b"</stream:stream>")

    @pytest.mark.parametrize(
        "document",
        [
            f"<stream:{'x' * 900} xmlns:stream='http://etherx.jabber.org/streams'>",
            f"<s:stream xmlns:s='{'x' * 1000}'>",
            HEADER.replace("jabber:client", "x" * 1000),
        ],
    )
    def test_names_that_the_peer_chose_do_not_fill_the_error(self, document: str) -> None:
        end = feed(client(), document)
        assert end is not None
        assert "xxx" in end.reason
        assert len(end.reason) < 400

    def test_a_web_page(self) -> None:
        end = feed(client(), "<html xmlns='jabber:client'><body>")
        assert end is not None
        assert isinstance(end.error, NotXMPP)

    def test_after_close_it_is_not_looked_at(self) -> None:
        stream = client()
        stream.close()
        assert feed(stream, HEADER.replace("jabber:client", "jabber:server")) is None
        assert stream.peer_lang is None
        end = feed(stream, "</stream:stream>")
        assert end == StreamEnded("closed", None)


class TestOtherProtocols:
    """Attack A22: what listens at the port is something else."""

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "HTTP"),
            (b"<!DOCTYPE html><html>", "HTTP"),
            (b"<html><body>", "HTTP"),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
            (b"220 mail.example ESMTP\r\n", "SMTP"),
            (b"* OK IMAP4rev1 ready\r\n", "IMAP"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
        ],
    )
    def test_they_are_called_by_name(self, data: bytes, name: str) -> None:
        stream = client()
        end = feed(stream, data)
        assert end is not None
        assert isinstance(end.error, NotXMPP)
        said = str(end.error)
        assert said.startswith("localhost: the peer speaks " + name)
        assert "check the port" in said
        assert stream.data_to_send().endswith(b"</stream:stream>")

    @pytest.mark.parametrize("data", [b"\x00\x01\x02", b"hello", b"\xff\xfb\x01", b"\xff\xfe<\x00"])
    def test_and_without_one(self, data: bytes) -> None:
        end = feed(client(), data)
        assert end is not None
        assert isinstance(end.error, NotXMPP)
        assert end.reason == "the peer does not speak XMPP"

    def test_a_browser_at_the_servers_port(self) -> None:
        end = feed(server(), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert end is not None
        assert isinstance(end.error, NotXMPP)

    def test_broken_xml_is_still_xml(self) -> None:
        assert violation(client(), "<stream:stream <a>") == "not-well-formed"


class TestElements:
    def test_in_a_session_a_stanza_is_an_event_and_nothing_else_looks_at_it(self) -> None:
        class Counting(ClientStream):
            __slots__ = ()

            def _classify(self, element: Element) -> object:
                raise AssertionError(f"{element.tag} took the slow way")

        stream = Counting.negotiated("alice@localhost/here", CLEAR, now=0.0)
        stream.receive_data(b"<message/><iq type='get' id='1'/>" * 50)
        assert len(stream.events()) == 100

    @pytest.mark.parametrize(
        "element",
        [
            # Attack C9.
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
            "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
            "<stream:features/>",
            "<enabled xmlns='urn:xmpp:sm:3'/>",
            "<message xmlns='jabber:server'/>",
            "<message xmlns=''/>",
            "<handshake xmlns='jabber:component:accept'/>",
        ],
    )
    def test_no_stanza_in_a_session(self, element: str) -> None:
        assert violation(live(), element) == "unsupported-stanza-type"

    def test_a_stream_in_a_stream(self) -> None:
        # Attack C8. Nothing inside it is a stanza.
        stream = live()
        stream.receive_data(b"<stream:stream to='x'><message/>")
        assert stream.events() == []
        assert violation(stream, "</stream:stream>") == "bad-format"

    @pytest.mark.parametrize("stanza", ["<message/>", "<presence/>", "<iq type='set' id='1'/>"])
    def test_no_stanza_before_its_time(self, stanza: str) -> None:
        # Attack A7.
        assert violation(client(), HEADER + stanza) == "not-authorized"
        assert violation(server(), HEADER + stanza) == "not-authorized"

    def test_a_stanza_right_behind_the_negotiation(self) -> None:
        bound = (
            "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<jid>alice@localhost/x</jid></bind></iq>"
        )
        stream = client(credentials=Credentials("alice", "secret"), id_factory=lambda: "b")
        feed(
            stream,
            HEADER + MECHANISMS,
        )
        feed(stream, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        feed(stream, HEADER + "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>")
        stream.receive_data((bound + "<message id='m'/><presence/><a xmlns='b'/><message/>").encode())
        events = stream.events()
        assert [type(event).__name__ for event in events] == [
            "Bound", "Negotiated", "Message", "Presence", "StreamEnded",
        ]  # fmt: skip

    def test_nothing_may_stand_behind_a_restart(self) -> None:
        """Whole elements, the beginning of one, or the next header: it was written to a stream that is over."""
        for behind in ("<message/>", "<message", HEADER.partition("?>")[2]):
            stream = client(credentials=Credentials("alice", "secret"))
            feed(
                stream,
                HEADER + MECHANISMS,
            )
            assert violation(stream, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" + behind) == "bad-format"

    def test_blanks_may(self) -> None:
        stream = client(credentials=Credentials("alice", "secret"))
        feed(
            stream,
            HEADER + MECHANISMS + "\n",
        )
        assert feed(stream, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\n") is None
        assert stream.state.step is Step.HEADER
        assert stream.data_to_send().count(b"<stream:stream") == 1

    def test_a_client_that_does_not_wait_for_its_success(self) -> None:
        stream = server()
        feed(stream, HEADER)
        auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>"
        feed(stream, auth + HEADER.partition("?>")[2])
        stream.provide_account(AccountRecord("secret"))
        end = stream.events()[-1]
        assert isinstance(end, StreamEnded)
        assert "restarts" in end.reason

    @pytest.mark.parametrize(
        "data",
        [
            # Attack C6: nothing of this is delivered.
            b"<message><body>\xc0\x80</body></message>",
            b"<message><body>\xed\xa0\x80</body></message>",
            b"<message><body>\x00</body></message>",
            b"<message><body>&#0;</body></message>",
            b"<message></presence>",
        ],
    )
    def test_not_well_formed(self, data: bytes) -> None:
        assert violation(live(), data) == "not-well-formed"

    def test_an_end_that_we_asked_for_is_not_spoilt_by_rubbish(self) -> None:
        stream = client()
        feed(stream, HEADER)
        stream.close()
        assert feed(stream, "<a><<<") == StreamEnded("closed", None)

    def test_a_violation_behind_our_closing_tag_is_not_answered(self) -> None:
        stream = live()
        stream.close()
        stream.data_to_send()
        end = feed(stream, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        assert end is not None
        assert isinstance(end.error, MalformedStream)
        assert stream.data_to_send() == b""


class TestErrors:
    ERROR = (
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example</see-other-host>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>go away</text></stream:error>"
    )

    def test_a_stream_error_is_reported_and_ends_the_stream(self) -> None:
        stream = live()
        stream.receive_data(self.ERROR.encode() + b"<message/></stream:stream>")
        event, end = stream.events()
        assert isinstance(event, ErrorEvent)
        assert event.error["condition"] == "see-other-host"
        assert isinstance(end, StreamEnded)
        assert isinstance(end.error, StreamErrorReceived)
        assert end.error.see_other_host == "evil.example"
        assert end.error is stream.error
        assert end.error.where == "localhost"
        assert stream.data_to_send() == b"</stream:stream>"

    def test_before_features_too(self) -> None:
        stream = client()
        end = feed(stream, HEADER + self.ERROR)
        assert end is not None
        assert isinstance(end.error, StreamErrorReceived)


class TestTheEnd:
    def test_the_closing_tag_is_answered(self) -> None:
        stream = live()
        end = feed(stream, "</stream:stream>")
        assert end is not None
        assert isinstance(end.error, StreamClosed)
        assert "ready" in end.reason
        assert stream.data_to_send() == b"</stream:stream>"
        assert stream.closed

    def test_a_server_does_not_mind(self) -> None:
        stream = ReceiverStream.negotiated("alice@localhost/x", CLEAR, now=0.0)
        assert feed(stream, "</stream:stream>") == StreamEnded("closed by the peer", None)

    @pytest.mark.parametrize("stop", ["close", "abort"])
    def test_it_comes_once(self, stop: str) -> None:
        stream = live()
        getattr(stream, stop)()
        stream.receive_eof()
        stream.receive_eof()
        stream.receive_data(b"<message/>")
        assert [type(event) for event in stream.events()] == [StreamEnded]

    def test_a_connection_that_ends_before_a_word(self) -> None:
        stream = client()
        stream.receive_eof()
        error = stream.error
        assert isinstance(error, ConnectionLost)
        assert str(error) == (
            "localhost: the peer closed the connection before it sent anything "
            "(check the port, and whether it wants TLS from the start)"
        )

    def test_what_the_transport_knows_of_the_end(self) -> None:
        for stream in (client(), live()):
            told = ConnectionLost("the peer sent a binary message")
            stream.receive_eof(told)
            assert stream.error is told
            assert (told.where, bool(told.advice)) == ("localhost", True)
        stream = live()
        stream.close()
        stream.receive_eof(ConnectionLost("the peer sent a binary message"))
        assert stream.error is None

    def test_a_connection_that_ends_in_a_session(self) -> None:
        stream = live()
        stream.receive_eof()
        assert isinstance(stream.error, ConnectionLost)
        assert "while the stream was ready" in str(stream.error)

    def test_a_connection_that_ends_in_a_negotiation(self) -> None:
        stream = client()
        feed(stream, HEADER)
        stream.receive_eof()
        assert "waiting for the server's stream features" in str(stream.error)

    def test_a_connection_that_ends_in_the_handshake(self, tls: Tls) -> None:
        stream = client(tls=TlsPolicy.DIRECT, ssl_context=tls.client)
        stream.receive_eof()
        assert isinstance(stream.error, TLSFailed)
        assert "in the TLS handshake" in str(stream.error)


class TestTls:
    def test_a_policy_needs_a_context(self) -> None:
        with pytest.raises(ConfigurationError, match="'required' needs ssl_context"):
            client(tls=TlsPolicy.REQUIRED)

    def test_facts_and_limits_grow(self, tls: Tls) -> None:
        own = Limits.client()
        near = CLEAR.replace(tls=TlsPolicy.REQUIRED, ssl_context=tls.client, credentials=Credentials("alice", "s"))
        far = near.replace(ssl_context=tls.server, limits=own)
        pair = Pair(
            ClientStream("alice@localhost", near, now=0.0),
            ReceiverStream(far, now=0.0),
            Answers(accounts={"alice": AccountRecord("s")}),
        )
        assert pair.initiator.facts == frozenset()
        assert pair.initiator.tls_info is None
        assert pair.initiator.ssl_object is None
        assert not pair.initiator.secure
        pair.run()
        assert pair.initiator.facts == pair.receiver.facts == {Fact.SECURE, Fact.AUTHENTICATED, Fact.BOUND}
        assert pair.initiator.secure
        assert pair.initiator.tls_info is not None
        assert pair.initiator.ssl_object is not None
        assert pair.initiator.ssl_object.version() == pair.initiator.tls_info.version
        assert pair.receiver.limits is own
        assert pair.initiator.limits == Limits.client()
        assert [event.id for event in pair.initiator_events if isinstance(event, StreamOpened)] == [
            event.id for event in pair.receiver_events if isinstance(event, StreamOpened)
        ]

    def test_channel_binding(self, tls: Tls) -> None:
        assert live().channel_binding("tls-unique") is None
        options = CLEAR.replace(tls=TlsPolicy.DIRECT, ssl_context=tls.client)
        stream = ComponentStream("localhost", "s", options, now=0.0)
        stream.open()
        assert stream.channel_binding("tls-unique") is None
        pair = Pair(
            ComponentStream("localhost", "s", options, now=0.0),
            ComponentReceiverStream(options.replace(ssl_context=tls.tls12), now=0.0),
            Answers(secrets={"localhost": "s"}),
        ).run()
        unique = pair.initiator.channel_binding("tls-unique")
        assert unique
        assert unique == pair.receiver.channel_binding("tls-unique")

    def test_a_context_that_cannot_begin(self, tls: Tls) -> None:
        """Nothing can be said any more: the peer has been told that TLS comes next."""
        none = ssl.create_default_context()
        none.minimum_version = ssl.TLSVersion.TLSv1_3
        none.maximum_version = ssl.TLSVersion.TLSv1_2
        for context, said in ((none, "handshake failed"), (tls.server, "cannot begin")):
            stream = client(tls=TlsPolicy.REQUIRED, ssl_context=context)
            feed(
                stream,
                HEADER + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
            )
            stream.data_to_send()
            end = feed(stream, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            assert end is not None
            assert isinstance(end.error, TLSFailed)
            assert said in str(end.error)
            assert b"stream" not in stream.data_to_send()


def test_a_stream_that_is_ready_from_the_start() -> None:
    stream = ComponentReceiverStream.negotiated("echo.localhost", CLEAR, now=0.0, stream_id="x")
    assert stream.ready
    assert stream.stream_id == "x"
    assert stream.state.ours is stream.state.theirs is Half.OPEN
    assert stream.data_to_send() == b""
    assert stream.deadline() is None


def test_an_application_that_refuses_a_stanza_sees_no_event() -> None:
    """A stanza that a server's stream answers by itself, in the middle of others."""
    stream = ReceiverStream.negotiated("alice@localhost/x", CLEAR, now=0.0)
    stream.receive_data(
        b"<message/><iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq><message/>"
    )
    assert [type(event).__name__ for event in stream.events()] == ["Message", "Message"]
    assert stream.data_to_send() == b'<iq type="result" id="s" />'


def test_a_refused_stanza_may_end_the_stream() -> None:
    stream = ComponentReceiverStream.negotiated("echo.localhost", CLEAR, now=0.0)
    stream.receive_data(b"<message from='evil.example'/><message/>")
    assert [type(event).__name__ for event in stream.events()] == ["StreamEnded"]


PAST = "<{tag} id='1' from='mallory@localhost/x' " + " ".join(f"a{n}=''" for n in range(65)) + "/>"
REASON = "more than 64 attributes of an element"


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
@pytest.mark.parametrize("make", [ClientStream, ComponentStream])
def test_a_stanza_past_a_limit_ends_nothing(make: type[ClientStream | ComponentStream], kind: str) -> None:
    """It comes from another user, and the server has passed it on."""
    stream = make.negotiated("echo.localhost", CLEAR, now=0.0)
    stream.receive_data(f"<message/>{PAST.format(tag=kind)}<message/>".encode())
    one, refused, two = stream.events()
    attributes = {"id": "1", "from": "mallory@localhost/x"}
    assert refused == StanzaRefused(f"{{{stream.stream_namespace}}}{kind}", attributes, REASON)
    assert [type(one).__name__, type(two).__name__] == ["Message", "Message"]
    assert stream.data_to_send() == b""


@pytest.mark.parametrize("stanza", [PAST.format(tag="error"), PAST.format(tag="message xmlns='urn:x'")])
def test_what_is_no_stanza_is_the_servers_own(stanza: str) -> None:
    stream = ClientStream.negotiated("alice@localhost/x", CLEAR, now=0.0)
    assert violation(stream, stanza) == "policy-violation"


@pytest.mark.parametrize("make", [ReceiverStream, ComponentReceiverStream])
def test_what_a_server_is_sent_is_its_peers_own(make: type[ReceiverStream | ComponentReceiverStream]) -> None:
    stream = make.negotiated("echo.localhost", CLEAR, now=0.0)
    assert violation(stream, PAST.format(tag="message")) == "policy-violation"


def logged_in() -> ClientStream:
    """A client between its login and its session."""
    stream = client(credentials=Credentials("alice", "secret"))
    feed(stream, HEADER + MECHANISMS + "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    feed(stream, HEADER)
    return stream


def test_a_stanza_past_a_limit_has_no_place_in_a_negotiation() -> None:
    assert violation(logged_in(), PAST.format(tag="message")) == "policy-violation"


def test_nor_behind_our_closing_tag() -> None:
    stream = logged_in()
    stream.close()
    assert stream.state.step is Step.CLOSING
    stream.events()
    stream.receive_data(PAST.format(tag="message").encode())
    assert stream.events() == []
    assert not stream.closed


def test_one_that_has_come_before_is_not_told_again() -> None:
    stream = ClientStream.negotiated("alice@localhost/x", CLEAR, now=0.0)
    session = ManagedSession("alice@localhost/x")
    session.repeats = 1
    stream.manage(session)
    stream.receive_data(PAST.format(tag="message").encode())
    assert stream.events() == []
    stream.receive_data(PAST.format(tag="message").encode())
    assert len(stream.events()) == 1


def test_it_is_counted_like_any_other() -> None:
    stream = ClientStream.negotiated("alice@localhost/x", CLEAR, now=0.0)
    session = ManagedSession("alice@localhost/x")
    stream.manage(session)
    stream.receive_data(f"<message/>{PAST.format(tag='message')}<message/>".encode())
    assert len(stream.events()) == 3
    assert session.received == 3


def test_the_applications_time_is_not_the_peers() -> None:
    stream = client()
    stream.handle_timer(1.0)
    feed(stream, HEADER)
    assert stream.deadline() == 31.0
    feed(stream, MECHANISMS)
    assert stream.deadline() is None
    stream.handle_timer(1000.0)
    stream.provide_credentials(Credentials("alice", "secret"))
    stream.handle_timer(2000.0)
    assert stream.deadline() == 2030.0


def test_a_failure_that_the_peer_has_reported_needs_no_stream_error() -> None:
    stream = client(credentials=Credentials("alice", "secret"))
    feed(stream, HEADER + MECHANISMS)
    stream.data_to_send()
    feed(stream, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
    assert stream.data_to_send() == b"</stream:stream>"


def test_what_comes_while_closing_is_dropped() -> None:
    stream = client()
    feed(stream, HEADER)
    stream.close()
    stream.receive_data(b"<stream:features/><message/><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    assert stream.events() == []
    assert feed(stream, "</stream:stream>") == StreamEnded("closed", None)


class TestStreamManagement:
    def managed(self, **changes: object) -> tuple[ClientStream, ManagedSession]:
        stream = live(**changes)
        session = ManagedSession("alice@localhost/x")
        stream.manage(session)
        return stream, session

    def test_stanzas_are_counted_however_they_come(self) -> None:
        stream, session = self.managed(accepts=frozenset({"{urn:x}own"}))
        stream.receive_data(b"<message/><own xmlns='urn:x'/><presence/> <r xmlns='urn:xmpp:sm:3'/>")
        assert session.received == 2
        for byte in b"<message><body>two</body></message><iq/>":
            stream.receive_data(bytes((byte,)))
        assert session.received == 4
        assert len(stream.events()) == 5

    def test_what_is_here_already_is_no_event(self) -> None:
        stream, session = self.managed()
        session.came()
        session.go_on()
        stream.receive_data(b"<message id='1'/><message id='2'/>")
        assert [event["id"] for event in stream.events()] == ["2"]
        assert session.received == 2

    def test_only_from_when_it_is_on(self) -> None:
        stream = live()
        session = ManagedSession("alice@localhost/x")
        stream.manage(session, on=False)
        stream.receive_data(b"<message/>")
        assert session.received == 0
        assert stream.session is None

    def test_it_is_turned_on_in_the_middle_of_a_read(self) -> None:
        stream = ReceiverStream.negotiated("alice@localhost/x", CLEAR.replace(management=ManagementOptions()), now=0.0)
        stream.receive_data(b"<message/><enable xmlns='urn:xmpp:sm:3'/><message/><message/>")
        assert stream.session is not None
        assert stream.session.received == 2
        assert len(stream.events()) == 4

    def test_counts_are_told_while_features_are_negotiated_too(self) -> None:
        stream = client(credentials=Credentials("alice", "secret"), management=ManagementOptions())
        stream.register_feature("own", order=20000, tag="{urn:x}own")
        feed(stream, HEADER + MECHANISMS)
        feed(stream, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        offers = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/><own xmlns='urn:x'/>"
        feed(stream, HEADER + f"<stream:features>{offers}</stream:features>")
        name = stream.data_to_send().decode().rpartition(' id="')[2].partition('"')[0]
        jid = "<jid>alice@localhost/x</jid>"
        feed(stream, f"<iq type='result' id='{name}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{jid}</bind></iq>")
        assert feed(stream, "<enabled xmlns='urn:xmpp:sm:3'/><r xmlns='urn:xmpp:sm:3'/>") is None
        assert stream.state.step is Step.HOST
        stream.data_to_send()
        stream.feature_done("own")
        assert stream.data_to_send() == b"<a xmlns='urn:xmpp:sm:3' h='0'/>"

    def test_an_order_of_management_comes_to_an_end(self) -> None:
        stream, _ = self.managed()
        assert violation(stream, "<enabled xmlns='urn:xmpp:sm:3'/>") == "unsupported-stanza-type"

    def test_a_bad_count_ends_it(self) -> None:
        stream, _ = self.managed()
        assert violation(stream, "<a xmlns='urn:xmpp:sm:3' h='9'/>") == "undefined-condition"
        assert b"handled-count-too-high" not in stream.data_to_send()

    def test_the_error_says_how_many_there_were(self) -> None:
        stream, session = self.managed()
        stream.receive_data(b"<a xmlns='urn:xmpp:sm:3' h='9'/>")
        written = stream.data_to_send()
        assert b'<handled-count-too-high xmlns="urn:xmpp:sm:3" h="9" send-count="0" /></stream:error>' in written
        assert written.endswith(b"</stream:stream>")
        assert session.closed

    def test_a_stanza_of_no_account_is_accepted_as_it_is(self) -> None:
        stream = live()
        element = Element("{jabber:client}message")
        found = stream.accept(element)
        assert found is not None
        assert found.xml is element


def component() -> ComponentStream:
    stream = ComponentStream("echo.localhost", "secret", StreamOptions(tls=TlsPolicy.DISABLED), now=0.0)
    stream.open()
    feed(stream, HEADER.replace("jabber:client", "jabber:component:accept").replace("localhost", "echo.localhost"))
    return stream


LARGE = f"<message><body>{'x' * 200_000}</body></message>"


@pytest.mark.parametrize("piece", [1 << 20, 5000])
def test_what_stands_behind_a_login_may_be_as_large_as_ever(piece: int) -> None:
    stream = component()
    text = (f"<handshake/>{LARGE}<message id='last'/>").encode()
    found: list[object] = []
    for start in range(0, len(text), piece):
        stream.receive_data(text[start : start + piece])
        found += stream.events()
    assert stream.ready
    assert [str(each)[:8] for each in found[-2:]] == ["<message", "<message"]


def test_what_stands_before_it_may_not() -> None:
    ended = feed(component(), f"{LARGE}<handshake/>")
    assert ended is not None
    assert "larger than 65536 bytes" in ended.reason


@pytest.mark.parametrize(("behind", "ends"), [("", False), ("\n" * 9000, False), ("\n" * 9000 + "<a/>", True)])
def test_much_behind_the_end_of_a_stream_that_restarts(behind: str, ends: bool) -> None:
    stream = client(credentials=Credentials("alice", "secret"))
    feed(stream, HEADER + MECHANISMS)
    ended = feed(stream, f"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>{behind}")
    assert (ended is not None) is ends
