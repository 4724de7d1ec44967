# SPDX-License-Identifier: MIT
"""Preparation of the parts of addresses: PRECIS, IDNA, IP addresses, lengths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.prep import MAX_BYTES, prepare_domain, prepare_local, prepare_resource


@pytest.mark.parametrize(
    ("value", "prepared"),
    [
        ("Juliet", "juliet"),
        ("fußball", "fußball"),
        ("π", "π"),
        ("Σ", "σ"),
        ("ς", "ς"),
        ("ｆｏｏ", "foo"),
        ("e\u0301", "é"),
        (r"foo\20bar", r"foo\20bar"),
        ("!#$%()*+,-.;=?[]^_`{|}~", "!#$%()*+,-.;=?[]^_`{|}~"),
        ("x" * MAX_BYTES, "x" * MAX_BYTES),
    ],
)
def test_local_parts(value: str, prepared: str) -> None:
    assert prepare_local(value) == prepared


@pytest.mark.parametrize("character", "\"&'/:<>@")
@pytest.mark.parametrize("wide", [False, True])
def test_characters_that_no_local_part_has(character: str, wide: bool) -> None:
    given_ = chr(ord(character) + 0xFEE0) if wide else character  # the full-width form is mapped to it
    with pytest.raises(InvalidJID, match="not allowed there") as caught:
        prepare_local(f"a{given_}b")
    assert caught.value.part == "local"


@pytest.mark.parametrize("value", ["", "foo bar", "henryⅣ", "♚", "\t", "a\u00ad", "\ud800", "\x00", "a\u05d0"])
def test_what_precis_refuses_in_local_parts(value: str) -> None:
    with pytest.raises(InvalidJID, match="RFC 8265") as caught:
        prepare_local(value)
    assert (caught.value.part, caught.value.value) == ("local", value)


@pytest.mark.parametrize(
    ("value", "prepared"),
    [
        ("Balcony", "Balcony"),
        ("foo bar", "foo bar"),
        (" foo", " foo"),
        ("♚", "♚"),
        ("a\u2003b", "a b"),
        ("e\u0301", "é"),
        ("x" * MAX_BYTES, "x" * MAX_BYTES),
    ],
)
def test_resources(value: str, prepared: str) -> None:
    assert prepare_resource(value) == prepared


@pytest.mark.parametrize("value", ["", "\x7f", "a\nb", "\ud800", "\u200b"])
def test_what_is_no_resource(value: str) -> None:
    with pytest.raises(InvalidJID) as caught:
        prepare_resource(value)
    assert caught.value.part == "resource"


@pytest.mark.parametrize(
    ("value", "prepared"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("example.com。", "example.com"),
        ("conference_1.example", "conference_1.example"),
        ("ab--cd.example", "ab--cd.example"),
        ("x" * 63, "x" * 63),
        ("faß.example", "faß.example"),
        ("XN--FA-HIA.example", "faß.example"),
        ("BÜCHER.example", "bücher.example"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("１.２.３.４", "1.2.3.4"),
        ("192.168.0.1", "192.168.0.1"),
        ("[2001:DB8:0::1]", "[2001:db8::1]"),
        ("[::FFFF:192.0.2.1]", "[::ffff:192.0.2.1]"),
        ("[::ffff:c000:201]", "[::ffff:192.0.2.1]"),
        ("[::ffff:c000:201%25eth0]", "[::ffff:192.0.2.1%25eth0]"),
        ("[fe80::1%25eth0]", "[fe80::1%25eth0]"),
    ],
)
def test_domains(value: str, prepared: str) -> None:
    assert prepare_domain(value) == prepared
    assert prepare_domain(prepared) == prepared


@pytest.mark.parametrize(
    "value",
    [
        "", ".", "..", "a..b", ".a", "-a", "a-", "a_-", "x" * 64, "ü" * 64, "a b", "a:5222", "a@b", "a／b", "a/b",
        "Xn--bch", "xn--", "xn--a", "xn--abc-", "xn--zn7c.example", "☃.example", "♚", "a\x00", "\ud800", "a\n",
        "[", "]", "[]", "[::1", "::1]", "[::1].example", "[1.2.3.4]", "[::1%]", "[::1%25]", "[::1%eth0]",
        "[::1%25a/b]", "[::1%25a@b]", "[::1]\n", "[::1%25a]]",
    ],
)  # fmt: skip
def test_what_is_no_domain(value: str) -> None:
    with pytest.raises(InvalidJID) as caught:
        prepare_domain(value)
    assert (caught.value.part, caught.value.value) == ("domain", value)


@pytest.mark.parametrize(
    ("prepare", "value"),
    [
        (prepare_local, "x" * (MAX_BYTES + 1)),
        (prepare_local, "π" * 512),
        (prepare_resource, "x" * (MAX_BYTES + 1)),
        (prepare_resource, "♚" * 342),
        (prepare_domain, ".".join(["x" * 63] * 16) + ".y"),
        (prepare_domain, ".".join(["ü" * 20] * 25)),
    ],
)
def test_a_part_has_1023_bytes_at_most(prepare: Callable[[str], str], value: str) -> None:
    with pytest.raises(InvalidJID, match="longer than 1023 bytes"):
        prepare(value)


@pytest.mark.parametrize("prepare", [prepare_local, prepare_resource, prepare_domain])
@pytest.mark.parametrize("text", ["x", "é", "e\u0301", "."])
def test_a_long_part_is_refused_before_any_work(prepare: Callable[[str], str], text: str) -> None:
    # Preparation takes a microsecond for each character: this would take a minute.
    with pytest.raises(InvalidJID, match="longer than 1023 bytes"):
        prepare(text * 10_000_000)


@pytest.mark.parametrize("prepare", [prepare_local, prepare_resource, prepare_domain])
@given(value=st.text(min_size=1, max_size=20))
def test_a_prepared_part_stays_as_it_is(prepare: Callable[[str], str], value: str) -> None:
    try:
        prepared = prepare(value)
    except InvalidJID:
        return
    assert prepare(prepared) == prepared
