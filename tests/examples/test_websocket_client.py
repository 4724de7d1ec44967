# SPDX-License-Identifier: MIT
"""One message over WebSocket, by a program of its own."""

from __future__ import annotations

import asyncio
from typing import Any

from xmppkit import ClientXMPP
from xmppkit.server import EmbeddedServer

PATIENCE = 60.0


async def test_the_answer_is_printed(run_example: Any, fail_example: Any) -> None:
    async with EmbeddedServer(users={"alice": "wonderland", "bot": "secret"}, http_port=0) as server:
        url = f"wss://localhost:{server.http_port}/xmpp-websocket"
        place = ("--url", url, "--ca-file", server.ca_file)
        password = {"XMPP_PASSWORD": "wonderland"}
        bot = ClientXMPP("bot@localhost", "secret")
        bot.ca_certs, bot.custom_url = server.ca_file, url
        bot.add_event_handler("message", lambda message: message.reply(f"{message['body']} yourself").send())
        online = asyncio.Event()
        bot.add_event_handler("presence_available", lambda _: online.set())
        async with asyncio.timeout(PATIENCE), bot:
            bot.send_presence()
            await online.wait()
            asked = ("alice@localhost", "bot@localhost", "hello")
            shown = await asyncio.to_thread(run_example, "websocket_client.py", *asked, *place, variables=password)
            assert shown == "hello yourself\n"
            failed = await asyncio.to_thread(
                fail_example, "websocket_client.py", *asked, *place, variables={"XMPP_PASSWORD": "wrong"}
            )
            assert "refused the login" in failed.stderr
