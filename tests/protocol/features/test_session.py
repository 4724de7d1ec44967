# SPDX-License-Identifier: MIT
"""The session of RFC 3921, both halves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import NegotiationFailed
from xmppkit.jid.address import JID
from xmppkit.protocol.features.session import SESSION, SessionInitiator, SessionReceiver
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact, Step
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from conftest import Port

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-session"
DEMAND = fromstring(f"<session xmlns='{NAMESPACE}'/>")
OFFER = fromstring(f"<session xmlns='{NAMESPACE}'><optional/></session>")


def parse(text: str) -> Element:
    return fromstring(text.replace(" ", " xmlns='jabber:client' ", 1))


def test_the_declaration() -> None:
    assert SESSION.permitted(frozenset({Fact.AUTHENTICATED, Fact.BOUND}))
    assert not SESSION.permitted(frozenset({Fact.AUTHENTICATED, Fact.RESUMED}))
    assert not SESSION.permitted(frozenset())


class TestInitiator:
    def started(self, port: Port) -> SessionInitiator:
        port.jid = JID("alice@localhost/x")
        half = SessionInitiator(port, SESSION)
        assert half.start(DEMAND, StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.EXCHANGE]
        assert port.written == [f'<iq type="set" id="an-id"><session xmlns="{NAMESPACE}" /></iq>']
        return half

    def test_only_where_it_is_demanded(self, port: Port) -> None:
        assert SessionInitiator(port, SESSION).start(OFFER, StreamFeatures()) is Outcome.SKIPPED
        port.options = port.options.replace(session=False)
        assert SessionInitiator(port, SESSION).start(DEMAND, StreamFeatures()) is Outcome.SKIPPED
        assert port.written == []

    def test_it_is_established(self, port: Port) -> None:
        half = self.started(port)
        answer = parse("<iq type='result' id='an-id'/>")
        assert half.accepts(answer)
        assert half.receive(answer) is Outcome.DONE
        assert port.events == []

    def test_it_is_refused(self, port: Port) -> None:
        half = self.started(port)
        error = (
            "<iq type='error' id='an-id'><error type='wait'>"
            "<internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{}</error></iq>"
        )
        text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>later</text>"
        for inside, said in (("", "internal-server-error"), (text, "internal-server-error, later")):
            assert half.receive(parse(error.format(inside))) is Outcome.ENDED
            assert isinstance(port.error, NegotiationFailed)
            assert port.error.condition == "internal-server-error"
            assert str(port.error) == f"localhost: the server refused the session: {said}"

    @pytest.mark.parametrize(
        "text",
        [
            "<message from='bob@localhost'/>",
            "<presence from='bob@localhost'/>",
            "<iq type='get' id='1' from='bob@localhost'/>",
            "<iq type='result' id='an-id' from='bob@localhost'/>",
        ],
    )
    def test_the_address_is_bound_and_others_may_write_to_it(self, port: Port, text: str) -> None:
        half = self.started(port)
        stanza = parse(text)
        assert half.accepts(stanza)
        assert half.receive(stanza) is Outcome.WAIT
        assert [event.xml for event in port.events] == [stanza]

    def test_but_no_one_negotiates(self, port: Port) -> None:
        assert not self.started(port).accepts(fromstring("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))


class TestReceiver:
    def test_it_is_offered_as_optional(self, port: Port) -> None:
        offer = SessionReceiver(port, SESSION).offer()
        assert offer is not None
        assert serialize(offer) == serialize(OFFER)
        port.options = port.options.replace(session=False)
        assert SessionReceiver(port, SESSION).offer() is None

    def test_its_answer(self) -> None:
        answer = SessionReceiver.answer(parse(f"<iq type='set' id='7'><session xmlns='{NAMESPACE}'/></iq>"))
        assert answer is not None
        assert serialize(answer, default_namespace="jabber:client") == '<iq type="result" id="7" />'

    @pytest.mark.parametrize(
        "text",
        [
            f"<iq type='get' id='7'><session xmlns='{NAMESPACE}'/></iq>",
            "<iq type='set' id='7'><query xmlns='jabber:iq:roster'/></iq>",
            f"<message ><session xmlns='{NAMESPACE}'/></message>",
        ],
    )
    def test_everything_else_is_not_its_business(self, text: str) -> None:
        assert SessionReceiver.answer(parse(text)) is None
