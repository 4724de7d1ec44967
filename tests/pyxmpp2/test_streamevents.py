# SPDX-License-Identifier: MIT
"""Events in words, certificates, payloads and readers of PyXMPP2's surface."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, XMLParser

import pytest

from xmppkit import exceptions as engine
from xmppkit.exceptions import CertificateInvalid
from xmppkit.pyxmpp2 import exceptions, interfaces, streamevents
from xmppkit.pyxmpp2.binding import FEATURE_BIND, ResourceBindingHandler, ResourceBindingPayload
from xmppkit.pyxmpp2.cert import CertificateData, get_certificate_from_file
from xmppkit.pyxmpp2.error import StreamErrorElement
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandled, StreamFeatureHandler
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor
from xmppkit.pyxmpp2.streambase import StreamBase
from xmppkit.pyxmpp2.streamfaults import fault_of
from xmppkit.pyxmpp2.streamsasl import DefaultPasswordDatabase
from xmppkit.pyxmpp2.xmppparser import ParserTarget, StreamReader, XMLStreamHandler

JID_ = JID("alice@localhost/desk")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (streamevents.AuthenticatedEvent(JID_.bare()), "Authenticated: alice@localhost"),
        (streamevents.AuthenticationFailedEvent("not-authorized", ""), "Authentication failed: not-authorized"),
        (streamevents.AuthenticationFailedEvent("x", "why"), "Authentication failed: x (why)"),
        (streamevents.AuthorizedEvent(JID_), "Authorized: alice@localhost/desk"),
        (streamevents.BindingResourceEvent("desk"), "Binding resource 'desk'"),
        (streamevents.BindingResourceEvent(None), "Requesting server-generated resource"),
        (streamevents.ConnectedEvent(("::1", 5222, 0, 0)), "Connected to [::1]:5222"),
        (streamevents.ConnectingEvent(("127.0.0.1", 5222)), "Connecting to 127.0.0.1:5222..."),
        (streamevents.ConnectionAcceptedEvent(("127.0.0.1", 1)), "Connection received from 127.0.0.1:1"),
        (streamevents.DisconnectedEvent(None), "Disconnected from a local peer"),
        (streamevents.GotFeaturesEvent(Element("features")), "Got stream features"),
        (streamevents.ResolvingAddressEvent("host"), "Resolving address of 'host'..."),
        (streamevents.ResolvingSRVEvent("d", "s"), "Resolving SRV record of 's' for 'd'..."),
        (streamevents.StreamConnectedEvent(JID("localhost")), "Connected to localhost"),
        (streamevents.StreamRestartedEvent(JID("localhost")), "Connected to localhost"),
        (streamevents.StreamErrorEvent(StreamErrorElement("conflict", "why")), "Stream error: conflict (why)"),
        (streamevents.TLSConnectedEvent(("AES", "TLSv1.3", 256), None), "TLS connected using AES"),
        (streamevents.TLSConnectedEvent(None, None), "TLS connected using an unknown cipher"),
        (streamevents.TLSConnectingEvent(), "Performing TLS handshake..."),
    ],
)
def test_words(event, text) -> None:
    assert str(event) == text
    assert event.stream is None
    assert repr(event) == f"<{type(event).__name__}: {text}>"


def test_every_name_of_the_interfaces_is_there() -> None:
    for name in interfaces.__all__:
        assert getattr(interfaces, name) is not None
    assert str(StreamFeatureHandled("knock")) == "knock"
    handler = StreamFeatureHandler()
    assert handler.handle_stream_features(None, Element("features")) is None  # type: ignore[arg-type]
    features = Element("features")
    handler.make_stream_features(None, features)  # type: ignore[arg-type]
    assert len(features) == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (engine.TLSRequired("x"), exceptions.TLSNegotiationFailed),
        (engine.TLSFailed("x"), exceptions.TLSError),
        (engine.CertificateExpired("x"), exceptions.TLSVerificationError),
        (engine.NotXMPP("x"), exceptions.StreamParseError),
        (engine.MalformedStream("x", condition="restricted-xml"), exceptions.StreamParseError),
        (engine.MalformedStream("x", condition="invalid-from"), exceptions.FatalStreamError),
        (engine.HostNotFound("x"), exceptions.DNSError),
        (engine.NegotiationTimeout("x"), exceptions.FatalStreamError),
        (engine.NegotiationFailed("x"), exceptions.FatalStreamError),
        (engine.AuthenticationFailed("x"), exceptions.SASLAuthenticationFailed),
        (engine.AuthenticationFailed("x", condition="invalid-mechanism"), exceptions.SASLNotAvailable),
        (engine.AuthenticationFailed("x", condition="mechanism-too-weak"), exceptions.SASLMechanismNotAvailable),
    ],
)
def test_what_leaves_the_main_loop(error, kind) -> None:
    fault = fault_of(error)
    assert type(fault) is kind
    assert fault.__cause__ is error
    assert "x" in str(fault)


@pytest.mark.parametrize("error", [None, engine.StreamClosed("x"), engine.ConnectionLost("x")])
def test_what_does_not(error) -> None:
    assert fault_of(error) is None


def test_a_refusal_is_a_refusal_whatever_its_condition() -> None:
    fault = fault_of(engine.AuthenticationFailed("x", condition="invalid-mechanism"), refused=True)
    assert isinstance(fault, exceptions.SASLAuthenticationFailed)
    assert fault.condition == "invalid-mechanism"


# --- certificates ---------------------------------------------------------------------------------------


def test_a_certificate(certificates) -> None:
    found = get_certificate_from_file(certificates["certificate"])
    assert found.alt_names["DNS"] == ["localhost"]
    assert found.common_names == ["localhost"]
    assert found.display_name.endswith("localhost")
    assert found.not_after is not None
    assert found.not_after.tzinfo is None
    assert not found.validated
    assert found.get_jids() == [JID("localhost")]
    assert found.verify_server("localhost")
    assert found.verify_server(JID("x@localhost"))
    assert not found.verify_server("example.org")
    assert found.verify_jid_against_common_name(JID("localhost"))
    assert found.verify_client() is None


def test_no_certificate(tmp_path) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("nothing")
    with pytest.raises(CertificateInvalid, match=r"empty\.pem"):
        get_certificate_from_file(path)


def made(**names: list[str]) -> CertificateData:
    found = CertificateData()
    found.alt_names = names
    return found


@pytest.mark.parametrize(
    ("names", "server", "right"),
    [
        ({"DNS": ["*.example.org"]}, "im.example.org", True),
        ({"DNS": ["*.example.org"]}, "example.org", False),
        ({"DNS": ["*.example.org"]}, "a.im.example.org", False),
        ({"DNS": ["*.org"]}, "example.org", False),
        ({"XmppAddr": ["example.org"]}, "example.org", True),
        ({"SRVName": ["_xmpp-client.example.org"]}, "example.org", True),
        ({"SRVName": ["_xmpp-server.example.org"]}, "example.org", False),
        ({}, "example.org", False),
    ],
)
def test_whose_certificate(names, server, right) -> None:
    assert made(**names).verify_server(server) is right


def test_names_in_a_certificate() -> None:
    found = made(
        XmppAddr=["alice@example.org", "@"],
        SRVName=["_xmpp-client.example.org", "_imap.example.org"],
        DNS=["*.example.org", "example.org"],
    )
    assert found.get_jids() == [JID("alice@example.org"), JID("example.org")]
    assert found.display_name == "alice@example.org"
    assert found.verify_client() == JID("alice@example.org")
    assert found.verify_client(JID("bob@example.org")) is None
    assert found.verify_client(domains=["example.net"]) is None
    assert found.verify_client(JID("alice@example.org/x"), ["example.org"]) == JID("alice@example.org")
    assert made().display_name == "<unknown>"
    assert not made().verify_jid_against_common_name(JID("example.org"))


# --- small things ---------------------------------------------------------------------------------------


def test_the_payload_of_binding() -> None:
    element = ResourceBindingPayload(JID_, "desk").as_xml()
    again = ResourceBindingPayload.from_xml(element)
    assert (again.jid, again.resource) == (JID_, "desk")
    assert len(ResourceBindingPayload().as_xml()) == 0
    assert ResourceBindingPayload.from_xml(Element(FEATURE_BIND)).resource is None
    element[1].text = "@"
    with pytest.raises(exceptions.BadRequestProtocolError):
        ResourceBindingPayload.from_xml(element)


@pytest.mark.parametrize(("initiator", "condition"), [(False, "resource-constraint"), (True, "service-unavailable")])
def test_a_second_resource_is_refused(initiator: bool, condition: str) -> None:
    class Server(StanzaProcessor):
        def send(self, stanza: Any) -> None:
            sent.append(stanza)

    sent: list[Any] = []
    server = Server()
    server.setup_stanza_handlers([ResourceBindingHandler()], "post-auth")
    stream = StreamBase("jabber:client", server, [])
    stream.initiator = initiator
    request = Iq(from_jid=JID_, stanza_type="set", return_path=stream)
    request.set_payload(ResourceBindingPayload(resource="another"))
    assert server.process_stanza(request) is None
    assert [(stanza.error.condition_name, stanza.to_jid) for stanza in sent] == [(condition, JID_)]


def test_the_passwords_of_the_settings() -> None:
    database = DefaultPasswordDatabase(XMPPSettings({"username": "bob", "password": "hidden"}))
    assert database.get_password("bob", ["plain"], {}) == ("hidden", "plain")
    assert database.get_password("bob", ["md5"], {}) == (None, None)
    assert database.get_password("alice", ["plain"], {}) == (None, None)
    assert database.check_password("bob", "hidden", {})


class Reader(XMLStreamHandler):
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.act: Any = None

    def stream_start(self, element: Element) -> None:
        self.seen.append(f"start {element.get('to')}")

    def stream_element(self, element: Element) -> None:
        self.seen.append(f"element {element.tag}")
        if self.act is not None:
            self.act()

    def stream_end(self) -> None:
        self.seen.append("end")

    def stream_eof(self) -> None:
        self.seen.append("eof")


HEAD = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='x'>"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_reader(size) -> None:
    handler = Reader()
    reader = StreamReader(handler)
    text = f"{HEAD}<message><body>x</body></message> <iq/></stream:stream>"
    for start in range(0, len(text), size):
        reader.feed(text[start : start + size])
    reader.feed(b"")
    assert handler.seen == ["start x", "element {jabber:client}message", "element {jabber:client}iq", "end", "eof"]


def test_the_target_of_another_parser() -> None:
    handler = Reader()
    parser = XMLParser(target=ParserTarget(handler))  # our own text
    parser.feed(f"{HEAD} <message><body>x</body></message><iq/></stream:stream>")
    parser.close()
    assert handler.seen == ["start x", "element {jabber:client}message", "element {jabber:client}iq", "end", "eof"]


def test_a_reader_refuses() -> None:
    handler = Reader()
    reader = StreamReader(handler)
    handler.act = lambda: reader.feed("<iq/>")
    with pytest.raises(exceptions.StreamParseError, match="while it was running"):
        reader.feed(f"{HEAD}<iq/>")
    with pytest.raises(exceptions.StreamParseError):
        StreamReader(Reader()).feed("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")
    for method in ("stream_end", "stream_eof"):
        getattr(XMLStreamHandler(), method)()
    XMLStreamHandler().stream_start(Element("x"))
    XMLStreamHandler().stream_element(Element("x"))
