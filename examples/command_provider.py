# SPDX-License-Identifier: MIT
"""Offer commands that people run from their clients (XEP-0050): a form to fill in, and what came of it.

python examples/command_provider.py bot@example.org --allow example.org   (asks for the password; Ctrl-C ends it)
XMPP_PASSWORD=… python examples/command_provider.py bot@example.org --host 127.0.0.1 --ca-file ca.pem

``run_command.py`` is the other end.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys
import time

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0050 import CommandSession, StepBack


class Kitchen(ClientXMPP):
    """Makes tea, and tells for how long it has.

    :param allow: who may have tea made.
    """

    def __init__(self, jid: str, password: str, allow: list[str]) -> None:
        super().__init__(jid, password)
        self.began = time.monotonic()
        self.register_plugin("xep_0050")
        commands = self.plugin["xep_0050"]
        commands.add("tea", "Make tea", self.make_tea, allow=allow)
        commands.add("uptime", "How long have you been there?", self.tell_uptime)
        self.add_event_handler("session_start", self.start)

    def start(self, event: object) -> None:
        self.send_presence()
        print(f"commands are offered at {self.boundjid}", flush=True)

    async def make_tea(self, command: CommandSession) -> str:
        """Two forms: what, and whether it is really wanted."""
        while True:
            what = Form(title="Tea")
            what.add_field("kind", "list-single", label="Which", options=["green", "black"], required=True)
            what.add_field("cups", "text-single", label="How many cups", value="1")
            wish = await command.ask(what)
            sure = Form(title=f"{wish['cups']} cups of {wish['kind']} tea")
            sure.add_field("sugar", "boolean", label="With sugar", value=False)
            try:
                answer = await command.ask(sure, last=True, back=True)
            except StepBack:
                continue  # the first form again
            sugar = "with" if answer["sugar"] else "without"
            print(f"{command.requester.bare} gets {wish['cups']} of {wish['kind']}", flush=True)
            return f"{wish['cups']} cups of {wish['kind']} tea {sugar} sugar for {command.requester.bare}"

    async def tell_uptime(self, command: CommandSession) -> Form:
        """Anybody may know; the result is a form, too."""
        result = Form(title="Uptime")
        result["type"] = "result"
        result.add_field("seconds", label="Seconds", value=f"{time.monotonic() - self.began:.0f}")
        return result


def main() -> int:
    parser = argparse.ArgumentParser(description="Offer two commands: one that makes tea, one that tells its uptime.")
    parser.add_argument("jid", help="the bot's address, as bot@example.org")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="ADDRESS", help="who may have tea: an address, or a domain"
    )
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.ERROR)
    kitchen = Kitchen(arguments.jid, password, arguments.allow)
    if arguments.ca_file:
        kitchen.ca_certs = arguments.ca_file
    if arguments.host:
        kitchen.custom_address = (arguments.host, arguments.port)
    try:
        kitchen.run()
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
