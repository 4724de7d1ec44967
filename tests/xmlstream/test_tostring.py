# SPDX-License-Identifier: MIT
"""slixmpp's functions that write XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

import xmppkit.xmlstream
from xmppkit.exceptions import UnserializableXML
from xmppkit.xml import pretty
from xmppkit.xmlstream import tostring as module_or_function
from xmppkit.xmlstream.tostring import escape, highlight, tostring, tostring_fmt

STREAMS = "http://etherx.jabber.org/streams"


class Stream:
    """What is read of a stream."""

    def __init__(self, **prefixes: str) -> None:
        self.default_ns = "jabber:client"
        self.namespace_map = {
            "http://www.w3.org/XML/1998/namespace": "xml",
            STREAMS: "stream",
            "jabber:client": "",
            **{namespace: prefix for prefix, namespace in prefixes.items()},
        }


@pytest.mark.parametrize(
    ("xml", "arguments", "written"),
    [
        ("<a/>", {}, "<a />"),
        ('<a xmlns="x"><b xmlns="y"/><c>t</c>tail</a>', {}, '<a xmlns="x"><b xmlns="y" /><c>t</c>tail</a>'),
        ('<a xmlns="x"/>', {"xmlns": "x"}, "<a />"),
        ('<a xmlns="x"/>', {"xmlns": "y"}, '<a xmlns="x" />'),
        ("<a/>", {"outbuffer": "before"}, "before<a />"),
        ('<a xmlns="x" q="1"><b xmlns="y"/></a>', {"open_only": True}, '<a xmlns="x" q="1">'),
        ('<a xmlns="x">text</a>', {"open_only": True, "xmlns": "x", "outbuffer": "<?xml?>"}, "<?xml?><a>"),
        ('<a q="1" xml:lang="de"/>', {"namespaces": {"x"}}, '<a q="1" xml:lang="de" />'),
        ("<a q='&lt;&amp;&gt;&apos;&quot;'/>", {}, '<a q="&lt;&amp;&gt;&apos;&quot;" />'),
        ('<m xmlns="jabber:client"><body>x</body></m>', {}, '<m xmlns="jabber:client"><body>x</body></m>'),
        ('<m xmlns="jabber:client"/>', {"stream": Stream()}, '<m xmlns="jabber:client" />'),
        ('<m xmlns="jabber:client"/>', {"stream": Stream(), "top_level": True}, "<m />"),
        ('<m xmlns="jabber:client"/>', {"top_level": True}, '<m xmlns="jabber:client" />'),
        ('<m xmlns="x"/>', {"stream": Stream(), "top_level": True, "xmlns": "x"}, "<m />"),
        (f'<error xmlns="{STREAMS}"><x/></error>', {"stream": Stream()}, "<stream:error><stream:x /></stream:error>"),
        (f'<features xmlns="{STREAMS}"/>', {"stream": Stream(), "open_only": True}, "<stream:features>"),
        ('<a xmlns="urn:p"/>', {"stream": Stream(p="urn:p")}, "<p:a />"),
    ],
)
def test_what_is_written(xml: str, arguments: dict[str, Any], written: str) -> None:
    element = ET.fromstring(xml)
    before = ET.tostring(element)
    assert tostring(element, **arguments) == written
    assert ET.tostring(element) == before


def test_what_follows_the_element() -> None:
    element = ET.fromstring("<a>t</a>")
    element.tail = "a < b"
    assert tostring(element) == "<a>t</a>a &lt; b"
    assert tostring(element, open_only=True) == "<a>"
    assert tostring_fmt(element) == "<a>t</a>\n"
    assert element.tail == "a < b"


def test_nothing() -> None:
    assert tostring() == ""
    assert tostring(None, outbuffer="before") == "before"
    assert tostring_fmt(outbuffer="before") == "before"


def test_what_cannot_be_written_is_said() -> None:
    with pytest.raises(UnserializableXML, match="a/@q"):
        tostring(ET.Element("a", {"q": "\0"}))


def test_for_people() -> None:
    element = ET.fromstring('<a xmlns="x"><b>one\ntwo</b><c><d/></c></a>')
    lines = ['<a xmlns="x">', "  <b>one", "two</b>", "  <c>", "    <d />", "  </c>", "</a>", ""]
    assert tostring_fmt(element) == "\n".join(lines)
    indented = ['\t<a xmlns="x">', "\t  <b>one", "two</b>", "\t  <c>", "\t    <d />", "\t  </c>", "\t</a>", ""]
    assert tostring_fmt(element, indent="\t") == "\n".join(indented)
    assert tostring_fmt(element, "x", outbuffer="now: ").startswith("now: <a>\n")
    assert len(element[0].text or "") == 7
    assert element.text is None
    top = tostring_fmt(ET.fromstring('<m xmlns="jabber:client"/>'), stream=Stream(), top_level=True)
    assert top == "<m />\n"


def test_mixed_content_stays_as_it_is() -> None:
    element = ET.fromstring("<a>one<b/>two</a>")
    assert tostring_fmt(element, indent="  ") == "  <a>one<b />two</a>\n"


@pytest.mark.parametrize("text", ["plain", "<&>'\"", "a ]]> b", "]]>", "]]]]>>"])
def test_escaping(text: str) -> None:
    for written in (escape(text), escape(text, use_cdata=True)):
        assert ET.fromstring(f"<a>{written}</a>").text == text
    assert escape("<&>'\"") == "&lt;&amp;&gt;&apos;&quot;"
    assert escape("<", use_cdata=True) == "<![CDATA[<]]>"


def test_the_function_is_what_the_package_has_by_this_name() -> None:
    assert module_or_function is tostring
    assert xmppkit.xmlstream.tostring is tostring
    assert highlight is pretty.highlight is xmppkit.xmlstream.highlight
