# SPDX-License-Identifier: MIT
"""Two people, one of whom has an empty archive: for tests of archives and of what comes late or twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from servers.base import Server
from sessions import TIMEOUT, available, make_client, new_account, seen

from xmppkit import ClientXMPP

__all__ = ["PLUGINS", "archived", "client_of", "tell", "writer_and_reader"]

PLUGINS = ("xep_0045", "xep_0203", "xep_0280", "xep_0297", "xep_0313", "xep_0334", "xep_0359", "xep_0441")


def client_of(server: Server, name: str, **options: Any) -> ClientXMPP:
    """A client of the account `name`, which may be one that `new_account` has made, with all plugins."""
    client = make_client(server, name, **options)
    client.password = client.password or f"password of {name}"
    for plugin in PLUGINS:
        client.register_plugin(plugin)
    return client


@asynccontextmanager
async def writer_and_reader(server: Server) -> AsyncIterator[tuple[ClientXMPP, ClientXMPP]]:
    """bob, and somebody with an empty archive."""
    bob, reader = client_of(server, "bob"), client_of(server, await new_account(server))
    async with asyncio.timeout(TIMEOUT), bob, reader:
        await available(bob, reader)
        yield bob, reader


async def tell(bob: ClientXMPP, reader: ClientXMPP, texts: list[str]) -> None:
    """Send messages, and wait until they have come."""
    came = seen(reader, "message")
    for text in texts:
        bob.send_message(reader.boundjid.bare, text, mtype="chat")
    for text in texts:
        assert (await came.get())["body"] == text


def archived(messages: list[Any]) -> list[str]:
    """The texts of results of an archive."""
    return [message["mam_result"]["forwarded"]["stanza"]["body"] for message in messages]
