# SPDX-License-Identifier: MIT
"""What is said in a room, and what we do there."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import ContentMismatch, InvalidForm, IqError, LocalProtocolError
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0045 import Room
from xmppkit.stanza.presence import Show

COVEN = "coven@chat.shakespeare.lit"
ADMIN = "{http://jabber.org/protocol/muc#admin}"
OWNER = "{http://jabber.org/protocol/muc#owner}"
USER = "{http://jabber.org/protocol/muc#user}"
SAID = ("groupchat_message", f"muc::{COVEN}::message")
SUBJECT = ("groupchat_subject", f"muc::{COVEN}::groupchat_subject")
CONFIG = ("groupchat_config_status", f"muc::{COVEN}::config_status")
AFFILIATION = ("groupchat_affiliation_change", f"muc::{COVEN}::affiliation_change")
ERROR = ("groupchat_message_error", f"muc::{COVEN}::message_error")
ALL = (*SAID, *SUBJECT, *CONFIG, *AFFILIATION, *ERROR)
FORM = (
    "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' "
    "type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field><field "
    "var='muc#roomconfig_persistentroom' type='boolean'><value>0</value></field><field var='muc#roomconfig_roomname' "
    "type='text-single'><value>Coven</value></field></x></query>"
)


@pytest.fixture
async def room(play: Any) -> Room:
    joined: Room = await play.joined(others=("firstwitch",))
    play.hear(*ALL)
    return joined


async def answered(play: Any, doing: Any, payload: str = "", error: str = "") -> tuple[ET.Element, Any]:
    """What was asked by something that we do, and what comes of it when the room answers."""
    task = asyncio.ensure_future(doing)
    request = await play.asked()
    assert request.get("to") == COVEN
    answer(play, request, payload, error)
    return request, await task


def answer(play: Any, request: ET.Element, payload: str = "", error: str = "") -> None:
    kind = "error" if error else "result"
    if error:
        payload = f"<error type='cancel'><{error} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    play.station.take(f"<iq type='{kind}' from='{COVEN}' id='{request.get('id')}'>{payload}</iq>")


# --- what is said ---------------------------------------------------------------------------------------------------


async def test_messages(play: Any, room: Room) -> None:
    play.say("firstwitch", "Harpier cries: 'tis time, 'tis time.")
    assert play.names() == list(SAID)
    play.say("thirdwitch", "our own")
    play.say("", "from the room itself")
    bodies = []
    async for message in room:
        bodies.append((message["mucnick"], message["body"], room.is_own(message)))
        if len(bodies) == 2:
            break
    assert bodies == [
        ("firstwitch", "Harpier cries: 'tis time, 'tis time.", False),
        ("", "from the room itself", False),
    ]
    play.say("thirdwitch", "our own")
    async for message in room.messages(own=True):
        assert room.is_own(message)
        break


async def test_messages_end_when_we_leave(play: Any, room: Room) -> None:
    async def read() -> list[str]:
        return [message["body"] async for message in room]

    reading = asyncio.ensure_future(read())
    await play.station.settle()
    play.say("firstwitch", "one")
    await play.station.settle()
    play.say("firstwitch", "two")
    play.gone("thirdwitch", 110, 307)
    assert await reading == ["one", "two"]
    assert await read() == []


async def test_messages_are_bounded(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    room = await play.joined(backlog=3)
    for number in range(6):
        play.say("firstwitch", str(number))
    assert room.dropped == 3
    assert caplog.text.count("nobody reads what is said") == 1
    room.keep(2)
    play.gone("thirdwitch", 110)
    assert [message["body"] async for message in room] == ["4", "5"]


async def test_nothing_is_kept_that_nobody_wants(play: Any) -> None:
    room = await play.joined(backlog=0)
    play.say("firstwitch", "unread")
    assert (room.dropped, room._queue) == (0, None)
    iterator = aiter(room)
    waiting = asyncio.ensure_future(anext(iterator))
    await play.station.settle()
    play.say("firstwitch", "read")
    assert (await waiting)["body"] == "read"
    room.keep(0)
    with pytest.raises(StopAsyncIteration):
        await anext(iterator)


async def test_the_subject(play: Any, room: Room) -> None:
    """XEP-0045 §8.1"""
    play.message("<subject>Fire Burn and Cauldron Bubble!</subject>", "firstwitch")
    assert play.names() == list(SUBJECT)
    assert (room.subject, room.subject_by) == ("Fire Burn and Cauldron Bubble!", "firstwitch")
    play.message("<subject>one</subject><body>two</body>", "firstwitch")
    play.message("<subject>one</subject><thread>two</thread>", "firstwitch")
    play.message("<subject>one</subject>", "firstwitch", type="chat")
    assert play.names() == list(SAID)
    assert room.subject == "Fire Burn and Cauldron Bubble!"
    play.message("<subject/>")
    assert (room.subject, room.subject_by) == ("", None)


@pytest.mark.parametrize("kind", ["groupchat", "normal"])
async def test_what_the_room_says_of_itself(play: Any, room: Room, kind: str) -> None:
    """XEP-0045 §10.2.1, §9.3"""
    play.notice("<status code='170'/>", type=kind)
    assert play.names() == list(CONFIG)
    affiliation = "<item affiliation='member' jid='hag66@shakespeare.lit' role='none'/>"
    play.notice(affiliation, type=kind)
    assert play.names() == list(AFFILIATION)
    play.notice(affiliation + "<status code='101'/>", type=kind)
    assert play.names() == list(AFFILIATION)
    play.notice("<status code='nonsense'/><status/>", type=kind)
    play.notice("", type=kind)
    assert play.names() == []


async def test_spoof_of_what_the_room_says_of_itself(play: Any, room: Room) -> None:
    for sender in (f"{COVEN}/firstwitch", "mallory@evil.lit", "mallory@evil.lit/x", "other@chat.shakespeare.lit"):
        for kind in ("groupchat", "normal", "chat", "error"):
            play.notice("<item affiliation='owner'/><status code='172'/>", sender=sender, type=kind)
    assert [name for name in play.names() if name not in ERROR] == []


async def test_spoof_of_messages_in_rooms_where_we_are_not(play: Any, room: Room) -> None:
    for sender in ("mallory@evil.lit/firstwitch", "mallory@evil.lit", "other@chat.shakespeare.lit/x"):
        for inside in ("<body>x</body>", "<subject>x</subject>"):
            for kind in ("groupchat", "error"):
                play.message(inside, sender=sender, type=kind)
    play.gone("thirdwitch", 110)
    play.say("firstwitch", "x")
    play.message("<subject>x</subject>", "firstwitch")
    assert play.names() == []


async def test_errors(play: Any, room: Room) -> None:
    refusal = "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    play.message(f"<body>x</body>{refusal}", "thirdwitch", type="error")
    play.message(f"<subject>x</subject>{refusal}", type="error")
    assert play.names() == [*ERROR, *ERROR]
    assert room.subject == ""


async def test_events_of_the_room(play: Any, room: Room) -> None:
    heard: list[Any] = []

    @room.on("message")
    def said(message: Any) -> None:
        heard.append(message["body"])

    play.say("firstwitch", "one")
    play.gone("thirdwitch", 110)
    assert heard == ["one"]
    assert play.station.event_handled(f"muc::{COVEN}::message") == 1  # that of the test
    assert said is not None


async def test_events_of_a_room_that_was_lost(play: Any, room: Room) -> None:
    heard: list[Any] = []
    room.on("message")(heard.append)
    play.station.event("session_end")
    assert await play.joined() is room
    play.say("firstwitch", "again")
    assert [message["body"] for message in heard] == ["again"]
    name = f"muc::{COVEN}::got_online"
    for disables in (False, True):
        room = await play.joined()
        room.on("got_online")(heard.append)
        play.station.event("session_end")
        assert play.station.event_handled(name) == 1
        if disables:
            play.station.plugin.disable("xep_0045")
        else:
            room.go()
        assert (play.station.event_handled(name), play.muc.lost_rooms) == (0, [])


# --- saying something -----------------------------------------------------------------------------------------------


async def test_saying_something(play: Any, room: Room) -> None:
    message = room.send("hello")
    room.send_private("firstwitch", "psst")
    room.set_subject("Fire Burn")
    room.set_subject("")
    room.set_presence(Show.AWAY, "brewing")
    room.set_presence()
    told, private, subject, cleared, away, back = play.sent()
    assert (told.get("to"), told.get("type"), told.findtext("body"), told.get("id")) == (
        COVEN, "groupchat", "hello", message["id"],
    )  # fmt: skip
    assert (private.get("to"), private.get("type"), private.findtext("body")) == (f"{COVEN}/firstwitch", "chat", "psst")
    assert private.find(f"{USER}x") is not None  # §7.5
    assert (subject.get("type"), [child.tag for child in subject]) == ("groupchat", ["subject"])
    assert [(child.tag, child.text) for child in cleared] == [("subject", None)]
    assert (away.get("to"), [child.text for child in away]) == (f"{COVEN}/thirdwitch", ["away", "brewing"])
    assert len(back) == 0
    made = room.make_message()
    assert (made["to"], made["type"], len(made.xml)) == (COVEN, "groupchat", 0)


async def test_inviting(play: Any, room: Room) -> None:
    """XEP-0045 §7.8"""
    room.invite("hecate@shakespeare.lit", "Hey Hecate")
    (invitation,) = play.sent()
    assert (invitation.get("to"), invitation.get("type")) in ((COVEN, None), (COVEN, "normal"))
    invite = invitation.find(f"{USER}x/{USER}invite")
    assert invite is not None
    assert (invite.get("to"), invite.findtext(f"{USER}reason")) == ("hecate@shakespeare.lit", "Hey Hecate")
    play.station.register_plugin("xep_0249")
    room.invite("hecate@shakespeare.lit", direct=True)
    (direct,) = play.sent()
    assert direct.get("to") == "hecate@shakespeare.lit"
    assert [child.attrib for child in direct] == [{"jid": COVEN}]


async def test_asking_for_voice(play: Any, room: Room) -> None:
    """XEP-0045 §7.13"""
    room.request_voice()
    (request,) = play.sent()
    data = "{jabber:x:data}"
    values = {field.get("var"): field.findtext(f"{data}value") for field in request.iter(f"{data}field")}
    assert values == {"FORM_TYPE": "http://jabber.org/protocol/muc#request", "muc#role": "participant"}


async def test_saying_something_where_we_are_not(play: Any, room: Room) -> None:
    play.gone("thirdwitch", 110)
    for act in (
        lambda: room.send("x"),
        lambda: room.send_private("firstwitch", "x"),
        lambda: room.set_subject("x"),
        lambda: room.set_presence(),
        lambda: room.invite("x@shakespeare.lit"),
        lambda: room.request_voice(),
        lambda: room.make_message(),
    ):
        with pytest.raises(LocalProtocolError, match=r"not in coven.*, but left"):
            act()
    assert play.sent() == []


# --- changing something ---------------------------------------------------------------------------------------------


async def test_moderating(play: Any, room: Room) -> None:
    request, _ = await answered(play, room.kick("firstwitch", "Avaunt!"))
    (item,) = request.iter(f"{ADMIN}item")
    assert (item.attrib, item.findtext(f"{ADMIN}reason")) == ({"nick": "firstwitch", "role": "none"}, "Avaunt!")
    request, _ = await answered(play, room.set_role("firstwitch", "visitor"))
    assert [item.attrib for item in request.iter(f"{ADMIN}item")] == [{"nick": "firstwitch", "role": "visitor"}]
    with pytest.raises(IqError, match="not-allowed"):
        await answered(play, room.kick("firstwitch"), error="not-allowed")


async def test_banning(play: Any, room: Room) -> None:
    request, _ = await answered(play, room.ban("earlofcambridge@shakespeare.lit/stage", "Treason"))
    (item,) = request.iter(f"{ADMIN}item")
    assert item.attrib == {"affiliation": "outcast", "jid": "earlofcambridge@shakespeare.lit"}
    with pytest.raises(ValueError, match="the address of 'firstwitch'"):
        await room.ban(room.occupants["firstwitch"])
    play.presence("secondwitch", item="affiliation='none' role='visitor' jid='hag@shakespeare.lit/x'")
    request, _ = await answered(play, room.set_affiliation(room.occupants["secondwitch"], "member"))
    (item,) = request.iter(f"{ADMIN}item")
    assert item.attrib == {"affiliation": "member", "jid": "hag@shakespeare.lit"}


async def test_configuring(play: Any, room: Room) -> None:
    """XEP-0045 §10.1.2, §10.2"""
    request, _ = await answered(play, room.configure())
    (form,) = request.iter("{jabber:x:data}x")
    assert (form.attrib, len(form)) == ({"type": "submit"}, 0)
    _, config = await answered(play, room.configuration(), FORM)
    assert config.values_["muc#roomconfig_roomname"] == "Coven"

    configuring = asyncio.ensure_future(room.configure({"muc#roomconfig_persistentroom": True}))
    answer(play, await play.asked(), FORM)
    request = await play.asked()
    (form,) = request.iter("{jabber:x:data}x")
    data = "{jabber:x:data}"
    values = {field.get("var"): field.findtext(f"{data}value") for field in form}
    assert (request.get("type"), form.get("type")) == ("set", "submit")
    assert values == {
        "FORM_TYPE": "http://jabber.org/protocol/muc#roomconfig",
        "muc#roomconfig_persistentroom": "1",
        "muc#roomconfig_roomname": "Coven",
    }
    answer(play, request)
    await configuring

    configuring = asyncio.ensure_future(room.configure({"muc#roomconfig_persistentrom": True}))
    answer(play, await play.asked(), FORM)
    with pytest.raises(InvalidForm, match="persistentrom"):
        await configuring
    request, _ = await answered(play, room.configure(config))
    (form,) = request.iter("{jabber:x:data}x")
    assert form.get("type") == "submit"
    submitted = Form()
    submitted["type"] = "submit"
    request, _ = await answered(play, room.configure(submitted))
    with pytest.raises(ContentMismatch):
        await answered(play, room.configuration())


async def test_destroying(play: Any, room: Room) -> None:
    request, _ = await answered(play, room.destroy("Macbeth doth come.", "heath@chat.shakespeare.lit"))
    (destroy,) = request.iter(f"{OWNER}destroy")
    assert destroy.attrib == {"jid": "heath@chat.shakespeare.lit"}
    assert destroy.findtext(f"{OWNER}reason") == "Macbeth doth come."


async def test_what_the_room_can(play: Any, room: Room) -> None:
    info = "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='muc_open'/></query>"
    _, features = await answered(play, room.discover(), info)
    assert features == room.features == frozenset({"muc_open"})
