# SPDX-License-Identifier: MIT
"""Receipts (XEP-0184) through real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from servers.base import Server
from sessions import TIMEOUT, available, make_client, make_component, new_account, seen, settled

from xmppkit import ClientXMPP
from xmppkit.settings import Settings


@asynccontextmanager
async def two(server: Server, **options: Any) -> AsyncIterator[tuple[ClientXMPP, ClientXMPP]]:
    """Two clients of new accounts, the second with options of its own."""
    alice = make_client(server, await new_account(server))
    bob = make_client(server, await new_account(server), **options)
    for client in (alice, bob):
        client.register_plugin("xep_0184")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        await available(alice, bob)
        yield alice, bob


async def test_a_receipt(server: Server) -> None:
    async with two(server) as (alice, bob):
        receipts = seen(alice, "receipt_received")
        for to in (bob.boundjid, bob.boundjid.bare):
            message = alice.make_message(to, "hello", mtype="chat")
            message["request_receipt"] = True
            message.send()
            receipt = await receipts.get()
            assert (receipt["receipt"], receipt["from"]) == (message["id"], bob.boundjid)


async def test_they_are_asked_for_by_themselves(server: Server) -> None:
    async with two(server) as (alice, bob):
        alice.plugin["xep_0184"].auto_request = True
        receipts, messages = seen(alice, "receipt_received"), seen(bob, "message")
        alice.send_message(bob.boundjid.bare, "to the account", mtype="chat")
        await receipts.get()
        assert (await messages.get())["request_receipt"]
        alice.send_message(bob.boundjid, "to the client", mtype="chat")
        assert not (await messages.get())["request_receipt"], "it is asked first whether it gives receipts"
        while True:  # until it has answered
            alice.send_message(bob.boundjid, "to the client", mtype="chat")
            if (await messages.get())["request_receipt"]:
                break
        await receipts.get()


async def test_strangers_get_none(server: Server) -> None:
    async with two(server, settings=Settings.strict()) as (alice, bob):
        receipts, messages = seen(alice, "receipt_received"), seen(bob, "message")
        ask = alice.make_message(bob.boundjid, "are you there?", mtype="chat")
        ask["request_receipt"] = True
        ask.send()
        await messages.get()
        bob.send_message(alice.boundjid, "what came before this has been handled", mtype="chat")
        await seen(alice, "message").get()
        assert receipts.empty()


async def test_of_a_component(server: Server) -> None:
    component = make_component(server)
    component.register_plugin("xep_0184")
    async with two(server) as (alice, _), component:
        await settled(server, component)
        receipts = seen(alice, "receipt_received")
        message = alice.make_message(f"somebody@{server.component_domain}", "hello", mtype="chat")
        message["request_receipt"] = True
        message.send()
        assert (await receipts.get())["from"] == f"somebody@{server.component_domain}"
        theirs = seen(component, "receipt_received")
        message = component.make_message(alice.boundjid, "hello", mfrom=f"gate@{server.component_domain}")
        message["request_receipt"] = True
        message.send()
        assert (await theirs.get())["receipt"] == message["id"]
