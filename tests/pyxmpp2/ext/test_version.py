# SPDX-License-Identifier: MIT
"""Software version (XEP-0092)."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.pyxmpp2.ext.version import VersionPayload, VersionProvider, request_software_version
from xmppkit.pyxmpp2.interfaces import StanzaRoute
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor
from xmppkit.pyxmpp2.utils import xml_elements_equal

ANSWER = '<query xmlns="jabber:iq:version"><name>Exodus</name><version>0.7</version><os>Windows</os></query>'
OTHER = JID("other@example.org/x")


class Wire(StanzaRoute):
    """Two processors that send to each other."""

    def __init__(self, other: StanzaProcessor, sender: JID) -> None:
        self.other, self.sender = other, sender
        self.sent: list[Stanza] = []

    def send(self, stanza: Stanza) -> None:
        self.sent.append(stanza)
        received = Iq(stanza.as_xml(), from_jid=self.sender)
        self.other.process_stanza(received)

    def uplink_receive(self, stanza: Stanza) -> bool | None:
        raise AssertionError


@pytest.fixture
def pair() -> tuple[StanzaProcessor, StanzaProcessor]:
    one, other = StanzaProcessor(), StanzaProcessor()
    one.uplink, other.uplink = Wire(other, JID("one@example.org/x")), Wire(one, OTHER)
    return one, other


def test_the_payload() -> None:
    payload = VersionPayload.from_xml(fromstring(ANSWER))
    assert (payload.name, payload.version, payload.os_name) == ("Exodus", "0.7", "Windows")
    assert xml_elements_equal(payload.as_xml(), fromstring(ANSWER))
    assert len(VersionPayload().as_xml()) == 0
    with pytest.raises(ValueError):
        VersionPayload.from_xml(Element("{urn:x}y"))


def test_question_and_answer(pair: tuple[StanzaProcessor, StanzaProcessor]) -> None:
    one, other = pair
    settings = XMPPSettings({"software_name": "bot", "software_version": "1.0", "software_os": ""})
    other.setup_stanza_handlers([VersionProvider(settings)], None)
    got: list[VersionPayload] = []
    request_software_version(one, OTHER, got.append)
    assert [(payload.name, payload.version, payload.os_name) for payload in got] == [("bot", "1.0", None)]


def test_by_default_the_library_is_named(pair: tuple[StanzaProcessor, StanzaProcessor]) -> None:
    one, other = pair
    other.setup_stanza_handlers([VersionProvider()], None)
    got: list[VersionPayload] = []
    request_software_version(one, str(OTHER), got.append)
    assert got[0].name == "xmppkit"


def test_no_version(pair: tuple[StanzaProcessor, StanzaProcessor]) -> None:
    one, other = pair
    failed: list[Any] = []
    request_software_version(one, OTHER, failed.append, failed.append)
    assert failed.pop().error.condition_name == "service-unavailable"
    request_software_version(one, OTHER, failed.append)
    assert failed == []

    def empty(stanza: Iq) -> Iq:
        return stanza.make_result_response()

    other.process_iq = lambda stanza: other.send(empty(stanza))  # type: ignore[method-assign,assignment,return-value]
    request_software_version(one, OTHER, failed.append, failed.append)
    assert failed.pop().stanza_type == "result"


def test_no_answer() -> None:
    processor = StanzaProcessor(default_timeout=0.0)
    processor.uplink = Wire(StanzaProcessor(), OTHER)
    processor.uplink.send = lambda stanza: None  # type: ignore[method-assign]
    failed: list[Any] = []
    request_software_version(processor, OTHER, failed.append, failed.append)
    processor.expire_response_handlers()
    assert failed == [None]
