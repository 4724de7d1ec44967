# SPDX-License-Identifier: MIT
"""Stanzas of all kinds: read, written, answered, and what they carry."""

from __future__ import annotations

import gc
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest

from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError, JIDMalformedProtocolError
from xmppkit.pyxmpp2.interfaces import StanzaPayload, payload_element_name
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.payloadregistry import STANZA_PAYLOAD_CLASSES, STANZA_PAYLOAD_ELEMENTS
from xmppkit.pyxmpp2.presence import ACCEPT_RESPONSES, DENY_RESPONSES, Presence
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzapayload import (
    XMLPayload,
    copy_payload,
    payload_class_for_element_name,
    payload_element_names_for_class,
    payload_factory,
)
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor, stanza_factory
from xmppkit.pyxmpp2.utils import xml_elements_equal
from xmppkit.stanza.iq import Iq as EngineIq
from xmppkit.stanza.message import Message as EngineMessage

ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
MESSAGE = (
    '<message xmlns="jabber:client" from="source@example.com/res" to="dest@example.com" type="normal" id="1" '
    'xml:lang="en"><subject>Subject</subject><body>The body</body><thread>thread-id</thread>'
    '<abc xmlns="urn:a"/><xyz xmlns="urn:b">text</xyz></message>'
)
PRESENCE = (
    '<presence xmlns="jabber:client" from="source@example.com/res" id="1"><show>away</show><status>The Status</status>'
    '<priority>10</priority><abc xmlns="urn:a"/></presence>'
)
IQ = '<iq xmlns="jabber:client" from="a@b/c" to="d@e" type="get" id="x"><abc xmlns="urn:a"/></iq>'
ERROR = f'<error xmlns="jabber:client" type="cancel"><conflict xmlns="{ERRORS}"/></error>'


@payload_element_name("{urn:own}own")
class Own(StanzaPayload):
    """A payload of a program."""

    def __init__(self, value: str = "") -> None:
        self.value = value

    @classmethod
    def from_xml(cls, element: Element) -> Own:
        return cls(element.text or "")

    def as_xml(self) -> Element:
        element = Element("{urn:own}own")
        element.text = self.value
        return element

    @property
    def handler_key(self) -> str:
        return self.value


# --- reading and writing --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [MESSAGE, PRESENCE, IQ])
def test_what_is_read_is_written(text: str) -> None:
    element = fromstring(text)
    stanza = stanza_factory(element)
    assert stanza.get_xml() is element
    assert stanza.as_xml() is not element
    assert xml_elements_equal(stanza.as_xml(), element)
    assert xml_elements_equal(fromstring(stanza.serialize().replace(" ", ' xmlns="jabber:client" ', 1)), element)
    stanza.stanza_id = 5
    assert stanza.stanza_id == "5"
    assert stanza.get_xml() is not element
    assert stanza.get_xml() is stanza.get_xml()
    assert stanza.get_xml().get("id") == "5"
    assert sorted(child.tag for child in stanza.as_xml()) == sorted(child.tag for child in element)


def test_a_message() -> None:
    message = Message(fromstring(MESSAGE))
    assert (message.from_jid, message.to_jid) == (JID("source@example.com/res"), JID("dest@example.com"))
    assert (message.stanza_type, message.stanza_id) == ("normal", "1")
    assert (message.subject, message.body, message.thread) == ("Subject", "The body", "thread-id")
    assert [payload.xml_element_name for payload in message.get_all_payload()] == ["{urn:a}abc", "{urn:b}xyz"]
    message.body = message.subject = None
    message.thread = ""
    assert [child.tag for child in message.as_xml()] == ["{urn:a}abc", "{urn:b}xyz"]
    assert message.as_xml().get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_the_order_of_what_is_written() -> None:
    message = Message(
        None, "a@b", JID("c@d"), "error", 5, error_cond="conflict", language="en", subject="s", body="b", thread="t"
    )
    message.add_payload(Element("{urn:a}abc"))
    element = message.as_xml()
    assert list(element.attrib) == ["from", "to", "type", "id", "{http://www.w3.org/XML/1998/namespace}lang"]
    assert [child.tag.rpartition("}")[2] for child in element] == ["abc", "error", "subject", "body", "thread"]


