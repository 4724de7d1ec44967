# SPDX-License-Identifier: MIT
"""Profiles of stringprep (RFC 3454)."""

from __future__ import annotations

import stringprep

import pytest

from xmppkit.util.stringprep_profiles import (
    StringPrepError,
    b1_mapping,
    c12_mapping,
    create,
    normalize,
    prohibit_output,
)

saslprep = create(
    mappings=[b1_mapping, c12_mapping],
    prohibited=[stringprep.in_table_c12, stringprep.in_table_c21_c22],
    unassigned=[stringprep.in_table_a1],
)


@pytest.mark.parametrize(
    ("given", "prepared"),
    [  # RFC 4013 §3
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        (b"\xc2\xaa", "a"),
        ("\u0627\u0031\u0628", "\u0627\u0031\u0628"),
        ("", ""),
    ],
)
def test_what_becomes_of_it(given: str | bytes, prepared: str) -> None:
    assert saslprep(given) == prepared


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("\u0007", "U\\+0007"),
        ("\u0627\u0031", "begin and end"),
        ("\u0031\u0627", "begin and end"),
        ("a\u0627", "mixed"),
        ("\u200e", r"U\+200E, which changes the direction"),
        ("\u0221", r"U\+0221"),
    ],
)
def test_what_is_refused(given: str, reason: str) -> None:
    with pytest.raises(StringPrepError, match=reason):
        saslprep(given)


def test_queries_may_have_characters_that_are_not_known() -> None:
    assert saslprep("\u0221", query=True) == "\u0221"


def test_a_profile_without_anything() -> None:
    nothing = create(nfkc=False, bidi=False)
    for text in ("\u2168", "a\u0627", "\u0007", "\u00ad"):
        assert nothing(text) == text


def test_the_parts() -> None:
    assert (b1_mapping("\u00ad"), b1_mapping("a")) == ("", None)
    assert (c12_mapping("\u00a0"), c12_mapping("a")) == (" ", None)
    assert normalize("\u2168") == "IX"
    prohibit_output("anything")
    first = create(mappings=[lambda _: "x", b1_mapping])
    assert first("\u00ad") == "x", "the first mapping counts"
