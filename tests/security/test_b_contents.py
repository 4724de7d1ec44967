# SPDX-License-Identifier: MIT
"""Group B, the other half: what stanzas of other users hold, be it data, addresses or markup.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from attacker import Program

from xmppkit.exceptions import ContentMismatch, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.plugins.base.urls import fault_of_url, is_public_address
from xmppkit.plugins.xep_0363 import UnsafeSlot
from xmppkit.stanza.message import Message

Make = Callable[..., Program]
OWN = "alice@localhost"
PEER = "bob@localhost/phone"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def named(stanzas: list[ET.Element], local: str) -> list[ET.Element]:
    """Those of a kind."""
    return [each for each in stanzas if each.tag.endswith(f"}}{local}")]


def requests(stanzas: list[ET.Element], payload: str) -> list[ET.Element]:
    """Requests with a payload of a namespace."""
    return [each for each in stanzas if len(each) and each[0].tag.startswith(f"{{{payload}}}")]


def result(id: str, sender: str | None, inside: str = "", kind: str = "result") -> str:
    stamp = "" if sender is None else f" from='{sender}'"
    return f"<iq type='{kind}' id='{id}'{stamp} to='alice@localhost/r'>{inside}</iq>"


def message(stream: Any, sender: str, inside: str, kind: str = "chat", id: str = "m2") -> Message:
    text = f"<message xmlns='jabber:client' from='{sender}' type='{kind}' id='{id}'>{inside}</message>"
    return Message(stream, ET.fromstring(text))  # it is our own


# --- bits of binary -----------------------------------------------------------------------------------------------


def bob(cid: str, data: bytes) -> str:
    text = base64.b64encode(data).decode()
    return f"<data xmlns='urn:xmpp:bob' cid='{cid}' type='text/plain'>{text}</data>"


GOOD = b"good"
CID = f"sha1+{hashlib.sha1(GOOD).hexdigest()}@bob.xmpp.org"  # what XEP-0231 names data by


async def test_b11_binaries_nobody_asked_for(program: Make) -> None:
    """Bits of binary (XEP-0231) are kept only when they were asked for, and never when their hash is another; what was
    fetched from one peer is not given to another."""
    attacked = program("client", "xep_0231")
    attacked.listens("bob")
    plugin = attacked.stream.plugin["xep_0231"]
    await attacked.hear(f"<message from='mallory@evil.example/x'>{bob(CID, b'EVIL')}</message>")
    assert attacked.told == []
    await attacked.hear(f"<message from='{PEER}'>{bob(CID, GOOD)}</message>")
    ask = f"<iq type='get' id='g' from='mallory@evil.example/x'><data xmlns='urn:xmpp:bob' cid='{CID}'/></iq>"
    (answer,) = await attacked.hear(ask)
    assert answer.find(f"{{*}}error/{{{ERRORS}}}item-not-found") is not None
    for data, fits in ((b"EVIL", False), (b"x" * 200_000, False), (GOOD, True)):
        fetching = asyncio.ensure_future(plugin.get_bob(PEER, CID))
        (request,) = requests(await attacked.hear(""), "urn:xmpp:bob")
        await attacked.hear(result(request.get("id") or "", PEER, bob(CID, data)))
        if fits:
            assert (await fetching)["bob"]["data"] == GOOD
        else:
            with pytest.raises(ContentMismatch):
                await fetching
    (answer,) = await attacked.hear(ask)
    assert answer.find(f"{{*}}error/{{{ERRORS}}}item-not-found") is not None


@pytest.mark.parametrize(
    "cid", ["../pwned.txt", "/etc/passwd", "..\\x", f"{CID}/../x", f"sha1+../../x@{CID}", "\u202e", ""]
)
async def test_b12_content_ids_as_file_names(program: Make, cid: str, tmp_path: Path) -> None:
    """No store ever sees a content id that is not one, so that it may name files by them."""
    attacked = program("client", "xep_0231")
    seen: list[str] = []

    def note(jid: Any, node: Any, ifrom: Any, args: Any) -> None:
        seen.append(args if isinstance(args, str) else args.cid)

    for operation in ("set_bob", "get_bob", "del_bob"):
        attacked.stream.plugin["xep_0231"].api.register(note, operation)
    await attacked.hear(f"<message from='{PEER}'>{bob(cid, b'EVIL')}</message>")
    (answer,) = await attacked.hear(
        f"<iq type='get' id='g' from='{PEER}'><data xmlns='urn:xmpp:bob' cid='{cid}'/></iq>"
    )
    assert answer.find(f"{{*}}error/{{{ERRORS}}}item-not-found") is not None
    assert seen == []


async def test_b13_avatars(program: Make) -> None:
    """An avatar counts only if its bytes have the hash that was announced and are no more than `max_size`; its type is
    told by its bytes."""
    attacked = program("client", "xep_0153", xep_0153={"max_size": 100})
    attacked.listens("vcard_avatar_update")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(20)
    sha1 = hashlib.sha1(picture).hexdigest()  # XEP-0153's
    update = f"<x xmlns='vcard-temp:x:update'><photo>{sha1}</photo></x>"
    await attacked.hear(f"<presence from='{PEER}'>{update}</presence>")
    assert [name for name, _ in attacked.told] == ["vcard_avatar_update"]
    plugin = attacked.stream.plugin["xep_0153"]
    for data, fits in ((b"GIF89a", False), (picture + bytes(100), False), (picture, True)):
        getting = asyncio.ensure_future(plugin.get_avatar("bob@localhost", cached=False, timeout=1))
        asked = requests(await attacked.hear(""), "vcard-temp")
        request = next(each for each in asked if each.get("to") == "bob@localhost")
        photo = f"<PHOTO><TYPE>text/html</TYPE><BINVAL>{base64.b64encode(data).decode()}</BINVAL></PHOTO>"
        await attacked.hear(
            result(request.get("id") or "", "bob@localhost", f"<vCard xmlns='vcard-temp'>{photo}</vCard>")
        )
        if fits:
            avatar = await getting
            assert avatar.data == picture
            assert avatar.type == "image/png"
        else:
            with pytest.raises(ContentMismatch):
                await getting


# --- addresses of files -------------------------------------------------------------------------------------------

UPLOAD = "urn:xmpp:http:upload:0"
HTTPS = "https://files.example/1"


@pytest.mark.parametrize(
    ("put", "get"),
    [
        ("http://169.254.169.254/", HTTPS),
        ("https://169.254.169.254/latest", HTTPS),
        ("https://127.0.0.1:8080/", HTTPS),
        ("https://[::1]/", HTTPS),
        ("https://2130706433/", HTTPS),
        ("https://localhost/", HTTPS),
        (HTTPS, "file:///etc/passwd"),
        (HTTPS, "javascript:alert(1)"),
        ("https://user:pass@files.example/", HTTPS),
    ],
)
async def test_b17_upload_slots(program: Make, put: str, get: str) -> None:
    """A slot for uploads (XEP-0363) may name only https addresses outside the own network, and set only the headers
    Authorization, Cookie and Expires, without line breaks."""
    from xmppkit.plugins.xep_0363 import Put, Slot
    from xmppkit.plugins.xep_0363.slots import allowed_headers, target_of

    headers = "".join(
        f"<header name='{name}'>{value}</header>"
        for name, value in (("Host", "intern"), ("Content-Length", "1"), ("Authorization", "a&#10;X-Evil: 1"))
    )
    slot = f"<slot xmlns='{UPLOAD}'><put url='{put}'>{headers}</put><get url='{get}'/></slot>"
    with pytest.raises(UnsafeSlot):
        target_of(Slot(ET.fromstring(slot)))  # it is our own
    part = Put(ET.fromstring(slot)[0])
    assert allowed_headers(part) == (("Authorization", "aX-Evil: 1"),)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "smb://evil/x", "https://u:p@h/", "xmpp:a@b"]
)
async def test_b18_addresses_in_messages(program: Make, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched because a stanza names it: the program does that, and `fault_of_url` and `is_public_address`
    say what speaks against it."""
    opened: list[object] = []

    async def connect(*args: object, **more: object) -> Any:
        opened.append(args)
        raise OSError

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", connect)
    attacked = program("client", "xep_0066")
    await attacked.hear(
        f"<message from='{PEER}'><x xmlns='jabber:x:oob'><url>{url}</url></x><body>{url}</body></message>"
    )
    answers = await attacked.hear(
        f"<iq type='set' id='o' from='{PEER}'><query xmlns='jabber:iq:oob'><url>{url}</url></query></iq>"
    )
    assert [each.get("type") for each in answers if each.get("id") == "o"] == ["error"]
    assert opened == []
    assert fault_of_url(url) is not None
    assert not is_public_address("169.254.169.254")


