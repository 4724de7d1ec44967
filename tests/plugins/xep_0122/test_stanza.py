# SPDX-License-Identifier: MIT
"""What answers must be: the wire, slixmpp's keys, and answers that fit or do not."""

from __future__ import annotations

import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidForm, InvalidValue
from xmppkit.plugins.xep_0004 import Form, FormField
from xmppkit.plugins.xep_0122 import FormValidation, ListRange, Range

NS = "http://jabber.org/protocol/xdata-validate"


def wire(stanza: FormValidation) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def rule(inner: str, datatype: str = "xs:string") -> FormValidation:
    return FormValidation(xml=ET.fromstring(f"<validate xmlns='{NS}' datatype='{datatype}'>{inner}</validate>"))


def test_one_method_at_a_time() -> None:
    validate = FormField()["validate"]
    validate["datatype"] = "xs:integer"
    rows: list[tuple[str, Any, str]] = [
        ("basic", True, "<basic />"),
        ("open", True, "<open />"),
        ("range", {"minimum": 1, "maximum": 5}, '<range min="1" max="5" />'),
        ("regex", "a+", "<regex>a+</regex>"),
        ("range", True, "<range />"),
    ]
    for key, value, inner in rows:
        validate[key] = value
        assert wire(validate) == f'<validate datatype="xs:integer">{inner}</validate>'
    for key, value, _ in rows:
        validate[key] = value
        validate[key] = False
        assert wire(validate) == '<validate datatype="xs:integer" />'
        assert validate[key] is False


def test_both_views() -> None:
    validate = rule("<range min='1' max='5'/><list-range min='1' max='3'/>", "xs:byte")
    assert (validate.datatype, validate["datatype"]) == ("xs:byte", "xs:byte")
    assert validate.range == Range("1", "5")
    assert validate["range"] == {"minimum": "1", "maximum": "5"}
    assert validate.list_range == ListRange(1, 3)
    assert (validate.basic, validate["open"], validate.regex, validate["regex"]) == (False, False, None, False)
    assert "range" in validate
    validate.set_range(True, minimum=2)
    assert validate.range == Range("2")
    validate.range = Range("3", "4")
    validate["range"] = validate.range
    assert wire(validate).startswith('<validate datatype="xs:byte"><range min="3" max="4" />')
    validate["regex"] = "x"
    assert wire(validate) == '<validate datatype="xs:byte"><list-range min="1" max="3" /><regex>x</regex></validate>'


def test_how_many_answers() -> None:
    validate = FormValidation()
    validate.list_range = ListRange(maximum=3)
    assert wire(validate) == '<validate><list-range max="3" /></validate>'
    for wrong in (ListRange(-1), ("1", None), ListRange(True)):
        with pytest.raises(InvalidValue, match="whole numbers"):
            validate.list_range = wrong  # type: ignore[assignment]
    validate.list_range = None
    assert validate["list_range"] is None
    assert FormValidation.list_range.present(validate) is False
    assert rule("<list-range min='many' max='99999999999'/>").list_range == ListRange()


#: The datatype, the method, texts, what is wrong.
ANSWERS: list[tuple[str, str, list[str], str | None]] = [
    ("xs:string", "<basic/>", ["anything"], None),
    ("x:unknown", "<range min='5'/>", ["1"], None),
    ("xs:integer", "", ["5"], None),
    ("xs:integer", "<basic/>", ["five"], "it takes a whole number"),
    ("xs:byte", "", ["128"], "it takes a whole number from -128 to 127"),
    ("xs:integer", "<range min='1' max='20'/>", ["1", "20"], None),
    ("xs:integer", "<range min='1' max='20'/>", ["0"], "at least 1"),
    ("xs:integer", "<range min='1' max='20'/>", ["21"], "at most 20"),
    ("xs:integer", "<range min='one' max=''/>", ["-7"], None),
    ("xs:decimal", "<range max='0.5'/>", ["0.75"], "at most 0.5"),
    ("xs:double", "", ["NaN"], "it takes a number"),
    ("xs:date", "<range min='2003-10-05'/>", ["2003-10-04"], "at least 2003-10-05"),
    ("xs:dateTime", "<range max='2003-10-24T23:59:59-07:00'/>", ["2003-10-25T08:00:00+01:00"], "at most"),
    ("xs:dateTime", "<range max='2003-10-24T23:59:59-07:00'/>", ["2003-10-25T06:00:00+01:00"], None),
    ("xs:time", "<range max='12:00:00Z'/>", ["13:00:00"], None),
    ("xs:boolean", "<range max='0'/>", ["1"], None),
    ("xs:language", "", ["de-AT"], None),
    ("xs:language", "", ["!"], "'!' is no language tag"),
    ("xs:string", "<regex>^$</regex>", ["anything"], None),
]


@pytest.mark.parametrize(("datatype", "method", "texts", "fault"), ANSWERS)
def test_answers(datatype: str, method: str, texts: list[str], fault: str | None) -> None:
    found = rule(method, datatype).fault(FormField(), texts)
    assert found == fault if fault is None else found is not None and found.startswith(fault)


@pytest.mark.parametrize(
    ("method", "is_open"),
    [("", False), ("<basic/>", False), ("<open/>", True), ("<range/>", True), ("<regex>x</regex>", True)],
)
def test_lists_are_opened_by_each_method_but_basic(method: str, is_open: bool) -> None:
    """§3.2"""
    form = Form()
    field = form.add_field("drink", "list-single", options=["water"])
    field.append(rule(method))
    if is_open:
        assert form.submission({"drink": "wine"}).field["drink"].texts == ["wine"]
    else:
        with pytest.raises(InvalidForm, match="drink: 'wine' is none of its options"):
            form.submission({"drink": "wine"})


def test_the_number_of_answers_is_checked_for_list_multi_only() -> None:
    form = Form()
    for kind in ("list-multi", "text-multi"):
        form.add_field(kind, kind).append(rule("<list-range min='2' max='3'/>"))
    form.submission({"list-multi": ["a", "b"], "text-multi": ["a"]})
    for answers, fault in ((["a"], "at least 2 answers"), (["a", "b", "c", "d"], "at most 3 answers")):
        with pytest.raises(InvalidForm, match=fault):
            form.submission({"list-multi": answers})


def test_a_pattern_is_never_run() -> None:
    """Catastrophic backtracking: run on this text, it would take longer than the universe has been there."""
    form = Form()
    form.add_field("a").append(rule("<regex>(a+)+$</regex>"))
    begun = time.process_time()
    assert form.submission({"a": "a" * 5000 + "b"})["values"] == {"a": "a" * 5000 + "b"}
    assert time.process_time() - begun < 20


async def test_the_plugin(network: Any) -> None:
    romeo, juliet = (network.join(jid, "xep_0122") for jid in ("romeo@montague.lit/home", "juliet@capulet.lit/balcony"))
    assert await romeo.plugin["xep_0030"].supports(juliet.boundjid, feature=NS)
