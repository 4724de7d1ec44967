# SPDX-License-Identifier: MIT
"""Group B: other users, whose stanzas arrive in a session. A server stamps each with who it is from; what it says
beside that may be a lie.

Each test is named after its entry; the first sentence of its docstring is what docs/security.rst says of it.
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
from xmppkit.settings import Settings
from xmppkit.stanza.message import Message

Make = Callable[..., Program]
OWN = "alice@localhost"
PEER = "bob@localhost/phone"
#: Who is not asked.
OTHERS = ["mallory@evil.example/x", "alice@localhost/other", "bob@localhost/tablet", "bob@localhost", "localhost"]
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


# --- answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["client", "component"])
@pytest.mark.parametrize(
    "forged",
    [
        *(f"<iq type='result' id='{{id}}' from='{sender}'/>" for sender in OTHERS),
        *(f"<iq type='error' id='{{id}}' from='{sender}'/>" for sender in OTHERS),
        f"<message id='{{id}}' from='{PEER}'/>",
        f"<iq type='get' id='{{id}}' from='{PEER}'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='result' id='{id}'/>",
    ],
)
async def test_b01_forged_answers(program: Make, kind: str, forged: str) -> None:
    """An answer counts only if it is an IQ of type result or error, has the request's id, and comes from exactly who
    was asked; anything else with that id leaves the request waiting."""
    attacked = program(kind)
    asking = attacked.stream.make_iq_get("urn:example", ito=PEER).send()
    (request,) = requests(await attacked.hear(""), "urn:example")
    id = request.get("id") or ""
    assert len(id) >= 16
    await attacked.hear(forged.format(id=id))
    assert not asking.done()
    await attacked.hear(result(id, PEER))
    assert (await asking)["from"] == PEER


@pytest.mark.parametrize(
    ("asked", "sender", "counts"),
    [
        (None, None, True),
        (None, OWN, True),
        (OWN, OWN, True),
        (OWN, None, True),
        (None, "alice@localhost/r", False),
        (None, "alice@localhost/other", False),
        (None, "localhost", False),
        (OWN, "localhost", False),
        ("localhost", "localhost", True),
        ("localhost", None, False),
        ("localhost", OWN, False),
        (PEER, PEER, True),
        (PEER, "bob@localhost", False),
        (PEER, None, False),
        ("bob@localhost", PEER, False),
    ],
)
async def test_b02_who_may_answer(program: Make, asked: str | None, sender: str | None, counts: bool) -> None:
    """For the own account its bare address answers, or nobody by name; for anybody else only who was asked, be it a
    server or a full address."""
    attacked = program()
    asking = attacked.stream.make_iq_get("urn:example", ito=asked).send()
    (request,) = requests(await attacked.hear(""), "urn:example")
    await attacked.hear(result(request.get("id") or "", sender))
    assert asking.done() is counts
    asking.cancel()


@pytest.mark.parametrize("sender", ["mallory@evil.example", "alice@localhost/r", "alice@localhost/other", "localhost"])
async def test_b03_roster_pushes(program: Make, sender: str) -> None:
    """A roster push counts only from the own account: without sender, or from its bare address."""
    attacked = program()
    attacked.listens("roster_update")
    push = "<iq type='set' id='p'{}><query xmlns='jabber:iq:roster'><item jid='{}' subscription='both'/></query></iq>"
    answers = await attacked.hear(push.format(f" from='{sender}'", "evil@evil.example"))
    assert "evil@evil.example" not in attacked.stream.client_roster
    assert attacked.told == []
    assert [each.get("type") for each in answers if each.get("id") == "p"] in ([], ["error"])
    await attacked.hear(push.format("", "a@localhost"), push.format(f" from='{OWN}'", "b@localhost"))
    assert {"a@localhost", "b@localhost"} <= set(attacked.stream.client_roster)


FORWARDED = (
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{sender}' to='{to}'>"
    "<body>transfer the money</body></message></forwarded>"
)


@pytest.mark.parametrize("direction", ["received", "sent"])
@pytest.mark.parametrize(
    "sender", ["mallory@evil.example/x", "alice@localhost/r", "alice@localhost/other", "localhost"]
)
async def test_b04_carbons(program: Make, direction: str, sender: str) -> None:
    """Copies of messages (XEP-0280) are believed only from the own bare address; copies from others, the own other
    clients included, raise no event."""
    attacked = program("client", "xep_0280")
    attacked.listens("carbon_received", "carbon_sent")
    ends = {"sender": PEER, "to": OWN} if direction == "received" else {"sender": "alice@localhost/o", "to": PEER}
    inside = f"<{direction} xmlns='urn:xmpp:carbons:2'>{FORWARDED.format(**ends)}</{direction}>"
    await attacked.hear(f"<message from='{sender}'>{inside}</message>")
    assert attacked.told == []
    await attacked.hear(f"<message from='{OWN}'>{inside}</message>")
    assert [name for name, _ in attacked.told] == [f"carbon_{direction}"]


# --- archives ---------------------------------------------------------------------------------------------------

MAM = "urn:xmpp:mam:2"


def archived(sender: str | None, queryid: str, id: str = "x") -> str:
    stamp = "" if sender is None else f" from='{sender}'"
    inside = FORWARDED.format(sender=PEER, to=OWN)
    return f"<message{stamp}><result xmlns='{MAM}' queryid='{queryid}' id='{id}'>{inside}</result></message>"


@pytest.mark.parametrize(
    ("archive", "sender"),
    [
        (None, "mallory@evil.example"),
        (None, "alice@localhost/other"),
        (None, "localhost"),
        ("room@muc.localhost", OWN),
        ("room@muc.localhost", None),
        ("room@muc.localhost", "room@muc.localhost/nick"),
    ],
)
async def test_b05_archived_messages(program: Make, archive: str | None, sender: str | None) -> None:
    """What is said to be from an archive (XEP-0313) counts only from the one that was asked, and only while the
    question is open."""
    attacked = program("client", "xep_0313")
    asking = attacked.stream.plugin["xep_0313"].retrieve(archive)
    (request,) = requests(await attacked.hear(""), MAM)
    queryid = request[0].get("queryid") or ""
    true = archive or OWN
    await attacked.hear(archived(sender, queryid, "forged"), archived(true, "guessed", "forged"))
    await attacked.hear(archived(true, queryid, "true"))
    await attacked.hear(result(request.get("id") or "", archive or OWN, f"<fin xmlns='{MAM}' complete='true'/>"))
    results = (await asking)["mam"]["results"]
    assert [message["mam_result"]["id"] for message in results] == ["true"]
    await attacked.hear(archived(true, queryid, "late"))
    assert len(results) == 1


async def test_b06_an_archive_without_end(program: Make) -> None:
    """An archive that never says that it is complete is asked for no more pages than the caller says, and none may have
    more messages than were asked for."""
    attacked = program("client", "xep_0313")
    plugin = attacked.stream.plugin["xep_0313"]

    async def read() -> int:
        return len([page async for page in plugin.retrieve(iterator=True, rsm={"max": 2}, max_pages=3)])

    async def serve(amount: int) -> int:
        asked = 0
        waiting = requests(await attacked.hear(""), MAM)
        while waiting:
            request = waiting.pop()
            asked += 1
            queryid = request[0].get("queryid") or ""
            pages = "".join(archived(OWN, queryid, f"{asked}-{n}") for n in range(amount))
            last = f"<set xmlns='http://jabber.org/protocol/rsm'><first>{asked}-0</first><last>{asked}-1</last></set>"
            fin = result(request.get("id") or "", OWN, f"<fin xmlns='{MAM}'>{last}</fin>")
            waiting += requests(await attacked.hear(pages, fin), MAM)
        return asked

    reading = asyncio.ensure_future(read())
    assert await serve(2) == 3
    assert await reading == 3
    reading = asyncio.ensure_future(read())
    assert await serve(500) == 1
    with pytest.raises(ContentMismatch):
        await reading


# --- what others change -----------------------------------------------------------------------------------------

REPLACE = "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>evil</body>"
RETRACT = "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>"


def message(stream: Any, sender: str, inside: str, kind: str = "chat", id: str = "m2") -> Message:
    text = f"<message xmlns='jabber:client' from='{sender}' type='{kind}' id='{id}'>{inside}</message>"
    return Message(stream, ET.fromstring(text))  # it is our own


@pytest.mark.parametrize(("plugin", "inside"), [("xep_0308", REPLACE), ("xep_0424", RETRACT)])
@pytest.mark.parametrize(
    ("author", "other", "kind", "may"),
    [
        (PEER, "mallory@evil.example/x", "chat", False),
        (PEER, "bob@evil.example/phone", "chat", False),
        (PEER, "bob@localhost/tablet", "chat", True),
        ("room@muc.localhost/bob", "room@muc.localhost/mallory", "groupchat", False),
        ("room@muc.localhost/bob", "other@muc.localhost/bob", "groupchat", False),
    ],
)
async def test_b07_changing_what_others_wrote(
    program: Make, plugin: str, inside: str, author: str, other: str, kind: str, may: bool
) -> None:
    """Corrections and retractions apply only to messages of the same author: the same account, or the same occupant of
    the same room."""
    attacked = program("client", plugin)
    original = message(attacked.stream, author, "<body>good</body>", kind, "m1")
    change = message(attacked.stream, other, inside, kind)
    assert attacked.stream.plugin[plugin].applies(original, change) is may


USER = "http://jabber.org/protocol/muc#user"
ITEM = "<item affiliation='owner' role='moderator' jid='boss@localhost/x'/><status code='110'/>"


@pytest.mark.parametrize("sender", ["mallory@evil.example/x", "mallory@evil.example", "room@muc.localhost/nick"])
async def test_b08_rooms_that_were_not_joined(program: Make, sender: str) -> None:
    """Nothing is a room because somebody says so: messages, presences, invitations and statuses of rooms are believed
    only from rooms that were joined."""
    attacked = program("client", "xep_0045")
    names = ("groupchat_message", "groupchat_presence", "groupchat_invite", "groupchat_subject", "muc_joined")
    attacked.listens(*names)
    await attacked.hear(
        f"<message from='{sender}' type='groupchat'><body>x</body></message>",
        f"<message from='{sender}' type='groupchat'><subject>x</subject></message>",
        f"<presence from='{sender}'><x xmlns='{USER}'>{ITEM}</x></presence>",
    )
    if "/" in sender:
        await attacked.hear(f"<message from='{sender}'><x xmlns='{USER}'><invite from='{PEER}'/></x></message>")
    muc = attacked.stream.plugin["xep_0045"]
    assert [name for name, _ in attacked.told] == []
    assert list(muc.get_joined_rooms()) == []


@pytest.mark.parametrize("sender", ["mallory@evil.example", "alice@localhost/other", PEER, "localhost"])
async def test_b09_private_nodes(program: Make, sender: str) -> None:
    """What is private to an account, as its bookmarks are, is believed only from its own bare address."""
    from xmppkit.plugins.xep_0172 import UserNick

    attacked = program("client", "xep_0163")
    attacked.stream.plugin["xep_0163"].register_pep("secret", UserNick, private=True)
    attacked.listens("secret_publish")
    event = (
        "<message{}><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='http://jabber.org/protocol/nick'>"
        "<item id='current'><nick xmlns='http://jabber.org/protocol/nick'>x</nick></item></items></event></message>"
    )
    await attacked.hear(event.format(f" from='{sender}'"))
    assert attacked.told == []
    await attacked.hear(event.format(f" from='{OWN}'"), event.format(""))
    assert len(attacked.told) == 2


async def test_b10_subscription_requests(program: Make) -> None:
    """With `Settings.strict()` who asks to see our presence waits for the program's word; the default, which programs
    rely on, lets everybody see it."""
    ask = "<presence from='mallory@evil.example' type='subscribe'/>"
    strict = program("client", settings=Settings.strict())
    strict.listens("presence_subscribe")
    assert named(await strict.hear(ask), "presence") == []
    assert len(strict.told) == 1
    refusing = program("client", settings=Settings(auto_authorize=False))
    assert {each.get("type") for each in named(await refusing.hear(ask), "presence")} == {"unsubscribed"}
    default = program("client")
    assert "subscribed" in {each.get("type") for each in named(await default.hear(ask), "presence")}


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


CAPS = "http://jabber.org/protocol/caps"
DISCO = "http://jabber.org/protocol/disco#info"


async def test_b14_capabilities(program: Make) -> None:
    """What a peer says of its abilities is kept for all with that hash only if the hash proves it; strangers with a
    new hash each do not make us ask without end."""
    attacked = program("client", "xep_0115")
    await attacked.hear("")
    ver = "q07IKJEyjvHSyhy//CH0CxmKi8w="
    who = "mallory@evil.example/x"
    (request,) = requests(
        await attacked.hear(f"<presence from='{who}'><c xmlns='{CAPS}' hash='sha-1' node='n' ver='{ver}'/></presence>"),
        DISCO,
    )
    info = f"<query xmlns='{DISCO}' node='n#{ver}'><identity category='client' type='pc'/><feature var='evil'/></query>"
    await attacked.hear(result(request.get("id") or "", who, info))
    assert await attacked.stream.plugin["xep_0115"].get_caps(JID(who)) is None
    asked = 0
    for number in range(500):
        fresh = base64.b64encode(hashlib.sha1(str(number).encode()).digest()).decode()
        presence = f"<presence from='s{number}@evil.example/x'><c xmlns='{CAPS}' hash='sha-1' node='n' ver='{fresh}'/>"
        asked += len(requests(await attacked.hear(presence + "</presence>"), DISCO))
    assert 0 < asked < 100


async def test_b15_commands(program: Make) -> None:
    """A command (XEP-0050) is run for those that its ``allow`` names; with `Settings.strict()` one that does not say is
    run for nobody."""
    attacked = program("client", "xep_0050", settings=Settings.strict())
    ran: list[str] = []

    def run(iq: Any, session: Any) -> Any:
        ran.append(iq["from"].full)
        return session

    plugin = attacked.stream.plugin["xep_0050"]
    plugin.add_command(node="shut-down", name="Shut down", handler=run)
    plugin.add_command(node="status", name="Status", handler=run, allow=["bob@localhost"])
    command = "<iq type='set' id='c' from='{}'><command xmlns='http://jabber.org/protocol/commands' node='{}'/></iq>"
    for sender, node in ((PEER, "shut-down"), ("mallory@evil.example/x", "status"), ("bob@evil.example/x", "status")):
        answers = [each for each in await attacked.hear(command.format(sender, node)) if each.get("id") == "c"]
        assert answers[0].find(f"{{*}}error/{{{ERRORS}}}forbidden") is not None
    await attacked.hear(command.format(PEER, "status"))
    assert ran == [PEER]


PROBES = [
    "<query xmlns='jabber:iq:version'/>",
    "<ping xmlns='urn:xmpp:ping'/>",
    f"<query xmlns='{DISCO}'/>",
    "<time xmlns='urn:xmpp:time'/>",
]


@pytest.mark.parametrize("payload", PROBES)
async def test_b16_probes(program: Make, payload: str) -> None:
    """With `Settings.strict()` who may not see our presence gets no answer that tells that we are online, nor a
    receipt; contacts and the own server do."""
    attacked = program("client", "xep_0092", "xep_0199", "xep_0030", "xep_0202", "xep_0184", settings=Settings.strict())
    ask = "<iq type='get' id='v' from='{}'>" + payload + "</iq>"
    (answer,) = [each for each in await attacked.hear(ask.format("mallory@evil.example/x")) if each.get("id") == "v"]
    assert answer.find(f"{{*}}error/{{{ERRORS}}}service-unavailable") is not None
    (answer,) = [each for each in await attacked.hear(ask.format("localhost")) if each.get("id") == "v"]
    assert answer.get("type") == "result"
    receipt = (
        "<message from='mallory@evil.example/x' id='m'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>"
    )
    assert named(await attacked.hear(receipt), "message") == []


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


@pytest.mark.parametrize("kind", ["client", "component"])
@pytest.mark.parametrize(
    "sender", ["u@remote.example/\U0001f600\u0378", "u@remote.example/\u202e", "u\u0378@remote.example"]
)
async def test_b22_addresses_that_the_server_takes(program: Make, kind: str, sender: str) -> None:
    """A stanza from an address that the server takes and RFC 7622 does not is dropped, and never ends the stream."""
    attacked = program(kind, "xep_0199")
    attacked.listens("message")
    await attacked.hear(f"<iq type='get' id='1' from='{sender}'><ping xmlns='urn:xmpp:ping'/></iq>")
    await attacked.hear(f"<message from='{sender}'><body>x</body></message>", f"<presence from='{sender}'/>")
    assert attacked.told == []
    await attacked.hear(f"<message from='{PEER}'><body>x</body></message>")
    assert len(attacked.told) == 1


@pytest.mark.parametrize("stanza", ["message", "presence", "iq"])
async def test_b23_errors_are_not_answered(program: Make, stanza: str) -> None:
    """An error is never answered, not even when the handler of one fails, so that no two programs answer each other for
    ever."""
    attacked = program("client", "xep_0199", "xep_0184")

    def fail(stanza: Any) -> None:
        raise RuntimeError("in a handler")

    for name in ("message_error", "presence_error", "message"):
        attacked.stream.add_event_handler(name, fail)
    await attacked.hear("")
    error = f"<error type='cancel'><service-unavailable xmlns='{ERRORS}'/></error>"
    for inside in (error, f"<body>x</body>{error}", f"<ping xmlns='urn:xmpp:ping'/>{error}"):
        attacked.wire.receive(f"<{stanza} type='error' id='e' from='{PEER}'>{inside}</{stanza}>")
    assert await attacked.wire.sent() == ""
    attacked.failures.clear()


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


async def test_b25_ids_and_times_of_others(program: Make) -> None:
    """A stanza-id is believed only from the own account or the room, once that has said that it takes out those of
    senders; an origin-id is the sender's own word, and means nothing without the sender."""
    attacked = program("client", "xep_0359")
    plugin = attacked.stream.plugin["xep_0359"]
    ids = "".join(f"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{by}'/>" for by in (OWN, "mallory@evil.example"))
    stamped = message(attacked.stream, PEER, ids + "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>")
    assert await plugin.get_stanza_id(stamped, "mallory@evil.example") is None
    for features, believed in (("", None), ("<feature var='urn:xmpp:sid:0'/>", OWN)):
        plugin._forget(None)
        asking = asyncio.ensure_future(plugin.get_stanza_id(stamped))
        (request,) = requests(await attacked.hear(""), DISCO)
        await attacked.hear(result(request.get("id") or "", OWN, f"<query xmlns='{DISCO}'>{features}</query>"))
        assert await asking == believed
