# SPDX-License-Identifier: MIT
"""Stanza errors: what they carry, and what they say."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions.stanzas import DeliveryFailed, InvalidForm, IqError, IqTimeout, PresenceError, XMPPError


class Element(dict[str, Any]):
    """A stanza, as far as an exception is concerned: a key that is not there is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def test_a_stanza_error_has_the_rfcs_type() -> None:
    assert len(XMPPError.default_types) == 23
    for condition, etype in XMPPError.default_types.items():
        error = XMPPError(condition)
        assert (error.condition, error.etype, error.text, error.clear, error.by) == (condition, etype, "", True, None)
        assert str(error) == f"{etype}: {condition}"
    assert XMPPError().condition == "undefined-condition"


def test_all_of_a_stanza_error() -> None:
    given = {"a": "b"}
    error = XMPPError("conflict", "taken", "wait", "mine", "urn:x", given, clear=False, by="a@b")
    assert (error.etype, error.text, error.clear, error.by) == ("wait", "taken", False, "a@b")
    assert error.extension_args == given
    assert error.extension_args is not given
    assert error.format() == str(error) == "wait: conflict: taken: {urn:x}mine"
    assert XMPPError("conflict", extension="mine").format() == "cancel: conflict: mine"


def test_a_condition_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"'teapot'.*8.3.3"):
        XMPPError("teapot")


@pytest.mark.parametrize(("make", "attribute"), [(IqError, "iq"), (PresenceError, "presence")])
def test_errors_that_somebody_answered(make: Any, attribute: str) -> None:
    error = Element(condition="forbidden", text="no", type="auth", by="b@c")
    stanza = Element({"error": error, "from": "a@b"})
    raised = make(stanza)
    assert getattr(raised, attribute) is stanza
    assert (raised.condition, raised.text, raised.etype, raised.by) == ("forbidden", "no", "auth", "b@c")
    assert raised.format() == "auth: forbidden: no"


@pytest.mark.parametrize("make", [IqError, PresenceError])
@pytest.mark.parametrize("condition", ["", "teapot"])
def test_an_answer_without_a_known_condition(make: Any, condition: str) -> None:
    raised = make(Element({"error": Element(condition=condition)}))
    assert (raised.condition, raised.text, raised.etype, raised.by) == ("undefined-condition", "", "cancel", None)


def test_what_iq_errors_say() -> None:
    assert str(IqError(Element({"error": Element(), "from": "a@b"}))) == "a@b answered: cancel: undefined-condition"
    assert str(IqError(Element({"error": Element()}))).startswith("the server answered")
    timeout = IqTimeout(Element(to="a@b", id="7"))
    assert str(timeout) == "no answer from a@b to IQ 7"
    assert (timeout.condition, timeout.etype, timeout.iq["id"]) == ("remote-server-timeout", "cancel", "7")
    assert str(IqTimeout(Element(id="7"))) == "no answer from the server to IQ 7"


def test_what_others_say_is_one_line() -> None:
    error = XMPPError("conflict", "later\nforged")
    assert error.text == "later\nforged"
    assert str(error) == "cancel: conflict: later\\nforged"
    assert str(DeliveryFailed("refused", error.text)) == "the message was not delivered: later\\nforged"


def test_what_does_not_fit_a_form() -> None:
    error = InvalidForm({"a": "it takes one answer", "b": "an answer is required"})
    assert error.faults == {"a": "it takes one answer", "b": "an answer is required"}
    assert str(error) == "modify: not-acceptable: a: it takes one answer; b: an answer is required"


def test_what_becomes_of_a_message() -> None:
    answer = Element()
    error = DeliveryFailed("refused", "nobody is there", answer)
    assert (error.reason, error.stanza) == ("refused", answer)
    assert str(error) == "the message was not delivered: nobody is there"
    assert DeliveryFailed("lost", "gone").stanza is None
