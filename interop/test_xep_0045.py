# SPDX-License-Identifier: MIT
"""Rooms of real servers: every flow of XEP-0045, and direct invitations, self-pings and occupant ids with it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, make_client, make_component, seen, settled

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError, PresenceError
from xmppkit.plugins.xep_0045 import Affiliation, Leaving, Role, Room, StatusCode
from xmppkit.plugins.xep_0410 import PingStatus

PLUGINS = ("xep_0045", "xep_0249", "xep_0410", "xep_0421")
_numbers = itertools.count(1)


def address(server: Server) -> str:
    """A room that no other test knows."""
    return f"room{next(_numbers)}@{server.muc_domain}"


@asynccontextmanager
async def clients(server: Server, *names: str) -> AsyncIterator[list[Any]]:
    made = [make_client(server, name) for name in names or ("alice", "bob")]
    for client in made:
        for plugin in PLUGINS:
            client.register_plugin(plugin)
    async with asyncio.timeout(TIMEOUT):
        await asyncio.gather(*(client.__aenter__() for client in made))
        try:
            yield made
        finally:
            for client in made:
                await client.__aexit__(None, None, None)


async def join(client: ClientXMPP, room: str, nick: str, **options: Any) -> Room:
    joined: Room = await client.plugin["xep_0045"].join(room, nick, timeout=TIMEOUT, **options)
    return joined


@asynccontextmanager
async def two(server: Server, **config: Any) -> AsyncIterator[tuple[Any, Any, Room, Room]]:
    """Alice, who has made a room, and Bob, who has come into it."""
    async with clients(server) as (alice, bob):
        where = address(server)
        hers = await join(alice, where, "ann")
        await hers.configure(config)
        his = await join(bob, where, "rob")
        await until(lambda: "rob" in hers)
        yield alice, bob, hers, his


async def until(condition: Any) -> None:
    """Wait until something is so."""
    while not condition():  # noqa: ASYNC110  # what is waited for is no single event
        await asyncio.sleep(0.01)


async def test_making_a_room_and_coming_into_it(server: Server) -> None:
    async with clients(server) as (alice, bob):
        where = address(server)
        hers = await join(alice, where, "ann")
        assert hers.created
        assert hers.me is not None
        assert (hers.me.role, hers.me.affiliation) == (Role.MODERATOR, Affiliation.OWNER)
        await hers.configure()
        hers.set_subject("roses")
        hers.send("one")
        await until(lambda: hers.subject == "roses")
        async for message in hers.messages(own=True):
            assert message["body"] == "one"
            break
        joined = seen(alice, "muc_occupant_joined")
        his = await join(bob, where, "rob", maxstanzas=10)
        assert not his.created
        assert (his.subject, set(his.occupants)) == ("roses", {"ann", "rob"})
        assert [message["body"] for message in his.history] == ["one"]
        assert (await joined.get()).occupant.jid == bob.boundjid  # she is a moderator
        assert his.occupants["ann"].jid is None
        assert alice.plugin["xep_0045"].jid_in_room(where, bob.boundjid)
        result = await bob.plugin["xep_0045"].join_muc_wait(where, "rob", maxchars=0, timeout=TIMEOUT)
        assert [each["from"].resource for each in result.occupants] == ["ann"]
        assert (result.history, result.subject["subject"]) == ([], "roses")


async def test_talking(server: Server) -> None:
    async with two(server) as (alice, _, hers, his):
        sent = his.send("hello")
        async for message in hers:
            assert (message["body"], message["mucnick"], message["id"]) == ("hello", "rob", sent["id"])
            break
        async for message in his.messages(own=True):
            assert his.is_own(message)
            break
        private = seen(alice, "message", of=lambda message: message["type"] == "chat")
        his.send_private("ann", "psst")
        told = await private.get()
        assert (told["body"], told["from"], told["type"]) == ("psst", f"{hers.jid}/rob", "chat")


async def test_a_nickname_that_is_taken(server: Server) -> None:
    async with clients(server) as (alice, bob):
        where = address(server)
        await (await join(alice, where, "ann")).configure()
        with pytest.raises(PresenceError) as caught:
            await join(bob, where, "ann")
        assert caught.value.condition == "conflict"
        his = await join(bob, where, "ann", alternatives=["rob"])
        assert his.nick == "rob"
        with pytest.raises(PresenceError, match="conflict"):
            await his.change_nick("ann", timeout=TIMEOUT)
        changed = seen(alice, "muc_occupant_changed")
        await his.change_nick("bert", timeout=TIMEOUT)
        assert (his.nick, set(his.occupants)) == ("bert", {"ann", "bert"})
        change = await changed.get()
        assert (change.before.nick, change.after.nick) == ("rob", "bert")


async def test_a_password(server: Server) -> None:
    config = {"muc#roomconfig_roomsecret": "cauldron"}
    if server.name == "ejabberd":
        config["muc#roomconfig_passwordprotectedroom"] = True  # type: ignore[assignment]  # a form's boolean
    async with clients(server) as (alice, bob):
        where = address(server)
        hers = await join(alice, where, "ann")
        await hers.configure(config)
        for password in (None, "wrong"):
            with pytest.raises(PresenceError) as caught:
                await join(bob, where, "rob", password=password)
            assert caught.value.condition == "not-authorized"
        assert (await join(bob, where, "rob", password="cauldron")).joined


async def test_moderating(server: Server) -> None:
    async with two(server) as (alice, bob, hers, his):
        await hers.set_role("rob", "visitor")
        await until(lambda: his.me is not None and his.me.role is Role.VISITOR)
        await hers.set_role("rob", "participant")
        await until(lambda: his.me is not None and his.me.role is Role.PARTICIPANT)
        muc = alice.plugin["xep_0045"]
        assert await muc.get_roles_list(hers.jid, "participant") == ["rob"]
        with pytest.raises(IqError):
            await his.kick("ann")
        left = seen(alice, "muc_occupant_left")
        await hers.kick("rob", "Avaunt!")
        gone = (await left.get()).departure
        assert (gone.why, gone.reason) == (Leaving.KICKED, "Avaunt!")
        await until(lambda: not his.joined)
        assert his.departure is not None
        assert (his.departure.why, his.departure.reason) == (Leaving.KICKED, "Avaunt!")
        assert bob.plugin["xep_0045"].get_joined_rooms() == []


async def test_affiliations_and_bans(server: Server) -> None:
    async with two(server) as (alice, bob, hers, his):
        muc, him = alice.plugin["xep_0045"], bob.boundjid.bare
        await hers.set_affiliation(hers.occupants["rob"], "member")
        await until(lambda: his.me is not None and his.me.affiliation is Affiliation.MEMBER)
        assert await muc.get_affiliation_list(hers.jid, "member") == [him]
        await muc.send_affiliation_list(hers.jid, [(him, "admin")])
        await until(lambda: his.me is not None and his.me.role is Role.MODERATOR)
        await muc.set_affiliation(hers.jid, "none", nick="rob")
        await hers.ban(him, "Treason")
        await until(lambda: not his.joined)
        assert his.departure is not None
        assert (his.departure.why, his.departure.reason) == (Leaving.BANNED, "Treason")
        if server.name == "Prosody":  # Debian's ejabberd lets an outcast of its own domain in again, as a visitor
            with pytest.raises(PresenceError) as caught:
                await join(bob, str(hers.jid), "rob")
            assert caught.value.condition == "forbidden"
        outcasts = await muc.get_users_by_affiliation(hers.jid, "outcast")
        assert [item.jid for item in outcasts["mucadmin_query"].items] == [him]
        await hers.set_affiliation(him, "none")
        assert (await join(bob, str(hers.jid), "rob")).joined


async def test_members_only(server: Server) -> None:
    async with two(server) as (alice, bob, hers, his):
        changed = seen(alice, "groupchat_config_status")
        form = await hers.configuration()
        await hers.configure(form.submission({"muc#roomconfig_membersonly": True}))
        await until(lambda: not his.joined)
        assert his.departure is not None
        assert his.departure.why is Leaving.MEMBERS_ONLY
        assert (await changed.get())["muc"].status_codes & {StatusCode.CONFIGURATION_CHANGED, 104}
        with pytest.raises(PresenceError) as caught:
            await join(bob, str(hers.jid), "rob")
        assert caught.value.condition == "registration-required"


async def test_asking_for_voice(server: Server) -> None:
    async with two(server, **{"muc#roomconfig_moderatedroom": True}) as (alice, _, hers, his):
        await hers.set_role("rob", "visitor")
        await until(lambda: his.me is not None and his.me.role is Role.VISITOR)
        refused = seen(his._host.xmpp, "groupchat_message_error")
        his.send("may I?")
        assert (await refused.get())["error"]["condition"] == "forbidden"
        requests = seen(alice, "muc_voice_request")
        his.request_voice()
        alice.plugin["xep_0045"].answer_voice_request(await requests.get(), allow=True)
        await until(lambda: his.me is not None and his.me.role is Role.PARTICIPANT)


async def test_inviting(server: Server) -> None:
    async with clients(server) as (alice, bob):
        hers = await join(alice, address(server), "ann")
        await hers.configure()
        await available(bob)
        mediated, direct = seen(bob, "groupchat_invite"), seen(bob, "groupchat_direct_invite")
        hers.invite(bob.boundjid.bare, "come")
        message = await mediated.get()
        assert (message["from"], message["muc"]["invite"]["reason"]) == (hers.jid, "come")
        declined = seen(alice, "groupchat_decline")
        bob.plugin["xep_0045"].decline(hers.jid, message["muc"]["invite"]["from"], "busy")
        assert (await declined.get())["muc"]["decline"]["reason"] == "busy"
        hers.invite(bob.boundjid.bare, "come now", direct=True)
        message = await direct.get()
        assert (message["from"], message["groupchat_invite"].jid) == (alice.boundjid, hers.jid)
        assert direct.empty()


async def test_leaving_and_coming_back(server: Server) -> None:
    async with two(server) as (alice, bob, hers, his):
        left = seen(alice, "muc_occupant_left")
        await his.leave("gone")
        assert (await left.get()).departure.why is Leaving.LEFT
        assert bob.plugin["xep_0045"].rooms == {}
        his.go()
        again = asyncio.ensure_future(join(bob, str(hers.jid), "rob"))
        assert (await again).joined
        (await again).go()
        assert (await join(bob, str(hers.jid), "rob")).joined  # it waits for the leaving
        # Cancelled, nothing is left: the room sees us go.
        cancelled = asyncio.ensure_future(join(bob, address(server), "rob"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await until(lambda: len(bob.plugin["xep_0045"]._rooms) == 1)


async def test_destroying(server: Server) -> None:
    async with two(server) as (alice, _, hers, his):
        with pytest.raises(IqError) as caught:
            await his.destroy()
        assert caught.value.condition == "forbidden"
        await hers.destroy("Macbeth doth come.", f"heath@{server.muc_domain}")
        await until(lambda: not (his.joined or hers.joined))
        for room in (hers, his):
            assert room.departure is not None
            assert (room.departure.why, room.departure.reason) == (Leaving.DESTROYED, "Macbeth doth come.")
            assert room.departure.alternate == f"heath@{server.muc_domain}"
        assert alice.plugin["xep_0045"]._rooms == {}


async def test_self_ping(server: Server) -> None:
    """XEP-0410"""
    async with two(server) as (alice, bob, hers, his):
        ping = bob.plugin["xep_0410"]
        assert await ping.send_self_ping(his.address) is PingStatus.JOINED
        changes = seen(bob, "muc_ping_changed")
        ping.enable_self_ping(his.address, interval=1.0, timeout=TIMEOUT)
        assert (await changes.get())["result"] is PingStatus.JOINED
        ping.disable_self_ping(his.address)
        await his.leave()
        assert await ping.send_self_ping(f"{hers.jid}/rob") is PingStatus.DISCONNECTED
        assert alice.plugin["xep_0410"].get_ping_status(hers.address) is PingStatus.UNTRIED


async def test_occupant_ids(server: Server) -> None:
    """XEP-0421: Prosody gives them, ejabberd of Debian does not."""
    async with two(server) as (alice, bob, hers, his):
        has = await alice.plugin["xep_0421"].has_feature(hers.jid)
        assert has is (server.name == "Prosody")
        await until(lambda: hers.features is not None)
        assert hers.gives_occupant_ids is has
        message = bob.make_message(hers.jid, "forged?", mtype="groupchat")
        message["occupant-id"]["id"] = "forged"
        message.send()
        async for came in hers:
            found = alice.plugin["xep_0421"].get_id(came)
            break
        if has:
            assert found == hers.occupants["rob"].occupant_id
            assert found not in (None, "forged")
            await his.change_nick("bert", timeout=TIMEOUT)
            await until(lambda: "bert" in hers.occupants)
            assert hers.occupants["bert"].occupant_id == found
        else:
            assert found is None


async def test_what_is_known_of_a_room(server: Server) -> None:
    async with two(server) as (alice, _, hers, _his):
        features = await hers.discover()
        assert "http://jabber.org/protocol/muc" in features
        assert await alice.plugin["xep_0045"].get_reserved_nick(hers.jid) == ""
        rooms = await alice.plugin["xep_0030"].get_items(server.muc_domain)
        assert rooms["type"] == "result"


async def test_a_room_that_is_nowhere(server: Server) -> None:
    async with clients(server, "alice") as (alice,):
        with pytest.raises(PresenceError) as caught:
            await join(alice, "room@nowhere.localhost", "ann")
        assert caught.value.condition in ("not-allowed", "forbidden")  # they speak to no other servers


async def test_a_component_as_several_people(server: Server) -> None:
    component = make_component(server)
    component.register_plugin("xep_0045", {"multi_from": True})
    muc = component.plugin["xep_0045"]
    async with clients(server, "alice") as (alice,), component:
        await settled(server, component)
        where = address(server)
        hers = await join(alice, where, "ann")
        await hers.configure()
        own = [f"{name}@{component.boundjid.domain}/x" for name in ("romeo", "juliet")]
        romeo, juliet = [
            await muc.join(where, name[:5], timeout=TIMEOUT, presence_options={"pfrom": name}) for name in own
        ]
        await until(lambda: set(hers.occupants) == {"ann", "romeo", "julie"})
        romeo.send("hello")
        async for message in juliet:
            assert (message["body"], message["to"]) == ("hello", own[1])
            break
        await romeo.leave()
        assert muc.get_joined_rooms(own[0]) == []
        assert [str(room) for room in muc.get_joined_rooms(own[1])] == [where]
        await juliet.leave()


# --- connections that are lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("managed", [False, True])
async def test_a_room_is_entered_again(server: Server, managed: bool) -> None:
    """After a session that was lost, with what was said meanwhile; after one that goes on we are there still."""
    async with clients(server, "bob") as (bob,):
        where = address(server)
        his = await join(bob, where, "rob")
        await his.configure({})
        bot = make_client(server, "bot")
        for plugin in (*PLUGINS, *(("xep_0198",) if managed else ())):
            bot.register_plugin(plugin)
        bot._return_delay = bot._connector.first = 0.01
        async with bot:
            await available(bot)
            back, heard = seen(bot, "muc_rejoined", "session_resumed"), seen(bot, "groupchat_message")
            room = await join(bot, where, "robot")
            his.send("before")
            assert (await heard.get())["body"] == "before"
            bot.transport.abort()
            his.send("meanwhile")
            payload = await back.get()
            assert (payload is room) is not managed
            assert (await heard.get())["body"] == "meanwhile"
            his.send("after")
            assert (await heard.get())["body"] == "after"
            assert room.joined
            assert bot.sentpresence
            assert heard.empty()
