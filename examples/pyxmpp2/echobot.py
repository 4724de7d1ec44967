# SPDX-License-Identifier: MIT
"""An echo bot with the interface of PyXMPP2: answers messages, accepts every subscription, tells its version.

    python examples/pyxmpp2/echobot.py bot@example.org                    (asks for the password)
    XMPP_PASSWORD=… python examples/pyxmpp2/echobot.py bot@example.org --trace

Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys

from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.exceptions import Error
from xmppkit.pyxmpp2.ext.version import VersionProvider
from xmppkit.pyxmpp2.interfaces import (
    QUIT,
    Event,
    EventHandler,
    XMPPFeatureHandler,
    event_handler,
    message_stanza_handler,
    presence_stanza_handler,
)
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.streamevents import DisconnectedEvent


class EchoBot(EventHandler, XMPPFeatureHandler):
    """Does what the decorators of its methods say."""

    def __init__(self, jid: JID, settings: XMPPSettings) -> None:
        self.client = Client(jid, [self, VersionProvider(settings)], settings)

    def run(self) -> None:
        """Connect, and run until the connection has ended."""
        self.client.connect()
        self.client.run()

    def disconnect(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.client.run(timeout=2)

    @presence_stanza_handler("subscribe")
    def handle_subscribe(self, stanza: Presence) -> list[Presence]:
        """Somebody wants to see us: fine, and we want to see them."""
        logging.info("%s has subscribed", stanza.from_jid)
        assert stanza.from_jid is not None
        return [stanza.make_accept_response(), Presence(to_jid=stanza.from_jid.bare(), stanza_type="subscribe")]

    @presence_stanza_handler("subscribed")
    def handle_subscribed(self, stanza: Presence) -> bool:
        """Somebody lets us see them."""
        logging.info("%s has accepted our subscription", stanza.from_jid)
        return True

    @presence_stanza_handler("unsubscribe")
    def handle_unsubscribe(self, stanza: Presence) -> Presence:
        """Somebody does not want to see us any more."""
        logging.info("%s has unsubscribed", stanza.from_jid)
        return stanza.make_accept_response()

    @presence_stanza_handler("unsubscribed")
    def handle_unsubscribed(self, stanza: Presence) -> bool:
        """Somebody does not let us see them any more."""
        logging.info("%s has cancelled our subscription", stanza.from_jid)
        return True

    @message_stanza_handler()
    def handle_message(self, stanza: Message) -> Stanza | bool:
        """Answer with the same text."""
        if not stanza.body:
            return True
        return Message(
            stanza_type=stanza.stanza_type,
            from_jid=stanza.to_jid,
            to_jid=stanza.from_jid,
            subject=f"Re: {stanza.subject}" if stanza.subject else None,
            body=stanza.body,
            thread=stanza.thread,
        )

    @event_handler(DisconnectedEvent)
    def handle_disconnected(self, event: DisconnectedEvent) -> Event:
        """The end."""
        return QUIT

    @event_handler()
    def handle_all(self, event: Event) -> None:
        """Tell what happens."""
        logging.info("-- %s", event)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Echo bot", parents=[XMPPSettings.get_arg_parser()])
    parser.add_argument("jid", metavar="JID", help="the bot's address")
    parser.add_argument("--trace", action="store_true", help="show the XML that comes and goes")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if options.trace:
        for name in ("pyxmpp2.IN", "pyxmpp2.OUT"):
            logging.getLogger(name).setLevel(logging.DEBUG)

    settings = XMPPSettings({"software_name": "Echo Bot"})
    settings.load_arguments(options)
    if settings.get("password") is None:
        settings["password"] = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {options.jid}: ")
    try:
        bot = EchoBot(JID(options.jid), settings)
        try:
            bot.run()
        except KeyboardInterrupt:
            bot.disconnect()
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
