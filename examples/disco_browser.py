# SPDX-License-Identifier: MIT
"""Show what belongs to a server, or to anybody else, and what each of it is (XEP-0030): a tree.

python examples/disco_browser.py me@example.org                       (asks for the password)
python examples/disco_browser.py me@example.org conference.example.org --depth 1
XMPP_PASSWORD=… python examples/disco_browser.py me@example.org --host 127.0.0.1 --ca-file ca.pem --features
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys
from dataclasses import dataclass

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError, IqTimeout, XMPPKitError
from xmppkit.plugins.xep_0030 import DiscoInfo, DiscoItems

#: Seconds that somebody has for an answer; not everything that is listed is there.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be asked: an address, or a node at it."""

    jid: str
    node: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return self.jid if self.node is None else f"{self.jid} {self.node!r}"


class Browser:
    """Walks from a place to what belongs to it, and prints what it finds.

    :param client: whose session has started.
    :param depth: how many steps to go.
    :param most: how many items of one place to show: a room server may have thousands.
    :param features: print the protocols that each place speaks, too.
    """

    def __init__(self, client: ClientXMPP, *, depth: int, most: int, features: bool) -> None:
        self.disco = client.plugin["xep_0030"]
        self.depth = depth
        self.most = most
        self.features = features
        self.seen: set[tuple[str, str | None]] = set()

    async def show(self, place: Place, level: int = 0) -> None:
        """Print a place and what is below it."""
        indent = "  " * level
        self.seen.add((place.jid, place.node))
        try:
            info = DiscoInfo.of(await self.disco.get_info(place.jid, place.node, timeout=PATIENCE))
        except (IqError, IqTimeout) as error:
            print(f"{indent}{place}: {error.condition}")
            return
        what = ", ".join(f"{each.category}/{each.type}" for each in info.identities) if info else ""
        name = place.name or next((each.name for each in info.identities if each.name), None) if info else None
        print(f"{indent}{place}: {what or 'does not say what it is'}" + (f" ({name})" if name else ""))
        for feature in sorted(info.features) if info and self.features else ():
            print(f"{indent}    {feature}")
        if level < self.depth:
            await self.show_items(place, level + 1)

    async def show_items(self, place: Place, level: int) -> None:
        """Print what belongs to a place."""
        try:
            items = DiscoItems.of(await self.disco.get_items(place.jid, place.node, timeout=PATIENCE))
        except (IqError, IqTimeout) as error:
            print(f"{'  ' * level}({error.condition})")
            return
        found = [Place(str(item.jid), item.node, item.name_) for item in items.items if item.jid] if items else []
        for each in found[: self.most]:
            if (each.jid, each.node) not in self.seen:
                await self.show(each, level)
        if len(found) > self.most:
            print(f"{'  ' * level}… and {len(found) - self.most} more")


async def browse(arguments: argparse.Namespace, password: str) -> None:
    """Log in, show the tree, log out."""
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0030")
    client.auto_reconnect = False
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    async with client:
        browser = Browser(client, depth=arguments.depth, most=arguments.most, features=arguments.features)
        await browser.show(Place(arguments.target or client.boundjid.domain))


def main() -> int:
    parser = argparse.ArgumentParser(description="Show what belongs to a server and what it is, as a tree.")
    parser.add_argument("jid", help="your address, as me@example.org")
    parser.add_argument("target", nargs="?", help="where to begin (default: your server)")
    parser.add_argument("--depth", type=int, default=2, help="how many steps to go (default: 2)")
    parser.add_argument("--most", type=int, default=50, help="how many items of one place to show (default: 50)")
    parser.add_argument("--features", action="store_true", help="show the protocols that each place speaks, too")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    try:
        asyncio.run(browse(arguments, password))
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
