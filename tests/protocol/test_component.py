# SPDX-License-Identifier: MIT
"""Both ends of XEP-0114, each against a peer that is written out by hand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from xmppkit.exceptions import (
    AuthenticationFailed,
    ConfigurationError,
    LocalProtocolError,
    MalformedStream,
    StreamErrorReceived,
)
from xmppkit.jid.address import JID
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream, handshake
from xmppkit.protocol.events import Bound, Negotiated, SecretNeeded, StreamEnded, StreamOpened
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    from conftest import Tls

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.events import Event

CLEAR = StreamOptions(tls=TlsPolicy.DISABLED, id_factory=lambda: "3BF96D32")
NAMESPACES = "xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
FROM_SERVER = f"<?xml version='1.0'?><stream:stream {NAMESPACES} from='echo.localhost' id='3BF96D32'>"
FROM_COMPONENT = f"<?xml version='1.0'?><stream:stream {NAMESPACES} to='echo.localhost'>"


def component(secret: str = "shared", **changes: object) -> ComponentStream:
    stream = ComponentStream("echo.localhost", secret, CLEAR.replace(**changes), now=0.0)
    stream.open()
    return stream


def server(**changes: object) -> ComponentReceiverStream:
    stream = ComponentReceiverStream(CLEAR.replace(**changes), now=0.0)
    stream.open()
    return stream


def feed(stream: Connection, *texts: str) -> list[Event]:
    stream.receive_data("".join(texts).encode())
    return stream.events()


def condition(stream: Connection, *texts: str) -> str:
    last = feed(stream, *texts)[-1]
    assert isinstance(last, StreamEnded)
    assert isinstance(last.error, MalformedStream)
    assert f"<{last.error.condition} ".encode() in stream.data_to_send()
    return last.error.condition


def test_the_proof_is_that_of_the_xep() -> None:
    assert handshake("3BF96D32", "gehe\u00efm") == hashlib.sha1(b"3BF96D32gehe\xc3\xafm").hexdigest()


class TestBoth:
    @pytest.mark.parametrize("policy", [TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED])
    def test_there_is_no_starttls(self, policy: TlsPolicy, tls: Tls) -> None:
        options = StreamOptions(tls=policy, ssl_context=tls.client)
        with pytest.raises(ConfigurationError, match=f"DIRECT or DISABLED, not {policy.name}"):
            ComponentStream("echo.localhost", "s", options, now=0.0)
        with pytest.raises(ConfigurationError, match="XEP-0114"):
            ComponentReceiverStream(options, now=0.0)

    def test_negotiated(self) -> None:
        for stream in (
            ComponentStream.negotiated("echo.localhost", CLEAR, now=0.0),
            ComponentReceiverStream.negotiated("echo.localhost", CLEAR, now=0.0),
        ):
            assert stream.ready
            assert stream.jid == stream.domain == "echo.localhost"
            assert stream.facts == {Fact.AUTHENTICATED, Fact.BOUND}
            assert stream.limits == Limits.component()

    def test_secrets_do_not_show(self) -> None:
        stream = component("pencil")
        assert "pencil" not in repr(stream)
        feed(stream, FROM_SERVER)
        assert b"pencil" not in stream.data_to_send()


class TestComponent:
    def test_it_shows_the_proof(self) -> None:
        stream = component()
        written = stream.data_to_send()
        assert b" to='echo.localhost'" in written
        assert written.count(b"version=") == 1  # that of XML
        assert feed(stream, FROM_SERVER) == [StreamOpened("3BF96D32", "echo.localhost", None, "", None)]
        proof = handshake("3BF96D32", "shared")
        assert stream.data_to_send() == f"<handshake>{proof}</handshake>".encode()
        assert feed(stream, "<handshake/>") == [Bound(JID("echo.localhost")), Negotiated(JID("echo.localhost"))]
        assert stream.ready

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (" id='3BF96D32'", "", "bad-format"),
            ("from='echo.localhost'", "from='evil.example'", "invalid-from"),
            ("jabber:component:accept", "jabber:client", "invalid-namespace"),
        ],
    )
    def test_a_wrong_header(self, before: str, after: str, expected: str) -> None:
        stream = component()
        assert condition(stream, FROM_SERVER.replace(before, after)) == expected
        assert b"handshake" not in stream.data_to_send()

    def test_an_error_behind_a_header_with_an_empty_id_says_more(self) -> None:
        """Prosody does so for a component that it does not know."""
        header = FROM_SERVER.replace("3BF96D32", "")
        unknown = "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        for texts in ((header + unknown + "</stream:stream>",), (header, unknown)):
            stream = component()
            for text in texts:
                events = feed(stream, text)
            ended = events[-1]
            assert isinstance(ended, StreamEnded)
            assert isinstance(ended.error, StreamErrorReceived)
            assert ended.error.condition == "host-unknown"
        assert condition(component(), header + "<handshake/>") == "bad-format"

    def test_nothing_behind_a_header_with_an_empty_id_is_listened_to(self) -> None:
        stream = component()
        feed(stream, FROM_SERVER.replace("3BF96D32", ""))
        stream.close()
        assert feed(stream, "<handshake/>") == []

    def test_a_port_that_is_for_others(self) -> None:
        for namespace, words in [
            ("jabber:client", "is for clients"),
            ("jabber:server", "is for servers"),
            ("urn:x", "check the port"),
        ]:
            *_, ended = feed(component(), FROM_SERVER.replace("jabber:component:accept", namespace))
            assert isinstance(ended, StreamEnded)
            assert words in str(ended.error)

    def test_stanzas_of_both_namespaces(self) -> None:
        stream = component()
        feed(stream, FROM_SERVER)
        events = feed(
            stream,
            "<handshake/><message/><message xmlns='jabber:client'/>",
            "<iq type='get' id='1' xmlns='jabber:client'/><presence/>",
        )
        assert len(events) == 6
        assert len(feed(stream, "<message/><message xmlns='jabber:client'/>")) == 2

    @pytest.mark.parametrize("stanza", ["<message/>", "<message xmlns='jabber:client'/>"])
    def test_no_stanza_before_the_handshake(self, stanza: str) -> None:
        assert condition(component(), FROM_SERVER, stanza) == "not-authorized"

    def test_no_second_handshake(self) -> None:
        stream = component()
        feed(stream, FROM_SERVER, "<handshake/>")
        assert condition(stream, "<handshake/>") == "unsupported-stanza-type"

    def test_a_wrong_secret_is_said_with_what_to_do(self) -> None:
        stream = component("guess")
        feed(stream, FROM_SERVER)
        end = feed(
            stream, "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        )[-1]
        assert isinstance(end, StreamEnded)
        said = str(end.error)
        assert said.startswith("echo.localhost: the server closed the stream: not-authorized")
        assert "component's secret" in said
        assert "guess" not in said

    def test_another_domain_can_be_asked_for(self) -> None:
        stream = component(domain="host.example")
        assert b" to='host.example'" in stream.data_to_send()
        assert stream.jid == "echo.localhost"


class TestServer:
    def asked(self, **changes: object) -> ComponentReceiverStream:
        stream = server(**changes)
        assert feed(stream, FROM_COMPONENT) == [SecretNeeded("echo.localhost")]
        # Nothing is said before it is known that there is such a component.
        assert stream.data_to_send() == b""
        assert stream.state.step is Step.SECRET
        return stream

    def live(self, **changes: object) -> ComponentReceiverStream:
        return ComponentReceiverStream.negotiated("echo.localhost", CLEAR.replace(**changes), now=0.0)

    def test_the_right_proof(self) -> None:
        stream = self.asked()
        stream.provide_secret("shared")
        assert stream.events() == [StreamOpened("3BF96D32", None, "echo.localhost", "", None)]
        written = stream.data_to_send()
        assert b" id='3BF96D32'" in written
        assert b" from='echo.localhost'" in written
        proof = handshake("3BF96D32", "shared")
        events = feed(stream, f"<handshake>\n{proof}\n</handshake>", "<message from='a@echo.localhost'/>")
        assert events[:2] == [Bound(JID("echo.localhost")), Negotiated(JID("echo.localhost"))]
        assert str(events[2]["from"]) == "a@echo.localhost"
        assert stream.data_to_send() == b"<handshake />"
        assert stream.limits == Limits.component()

    @pytest.mark.parametrize("secret", ["shared", ""])
    @pytest.mark.parametrize("shown", ["", "0" * 40, handshake("3BF96D32", ""), "\u00e9", "other"])
    def test_a_wrong_proof(self, shown: str, secret: str) -> None:
        """An empty secret admits nobody, whoever shows the proof of it."""
        stream = self.asked()
        stream.provide_secret(secret)
        stream.data_to_send()
        end = feed(stream, f"<handshake>{shown}</handshake><message/>")[-1]
        assert isinstance(end, StreamEnded)
        assert isinstance(end.error, AuthenticationFailed)
        assert str(end.error).startswith("echo.localhost: the component's handshake is wrong (")
        assert "shared" not in str(end.error)
        assert b"<not-authorized " in stream.data_to_send()
        assert not stream.facts

    def test_no_such_component(self) -> None:
        stream = self.asked()
        stream.provide_secret(None)
        end = stream.events()[-1]
        assert isinstance(end, StreamEnded)
        assert isinstance(end.error, MalformedStream)
        assert end.error.condition == "host-unknown"
        assert b"<host-unknown " in stream.data_to_send()

    @pytest.mark.parametrize(
        ("to", "expected"),
        [("", "improper-addressing"), (" to=''", "improper-addressing"), (" to='@'", "host-unknown")],
    )
    def test_a_wrong_header(self, to: str, expected: str) -> None:
        assert condition(server(), FROM_COMPONENT.replace(" to='echo.localhost'", to)) == expected

    def test_no_stanza_before_the_handshake(self) -> None:
        stream = self.asked()
        assert condition(stream, "<message/>") == "not-authorized"

    def test_nobody_asked(self) -> None:
        with pytest.raises(LocalProtocolError, match=r"provide_secret\(\)"):
            server().provide_secret("shared")

    def test_no_second_handshake(self) -> None:
        assert condition(self.live(), "<handshake/>") == "unsupported-stanza-type"

    def test_it_speaks_for_its_domain(self) -> None:
        stream = self.live()
        events = feed(stream, "<message/><message from=''/><message from='a@ECHO.localhost/b'/>")
        assert [str(event["from"]) for event in events] == [
            "echo.localhost",
            "echo.localhost",
            "a@echo.localhost/b",
        ]

    @pytest.mark.parametrize(
        "sender",
        [
            "alice@localhost",
            "localhost",
            "x.echo.localhost",
            "echo.localhost.evil.example",
            "echo.localhost@localhost",
            "localhost/@echo.localhost",
            "a@b@echo.localhost",
            "@",
        ],
    )
    def test_and_for_no_other(self, sender: str) -> None:
        assert condition(self.live(), f"<message from='{sender}'/>") == "invalid-from"

    def test_right_behind_the_handshake_too(self) -> None:
        stream = self.asked()
        stream.provide_secret("shared")
        proof = handshake("3BF96D32", "shared")
        assert condition(stream, f"<handshake>{proof}</handshake><message from='localhost'/>") == "invalid-from"

    def test_what_is_no_stanza_has_no_sender(self) -> None:
        stream = self.live(accepts=frozenset({"{urn:xmpp:sm:3}r"}))
        [element] = feed(stream, "<r xmlns='urn:xmpp:sm:3'/>")
        assert element.xml.get("from") is None
