# SPDX-License-Identifier: MIT
"""Values as bytes, and texts that may be keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidValue, StorageCorrupted
from xmppkit.jid.address import JID
from xmppkit.storage.records import MAX_KEY, Scope, check_text, decode, encode

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(JSON | st.binary())
def test_values_come_back(value: Any) -> None:
    assert decode(encode(value), "it") == value


def test_bytes_of_any_kind() -> None:
    assert decode(encode(bytearray(b"ab")), "it") == b"ab"  # type: ignore[arg-type]
    assert decode(encode(memoryview(b"ab")), "it") == b"ab"  # type: ignore[arg-type]


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: 2}, {"a": b"bytes"}, object(), float("nan"), float("inf"), {1, 2}, "\ud800", deep()],
    ids=lambda value: type(value).__name__,
)
def test_values_that_are_none(value: Any) -> None:
    with pytest.raises(InvalidValue, match="value: "):
        encode(value)


@pytest.mark.parametrize("data", [b"", b"x", b"j", b"j{", b"j\xff"])
def test_what_nobody_has_written(data: bytes) -> None:
    with pytest.raises(StorageCorrupted, match="the entry cannot be read"):
        decode(data, "the entry")


def test_scopes_are_made_of_addresses() -> None:
    assert Scope(JID("A@b.C")) == Scope("a@b.c")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a\0", "\ud800", "x" * (MAX_KEY + 1)])
def test_texts_that_are_no_keys(text: str) -> None:
    with pytest.raises(InvalidValue, match="key: "):
        check_text(text, "key")
    with pytest.raises(InvalidValue, match=r"Scope\.node: "):
        Scope(node=text)
