# SPDX-License-Identifier: MIT
"""XML for human eyes: no secret in a log, no forged log line, and the same XML as before."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError, SubElement, canonicalize, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.xml import pretty as module
from xmppkit.xml.names import CLIENT, SASL, STREAM
from xmppkit.xml.pretty import highlight, mask_secrets, pretty, printable
from xmppkit.xml.serializer import serialize


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What is made once in a process is made by these tests, too."""
    for make in (module._secrets, module._controls, module._tokens):
        make.cache_clear()


class TestPretty:
    def test_a_line_for_each_element(self) -> None:
        assert pretty("<a xmlns='u'><b>text</b><c><d x='1'/></c></a>") == (
            '<a xmlns="u">\n  <b>text</b>\n  <c>\n    <d x="1" />\n  </c>\n</a>'
        )

    def test_the_element_is_left_as_it_is(self) -> None:
        element = fromstring("<a><b/></a>")
        before = serialize(element)
        assert pretty(element) == "<a>\n  <b />\n</a>"
        assert serialize(element) == before

    def test_elements_of_the_stream(self) -> None:
        element = Element(f"{{{STREAM}}}features")
        SubElement(element, f"{{{SASL}}}mechanisms")
        assert pretty(element) == f'<stream:features>\n  <mechanisms xmlns="{SASL}" />\n</stream:features>'

    def test_text_with_content_is_not_indented(self) -> None:
        assert pretty("<a>one<b/>two</a>") == "<a>one<b />two</a>"

    def test_what_is_not_well_formed(self) -> None:
        with pytest.raises(ParseError):
            pretty("<a><b></a>")

    @given(st.recursive(st.just("<b/>"), lambda inner: st.lists(inner).map(lambda all: f"<a>{''.join(all)}</a>")))
    def test_only_blanks_are_added(self, xml: str) -> None:
        assert canonicalize(pretty(xml), strip_text=True) == canonicalize(xml, strip_text=True)


class TestHighlight:
    def test_colours(self) -> None:
        tag, name, value, reset = "\x1b[34m", "\x1b[36m", "\x1b[32m", "\x1b[0m"
        assert highlight("<a x='1'>t=1</a>") == (
            f"{tag}<a{reset} {name}x{reset}={value}'1'{reset}{tag}>{reset}t=1{tag}</a{reset}{tag}>{reset}"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "<?xml version='1.0'?><stream:stream to=\"a\">",
            "<a/>",
            "<a x='>'/>",
            "no xml",
            "",
            "a=b='c'",
            "<a x = '1'/>",
        ],
    )
    def test_nothing_but_colours_is_added(self, text: str) -> None:
        assert re.sub("\x1b\\[[0-9]*m", "", highlight(text)) == text

    @given(st.text("<>/?='\"ab:- \n"))
    def test_nothing_but_colours_is_ever_added(self, text: str) -> None:
        assert re.sub("\x1b\\[[0-9]*m", "", highlight(text)) == text


SECRET = "MARKER"


