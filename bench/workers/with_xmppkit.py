# SPDX-License-Identifier: MIT
"""The workloads with xmppkit. Its plugins are those that it has, of those that are asked for."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
from typing import Any

import common
from common import Counter, Keeper, Measure, Options, Transport
from data import (
    ATOM_TITLE,
    CHAT_STATES,
    LONG_TEXTS,
    NICK,
    PLUGINS_24,
    ROOM,
    STABLE_IDS,
    info_reads,
    items_reads,
    roster_reads,
)

from xmppkit import ClientXMPP, Message
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045 import Room
from xmppkit.settings import Settings
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xmlstream import ET

#: A roster of 100,000 contacts is larger than a client takes by default.
LARGE = Settings(max_stanza_bytes=64 * 2**20, max_children=200_000)


@functools.cache
def available() -> list[str]:
    """Those of the 24 plugins that there are; to look for them takes longer than to make a client."""
    return [name for name in PLUGINS_24 if importlib.util.find_spec(f"xmppkit.plugins.{name}") is not None]


def enable(client: ClientXMPP, plugins: str) -> None:
    """Enable what is asked for, as far as it is there."""
    if plugins == "all":
        client.register_plugins()
    elif plugins == "24":
        for name in available():
            client.register_plugin(name)


def connected(
    transport: Any, plugins: str, settings: Settings | None = None, number: int = 0
) -> tuple[ClientXMPP, Any, dict[str, Any]]:
    """A client with a session, the protocol that takes its bytes, and what the tables should say."""
    client = ClientXMPP(f"bot{number or ''}@localhost/bench", "secret", settings=settings)
    enable(client, plugins)
    # Nor is it a part of making a client to count them.
    about = {"plugins": sum(name.startswith("xep_") for name in client.plugin)} if number == 0 else {}
    return client, client.adopt(transport), about


def answer(message: Message) -> None:
    message.reply(message["body"]).send()


async def echo(options: Options) -> Measure:
    transport = Counter()
    client, protocol, about = connected(transport, options.plugins)
    client.add_event_handler("message", answer)
    return common.echo(protocol.data_received, transport, about)


async def iq(options: Options) -> Measure:
    transport = Keeper()
    client, protocol, about = connected(transport, options.plugins)

    def request() -> Any:
        asked = client.make_iq_get(ito="localhost")
        asked.append(ET.Element("{urn:xmpp:ping}ping"))
        return asked.send()

    return common.round_trips(request, protocol.data_received, transport, int(options.variant), about)


class Active(ElementBase):
    """That the other side is there (XEP-0085)."""

    __slots__ = ()
    name, namespace, plugin_attrib = "active", CHAT_STATES, "bench_active"


class OriginId(ElementBase):
    """The id that the sender gave the message (XEP-0359)."""

    __slots__ = ()
    name, namespace, plugin_attrib = "origin-id", STABLE_IDS, "bench_origin"
    id = Attr(str)


async def build(options: Options) -> Measure:
    register_stanza_plugin(Message, Active)
    register_stanza_plugin(Message, OriginId)
    client, _, about = connected(Transport(), options.plugins)
    if options.variant in LONG_TEXTS:
        text = LONG_TEXTS[options.variant]
        return common.building(lambda: str(client.make_message("alice@localhost", text, mtype="chat")), about)

    def make() -> str:
        message = client.make_message("alice@localhost/desk", "hello world", mtype="chat")
        message.enable("bench_active")
        message["bench_origin"]["id"] = "m1"
        return str(message)

    return common.building(make, about)


async def roster(options: Options) -> Measure:
    about: dict[str, Any] = {}

    async def run(items: int) -> common.Figures:
        transport = Keeper()
        client, protocol, more = connected(transport, options.plugins, LARGE)
        about.update(more)
        received = client.get_roster()
        while not transport.requests:
            await asyncio.sleep(0)
        reads = roster_reads(transport.take_ids()[-1].decode(), items)

        def use() -> int:
            contacts = client.client_roster
            return sum(
                bool(contacts[jid]["name"] and contacts[jid]["groups"] and contacts[jid]["subscription"] == "both")
                for jid in contacts
            )

        return await common.load_roster(reads, protocol.data_received, received.done, use, items)

    return Measure(run, warm=500, about=about)


async def archive(options: Options) -> Measure:
    transport = Keeper()
    client, protocol, about = connected(transport, options.plugins)

    def ask(count: int) -> Any:
        return client.plugin["xep_0313"].retrieve(rsm={"max": str(count)})

    def read(message: Any) -> tuple[str, Any, str]:
        result = message["mam_result"]
        forwarded = result["forwarded"]
        return result["id"], forwarded["delay"]["stamp"], forwarded["stanza"]["body"]

    return common.archive(ask, protocol.data_received, transport, read, about)


async def room(options: Options) -> Measure:
    client, protocol, about = connected(Transport(), options.plugins)
    muc = client.plugin["xep_0045"]
    if options.variant == "object":

        def look(joined: Room) -> int:
            known = [(each.affiliation, each.role, each.jid) for each in joined.occupants.values()]
            return len(known) - 1 if all(map(all, known)) else 0

        return common.room(lambda: muc.join(ROOM, NICK), protocol.data_received, look, about)

    def use(joined: Any) -> int:
        known = [
            [muc.get_jid_property(ROOM, nick, key) for key in ("affiliation", "role", "jid")]
            for nick in muc.get_roster(ROOM)
        ]
        return len(known) - 1 if all(map(all, known)) else 0

    return common.room(lambda: muc.join_muc_wait(ROOM, NICK), protocol.data_received, use, about)


async def pubsub(options: Options) -> Measure:
    transport = Keeper()
    client, protocol, about = connected(transport, options.plugins)
    plugin = client.plugin["xep_0060"]

    def use(answer: Any) -> int:
        found = [(item["id"], item["payload"].findtext(ATOM_TITLE)) for item in answer["pubsub"]["items"]]
        return sum(all(each) for each in found)

    def ask() -> Any:
        return plugin.get_items("pubsub.localhost", "news")

    return common.answers(ask, protocol.data_received, transport, items_reads, use, int(options.variant), about)


async def disco(options: Options) -> Measure:
    transport = Keeper()
    client, protocol, about = connected(transport, options.plugins)
    plugin = client.plugin["xep_0030"]

    def use(answer: Any) -> int:
        info = answer["disco_info"]
        return len(info["features"]) if info["identities"] else 0

    def ask() -> Any:
        return plugin.get_info("localhost")

    return common.answers(ask, protocol.data_received, transport, info_reads, use, int(options.variant), about)


async def idle(options: Options) -> Measure:
    _, _, about = connected(Transport(), options.plugins)
    return common.idle(lambda number: connected(Transport(), options.plugins, number=number + 1), about)


async def jid(options: Options) -> Measure:
    return common.jids(JID, options.variant, {})


async def tcp(options: Options) -> Measure:
    import loopback

    about: dict[str, Any] = {}

    def attach(transport: Any) -> Any:
        client, protocol, more = connected(transport, options.plugins)
        client.add_event_handler("message", answer)
        about.update(more)
        return protocol

    return await loopback.tcp(attach, about)


if __name__ == "__main__":
    logging.disable()
    common.main(
        {each.__name__: each for each in (echo, iq, build, roster, archive, room, pubsub, disco, idle, jid, tcp)}
    )
