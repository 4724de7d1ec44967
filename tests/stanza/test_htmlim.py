# SPDX-License-Identifier: MIT
"""Texts with markup (XEP-0071)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.htmlim import HTMLIM, XHTML, XHTML_IM
from xmppkit.stanza.message import Message

# XEP-0071, "A simple example"
RECEIVED = f"""
<message xmlns='jabber:client'>
  <body>hi!</body>
  <html xmlns='{XHTML_IM}'>
    <body xmlns='{XHTML}'><p style='font-weight:bold'>hi!</p></body>
  </html>
</message>
"""
BOLD = f'<body xmlns="{XHTML}"><p style="font-weight:bold">hi!</p></body>'


def body(inside: str, attributes: str = "") -> str:
    return f'<body xmlns="{XHTML}"{attributes}>{inside}</body>'


def test_reading() -> None:
    message: Any = Message(xml=ET.fromstring(RECEIVED))
    assert isinstance(message["html"], HTMLIM)
    assert message["html"]["body"] == message["html"].body == BOLD
    assert message.match("message/html")
    assert "body" in message["html"]


def test_nothing() -> None:
    html = HTMLIM()
    assert (html["body"], html.body, html["body|*"]) == ("", None, {})
    del html["body"]
    assert "body" not in html
    assert str(html) == f'<html xmlns="{XHTML_IM}" />'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>a</p>", body("<p>a</p>")),
        ("a <b>c</b> d", body("a <b>c</b> d")),
        ("<body><p>a</p></body>", body("<p>a</p>")),
        (BOLD, BOLD),
        (ET.fromstring(BOLD), BOLD),
        (ET.fromstring("<p>a<b/></p>"), body("<p>a<b /></p>")),
        (ET.fromstring("<p>a<x xmlns='urn:x'/></p>"), body('<p>a<x xmlns="urn:x" /></p>')),
        (ET.fromstring(f"<body xmlns='{XHTML}' xml:lang='de'>a</body>"), body("a")),
        ("", ""),
    ],
)
def test_writing(content: Any, expected: str) -> None:
    message: Any = Message()
    message["html"]["body"] = "before"
    message["html"]["body"] = content
    assert message["html"]["body"] == (expected or f'<body xmlns="{XHTML}" />')
    assert len(message["html"].xml) == 1
    again = Message()
    again.values = message.values
    assert str(again["html"]) == str(message["html"])


def test_what_is_set_is_a_copy() -> None:
    element = ET.fromstring("<body><p>a</p></body>")
    element.tail = "tail"
    html = HTMLIM()
    html.set_body(element)
    assert (element.tag, element[0].tag, element.tail) == ("body", "p", "tail")
    assert html.body == body("<p>a</p>")


@pytest.mark.parametrize("content", ["<p>", "&nbsp;", "</body><body>", "<!DOCTYPE x><p/>", "\0"])
def test_what_is_no_xhtml(content: str) -> None:
    html = HTMLIM()
    html.body = "before"
    with pytest.raises(InvalidValue, match="well-formed XHTML"):
        html["body"] = content
    assert html.body == body("before")


def test_languages() -> None:
    message: Any = Message()
    message["lang"] = "en"
    html = message["html"]
    html["body"] = "a"
    html["body|de"] = "b"
    html["body|en"] = "c"
    assert html["body|*"] == {"de": body("b", ' xml:lang="de"'), "en": body("c")}
    assert (html["body"], html["body|de"]) == (body("c"), body("b", ' xml:lang="de"'))
    assert html["body|fr"] == body("b", ' xml:lang="de"')  # any
    html["body|*"] = {"fr": "d", "en": ET.Element("p")}
    assert html["body|*"] == {"fr": body("d", ' xml:lang="fr"'), "en": body("<p />")}
    del html["body"]
    assert list(html["body|*"]) == ["fr"]
    with pytest.raises(InvalidValue, match="mapping"):
        html["body|*"] = "x"
    assert list(html["body|*"]) == ["fr"]
    del html["body|*"]
    assert html["body|*"] == {}
