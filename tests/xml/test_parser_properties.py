# SPDX-License-Identifier: MIT
"""Properties of the parser: any split gives the same items, what is written is read, nothing raises."""

from __future__ import annotations

import itertools
import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.xml.limits import Limits
from xmppkit.xml.names import CLIENT, STREAM, XML, XML_LANG
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import serialize, stream_footer, stream_header

HEADER = stream_header(default_namespace=CLIENT, attributes={"id": "1"}).encode()
FOOTER = stream_footer().encode()

# All that XML 1.0 allows.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
TEXT |= st.text("\t\n\r <>&\"'a]", max_size=8)
LOCAL = st.sampled_from(["message", "body", "x", "a.b-c_d", "grüße", "日本"])
NAMESPACE = st.sampled_from(["", CLIENT, STREAM, "jabber:x:data", "urn:a&b<c>\"d'", "urn:日本"])
TAG = st.builds(lambda namespace, local: f"{{{namespace}}}{local}" if namespace else local, NAMESPACE, LOCAL)
ATTRIBUTES = st.dictionaries(TAG | st.just(XML_LANG), TEXT, max_size=4)


def make(tag: str, attributes: dict[str, str], text: str, children: list[tuple[Element, str]]) -> Element:
    element = Element(tag, attributes)
    element.text = text
    for child, tail in children:
        child.tail = tail
        element.append(child)
    return element


def trees(depth: int) -> st.SearchStrategy[Element]:
    children = st.just([]) if depth == 0 else st.lists(st.tuples(trees(depth - 1), TEXT), max_size=3)
    return st.builds(make, TAG, ATTRIBUTES, TEXT, children)


def shape(element: Element) -> object:
    """An element as a value; its own tail is the parent's affair."""
    children = [(shape(child), child.tail or "") for child in element]
    return element.tag, dict(element.attrib), element.text or "", children


def show(items: list[Item]) -> list[object]:
    return [shape(item) if isinstance(item, Element) else item for item in items]


def whole(data: bytes, limits: Limits | None = None) -> list[Item]:
    return StreamParser(limits).feed(data)


def in_pieces(data: bytes, cuts: list[int], limits: Limits | None = None) -> list[Item]:
    parser = StreamParser(limits)
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [item for start, end in itertools.pairwise(places) for item in parser.feed(data[start:end])]


@given(st.lists(trees(3), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(stanzas: list[Element]) -> None:
    body = "".join(serialize(stanza, default_namespace=CLIENT) for stanza in stanzas).encode()
    header, *items, footer = whole(HEADER + body + FOOTER)
    assert isinstance(header, StreamHeader)
    assert show(items) == [shape(stanza) for stanza in stanzas]
    assert footer == StreamFooter()


@given(trees(2))
@settings(max_examples=60, deadline=None)
def test_other_parsers_read_the_same(stanza: Element) -> None:
    assert shape(fromstring(serialize(stanza, prefixes={XML: "xml"}))) == shape(stanza)


@given(st.lists(trees(2), max_size=3), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_split_of_a_good_stream(stanzas: list[Element], cuts: list[int]) -> None:
    body = " \n".join(serialize(stanza, default_namespace=CLIENT) for stanza in stanzas).encode()
    data = HEADER + body + FOOTER
    expected = show(whole(data))
    assert show(in_pieces(data, cuts)) == expected
    assert show(in_pieces(data, list(range(len(data))))) == expected
    # There are 75 different names above: with this limit the parser makes new beginnings, and never refuses.
    assert show(in_pieces(data, cuts, Limits(names=76))) == expected


# Pieces of markup in any order are seldom well-formed, and often nearly so.
MARKUP = st.lists(
    st.sampled_from(
        [
            *("<a>", "</a>", "<a", ">", "/>", "<", "</", "<b/>", " x='", "'", '"', ' y="1"', "=", " ", "\n", "t", "&"),
            *("&amp;", "&e;", "&#65;", "<!", "<!--", "-->", "<![CDATA[", "]]>", "<?pi", "?>", "<!DOCTYPE", "<p:a/>"),
            *(
                " xmlns='u'",
                " xmlns:p='v'",
                "<p:a",
                "</p:a>",
                "</stream:stream>",
                "<stream:stream>",
                "\0",
                "\ufffe",
                "ü",
            ),
        ]
    ),
    max_size=14,
).map("".join)

# What several faults in one read may be called: expat sees all of it before we see the first.
EITHER = {"bad-format", "bad-namespace-prefix", "not-well-formed", "restricted-xml"}


def compare(one: list[Item], other: list[Item]) -> None:
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        if isinstance(left, Malformed) and isinstance(right, Malformed) and left.condition in EITHER:
            assert right.condition in EITHER
        elif isinstance(left, Malformed) and isinstance(right, Malformed):
            assert left.condition == right.condition
        else:
            assert show([left]) == show([right])


@given(MARKUP, st.lists(st.integers(0, 300), max_size=6))
@settings(max_examples=400, deadline=None)
def test_any_split_of_any_stream(markup: str, cuts: list[int]) -> None:
    # The end makes expat look at what is unfinished: a comment, say, may be refused when it begins or when it ends.
    data = HEADER + markup.encode() + b"-->?>]]>'\"><end/><end/>"
    expected = whole(data)
    compare(in_pieces(data, cuts), expected)
    compare(in_pieces(data, list(range(len(data)))), expected)


@given(st.binary(max_size=60), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise(data: bytes, opened: bool) -> None:
    parser = StreamParser()
    if opened:
        parser.feed(HEADER)
    items = parser.feed(data)
    assert not any(isinstance(item, Malformed) for item in items[:-1])
    if items and isinstance(items[-1], Malformed):
        assert parser.feed(HEADER) == []
        assert not parser.idle


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_what_is_no_xml_to_others_is_none_here(data: bytes) -> None:
    items = whole(HEADER + b"<a>" + data + b"</a>")
    try:
        other = fromstring(b"<a xmlns='jabber:client'>" + data + b"</a>")
    except Exception:
        assert not any(isinstance(item, Element) for item in items[:2]) or b"<" in data
        return
    if re.search(rb"<[!?]", data) is None:
        assert show(items[1:]) == [shape(other)]


@pytest.mark.parametrize("errors", [1, 3])
def test_an_error_in_one_stream_is_none_in_the_next(errors: int) -> None:
    # C16: nothing is shared between parsers.
    for _ in range(errors):
        assert isinstance(whole(HEADER + b"<a><b></a>")[-1], Malformed)
    assert len(whole(HEADER + b"<a><b/></a>")) == 2
