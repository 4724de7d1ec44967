# SPDX-License-Identifier: MIT
"""What is kept of a stanza that is passed over, and where that ends."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from xmppkit.xml.names import XML_LANG
from xmppkit.xml.passing import BROKEN, GOES_ON, Refused, Skimmer, read_begin

CLIENT = "jabber:client"


def test_of_a_stanza_its_addresses_are_kept() -> None:
    kept = {"type": "get", "id": "1", "to": "a@b", "from": "c@d", XML_LANG: "de"}
    stanza = Element("{jabber:client}iq", kept | {"more": "x", "from ": "y"})
    assert Refused.of(stanza, "too much") == Refused("{jabber:client}iq", kept, "too much")


def test_and_not_if_they_are_none() -> None:
    stanza = Element("{jabber:client}iq", {"id": "1" * 4096, "from": "a" * 4097})
    assert Refused.of(stanza, "").attributes == {"id": "1" * 4096}


@pytest.mark.parametrize(
    ("tag", "name", "attributes"),
    [
        ("<message>", "{jabber:client}message", {}),
        ("<iq/>", "{jabber:client}iq", {}),
        ("<iq\tid='1'\n from=\"a@b\" xml:lang='de' x='<'/>", None, {}),
        (
            "<iq\tid='1'\n from=\"a@b\" xml:lang='de' x='y'/>",
            "{jabber:client}iq",
            {"id": "1", "from": "a@b", "L": "de"},
        ),
        ("<iq id='&lt;&#228;' to='>'>", "{jabber:client}iq", {"id": "<ä", "to": ">"}),
        ("<iq id='' from='x' >", "{jabber:client}iq", {"id": "", "from": "x"}),
        (f"<iq from='{'x' * 4097}' id='1'>", "{jabber:client}iq", {"id": "1"}),
        ("<iq xmlns='urn:x' xmlns:a='urn:a' a:id='2'>", "{urn:x}iq", {}),
        ("<iq xmlns='' id='1'>", "iq", {"id": "1"}),
        ("<iq id='1' id='2'>", None, {}),
        ("<iq id='&nothing;'>", None, {}),
        ("<c:iq id='1'>", None, {}),
        ("<" + "n" * 17 + ">", None, {}),
        ("<iq id='1'", None, {}),
        ("</iq>", None, {}),
        ("text", None, {}),
    ],
)
def test_a_tag_that_nobody_has_read(tag: str, name: str | None, attributes: dict[str, str]) -> None:
    found = read_begin(f"{tag}<body from='z'>".encode() if tag.endswith(">") else tag.encode(), CLIENT)
    if name is None:
        assert found is None
    else:
        assert found is not None
        assert found.tag == name
        assert found.attrib == {XML_LANG if key == "L" else key: value for key, value in attributes.items()}


def test_a_stream_without_a_default_namespace() -> None:
    found = read_begin(b"<iq>", None)
    assert found is not None
    assert found.tag == "iq"


@pytest.mark.parametrize(
    ("depth", "data", "end"),
    [
        (0, "<a/>", 4),
        (0, "<a></a>", 7),
        (0, "<a b='/'></a>", 13),
        (0, "<a b='>' c=\"'\"/>", 16),
        (0, "<a><b/><c>x &lt; y > z</c ></a\n>", 32),
        (2, "x</b></a>", 9),
        (1, "<a/></a>", 8),
        (1, "", GOES_ON),
        (1, "text > text", GOES_ON),
        (1, "<a></a><b/>", GOES_ON),
        (1, "<!-- -->", BROKEN),
        (1, "<?x?>", BROKEN),
        (1, "<![CDATA[</a>]]>", BROKEN),
        (1, "<a b='<'/>", BROKEN),
        (1, "<a b='/>", BROKEN),
        (1, "< a/>", GOES_ON),
        (1, "<>", BROKEN),
        (1, "<//a>", BROKEN),
    ],
)
def test_the_end(depth: int, data: str, end: int) -> None:
    refused = Refused("a", {}, "")
    skimmer = Skimmer(refused, depth)
    assert skimmer.refused is refused
    assert skimmer.end_in(data.encode() + (b"<z>" if end > 0 else b"")) == end


def test_it_may_come_in_any_pieces_of_whole_tags() -> None:
    skimmer = Skimmer(Refused("a", {}, ""), 0)
    assert [skimmer.end_in(piece) for piece in (b"<a>", b"x", b"<b x='1'>", b"</b>")] == [GOES_ON] * 4
    assert skimmer.end_in(b"</a> <c/>") == 4
