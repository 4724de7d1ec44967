# SPDX-License-Identifier: MIT
"""Stay connected: ping the server now and then (XEP-0199), and connect again when it is silent.

    python examples/keepalive.py bot@example.org           (asks for the password)
    XMPP_PASSWORD=… python examples/keepalive.py bot@example.org --interval 60 --timeout 10

A connection can be gone without either end being told: a laptop slept, a router forgot it. TCP alone notices that
after minutes, or never. Ctrl-C ends the program.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError


class Steady(ClientXMPP):
    """Says how long the server takes to answer, and when the connection was lost.

    :param interval: seconds between two pings.
    :param timeout: seconds to wait for an answer before connecting again.
    """

    def __init__(self, jid: str, password: str, *, interval: float, timeout: float) -> None:
        super().__init__(jid, password)
        self.register_plugin("xep_0199", {"keepalive": True, "interval": interval, "timeout": timeout})
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("disconnected", self.lost)

    async def start(self, event: object) -> None:
        self.send_presence()
        took = await self.plugin["xep_0199"].ping()
        logging.info("online as %s; the server answers in %.1f ms; Ctrl-C ends it", self.boundjid, took * 1000)

    def lost(self, reason: object) -> None:
        logging.info("not connected: %s", reason)


def main() -> int:
    parser = argparse.ArgumentParser(description="Stay connected by pinging the server.")
    parser.add_argument("jid", help="the bot's address, as bot@example.org")
    parser.add_argument("--interval", type=float, default=60.0, help="seconds between two pings (default: 60)")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds to wait for an answer (default: 10)")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    # What goes on is told on standard output; standard error is for what ended the program.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)

    try:
        bot = Steady(arguments.jid, password, interval=arguments.interval, timeout=arguments.timeout)
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
