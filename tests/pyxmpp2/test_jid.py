# SPDX-License-Identifier: MIT
"""Addresses with PyXMPP2's surface."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.jid.address import JID as Address
from xmppkit.pyxmpp2.exceptions import JIDError
from xmppkit.pyxmpp2.jid import JID, are_domains_equal


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("b", (None, "b", None)),
        ("a@b", ("a", "b", None)),
        ("a@b/c", ("a", "b", "c")),
        ("a@b/c@d/e", ("a", "b", "c@d/e")),
        ("b/c", (None, "b", "c")),
        ("@b", (None, "b", None)),
        ("a@b/", ("a", "b", None)),
        ("A@EXAMPLE.Com/C", ("a", "example.com", "C")),
        ("a@xn--bcher-kva.example.", ("a", "bücher.example", None)),
        ("127.0.0.1", (None, "127.0.0.1", None)),
        ("[0:0::1]", (None, "[::1]", None)),
    ],
)
def test_text_is_parsed(text: str, parts: tuple[Any, ...]) -> None:
    jid = JID(text)
    assert (jid.local, jid.domain, jid.resource) == parts
    assert JID(*parts) is jid
    assert JID(str(jid)) is jid


@pytest.mark.parametrize("text", [None, "", "a@", "/c", "a b@c", "a@b c", "a@" + "b" * 1024, "a@[zz]", "a@b/\x00"])
def test_what_is_no_address(text: str | None) -> None:
    with pytest.raises(JIDError) as raised:
        JID(text)
    assert isinstance(raised.value, ValueError)


def test_parts_need_a_domain() -> None:
    for make in (lambda: JID("a", ""), lambda: JID("a", None, "c"), lambda: JID("a", "", check=False)):
        with pytest.raises(JIDError, match="domain"):
            make()


def test_there_is_one_object_for_an_address() -> None:
    jid = JID("a@b/c")
    assert JID("A@b/c") is jid
    assert JID(jid) is jid
    assert JID(Address("a@b/c")) is jid


def test_it_is_forgotten_with_its_last_user() -> None:
    from xmppkit.pyxmpp2 import jid as module

    JID("short@lived")
    gc.collect()
    assert "short@lived" not in module._interned


def test_bare() -> None:
    assert JID("a@b/c").bare() is JID("a@b")
    assert JID("a@b").bare() is JID("a@b")
    assert JID("a", "b", "c", check=False).bare() == JID("a@b")


def test_without_a_check_parts_stay_as_they_are() -> None:
    jid = JID("A B", "not a domain", "c", check=False)
    assert str(jid) == "A B@not a domain/c"
    with pytest.raises(JIDError):
        JID("A B@not a domain/c")
    with pytest.raises(JIDError):
        jid.address  # noqa: B018
    assert jid == JID("A B", "NOT A DOMAIN", "c", check=False)


def test_text_and_bytes() -> None:
    jid = JID("ü@example.org")
    assert jid.as_unicode() == str(jid) == "ü@example.org"
    assert jid.as_utf8() == b"\xc3\xbc@example.org"
    with pytest.warns(DeprecationWarning, match="as_utf8"):
        assert jid.as_string() == jid.as_utf8()
    assert repr(jid) == "JID('ü@example.org')"
    assert jid.address == Address("ü@example.org")


def test_it_does_not_change() -> None:
    jid: Any = JID("a@b")
    with pytest.raises(RuntimeError):
        jid.local = "c"
    with pytest.raises(RuntimeError):
        del jid.domain


@pytest.mark.parametrize("other", ["a@b/c", "A@B/c", JID("a@b/c"), Address("a@b/c")])
def test_equal(other: object) -> None:
    assert JID("a@b/c") == other
    assert hash(JID("a@b/c")) == hash(JID(str(other)))


@pytest.mark.parametrize("other", ["a@b", "a@b/d", "a b", None, 5, Address("a@b")])
def test_not_equal(other: object) -> None:
    assert JID("a@b/c") != other


def test_order_is_that_of_the_text() -> None:
    one, other = JID("a@b"), JID("b@a")
    assert one < other
    assert other > one
    assert one <= "a@b" < other
    assert other >= Address("b@a")
    assert one > None
    assert not one < None
    for operation in ("__lt__", "__gt__"):
        assert getattr(one, operation)(5) is NotImplemented


def test_copies_are_the_same() -> None:
    jid = JID("a@b/c")
    assert copy.copy(jid) is copy.deepcopy(jid) is pickle.loads(pickle.dumps(jid)) is jid
    unchecked = JID("A B", "c", check=False)
    assert pickle.loads(pickle.dumps(unchecked)) == unchecked


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [("a", "A", True), ("bücher.example", "xn--bcher-kva.example", True), ("a.", "a", True), ("a", "b", False)],
)
def test_domains(one: str, other: str, equal: bool) -> None:
    assert are_domains_equal(one, other) is equal


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_jid_error(text: str) -> None:
    try:
        jid = JID(text)
    except JIDError:
        return
    assert JID(str(jid)) is jid
