# SPDX-License-Identifier: MIT
"""From elements to text: namespaces where they are needed, white space that survives, faults with their place."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Comment, Element, ProcessingInstruction, SubElement, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import UnserializableXML
from xmppkit.xml import serializer as module
from xmppkit.xml.names import CLIENT, STREAM, XML, XML_LANG, XMLNS
from xmppkit.xml.serializer import (
    STREAM_PREFIXES,
    escape,
    escape_attribute,
    has_forbidden,
    serialize,
    stream_footer,
    stream_header,
)


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What is made once in a process is made by these tests, too."""
    module._forbidden.cache_clear()


# What XML 1.0 §2.2 forbids, one of each kind.
FORBIDDEN = ["\x00", "\x08", "\x0b", "\x1b", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"]
ALLOWED = "\t\n\r ~\x7f\x85\xa0\u2028\ud7ff\ue000\ufffd\U00010000\U0010ffff"


@pytest.fixture(autouse=True)
def _empty_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test must find what another one has left."""
    monkeypatch.setattr(module, "_tags", {})
    monkeypatch.setattr(module, "_attributes", {})


def element(tag: str, attributes: Mapping[str, str] | None = None, text: str | None = None) -> Element:
    made = Element(tag, dict(attributes or {}))
    made.text = text
    return made


class TestEscaping:
    def test_character_data(self) -> None:
        assert escape("""<a & b> 'c' "d" \r\n\t""") == "&lt;a &amp; b&gt; &apos;c&apos; &quot;d&quot; &#13;\n\t"
        assert escape("]]>") == "]]&gt;"
        assert escape("nothing") == "nothing"

    def test_attributes(self) -> None:
        assert escape_attribute("""<&>'"\r\n\t""") == "&lt;&amp;&gt;&apos;&quot;&#13;&#10;&#9;"
        assert escape_attribute("nothing") == "nothing"

    @given(st.text())
    def test_what_is_escaped_is_read(self, text: str) -> None:
        if has_forbidden(text) is None:
            assert (fromstring(f"<a>{escape(text)}</a>").text or "") == text
            assert fromstring(f"<a x='{escape_attribute(text)}'/>").get("x") == text

    @pytest.mark.parametrize("character", FORBIDDEN)
    def test_forbidden(self, character: str) -> None:
        assert has_forbidden(f"good{character}\x01") == character

    def test_allowed(self) -> None:
        assert has_forbidden("") is None
        for character in ALLOWED:
            assert has_forbidden(f"good{character}") is None


class TestNamespaces:
    @pytest.mark.parametrize(
        ("tag", "around", "written"),
        [
            ("message", "", "<message />"),
            ("{jabber:client}message", CLIENT, "<message />"),
            ("{jabber:client}message", "", '<message xmlns="jabber:client" />'),
            ("{jabber:server}message", CLIENT, '<message xmlns="jabber:server" />'),
            ("message", CLIENT, '<message xmlns="" />'),
            ("{}message", CLIENT, '<message xmlns="" />'),
            (f"{{{STREAM}}}features", CLIENT, "<stream:features />"),
            (f"{{{STREAM}}}features", STREAM, "<features />"),
            (f"{{{XML}}}x", CLIENT, "<xml:x />"),
            ("{urn:a&b\"'<>\n}x", "", '<x xmlns="urn:a&amp;b&quot;&apos;&lt;&gt;&#10;" />'),
        ],
    )
    def test_elements(self, tag: str, around: str, written: str) -> None:
        for _ in range(2):  # the second time from the cache
            assert serialize(Element(tag), default_namespace=around) == written

    def test_declared_where_it_changes(self) -> None:
        iq = Element("{jabber:client}iq")
        query = SubElement(iq, "{u:q}query")
        SubElement(query, "{u:q}item").text = "x"
        SubElement(query, "{jabber:client}message")
        SubElement(iq, "{jabber:client}error")
        assert serialize(iq, default_namespace=CLIENT) == (
            '<iq><query xmlns="u:q"><item>x</item><message xmlns="jabber:client" /></query><error /></iq>'
        )

    def test_a_prefix_leaves_the_default_as_it_is(self) -> None:
        error = Element(f"{{{STREAM}}}error")
        SubElement(error, "{jabber:client}text")
        assert serialize(error, default_namespace=CLIENT) == "<stream:error><text /></stream:error>"

    def test_attributes(self) -> None:
        for _ in range(2):
            made = element("a", {"x": "1", XML_LANG: "de", f"{{{STREAM}}}y": "2", "{u:1}z": "3", "{u:2}z": "4"})
            written = serialize(made)
            assert written.startswith('<a x="1" xml:lang="de" stream:y="2" xmlns:ns')
            parsed = fromstring(written.replace("<a ", f"<a xmlns:stream='{STREAM}' "))
            assert parsed.attrib == made.attrib

    def test_other_prefixes(self) -> None:
        prefixes = {"urn:a": "ns0", "urn:b": "ns1"}
        made = element("{urn:a}a", {"{urn:c}x": "1", "{urn:b}x": "2", XML_LANG: "de"})
        SubElement(made, f"{{{STREAM}}}b")
        assert serialize(made, prefixes=prefixes) == (
            '<ns0:a xmlns:ns0_="urn:c" ns0_:x="1" ns1:x="2" xml:lang="de"><b xmlns="' + STREAM + '" /></ns0:a>'
        )
        assert module._tags == {}

    def test_the_prefixes_of_a_stream_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            STREAM_PREFIXES["x"] = "y"  # type: ignore[index]

    def test_the_caches_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_CACHE_SIZE", 3)
        for number in range(10):
            assert serialize(element(f"a{number}", {f"b{number}": ""})) == f'<a{number} b{number}="" />'
            assert len(module._tags) <= 3
            assert len(module._attributes) <= 3


class TestContent:
    def test_text_and_tails(self) -> None:
        made = element("a", text="1<")
        for tail in ("2>", None, ""):
            SubElement(made, "b").tail = tail
        made.tail = "left out"
        assert serialize(made) == "<a>1&lt;<b />2&gt;<b /><b /></a>"

    def test_empty_forms(self) -> None:
        assert serialize(element("a", text="")) == "<a />"
        made = element("a", {"x": ""}, "")
        SubElement(made, "b")
        assert serialize(made) == '<a x=""><b /></a>'

    def test_white_space_survives(self) -> None:
        made = element("a", {"x": "\t\n\r "}, "\t\n\r ")
        read = fromstring(serialize(made))
        assert (read.get("x"), read.text) == ("\t\n\r ", "\t\n\r ")

    def test_what_is_allowed_everywhere(self) -> None:
        made = element("a", {"x": ALLOWED}, ALLOWED)
        read = fromstring(serialize(made))
        assert (read.get("x"), read.text) == (ALLOWED, ALLOWED)

    @pytest.mark.parametrize("name", ["a", "_a", "a.b-c_9", "ü", "日本", "a·b"])
    def test_names(self, name: str) -> None:
        made = element(name, {name: "1"})
        assert serialize(made) == f'<{name} {name}="1" />'
        assert fromstring(serialize(made)).attrib == made.attrib


BAD_NAMES = [
    "",
    "1a",
    "-a",
    "a b",
    "a:b",
    "a>",
    "a/",
    "a='1'",
    "a\n",
    "²",
    "ü b",
    "ü/",
    "ü:b",
    "ü><b",
    "\ud800",
    "a{b",
    "ª\x00",
]


def tree(child: Element) -> Element:
    top = Element("{jabber:client}message")
    SubElement(SubElement(top, "{u}x"), "{u}y").append(child)
    return top


class TestFaults:
    @pytest.mark.parametrize("character", FORBIDDEN)
    @pytest.mark.parametrize(
        ("make", "path"),
        [
            (lambda bad: element("a", text=bad), "message/x/y/a"),
            (lambda bad: element("a", {"b": bad}), "message/x/y/a/@b"),
            (lambda bad: element("a", {"b": bad + "<"}), "message/x/y/a/@b"),
        ],
    )
    def test_characters(self, character: str, make: object, path: str) -> None:
        assert callable(make)
        with pytest.raises(UnserializableXML) as caught:
            serialize(tree(make(f"good{character}")))
        assert caught.value.path == path
        assert caught.value.reason == f"XML 1.0 forbids the character U+{ord(character):04X}"
        assert str(caught.value) == f"cannot write {path} as XML: {caught.value.reason}"

    def test_a_tail(self) -> None:
        made = tree(Element("a"))
        made[0].tail = "\x00"
        with pytest.raises(UnserializableXML, match=r"cannot write message as XML: XML 1\.0 forbids"):
            serialize(made)

    @pytest.mark.parametrize("value", [1, b"x", ["x"], object, 1.5, True])
    def test_values_that_are_no_text(self, value: object) -> None:
        kind = type(value).__name__
        with pytest.raises(UnserializableXML, match=f"message/x/y/a as XML: must be str, not {kind}"):
            serialize(tree(element("a", text=value)))  # type: ignore[arg-type]
        with pytest.raises(UnserializableXML, match=f"message/x/y/a/@b as XML: must be str, not {kind}"):
            serialize(tree(element("a", {"b": value})))  # type: ignore[dict-item]

    @pytest.mark.parametrize("value", [0, b"", False, []])
    @pytest.mark.parametrize("children", [0, 1])
    def test_no_value_is_dropped_because_it_is_false(self, value: object, children: int) -> None:
        made = element("a", text=value)  # type: ignore[arg-type]
        made.extend([Element("b")] * children)
        with pytest.raises(UnserializableXML, match="must be str"):
            serialize(tree(made))

    def test_an_attribute_without_a_value(self) -> None:
        with pytest.raises(UnserializableXML, match="@b as XML: must be str, not NoneType"):
            serialize(element("a", {"b": None}))  # type: ignore[dict-item]

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_names_that_are_none(self, name: str) -> None:
        with pytest.raises(UnserializableXML) as caught:
            serialize(tree(Element(f"{{urn:x}}{name}")))
        assert caught.value.path == "message/x/y"
        assert caught.value.reason == f"{f'{{urn:x}}{name}'!r} is no element name"
        with pytest.raises(UnserializableXML) as caught:
            serialize(tree(Element("a", {name: "1"})))
        assert caught.value.path == f"message/x/y/a/@{name}"
        assert caught.value.reason == f"{name!r} is no attribute name"

    @pytest.mark.parametrize("name", ["xmlns", "{}a", f"{{{XMLNS}}}a", "{\x00}a", 1])
    def test_more_attributes_that_are_none(self, name: str) -> None:
        for _ in range(2):
            with pytest.raises(UnserializableXML, match="attribute"):
                serialize(element("a", {name: "1"}))

    @pytest.mark.parametrize("tag", [f"{{{XMLNS}}}a", "{\ufffe}a", ""])
    def test_more_elements_that_are_none(self, tag: str) -> None:
        with pytest.raises(UnserializableXML, match=r"cannot write stanza as XML: .* is no element name"):
            serialize(Element(tag))

    @pytest.mark.parametrize("node", [Comment("x"), ProcessingInstruction("x")])
    def test_comments_and_instructions(self, node: Element) -> None:
        with pytest.raises(UnserializableXML, match="message/x/y as XML: a comment or an instruction"):
            serialize(tree(node))
        with pytest.raises(UnserializableXML, match="stanza as XML: a comment or an instruction"):
            serialize(node)

    def test_too_deep(self) -> None:
        top = made = Element("{u}a")
        for _ in range(100_000):
            made = SubElement(made, "b")
        with pytest.raises(UnserializableXML, match=r"cannot write a as XML: nested too deeply \(RecursionError\)"):
            serialize(top)
        while len(top):  # taken apart here, as older Pythons do that recursively
            top = top[0]

    def test_the_first_fault_is_named(self) -> None:
        made = element("a", {"good": "1"}, "good")
        SubElement(made, "good").tail = "good"
        SubElement(made, "b").text = "\x01"
        SubElement(made, "c").text = "\x02"
        with pytest.raises(UnserializableXML, match=r"a/b as XML.*U\+0001"):
            serialize(made)

    def test_a_namespace_with_a_brace(self) -> None:
        for tag, attributes in (("{a}b}c", {}), ("x", {"{}}c": "1"})):
            with pytest.raises(UnserializableXML):
                serialize(Element(tag, attributes))

    def test_nothing_bad_is_remembered(self) -> None:
        for _ in range(2):
            with pytest.raises(UnserializableXML):
                serialize(Element("a b"))
        assert module._tags == {}
        assert module._attributes == {}


@given(st.text(min_size=1, max_size=4), st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
@settings(max_examples=300)
def test_what_is_written_is_xml_whatever_it_is_made_of(name: str, namespace: str, key: str, value: str) -> None:
    made = element(f"{{{namespace}}}{name}", {key: value}, value)
    try:
        written = serialize(made)
    except UnserializableXML:
        return
    read = fromstring(written)
    assert read.tag == (made.tag if namespace else name)
    assert read.attrib == made.attrib
    assert (read.text or "") == value


class TestStream:
    def test_header(self) -> None:
        attributes = {"to": "a&b'c", "from": None, "xml:lang": "de"}
        assert stream_header(default_namespace=CLIENT, attributes=attributes) == (
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            " to='a&amp;b&apos;c' xml:lang='de'>"
        )

    def test_header_and_footer_are_a_document(self) -> None:
        read = fromstring(stream_header(default_namespace=CLIENT, attributes={"id": "1"}) + stream_footer())
        assert read.tag == f"{{{STREAM}}}stream"
        assert read.attrib == {"id": "1"}

    def test_what_a_header_cannot_carry(self) -> None:
        with pytest.raises(UnserializableXML, match=r"stream:stream/@to as XML: XML 1.0 forbids the character U\+0000"):
            stream_header(default_namespace=CLIENT, attributes={"to": "\x00"})
        with pytest.raises(UnserializableXML, match="stream:stream/@to as XML: must be str, not int"):
            stream_header(default_namespace=CLIENT, attributes={"to": 1})  # type: ignore[dict-item]