def test_a_message_is_as_given() -> None:
    assert Message().as_xml().attrib == {}
    assert Message(body="").body == ""
    assert repr(Message(to_jid="a@b", stanza_type="chat")) == "<Message type='chat' id=None from=None to=a@b>"


def test_a_presence() -> None:
    presence = Presence(fromstring(PRESENCE))
    assert (presence.show, presence.status, presence.priority) == ("away", "The Status", 10)
    presence.priority = 0
    presence.show = presence.status = None
    assert [child.tag for child in presence.as_xml()] == ["{urn:a}abc"]
    made = Presence(show="dnd", status="busy", priority=-1)
    assert [child.text for child in made.as_xml()] == ["dnd", "busy", "-1"]
    assert Presence(stanza_type="available").stanza_type is None


@pytest.mark.parametrize("priority", [128, -129])
def test_a_priority_out_of_range(priority: int) -> None:
    with pytest.raises(ValueError, match="-128 to 127"):
        Presence(priority=priority)
    with pytest.raises(BadRequestProtocolError):
        Presence(fromstring(PRESENCE.replace("10", str(priority))))


def test_what_is_made_of_something_else() -> None:
    for kind in (Message, Presence, Iq):
        arguments: dict[str, Any] = {"stanza_type": "get"} if kind is Iq else {}
        with pytest.raises(TypeError):
            kind("text", **arguments)
        with pytest.raises(ValueError):
            kind(Element("{jabber:client}other"), **arguments)
    with pytest.raises(TypeError):
        Stanza(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no namespace"):
        Stanza(Element("message"))
    with pytest.raises(BadRequestProtocolError, match="urn:x"):
        Stanza(Element("{urn:x}message"))


def test_types_that_there_are_not() -> None:
    for make in (lambda: Presence(stanza_type="nonsense"), lambda: Iq(stanza_type="nonsense"), lambda: Iq()):
        with pytest.raises(ValueError, match="type"):
            make()
    assert Iq(fromstring(IQ.replace('"get"', '"nonsense"'))).stanza_type == "nonsense"


def test_a_malformed_address() -> None:
    with pytest.raises(JIDMalformedProtocolError):
        Message(fromstring(MESSAGE.replace("dest@", "d est@")))
    assert Message(fromstring(MESSAGE.replace("dest@example.com", ""))).to_jid is None


def test_addresses_are_assigned_as_text() -> None:
    message = Message()
    message.from_jid, message.to_jid = "a@b", None
    assert message.from_jid is JID("a@b")
    message.to_jid, message.from_jid, message.stanza_type = JID("c@d"), None, "chat"
    assert message.as_xml().attrib == {"to": "c@d", "type": "chat"}
    message.stanza_id = None
    assert message.stanza_id is None
    with pytest.raises(ValueError):
        message.to_jid = "c d"


def test_attributes_of_others_stay() -> None:
    element = fromstring(IQ)
    element.set("{urn:o}own", "x")
    iq = Iq(element)
    iq.stanza_id = "y"
    assert iq.as_xml().get("{urn:o}own") == "x"


# --- errors ---------------------------------------------------------------------------------------------


def test_an_error_is_read() -> None:
    element = fromstring(IQ.replace('"get"', '"error"'))
    element.append(fromstring(ERROR))
    iq = Iq(element)
    assert iq.error is not None
    assert iq.error.condition_name == "conflict"
    assert len(iq.get_all_payload()) == 1
    iq.error = StanzaErrorElement("forbidden")
    assert "forbidden" in iq.serialize()
    assert len(Stanza(element).get_all_payload()) == 1


def test_an_unknown_condition_is_as_good_as_an_undefined_one() -> None:
    element = fromstring(IQ.replace('"get"', '"error"'))
    element.append(fromstring(ERROR.replace("conflict", "nonsense").replace("cancel", "wait")))
    error = Iq(element).error
    assert error is not None
    assert (error.condition_name, error.error_type) == ("undefined-condition", "wait")


def test_an_error_without_an_error() -> None:
    with pytest.raises(BadRequestProtocolError):
        Message(fromstring(MESSAGE.replace('"normal"', '"error"')))
    with pytest.raises(BadRequestProtocolError):
        Message(stanza_type="error")


@pytest.mark.parametrize(("text", "kind"), [(MESSAGE, "message"), (PRESENCE, "presence"), (IQ, "iq")])
def test_an_answer_that_something_failed(text: str, kind: str) -> None:
    stanza: Any = stanza_factory(fromstring(text))
    answer = stanza.make_error_response("forbidden")
    assert (answer.from_jid, answer.to_jid, answer.stanza_id) == (stanza.to_jid, stanza.from_jid, stanza.stanza_id)
    assert (answer.stanza_type, answer.error.condition_name) == ("error", "forbidden")
    assert answer.get_payload(XMLPayload).xml_element_name == "{urn:a}abc"
    assert answer.element_name == kind
    with pytest.raises(ValueError):
        answer.make_error_response("forbidden")


def test_an_answer_that_a_request_succeeded() -> None:
    iq = Iq(fromstring(IQ))
    answer = iq.make_result_response()
    assert (answer.from_jid, answer.to_jid, answer.stanza_id, answer.stanza_type) == ("d@e", "a@b/c", "x", "result")
    assert answer.get_all_payload() == []
    with pytest.raises(ValueError):
        answer.make_result_response()


@pytest.mark.parametrize("kind", ACCEPT_RESPONSES)
def test_answers_to_subscriptions(kind: str) -> None:
    presence = Presence(stanza_type=kind, from_jid="a@b", stanza_id="1")
    for answer, expected in (
        (presence.make_accept_response(), ACCEPT_RESPONSES[kind]),
        (presence.make_deny_response(), DENY_RESPONSES[kind]),
    ):
        assert (answer.stanza_type, answer.to_jid, answer.stanza_id) == (expected, "a@b", "1")
    with pytest.raises(ValueError, match="available"):
        Presence().make_accept_response()


# --- payload --------------------------------------------------------------------------------------------


def test_raw_payload() -> None:
    message = Message(fromstring(MESSAGE))
    first, second = message.get_all_payload()
    assert message.get_payload(None) is message.get_payload(XMLPayload) is first
    assert message.get_payload(XMLPayload, "{urn:b}xyz") is second
    assert message.get_payload(XMLPayload, "{urn:c}none") is None
    assert XMLPayload(first).element is not first.element
    assert XMLPayload.from_xml(first.element).as_xml() is first.element
    with pytest.raises(TypeError):
        XMLPayload("text")  # type: ignore[arg-type]


def test_payload_of_a_declared_class() -> None:
    assert payload_class_for_element_name("{urn:own}own") is Own
    assert payload_class_for_element_name("{urn:none}none") is XMLPayload
    assert payload_element_names_for_class(Own) == ["{urn:own}own"]
    assert payload_element_names_for_class(StanzaPayload) == []
    message = Message()
    raw = SubElement(Element("x"), "{urn:own}own")
    raw.text = "value"
    message.add_payload(raw)
    assert message.get_payload(Own, "other") is None
    assert isinstance(message.get_payload(None), XMLPayload)
    own = message.get_payload(Own, "value")
    assert isinstance(own, Own)
    assert message.get_payload(Own) is message.get_payload(None) is own
    own.value = "changed"
    assert message.as_xml()[0].text == "changed"
    assert "changed" in message.serialize()


def test_payload_is_specialized_on_demand() -> None:
    message = Message()
    message.set_payload(Element("{urn:own}own"))
    assert isinstance(message.get_payload(None, specialize=True), Own)
    assert isinstance(message.get_all_payload(specialize=True)[0], Own)
    assert isinstance(payload_factory(Element("{urn:none}none")), XMLPayload)
    assert Message().get_payload(None) is None
    with pytest.raises(TypeError):
        message.add_payload("text")  # type: ignore[arg-type]


def test_a_stanza_class_of_a_plugin_is_payload() -> None:
    iq = Iq(stanza_type="get", to_jid="a@b")
    asked = DiscoInfo()
    asked.node = "n"
    iq.add_payload(asked)
    assert iq.as_xml()[0].get("node") == "n"
    element = fromstring(iq.serialize().replace("<iq", '<iq xmlns="jabber:client"', 1))
    received = Iq(element)
    found = received.get_payload(DiscoInfo)
    assert found.xml is element[0]
    assert received.get_payload(DiscoInfo) is found
    assert found.node == "n"
    assert payload_element_names_for_class(DiscoInfo) == ["{http://jabber.org/protocol/disco#info}query"]
    assert copy_payload(found).xml is not found.xml  # type: ignore[union-attr]
    assert XMLPayload(found).element is not found.xml


def test_an_iq_has_one_payload() -> None:
    iq = Iq(stanza_type="set")
    iq.add_payload(Own("1"))
    with pytest.raises(ValueError, match="one payload"):
        iq.add_payload(Own("2"))
    iq.set_payload(Own("2"))
    assert iq.get_payload(Own).value == "2"


def test_any_child_is_payload_of_an_unknown_stanza() -> None:
    element = fromstring(MESSAGE.replace("message", "other"))
    stanza = stanza_factory(element)
    assert type(stanza) is Stanza
    assert len(stanza.get_all_payload()) == 5
    assert stanza.element_name == "other"
    assert Stanza("other", to_jid="a@b").serialize() == '<other to="a@b" />'


def test_a_class_may_take_the_place_of_another(caplog: pytest.LogCaptureFixture) -> None:
    try:
        payload_element_name("{urn:twice}a")(type("One", (Own,), {}))
        other = payload_element_name("{urn:twice}b")(payload_element_name("{urn:twice}a")(type("Other", (Own,), {})))
        assert "takes the place" in caplog.text
        assert payload_class_for_element_name("{urn:twice}a") is other
        assert payload_element_names_for_class(other) == ["{urn:twice}a", "{urn:twice}b"]
    finally:
        for name in ("{urn:twice}a", "{urn:twice}b"):
            STANZA_PAYLOAD_CLASSES.pop(name, None)
        STANZA_PAYLOAD_ELEMENTS.pop(other, None)


# --- the engine, copies, ids ----------------------------------------------------------------------------


def test_to_the_engine_and_back_without_a_copy() -> None:
    element = fromstring(MESSAGE)
    message = Message(element)
    engine = message.as_engine()
    assert isinstance(engine, EngineMessage)
    assert engine.xml is element
    assert engine["body"] == "The body"
    back = Message.from_engine(engine)
    assert back.get_xml() is element
    assert back.body == "The body"


def test_a_new_stanza_for_the_engine() -> None:
    iq = Iq(stanza_type="get", to_jid="a@b")
    iq.set_payload(DiscoInfo())
    engine = iq.as_engine()
    assert isinstance(engine, EngineIq)
    assert engine.xml is iq.get_xml()
    assert engine["id"] == iq.stanza_id


def test_copies_are_independent() -> None:
    message = Message(fromstring(MESSAGE))
    untouched = message.copy()
    assert untouched.get_xml() is not message.get_xml()
    message.add_payload(Own("1"))
    message.error = StanzaErrorElement("conflict")
    other = message.copy()
    other.body = "other"
    other.get_payload(Own).value = "2"
    assert message.body == untouched.body == "The body"
    assert message.get_payload(Own).value == "1"
    assert other.error is not message.error


def test_the_return_path_is_not_kept_alive() -> None:
    route = StanzaProcessor()
    message = Message(fromstring(MESSAGE), return_path=route)
    assert message.return_path is message.copy().return_path is route
    assert message.make_error_response("conflict").return_path is route
    del route
    gc.collect()
    assert message.return_path is None
    assert Message().return_path is None


def test_ids_cannot_be_guessed() -> None:
    ids = {Stanza.gen_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(text) >= 16 for text in ids)
    assert Iq(stanza_type="get").stanza_id != Iq(stanza_type="get").stanza_id
    assert Iq(stanza_type="result").stanza_id is None
