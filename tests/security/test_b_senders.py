# SPDX-License-Identifier: MIT
"""Group B: other users, whose stanzas arrive in a session. A server stamps each with who it is from; what it says
beside that may be a lie.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from attacker import Program

from xmppkit.exceptions import ContentMismatch
from xmppkit.jid.address import JID
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


USER = "http://jabber.org/protocol/muc#user"
ROOM = "room@muc.localhost"


async def joined(attacked: Program, *rooms: str) -> None:
    """The program has joined rooms, as ``me``."""
    for room in rooms:
        attacked.stream.plugin["xep_0045"].join_muc(room, "me")
        assert len(named(await attacked.hear(""), "presence")) >= 1
        await attacked.hear(
            f"<presence from='{room}/me'><x xmlns='{USER}'><item affiliation='member' role='participant'/>"
            "<status code='110'/></x></presence>",
            f"<message from='{room}' type='groupchat'><subject/></message>",
        )
    assert set(attacked.stream.plugin["xep_0045"].get_joined_rooms()) == set(rooms)


def occupant(id: str) -> str:
    return f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{id}'/>"


@pytest.mark.parametrize(("plugin", "inside"), [("xep_0308", REPLACE), ("xep_0424", RETRACT)])
@pytest.mark.parametrize(
    ("author", "other", "ids", "kind", "may"),
    [
        (PEER, "mallory@evil.example/x", None, "chat", False),
        (PEER, "bob@evil.example/phone", None, "chat", False),
        (PEER, "bob@localhost/tablet", None, "chat", True),
        (f"{ROOM}/bob", f"{ROOM}/bob", None, "groupchat", True),
        (f"{ROOM}/bob", f"{ROOM}/mallory", None, "groupchat", False),
        (f"{ROOM}/bob", "other@muc.localhost/bob", None, "groupchat", False),
        (f"{ROOM}/bob", ROOM, None, "groupchat", False),
        (f"{ROOM}/bob", f"{ROOM}/bob", None, "chat", True),
        (f"{ROOM}/bob", f"{ROOM}/mallory", None, "chat", False),
        (f"{ROOM}/bob", f"{ROOM}/robert", ("1", "1"), "groupchat", True),
        (f"{ROOM}/bob", f"{ROOM}/bob", ("1", "2"), "groupchat", False),
        (f"{ROOM}/bob", f"{ROOM}/bob", ("1", ""), "groupchat", False),
        ("never@muc.localhost/bob", "never@muc.localhost/bob", None, "groupchat", False),
    ],
)
async def test_b07_changing_what_others_wrote(
    program: Make,
    plugin: str,
    inside: str,
    author: str,
    other: str,
    ids: tuple[str, str] | None,
    kind: str,
    may: bool,
) -> None:
    """Corrections and retractions apply only to messages of the same author: the same account, or the same occupant of
    the same room, by the id that the room gave (XEP-0421) where it gives any."""
    attacked = program("client", plugin, "xep_0045")
    await joined(attacked, ROOM, "other@muc.localhost")
    first, second = ("", "") if ids is None else (occupant(ids[0]), occupant(ids[1]) if ids[1] else "")
    original = message(attacked.stream, author, "<body>good</body>" + first, kind, "m1")
    change = message(attacked.stream, other, inside + second, kind)
    assert attacked.stream.plugin[plugin].applies(original, change) is may


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


async def test_b14_many_with_the_same(program: Make) -> None:
    """Of many who show the same hash one is asked."""
    attacked = program("client", "xep_0115")
    await attacked.hear("")
    who = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/>"
    asked = await attacked.hear("".join(f"<presence from='s{n}@evil.example/x'>{who}</presence>" for n in range(200)))
    assert len(requests(asked, DISCO)) == 1


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
    push = "<iq type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='{}' subscription='{}'/></query></iq>"
    await attacked.hear(push.format("bob@localhost", "from"), push.format("carol@localhost", "to"))
    for sender, kind in (("localhost", "result"), (PEER, "result"), ("carol@localhost/x", "error")):
        (answer,) = [each for each in await attacked.hear(ask.format(sender)) if each.get("id") == "v"]
        assert answer.get("type") == kind
    receipt = (
        "<message from='mallory@evil.example/x' id='m'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>"
    )
    assert named(await attacked.hear(receipt), "message") == []


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


@pytest.mark.parametrize("kind", ["client", "component"])
@pytest.mark.parametrize("stanza", ["message", "presence", "iq"])
async def test_b23_errors_are_not_answered(program: Make, kind: str, stanza: str) -> None:
    """An error is never answered, not even when the handler of one fails, so that no two programs answer each other for
    ever."""
    attacked = program(kind, "xep_0199", "xep_0184")

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


async def test_b25_ids_of_what_others_wrote(program: Make) -> None:
    """Whoever writes the origin-id of somebody else suppresses nothing: what comes twice is known by its sender, its id
    and its content together."""
    attacked = program()
    attacked.stream.drop_doubles()
    attacked.listens("message", "message_doubled")
    origin = "<origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
    for sender, body in (
        ("mallory@evil.example/x", "hello"),
        (PEER, "hello"),
        (PEER, "another"),
        ("bob@localhost/tablet", "another"),
    ):
        await attacked.hear(f"<message from='{sender}' type='chat'><body>{body}</body>{origin}</message>")
    assert [(name, each["from"].full) for name, each in attacked.told] == [
        ("message", "mallory@evil.example/x"),
        ("message", PEER),
        ("message", PEER),
        ("message_doubled", "bob@localhost/tablet"),
    ]
