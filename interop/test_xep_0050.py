# SPDX-License-Identifier: MIT
"""Commands: those of real servers, and our own through them."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0050 import CommandSession, Status

#: A command of each server that needs no form.
SIMPLE = {"Prosody": "uptime", "ejabberd": "ping"}


async def test_a_servers_command(server: Server) -> None:
    admin = make_client(server, server.admin)
    admin.register_plugin("xep_0050")
    async with asyncio.timeout(TIMEOUT), admin:
        commands = admin.plugin["xep_0050"]
        assert await admin.plugin["xep_0030"].supports(server.domain, feature="http://jabber.org/protocol/commands")
        node = SIMPLE[server.name]
        assert node in [each.node for each in await commands.list_commands(server.domain)]
        command = await commands.execute(server.domain, node)
        assert command.status is Status.COMPLETED
        assert [note.text for note in command.notes]
        with pytest.raises(IqError) as caught:
            await commands.execute(server.domain, "no-such-command")
        assert caught.value.condition in ("item-not-found", "service-unavailable")


async def test_a_command_with_a_form(prosody: Server) -> None:
    """An administrator asks for who is online: a form of the server's, submitted, and its result."""
    admin = make_client(prosody, prosody.admin)
    admin.register_plugin("xep_0050")
    async with asyncio.timeout(TIMEOUT), admin:
        commands = admin.plugin["xep_0050"]
        node = "http://jabber.org/protocol/admin#get-online-users-list"
        async with await commands.execute(prosody.domain, node) as command:
            assert command.executing
            assert command.form is not None
            await command.submit()
        assert command.status is Status.COMPLETED
        assert command.form is not None
        assert admin.boundjid.bare in str(command.form)
        async with await commands.execute(prosody.domain, node) as command:
            pass
        assert command.status is Status.CANCELED


async def test_our_command(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")

    async def add(command: CommandSession) -> str:
        form = Form(title="Numbers")
        form.add_field("numbers", "text-multi", required=True)
        answer = await command.ask(form, last=True)
        return str(sum(int(line) for line in str(answer["numbers"]).splitlines()))

    for client in (alice, bob):
        client.register_plugin("xep_0050")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        bob.plugin["xep_0050"].add("add", "Add numbers", add, allow=[alice.boundjid.bare])
        commands = alice.plugin["xep_0050"]
        assert [each.name for each in await commands.list_commands(bob.boundjid)] == ["Add numbers"]
        async with await commands.execute(bob.boundjid, "add") as command:
            await command.submit({"numbers": ["1", "2", "39"]})
        assert [note.text for note in command.notes] == ["42"]
