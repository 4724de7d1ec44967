# SPDX-License-Identifier: MIT
"""A client with an outbox, as a process has it, and whom it writes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.server import EmbeddedServer
from xmppkit.storage.records import Scope

JULIET = "juliet@localhost"
OWNER = Scope("romeo@localhost")


@asynccontextmanager
async def box(
    path: Path, server: EmbeddedServer | None = None, *, counted: bool = True, **options: Any
) -> AsyncIterator[ClientXMPP]:
    """A client with an outbox, as a process has it."""
    client = ClientXMPP("romeo@localhost/here", "r")
    if server is not None:
        client.ca_certs = str(server.ca_file)
        client.custom_address = (server.host, server.port)
    client.use_outbox(path, **options)
    if not counted:
        client.plugin.disable("xep_0198")
    try:
        yield client
    finally:
        assert client.outbox is not None
        await client.outbox.close()
        await client._everything_kept()


@asynccontextmanager
async def juliet(server: EmbeddedServer) -> AsyncIterator[list[str]]:
    """What she gets."""
    client = ClientXMPP(JULIET, "j")
    client.ca_certs = str(server.ca_file)
    client.custom_address = (server.host, server.port)
    got: list[str] = []
    client.add_event_handler("message", lambda message: got.append(message["body"]))
    async with client:
        client.send_presence()
        yield got


def texts(client: ClientXMPP) -> int:
    assert client.outbox is not None
    return len(client.outbox)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread, or the other end, does."""
    while not condition():  # noqa: ASYNC110 - nobody says when
        await asyncio.sleep(0.01)
