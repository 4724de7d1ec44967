# SPDX-License-Identifier: MIT
"""Sends a message with a client of its own, with the interface of PyXMPP2, and tells what happens on the way.

    python examples/pyxmpp2/send_message_client.py me@example.org you@example.org "The backup is done."

The password is asked for, or taken from XMPP_PASSWORD.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys

from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.exceptions import Error
from xmppkit.pyxmpp2.interfaces import QUIT, Event, EventHandler, event_handler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, DisconnectedEvent


class MyHandler(EventHandler):
    """Sends the message as soon as it can, and leaves."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @event_handler(AuthorizedEvent)
    def handle_authorized(self, event: AuthorizedEvent) -> None:
        """We are logged in."""
        assert event.stream is not None
        event.stream.send(self.message)
        event.stream.disconnect()

    @event_handler(DisconnectedEvent)
    def handle_disconnected(self, event: DisconnectedEvent) -> Event:
        """The end."""
        return QUIT

    @event_handler()
    def handle_all(self, event: Event) -> None:
        """Tell what happens."""
        logging.info("-- %s", event)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Send a message", parents=[XMPPSettings.get_arg_parser()])
    parser.add_argument("source", metavar="FROM", help="the account to send from")
    parser.add_argument("target", metavar="TO", help="who gets the message")
    parser.add_argument("body", metavar="TEXT", help="the message")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)

    settings = XMPPSettings()
    settings.load_arguments(options)
    if settings.get("password") is None:
        settings["password"] = os.environ.get("XMPP_PASSWORD") or getpass.getpass("Password: ")
    try:
        handler = MyHandler(Message(to_jid=JID(options.target), body=options.body))
        client = Client(JID(options.source), [handler], settings)
        client.connect()
        client.run()
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
