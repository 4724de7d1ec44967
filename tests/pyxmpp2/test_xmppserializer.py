# SPDX-License-Identifier: MIT
"""xmppkit.pyxmpp2.xmppserializer and xmppstringprep."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest

from xmppkit.pyxmpp2.exceptions import StringprepError
from xmppkit.pyxmpp2.xmppserializer import XMPPSerializer, remove_evil_characters, serialize
from xmppkit.pyxmpp2.xmppstringprep import NODEPREP, RESOURCEPREP, Profile, nfkc, set_stringprep_cache_size


def test_a_stream() -> None:
    one = XMPPSerializer("jabber:server", {"urn:example:x": "x"})
    with pytest.raises(RuntimeError, match="not written"):
        one.emit_stanza(Element("{jabber:client}iq"))
    head = one.emit_head("from.example", "to.example", "id", language="en")
    assert "xmlns='jabber:server'" in head
    assert "xmlns:x='urn:example:x'" in head
    assert "from='from.example'" in head
    message = Element("{jabber:client}message", {"to": "a\x01b"})
    SubElement(message, "{jabber:client}body").text = "one\x02two"
    SubElement(message, "{urn:example:x}y").tail = "\x03"
    text = one.emit_stanza(message)
    assert text.startswith('<message to="a\ufffdb"><body>one\ufffdtwo</body><x:y />\ufffd')
    document = fromstring(f"{head}{text}{one.emit_tail()}")
    assert document[0].tag == "{jabber:server}message"
    assert document[0][1].tag == "{urn:example:x}y"
    with pytest.raises(RuntimeError, match="too late"):
        one.add_prefix("urn:example:z", "z")
    with pytest.raises(ValueError, match="no namespace"):
        one.emit_stanza(Element("nothing"))


@pytest.mark.parametrize(("namespace", "prefix"), [("urn:x", "stream"), ("jabber:client", "c"), ("urn:x", "xml")])
def test_prefixes_that_are_taken(namespace, prefix) -> None:
    with pytest.raises(ValueError, match="meaning"):
        XMPPSerializer("jabber:client").add_prefix(namespace, prefix)


def test_small_ones() -> None:
    assert serialize(Element("{jabber:client}iq", {"id": "1"})) == '<iq id="1" />'
    assert remove_evil_characters("a\x00\ud800b\n") == "a\ufffd\ufffdb\n"


@pytest.mark.parametrize(
    ("profile", "text", "prepared"),
    [
        (NODEPREP, "Alice\u00ad", "alice"),
        (NODEPREP, "stra\u00dfe", "strasse"),
        (RESOURCEPREP, "Desk 1", "Desk 1"),
        (RESOURCEPREP, "\u2163", "IV"),
    ],
)
def test_prepared(profile, text, prepared) -> None:
    assert profile.prepare(text) == prepared
    assert profile.prepare_query(text) == prepared


@pytest.mark.parametrize(
    ("profile", "text"),
    [(NODEPREP, "a b"), (NODEPREP, "a@b"), (RESOURCEPREP, "a\x07"), (RESOURCEPREP, "\u0627a"), (NODEPREP, "\u0221")],
)
def test_refused(profile, text) -> None:
    with pytest.raises(StringprepError):
        profile.prepare(text)


def test_a_profile_of_ones_own() -> None:
    loose = Profile((), (), None, (), bidi=False)
    assert loose.prepare("\u0627a") == "\u0627a"
    assert NODEPREP.prepare_query("\u0221") == "\u0221"
    assert nfkc(["a", "\ufb01"]) == "afi"
    set_stringprep_cache_size(10)
