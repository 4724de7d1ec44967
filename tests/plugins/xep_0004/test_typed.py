# SPDX-License-Identifier: MIT
"""Forms as classes."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import InvalidForm, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import (
    BooleanField,
    ChoiceField,
    ChoicesField,
    Form,
    IntegerField,
    JIDField,
    JIDsField,
    LinesField,
    PasswordField,
    TextField,
    TypedForm,
)


class Room(TypedForm, form_type="urn:example:room"):
    """A form with a field of each kind."""

    name = TextField("name", "Name", "of the room", required=True)
    public = BooleanField("public")
    secret = PasswordField("secret")
    about = LinesField("about")
    owner = JIDField("owner")
    admins = JIDsField("admins")
    size = IntegerField("size", minimum=1, maximum=100)
    who = ChoiceField("who", {"all": "Everybody", "none": "Nobody"})
    langs = ChoicesField("langs", ["de", "en"])


class Large(Room):
    """One more field."""

    city = TextField("city")


class Bare(TypedForm):
    """Without a FORM_TYPE."""

    name = TextField("name")


VALUES: dict[str, Any] = {
    "name": "Den",
    "public": False,
    "secret": "s",
    "about": "one\ntwo",
    "owner": JID("a@b"),
    "admins": [JID("a@b"), JID("c@d")],
    "size": 7,
    "who": "all",
    "langs": ["de", "en"],
}


def test_there_and_back() -> None:
    room = Room(**VALUES)
    assert {name: getattr(room, name) for name in VALUES} == VALUES
    for form in (room.submission(), room.result(), room.form()):
        assert form.form_type == "urn:example:room"
        assert Room.read(form) == room
    assert [room.submission()["type"], room.result()["type"], room.form()["type"]] == ["submit", "result", "form"]
    assert room != Room()
    assert room != VALUES
    assert repr(Room(name="Den", size=2)) == "Room(name='Den', size=2)"


def test_the_form() -> None:
    form = Room(name="Den").form("Room", "Fill it in")
    assert (form["title"], form["instructions"]) == ("Room", "Fill it in")
    kinds = [(var, field["type"]) for var, field in form.field.items()]
    assert kinds == [
        ("FORM_TYPE", "hidden"),
        ("name", "text-single"),
        ("public", "boolean"),
        ("secret", "text-private"),
        ("about", "text-multi"),
        ("owner", "jid-single"),
        ("admins", "jid-multi"),
        ("size", "text-single"),
        ("who", "list-single"),
        ("langs", "list-multi"),
    ]
    name, who = form.field["name"], form.field["who"]
    assert (name["label"], name["desc"], name["required"], name["value"]) == ("Name", "of the room", True, "Den")
    assert who.get_options() == [{"value": "all", "label": "Everybody"}, {"value": "none", "label": "Nobody"}]


def test_only_what_is_said_is_sent() -> None:
    room = Room(name="Den", public=True)
    room.public = None
    room.secret = None
    assert list(room.submission().field) == ["FORM_TYPE", "name"]
    assert Bare(name="x").submission().field["name"].texts == ["x"]
    assert Bare.read(Bare(name="x").form()).name == "x"


def test_inherited_fields() -> None:
    assert Large.form_type == "urn:example:room"
    large = Large(name="Den", city="Verona")
    assert list(large.submission().field) == ["FORM_TYPE", "name", "city"]
    assert list(Room.typed_fields) == list(VALUES)
    assert Room.name.label == "Name"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("public", "perhaps", "neither true nor false"),
        ("owner", "@@", "no local part"),
        ("admins", "a@b", "several values"),
        ("admins", 7, "several values"),
        ("size", 0, "from 1 to 100"),
        ("who", "some", "'some' is none of its options"),
        ("langs", ["de", "fr"], "'fr' is none of its options"),
        ("about", object(), "takes text"),
    ],
)
def test_what_a_field_cannot_hold(name: str, value: Any, message: str) -> None:
    room = Room()
    with pytest.raises(InvalidValue, match=message) as caught:
        setattr(room, name, value)
    assert str(caught.value).startswith(f"Room.{name}: ")
    assert room == Room()


def test_a_field_that_there_is_not() -> None:
    with pytest.raises(TypeError, match="Room has no field 'nome'; it has name, public"):
        Room(nome="Den")


def test_addresses_are_kept_once() -> None:
    assert Room(admins=["a@b", "A@b"]).admins == [JID("a@b")]


@pytest.mark.parametrize(
    ("var", "text", "fault"),
    [
        ("name", "", "an answer is required"),
        ("size", "many", "it takes a whole number from 1 to 100, not 'many'"),
        ("who", "some", "'some' is none of its options"),
        ("public", "perhaps", "'perhaps' is neither true nor false"),
    ],
)
def test_a_submission_that_does_not_fit(var: str, text: str, fault: str) -> None:
    sent = Room(name="Den").submission()
    sent["values"] = {var: text}
    with pytest.raises(InvalidForm) as caught:
        Room.read(sent)
    assert caught.value.faults == {var: fault}


def test_what_a_form_of_others_proposes_is_read_as_far_as_it_can_be() -> None:
    form = Room(name="Den").form()
    form["values"] = {"size": "many", "who": "some", "langs": ["fr"], "more": "x"}
    assert Room.read(form) == Room(name="Den")


def test_another_form() -> None:
    other = Form()
    other.form_type = "urn:example:other"
    with pytest.raises(InvalidForm, match="FORM_TYPE: it takes urn:example:room"):
        Room.read(other)


def test_answering_a_form() -> None:
    form = Room(name="Den", public=True).form()
    form.add_field("token", "hidden", value="x")
    sent = Room(public=False).submission(form)
    assert sent["values"] == {"FORM_TYPE": ["urn:example:room"], "name": "Den", "public": False, "token": ["x"]}
    del form["fields"]
    with pytest.raises(InvalidForm, match="no such field"):
        Room(public=False).submission(form)
