# SPDX-License-Identifier: MIT
"""Two people who talk at a real server, and meet in a room: for the protocols about messages."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from servers.base import Server
from sessions import TIMEOUT, available, make_client, new_account, seen

from xmppkit import ClientXMPP
from xmppkit.stanza.message import Message

__all__ = ["Chat", "in_a_room", "talking"]

_numbers = itertools.count(1)


class Chat:
    """A client and the messages that it gets.

    :ivar client: the client.
    :ivar messages: what comes from one, in order.
    :ivar said: what comes from a room, in order.
    """

    def __init__(self, client: ClientXMPP) -> None:
        self.client = client
        self.messages = seen(client, "message", of=lambda message: message["type"] != "groupchat")
        self.said = seen(client, "groupchat_message")

    async def heard(self, body: str) -> Message:
        """The message of the room with this text."""
        while True:
            message: Message = await self.said.get()
            if message["body"] == body:
                return message

    def __getitem__(self, plugin: str) -> Any:
        return self.client.plugin[plugin]


@asynccontextmanager
async def talking(server: Server, *plugins: str) -> AsyncIterator[tuple[Chat, Chat]]:
    """Two clients of new accounts, which are available."""
    clients = [make_client(server, await new_account(server)) for _ in range(2)]
    for client in clients:
        for plugin in plugins:
            client.register_plugin(plugin)
    async with asyncio.timeout(TIMEOUT), clients[0], clients[1]:
        await available(*clients)
        yield Chat(clients[0]), Chat(clients[1])


@asynccontextmanager
async def in_a_room(server: Server, *plugins: str) -> AsyncIterator[tuple[Chat, Chat, str]]:
    """The two in a new room, as ``one``, its owner, and ``two``."""
    room = f"chat{next(_numbers)}@{server.muc_domain}"
    async with talking(server, "xep_0045", *plugins) as (one, two):
        entered = await one["xep_0045"].join(room, "one")
        await entered.configure()
        await two["xep_0045"].join(room, "two")
        yield one, two, room
