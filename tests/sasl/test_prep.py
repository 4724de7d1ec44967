# SPDX-License-Identifier: MIT
"""SASLprep by the examples of RFC 4013 §3, and one character of each table that it prohibits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.prep import saslprep


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        # RFC 4013 §3
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        # further
        ("", ""),
        ("\u00ad", ""),
        ("a b", "a b"),
        ("a\u00a0b", "a b"),
        ("a\u3000b", "a b"),
        ("e\u0301", "\u00e9"),
        ("\ufb01", "fi"),
        ("ß", "ß"),
        ("\u0627\u0628", "\u0627\u0628"),
        ("\u0627\u0661\u0628", "\u0627\u0661\u0628"),
        ("♥", "♥"),
    ],
)
def test_what_is_allowed(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


@pytest.mark.parametrize(
    "text",
    [
        "\u0007",  # RFC 4013 §3; C.2.1
        "a\x00b",
        "\x7f",
        "\u0080",  # C.2.2
        "\u06dd",
        "\ue000",  # C.3
        "\ufdd0",  # C.4
        chr(0xD800),  # C.5
        "\ufffd",  # C.6
        "\u2ff0",  # C.7
        "\u202e",  # C.8
        "\u200e",
        "\U000e0001",  # C.9
        "\u0221",  # unassigned in Unicode 3.2
    ],
)
def test_what_is_prohibited(text: str) -> None:
    with pytest.raises(SASLFailed, match=r"U\+[0-9A-F]{4,6} in a user name or password"):
        saslprep(text)


@pytest.mark.parametrize(
    "text",
    [
        "\u06271",  # RFC 4013 §3
        "1\u0627",
        "\u0627a\u0628",
        "a\u0627",
    ],
)
def test_writing_directions(text: str) -> None:
    with pytest.raises(SASLFailed, match="mix of writing directions"):
        saslprep(text)


@given(st.text())
def test_prepared_text_stays_as_it_is(text: str) -> None:
    try:
        prepared = saslprep(text)
    except SASLFailed:
        return
    assert saslprep(prepared) == prepared


def test_the_error_does_not_show_the_password() -> None:
    with pytest.raises(SASLFailed) as caught:
        saslprep("MARKER\x07")
    assert "MARKER" not in str(caught.value) + repr(caught.value)
