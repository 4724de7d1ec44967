# SPDX-License-Identifier: MIT
"""What a host wants to know, and the answer."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidForm
from xmppkit.plugins.xep_0077 import Register, Registration, RegistrationElsewhere
from xmppkit.plugins.xep_0077.registration import values_of
from xmppkit.stanza.iq import Iq

NS = "jabber:iq:register"
FORM = (
    "<x xmlns='jabber:x:data' type='{}'><instructions>Fill it in</instructions>"
    f"<field type='hidden' var='FORM_TYPE'><value>{NS}</value></field>"
    "<field type='text-single' var='first'><required/></field>"
    "<field type='list-single' var='x-gender'>"
    "<option><value>M</value></option><option><value>F</value></option></field></x>"
)
OOB = "<x xmlns='jabber:x:oob'><url>http://www.shakespeare.lit/contests.php</url></x>"


def offer(inside: str) -> Registration:
    """What a host's answer says."""
    return Registration.of(
        Iq(xml=ET.fromstring(f"<iq xmlns='jabber:client'><query xmlns='{NS}'>{inside}</query></iq>"))
    )


def test_fields() -> None:
    found = offer("<instructions> Choose. </instructions><username/><password/><email>a@b.c</email>")
    assert not found.registered
    assert found.instructions == "Choose."
    assert found.fields == {"username": "", "password": "", "email": "a@b.c"}
    assert (found.form, found.url) == (None, "")
    answer = found.answer({"username": "bill", "password": "Calliope"})
    assert values_of(answer) == {"username": "bill", "password": "Calliope", "email": "a@b.c"}


def test_who_is_registered() -> None:
    found = offer("<registered/><username>juliet</username><password/>")
    assert found.registered
    assert values_of(found.answer({"password": "new"})) == {"username": "juliet", "password": "new"}


def test_a_form_counts_before_fields() -> None:
    """XEP-0077 §6"""
    found = offer(f"<instructions>Old</instructions><username/>{FORM.format('form')}")
    assert found.form is not None
    assert found.instructions == "Fill it in"
    assert found.fields == {"first": "", "x-gender": ""}
    answer = found.answer({"first": "Juliet", "x-gender": "F"})
    assert answer.fields == set()
    assert answer.form is not None
    assert answer.form.form_type == NS
    assert values_of(answer) == {"first": "Juliet", "x-gender": "F"}


def test_a_form_that_asks_nothing_is_none() -> None:
    found = offer(f"<username/>{FORM.format('result')}")
    assert found.form is None
    assert found.fields == {"username": ""}


@pytest.mark.parametrize(
    ("inside", "values", "faults"),
    [
        ("<username/><password/>", {"username": "bill"}, {"password"}),
        ("<username/><password/>", {"username": "bill", "password": ""}, {"password"}),
        ("<username/>", {"username": "bill", "email": "x"}, {"email"}),
        (FORM.format("form"), {}, {"first"}),
        (FORM.format("form"), {"first": "x", "x-gender": "?"}, {"x-gender"}),
        (FORM.format("form"), {"first": "x", "username": "bill"}, {"username"}),
    ],
)
def test_answers_that_do_not_fit(inside: str, values: dict[str, str], faults: set[str]) -> None:
    with pytest.raises(InvalidForm) as caught:
        offer(inside).answer(values)
    assert set(caught.value.faults) == faults


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (f"<instructions>Visit\nus</instructions>{OOB}", ": Visit\\nus http://www.shakespeare.lit/contests.php"),
        (OOB, ": http://www.shakespeare.lit/contests.php"),
        ("", ""),
    ],
)
def test_somewhere_else(inside: str, text: str) -> None:
    """XEP-0077 §5"""
    with pytest.raises(RegistrationElsewhere) as caught:
        offer(inside).answer({"username": "bill"})
    assert str(caught.value) == "the host takes no registrations over XMPP" + text


def test_an_answer_without_anything() -> None:
    found = Registration.of(Iq())
    assert found == Registration(False, "", {}, None, "")


def test_a_form_that_is_not_submitted_is_no_answer() -> None:
    register = Register(ET.fromstring(f"<query xmlns='{NS}'><username>a</username>{FORM.format('form')}</query>"))
    assert values_of(register) == {"username": "a"}
