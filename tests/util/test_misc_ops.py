# SPDX-License-Identifier: MIT
"""Conversions and hash functions."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.util import misc_ops
from xmppkit.util.misc_ops import XOR, bytes_to_num, hashes, num_to_bytes, quote, unicode


def test_text_and_bytes() -> None:
    assert misc_ops.bytes("é") == b"\xc3\xa9"
    assert misc_ops.bytes(b"\xff") == b"\xff"
    assert misc_ops.bytes(None) == b""
    assert unicode(b"\xc3\xa9") == unicode("é") == "é"
    with pytest.raises(UnicodeDecodeError):
        unicode(b"\xff")


@pytest.mark.parametrize(
    ("text", "quoted"), [("", b'""'), (b"x", b'"x"'), ('a"b\\c', b'"a\\"b\\\\c"'), ("é", b'"\xc3\xa9"')]
)
def test_quoting(text: str | bytes, quoted: bytes) -> None:
    assert quote(text) == quoted


@given(st.integers(0, 2**32 - 1))
def test_numbers_survive(number: int) -> None:
    written = num_to_bytes(number)
    assert len(written) == 4
    assert bytes_to_num(written) == number


def test_numbers_in_network_order() -> None:
    assert num_to_bytes(258) == b"\0\0\1\2"
    for number in (2**32, -1):
        with pytest.raises(OverflowError):
            num_to_bytes(number)


@given(st.binary(max_size=40), st.binary(min_size=40, max_size=40))
def test_exclusive_or_twice_is_nothing(one: bytes, longer: bytes) -> None:
    other = longer[: len(one)]
    assert XOR(XOR(one, other), other) == one


def test_exclusive_or() -> None:
    assert XOR(b"abc", b"ABC") == b"   "
    with pytest.raises(ValueError, match="shorter"):
        XOR(b"abc", b"A")


@pytest.mark.parametrize("name", ["SHA-1", "sha-1", "sha1", "SHA1"])
def test_hash_functions_by_any_of_their_names(name: str) -> None:
    function = misc_ops.hash(name)
    assert function is not None
    assert function(b"x").digest() == hashlib.sha1(b"x").digest()


def test_every_name_is_known_and_others_are_not() -> None:
    for name in hashes():
        function = misc_ops.hash(name)
        assert function is not None
        assert len(function(b"").digest()) >= 16
    sha3 = misc_ops.hash("SHA3-256")
    assert sha3 is not None
    assert sha3(b"").name == "sha3_256"
    for name in ("", "nothing", "new", "__doc__", "pbkdf2_hmac"):
        assert misc_ops.hash(name) is None
