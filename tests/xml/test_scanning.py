# SPDX-License-Identifier: MIT
"""Where tags end and which long ones are refused, by bytes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.xml.limits import Limits
from xmppkit.xml.scanning import IN_TAG, LONG_TAG, TEXT, behind_last_tag, check_tags, has_long_tag, scan_tag

LIMITS = Limits()


@pytest.mark.parametrize(
    ("data", "state", "expected"),
    [
        (b"a>", IN_TAG, (TEXT, 2)),
        (b"a/>x>", IN_TAG, (TEXT, 3)),
        (b"a x='>'>y", IN_TAG, (TEXT, 8)),
        (b"a x='\">' y=\"'>\">", IN_TAG, (TEXT, 16)),
        (b"a x", IN_TAG, (IN_TAG, 3)),
        (b"", IN_TAG, (IN_TAG, 0)),
        (b"a x='>", IN_TAG, (b"'", 6)),
        (b'a x=">', IN_TAG, (b'"', 6)),
        (b">", b"'", (b"'", 1)),
        (b'>">', b"'", (b"'", 3)),
        (b">'>", b"'", (TEXT, 3)),
        (b">' y='", b"'", (b"'", 6)),
        (b'" y=', b'"', (IN_TAG, 4)),
    ],
)
def test_where_a_tag_ends(data: bytes, state: bytes, expected: tuple[bytes, int]) -> None:
    assert scan_tag(data, 0, state) == expected
    assert scan_tag(b"'\">" + data, 3, state) == (expected[0], expected[1] + 3)


@given(st.text("'\"> a", max_size=20).map(str.encode), st.integers(0, 20))
def test_a_scan_in_two_steps_is_a_scan(data: bytes, cut: int) -> None:
    one, other = data[:cut], data[cut:]
    state, end = scan_tag(one, 0, IN_TAG)
    if state != TEXT:
        state, end = scan_tag(other, 0, state)
        end += len(one)
    assert (state, end) == scan_tag(data, 0, IN_TAG)


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b"<a/>", b""),
        (b"<a/> \n", b" \n"),
        (b"<a></a>text", b"text"),
        (b"<a x='>'/>text>", b"text>"),
        (b"<a/>]]>", b"]]>"),
        (b"<a/><b x='>", None),
    ],
)
def test_what_follows_the_last_tag(data: bytes, rest: bytes | None) -> None:
    assert behind_last_tag(data) == rest


def tag(content: bytes, *, long: bool = True) -> bytes:
    """A tag that is long enough to be looked at, by an attribute that is within all limits."""
    return b"<a " + content + (b" pad='" + b"x" * LONG_TAG + b"'" if long else b"") + b">"


NAMESPACE = "a namespace of more than 1024 bytes"
ATTRIBUTES = "more than 64 attributes of an element"
DECLARATIONS = "more than 32 namespace declarations of an element"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tag(b"xmlns='%s'" % (b"u" * 1024)), ""),
        (tag(b"xmlns='%s'" % (b"u" * 1025)), NAMESPACE),
        (tag(b'xmlns="%s"' % (b"u" * 1025)), NAMESPACE),
        (tag(b"xmlns:p\n=\t'%s'" % (b"u" * 1025)), NAMESPACE),
        (tag("xmlns:ü='%s'".encode() % (b"u" * 1025)), NAMESPACE),
        (tag(b"x='1' xmlns:p='%s'" % (b"u" * 1025)), NAMESPACE),
        (tag(b"x=' xmlns=\"%s\"'" % (b"u" * 1025)), ""),
        (tag(b"xmlnsx='%s'" % (b"u" * 1025)), ""),
        (tag(b" ".join(b"a%d='='" % number for number in range(63))), ""),
        (tag(b" ".join(b"a%d='='" % number for number in range(64))), ATTRIBUTES),
        (tag(b" ".join(b"xmlns:a%d=''" % number for number in range(32))), ""),
        (tag(b" ".join(b"xmlns:a%d=''" % number for number in range(33))), DECLARATIONS),
        # a short tag is left to others
        (tag(b" ".join(b"a%d=''" % number for number in range(99)), long=False), ""),
        # text is no tag, whatever it says
        (b"<a>" + tag(b"xmlns='%s'" % (b"u" * 1025))[1:], ""),
        (tag(b"xmlns='%s'" % (b"u" * 1025))[1:], ""),
    ],
)
@pytest.mark.parametrize("before", [b"", b"<b/>" * 500, b"x" * 5000, b"<b/>" + b"x" * 700])
@pytest.mark.parametrize("after", [b"", b"<b/>" * 500, b"x" * 5000])
def test_long_tags(data: bytes, said: str, before: bytes, after: bytes) -> None:
    found, start = check_tags(before + data + after, LIMITS)
    assert found == said
    assert start == len(before) if said else start == len(before + data + after)


def test_one_among_many() -> None:
    good, bad = tag(b"y=''") * 3, tag(b"xmlns='%s'" % (b"u" * 1025))
    assert check_tags(good + bad + good, LIMITS) == (NAMESPACE, len(good))
    assert check_tags(good * 2, LIMITS) == ("", len(good * 2))


@given(st.integers(0, 1200), st.integers(LONG_TAG + 1, 3 * LONG_TAG))
def test_no_long_tag_is_missed_wherever_it_stands(before: int, length: int) -> None:
    data = b"<%s xmlns:a='' xmlns:b='' %s>" % (b"n" * 100, b" " * (length - 125))
    limits = Limits(declarations=1)
    assert len(data) == length
    assert check_tags(b"x" * before + data + b"<b/>", limits)[0] != ""


PARTS = st.one_of(
    st.integers(4, 60).map(lambda length: b"<%s/>" % (b"a" * (length - 3))),
    st.integers(9, 60).map(lambda length: b"<a b='%s'>" % (b">" * (length - 8))),
    st.integers(9, 60).map(lambda length: b'<a b="%s">' % (b"'" * (length - 8))),
    st.integers(1, 90).map(lambda length: b"x>='" * length),
    st.sampled_from([b"<![CDATA[ <a b=' ]]>", b"<![CDATA[<]]>", b"</a>"]),
)


@given(st.lists(PARTS, max_size=12), st.integers(20, 60))
def test_no_tag_above_a_length_is_missed(parts: list[bytes], length: int) -> None:
    tags = [part for part in parts if part.startswith((b"<a", b"</"))]
    found = has_long_tag(b"".join(parts), length)
    if any(len(tag) > length for tag in tags):
        assert found
    elif not any(part.startswith(b"<!") for part in parts):
        assert not found


def test_where_a_long_tag_may_stand() -> None:
    long, short, text = b"<a b='%s'/>" % (b"c" * 50), b"<a/>", b"x" * 99
    for data in (long, short + long, text + long, long + text, short + text + long + text, short * 40 + long):
        assert has_long_tag(data, len(long) - 1)
        assert not has_long_tag(data, len(long))
    assert not has_long_tag(b"", 20)
    assert not has_long_tag(text, 20)
    assert not has_long_tag(short + text, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"<" + b"a" * 1_000_000,
        b"<a" + b" " * 1_000_000 + b">",
        b"<a" + b" a" * 500_000 + b">",
        b"<a x" + b" " * 1_000_000 + b"=''>",
        b"<a x='" + b"=" * 1_000_000 + b"'>",
        b"<a" + b" '" * 500_000,
        b"<a x='" + b'"' * 1_000_000,
        b"<a>" + b"x" * 1_000_000,
    ],
)
def test_a_million_bytes_take_no_time(data: bytes) -> None:
    # Quadratic work would take hours here, so there is no need to look at a clock.
    check_tags(data, LIMITS)
    has_long_tag(data, 320)
    scan_tag(data, 1, IN_TAG)
    behind_last_tag(data)
