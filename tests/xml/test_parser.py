# SPDX-License-Identifier: MIT
"""The parser of a stream: what it hands out, which rules of RFC 6120 it keeps, and at which limits it stops.

test_parser_hostile.py has the large inputs, test_parser_properties.py the properties.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

import pytest

from xmppkit.xml import parser as module
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamHeader, StreamParser

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    b" from='localhost' id='a&amp;b' xml:lang='en' version='1.0'>"
)
FOOTER = b"</stream:stream>"
STREAM = "{http://etherx.jabber.org/streams}stream"


def show(item: Item) -> object:
    """An item as a value that compares."""
    if isinstance(item, Element):
        return tostring(item).decode().replace('xmlns:ns0="jabber:client" ', "").replace("ns0:", "")
    return item.condition if isinstance(item, Malformed) else item


def pieces(data: bytes, step: int) -> Iterator[bytes]:
    return (data[start : start + step] for start in range(0, len(data), step))


def begun(limits: Limits | None = None) -> StreamParser:
    parser = StreamParser(limits)
    (header,) = parser.feed(HEADER)
    assert isinstance(header, StreamHeader)
    return parser


def parse(data: bytes, step: int = 1 << 30, limits: Limits | None = None) -> list[object]:
    """What follows the header when `data` does, `step` bytes at a time."""
    parser = begun(limits)
    return [show(item) for piece in pieces(data, step) for item in parser.feed(piece)]


class TestHeader:
    @pytest.mark.parametrize("step", [1, 2, 7, 1 << 30])
    def test_all_of_it(self, step: int) -> None:
        parser = StreamParser()
        (header,) = [item for piece in pieces(HEADER, step) for item in parser.feed(piece)]
        attributes = {
            "from": "localhost",
            "id": "a&b",
            "{http://www.w3.org/XML/1998/namespace}lang": "en",
            "version": "1.0",
        }
        assert header == StreamHeader(STREAM, attributes, "jabber:client")
        assert parser.between_stanzas
        assert parser.idle

    def test_without_a_default_namespace(self) -> None:
        (header,) = StreamParser().feed(b"<s:stream xmlns:s='http://etherx.jabber.org/streams'>")
        assert header == StreamHeader(STREAM, {}, None)

    def test_nothing_is_done_for_nothing(self) -> None:
        parser = StreamParser()
        assert parser.feed(b"") == []
        assert not parser.between_stanzas
        assert begun().feed(b"") == []

    def test_blanks_before_it(self) -> None:
        assert isinstance(StreamParser().feed(b" \r\n" + HEADER.partition(b"?>")[2])[0], StreamHeader)

    def test_an_empty_stream(self) -> None:
        assert StreamParser().feed(b"<stream/>") == [StreamHeader("stream", {}, None), StreamFooter()]

    @pytest.mark.parametrize(
        ("data", "condition"),
        [
            (b"HTTP/1.1 200 OK", "not-well-formed"),
            (b"<!DOCTYPE stream>", "restricted-xml"),
            (b"\xff\xfe<\x00", "unsupported-encoding"),
            (b"<s:stream>", "bad-namespace-prefix"),
            (b"<stream stream>", "not-well-formed"),
            (b"<?xml version='9.9' bogus?><stream>", "not-well-formed"),
        ],
    )
    def test_what_is_none(self, data: bytes, condition: str) -> None:
        parser = StreamParser()
        assert [show(item) for item in parser.feed(data)] == [condition]
        assert parser.feed(HEADER) == []
        assert not parser.between_stanzas
        assert not parser.idle

    @pytest.mark.parametrize(
        "data",
        [
            b" " * 101,
            b"<?xml version='1.0'" + b" " * 90,
            b"<stream" + b" " * 100,
            b"<stream x='" + b"x" * 100,
        ],
    )
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_one_that_is_too_large(self, data: bytes, step: int) -> None:
        parser = StreamParser(Limits(header_bytes=100))
        (item,) = [item for piece in pieces(data, step) for item in parser.feed(piece)]
        assert item == Malformed("policy-violation", "opening tag larger than 100 bytes")

    def test_its_attributes_are_judged(self) -> None:
        (item,) = StreamParser(Limits(attributes=1)).feed(b"<stream a='' b=''>")
        assert item == Malformed("policy-violation", "more than 1 attributes of an element")


class TestStanzas:
    def test_they_are_elements_of_their_own(self) -> None:
        parser = begun()
        first, second = parser.feed(b"<message xml:lang='de'><body>x</body></message> <iq/>")
        assert isinstance(first, Element)
        assert isinstance(second, Element)
        assert first.tag == "{jabber:client}message"
        assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
        assert first.findtext("{jabber:client}body") == "x"
        first.append(second)
        assert [show(item) for item in parser.feed(b"<presence/>")] == ["<presence />".replace(" /", " />")[:11] + ">"]

    def test_the_stream_keeps_nothing(self) -> None:
        parser = begun()
        for _ in range(50):
            parser.feed(b"<message/> ")
        assert parser._root is not None
        assert len(parser._root) == 0
        assert not parser._root.text

    @pytest.mark.parametrize("step", [1, 3, 1 << 30])
    def test_blanks_between_them_are_no_part_of_them(self, step: int) -> None:
        parser = begun()
        data = b" \n<a/>\t\r\n <b> </b>\n"
        first, second = [item for piece in pieces(data, step) for item in parser.feed(piece)]
        assert isinstance(first, Element)
        assert isinstance(second, Element)
        assert first.tail is None
        assert second.text == " "
        parser.feed(b"\n<c/>")
        assert second.tail is None

    def test_cdata_and_references(self) -> None:
        (item,) = begun().feed(b"<a x='&lt;&#65;'>1&amp;2<![CDATA[<&]]>&#x1F600;</a>")
        assert isinstance(item, Element)
        assert (item.get("x"), item.text) == ("<A", "1&2<&\U0001f600")

    @pytest.mark.parametrize("step", [1, 1 << 30])
    @pytest.mark.parametrize(
        "data", [b"<![CDATA[]]><a><!", b"<a/><![CDATA[]]><b/><![CDATA[x]]>", b"<a><![CDATA[x]]></a><![CDATA[]]><a><!"]
    )
    def test_markup_between_two_of_which_the_last_is_not_the_only_markup(self, data: bytes, step: int) -> None:
        parser = begun()
        items = [item for start in range(0, len(data), step) for item in parser.feed(data[start : start + step])]
        assert items[-1] == Malformed("restricted-xml", "markup between stanzas that is no element")

    def test_the_limits_can_be_looked_up_and_replaced(self) -> None:
        parser = begun(limits=Limits(depth=3))
        assert parser.limits == Limits(depth=3)
        parser.limits = Limits(depth=2)
        assert parser.limits == Limits(depth=2)
        (item,) = parser.feed(b"<a><b><c/></b></a>")
        assert item == Malformed("policy-violation", "more than 2 levels")

    @pytest.mark.parametrize("depth", [1, 2, 3, 64])
    @pytest.mark.parametrize("others", [0, 1, 4])
    @pytest.mark.parametrize("step", [1, 7, 1 << 20])
    def test_the_edge_of_the_depth(self, depth: int, others: int, step: int) -> None:
        for levels in (depth, depth + 1):
            nested = b"<a>" * (levels - 1) + b"<a/>" + b"</a>" * (levels - 1)
            items = parse(b"<b/>" * others + nested, step, Limits(depth=depth))
            assert (items[-1] == "policy-violation") is (levels > depth)

    def test_markup_right_behind_the_opening_tag(self) -> None:
        header, fault = StreamParser().feed(b"<a><![CDATA[]]>")
        assert isinstance(header, StreamHeader)
        assert fault == Malformed("restricted-xml", "markup between stanzas that is no element")

    def test_long_text_in_small_reads_is_no_work_in_vain(self) -> None:
        size = 4 << 20
        parser = begun(limits=Limits(stanza_bytes=2 * size, text_length=size))
        items = parser.feed(b"<a>")
        for _ in range(size // 4096):
            items += parser.feed(b"x" * 4096)
        (item,) = items + parser.feed(b"</a>")
        assert isinstance(item, Element)
        assert len(item.text or "") == size

    def test_many_pieces_of_cdata_in_one(self) -> None:
        (item,) = begun().feed(b"<a>" + b"<![CDATA[x]]>" * 20_000 + b"</a>")
        assert isinstance(item, Element)
        assert item.text == "x" * 20_000

    @pytest.mark.parametrize(
        ("data", "exact", "idle"),
        [
            (b"<a/>", True, True),
            (b"<a x='>'/>", True, True),
            (b"<a/>\n", False, True),
            (b"<a/> <b", False, False),
            (b"<a/><b", False, False),
            (b"<a/><", False, False),
            (b"<a/><!", False, False),
            (b"<a", False, False),
            (b"<a>", False, False),
            (b"<a>x", False, False),
            (b"<a><b/>", False, False),
            (b"<a/><b><c/>", False, False),
            (b"<a/>x", False, False),
            (b"<a/>x>", False, False),
            (b"<a/><![CDATA[x]]>", False, False),
            (b"<a/><!--<x>", False, False),
            (b"<a><![CDATA[<x>]]></a>", True, True),
            (FOOTER, False, True),
        ],
    )
    @pytest.mark.parametrize("step", [1, 2, 1 << 30])
    def test_what_follows_the_last_one(self, data: bytes, exact: bool, idle: bool, step: int) -> None:
        # A6: nothing, not even a blank, may follow <proceed/> before the TLS handshake.
        parser = begun()
        for piece in pieces(data, step):
            parser.feed(piece)
        assert (parser.between_stanzas, parser.idle) == (exact, idle)

    def test_a_nested_stream_is_an_element_like_any_other(self) -> None:
        # C8: the stream above decides what to do with it.
        (item,) = begun().feed(b"<stream:stream>x</stream:stream>")
        assert isinstance(item, Element)
        assert item.tag == STREAM

    @pytest.mark.parametrize("before", [b"<a/>\n", b"\n"])
    def test_blanks_behind_a_stanza_do_not_become_a_part_of_it(self, before: bytes) -> None:
        parser = begun()
        handed_out = parser.feed(before) + parser.feed(b"<b/>") + parser.feed(b"<c/>")
        assert [item.tail for item in handed_out if isinstance(item, Element)] == [None] * len(handed_out)


class TestFooter:
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_the_stream_ends(self, step: int) -> None:
        assert parse(b"<a/>" + FOOTER + b" \n", step) == ["<a />", StreamFooter()]

    @pytest.mark.parametrize("behind", [b"x", b" x", b"<a/>", b"<", b"<!-- -->", HEADER, b"&amp;", b"\0", b" </"])
    @pytest.mark.parametrize("step", [1, 5, 1 << 30])
    def test_nothing_comes_behind_it(self, behind: bytes, step: int) -> None:
        assert parse(FOOTER + behind, step) == [StreamFooter(), "not-well-formed"]

    def test_that_is_said_once(self) -> None:
        parser = begun()
        assert parser.feed(FOOTER) == [StreamFooter()]
        assert parser.feed(b" ") == []
        assert parser.feed(b"x") == [Malformed("not-well-formed", "data behind the closing tag")]
        assert parser.feed(b"x") == []

    def test_it_must_close_the_stream(self) -> None:
        assert parse(b"</stream:flow>") == ["not-well-formed"]


class TestRules:
    @pytest.mark.parametrize(
        ("data", "condition"),
        [
            # RFC 6120 §11.1
            (b"<a><!-- comment --></a>", "restricted-xml"),
            (b"<!-- comment --><a/>", "restricted-xml"),
            (b"<!--<!<a/>", "restricted-xml"),
            (b"<a><?pi?></a>", "restricted-xml"),
            (b"<?pi data?><a/>", "restricted-xml"),
            (b"<?xml version='1.0'?><a/>", "restricted-xml"),
            (b"<!DOCTYPE a><a/>", "restricted-xml"),
            (b"<a><!DOCTYPE a></a>", "restricted-xml"),
            (b"<a><!ENTITY e 'x'></a>", "restricted-xml"),
            (b"<a>&e;</a>", "restricted-xml"),
            (b"<a x='&nbsp;'/>", "restricted-xml"),
            # §4.9.3.2, §4.9.3.1
            (b"<c:a/>", "bad-namespace-prefix"),
            (b"<a c:x=''/>", "bad-namespace-prefix"),
            (b"<a xmlns:c=''/>", "bad-namespace-prefix"),
            (b"<a xmlns:xml='x'/>", "bad-namespace-prefix"),
            (b"<a xmlns:xmlns='x'/>", "bad-namespace-prefix"),
            (b"<a xmlns:c='http://www.w3.org/2000/xmlns/'/>", "bad-namespace-prefix"),
            (b"text", "bad-format"),
            (b" text", "bad-format"),
            (b"&amp;", "bad-format"),
            (b"<![CDATA[text]]><a/>", "restricted-xml"),
            # §11.3 and C6
            (b"<a></b>", "not-well-formed"),
            (b"<a x=1/>", "not-well-formed"),
            (b"<a x='1' x='2'/>", "not-well-formed"),
            (b"<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "not-well-formed"),
            (b"<a><</a>", "not-well-formed"),
            (b"<a>&#0;</a>", "not-well-formed"),
            (b"<a>&#xFFFE;</a>", "not-well-formed"),
            (b"<a>&#xD800;</a>", "not-well-formed"),
            (b"<a>&#1;</a>", "not-well-formed"),
            (b"<a>\0</a>", "not-well-formed"),
            (b"<a>\x08</a>", "not-well-formed"),
            (b"<a>\xc0\x80</a>", "not-well-formed"),
            (b"<a>\xed\xa0\x80</a>", "not-well-formed"),
            (b"<a>\xf5\x80\x80\x80</a>", "not-well-formed"),
            (b"<a>\xf0\x9f\x98<b/></a>", "not-well-formed"),
            (b"<a>\xeb<b/></a>", "not-well-formed"),
            (b"<a>\xef\xbf\xbe</a>", "not-well-formed"),
            (b"<a x='\xff'/>", "not-well-formed"),
            (b"<\xff/>", "not-well-formed"),
        ],
    )
    @pytest.mark.parametrize("before", [b"", b"<good/>", b"<good/> \n"])
    @pytest.mark.parametrize("step", [1, 2, 3, 5, 1 << 30])
    def test_a_broken_rule_ends_the_stream(self, data: bytes, condition: str, before: bytes, step: int) -> None:
        expected = ["<good />", condition] if before else [condition]
        assert parse(before + data + b"<never/>", step) == expected

    @pytest.mark.parametrize("data", [b"]]>", b"\0", b"\xff", b"&e;", b"x\0"])
    @pytest.mark.parametrize("step", [1, 3, 1 << 30])
    def test_text_between_stanzas_that_is_no_xml_either(self, data: bytes, step: int) -> None:
        good, condition = parse(b"<good/>" + data + b"<never/>", step)
        assert good == "<good />"
        assert condition in ("bad-format", "not-well-formed", "restricted-xml")

    @pytest.mark.parametrize("data", [b"text<a/>", b"<a/>text<b/>", b"text" + FOOTER, b"<a/>text" + FOOTER])
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_text_right_behind_the_header(self, data: bytes, step: int) -> None:
        parser = StreamParser()
        items = [show(item) for piece in pieces(HEADER + data, step) for item in parser.feed(piece)]
        assert items[1:] == (["<a />"] if data[:3] == b"<a/" else []) + ["bad-format"]

    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_a_tag_in_a_tag(self, step: int) -> None:
        for data, condition in ((b"<a x='><b", ""), (b"<a x='><b>", "not-well-formed"), (b"t<a x='><b", "bad-format")):
            parser = StreamParser()
            items = [show(item) for piece in pieces(HEADER + data, step) for item in parser.feed(piece)]
            assert items[1:] == ([condition] if condition else [])
            assert not parser.idle

    def test_what_expat_says_is_in_the_text(self) -> None:
        (item,) = begun().feed(b"<a></b>")
        assert item == Malformed("not-well-formed", "mismatched tag")

    def test_markup_that_was_cut_is_recognised(self) -> None:
        parser = begun()
        assert parser.feed(b"<a><!") == []
        assert parser.feed(b"D") == [Malformed("restricted-xml", "not well-formed (invalid token)")]


class TestLimits:
    @pytest.mark.parametrize("step", [1, 64, 1000, 1 << 30])
    def test_size(self, step: int) -> None:
        limits = Limits(stanza_bytes=100)
        good, bad = b"<a>" + b"x" * 93 + b"</a>", b"<a>" + b"x" * 98
        assert parse(good + b" " * 500 + good, step, limits) == [show_text(good), show_text(good)]
        parser = begun(limits)
        (item,) = [item for piece in pieces(bad, step) for item in parser.feed(piece)]
        assert item == Malformed("policy-violation", "stanza larger than 100 bytes")

    def test_what_came_before_the_large_one_is_handed_out(self) -> None:
        assert parse(b"<a/><a>" + b"x" * 50_000, limits=Limits(stanza_bytes=100)) == ["<a />", "policy-violation"]

    @pytest.mark.parametrize("data", [b"<a x='" + b"x" * 200, b"<a><!-- " + b"x" * 200, b"<a>" + b"x" * 200])
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_all_that_is_unfinished_counts(self, data: bytes, step: int) -> None:
        assert parse(data, step, Limits(stanza_bytes=100)) == ["policy-violation"]

    def test_a_limit_can_be_changed(self) -> None:
        parser = begun(Limits(stanza_bytes=10))
        parser.limits = Limits(stanza_bytes=1000)
        assert parser.feed(b"<a>" + b"x" * 500) == []
        parser.limits = Limits(stanza_bytes=10)
        assert [show(item) for item in parser.feed(b"x")] == ["policy-violation"]

    @pytest.mark.parametrize(
        ("good", "bad", "said"),
        [
            (b"<a><b><c/></b></a>", b"<a><b><c><d/></c></b></a>", "more than 3 levels"),
            (b"<a w='' x=''/>", b"<a w='' x='' y=''/>", "more than 2 attributes of an element"),
            (b"<a>" + b"<b/>" * 4 + b"</a>", b"<a>" + b"<b/>" * 5 + b"</a>", "more than 4 children of an element"),
        ],
    )
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_shape(self, good: bytes, bad: bytes, said: str, step: int) -> None:
        parser = begun()
        parser.limits = Limits(depth=3, attributes=2, children=4)
        items = [item for piece in pieces(good + bad + good, step) for item in parser.feed(piece)]
        assert show(items[0]) == show_text(good)
        assert items[1:] == [Malformed("policy-violation", said)]

    @pytest.mark.parametrize(
        ("bad", "said"),
        [
            (b"<a p='%s'/>" % (b"x" * 91), "an attribute of more than 90 characters"),
            (b"<a><%s/></a>" % (b"x" * 50), "a name of more than 50 characters"),
            (b"<a %s=''/>" % (b"x" * 51), "a name of more than 50 characters"),
            (b"<a><b/>%s</a>" % (b"x" * 71), "text of more than 70 characters"),
        ],
    )
    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_lengths(self, bad: bytes, said: str, step: int) -> None:
        parser = begun()
        parser.limits = Limits(attribute_length=90, name_length=50, text_length=70)
        items = [item for piece in pieces(bad, step) for item in parser.feed(piece)]
        assert items == [Malformed("policy-violation", said)]
        # Among several in one read, one is looked at when it is the larger part.
        parser = begun()
        parser.limits = Limits(attribute_length=90, name_length=50, text_length=70)
        items = parser.feed(b"<a/>" + bad * 8)
        assert show(items[0]) == "<a />"
        assert items[1:] == [Malformed("policy-violation", said)]

    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_a_short_stanza_can_have_too_many_children(self, step: int) -> None:
        good, bad = b"<a>" + b"<b/>" * 10 + b"</a>", b"<a>" + b"<b/>" * 11 + b"</a>"
        assert parse(good, step, Limits(children=10)) == [show_text(good)]
        assert parse(bad, step, Limits(children=10)) == ["policy-violation"]

    def test_small_stanzas_of_a_crowded_read_pass(self) -> None:
        limits = Limits(name_length=50)
        assert len(parse(b"<a x='1'><b/></a>" * 20, limits=limits)) == 20

    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_depth_is_seen_before_the_stanza_ends(self, step: int) -> None:
        parser = begun(Limits(depth=4))
        items = [item for piece in pieces(b"<a>" * 10, step) for item in parser.feed(piece)]
        assert items == [Malformed("policy-violation", "more than 4 levels")]

    def test_many_marks_without_depth(self) -> None:
        limits = Limits(depth=4)
        assert parse(b"<a>" + b"<b/>" * 50 + b"<c>", limits=limits) == []
        assert parse(b"<a><![CDATA[" + b"<" * 50, limits=limits) == []

    def test_a_long_tag_is_refused_before_it_is_read(self) -> None:
        parser = begun()
        parser._parser = None  # nobody may use it
        (item,) = parser.feed(b"<a xmlns:p='" + b"u" * 2000 + b"' p:x='' />")
        assert item == Malformed("policy-violation", "a namespace of more than 1024 bytes")

    @pytest.mark.parametrize("step", [1, 1 << 30])
    def test_what_comes_before_a_long_tag_is_as_good_as_ever(self, step: int) -> None:
        long = b"<a xmlns='" + b"u" * 2000 + b"'/>"
        parser = begun()
        first, fault = (item for piece in pieces(b"<b/>" + long, step) for item in parser.feed(piece))
        assert first.tag == "{jabber:client}b"
        assert fault == Malformed("policy-violation", "a namespace of more than 1024 bytes")

    def test_what_is_wrong_before_a_long_tag_is_told_first(self) -> None:
        (fault,) = begun().feed(b"<a></b><a xmlns='" + b"u" * 2000 + b"'/>")
        assert fault.condition == "not-well-formed"

    @pytest.mark.parametrize("step", [100, 1 << 30])
    def test_too_many_names(self, step: int) -> None:
        data = b"<a>" + b"".join(b"<n%d m%d=''/>" % (number, number) for number in range(99))
        assert parse(data, step, Limits(names=250)) == []
        parser = begun(Limits(names=50))
        (item,) = [item for piece in pieces(data, step) for item in parser.feed(piece)]
        assert item == Malformed("policy-violation", "more than 50 different names")


def show_text(data: bytes) -> object:
    """What `show` says of the one stanza `data`."""
    return parse(data)[0]


class TestNewBeginnings:
    """Expat forgets no name, so the parser replaces it when it has seen too many."""

    @pytest.mark.parametrize("step", [1, 17, 1 << 30])
    def test_nothing_shows_outside(self, step: int) -> None:
        stanzas = b"".join(b"<m%d stream:x='%d'>\n</m%d> " % (number, number, number) for number in range(40))
        data = stanzas + FOOTER
        limits = Limits(names=8)
        assert parse(data, step, limits) == parse(data)
        assert parse(data, step, limits)[-1] == StreamFooter()
        assert parse(stanzas + b"x", step, limits)[-1] == "bad-format"
        assert parse(stanzas + b"</stream>", step, limits)[-1] == "not-well-formed"

    def test_names_are_forgotten(self) -> None:
        parser = begun(Limits(names=100))
        most = 0
        for number in range(2000):
            assert len(parser.feed(b"<n%d xmlns='%d'/>" % (number, number))) == 1
            most = max(most, len(parser._names))
        assert most == 51

    def test_prefixes_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_SIGNS", 100)
        parser = begun()
        parsers = set()
        for number in range(1000):
            assert len(parser.feed(b"<a xmlns:p%d='u'/>" % number)) == 1
            parsers.add(id(parser._parser))
            assert parser._signs <= 102
        assert len(parsers) > 1

    @pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 1000])
    def test_a_new_beginning_behind_a_long_stanza(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        monkeypatch.setattr(module, "_SIGNS", 20)
        parser = begun()
        first = parser._parser
        stanza = "<p:é xmlns:p='u'>%s</p:é ><p:é xmlns:p='u'/>" % ("<x a='é' b='1'>é > x</x>" * 20)
        data = (stanza * 3).encode()
        found = [item for start in range(0, len(data), step) for item in parser.feed(data[start : start + step])]
        assert [len(each) for each in found if isinstance(each, Element)] == [20, 0] * 3
        assert len(found) == 6
        assert parser._parser is not first
        assert parser._signs <= 1 + 41 + 1, "between two stanzas of one read there was a new beginning, too"

    def test_a_long_stanza_is_not_fed_tag_by_tag(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_SIGNS", 20)
        parser = begun()
        pieces: list[int] = []
        take = StreamParser._take

        def noting(self: StreamParser, data: bytes, items: list[Item]) -> None:
            pieces.append(len(data))
            take(self, data, items)

        monkeypatch.setattr(StreamParser, "_take", noting)
        parser.feed(b"<stanza>" + b"<x a='1'/>" * 5000)
        parser.feed(b"<x/>" * 5000)
        assert len(parser.feed(b"</stanza>")) == 1
        assert len(pieces) < 20

    def test_the_declarations_of_the_header_stay(self) -> None:
        parser = StreamParser(Limits(names=1))
        parser.feed(
            b"<s:s xmlns:s='urn:s?a=&apos;1&apos;&amp;b' xmlns='urn:d' xmlns:xml='http://www.w3.org/XML/1998/namespace'>"
        )
        for _ in range(20):
            (item,) = parser.feed(b"<a xml:lang='en'/>")
            assert isinstance(item, Element)
            assert item.tag == "{urn:d}a"
            (item,) = parser.feed(b"<s:b/>")
            assert isinstance(item, Element)
            assert item.tag == "{urn:s?a='1'&b}b"
        assert parser.feed(b"</s:s>") == [StreamFooter()]

    def test_a_parser_whose_names_are_out_of_sight(self) -> None:
        class Opaque:
            entity: dict[str, str] = {}

        assert module._names_of(Opaque()) == {}


class TestSmallReads:
    def test_expat_never_sees_the_beginning_of_a_tag_twice(self) -> None:
        parser = begun()
        seen: list[bytes] = []
        expat = parser._parser

        class Recorder:
            def feed(self, data: bytes) -> None:
                seen.append(data)
                expat.feed(data)

        parser._parser = Recorder()
        data = b"<a x='" + b">" * 300 + b'" ' + b"' y=\"" + b"'" * 300 + b'" />'
        items = [item for piece in pieces(data, 1) for item in parser.feed(piece)]
        assert len(items) == 1
        assert seen == [data]

    def test_in_a_large_stanza_they_are_gathered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_LARGE", 100)
        monkeypatch.setattr(module, "_BATCH", 50)
        data = b"<a>" + b"x" * 99 + b"y" * 120 + b"<b/>" + b"z>" * 60 + b"</a>"
        assert parse(data, 1) == parse(data)
        parser = begun()
        assert parser.feed(data[:102]) == []
        assert parser.feed(b"y" * 49) == []
        assert parser._batch == b"y" * 49
        assert parser.feed(b"y") == []
        assert parser._batch == b""
        assert parser.feed(b"y") == []
        assert len(parser.feed(b"</a>")) == 1

    def test_a_comment_in_too_many_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Expat reads an unfinished comment again from its beginning, each time.
        monkeypatch.setattr(module, "_LARGE", 100)
        monkeypatch.setattr(module, "_IN_VAIN", 10_000)
        parser = begun()
        assert parser.feed(b"<a><!--" + b"x" * 100) == []
        items: list[Item] = []
        fed = 0
        while not items:
            items = parser.feed(b"<!")
            fed += 1
        assert items == [Malformed("policy-violation", "markup in too many pieces")]
        assert fed < 100

    def test_progress_is_not_in_vain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_LARGE", 100)
        monkeypatch.setattr(module, "_IN_VAIN", 10_000)
        data = b"<a>" + b"x" * 100 + b"<b/>" * 1000 + b"</a>"
        assert len(parse(data, 4)) == 1
