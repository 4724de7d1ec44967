# SPDX-License-Identifier: MIT
"""Shows and changes the contacts of an account, with the interface of PyXMPP2.

    python examples/pyxmpp2/roster.py me@example.org show [--presence]
    python examples/pyxmpp2/roster.py me@example.org add you@example.org --name You --group Friends [--subscribe]
    python examples/pyxmpp2/roster.py me@example.org update you@example.org --name "Somebody else"
    python examples/pyxmpp2/roster.py me@example.org remove you@example.org
    python examples/pyxmpp2/roster.py me@example.org monitor                   (until Ctrl-C)

With --roster-cache FILE the server sends only what has changed since the last time. The password is asked for, or taken
from XMPP_PASSWORD.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys
from pathlib import Path

from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.exceptions import Error
from xmppkit.pyxmpp2.interfaces import (
    NO_CHANGE,
    QUIT,
    Event,
    EventHandler,
    XMPPFeatureHandler,
    event_handler,
    presence_stanza_handler,
)
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.roster import (
    RosterClient,
    RosterItem,
    RosterNotReceivedEvent,
    RosterReceivedEvent,
    RosterUpdatedEvent,
)
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.streamevents import DisconnectedEvent

#: Seconds in which contacts tell that they are there.
PRESENCE_TIME = 2.0


class RosterTool(EventHandler, XMPPFeatureHandler):
    """Does one thing with the roster."""

    def __init__(self, options: argparse.Namespace, settings: XMPPSettings) -> None:
        self.options = options
        self.failed = False
        self.available: dict[JID, Presence] = {}
        self.client = Client(JID(options.jid), [self], settings)

    def run(self) -> bool:
        """Do it; whether it has succeeded."""
        client, cache = self.client, self.options.roster_cache
        assert client.roster_client is not None
        if cache and cache.exists():
            try:
                client.roster_client.load_roster(cache)
            except ValueError as error:
                print(f"the roster is fetched anew: {error}")
        client.connect()
        client.run()
        if cache and client.roster is not None:
            client.roster_client.save_roster(cache)
        return not self.failed

    def disconnect(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.client.run(timeout=2)

    # --- what was asked for ---------------------------------------------------------------------------

    @event_handler(RosterReceivedEvent)
    def handle_roster_received(self, event: RosterReceivedEvent) -> bool:
        """The roster is there."""
        try:
            getattr(self, f"do_{self.options.command}")()
        except (KeyError, ValueError) as error:
            self.fail(f"{self.options.contact}: {'not in the roster' if isinstance(error, KeyError) else error}")
        return True

    @event_handler(RosterNotReceivedEvent)
    def handle_roster_not_received(self, event: RosterNotReceivedEvent) -> None:
        """There is none."""
        self.fail(str(event))

    def do_show(self) -> None:
        """Show the contacts."""
        if self.options.presence:
            self.client.send(Presence(priority=-1))
            self.client.main_loop.delayed_call(PRESENCE_TIME, self.show)
        else:
            self.show()

    def show(self) -> None:
        """Show the contacts, and who is there."""
        roster = self.client.roster
        assert roster is not None
        for item in sorted(roster.values(), key=lambda item: str(item.jid)):
            self.print_item(item)
        print(f"{len(roster)} contacts, version {roster.version or 'unknown'}")
        self.client.disconnect()

    def print_item(self, item: RosterItem) -> None:
        """Show one contact."""
        print(f"{item.jid}: {item.name or '(no name)'}, subscription: {item.subscription or 'none'}", end="")
        print(f", groups: {', '.join(sorted(item.groups))}" if item.groups else "", end="")
        print(", asked" if item.ask else "")
        for jid, presence in self.available.items():
            if jid.bare() == item.jid:
                print(f"    {jid.resource}: {presence.show or 'available'} {presence.status or ''}".rstrip())

    def do_monitor(self) -> None:
        """Show what changes, until somebody ends it."""
        self.client.send(Presence(priority=-1))
        print("monitoring", flush=True)

    def do_add(self) -> None:
        """Add a contact."""
        if self.options.subscribe:
            self.client.send(Presence(to_jid=self.options.contact, stanza_type="subscribe"))
        self.editor.add_item(self.options.contact, self.options.name, self.options.group, self.succeeded, self.refused)

    def do_update(self) -> None:
        """Change what a contact is called, or its groups."""
        name = NO_CHANGE if self.options.name is None else self.options.name
        groups = NO_CHANGE if self.options.group is None else self.options.group
        if name is NO_CHANGE and groups is NO_CHANGE:
            raise ValueError("nothing to change: give --name or --group")
        self.editor.update_item(self.options.contact, name, groups, self.succeeded, self.refused)

    def do_remove(self) -> None:
        """Remove a contact."""
        self.editor.remove_item(self.options.contact, self.succeeded, self.refused)

    @property
    def editor(self) -> RosterClient:
        """What changes the roster."""
        assert self.client.roster_client is not None
        return self.client.roster_client

    def succeeded(self, item: RosterItem) -> None:
        """The server has done it."""
        print(f"{item.jid}: done")
        self.client.disconnect()

    def refused(self, stanza: Stanza | None) -> None:
        """The server has not done it."""
        if stanza is None or stanza.error is None:
            self.fail("the server does not answer")
        else:
            self.fail(f"the server refused: {stanza.error.condition_name} {stanza.error.text or ''}".rstrip())

    def fail(self, why: str) -> None:
        """It did not work."""
        print(f"error: {why}", file=sys.stderr)
        self.failed = True
        self.client.disconnect()

    # --- what happens ---------------------------------------------------------------------------------

    @event_handler(RosterUpdatedEvent)
    def handle_roster_update(self, event: RosterUpdatedEvent) -> None:
        """A contact has changed."""
        if self.options.command != "monitor":
            return
        if event.item.subscription == "remove":
            print(f"{event.item.jid}: removed", flush=True)
        else:
            print("new:" if event.old_item is None else "changed:", end=" ")
            self.print_item(event.item)
            sys.stdout.flush()

    @presence_stanza_handler()
    def handle_available(self, stanza: Presence) -> bool:
        """Somebody is there."""
        if stanza.from_jid is not None:
            self.available[stanza.from_jid] = stanza
        return True

    @presence_stanza_handler("unavailable")
    def handle_unavailable(self, stanza: Presence) -> bool:
        """Somebody is not there any more."""
        if stanza.from_jid is not None:
            self.available.pop(stanza.from_jid, None)
        return True

    @event_handler(DisconnectedEvent)
    def handle_disconnected(self, event: DisconnectedEvent) -> Event:
        """The end."""
        return QUIT


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Roster tool", parents=[XMPPSettings.get_arg_parser()])
    parser.add_argument("jid", metavar="JID", help="the account")
    parser.add_argument("--roster-cache", metavar="FILE", type=Path, help="keep the roster there between two runs")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="show the contacts")
    show.add_argument("--presence", action="store_true", help="and who is there")
    commands.add_parser("monitor", help="show what changes, until Ctrl-C")
    for name, about in (("add", "add a contact"), ("update", "change a contact"), ("remove", "remove a contact")):
        command = commands.add_parser(name, help=about)
        command.add_argument("contact", metavar="CONTACT", type=JID, help="the contact's address")
        if name == "remove":
            continue
        command.add_argument("--name", help="what to call it")
        command.add_argument("--group", action="append", help="a group to put it in; may be repeated")
        if name == "add":
            command.add_argument("--subscribe", action="store_true", help="and ask to see its presence")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # Whether we are seen is decided by the command.
    settings = XMPPSettings({"initial_presence": None})
    settings.load_arguments(options)
    if settings.get("password") is None:
        settings["password"] = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {options.jid}: ")
    try:
        tool = RosterTool(options, settings)
        try:
            return 0 if tool.run() else 1
        except KeyboardInterrupt:
            tool.disconnect()
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
