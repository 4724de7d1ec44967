# SPDX-License-Identifier: MIT
"""Expat's errors, as stream errors."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError, fromstring

import pytest

from xmppkit.xml.faults import explain


@pytest.mark.parametrize(
    ("data", "condition", "text"),
    [
        (b"<a></b>", "not-well-formed", "mismatched tag"),
        (b"<a>\0</a>", "not-well-formed", "not well-formed (invalid token)"),
        (b"<a x='' x=''/>", "not-well-formed", "duplicate attribute"),
        (b"<a>&e;</a>", "restricted-xml", "undefined entity"),
        (b"<a><!DOCTYPE a></a>", "restricted-xml", "not well-formed (invalid token)"),
        (b"<a><!ENTITY e 'x'></a>", "restricted-xml", "not well-formed (invalid token)"),
        (b"<a><?xml version='1.0'?></a>", "restricted-xml", "XML or text declaration not at start of entity"),
        (b"<p:a/>", "bad-namespace-prefix", "unbound prefix"),
        (b"<a xmlns:p=''/>", "bad-namespace-prefix", "must not undeclare prefix"),
        (b"<a xmlns:xml='u'/>", "bad-namespace-prefix", "reserved prefix (xml) must not be undeclared or bound to "),
        (b"<a xmlns:xmlns='u'/>", "bad-namespace-prefix", "reserved prefix (xmlns) must not be declared or undecl"),
        (b"<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", "bad-namespace-prefix", "prefix must not be bound to one"),
        # CDATA is no declaration
        (b"<a><![CDATA[x]]>\0</a>", "not-well-formed", "not well-formed (invalid token)"),
    ],
)
def test_each(data: bytes, condition: str, text: str) -> None:
    with pytest.raises(ParseError) as caught:
        fromstring(data)
    found = explain(caught.value, data)
    assert found[0] == condition
    assert found[1].startswith(text)
    assert ": line" not in found[1]
