# SPDX-License-Identifier: MIT
"""JID: what is an address, its parts, how it compares, changes and is kept."""

from __future__ import annotations

import copy
import pickle
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID
from xmppkit.jid import address
from xmppkit.jid.address import JID, KNOWN_ADDRESSES, UnescapedJID, canonical, canonical_bare

FULL = "romeo@montague.example/balcony"


# --- what is an address -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "local", "domain", "resource"),
    [
        ("juliet@example.com", "juliet", "example.com", ""),
        ("juliet@example.com/foo", "juliet", "example.com", "foo"),
        ("juliet@example.com/foo bar", "juliet", "example.com", "foo bar"),
        ("juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"),
        (r"foo\20bar@example.com", r"foo\20bar", "example.com", ""),
        ("fussball@example.com", "fussball", "example.com", ""),
        ("fußball@example.com", "fußball", "example.com", ""),
        ("π@example.com", "π", "example.com", ""),
        ("Σ@example.com/foo", "σ", "example.com", "foo"),
        ("σ@example.com/foo", "σ", "example.com", "foo"),
        ("ς@example.com/foo", "ς", "example.com", "foo"),
        ("king@example.com/♚", "king", "example.com", "♚"),
        ("example.com", "", "example.com", ""),
        ("example.com/foobar", "", "example.com", "foobar"),
        ("a.example.com/b@example.net", "", "a.example.com", "b@example.net"),
    ],
)
def test_the_valid_addresses_of_rfc_7622(text: str, local: str, domain: str, resource: str) -> None:
    jid = JID(text)
    assert (jid.local, jid.domain, jid.resource) == (local, domain, resource)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('"juliet"@example.com', "local"),
        ("foo bar@example.com", "local"),
        ("@example.com/", "local"),
        ("henryⅣ@example.com", "local"),
        ("♚@example.com", "local"),
        ("juliet@", "domain"),
        ("/foobar", "domain"),
    ],
)
def test_the_invalid_addresses_of_rfc_7622(text: str, part: str) -> None:
    with pytest.raises(InvalidJID) as caught:
        JID(text)
    assert caught.value.part == part


def test_a_resource_may_begin_with_a_blank() -> None:
    """The RFC's table refuses it, but no rule of its text or of OpaqueString (RFC 8265 §4.2) does."""
    assert JID("juliet@example.com/ foo").resource == " foo"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("@", "local"),
        ("@b", "local"),
        ("a@b/", "resource"),
        ("b/", "resource"),
        ("/", "resource"),
        ("a@@b", "domain"),
        ("a@b@c", "domain"),
        ("a@/c", "domain"),
        ("a@b:5222", "domain"),
        ("a@-b", "domain"),
        ("a@b-/c", "domain"),
        ("a@b..c", "domain"),
        (" ", "domain"),
        ("a@b\n", "domain"),
        ("a@b/\x00", "resource"),
        ("a@Xn--bch", "domain"),
        (f"{'a' * 1024}@b", "local"),
        (f"a@b/{'c' * 1024}", "resource"),
        ("\ud800@b", "local"),
    ],
)
def test_what_is_no_address(text: str, part: str) -> None:
    for _ in range(2):  # a failure is not kept for the second time
        with pytest.raises(InvalidJID) as caught:
            JID(text)
        assert caught.value.part == part


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("ROMEO@Montague.EXAMPLE/Balcony", "romeo@montague.example/Balcony"),
        ("a@b.", "a@b"),
        ("a@ab--cd", "a@ab--cd"),
        ("a@XN--FA-HIA.example/x", "a@faß.example/x"),
        ("a@[::1]/x", "a@[::1]/x"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("a@192.168.0.1/x/y", "a@192.168.0.1/x/y"),
        (f"{'a' * 1023}@{'b' * 63}/{'c' * 1023}", f"{'a' * 1023}@{'b' * 63}/{'c' * 1023}"),
    ],
)
def test_the_canonical_form(text: str, full: str) -> None:
    jid = JID(text)
    assert jid.full == jid.jid == str(jid) == full
    assert jid == text
    assert repr(jid) == f"JID({full!r})"


@pytest.mark.parametrize("value", [3, b"a@b", ["a@b"], True, 1.5])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        JID(value)


def test_an_address_of_an_address_is_not_parsed_again() -> None:
    jid = JID("Unseen@Before.example/x")
    assert JID(jid)._parts is jid._parts


def test_the_empty_address() -> None:
    for empty in (JID(), JID(""), JID(None), JID(JID()), JID("", bare=True)):
        assert not empty
        assert empty == ""
        assert (empty.full, empty.bare, empty.local, empty.domain, empty.resource) == ("", "", "", "", "")
        assert empty.bare_jid is empty


