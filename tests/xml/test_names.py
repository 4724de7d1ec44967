# SPDX-License-Identifier: MIT
"""Namespaces and Clark notation."""

from __future__ import annotations

from xml.etree.ElementTree import QName, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.xml import names
from xmppkit.xml.names import clark, split


@pytest.mark.parametrize(
    ("tag", "namespace", "local"),
    [
        ("{jabber:client}message", "jabber:client", "message"),
        ("message", "", "message"),
        ("{http://example.org/{x}}a", "http://example.org/{x}", "a"),
        ("", "", ""),
    ],
)
def test_there_and_back(tag: str, namespace: str, local: str) -> None:
    assert split(tag) == (namespace, local)
    assert clark(namespace, local) == tag


@given(st.text(), st.text().filter(lambda local: "{" not in local and "}" not in local))
def test_any_name(namespace: str, local: str) -> None:
    assert split(clark(namespace, local)) == (namespace, local)


def test_it_is_the_notation_of_elementtree() -> None:
    assert clark("a", "b") == QName("a", "b").text
    assert fromstring("<x xmlns='jabber:client' xml:lang='de'/>").get(names.XML_LANG) == "de"
    assert fromstring(f"<s:stream xmlns:s='{names.STREAM}'/>").tag == names.STREAM_ROOT


def test_namespaces_are_all_different() -> None:
    found = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)]
    assert len(found) > 20
    assert len(set(found)) == len(found)


def test_the_namespaces_of_stanzas() -> None:
    # RFC 6120 §4.8.3, XEP-0114 §3
    assert {"jabber:client", "jabber:server", "jabber:component:accept"} == names.STANZA_NAMESPACES
