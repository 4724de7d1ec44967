# SPDX-License-Identifier: MIT
"""From stanzas to handlers, from answers to who asked."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest

from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0045.stanza import MUCOwnerQuery, MUCPresence
from xmppkit.plugins.xep_0199.stanza import Ping
from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError, NoRouteError
from xmppkit.pyxmpp2.interfaces import (
    StanzaPayload,
    StanzaRoute,
    XMPPFeatureHandler,
    feature_uri,
    iq_get_stanza_handler,
    iq_set_stanza_handler,
    message_stanza_handler,
    presence_stanza_handler,
)
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzapayload import XMLPayload
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor, malformed_answer
from xmppkit.stanza.message import Message as EngineMessage

ME, PEER, OTHER = JID("me@example.org/here"), JID("example.org"), JID("other@example.org/there")


class Uplink(StanzaRoute):
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, stanza: Stanza) -> None:
        self.sent.append(stanza)

    def uplink_receive(self, stanza: Stanza) -> bool | None:
        raise AssertionError


@pytest.fixture
def uplink() -> Uplink:
    return Uplink()


@pytest.fixture
def processor(uplink: Uplink) -> StanzaProcessor:
    processor = StanzaProcessor()
    processor.me, processor.peer, processor.uplink = ME, PEER, uplink
    return processor


def request(kind: str = "get", payload: str = "{urn:a}a", **arguments: Any) -> Iq:
    iq = Iq(stanza_type=kind, from_jid=OTHER, to_jid=ME, **arguments)
    iq.add_payload(Element(payload))
    return Iq(iq.as_xml())


class Handler(XMPPFeatureHandler):
    """Notes who is called, and returns what it is told to."""

    def __init__(self, result: Any = None) -> None:
        self.result = result
        self.called: list[tuple[str, Stanza]] = []

    def note(self, name: str, stanza: Stanza) -> Any:
        self.called.append((name, stanza))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    @property
    def trap(self) -> None:
        raise AssertionError("who looks for handlers must not evaluate properties")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.called]


class Iqs(Handler):
    @iq_get_stanza_handler(XMLPayload, "{urn:a}a")
    def get(self, stanza: Iq) -> Any:
        return self.note("get", stanza)

    @iq_set_stanza_handler(XMLPayload, "{urn:a}a")
    def set(self, stanza: Iq) -> Any:
        return self.note("set", stanza)

    @iq_get_stanza_handler(XMLPayload, "{urn:pre}a", "pre-auth")
    def pre(self, stanza: Iq) -> Any:
        return self.note("pre", stanza)

    @iq_get_stanza_handler(XMLPayload, "{urn:both}a", None)
    def both(self, stanza: Iq) -> Any:
        return self.note("both", stanza)

    @iq_get_stanza_handler(XMLPayload)
    def without_key(self, stanza: Iq) -> Any:
        return self.note("never", stanza)

    @iq_get_stanza_handler(DiscoInfo)
    def disco(self, stanza: Iq) -> Any:
        answer = stanza.make_result_response()
        info = DiscoInfo()
        info.add_feature("urn:of " + (stanza.get_payload(DiscoInfo).node or "none"))
        answer.set_payload(info)
        self.note("disco", stanza)
        return answer


class Messages(Handler):
    @message_stanza_handler("chat")
    def a_chat(self, stanza: Message) -> Any:
        return self.note("chat", stanza)

    @message_stanza_handler()
    def b_any(self, stanza: Message) -> Any:
        return self.note("any", stanza)

    @message_stanza_handler("error")
    def c_error(self, stanza: Message) -> Any:
        return self.note("error", stanza)

    @message_stanza_handler(payload_class=Ping)
    def d_ping(self, stanza: Message) -> Any:
        return self.note("ping", stanza)


class Presences(Handler):
    @presence_stanza_handler()
    def available(self, stanza: Presence) -> Any:
        return self.note("available", stanza)

    @presence_stanza_handler("subscribe")
    def subscribe(self, stanza: Presence) -> Any:
        return self.note("subscribe", stanza)

    @presence_stanza_handler("available", XMLPayload, "{urn:a}a")
    def with_payload(self, stanza: Presence) -> Any:
        return self.note("payload", stanza)


# --- iq -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["get", "set"])
def test_a_request_has_one_handler(processor: StanzaProcessor, uplink: Uplink, kind: str) -> None:
    first, second = Iqs(), Iqs()
    processor.setup_stanza_handlers([first, object(), second], "post-auth")
    assert processor.uplink_receive(request(kind)) is True
    assert (first.names, second.names, uplink.sent) == ([kind], [], [])
    assert first.stanza_processor is processor


def test_the_answer_is_sent(processor: StanzaProcessor, uplink: Uplink) -> None:
    iq = request()
    processor.setup_stanza_handlers([Iqs(iq.make_result_response())], "post-auth")
    processor.process_stanza(iq)
    assert [(stanza.stanza_type, stanza.to_jid, stanza.stanza_id) for stanza in uplink.sent] == [
        ("result", OTHER, iq.stanza_id)
    ]


def test_a_stanza_class_of_a_plugin_is_asked_and_answered(processor: StanzaProcessor, uplink: Uplink) -> None:
    processor.setup_stanza_handlers([Iqs()], "post-auth")
    iq = request(payload="{http://jabber.org/protocol/disco#info}query")
    iq.get_payload(DiscoInfo).node = "n"
    assert processor.process_stanza(iq)
    features = uplink.sent[0].as_xml()[0]
    assert [child.get("var") for child in features] == ["urn:of n"]


class Rooms(Handler):
    @iq_set_stanza_handler(MUCOwnerQuery)
    def configured(self, stanza: Iq) -> Any:
        form = Form.of(stanza.get_payload(MUCOwnerQuery))
        assert form is not None
        self.note(str(form.values_), stanza)
        return stanza.make_result_response()

    @presence_stanza_handler(payload_class=MUCPresence)
    def somebody(self, stanza: Presence) -> Any:
        return self.note(stanza.get_payload(MUCPresence).role or "nobody", stanza)


def test_forms_and_rooms_by_the_stanza_classes_of_plugins(processor: StanzaProcessor, uplink: Uplink) -> None:
    handler = Rooms(True)
    processor.setup_stanza_handlers([handler], "post-auth")
    submitted = Form()
    submitted["type"] = "submit"
    submitted["values"] = {"muc#roomconfig_roomname": "The Den"}
    iq = Iq(stanza_type="set", from_jid=OTHER)
    query = MUCOwnerQuery()
    query.append(submitted)
    iq.set_payload(query)
    assert processor.process_stanza(iq)
    assert [stanza.stanza_type for stanza in uplink.sent] == ["result"]
    presence = Presence(from_jid=OTHER)
    entered = MUCPresence()
    entered["role"] = "participant"
    presence.add_payload(entered)
    processor.process_stanza(presence)
    assert handler.names == ["{'muc#roomconfig_roomname': 'The Den'}", "participant"]


@pytest.mark.parametrize(
    ("iq", "condition"),
    [
        (lambda: request(payload="{urn:none}a"), "service-unavailable"),
        (lambda: request("set", payload="{urn:both}a"), "service-unavailable"),
        (lambda: Iq(stanza_type="get", from_jid=OTHER), "bad-request"),
        (lambda: Iq(Element("{jabber:client}iq", {"type": "x", "id": "1", "from": str(OTHER)})), "bad-request"),
        (lambda: Iq(Element("{jabber:client}iq", {"id": "1"})), "bad-request"),
    ],
)
def test_requests_that_nobody_handles(processor: StanzaProcessor, uplink: Uplink, iq: Any, condition: str) -> None:
    processor.setup_stanza_handlers([Iqs()], "post-auth")
    assert processor.process_stanza(iq()) is None
    assert [stanza.error.condition_name for stanza in uplink.sent] == [condition]


@pytest.mark.parametrize("attributes", [{}, {"id": ""}])
def test_a_request_without_an_id(processor: StanzaProcessor, uplink: Uplink, attributes: dict[str, str]) -> None:
    """It is refused without being acted upon; the answer has an id (RFC 6120 §8.1.3)."""
    handler = Iqs()
    processor.setup_stanza_handlers([handler], "post-auth")
    element = Element("{jabber:client}iq", {"type": "get", "from": str(OTHER), **attributes})
    element.append(Element("{urn:both}a"))
    assert processor.process_stanza(Iq(element)) is None
    [answer] = uplink.sent
    assert (answer.error.condition_name, handler.names) == ("bad-request", [])
    assert answer.stanza_id
    refused = malformed_answer(element, BadRequestProtocolError("x"))
    assert refused is not None
    assert refused.get("id")


@pytest.mark.parametrize(
    ("usage", "served"), [("pre-auth", ["pre", "both"]), ("post-auth", ["both"]), (None, ["pre", "both"])]
)
def test_before_and_after_the_login(processor: StanzaProcessor, usage: str | None, served: list[str]) -> None:
    handler = Iqs()
    processor.setup_stanza_handlers([Iqs()], None)
    processor.setup_stanza_handlers([handler], usage)
    for name in ("pre", "both"):
        processor.process_stanza(request(payload=f"{{urn:{name}}}a"))
    assert handler.names == served


def test_payload_that_somebody_specialized(processor: StanzaProcessor) -> None:
    handler = Iqs()
    processor.setup_stanza_handlers([handler], "post-auth")
    iq = request(payload="{http://jabber.org/protocol/disco#info}query")
    iq.get_payload(DiscoInfo)
    assert processor.process_iq(iq)
    assert handler.names == ["disco"]


# --- what handlers return -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "handled", "sent"),
    [
        (None, False, 0),
        (False, False, 0),
        (0, False, 0),
        ("", False, 0),
        (True, True, 0),
        (5, True, 0),
        ("yes", True, 0),
        (Message(to_jid=OTHER), True, 1),
        (EngineMessage(sto="a@b"), True, 1),
        ([Message(to_jid=OTHER), EngineMessage(sto="a@b"), "no stanza"], True, 2),
        ((Message(to_jid=OTHER) for _ in range(2)), True, 2),
        ([], True, 0),
    ],
)
def test_what_a_handler_returns(
    processor: StanzaProcessor, uplink: Uplink, caplog: pytest.LogCaptureFixture, result: Any, handled: bool, sent: int
) -> None:
    first, second = Messages(result), Messages()
    processor.setup_stanza_handlers([first, second], "post-auth")
    assert processor.process_stanza(Message(from_jid=OTHER)) is handled
    assert len(uplink.sent) == sent
    assert all(isinstance(stanza, Message) for stanza in uplink.sent)
    assert second.names == ([] if handled else ["any"])
    assert ("no stanza" in caplog.text) is (isinstance(result, list) and bool(result))


def test_a_protocol_error_is_answered(processor: StanzaProcessor, uplink: Uplink) -> None:
    processor.setup_stanza_handlers([Messages(BadRequestProtocolError("what was that"))], "post-auth")
    assert processor.process_stanza(Message(from_jid=OTHER, body="x")) is None
    [answer] = uplink.sent
    assert (answer.error.condition_name, answer.to_jid, answer.body) == ("bad-request", OTHER, "x")
    assert "what was that" not in answer.serialize()


def test_a_protocol_error_is_no_answer_to_an_error(processor: StanzaProcessor, uplink: Uplink) -> None:
    processor.setup_stanza_handlers([Messages(BadRequestProtocolError("x"))], "post-auth")
    error = Message(from_jid=OTHER, stanza_type="error", error_cond="conflict")
    assert processor.process_stanza(error) is None
    iq = Iq(stanza_type="get", to_jid=OTHER)

    def fail(stanza: Iq) -> None:
        raise BadRequestProtocolError("x")

    processor.set_response_handlers(iq, fail, fail)
    assert processor.process_stanza(Iq(from_jid=OTHER, stanza_type="result", stanza_id=iq.stanza_id)) is None
    assert uplink.sent == []


def test_other_exceptions_leave(processor: StanzaProcessor, uplink: Uplink) -> None:
    processor.setup_stanza_handlers([Messages(ZeroDivisionError())], "post-auth")
    with pytest.raises(ZeroDivisionError):
        processor.process_stanza(Message(from_jid=OTHER))
    assert uplink.sent == []


# --- message and presence -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "called"),
    [("chat", ["chat", "any"]), (None, ["any"]), ("normal", ["any"]), ("headline", ["any"]), ("error", ["error"])],
)
def test_messages(processor: StanzaProcessor, kind: str | None, called: list[str]) -> None:
    handler = Messages()
    processor.setup_stanza_handlers([handler], "post-auth")
    condition = "conflict" if kind == "error" else None
    assert processor.process_stanza(Message(stanza_type=kind, error_cond=condition)) is False
    assert handler.names == called


def test_messages_with_payload_of_a_class(processor: StanzaProcessor) -> None:
    handler = Messages()
    processor.setup_stanza_handlers([handler], "post-auth")
    message = Message().as_xml()
    SubElement(message, "{urn:xmpp:ping}ping")
    processor.process_stanza(Message(message))
    assert handler.names == ["any", "ping"]


@pytest.mark.parametrize(("kind", "called"), [(None, ["available"]), ("subscribe", ["subscribe"]), ("unavailable", [])])
def test_presences(processor: StanzaProcessor, kind: str | None, called: list[str]) -> None:
    handler = Presences()
    processor.setup_stanza_handlers([handler], "post-auth")
    processor.process_stanza(Presence(stanza_type=kind))
    assert handler.names == called


def test_presences_with_payload(processor: StanzaProcessor) -> None:
    handler = Presences()
    processor.setup_stanza_handlers([handler], "post-auth")
    presence = Presence()
    presence.add_payload(Element("{urn:a}a"))
    processor.process_stanza(presence)
    assert handler.names == ["available", "payload"]


def test_other_stanzas_are_not_handled(processor: StanzaProcessor) -> None:
    assert processor.process_stanza(Stanza("other")) is False


def test_a_malformed_payload_of_another_stanza(processor: StanzaProcessor, uplink: Uplink) -> None:
    processor.fix_in_stanza = lambda stanza: None  # type: ignore[method-assign]
    processor.process_all_stanzas = False

    def fail(stanza: Stanza) -> bool:
        raise BadRequestProtocolError("x")

    processor.route_stanza = fail  # type: ignore[method-assign]
    assert processor.process_stanza(Stanza("other", to_jid=OTHER)) is None
    assert uplink.sent == []


# --- answers --------------------------------------------------------------------------------------------


def asked(processor: StanzaProcessor, to: JID | None, **arguments: Any) -> tuple[Iq, list[Any]]:
    got: list[Any] = []
    iq = Iq(stanza_type="get", to_jid=to)
    processor.set_response_handlers(
        iq,
        lambda stanza: got.append(("result", stanza)),
        lambda stanza: got.append(("error", stanza)),
        lambda: got.append("timeout"),
        **arguments,
    )
    return iq, got


@pytest.mark.parametrize(
    ("to", "sender", "counts"),
    [
        (OTHER, OTHER, True),
        (OTHER, JID("evil@example.org"), False),
        (OTHER, OTHER.bare(), False),
        (OTHER, None, False),
        (None, None, True),
        (None, PEER, True),
        (None, ME, True),
        (None, ME.bare(), True),
        (None, OTHER, False),
        (PEER, None, True),
        (ME.bare(), None, True),
    ],
)
def test_whose_answer_counts(
    processor: StanzaProcessor, uplink: Uplink, to: JID | None, sender: JID | None, counts: bool
) -> None:
    iq, got = asked(processor, to)
    answer = Iq(stanza_type="result", stanza_id=iq.stanza_id, from_jid=sender)
    assert processor.process_stanza(answer) is counts
    assert got == ([("result", answer)] if counts else [])
    assert processor.process_stanza(answer) is False
    assert uplink.sent == []


def test_an_answer_that_is_an_error(processor: StanzaProcessor) -> None:
    iq, got = asked(processor, OTHER)
    answer = Iq(stanza_type="error", stanza_id=iq.stanza_id, from_jid=OTHER, error_cond="conflict")
    assert processor.process_stanza(answer)
    assert got == [("error", answer)]


def test_what_a_handler_of_answers_returns_is_sent(processor: StanzaProcessor, uplink: Uplink) -> None:
    iq = Iq(stanza_type="get", to_jid=OTHER)
    processor.set_response_handlers(iq, lambda stanza: Message(to_jid=OTHER), lambda stanza: None)
    processor.process_stanza(Iq(stanza_type="result", stanza_id=iq.stanza_id, from_jid=OTHER))
    assert len(uplink.sent) == 1


def test_no_answer_in_time(processor: StanzaProcessor) -> None:
    _, got = asked(processor, OTHER, timeout=0.0)
    later, others = asked(processor, OTHER)
    left = processor.expire_response_handlers()
    assert left is not None
    assert 290 < left <= 300
    assert (got, others) == (["timeout"], [])
    processor.clear_response_handlers()
    assert processor.expire_response_handlers() is None
    assert processor.process_stanza(Iq(stanza_type="result", stanza_id=later.stanza_id, from_jid=OTHER)) is False


# --- routes ---------------------------------------------------------------------------------------------


def test_without_a_connection() -> None:
    with pytest.raises(NoRouteError, match="connect"):
        StanzaProcessor().send(Message())


@pytest.mark.parametrize(
    ("name", "kind", "answered"),
    [
        ("iq", "get", True),
        ("iq", "result", False),
        ("iq", "error", False),
        ("message", None, True),
        ("presence", "error", False),
        ("other", None, False),
    ],
)
def test_malformed_stanzas_are_answered(name: str, kind: str | None, answered: bool) -> None:
    attributes = {"id": "1", "from": "a@b/c"} | ({"type": kind} if kind else {})
    answer = malformed_answer(Element(f"{{jabber:client}}{name}", attributes), BadRequestProtocolError("x"))
    assert (answer is not None) is answered
    if answer is not None:
        assert answer.attrib == {"type": "error", "to": "a@b/c", "id": "1"}
        assert answer.tag == f"{{jabber:client}}{name}"
        assert [child.tag.rpartition("}")[2] for child in answer[0]] == ["bad-request"]


def test_a_malformed_stanza_from_nobody() -> None:
    answer = malformed_answer(Element("{jabber:client}message"), BadRequestProtocolError("x"))
    assert answer is not None
    assert answer.attrib == {"type": "error"}


def test_stanzas_pass_the_hooks(uplink: Uplink) -> None:
    class Marking(StanzaProcessor):
        def fix_in_stanza(self, stanza: Stanza) -> None:
            stanza.from_jid = OTHER

        def fix_out_stanza(self, stanza: Stanza) -> None:
            stanza.stanza_id = "out"

    processor = Marking()
    processor.uplink = uplink
    handler = Messages(True)
    processor.setup_stanza_handlers([handler], None)
    message = Message()
    processor.uplink_receive(message)
    assert message.from_jid == OTHER
    processor.send(message)
    assert uplink.sent[0].stanza_id == "out"


@pytest.mark.parametrize(
    ("stanza", "answers"),
    [
        (Message(to_jid=OTHER, from_jid=PEER), 1),
        (Message(to_jid=OTHER, from_jid=PEER, stanza_type="error", error_cond="conflict"), 0),
        (Iq(to_jid=OTHER, stanza_type="result"), 0),
        (Stanza("other", to_jid=OTHER), 0),
    ],
)
def test_stanzas_for_others(processor: StanzaProcessor, uplink: Uplink, stanza: Stanza, answers: int) -> None:
    processor.process_all_stanzas = False
    handler = Messages(True)
    processor.setup_stanza_handlers([handler], None)
    assert processor.process_stanza(stanza)
    assert [sent.error.condition_name for sent in uplink.sent] == ["recipient-unavailable"] * answers
    assert handler.names == []
    for to in (None, ME, ME.bare()):
        assert processor.process_stanza(Message(to_jid=to))
    assert len(handler.names) == 3


def test_check_to(processor: StanzaProcessor) -> None:
    assert processor.check_to(ME) is ME
    assert processor.check_to(OTHER) is None


def test_handlers_may_say_what_they_are_about() -> None:
    @feature_uri("urn:one")
    @feature_uri("urn:two")
    class Feature(XMPPFeatureHandler):
        pass

    assert Feature._pyxmpp_feature_uris == {"urn:one", "urn:two"}
    assert XMPPFeatureHandler._pyxmpp_feature_uris == set()


def test_payload_has_a_default_key_and_copy() -> None:
    class Plain(StanzaPayload):
        value = [1]

        @classmethod
        def from_xml(cls, element: Element) -> Plain:
            return cls()

        def as_xml(self) -> Element:
            return Element("{urn:plain}plain")

    plain = Plain.from_xml(Element("x"))
    assert plain.handler_key is None
    assert plain.copy() is not plain
    message = Message()
    message.add_payload(plain)
    assert message.get_payload(Plain) is plain
    assert message.as_xml()[0].tag == "{urn:plain}plain"
