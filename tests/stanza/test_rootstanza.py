# SPDX-License-Identifier: MIT
"""What a handler's exception does to the stanza that it was handling."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import IqError, IqTimeout, PresenceError, XMPPError
from xmppkit.stanza.error import Error
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.xml.names import CLIENT, COMPONENT, STANZA_ERRORS

SECRET = "the password is swordfish"
INTERNAL = "an error in the program prevented an answer"


def received(stream: Any, name: str = "iq", kind: str | None = "get", inside: str = "<x xmlns='urn:x'/>") -> Any:
    said = f"type='{kind}'" if kind else ""
    text = f"<{name} xmlns='{stream.default_ns}' {said} id='1' from='juliet@capulet.lit/b' to='echo.example.org'>"
    return build_stanza(ET.fromstring(f"{text}{inside}</{name}>"), stream)


def failed_elsewhere() -> list[XMPPError]:
    text = (
        "<{0} xmlns='jabber:client' type='error' from='third@party.lit'>"
        f"<error type='auth' by='party.lit'><forbidden xmlns='{STANZA_ERRORS}'/>"
        f"<text xmlns='{STANZA_ERRORS}'>{SECRET}</text></error></{{0}}>"
    )
    answer: Any = Iq(xml=ET.fromstring(text.format("iq")), recv=True)
    presence: Any = Presence(xml=ET.fromstring(text.format("presence")), recv=True)
    request: Any = Iq(stype="get", sto="third@party.lit")
    return [IqError(answer), IqTimeout(request), PresenceError(presence)]


def error_of(stanza: Any) -> tuple[str, str, str]:
    error = stanza["error"]
    return error["condition"], error["type"], error["text"]


@pytest.mark.parametrize("name", ["iq", "message", "presence"])
def test_a_stanza_error_is_the_answer(name: str, stream: Any) -> None:
    kinds = {"iq": "set", "message": "chat", "presence": "subscribe"}
    received(stream, name, kinds[name]).exception(XMPPError("forbidden", "Not you.", by="example.org"))
    (answer,) = stream.sent
    assert str(answer) == (
        f'<{name} xmlns="jabber:client" type="error" id="1" to="juliet@capulet.lit/b">'
        f'<error type="auth" by="example.org"><forbidden xmlns="{STANZA_ERRORS}" />'
        f'<text xmlns="{STANZA_ERRORS}">Not you.</text></error></{name}>'
    )
    assert stream.exceptions == []


def test_the_error_of_a_message_without_an_id(stream: Any) -> None:
    message = received(stream, "message", "chat")
    del message.xml.attrib["id"]
    message.exception(XMPPError("forbidden"))
    (answer,) = stream.sent
    assert answer.xml.get("id") == "n1"  # as any other message that is sent


def test_a_stanza_error_with_all_that_it_can_have(stream: Any) -> None:
    error = XMPPError(
        "bad-request",
        etype="wait",
        extension="too-many",
        extension_ns="urn:app",
        extension_args={"limit": "5"},
        clear=False,
    )
    received(stream).exception(error)
    (answer,) = stream.sent
    assert error_of(answer) == ("bad-request", "wait", "")
    assert answer.xml[0].tag == "{urn:x}x"  # what was asked
    assert ET.tostring(answer["error"].xml[-1]) == b'<ns0:too-many xmlns:ns0="urn:app" limit="5" />'


def test_an_extension_without_a_namespace(stream: Any) -> None:
    received(stream).exception(XMPPError(extension="x"))
    assert stream.sent[0]["error"].xml[-1].tag == "x"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, ("undefined-condition", "cancel", "External error")),
        (1, ("remote-server-timeout", "wait", "")),
        (2, ("undefined-condition", "cancel", "External error")),
    ],
    ids=["IqError", "IqTimeout", "PresenceError"],
)
def test_what_failed_elsewhere(index: int, expected: tuple[str, str, str], stream: Any) -> None:
    received(stream).exception(failed_elsewhere()[index])
    (answer,) = stream.sent
    assert error_of(answer) == expected
    assert SECRET not in str(answer)
    assert "party.lit" not in str(answer)
    assert stream.exceptions == []


@pytest.mark.parametrize("name", ["iq", "message"])
def test_of_a_fault_of_ours_the_peer_learns_nothing(name: str, stream: Any) -> None:
    error = ValueError(SECRET)
    received(stream, name, "get" if name == "iq" else "chat").exception(error)
    (answer,) = stream.sent
    assert error_of(answer) == ("undefined-condition", "cancel", INTERNAL)
    assert SECRET not in str(answer)
    assert "ValueError" not in str(answer)
    assert stream.exceptions == [error]


@given(st.text())
def test_no_exceptions_text_reaches_the_peer(text: str) -> None:
    class Stream:
        default_ns, is_component = CLIENT, False

        def exception(self, error: Exception) -> None:
            seen.append(error)

        def send_iq(self, iq: Any, *arguments: object) -> None:
            seen.append(str(iq))

    seen: list[object] = []
    error = RuntimeError(text)
    received(Stream()).exception(error)
    assert seen == [
        error,
        '<iq xmlns="jabber:client" type="error" id="1" to="juliet@capulet.lit/b"><error type="cancel">'
        f'<undefined-condition xmlns="{STANZA_ERRORS}" /><text xmlns="{STANZA_ERRORS}">{INTERNAL}</text></error></iq>',
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("iq", "error"), ("iq", "result"), ("message", "error"), ("presence", "error")],
)
@pytest.mark.parametrize("which", range(5))
def test_answers_are_never_answered(name: str, kind: str, which: int, stream: Any) -> None:
    error = [XMPPError("gone"), ValueError("x"), *failed_elsewhere()][which]
    received(stream, name, kind).exception(error)
    assert stream.sent == []
    assert stream.exceptions == [error]  # nothing is lost


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("presence", None),
        ("presence", "unavailable"),
        ("presence", "odd"),
        ("message", "groupchat"),
        ("message", "headline"),
    ],
)
def test_what_went_to_many_is_answered_only_on_purpose(name: str, kind: str | None, stream: Any) -> None:
    for error in (ValueError("x"), *failed_elsewhere()):
        received(stream, name, kind).exception(error)
        assert stream.sent == []
        assert stream.exceptions.pop() is error
    received(stream, name, kind).exception(XMPPError("not-acceptable"))
    assert error_of(stream.sent[0])[0] == "not-acceptable"
    assert stream.exceptions == []


def test_a_stanza_without_a_stream(caplog: pytest.LogCaptureFixture) -> None:
    Message().exception(ValueError("x"))
    Message().exception(XMPPError("gone"))
    assert caplog.messages == ["a handler of a message failed"] * 2


def test_on_a_components_stream_all_is_in_its_namespace(component: Any) -> None:
    received(component).exception(XMPPError("gone", "x"))
    (answer,) = component.sent
    assert str(answer) == (
        f'<iq xmlns="{COMPONENT}" type="error" id="1" to="juliet@capulet.lit/b" from="echo.example.org">'
        f'<error type="modify"><gone xmlns="{STANZA_ERRORS}" /><text xmlns="{STANZA_ERRORS}">x</text></error></iq>'
    )


def test_streams_of_a_process_do_not_disturb_each_other(stream: Any, component: Any) -> None:
    for one in (stream, component, stream, component):
        received(one).exception(XMPPError("gone"))
        for cls in (Iq, Message, Presence):
            stanza: Any = cls(one)
            assert stanza["error"].tag == f"{{{one.default_ns}}}error"
        assert one.sent[-1]["error"].tag == f"{{{one.default_ns}}}error"
    assert Error.namespace == CLIENT
    assert Error().tag == f"{{{CLIENT}}}error"


def test_a_root_stanza_of_ones_own(stream: Any) -> None:
    class Note(RootStanza):
        name, plugin_attrib = "note", "note"

    Note(stream, sfrom="a@b").exception(XMPPError("gone"))
    assert error_of(stream.sent[0])[0] == "gone"
    assert "error" in Note.plugin_attrib_map
