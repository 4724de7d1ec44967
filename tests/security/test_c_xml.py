# SPDX-License-Identifier: MIT
"""Group C: XML that is hostile, to whichever end of a stream. Nothing of it raises, is believed or is kept.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from attacker import HEADER, MIB, TLS, Attacked, Program, bounded, client, component, flooded, receiver, sessions
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID, UnserializableXML
from xmppkit.jid.address import JID
from xmppkit.jid.escaping import escape_node
from xmppkit.plugins.base.urls import fault_of_url
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.stanza.codecs import ADDRESS, BOOLEAN, DATETIME, FLOAT, INTEGER, LANGUAGE
from xmppkit.stanza.moments import DATE, OFFSET, TIME
from xmppkit.xml.parser import Malformed, StreamParser
from xmppkit.xml.pretty import mask_secrets, printable

Make = Callable[..., Attacked]
every_role = pytest.mark.parametrize("role", sessions)
#: Those whose peer is who has written what comes.
SERVERS = ("server", "component's server")
#: Each role before its session.
every_start = pytest.mark.parametrize("make", [client, component, receiver, partial(receiver, of_components=True)])


def told(role: str, element: str) -> str:
    """A stanza as the role's peer may send it."""
    address = " from='localhost' to='bob@localhost'" if role == "component's server" else ""
    return element.replace("<message", f"<message{address}", 1)


@every_role
@pytest.mark.parametrize("piece", [1, None])
@pytest.mark.parametrize(
    "document", ["<!DOCTYPE s [<!ENTITY e 'X'>]>", "<!DOCTYPE s>", "<?xml version='1.0'?><!DOCTYPE s>"]
)
def test_c01_document_types(role: str, document: str, piece: int | None) -> None:
    """A document type declaration ends the stream with `restricted-xml` at its first byte: no entity is ever
    defined."""
    items = StreamParser().feed((document + HEADER).encode())
    assert [item.condition for item in items if isinstance(item, Malformed)] == ["restricted-xml"]
    attacked = sessions[role]()
    attacked.hear(document[document.index("<!") :] + told(role, "<message><body>&e;</body></message>"), piece=piece)
    assert attacked.refused("restricted-xml")
    # The first byte that cannot be anything else is enough.
    attacked = sessions[role]()
    attacked.hear("<!D")
    assert attacked.refused("restricted-xml")


LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha' * 50}'>" for n in range(10))


@pytest.mark.parametrize("declarations", [LAUGHS, f"<!ENTITY a '{'x' * 60_000}'>"])
@every_start
def test_c02_entities_that_grow(make: Make, declarations: str) -> None:
    """Entities of entities, and long ones that are used often, end the stream before the first is read."""
    attacked = make()
    before = len(attacked.wrote)
    data = f"<!DOCTYPE s [{declarations}]>{HEADER}<message><body>{'&a;' * 10_000}&l9;</body></message>"
    with bounded(MIB, 5.0):
        attacked.hear(data)
    assert attacked.refused("restricted-xml")
    assert len(attacked.wrote) - before < 1000


@every_start
def test_c03_attributes_by_declaration(make: Make) -> None:
    """A declaration that would give every message a sender ends the stream likewise."""
    attacked = make()
    attacked.hear(f"<!DOCTYPE s [<!ATTLIST message from CDATA 'boss@localhost'>]>{HEADER}<message/>")
    assert attacked.refused("restricted-xml")


