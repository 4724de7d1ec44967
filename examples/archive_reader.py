# SPDX-License-Identifier: MIT
"""Read what was said, from the archive of an account or a room (XEP-0313), and follow what is said.

    python examples/archive_reader.py me@example.org                       (asks for the password)
    python examples/archive_reader.py me@example.org --with alice@example.org --last 50
    python examples/archive_reader.py me@example.org --room cats@muc.example.org --since 2026-01-31
    python examples/archive_reader.py me@example.org --follow --state reader.db

With ``--follow`` it goes on with what comes, from any of your devices, and in the rooms that are named. Where it has
come to is kept in the file ``--state``: the next run goes on there.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import getpass
import logging
import os
import signal
import sys

from xmppkit import ClientXMPP, Message
from xmppkit.exceptions import XMPPKitError
from xmppkit.plugins.xep_0313 import Result


def show(stamp: datetime.datetime | None, message: Message, place: str = "") -> None:
    """Print a message in one line, or more if it has more."""
    when = stamp.astimezone().strftime("%Y-%m-%d %H:%M") if stamp else "????-??-?? ??:??"
    text = (message["body"] or "(no text)").replace("\n", "\n    ")
    print(f"{when} {place}{message['from']}: {text}", flush=True)


async def read(client: ClientXMPP, arguments: argparse.Namespace) -> None:
    """Print the last messages of an archive."""
    archive = client.plugin["xep_0313"]
    for room in arguments.room or [None]:
        found = [
            Result.of(message)
            async for message in archive.iterate(
                room, start=arguments.since, with_jid=arguments.with_jid, reverse=True, total=arguments.last
            )
        ]
        for result in reversed(found):
            if result is not None and result.forwarded is not None and result.forwarded.message is not None:
                delay = result.forwarded.delay
                show(delay.stamp if delay else None, result.forwarded.message)


async def follow(client: ClientXMPP, arguments: argparse.Namespace) -> None:
    """Print what is in the archives behind the place where it stopped, and then what comes."""
    since = arguments.since or datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    timeline = client.plugin["xep_0313"].timeline(arguments.room, since)
    client.send_presence()  # without it, nothing comes that is sent to the account
    for room in arguments.room:
        await client.plugin["xep_0045"].join_muc_wait(room, client.boundjid.local, maxstanzas=0)
    async with timeline:
        async for entry in timeline:
            show(entry.stamp, entry.message, "> " if entry.outgoing else "")


async def run(arguments: argparse.Namespace, password: str) -> None:
    """Log in, print, log out."""
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0045")
    client.register_plugin("xep_0313")
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    if arguments.state:
        client.use_storage(f"sqlite:///{arguments.state}")
    async with client:
        work = asyncio.ensure_future((follow if arguments.follow else read)(client, arguments))
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, work.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await work


def moment(text: str) -> datetime.datetime:
    """A date, or a date and time, in the time zone of this machine if it says none."""
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description="Read the archive of an account or a room, and follow what is said.")
    parser.add_argument("jid", help="your address, as me@example.org")
    parser.add_argument("--with", dest="with_jid", metavar="JID", help="only messages to and from this address")
    parser.add_argument("--room", action="append", default=[], metavar="JID", help="a room, instead of your account; "
                        "with --follow beside it. May be repeated")  # fmt: skip
    parser.add_argument("--since", type=moment, help="a date and time, as 2026-01-31T12:00")
    parser.add_argument("--last", type=int, default=20, help="how many messages (default: 20)")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    parser.add_argument("--state", help="file for --follow: where to go on the next time")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    try:
        asyncio.run(run(arguments, password))
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
