# SPDX-License-Identifier: MIT
"""Send one message over WebSocket, and wait for the answer.

    python -m xmppkit serve --user alice:secret --user bot:secret --http-port 5280 --ca-file ca.pem
    XMPP_PASSWORD=secret python examples/websocket_client.py alice@localhost bot@localhost hello \\
        --url wss://localhost:5280/xmpp-websocket --ca-file ca.pem

Without --url the domain's host-meta says where its WebSocket is. Needs aiohttp: pip install xmppkit[http]
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys

from xmppkit import ClientXMPP, Message
from xmppkit.exceptions import XMPPKitError
from xmppkit.settings import Settings


async def ask(client: ClientXMPP, to: str, text: str) -> str:
    """What `to` answers to `text`."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def take(message: Message) -> None:
        if message["from"].bare == to and not answer.done():
            answer.set_result(message["body"])

    client.add_event_handler("message", take)
    client.send_message(to, text, mtype="chat")
    return await answer


async def main(arguments: argparse.Namespace) -> None:
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass()
    client = ClientXMPP(arguments.jid, password, settings=Settings(transports=("websocket",)))
    client.custom_url = arguments.url
    client.ca_certs = arguments.ca_file
    async with asyncio.timeout(arguments.timeout), client:
        print(await ask(client, arguments.to, arguments.text))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Send one message over WebSocket, and wait for the answer.")
    parser.add_argument("jid", help="who to log in as")
    parser.add_argument("to", help="who gets the message")
    parser.add_argument("text")
    parser.add_argument("--url", help="as wss://host/xmpp-websocket; without it, host-meta is asked")
    parser.add_argument("--ca-file", help="authorities to trust instead of the system's")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds that all of it may take")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    try:
        asyncio.run(main(parser.parse_args()))
    except (XMPPKitError, TimeoutError) as error:
        sys.exit(f"error: {error or 'no answer'}")
