# SPDX-License-Identifier: MIT
"""Stanzas that are past a limit, and behind which the stream goes on."""

from __future__ import annotations

import itertools
import tracemalloc
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Item, Malformed, Refused, StreamFooter, StreamParser

HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
MESSAGE = "{jabber:client}message"
GOOD = b"<message id='good'><body>hello</body></message>"
MANY = " ".join(f"attribute{n}='{n}'" for n in range(100))  # of more than a KiB
FEW = " ".join(f"a{n}=''" for n in range(65))
DECLARED = " ".join(f"xmlns:a{n}='urn:example:{n}'" for n in range(50))

#: Stanzas that are past a limit in ways that are seen at different moments.
PAST = {
    "attributes of the stanza": f"<message id='1' from='a@b' {MANY}><body>a &gt; b</body></message>",
    "attributes of an empty stanza": f"<message id='1' from='a@b' {MANY}/>",
    "attributes in a short tag": f"<message id='1' from='a@b' {FEW}/>",
    "attributes of a child": f"<message id='1' from='a@b'><x/><x {MANY}><y/></x><x a='>'/></message>",
    "declarations": f"<message id='1' from='a@b'><x {DECLARED}><a1:y/></x></message>",
    "declarations of the stanza": f"<message id='1' from='a@b' {DECLARED}><a1:y/></message>",
    "a namespace": f"<message id='1' from='a@b'><x xmlns='{'u' * 1025}'/></message>",
    "a name": f"<message id='1' from='a@b'><{'n' * 1025}/></message>",
    "levels": f"<message id='1' from='a@b'>{'<a>' * 64}{'</a>' * 64}</message>",
    "levels that end in another piece": f"<message id='1' from='a@b'>{'<a>' * 4000}{'</a>' * 4000}</message>",
    "levels and attributes": f"<message id='1' from='a@b'>{'<a>' * 140}<x {MANY}/>{'</a>' * 140}</message>",
    "an attribute": f"<message id='1' from='a@b' x='{'>' * 65_537}'/>",
    "children": f"<message id='1' from='a@b'>{'<a/>' * 20_001}</message>",
    "a namespace that is said": f"<message id='1' from='a@b' xmlns='jabber:client' {MANY}/>",
}
every_way = pytest.mark.parametrize("stanza", PAST.values(), ids=PAST)


def begun(limits: Limits | None = None) -> StreamParser:
    parser = StreamParser(limits)
    parser.feed(HEADER)
    parser.passes_over = True
    return parser


def feed(parser: StreamParser, data: bytes, places: list[int]) -> list[Item]:
    cuts = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [item for start, end in itertools.pairwise(cuts) for item in parser.feed(data[start:end])]


def names(items: list[Item]) -> list[str]:
    """Of each item its id, with an exclamation mark where it was refused."""
    found = []
    for item in items:
        if isinstance(item, Refused):
            found.append(item.attributes["id"] + "!")
        else:
            assert isinstance(item, Element), item
            found.append(item.attrib["id"])
    return found


@every_way
def test_the_stream_goes_on(stanza: str) -> None:
    parser = begun()
    (refused,) = parser.feed(stanza.encode())
    assert isinstance(refused, Refused)
    assert (refused.tag, refused.attributes) == (MESSAGE, {"id": "1", "from": "a@b"})
    assert parser.between_stanzas
    assert names(parser.feed(GOOD)) == ["good"]
    assert parser.feed(b"</stream:stream>") == [StreamFooter()]


@every_way
def test_unless_that_is_not_wanted(stanza: str) -> None:
    parser = begun()
    parser.passes_over = False
    (malformed,) = parser.feed(stanza.encode())
    assert isinstance(malformed, Malformed)
    assert malformed.condition == "policy-violation"
    (refused,) = begun().feed(stanza.encode())
    assert isinstance(refused, Refused)
    assert refused.text == malformed.text