# --- names and texts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("аdmin@localhost", "аdmin@localhost"),
        ("Admin@Localhost", "admin@localhost"),
        ("ａdmin@localhost", "admin@localhost"),
        ("a@localhost．example", "a@localhost.example"),
        ("a@b.", "a@b"),
        ("a\u200bb@localhost", None),
        ("a\u202eb@localhost", None),
        ("a\u0007b@localhost", None),
        ("a＠b@localhost", None),
        ("a／b@localhost", None),
        ("a@b..c", None),
        (f"{'a' * 1024}@localhost", None),
        (f"a@localhost/{'r' * 1024}", None),
        ("@localhost", None),
        ("a@", None),
        ("a@localhost/", None),
    ],
)
def test_b21_addresses_that_look_alike(text: str, becomes: str | None) -> None:
    """Addresses are prepared by RFC 7622: forms of one letter become one, and what is invisible, reverses text or
    stands for a separator is refused; what is prepared is its own preparation."""
    if becomes is None:
        with pytest.raises(InvalidJID):
            JID(text)
        return
    jid = JID(text)
    assert str(jid) == becomes
    assert JID(str(jid)) == jid
    # Letters of two scripts stay two: they are told apart, not taken for each other.
    assert (jid == JID("admin@localhost")) is (becomes == "admin@localhost")


async def test_b24_markup_in_messages(program: Make) -> None:
    """XHTML-IM (XEP-0071) is deprecated and off; who enables it reads markup of which only known elements, attributes
    and schemes are left."""
    attacked = program()
    attacked.stream.register_plugins()
    assert "xep_0071" not in attacked.stream.plugin
    attacked.stream.register_plugin("xep_0071")
    body = (
        "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
        "<a href='javascript:alert(1)' onclick='alert(2)'>x</a><script>alert(3)</script>"
        "<img src='file:///etc/passwd' alt='i'/><p style='background: url(http://evil/)'>text</p></body></html>"
    )
    attacked.listens("message")
    await attacked.hear(f"<message from='{PEER}'>{body}<body>x</body></message>")
    ((_, message),) = attacked.told
    shown = str(message["html"]["body"])
    for word in ("javascript", "onclick", "alert(3)", "file:", "url("):
        assert word not in shown
    assert "text" in shown
