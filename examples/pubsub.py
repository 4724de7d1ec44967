# SPDX-License-Identifier: MIT
"""Publish news at a node of a publish-subscribe service (XEP-0060), and watch what is published there.

python examples/pubsub.py me@example.org publish news "The king is dead" --summary "Long live the king"
python examples/pubsub.py you@example.org watch news                  (until Ctrl-C, or --count 3)
XMPP_PASSWORD=… python examples/pubsub.py me@example.org watch news --host 127.0.0.1 --ca-file ca.pem

News are Atom entries, as those of a blog. The publisher creates the node if it is not there. The watcher sees the
latest news first, then what comes, and ends its subscription when it goes. Without ``--service`` both look for the
service of their own server.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import getpass
import logging
import os
import sys
import uuid

from xmppkit import ClientXMPP, Message, register_stanza_plugin
from xmppkit.exceptions import IqError, XMPPKitError
from xmppkit.plugins.xep_0060 import EventItem, Item, SubscriptionState
from xmppkit.plugins.xep_0060.stanza import Event
from xmppkit.stanza.atom import AtomEntry

# With this, an item gives its entry: AtomEntry.of(item).
register_stanza_plugin(Item, AtomEntry)
register_stanza_plugin(EventItem, AtomEntry)


async def find_service(client: ClientXMPP) -> str:
    """The address of the publish-subscribe service of the own server."""
    for answer in await client.plugin["xep_0030"].get_info_from_domain():
        if any(each.category == "pubsub" and each.type == "service" for each in answer["disco_info"].identities):
            return str(answer["from"])
    raise SystemExit(f"error: {client.boundjid.domain} has no publish-subscribe service: name one with --service")


async def publish(client: ClientXMPP, service: str, arguments: argparse.Namespace) -> None:
    """Publish one entry; create the node for it if there is none."""
    pubsub = client.plugin["xep_0060"]
    entry = AtomEntry()
    entry.id = uuid.uuid4().urn
    entry.title, entry.summary = arguments.title, arguments.summary
    entry.updated = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    # max_items is what makes it keep the latest, for those who come later.
    config = {"access_model": "open", "persist_items": True, "max_items": 20, "title": arguments.node}
    try:
        await pubsub.create_node(service, arguments.node, config)
        print(f"{arguments.node} is new", flush=True)
    except IqError as error:
        if error.condition not in ("conflict", "forbidden"):  # it is there, or others create nodes here
            raise
    answer = await pubsub.publish(service, arguments.node, payload=entry)
    print(f"published as {answer['pubsub']['publish']['item']['id']}", flush=True)


def show(item: Item | EventItem) -> None:
    """Print an item."""
    entry = AtomEntry.of(item)
    if entry is None:
        print(f"- {item['id']}: no entry", flush=True)
        return
    when = f"{entry.updated:%Y-%m-%d %H:%M} " if entry.updated else ""
    print(f"- {when}{entry.title or 'untitled'}" + (f": {entry.summary}" if entry.summary else ""), flush=True)


async def watch(client: ClientXMPP, service: str, arguments: argparse.Namespace) -> None:
    """Print the latest entries, then those that come."""
    pubsub = client.plugin["xep_0060"]
    news: asyncio.Queue[EventItem] = asyncio.Queue()

    def published(message: Message) -> None:
        event = Event.of(message)
        # Anybody can send a message that looks like an event: only the service's word counts.
        if message["from"] == service and event is not None and event.items is not None:
            for item in event.items.items:
                news.put_nowait(item)

    pubsub.map_node_event(arguments.node, "news")
    client.add_event_handler("news_publish", published)
    client.send_presence()  # a service tells only who is there
    answer = await pubsub.subscribe(service, arguments.node)
    if answer["pubsub"]["subscription"]["subscription"] == SubscriptionState.PENDING:
        print("the owner of the node has to agree first", flush=True)
    try:
        latest = [item async for item in pubsub.items(service, arguments.node, reverse=True, max_items=10)]
        seen = {item.id_ for item in latest}
        for item in latest:
            show(item)
        print(f"watching {arguments.node} at {service}", flush=True)
        left = arguments.count
        while left is None or left > 0:
            told = await news.get()
            if told.id_ not in seen:  # the latest may be told again, to who has just come (§6.1.7)
                show(told)
                left = None if left is None else left - 1
    finally:
        await pubsub.unsubscribe(service, arguments.node)


async def run(arguments: argparse.Namespace, password: str) -> None:
    """Log in, publish or watch, log out."""
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0060")
    client.auto_reconnect = False
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    async with client:
        service = arguments.service or await find_service(client)
        await {"publish": publish, "watch": watch}[arguments.command](client, service, arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description="Publish news at a publish-subscribe node, or watch them.")
    parser.add_argument("jid", help="your address, as me@example.org")
    parser.add_argument("--service", help="where the node is, as pubsub.example.org (default: your server's service)")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    commands = parser.add_subparsers(dest="command", required=True)
    publisher = commands.add_parser("publish", help="publish an entry")
    publisher.add_argument("node", help="the node, as news")
    publisher.add_argument("title", help="the headline")
    publisher.add_argument("--summary", help="more about it")
    watcher = commands.add_parser("watch", help="print what is published")
    watcher.add_argument("node", help="the node, as news")
    watcher.add_argument("--count", type=int, help="end after so many (default: with Ctrl-C)")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    try:
        asyncio.run(run(arguments, password))
    except KeyboardInterrupt:
        return 0
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
