# SPDX-License-Identifier: MIT
"""Resource binding, both halves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import MalformedStream, NegotiationFailed
from xmppkit.jid.address import JID
from xmppkit.protocol.events import BindRequested, Bound, StreamEnded
from xmppkit.protocol.features.bind import BIND, BindInitiator, BindReceiver
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from conftest import Port

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-bind"
OFFER = fromstring(f"<bind xmlns='{NAMESPACE}'/>")


def parse(text: str) -> Element:
    return fromstring(text.replace("<iq", "<iq xmlns='jabber:client'").replace("<bind", f"<bind xmlns='{NAMESPACE}'"))


def result(jid: str, attributes: str = "type='result' id='an-id'") -> Element:
    return parse(f"<iq {attributes}><bind><jid>{jid}</jid></bind></iq>")


def test_the_declaration() -> None:
    assert not BIND.permitted(frozenset({Fact.SECURE}))
    assert BIND.permitted(frozenset({Fact.AUTHENTICATED}))
    assert not BIND.permitted(frozenset({Fact.AUTHENTICATED, Fact.BOUND}))
    assert not BIND.permitted(frozenset({Fact.AUTHENTICATED, Fact.RESUMED}))


class TestInitiator:
    def started(self, port: Port) -> BindInitiator:
        half = BindInitiator(port, BIND)
        assert half.start(OFFER, StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.EXCHANGE]
        return half

    @pytest.mark.parametrize(
        ("jid", "option", "asked"),
        [("alice@localhost", "", ""), ("alice@localhost/a", "", "a"), ("alice@localhost/a", "b", "b")],
    )
    def test_it_asks(self, port: Port, jid: str, option: str, asked: str) -> None:
        port.jid = JID(jid)
        port.options = port.options.replace(resource=option)
        self.started(port)
        resource = f"<resource>{asked}</resource>" if asked else ""
        inside = f'<bind xmlns="{NAMESPACE}">{resource}</bind>' if asked else f'<bind xmlns="{NAMESPACE}" />'
        assert port.written == [f'<iq type="set" id="an-id">{inside}</iq>']

    def test_the_server_decides(self, port: Port) -> None:
        half = self.started(port)
        answer = result("alice@localhost/given")
        assert half.accepts(answer)
        assert half.receive(answer) is Outcome.DONE
        assert port.jid == "alice@localhost/given"
        assert port.events == [Bound(JID("alice@localhost/given"))]
        assert port.facts == {Fact.BOUND}

    @pytest.mark.parametrize("jid", ["", "alice@localhost", "@", "localhost"])
    def test_something_that_is_no_full_address(self, port: Port, jid: str) -> None:
        half = self.started(port)
        assert half.receive(result(jid)) is Outcome.ENDED
        assert isinstance(port.error, MalformedStream)
        assert port.stream_error[0] == port.error.condition
        assert not port.facts
        assert port.jid == "alice@localhost"

    def test_an_answer_without_binding(self, port: Port) -> None:
        half = self.started(port)
        assert half.receive(parse("<iq type='result' id='an-id'/>")) is Outcome.ENDED
        assert isinstance(port.error, MalformedStream)

    @pytest.mark.parametrize(
        "attributes",
        [
            "type='result' id='other'",
            "type='result'",
            "type='set' id='an-id'",
            "type='result' id='an-id' from='bob@localhost'",
            "type='result' id='an-id' from='evil.example'",
        ],
    )
    def test_no_answer(self, port: Port, attributes: str) -> None:
        assert not self.started(port).accepts(result("alice@localhost/x", attributes))

    @pytest.mark.parametrize(
        ("inside", "condition", "said"),
        [
            ("<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>", "conflict", "let the server choose"),
            (
                "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>too many</text>",
                "resource-constraint",
                "resource-constraint, too many",
            ),
            ("", "undefined-condition", "undefined-condition"),
        ],
    )
    def test_it_is_refused(self, port: Port, inside: str, condition: str, said: str) -> None:
        half = self.started(port)
        answer = parse(f"<iq type='error' id='an-id'><error type='cancel'>{inside}</error></iq>")
        assert half.accepts(answer)
        assert half.receive(answer) is Outcome.ENDED
        assert isinstance(port.error, NegotiationFailed)
        assert port.error.condition == condition
        assert str(port.error).startswith("localhost: the server refused to bind a resource: ")
        assert said in str(port.error)

    def test_it_is_not_offered(self, port: Port) -> None:
        error = BindInitiator(port, BIND).absent()
        assert isinstance(error, NegotiationFailed)
        assert error.where == "localhost"


class TestReceiver:
    @pytest.mark.parametrize(
        ("inside", "asked"), [("", None), ("<resource/>", None), ("<resource>a b</resource>", "a b")]
    )
    def test_it_asks_the_application(self, port: Port, inside: str, asked: str | None) -> None:
        half = BindReceiver(port, BIND)
        offer = half.offer()
        assert offer is not None
        assert offer.tag == OFFER.tag
        request = parse(f"<iq type='set' id='7'><bind>{inside}</bind></iq>")
        assert half.starts(request)
        assert half.receive(request) is Outcome.WAIT
        assert port.steps == [Step.BINDING]
        assert port.events == [BindRequested(asked)]

    @pytest.mark.parametrize("text", ["<iq type='get' id='7'><bind/></iq>", "<iq type='set' id='7'/>"])
    def test_no_request(self, port: Port, text: str) -> None:
        assert not BindReceiver(port, BIND).starts(parse(text))

    def test_its_answers(self, port: Port) -> None:
        half = BindReceiver(port, BIND)
        half.receive(parse("<iq type='set' id='7'><bind/></iq>"))
        assert half.refuse_bind("conflict") is Outcome.SKIPPED
        assert port.written.pop() == (
            '<iq type="error" id="7"><error type="cancel"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" />'
            "</error></iq>"
        )
        assert half.accept_bind(JID("alice@localhost/x")) is Outcome.READY
        assert port.written == [
            f'<iq type="result" id="7"><bind xmlns="{NAMESPACE}"><jid>alice@localhost/x</jid></bind></iq>'
        ]
        assert port.jid == "alice@localhost/x"
        assert port.facts == {Fact.BOUND}


def test_an_answer_from_somebody_else_ends_the_stream() -> None:
    options = StreamOptions(
        tls=TlsPolicy.DISABLED,
        sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
        credentials=Credentials("alice", "secret"),
        id_factory=lambda: "an-id",
    )
    header = (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "id='1' from='localhost' version='1.0'>"
    )
    stream = ClientStream("alice@localhost", options, now=0.0)
    stream.open()
    for text in (
        f"{header}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
        "</mechanisms></stream:features>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        f"{header}<stream:features><bind xmlns='{NAMESPACE}'/></stream:features>",
        f"<iq type='result' id='an-id' from='evil.example'><bind xmlns='{NAMESPACE}'><jid>x@evil.example/y</jid>"
        "</bind></iq>",
    ):
        stream.receive_data(text.encode())
    end = stream.events()[-1]
    assert isinstance(end, StreamEnded)
    assert isinstance(end.error, MalformedStream)
    assert end.error.condition == "not-authorized"
    assert stream.jid == "alice@localhost"
    assert Fact.BOUND not in stream.facts
