# SPDX-License-Identifier: MIT
"""Echo with slixmpp. With the argument ``all`` every plugin of its own list is enabled."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import slixmpp
from workload import HEADER, Transport, serve


async def main() -> None:
    client = slixmpp.ClientXMPP("bot@localhost/bench", "secret")
    if "all" in sys.argv:
        client.register_plugins()

    def echo(message: Any) -> None:
        message.reply(message["body"]).send()

    client.add_event_handler("message", echo)
    transport = Transport()
    client.connection_made(transport)
    client.data_received(HEADER)
    client._always_send_everything = True  # its own tests begin a session like this
    queue = asyncio.ensure_future(client.run_filters())

    async def handle(data: bytes) -> None:
        client.data_received(data)
        await client.waiting_queue.join()

    await serve(handle, lambda: transport.answers)
    queue.cancel()


logging.disable()  # plugins that do not fit say so
asyncio.run(main())
