# SPDX-License-Identifier: MIT
"""A client with an outbox, as a process has it, and whom it writes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import IqError
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.storage.records import Scope
from xmppkit.xmlstream.outbox import Reconciled

JULIET = "juliet@localhost"
OWNER = Scope("romeo@localhost")


@asynccontextmanager
async def box(
    path: Path, server: EmbeddedServer | None = None, *, counted: bool = True, **options: Any
) -> AsyncIterator[ClientXMPP]:
    """A client with an outbox, as a process has it."""
    soon = Settings(reconnect_delay=0.02, max_reconnect_delay=0.1)
    client = ClientXMPP("romeo@localhost/here", "r", settings=soon)
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


@dataclass
class Archive:
    """The own account's archive: what the client has sent, as far as the server has not lost it.

    :ivar has: the ids of the messages that are there, the oldest first.
    :ivar refuses: it answers with an error.
    :ivar asked: how often it was looked at.
    :ivar sent: the texts of what the client has sent.
    :ivar told: what the outbox has found out.
    """

    has: list[str] = field(default_factory=list)
    refuses: bool = False
    asked: int = 0
    sent: list[str] = field(default_factory=list)
    told: list[Reconciled] = field(default_factory=list)

    def attend(self, client: ClientXMPP, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be the archive of a client."""

        def note(stanza: Any) -> Any:
            if stanza.name == "message" and stanza["body"]:
                self.sent.append(stanza["body"])
            return stanza

        async def iterate(**question: Any) -> AsyncIterator[Any]:
            self.asked += 1
            if self.refuses:
                raise IqError(client.make_iq_error("1", condition="feature-not-implemented"))
            for number, id in reversed(list(enumerate(self.has))):
                result = client.make_message("")
                result.append(
                    fromstring(
                        f"<result xmlns='urn:xmpp:mam:2' id='{number}'><forwarded xmlns='urn:xmpp:forward:0'>"
                        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"
                        "<message xmlns='jabber:client' from='romeo@localhost/here'>"
                        f"<origin-id xmlns='urn:xmpp:sid:0' id='{id}'/></message></forwarded></result>"
                    )
                )
                yield result

        client.add_filter("out", note)
        client.add_event_handler("outbox_reconciled", self.told.append)
        monkeypatch.setattr(client.plugin["xep_0313"], "iterate", iterate, raising=False)


def texts(client: ClientXMPP) -> int:
    assert client.outbox is not None
    return len(client.outbox)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread, or the other end, does."""
    while not condition():  # noqa: ASYNC110 - nobody says when
        await asyncio.sleep(0.01)
