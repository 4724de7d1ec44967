# SPDX-License-Identifier: MIT
"""A program that sends 200,000 messages to a server that reads nothing: ``flooding.py plain|managed|parked|filtered``.
It says how much its memory has grown, in KiB, and how many of the messages were taken."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import NotConnectedError, QueueFull
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.testing.wire import RecordingTransport

COUNT = 200_000


class Stuck(RecordingTransport):
    """Nobody reads at the other end."""

    size = 0

    def write(self, data: Any) -> None:
        super().write(data)
        self.size += len(data)

    def get_write_buffer_size(self) -> int:
        return self.size


def memory() -> int:
    """What this process takes, in KiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4


async def main(mode: str) -> None:
    client = ClientXMPP("bot@localhost/here", "secret")
    client.auto_reconnect = False
    if mode != "parked":
        client.adopt(Stuck(), announce=mode != "managed")
    if mode == "managed":
        assert client.engine is not None
        client.engine.manage(ManagedSession("bot@localhost/here", ManagementOptions(), id="x"))
        client._start_session()
    if mode == "filtered":
        gate = asyncio.Event()

        async def wait(stanza: Any) -> Any:
            await gate.wait()
            return stanza

        client.add_filter("out", wait)
    client.send_message("alice@localhost", "the first")
    before, taken = memory(), 0
    for number in range(COUNT):
        try:
            client.send_message("alice@localhost", f"This is the message of the number {number}.", mtype="chat")
        except (QueueFull, NotConnectedError):
            await asyncio.sleep(0)
        else:
            taken += 1
    print(memory() - before, taken)
    client.abort()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
