# SPDX-License-Identifier: MIT
"""A bot that sends every message back to whoever wrote it.

    python examples/echo_bot.py bot@example.org            (asks for the password)
    XMPP_PASSWORD=… python examples/echo_bot.py bot@example.org --host 127.0.0.1 --port 5222 --ca-file ca.pem

Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys

from xmppkit import ClientXMPP, Message
from xmppkit.exceptions import XMPPKitError


class EchoBot(ClientXMPP):
    """Answers each chat message with the same text."""

    def __init__(self, jid: str, password: str) -> None:
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.echo)

    async def start(self, event: object) -> None:
        self.send_presence()
        await self.get_roster()

    def echo(self, message: Message) -> None:
        if message["type"] in ("chat", "normal"):
            message.reply(message["body"]).send()


def main() -> int:
    parser = argparse.ArgumentParser(description="Send every message back to whoever wrote it.")
    parser.add_argument("jid", help="the bot's address, as bot@example.org")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    # What goes on is told on standard output; standard error is for what ended the program.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)

    try:
        bot = EchoBot(arguments.jid, password)
        bot.add_event_handler("session_start", lambda _: logging.info("online as %s; Ctrl-C ends it", bot.boundjid))
        if arguments.ca_file:
            bot.ca_certs = arguments.ca_file
        if arguments.host:
            bot.connect(arguments.host, arguments.port)
        bot.run()
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