@every_way
@pytest.mark.parametrize("step", [1, 7, 1460, 4096])
def test_however_it_is_cut(stanza: str, step: int) -> None:
    if len(stanza) > 30_000 and step < 1000:
        step *= 1000
    data = GOOD + stanza.encode() + b" \n" + GOOD + 2 * stanza.encode() + GOOD + b"</stream:stream>"
    items = feed(begun(), data, list(range(step, len(data), step)))
    assert items.pop() == StreamFooter()
    assert names(items) == ["good", "1!", "good", "1!", "1!", "good"]


@given(st.sampled_from([each for each in PAST.values() if len(each) < 30_000]), st.lists(st.integers(0, 40_000)))
@settings(max_examples=100, deadline=None)
def test_any_cut(stanza: str, places: list[int]) -> None:
    data = GOOD + stanza.encode() + GOOD
    assert names(feed(begun(), data, places)) == ["good", "1!", "good"]


def test_too_many_names() -> None:
    stanza = b"<message id='1'>" + b"".join(b"<n%d/>" % n for n in range(10_000)) + b"</message>"
    parser = begun()
    assert names(parser.feed(GOOD + stanza + GOOD)) == ["good", "1!", "good"]
    assert names(feed(parser, stanza + GOOD, list(range(0, len(stanza), 100)))) == ["1!", "good"]


def test_memory_is_that_of_the_data() -> None:
    stanza = b"<message id='1'>" + b"<a>" * 140_000 + b"</a>" * 130_000
    parser = begun()
    tracemalloc.start()
    try:
        assert parser.feed(stanza) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
    assert not parser.idle
    assert names(parser.feed(b"</a>" * 10_000 + b"</message>")) == ["1!"]


def test_its_size_has_a_bound_as_well() -> None:
    parser = begun(Limits(stanza_bytes=100_000))
    assert parser.feed(b"<message id='1'>" + b"<a>" * 1000) == []
    (malformed,) = feed(parser, b"<a/>" * 30_000, list(range(0, 120_000, 1000)))
    assert malformed == Malformed("policy-violation", "stanza larger than 100000 bytes")


def test_an_unfinished_tag_counts() -> None:
    parser = begun(Limits(stanza_bytes=100_000))
    (malformed,) = parser.feed(b"<message id='1'>" + b"<a>" * 1000 + b"<a b='" + b"x" * 100_000)
    assert malformed == Malformed("policy-violation", "stanza larger than 100000 bytes")


@pytest.mark.parametrize(
    "stanza",
    [
        f"<message><body><![CDATA[x]]></body><x {MANY}/></message>",
        f"<message><body><![CDATA[x]]></body><x {FEW}/></message>",
        f"<message><x {MANY}/><body><![CDATA[</message>]]></body></message>",
        f"<message>{'<a>' * 3000}<!-- -->",
        f"<stream:message id='1' {MANY}/>",
        f"<message id='1' id='2' {MANY}/>",
    ],
    ids=["CDATA before", "CDATA in a short one", "CDATA behind", "a comment", "a prefix", "an attribute twice"],
)
def test_what_it_may_be_is_not_known(stanza: str) -> None:
    for step in (len(stanza), 1000):
        (malformed,) = feed(begun(), stanza.encode(), list(range(step, len(stanza), step)))
        assert isinstance(malformed, Malformed)
        assert malformed.condition == "policy-violation"


def test_the_opening_tag_is_judged_as_ever() -> None:
    parser = StreamParser()
    parser.passes_over = True
    (malformed,) = parser.feed(HEADER.replace(b">", f" {FEW}>".encode()))
    assert isinstance(malformed, Malformed)
    long = StreamParser()
    long.passes_over = True
    (malformed,) = long.feed(HEADER.replace(b">", f" {MANY}>".encode()))
    assert isinstance(malformed, Malformed)


@every_way
@pytest.mark.parametrize("between", [b" ", b"\n\n", b""])
def test_what_stands_behind_it_is_judged_as_ever(stanza: str, between: bytes) -> None:
    refused, malformed = begun().feed(stanza.encode() + between + b"text" + GOOD)
    assert isinstance(refused, Refused)
    assert malformed == Malformed("bad-format", "text between stanzas")
    *_, malformed = begun().feed(stanza.encode() + between + b"<!-- -->" + GOOD)
    assert isinstance(malformed, Malformed)