class TestMaskSecrets:
    @pytest.mark.parametrize(
        ("xml", "masked"),
        [
            ("<auth xmlns='s' mechanism='PLAIN'>MARKER</auth>", "<auth xmlns='s' mechanism='PLAIN'>***</auth>"),
            ("<auth x='>'>MARKER</auth>", "<auth x='>'>***</auth>"),
            ("<auth x='/'>MARKER</auth>", "<auth x='/'>***</auth>"),
            ("<auth\n>MARKER</auth>", "<auth\n>***</auth>"),
            ("<auth>\nMARKER\n</auth>", "<auth>***</auth>"),
            ("<auth>M<![CDATA[MARKER<>]]>M</auth>", "<auth>***</auth>"),
            ("<auth>MARKER", "<auth>***"),
            ("<response>MARKER</response>", "<response>***</response>"),
            ("<challenge>MARKER</challenge>", "<challenge>***</challenge>"),
            ("<success>MARKER</success>", "<success>***</success>"),
            ("<sasl:success>MARKER</sasl:success>", "<sasl:success>***</sasl:success>"),
            ("<a-b.c:success>MARKER</a-b.c:success>", "<a-b.c:success>***</a-b.c:success>"),
            (
                "<authenticate><initial-response>MARKER</initial-response>",
                "<authenticate><initial-response>***</initial-response>",
            ),
            ("<additional-data>MARKER</additional-data>", "<additional-data>***</additional-data>"),
            (
                "<hash xmlns='urn:xmpp:scram-upgrade:0'>MARKER</hash>",
                "<hash xmlns='urn:xmpp:scram-upgrade:0'>***</hash>",
            ),
            ("<handshake>MARKER</handshake>", "<handshake>***</handshake>"),
            ("<query><password>MARKER</password></query>", "<query><password>***</password></query>"),
            ("<digest>MARKER</digest>", "<digest>***</digest>"),
            ("<token xmlns='urn:xmpp:fast:0' token='MARKER'/>", "<token xmlns='urn:xmpp:fast:0' token=\"***\"/>"),
            ('<x password="MARKER"/>', '<x password="***"/>'),
            (
                "<field type='text-private' var='x'><value>MARKER</value></field>",
                "<field type='text-private' var='x'><value>***</value></field>",
            ),
            (
                '<field var="password">\n<value>MARKER</value></field>',
                '<field var="password">\n<value>***</value></field>',
            ),
            (
                '<field var="muc_password"><value>MARKER</value></field>',
                '<field var="muc_password"><value>***</value></field>',
            ),
        ],
    )
    def test_what_is_secret(self, xml: str, masked: str) -> None:
        assert mask_secrets(xml) == masked
        assert mask_secrets(f"<a>{xml}<b/>") == f"<a>{masked}<b/>"
        assert mask_secrets(masked) == masked

    @pytest.mark.parametrize(
        "xml",
        [
            "<message><body>a password is secret</body></message>",
            "<auth/>text",
            "<auth x='1'/>text",
            "<success xmlns='s'/><iq/>",
            "<authority>text</authority>",
            "<field var='name'><value>text</value></field>",
            "<field type='text-single' var='x'/><value>text</value>",
            "<failure><not-authorized/></failure>",
            "no xml",
        ],
    )
    def test_what_is_none(self, xml: str) -> None:
        assert mask_secrets(xml) == xml

    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.sampled_from(["auth", "response", "token"]))
    def test_no_password_survives(self, secret: str, name: str) -> None:
        element = Element(f"{{{CLIENT}}}{name}", {"mechanism": "PLAIN>'\""})
        element.text = f"{SECRET}{secret}{SECRET}"
        assert SECRET not in mask_secrets(serialize(element, default_namespace=CLIENT))


class TestPrintable:
    def test_one_line(self) -> None:
        # D11: a peer writes what looks like a line of the log
        assert printable("hi\nCRITICAL forged\r\x1b[31m") == "hi\\nCRITICAL forged\\r\\x1b[31m"
        assert (
            printable("\u202ereversed\u2028next\x85\x7f\x00\ud800")
            == "\\u202ereversed\\u2028next\\x85\\x7f\\x00\\ud800"
        )

    def test_what_is_harmless_stays(self) -> None:
        assert printable("\tgrüße 日本 😀") == "\tgrüße 日本 😀"

    @given(st.text(st.characters()))
    def test_any_text_is_one_line_that_can_be_written(self, text: str) -> None:
        shown = printable(text)
        assert len(shown.splitlines()) <= 1
        assert "\x1b" not in shown
        shown.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "<" * 300_000,
        "<auth " * 100_000,
        "<auth x='" * 100_000,
        "<a:" * 300_000,
        "<field " * 100_000,
        "a=" * 300_000,
    ],
)
def test_a_million_characters_take_no_time(text: str) -> None:
    # C17: quadratic work would take hours here, so there is no need to look at a clock.
    mask_secrets(text)
    highlight(text)
    printable(text)
