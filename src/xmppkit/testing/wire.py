# SPDX-License-Identifier: MIT
"""The server's end of a session, by hand: for testing a bot or a plugin without a server.

::

    wire = Wire(bot)                                     # the session starts
    wire.receive("<message from='alice@localhost/x'><body>hello</body></message>")
    [answer] = await wire.stanzas()                      # what the bot has sent

Nothing is negotiated and no byte leaves the process.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from xmppkit.basexmpp import BaseXMPP

__all__ = ["RecordingTransport", "Wire"]

#: Turns of the event loop that are given to what is ready before the bytes are taken.
_TURNS = 10


class RecordingTransport(asyncio.Transport):
    """Keeps what is written, in `written`."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False
        self.reading = True

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    abort = close


class Wire:
    """A session of `stream`, which begins at once.

    :param stream: a client or a component.
    :param jid: the full address that is bound; None: the one that was asked for.
    """

    def __init__(self, stream: BaseXMPP, jid: str | None = None) -> None:
        self.stream = stream
        self.transport = RecordingTransport()
        self.protocol: Any = stream.adopt(self.transport, jid)

    def receive(self, *texts: str) -> None:
        """What the server sends, in one read."""
        self.protocol.data_received("".join(texts).encode())

    async def sent(self) -> str:
        """What was written since the last call, once everything that is ready has run."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        text = b"".join(self.transport.written).decode()
        self.transport.written.clear()
        return text

    async def stanzas(self) -> list[ET.Element]:
        """The same, parsed."""
        namespace = self.stream.default_ns
        wrapped = f"<all xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'>{await self.sent()}</all>"
        return list(ET.fromstring(wrapped))  # noqa: S314  # it is our own

    async def end(self) -> None:
        """The connection is gone."""
        self.transport.closed = True
        self.protocol.connection_lost(None)
        await asyncio.sleep(0)
