# SPDX-License-Identifier: MIT
"""Rosters, subscriptions and presence of two accounts at real servers (RFC 6121 §2 to §4)."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, available, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError


@pytest.fixture
async def two(server: Server) -> tuple[ClientXMPP, ClientXMPP]:
    """Two clients, not connected, whose accounts know nobody."""
    return make_client(server, await new_account(server)), make_client(server, await new_account(server))


async def come_online(*clients: ClientXMPP) -> None:
    """What a program does at the start of a session."""
    for client in clients:
        await client.get_roster()
        await available(client)


async def roster_of(server: Server, client: ClientXMPP) -> dict[str, tuple[str, str, list[str]]]:
    """What the server says of the contacts of `client` to another session of the same account."""
    async with make_client(server, client.boundjid.local, resource="other") as other:
        await other.get_roster()
        items = other.client_roster
        return {
            jid: (items[jid]["subscription"], items[jid]["name"], sorted(items[jid]["groups"]))
            for jid in items
            if jid != other.boundjid.bare
        }


# --- contacts -------------------------------------------------------------------------------------------


async def test_add_change_remove(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, _ = two
    contact = f"friend@{server.domain}"
    async with asyncio.timeout(TIMEOUT), one:
        await come_online(one)
        changes = seen(one, "roster_update")

        await one.update_roster(contact, name="Fränd <&>", groups=["a", "b & c"])
        await changes.get()
        assert one.client_roster[contact]["name"] == "Fränd <&>"
        assert await roster_of(server, one) == {contact: ("none", "Fränd <&>", ["a", "b & c"])}

        await one.update_roster(contact, groups=["ü"])
        await changes.get()
        assert await roster_of(server, one) == {contact: ("none", "Fränd <&>", ["ü"])}

        await one.update_roster(contact, name="", groups=[])
        await changes.get()
        assert await roster_of(server, one) == {contact: ("none", "", [])}

        await one.del_roster_item(contact)
        await changes.get()
        assert contact not in one.client_roster
        assert await roster_of(server, one) == {}


async def test_another_resource_hears_of_changes(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, _ = two
    contact = f"friend@{server.domain}"
    other = make_client(server, one.requested_jid.local)
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        changes = seen(other, "roster_update")
        await one.update_roster(contact, name="F")
        push = await changes.get()
        assert push["type"] == "set"
        assert other.client_roster[contact]["name"] == "F"
        await one.del_roster_item(contact)
        await changes.get()
        assert contact not in other.client_roster


async def test_removing_who_is_not_there(two: tuple[ClientXMPP, ClientXMPP], server: Server) -> None:
    one, _ = two
    async with asyncio.timeout(TIMEOUT), one:
        await one.get_roster()
        removal = one.del_roster_item(f"nobody@{server.domain}")
        if server.name == "ejabberd":
            assert (await removal)["type"] == "result"
        else:
            # RFC 6121 §2.5.3
            with pytest.raises(IqError) as caught:
                await removal
            assert caught.value.condition == "item-not-found"
        assert f"nobody@{server.domain}" not in one.client_roster


async def test_a_roster_that_has_not_changed_is_not_sent_again(
    server: Server, two: tuple[ClientXMPP, ClientXMPP]
) -> None:
    """Versions (RFC 6121 §2.6): both servers have them."""
    one, _ = two
    contact = f"friend@{server.domain}"
    async with asyncio.timeout(TIMEOUT):
        async with one:
            assert "rosterver" in one.features
            await one.get_roster()
            changes = seen(one, "roster_update")
            await one.update_roster(contact, name="F")
            if (await changes.get())["type"] != "set":
                await changes.get()
            await one.get_roster()
        version = one.client_roster.version
        assert version
        async with one:
            answer = await one.get_roster()
            assert answer.get_plugin("roster", check=True) is None, "an empty result: nothing has changed"
            assert one.client_roster[contact]["name"] == "F"
            assert one.client_roster.version == version


# --- subscriptions --------------------------------------------------------------------------------------


async def test_subscribe_and_be_subscribed(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    """As it is by default: requests are granted, and returned."""
    one, other = two
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        name = other.boundjid.bare
        online = seen(one, "got_online", of=lambda presence: presence["from"].bare == name)
        asked = seen(other, "roster_subscription_request")
        back = seen(other, "got_online", of=lambda presence: presence["from"].bare == one.boundjid.bare)
        pushed, pushed_back = seen(one, "roster_update"), seen(other, "roster_update")

        one.send_presence_subscription(name)
        assert (await asked.get())["from"] == one.boundjid.bare
        assert (await online.get())["from"] == other.boundjid
        assert (await back.get())["from"] == one.boundjid
        while one.client_roster[name]["subscription"] != "both":
            await pushed.get()
        while other.client_roster[one.boundjid.bare]["subscription"] != "both":
            await pushed_back.get()
        assert await roster_of(server, one) == {name: ("both", "", [])}
        assert await roster_of(server, other) == {one.boundjid.bare: ("both", "", [])}

        status = seen(one, "changed_status", of=lambda presence: presence["from"] == other.boundjid)
        other.send_presence(pshow="dnd", pstatus="büsy", ppriority=5)
        await status.get()
        here = one.client_roster.presence(name)[other.boundjid.resource]
        assert here == {"show": "dnd", "status": "büsy", "priority": 5}

        gone = seen(one, "got_offline", of=lambda presence: presence["from"].bare == name)
        await other.disconnect()
        await gone.get()
        assert one.client_roster.presence(name) == {}


async def test_a_request_that_is_refused(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, other = two
    other.auto_authorize = False
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        refused = seen(one, "presence_unsubscribed")
        one.send_presence_subscription(other.boundjid.bare)
        assert (await refused.get())["from"].bare == other.boundjid.bare
        assert (await roster_of(server, one))[other.boundjid.bare][0] == "none"
        assert one.boundjid.bare not in await roster_of(server, other)


async def test_a_program_that_decides_itself(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    """Granted, but not returned."""
    one, other = two
    other.auto_authorize = None
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        asked = seen(other, "roster_subscription_request")
        granted = seen(one, "presence_subscribed")
        online = seen(one, "got_online", of=lambda presence: presence["from"].bare == other.boundjid.bare)
        pushed = seen(other, "roster_update")
        one.send_presence_subscription(other.boundjid.bare)
        request = await asked.get()
        assert granted.empty()
        other.client_roster[request["from"]].authorize()
        await granted.get()
        await online.get()
        await pushed.get()
        assert (await roster_of(server, one))[other.boundjid.bare][0] == "to"
        assert (await roster_of(server, other))[one.boundjid.bare][0] == "from"
        assert one.client_roster[other.boundjid]["subscription"] == "to"
        assert other.client_roster[one.boundjid]["subscription"] == "from"


async def test_granted_without_asking_back(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, other = two
    other.auto_subscribe = False
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        granted = seen(one, "presence_subscribed")
        one.send_presence_subscription(other.boundjid.bare)
        await granted.get()
        assert (await roster_of(server, one))[other.boundjid.bare][0] == "to"
        assert (await roster_of(server, other))[one.boundjid.bare][0] == "from"


async def test_a_request_waits_for_who_is_offline(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, other = two
    async with asyncio.timeout(TIMEOUT), one:
        await come_online(one)
        pending = seen(one, "roster_update")
        granted = seen(one, "presence_subscribed")
        one.client_roster.subscribe(other.requested_jid)
        await pending.get()
        assert one.client_roster[other.requested_jid]["pending_out"]
        async with other:
            asked = seen(other, "roster_subscription_request")
            await come_online(other)
            await asked.get()
            await granted.get()


async def test_unsubscribe_and_remove(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    one, other = two
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        back = seen(other, "got_online", of=lambda presence: presence["from"].bare == one.boundjid.bare)
        there = seen(one, "got_online", of=lambda presence: presence["from"].bare == other.boundjid.bare)
        one.send_presence_subscription(other.boundjid.bare)
        await back.get()
        await there.get()

        left = seen(other, "presence_unsubscribe")
        offline = seen(one, "got_offline")
        pushed = seen(one, "roster_update")
        one.client_roster.unsubscribe(other.boundjid)
        await left.get()
        while one.client_roster[other.boundjid]["subscription"] != "from":
            await pushed.get()
        if server.name == "ejabberd":
            # RFC 6121 §3.3.3; Prosody leaves it to the client to see that it is told no more.
            await offline.get()
        assert (await roster_of(server, one))[other.boundjid.bare][0] == "from"
        assert (await roster_of(server, other))[one.boundjid.bare][0] == "to"

        removed = seen(other, "presence_unsubscribed")
        await one.client_roster.remove(other.boundjid)
        await removed.get()
        assert await roster_of(server, one) == {}
        assert (await roster_of(server, other))[one.boundjid.bare][0] == "none"


# --- presence -------------------------------------------------------------------------------------------


async def test_presence_for_somebody_in_particular(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    """Directed presence needs no subscription (RFC 6121 §4.6), and ends with the session."""
    one, other = two
    async with asyncio.timeout(TIMEOUT), one, other:
        await come_online(one, other)
        here = seen(one, "presence_available", of=lambda presence: presence["from"] == other.boundjid)
        gone = seen(one, "presence_unavailable", of=lambda presence: presence["from"] == other.boundjid)
        other.send_presence(pto=one.boundjid, pstatus="hello")
        assert (await here.get())["status"] == "hello"
        assert other.boundjid.bare not in one.client_roster
        await other.disconnect()
        await gone.get()


async def test_resources_of_one_account_see_each_other(server: Server, two: tuple[ClientXMPP, ClientXMPP]) -> None:
    first, _ = two
    second = make_client(server, first.requested_jid.local)
    async with asyncio.timeout(TIMEOUT), first, second:
        await come_online(first)
        here = seen(first, "presence_available", of=lambda presence: presence["from"] == second.boundjid)
        await come_online(second)
        await here.get()
        assert set(first.client_roster.presence(first.boundjid)) == {first.boundjid.resource, second.boundjid.resource}