def test_only_the_bare_address() -> None:
    assert JID(FULL, True).full == "romeo@montague.example"
    assert JID(JID(FULL), bare=True).full == "romeo@montague.example"
    assert JID("a@b", bare=True).full == "a@b"
    full = JID(FULL)
    assert full.bare_jid == "romeo@montague.example"
    assert full.resource == "balcony", "it is another object"


# --- its parts --------------------------------------------------------------------------------------------


def test_all_names_of_the_parts() -> None:
    jid = JID(FULL)
    assert jid.node == jid.user == jid.username == jid.local == "romeo"
    assert jid.server == jid.host == jid.domain == "montague.example"
    assert jid.resource == "balcony"
    assert jid.bare == "romeo@montague.example"


@pytest.mark.parametrize(
    ("name", "value", "full"),
    [
        ("local", "Juliet", "juliet@montague.example/balcony"),
        ("node", "", "montague.example/balcony"),
        ("user", None, "montague.example/balcony"),
        ("username", "x", "x@montague.example/balcony"),
        ("domain", "Capulet.example.", "romeo@capulet.example/balcony"),
        ("server", "c", "romeo@c/balcony"),
        ("host", "[::1]", "romeo@[::1]/balcony"),
        ("resource", "Orchard", "romeo@montague.example/Orchard"),
        ("resource", "", "romeo@montague.example"),
        ("resource", None, "romeo@montague.example"),
        ("bare", "Juliet@c", "juliet@c/balcony"),
        ("bare", "c", "c/balcony"),
        ("full", "a@b/c", "a@b/c"),
        ("jid", "a@b", "a@b"),
    ],
)
def test_parts_can_be_assigned(name: str, value: str | None, full: str) -> None:
    jid = JID(FULL)
    setattr(jid, name, value)
    assert jid.full == full
    assert jid == JID(full)
    assert JID(FULL).full == FULL, "what others hold does not change"


@pytest.mark.parametrize(
    ("name", "value"),
    [("local", "a b"), ("domain", ""), ("domain", "a b"), ("resource", "\x00"), ("bare", "@"), ("full", "a@")],
)
def test_what_is_assigned_is_checked(name: str, value: str) -> None:
    jid = JID(FULL)
    with pytest.raises(InvalidJID):
        setattr(jid, name, value)
    assert jid.full == FULL


def test_replace() -> None:
    jid = JID(FULL)
    assert jid.replace(resource="Orchard").full == "romeo@montague.example/Orchard"
    assert jid.replace(resource=None).full == "romeo@montague.example"
    assert jid.replace(local=None, resource="").full == "montague.example"
    assert jid.replace(local="X", domain="Y", resource="Z").full == "x@y/Z"
    assert jid.replace() == jid
    assert jid.full == FULL
    with pytest.raises(InvalidJID, match="missing"):
        jid.replace(domain="")
    with pytest.raises(InvalidJID):
        JID().replace(resource="x")
    assert not JID("b").replace(domain="")


# --- escaping ---------------------------------------------------------------------------------------------


def test_escaping_there_and_back() -> None:
    jid = JID.escape("d'Artagnan @ home", "Musketeers.lit", "gate")
    assert jid.full == r"d\27artagnan\20\40\20home@musketeers.lit/gate"
    with pytest.warns(DeprecationWarning, match=r"unescape_node\(jid\.local\)"):
        shown = jid.unescape()
    assert str(shown) == shown.full == shown.jid == "d'artagnan @ home@musketeers.lit/gate"
    assert shown.bare == "d'artagnan @ home@musketeers.lit"
    assert shown.local == shown.node == shown.user == shown.username == "d'artagnan @ home"
    assert shown.domain == shown.server == shown.host == "musketeers.lit"
    assert shown.resource == "gate"
    with pytest.raises(InvalidJID):
        JID(shown)


@pytest.mark.filterwarnings("ignore:JID.unescape:DeprecationWarning")
def test_an_unescaped_address_without_escapes() -> None:
    assert str(JID("b").unescape()) == "b"
    assert JID("a@b").unescape() == UnescapedJID("a", "b", "")
    assert JID(JID("a@b/c").unescape()) == JID("a@b/c")
    with pytest.raises(InvalidJID, match="blank"):
        JID.escape(" a", "b")


# --- comparing and keeping --------------------------------------------------------------------------------


