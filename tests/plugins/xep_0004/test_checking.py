# SPDX-License-Identifier: MIT
"""Answers that fit a form, and answers that do not."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import InvalidForm
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import FieldRule, Form, FormField


class Even(FieldRule, parents=(FormField,)):
    """A rule of an extension."""

    __slots__ = ()

    name = "even"
    namespace = "urn:example:even"
    plugin_attrib = "even"

    @property
    def open_list(self) -> bool:
        return True

    def fault(self, field: FormField, texts: list[str]) -> str | None:
        return next((f"{text} is odd" for text in texts if int(text) % 2), None)


def room() -> Form:
    made = Form(title="Room")
    made["instructions"] = "Fill it in"
    made.form_type = "urn:example:room"
    made.add_field("name", "text-single", "Name", required=True)
    made.add_field("public", "boolean", value=True)
    made.add_field("owner", "jid-single")
    made.add_field("admins", "jid-multi")
    made.add_field("who", "list-single", options=["all", "none"], value="some")
    made.add_field("langs", "list-multi", options=["de", "en"])
    made.add_field("about", "text-multi")
    made.add_field("free", "list-single")
    made.add_field("title", "fixed", value="Section")
    made.add_field("even", "list-single", options=["2"]).enable("even")
    return made


def answers(**values: Any) -> Form:
    made = Form()
    made["type"] = "submit"
    for var, texts in values.items():
        made.add_field(var).texts = texts
    return made


GOOD: dict[str, tuple[list[str], Any]] = {
    "name": (["Den"], "Den"),
    "public": (["false"], False),
    "owner": (["a@b"], JID("a@b")),
    "admins": (["a@b", "c@d", "a@b"], [JID("a@b"), JID("c@d")]),
    "who": (["none"], "none"),
    "langs": (["en", "de"], ["en", "de"]),
    "about": (["one", "two"], "one\ntwo"),
    "free": (["anything"], "anything"),
    "even": (["4"], "4"),
}


def test_what_fits() -> None:
    submitted = answers(**{var: texts for var, (texts, _) in GOOD.items()}, unknown=["x"], title=["y"])
    assert room().check(submitted) == {var: value for var, (_, value) in GOOD.items()}


def test_spoof_another_form() -> None:
    submitted = answers(name=["Den"])
    submitted.form_type = "urn:example:other"
    with pytest.raises(InvalidForm, match="FORM_TYPE: this form is urn:example:room"):
        room().check(submitted)
    submitted.form_type = "urn:example:room"
    assert room().check(submitted)["name"] == "Den"


def test_what_is_left_out_is_left_out() -> None:
    """§3.5; an empty answer is one (§3.6)"""
    assert room().check(answers(name=["Den"], about=[], owner=[""])) == {"name": "Den", "about": None, "owner": None}


@pytest.mark.parametrize(
    ("var", "texts", "fault"),
    [
        ("name", [], "an answer is required"),
        ("name", [""], "an answer is required"),
        ("name", ["a", "b"], "it takes one answer"),
        ("public", ["perhaps"], "'perhaps' is neither true nor false"),
        ("owner", ["@@"], "'@@' is no local part of an address"),
        ("admins", ["a@b", "@@"], "'@@' is no local part of an address"),
        ("who", ["some"], "'some' is none of its options"),
        ("langs", ["de", "x" * 90], "xx... is none of its options"),
        ("even", ["3"], "3 is odd"),
    ],
)
def test_what_does_not_fit(var: str, texts: list[str], fault: str) -> None:
    for check in (
        lambda: room().check(answers(**{"name": ["Den"], var: texts})),
        lambda: room().submission({"name": "Den", var: texts}),
    ):
        with pytest.raises(InvalidForm) as caught:
            check()
        assert list(caught.value.faults) == [var]
        assert caught.value.condition == "not-acceptable"
        assert f"{var}: " in str(caught.value)
        if "one answer" not in fault:
            assert fault in str(caught.value)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(InvalidForm) as caught:
        room().submission({"public": "perhaps", "who": "x", "nome": "Den"})
    assert caught.value.faults == {
        "public": "'perhaps' is neither true nor false",
        "who": "'x' is none of its options",
        "nome": "the form has no such field",
        "name": "an answer is required",
    }


def test_a_submission() -> None:
    made = room()
    sent = made.submission({"name": "Den", "owner": None, "about": "one\ntwo"})
    assert (sent["type"], sent["title"], sent.form_type) == ("submit", "", "urn:example:room")
    # What the form proposes is sent as it is, also where it is none of its own options.
    assert {var: field.texts for var, field in sent.field.items()} == {
        "FORM_TYPE": ["urn:example:room"],
        "name": ["Den"],
        "public": ["1"],
        "owner": [],
        "who": ["some"],
        "about": ["one", "two"],
    }
    assert made.field["name"].texts == []
    assert room().check(room().submission({"name": "Den", "who": "all"}))["who"] == "all"


def test_a_submission_of_nothing() -> None:
    made = Form()
    made.add_field("a")
    assert str(made.submission()) == '<x xmlns="jabber:x:data" type="submit" />'


def test_a_rule_that_says_nothing() -> None:
    assert FieldRule().fault(FormField(), ["anything"]) is None
    assert not FieldRule().open_list
