# SPDX-License-Identifier: MIT
"""Asks somebody which software they run (XEP-0092), with the interface of PyXMPP2.

    python examples/pyxmpp2/check_version.py me@example.org                   (asks the server)
    python examples/pyxmpp2/check_version.py me@example.org you@example.org/phone

The password is asked for, or taken from XMPP_PASSWORD.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.exceptions import Error
from xmppkit.pyxmpp2.ext.version import VersionPayload, request_software_version
from xmppkit.pyxmpp2.interfaces import QUIT, Event, EventHandler, XMPPFeatureHandler, event_handler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, DisconnectedEvent


class VersionChecker(EventHandler, XMPPFeatureHandler):
    """Asks, tells, and leaves."""

    def __init__(self, my_jid: JID, target_jid: JID, settings: XMPPSettings) -> None:
        self.client = Client(my_jid, [self], settings)
        self.target_jid = target_jid
        self.failed = False

    def run(self) -> bool:
        """Do it; whether there was an answer."""
        self.client.connect()
        self.client.run()
        return not self.failed

    @event_handler(AuthorizedEvent)
    def handle_authorized(self, event: AuthorizedEvent) -> None:
        """We are logged in."""
        request_software_version(self.client, self.target_jid, self.success, self.failure)

    def success(self, payload: VersionPayload) -> None:
        """This is what they run."""
        print(f"Name: {payload.name}")
        print(f"Version: {payload.version}")
        if payload.os_name:
            print(f"Operating system: {payload.os_name}")
        self.client.disconnect()

    def failure(self, stanza: Stanza | None) -> None:
        """They do not say."""
        self.failed = True
        if stanza is None or stanza.error is None:
            print("error: no answer", file=sys.stderr)
        else:
            said = f" ({stanza.error.text})" if stanza.error.text else ""
            print(f"error: {stanza.error.condition_name}: {stanza.error.get_message()}{said}", file=sys.stderr)
        self.client.disconnect()

    @event_handler(DisconnectedEvent)
    def handle_disconnected(self, event: DisconnectedEvent) -> Event:
        """The end."""
        return QUIT


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Version checker", parents=[XMPPSettings.get_arg_parser()])
    parser.add_argument("source", metavar="SOURCE", help="the account to ask from")
    parser.add_argument("target", metavar="TARGET", nargs="?", help="whom to ask; the account's server by default")
    options = parser.parse_args(arguments)

    # Nobody is to see us for that.
    settings = XMPPSettings({"initial_presence": None})
    settings.load_arguments(options)
    if settings.get("password") is None:
        settings["password"] = os.environ.get("XMPP_PASSWORD") or getpass.getpass("Password: ")
    try:
        source = JID(options.source)
        target = JID(options.target) if options.target else JID(source.domain)
        return 0 if VersionChecker(source, target, settings).run() else 1
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
