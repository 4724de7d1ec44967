# SPDX-License-Identifier: MIT
"""JID escaping: the examples and rules of XEP-0106."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.jid.escaping import escape_node, unescape_node

ESCAPES = {
    " ": "20",
    '"': "22",
    "&": "26",
    "'": "27",
    "/": "2f",
    ":": "3a",
    "<": "3c",
    ">": "3e",
    "@": "40",
    "\\": "5c",
}


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("d'artagnan", r"d\27artagnan"),
        ("space cadet", r"space\20cadet"),
        ('call me "ishmael"', r"call\20me\20\22ishmael\22"),
        ("at&t guy", r"at\26t\20guy"),
        ("/.fanboy", r"\2f.fanboy"),
        ("::foo::", r"\3a\3afoo\3a\3a"),
        ("<foo>", r"\3cfoo\3e"),
        ("user@host", r"user\40host"),
        (r"c:\net", r"c\3a\net"),
        (r"c:\\net", r"c\3a\\net"),
        (r"c:\cool stuff", r"c\3a\cool\20stuff"),
        (r"c:\5commas", r"c\3a\5c5commas"),
        (
            """here's_a_wild_&_/cr%zy/_address_for:<wv>("IMPS")""",
            r"here\27s_a_wild_\26_\2fcr%zy\2f_address_for\3a\3cwv\3e(\22IMPS\22)",
        ),
    ],
)
def test_examples_of_the_xep(text: str, node: str) -> None:
    assert escape_node(text) == node
    assert unescape_node(node) == text


@pytest.mark.parametrize("node", [r"\2plus\2is\4", r"foo\bar", r"foob\41r", r"\7F", "\\", "", "plain"])
def test_what_is_no_escape_stays_both_ways(node: str) -> None:
    assert escape_node(node) == node
    assert unescape_node(node) == node


@pytest.mark.parametrize(("character", "digits"), ESCAPES.items())
def test_a_backslash_before_the_digits_of_an_escape_is_escaped(character: str, digits: str) -> None:
    assert escape_node(f"x\\{digits}x") == rf"x\5c{digits}x"
    assert unescape_node(rf"x\5c{digits}x") == f"x\\{digits}x"
    assert unescape_node(rf"x\{digits}x") == f"x{character}x"


@pytest.mark.parametrize(("text", "node"), [(r"a\2Fb", r"a\5c2Fb"), (r"a\3Ab", r"a\5c3Ab"), (r"\5C", r"\5c5C")])
def test_digits_in_capitals_are_no_escape_but_become_one_in_an_address(text: str, node: str) -> None:
    assert escape_node(text) == node
    assert unescape_node(node) == text
    assert unescape_node(text) == text
    assert unescape_node(JID.escape(text, "localhost").local) == text.lower()


@pytest.mark.parametrize("text", [" ", " a", "a ", "  "])
def test_blanks_at_the_ends_cannot_be_escaped(text: str) -> None:
    with pytest.raises(InvalidJID) as caught:
        escape_node(text)
    assert (caught.value.part, caught.value.value) == ("local", text)


@pytest.mark.parametrize(
    ("node", "text"),
    [(r"\20a\20b\20", r"\20a b\20"), (r"\20", r"\20"), (r"\20\20\20", r"\20 \20"), (r"\40\40", "@@")],
)
def test_an_escaped_blank_at_an_end_is_no_escape(node: str, text: str) -> None:
    assert unescape_node(node) == text


@given(st.text(alphabet=st.sampled_from([*ESCAPES, *"\\\\0234567acef"])))
def test_there_and_back(text: str) -> None:
    if text != text.strip(" "):
        return
    node = escape_node(text)
    assert unescape_node(node) == text
    assert not set(node) & set(" \"&'/:<>@")


@given(st.text())
def test_unescaping_never_fails(node: str) -> None:
    assert len(unescape_node(node)) <= len(node)