def test_equality() -> None:
    assert JID("A@b") == JID("a@B")
    assert JID("a@b") != JID("a@b/c")
    assert JID("a@b") == "A@B."
    assert JID("a@b") != "@"
    assert JID("a@b") != 3
    assert JID("a@b").__eq__(3) is NotImplemented
    assert len({JID("A@b"), JID("a@b"), "a@b"}) == 1


def test_order_is_by_domain_then_local_part_then_resource() -> None:
    expected = [JID(each) for each in ("", "a", "a/x", "b@a", "b@a/x", "b@a/y", "a@b")]
    for mixed in ([*reversed(expected)], next(permutations(expected[::2] + expected[1::2]))):
        assert sorted(mixed) == expected
    assert JID("a@b") < "b@b"
    assert JID("a@b") <= JID("A@b")
    assert JID("b@b") > "a@b"
    with pytest.raises(TypeError):
        JID("a@b") < 3  # noqa: B015


@pytest.mark.parametrize("text", ["", "b", "a@b", FULL, "fußball@faß.example/♚"])
def test_copies(text: str) -> None:
    jid = JID(text)
    for other in (copy.copy(jid), copy.deepcopy(jid), pickle.loads(pickle.dumps(jid)), JID(jid), eval(repr(jid))):
        assert other is not jid
        assert other == jid
        assert hash(other) == hash(jid)
        other.full = "other@example"
        assert jid.full == text


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    cache: dict[str, Any] = {}
    monkeypatch.setattr(address, "_cache", cache)
    monkeypatch.setattr(address, "_CACHE_SIZE", 2)
    for text in ("a@b", "c@d", "e@f"):
        JID(text)
    assert list(cache) == ["e@f"], "emptied when it was full"
    JID(f"{'x' * 300}@b")
    assert list(cache) == ["e@f"], "long addresses are not kept"
    assert JID("e@f")._parts is cache["e@f"]


# --- properties -------------------------------------------------------------------------------------------


def parsed(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except InvalidJID:
        return None


ascii_text = st.text(st.characters(codec="ascii"), max_size=24)
ascii_address = st.builds("{}@{}/{}".format, ascii_text, ascii_text, ascii_text)


@given(st.one_of(ascii_text, ascii_address, st.from_regex(address._ASCII, fullmatch=True)))
@example("a@Xn--bch")
@example("a@b--c")
@example("A@B.")
@example("a@" + "b" * 64)
def test_the_fast_path_says_what_the_complete_rules_say(text: str) -> None:
    address._cache.pop(text, None)
    if text:
        assert parsed(address._parse, text) == parsed(address._parse_completely, text)


@given(st.one_of(st.text(max_size=30), st.builds("{}@{}/{}".format, *[st.text(max_size=12)] * 3)))
def test_an_address_is_stable_and_its_parts_make_it_again(text: str) -> None:
    try:
        jid = JID(text)
    except InvalidJID:
        return
    assert JID(jid.full).full == jid.full
    assert JID().replace(local=jid.local, domain=jid.domain, resource=jid.resource) == jid
    assert jid.full == (f"{jid.local}@" if jid.local else "") + jid.domain + (
        f"/{jid.resource}" if jid.resource else ""
    )
    assert jid.bare_jid.full == jid.bare
    assert jid == text


def test_the_canonical_form_of_a_text() -> None:
    for _ in range(2):
        assert canonical("Juliet@CAPULET.lit/Balcony") == "juliet@capulet.lit/Balcony"
    assert canonical("") == ""
    with pytest.raises(InvalidJID):
        canonical("@")


@given(st.from_regex(r"[a-zA-Z0-9._+-]{0,3}@?[a-zA-Z0-9.-]{0,70}(/[a-z]?)?", fullmatch=True))
def test_the_canonical_form_without_the_resource(text: str) -> None:
    try:
        expected = JID(text).bare
    except InvalidJID:
        with pytest.raises(InvalidJID):
            canonical_bare(text)
    else:
        assert canonical_bare(text) == expected


def test_a_plain_bare_address_is_itself() -> None:
    for text in ("nobody-has.seen+this@example.net", "nobody@" + "a" * 56):
        assert canonical_bare(text) is text
        assert text not in KNOWN_ADDRESSES
    assert canonical_bare("Nobody@EXAMPLE.net/Here") == "nobody@example.net"
    assert canonical_bare("") == ""


@given(st.from_regex(r"([a-z0-9._+-]{1,9}@)?[a-z0-9.-]{1,70}(/[ -~]{1,9})?", fullmatch=True))
def test_the_short_way_and_the_complete_rules_agree(text: str) -> None:
    try:
        wanted = address._parse_completely(text)
    except InvalidJID:
        wanted = None
    try:
        found = address._parse(text)
    except InvalidJID:
        found = None
    assert found == wanted
