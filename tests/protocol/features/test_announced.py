# SPDX-License-Identifier: MIT
"""Features that are announced and that is all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.protocol.features.announced import AnnouncedInitiator, AnnouncedReceiver, announced
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port

FEATURE = announced("mine", 7, "{x}mine")


def test_the_declaration() -> None:
    assert (FEATURE.name, FEATURE.order, FEATURE.tag) == ("mine", 7, "{x}mine")
    assert not FEATURE.permitted(frozenset({Fact.SECURE}))
    assert FEATURE.permitted(frozenset({Fact.AUTHENTICATED}))


def test_the_client_takes_note(port: Port) -> None:
    assert AnnouncedInitiator(port, FEATURE).start(Element("{x}mine"), StreamFeatures()) is Outcome.DONE
    assert port.written == []


def test_the_server_announces_what_the_options_name(port: Port) -> None:
    half = AnnouncedReceiver(port, FEATURE)
    assert half.offer() is None
    port.options = port.options.replace(offers=frozenset({"mine"}))
    offer = half.offer()
    assert offer is not None
    assert offer.tag == "{x}mine"
    assert not half.starts(offer)