@every_start
@pytest.mark.parametrize("kind", ["SYSTEM 'file:///etc/passwd'", "PUBLIC 'x' 'http://127.0.0.1:1/'"])
def test_c04_external_entities(make: Make, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An external entity ends the stream likewise, and nothing is opened for it."""
    opened: list[object] = []
    monkeypatch.setattr("builtins.open", lambda *args, **more: opened.append(args))
    attacked = make()
    attacked.hear(f"<!DOCTYPE s [<!ENTITY e {kind}>]>{HEADER}<message><body>&e;</body></message>")
    assert attacked.refused("restricted-xml")
    assert opened == []


@every_role
@pytest.mark.parametrize(
    ("markup", "condition"),
    [
        ("<!-- hello -->", "restricted-xml"),
        ("<?hello world?>", "restricted-xml"),
        ("<?xml version='1.0'?>", ""),
        ("<!DOCTYPE x>", "restricted-xml"),
        ("&e;", "restricted-xml"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_c05_restricted_markup(role: str, markup: str, condition: str, inside: bool) -> None:
    """Comments, processing instructions, declarations and entities end the stream wherever they stand; a CDATA section
    is text."""
    attacked = sessions[role]()
    attacked.hear(told(role, f"<message><body>{markup}</body></message>") if inside else markup + "<message/>")
    assert attacked.stream.closed
    assert not attacked.stanzas
    if condition and (inside or markup != "&e;"):
        assert attacked.refused(condition), attacked.wrote
    plain = sessions[role]()
    plain.hear(told(role, "<message><body><![CDATA[<a & b>]]></body></message>"))
    assert [stanza["body"] for stanza in plain.stanzas] == ["<a & b>"]


BAD_TEXT = [
    b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xf0\x9f\x98<", b"\xeb<", b"\xff", b"\x80", b"\0", b"\x08",
    b"\x1b", "\ufffe".encode(), b"&#0;", b"&#8;", b"&#xFFFE;", b"&#xD800;", b"&#x110000;", b"&#99999999999;",
]  # fmt: skip


@every_role
@pytest.mark.parametrize("piece", [1, None])
@pytest.mark.parametrize("text", BAD_TEXT)
def test_c06_text_that_is_none(role: str, text: bytes, piece: int | None) -> None:
    """Bytes that are not UTF-8, and characters that XML does not have, end the stream with `not-well-formed`: the
    stanza that has them does not arrive."""
    attacked = sessions[role]()
    attacked.hear(told(role, "<message><body>a").encode() + text + b"</body></message>", piece=piece)
    assert attacked.refused("not-well-formed")


@every_start
@pytest.mark.parametrize(
    "document",
    [
        f"<?xml version='1.0' encoding='iso-8859-1'?>{HEADER}".encode(),
        f"<?xml version='1.0' encoding='utf-7'?>{HEADER}".encode(),
        f"<?xml version='1.0' encoding='utf-16'?>{HEADER}".encode(),
        codecs.BOM_UTF16_LE + HEADER.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + f"<?xml version='1.0'?>{HEADER}".encode("utf-16-be"),
    ],
)
def test_c07_encodings(make: Make, document: bytes) -> None:
    """A stream in another encoding than UTF-8 is refused, whether it says so or only is."""
    attacked = make()
    attacked.hear(document + b"<message/>")
    assert attacked.stream.closed
    assert attacked.error is not None
    assert not attacked.stanzas
    if document.startswith(b"<"):
        assert attacked.refused("unsupported-encoding")


@every_role
@pytest.mark.parametrize(
    ("data", "stanzas"),
    [
        (HEADER + "<message/>", 0),
        ("<message><message from='boss@localhost'><body>inner</body></message></message>", 1),
        ("</stream:stream><message/>", 0),
        ("<message xmlns='jabber:server'/>", 0),
        ("<message xmlns=''/>", 0),
        ("<c:message xmlns:c='jabber:client'/>", None),
        ("<message xmlns:z='urn:z' z:from='boss@localhost'/>", 1),
        ("<message><body>a</message></body>", 0),
    ],
)
def test_c08_smuggled_stanzas(role: str, data: str, stanzas: int | None) -> None:
    """There is one parser and one reading: a stream in the stream, stanzas in another namespace or behind the end are
    none, one inside another is its payload, and an attribute of another namespace is no sender."""
    attacked = sessions[role]()
    attacked.hear(told(role, data))
    found = attacked.stanzas
    if stanzas is None:  # a prefix is only a way to write the namespace, which is that of clients here
        stanzas = int(role != "component's server")
        assert attacked.stream.closed is (stanzas == 0)
    assert len(found) == stanzas
    for stanza in found:
        assert stanza["from"] != "boss@localhost"
        assert stanza.xml.find("{*}body") is None


@every_role
@pytest.mark.parametrize(
    "nonza",
    [
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        f"<proceed xmlns='{TLS}'/>",
        f"<starttls xmlns='{TLS}'/>",
        "<stream:features/>",
        "<enabled xmlns='urn:xmpp:sm:3' id='x' resume='true'/>",
        "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>",
        "<handshake/>",
        "<a xmlns='urn:xmpp:sm:3' h='0'/>",
        "<compressed xmlns='http://jabber.org/protocol/compress'/>",
    ],
)
def test_c09_negotiation_in_a_session(role: str, nonza: str) -> None:
    """What belongs to the negotiation ends a session with `unsupported-stanza-type`: nothing is negotiated twice."""
    attacked = sessions[role]()
    attacked.hear(nonza + told(role, "<message/>"))
    assert attacked.refused("unsupported-stanza-type")


@every_role
@pytest.mark.parametrize("depth", [64, 1_000, 100_000, 1_000_000])
def test_c10_depth(role: str, depth: int) -> None:
    """Past 64 levels of elements a server ends the stream with `policy-violation`; a client and a component drop the
    stanza, which may be another user's, and go on. Only its size ends their stream. The deepest allowed arrives."""
    attacked = sessions[role]()
    data = told(role, "<message>" + "<a>" * depth)
    rest = "</a>" * depth + "</message>"
    with bounded(2 * len(data) + MIB):
        attacked.hear(data + rest if depth == 64 else data)
        if depth > 64 and not attacked.stream.closed:
            assert role not in SERVERS
            attacked.hear(rest)
    if role in SERVERS or len(data + rest) > attacked.stream.limits.stanza_bytes:
        assert attacked.refused("policy-violation")
    else:
        assert attacked.goes_on(told(role, "<message/>"))
    deepest = sessions[role]()
    deepest.hear(told(role, "<message>" + "<a>" * 63 + "</a>" * 63 + "</message>"))
    assert len(deepest.stanzas) == 1


@every_role
@pytest.mark.parametrize(
    ("start", "unit", "size"),
    [
        ("<message ", "a{n}='' ", 2 * MIB),
        ("<message><x ", "xmlns:a{n}='u{n}' ", 2 * MIB),
        ("<message>", "<a/>", 4_000_000),
        ("<message><", "n", 20_000_000),
        ("<message x='", "v", 50_000_000),
        ("<message>", "<n{n}/>", MIB),
        ("<message><x xmlns='", "u", 5_000_000),
    ],
    ids=["attributes", "declarations", "children", "tag name", "attribute", "names", "namespace"],
)
def test_c11_too_much_of_anything(role: str, start: str, unit: str, size: int) -> None:
    """Attributes, declarations, children, names and values have bounds of their own, past which a server ends the
    stream with `policy-violation`, and a client and a component drop the stanza; what never ends ends it as well once
    it is larger than a stanza may be. No more is read than that, and kept twenty times that at most, where it is of
    empty elements."""
    attacked = sessions[role]()
    limit = attacked.stream.limits.stanza_bytes
    with bounded(24 * limit):
        assert flooded(attacked, told(role, start), unit, size) <= limit + 32 * 1024
    assert attacked.refused("policy-violation")


@every_role
@pytest.mark.parametrize(
    "stanza",
    [
        "<message " + "".join(f"a{n}='' " for n in range(65)) + "/>",
        "<message><x " + "".join(f"xmlns:a{n}='urn:example:{n}' " for n in range(50)) + "/></message>",
        "<message>" + "<a/>" * 20_001 + "</message>",
        f"<message><{'n' * 1025}/></message>",
        f"<message x='{'v' * 65_537}'/>",
        "<message>" + "".join(f"<n{n}/>" for n in range(5000)) + "</message>",
        f"<message><x xmlns='{'u' * 1025}'/></message>",
    ],
    ids=["attributes", "declarations", "children", "tag name", "attribute", "names", "namespace"],
)
def test_c11_a_little_too_much(role: str, stanza: str) -> None:
    """A whole stanza that is past one of these bounds does not arrive either; the stream of a client and of a component
    goes on behind it: who sent it ends nobody's session."""
    for piece in (None, 100):
        attacked = sessions[role]()
        attacked.hear(told(role, stanza), piece=piece)
        if role in SERVERS:
            assert attacked.refused("policy-violation")
        else:
            assert attacked.goes_on(told(role, "<message/>"))


@every_role
@pytest.mark.parametrize("piece", [4096, 65536])
def test_c12_a_stanza_without_end(role: str, piece: int) -> None:
    """The size of a stanza is judged while it is read: the stream ends once the bound is reached."""
    limit = sessions[role]().stream.limits.stanza_bytes
    attacked = sessions[role]()
    with bounded(6 * limit + MIB):
        assert flooded(attacked, told(role, "<message><body>"), "x", 200_000_000, piece=piece) <= limit + 2 * piece
    assert attacked.refused("policy-violation")


@every_role
def test_c12_blanks_without_end(role: str) -> None:
    """Blanks between stanzas are not kept."""
    attacked = sessions[role]()
    data = b" " * 65536
    with bounded(MIB):
        for _ in range(100_000_000 // len(data)):
            attacked.hear(data)
    assert not attacked.stream.closed
    attacked.hear(told(role, "<message/>"))
    assert len(attacked.stanzas) == 1


@every_role
def test_c12_a_stanza_in_one_piece(role: str) -> None:
    """So it is when a hundred megabytes come at once: nothing of them is kept, or written."""
    attacked = sessions[role]()
    data = (told(role, "<message><body>") + "x" * 100_000_000).encode()
    with bounded(len(data) + 16 * MIB):
        attacked.hear(data)
    assert attacked.refused("policy-violation")
    assert len(attacked.wrote) < 1000


def test_c12_before_the_login() -> None:
    """Who has not logged in may send 64 KiB in one piece."""
    for make in (client, receiver):
        attacked = make()
        header = HEADER if make is client else HEADER.replace("from=", "to=").replace("id='s1' ", "")
        attacked.hear(header)
        attacked.hear("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + "x" * 70_000)
        assert attacked.refused("policy-violation")


def test_c13_a_tag_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unfinished tag is held back until it is complete or too long, so that the XML parser underneath never reads
    its beginning twice."""
    parser = StreamParser()
    given: list[int] = []
    feed = StreamParser._parse

    def counted(self: StreamParser, data: bytes) -> object:
        given.append(len(data))
        return feed(self, data)

    monkeypatch.setattr(StreamParser, "_parse", counted)
    parser.feed(HEADER.encode())
    given.clear()
    start = b"<message x='"
    parser.feed(start)
    for _ in range(3000):
        parser.feed(b"v" * 16)
    parser.feed(b"'/>")
    # Every byte once, and nothing of it before the tag was complete.
    assert sum(given) == len(start) + 3000 * 16 + 3
    assert len(given) <= 10
    attacked = sessions["client"]()
    with bounded():
        attacked.hear(start + b"v" * 100_000 + b"'/>", piece=16)
    assert attacked.goes_on("<message/>")


BAD_STANZAS = [
    "<message from='@bad@'><body>x</body></message>",
    f"<message from='{'a' * 50_000}@localhost'/>",
    "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='nonsense' id='1' from='bob@localhost/x'/>",
    "<iq type='get' id='2' from='bob@localhost/x'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='get' id='3' from='bob@localhost/x'/>",
    "<message from='bob@localhost/x'><delay xmlns='urn:xmpp:delay' stamp='yesterday'/><body>x</body></message>",
    "<presence from='bob@localhost/x'><priority>high</priority></presence>",
    "<presence from='bob@localhost/x'><priority>99999999999999999999</priority></presence>",
    "<presence from='bob@localhost/x' type='nonsense'/>",
    "<message from='bob@localhost/x' type='nonsense'/>",
    "<iq type='set' id='4'><query xmlns='jabber:iq:roster'><item/><item jid='@'/></query></iq>",
]


@pytest.mark.parametrize("kind", ["client", "component"])
@pytest.mark.parametrize("stanza", BAD_STANZAS)
async def test_c14_stanzas_with_nonsense(program: Callable[..., Program], kind: str, stanza: str) -> None:
    """Addresses, ids, types, times and numbers that are none are answered with an error or dropped; neither the stream
    nor a handler fails because of them."""
    attacked = program(kind)
    attacked.stream.register_plugins()
    ping = "<iq type='get' id='after' from='bob@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>"
    answers = await attacked.hear(stanza, ping)
    answered = [(each.get("id"), each.get("type")) for each in answers if each.get("type") in ("error", "result")]
    assert ("after", "result") in answered
    assert len({name for name, _ in answered}) == len(answered), "no request has two answers"
    assert ("2", "result") not in answered


@pytest.mark.parametrize("character", ["\x08", "\0", "\x1b", "\ufffe", "\uffff", "\ud800"])
async def test_c15_text_that_cannot_be_sent(program: Callable[..., Program], character: str) -> None:
    """Text that XML cannot have is refused with `UnserializableXML` where it is sent: nothing of the stanza goes out,
    and the stream goes on."""
    attacked = program()
    stream = attacked.stream
    await attacked.hear("")
    with pytest.raises(UnserializableXML):
        stream.send_message("bob@localhost", f"a{character}b")
    with pytest.raises(UnserializableXML):
        stream.send_raw(f"<message><body>{character}</body></message>")
    assert await attacked.wire.sent() == ""
    stream.send_message("bob@localhost", "after")
    assert "after" in await attacked.wire.sent()


PARTS = st.sampled_from(
    [
        "<message><body>a</body></message>",
        "<message from=' '><a><b><c/></b></a></message>",
        "<message><x xmlns='urn:x'><message/></x></message>",
        "<presence type='nonsense'><priority>x</priority></presence>",
        "<iq/>",
        " \n",
    ]
)


@given(parts=st.lists(PARTS, max_size=20), piece=st.integers(1, 60))
def test_c16_depth_after_errors(parts: list[str], piece: int) -> None:
    """What is wrong inside a stanza never shifts where the next one begins."""
    attacked = sessions["client"]()
    attacked.hear("".join(parts), piece=piece)
    attacked.hear("<message id='last'><body>last</body></message>")
    assert len(attacked.stanzas) == 1 + sum(part.startswith("<") for part in parts)
    assert attacked.stanzas[-1]["id"] == "last"
    assert not attacked.stream.closed


LONG = 1_000_000
REPEATED = ["a", "a.", "\\20", "@", "/", "1", "-", " ", "\u00fc", "=?", ";x=", "0:", "T", "<", "&", "xmlns=' "]
READERS: list[Callable[[str], object]] = [
    *(codec.decode for codec in (INTEGER, FLOAT, BOOLEAN, ADDRESS, DATETIME, LANGUAGE, DATE, TIME, OFFSET)),
    ContentId.parse,
    fault_of_url,
    escape_node,
]


@pytest.mark.parametrize("text", REPEATED)
def test_c17_patterns(text: str) -> None:
    """Patterns never go back over what they have read: addresses, numbers, times and languages have bounds before a
    pattern sees them, and what is logged is masked in one pass, a million characters as well as ten."""
    long = text * (LONG // len(text))
    with bounded(None):
        with pytest.raises(InvalidJID):
            JID(f"{long}@{long}/{long}")
        for read in READERS:
            for value in (long, f"1{long}!"):
                with suppress(ValueError):
                    read(value)
        assert len(printable(mask_secrets(long))) >= len(long)
