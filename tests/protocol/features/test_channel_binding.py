# SPDX-License-Identifier: MIT
"""What a server announces of channel binding (XEP-0440), and what a client makes of it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import pytest

from xmppkit.protocol.features.channel_binding import CHANNEL_BINDING, ChannelBindingReceiver
from xmppkit.protocol.features.sasl import MECHANISMS, SaslInitiator
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.sasl.policy import Binding
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port

NAMESPACE = "urn:xmpp:sasl-cb:0"
KINDS = {"tls-exporter": b"x", "tls-server-end-point": b"e"}


@pytest.fixture
def bound(port: Port, monkeypatch: pytest.MonkeyPatch) -> Port:
    """A stream with TLS, and with two kinds of channel binding."""
    monkeypatch.setattr(port, "channel_binding", KINDS.get)
    port.facts = frozenset({Fact.SECURE})
    return port


def test_the_declaration() -> None:
    assert CHANNEL_BINDING.permitted(frozenset({Fact.SECURE}))
    assert not CHANNEL_BINDING.permitted(frozenset({Fact.AUTHENTICATED}))


def test_the_kinds_of_the_connection(bound: Port) -> None:
    offer = ChannelBindingReceiver(bound, CHANNEL_BINDING).offer()
    assert offer is not None
    expected = (
        f"<sasl-channel-binding xmlns='{NAMESPACE}'><channel-binding type='tls-exporter'/>"
        "<channel-binding type='tls-server-end-point'/></sasl-channel-binding>"
    )
    assert tostring(offer) == tostring(fromstring(expected))


def test_nothing_where_no_mechanism_binds(bound: Port) -> None:
    for policy in (SaslPolicy(("PLAIN",)), SaslPolicy(channel_binding=Binding.NEVER)):
        bound.options = bound.options.replace(sasl=policy)
        assert ChannelBindingReceiver(bound, CHANNEL_BINDING).offer() is None
    bound.options = bound.options.replace(sasl=SaslPolicy(scram_without_tls=True))
    bound.facts = frozenset()
    assert ChannelBindingReceiver(bound, CHANNEL_BINDING).offer() is None


def features(*kinds: str | None) -> StreamFeatures:
    """What is announced; None for an element that says no kind."""
    made = StreamFeatures()
    announcement = SubElement(made.xml, f"{{{NAMESPACE}}}sasl-channel-binding")
    for kind in kinds:
        SubElement(announcement, f"{{{NAMESPACE}}}channel-binding", {} if kind is None else {"type": kind})
    return made


def offer(*mechanisms: str) -> Element:
    namespace = "urn:ietf:params:xml:ns:xmpp-sasl"
    inside = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    return fromstring(f"<mechanisms xmlns='{namespace}'>{inside}</mechanisms>")


@pytest.mark.parametrize(
    ("announced", "header"),
    [
        (features("tls-server-end-point", "tls-exporter"), b"p=tls-exporter,,"),
        (features("tls-server-end-point", None), b"p=tls-server-end-point,,"),
        (StreamFeatures(), b"n,,"),
    ],
)
def test_the_client_takes_the_strongest_that_both_have(bound: Port, announced: StreamFeatures, header: bytes) -> None:
    bound.options = bound.options.replace(credentials=Credentials("alice", "secret"))
    half = SaslInitiator(bound, MECHANISMS)
    assert half.start(offer("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"), announced) is Outcome.WAIT
    auth = fromstring(bound.written[-1])
    assert base64.b64decode(auth.text or "").startswith(header + b"n=alice")
    assert (auth.get("mechanism") == "SCRAM-SHA-256-PLUS") is header.startswith(b"p=")


def test_an_offer_that_contradicts_itself(bound: Port) -> None:
    bound.options = bound.options.replace(credentials=Credentials("alice", "secret"))
    half = SaslInitiator(bound, MECHANISMS)
    assert half.start(offer("SCRAM-SHA-256", "PLAIN"), features("tls-exporter")) is Outcome.ENDED
    assert bound.written == []
    assert "refused by rule announced_bindings" in str(bound.error)
