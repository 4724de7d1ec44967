# SPDX-License-Identifier: MIT
"""Echo with xmppkit. With the argument ``all`` every plugin there is is enabled."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from workload import serve

from xmppkit import ClientXMPP, Message


class Transport(asyncio.Transport):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0

    def write(self, data: Any) -> None:
        self.answers += bytes(data).count(b"</message>")

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


async def main() -> None:
    client = ClientXMPP("bot@localhost/bench", "secret")
    if "all" in sys.argv:
        client.register_plugins()

    def echo(message: Message) -> None:
        message.reply(message["body"]).send()

    client.add_event_handler("message", echo)
    transport = Transport()
    protocol: Any = client.adopt(transport)

    async def handle(data: bytes) -> None:
        protocol.data_received(data)

    await serve(handle, lambda: transport.answers)


asyncio.run(main())
