# SPDX-License-Identifier: MIT
"""Echo with xmppkit. With the argument ``all`` every plugin there is is enabled."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from workload import Transport, serve

from xmppkit import ClientXMPP, Message


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
