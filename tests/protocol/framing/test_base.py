# SPDX-License-Identifier: MIT
"""What every framing does, whatever its wire looks like."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from xmppkit.protocol.framing.base import Framing, FramingKind
from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Item, Refused, StreamFooter, StreamHeader

KINDS: list[FramingKind] = [TcpFraming, WebSocketFraming]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> FramingKind:
    found: FramingKind = request.param
    return found


def read(text: str, writer: Framing, reader: Framing) -> list[Item]:
    """What the one reads when the other writes a text."""
    channel = writer.channel()
    channel.out.append(text)
    items = []
    while data := channel.data_to_send():
        items += reader.feed(data)
    return items


def test_a_stream(kind: FramingKind) -> None:
    one, two = kind("jabber:client", Limits()), kind("jabber:client", Limits())
    (header,) = read(one.header({"to": "localhost"}), one, two)
    assert header == StreamHeader(
        "{http://etherx.jabber.org/streams}stream", {"to": "localhost"}, default_namespace="jabber:client"
    )
    (stanza,) = read("<message><body>a</body></message>", one, two)
    assert isinstance(stanza, Element)
    assert [each.tag for each in stanza.iter()] == ["{jabber:client}message", "{jabber:client}body"]
    (features,) = read("<stream:features><a/></stream:features>", one, two)
    assert isinstance(features, Element)
    assert features.tag == "{http://etherx.jabber.org/streams}features"
    assert two.between_stanzas
    assert two.idle
    assert read(one.footer(), one, two) == [StreamFooter()]


def test_a_restart(kind: FramingKind) -> None:
    one = kind("jabber:client", Limits(stanza_bytes=100))
    one.prime()
    two = one.restarted()
    assert two is not one
    assert two.limits is one.limits
    (header,) = read(one.header({}), one, two)
    assert isinstance(header, StreamHeader)


def test_its_own_text(kind: FramingKind) -> None:
    one, two = kind("jabber:client", Limits()), kind("jabber:client", Limits())
    two.prime()
    found = [item for text in one.texts("<message/><iq/>") for item in read(text, one, two)]
    assert [item.tag for item in found if isinstance(item, Element)] == ["{jabber:client}message", "{jabber:client}iq"]
    assert [item for text in one.texts(" ") for item in read(text, one, two)] == []


def test_a_wire_of_messages_has_no_tls_within(kind: FramingKind) -> None:
    assert kind.can_encrypt is not kind.messages


def test_limits_and_what_is_done_about_them_may_change(kind: FramingKind) -> None:
    framing = kind("jabber:client", Limits(attributes=1))
    framing.prime()
    stanza = b"<a b='' c=''/>"
    framing.passes_over = True
    assert framing.passes_over
    assert [type(item) for item in framing.feed(stanza)] == [Refused]
    limits = framing.limits = Limits(attributes=2)
    assert framing.limits is limits
    assert [type(item) for item in framing.feed(stanza)] == [Element]
