# SPDX-License-Identifier: MIT
"""A component (XEP-0114) that sends every message back, whichever of its addresses it was written to.

    XMPP_SECRET=… python examples/echo_component.py echo.example.org --host 127.0.0.1 --port 5347

The server must know the component's name and secret; Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys

from xmppkit import ComponentXMPP, Message
from xmppkit.exceptions import XMPPKitError


class EchoComponent(ComponentXMPP):
    """Answers each message with the same text, from the address it was sent to."""

    def __init__(self, jid: str, secret: str, host: str, port: int) -> None:
        super().__init__(jid, secret, host, port)
        self.add_event_handler("message", self.echo)

    def echo(self, message: Message) -> None:
        if message["type"] in ("chat", "normal"):
            message.reply(message["body"]).send()


def main() -> int:
    parser = argparse.ArgumentParser(description="Send every message back, as a component of a server.")
    parser.add_argument("jid", help="the component's address, as echo.example.org")
    parser.add_argument("--host", default="127.0.0.1", help="the server (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5347, help="its component port (default: %(default)s)")
    arguments = parser.parse_args()
    secret = os.environ.get("XMPP_SECRET") or getpass.getpass(f"Secret of {arguments.jid}: ")
    # What goes on is told on standard output; standard error is for what ended the program.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)

    try:
        component = EchoComponent(arguments.jid, secret, arguments.host, arguments.port)
        component.add_event_handler(
            "session_start", lambda _: logging.info("online as %s; Ctrl-C ends it", component.boundjid)
        )
        component.run()
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
