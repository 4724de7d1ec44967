# SPDX-License-Identifier: MIT
"""Texts with markup (XEP-0071)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.htmlim import HTMLIM, XHTML, XHTML_IM
from xmppkit.stanza.message import Message
from xmppkit.xml.serializer import serialize

# XEP-0071, "A simple example"
RECEIVED = f"""
<message xmlns='jabber:client'>
  <body>hi!</body>
  <html xmlns='{XHTML_IM}'>
    <body xmlns='{XHTML}'><p style='font-weight:bold'>hi!</p></body>
  </html>
</message>
"""
INSIDE = '<p style="font-weight:bold">hi!</p>'
BOLD = f'<body xmlns="{XHTML}"><p style="font-weight:bold">hi!</p></body>'


def body(inside: str, attributes: str = "") -> str:
    return f'<body xmlns="{XHTML}"{attributes}>{inside}</body>'


def test_reading() -> None:
    message: Any = Message(xml=ET.fromstring(RECEIVED))
    assert isinstance(message["html"], HTMLIM)
    assert message["html"]["body"] == message["html"].body == INSIDE
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
    (element,) = message["html"].xml
    assert serialize(element) == (expected or f'<body xmlns="{XHTML}" />')
    again = Message()
    again.values = message.values
    assert again["html"]["body"] == message["html"]["body"]


def test_what_is_set_is_a_copy() -> None:
    element = ET.fromstring("<body><p>a</p></body>")
    element.tail = "tail"
    html = HTMLIM()
    html.set_body(element)
    assert (element.tag, element[0].tag, element.tail) == ("body", "p", "tail")
    assert html.body == "<p>a</p>"


@pytest.mark.parametrize("content", ["<p>", "&nbsp;", "</body><body>", "<!DOCTYPE x><p/>", "\0"])
def test_what_is_no_xhtml(content: str) -> None:
    html = HTMLIM()
    html.body = "before"
    with pytest.raises(InvalidValue, match="well-formed XHTML"):
        html["body"] = content
    assert html.body == "before"


def test_languages() -> None:
    message: Any = Message()
    message["lang"] = "en"
    html = message["html"]
    html["body"] = "a"
    html["body|de"] = "b"
    html["body|en"] = "c"
    assert html["body|*"] == {"de": "b", "en": "c"}
    assert [element.attrib for element in html.xml] == [{"{http://www.w3.org/XML/1998/namespace}lang": "de"}, {}]
    assert (html["body"], html["body|de"]) == ("c", "b")
    assert html["body|fr"] == "b"  # any
    html["body|*"] = {"fr": "d", "en": ET.fromstring("<p>e</p>")}
    assert html["body|*"] == {"fr": "d", "en": "<p>e</p>"}
    del html["body"]
    assert list(html["body|*"]) == ["fr"]
    with pytest.raises(InvalidValue, match="mapping"):
        html["body|*"] = "x"
    assert list(html["body|*"]) == ["fr"]
    del html["body|*"]
    assert html["body|*"] == {}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a &lt; b &gt; c", "a &lt; b &gt; c"),
        ("<p>a<script>alert(1)</script></p>", "<p>a</p>"),
        ("<p onclick='x()'>a</p><br/>", "<p>a</p><br />"),
        ("<b>a</b>", "a"),
        ("<script/>", None),
    ],
)
def test_what_is_read_may_be_shown(sent: str, read: str | None) -> None:
    html = HTMLIM()
    html["body"] = sent
    assert (html.body, html["body"]) == (read, read or "")
    assert sent[:3] in serialize(html.xml), "what is sent is not touched"
