# SPDX-License-Identifier: MIT
"""The workloads with slixmpp. A session begins past its negotiation, as in slixmpp's own test kit.

Variants of its own: ``idle`` with ``shared`` gives all clients one TLS context, which makes them cheaper than they are
``shipped``; ``jid`` with ``fallback …`` uses the Python that slixmpp has where its compiled module is not.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import ssl
import sys
from pathlib import Path
from typing import Any

import common
from common import Counter, Keeper, Measure, Options, Transport
from data import (
    ATOM_TITLE,
    CHAT_STATES,
    HEADER,
    LONG_TEXTS,
    NICK,
    PLUGINS_24,
    ROOM,
    STABLE_IDS,
    info_reads,
    items_reads,
    roster_reads,
)


class _Fallback:
    """Finds the Python of a module of which there is a compiled one, too."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name != "slixmpp.jid" or path is None:
            return None
        return importlib.util.spec_from_file_location(name, Path(next(iter(path))) / "jid.py")


if any(each.startswith("fallback") for each in sys.argv):
    sys.meta_path.insert(0, _Fallback)

import slixmpp  # noqa: E402
from slixmpp.xmlstream import ET, ElementBase, register_stanza_plugin  # noqa: E402

_tasks: list[asyncio.Future[Any]] = []


def connected(
    transport: Any, plugins: str, number: int = 0, context: ssl.SSLContext | None = None
) -> tuple[Any, dict[str, Any]]:
    """A client with a session, and what the tables should say."""
    client = slixmpp.ClientXMPP(f"bot{number or ''}@localhost/bench", "secret", ssl_context=context)
    if plugins == "all":
        client.register_plugins()
    elif plugins == "24":
        for name in PLUGINS_24:
            client.register_plugin(name)
    client.connection_made(transport)
    client.data_received(HEADER)
    client._always_send_everything = True
    _tasks.append(asyncio.ensure_future(client.run_filters()))
    return client, {"plugins": sum(name.startswith("xep_") for name in client.plugin)}


def answer(message: Any) -> None:
    message.reply(message["body"]).send()


async def echo(options: Options) -> Measure:
    transport = Counter()
    client, about = connected(transport, options.plugins)
    client.add_event_handler("message", answer)
    return common.echo(client.data_received, transport, about)


async def iq(options: Options) -> Measure:
    transport = Keeper()
    client, about = connected(transport, options.plugins)

    def request() -> Any:
        asked = client.make_iq_get(ito="localhost")
        asked.append(ET.Element("{urn:xmpp:ping}ping"))
        return asked.send()

    return common.round_trips(request, client.data_received, transport, int(options.variant), about)


class Active(ElementBase):
    name, namespace, plugin_attrib = "active", CHAT_STATES, "bench_active"
    interfaces = frozenset()


class OriginId(ElementBase):
    name, namespace, plugin_attrib = "origin-id", STABLE_IDS, "bench_origin"
    interfaces = frozenset({"id"})


async def build(options: Options) -> Measure:
    register_stanza_plugin(slixmpp.Message, Active)
    register_stanza_plugin(slixmpp.Message, OriginId)
    client, about = connected(Transport(), options.plugins)
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
        client, more = connected(transport, options.plugins)
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

        return await common.load_roster(reads, client.data_received, received.done, use, items)

    return Measure(run, warm=500, about=about)


async def archive(options: Options) -> Measure:
    transport = Keeper()
    client, about = connected(transport, options.plugins)

    def ask(count: int) -> Any:
        return client.plugin["xep_0313"].retrieve(rsm={"max": str(count)})

    def read(message: Any) -> tuple[str, Any, str]:
        result = message["mam_result"]
        forwarded = result["forwarded"]
        return result["id"], forwarded["delay"]["stamp"], forwarded["stanza"]["body"]

    return common.archive(ask, client.data_received, transport, read, about)


async def room(options: Options) -> Measure:
    client, about = connected(Transport(), options.plugins)
    muc = client.plugin["xep_0045"]

    def use(joined: Any) -> int:
        known = [
            [muc.get_jid_property(ROOM, nick, key) for key in ("affiliation", "role", "jid")]
            for nick in muc.get_roster(ROOM)
        ]
        return len(known) - 1 if all(map(all, known)) else 0

    return common.room(lambda: muc.join_muc_wait(ROOM, NICK), client.data_received, use, about)


async def pubsub(options: Options) -> Measure:
    transport = Keeper()
    client, about = connected(transport, options.plugins)
    plugin = client.plugin["xep_0060"]

    def use(answer: Any) -> int:
        found = [(item["id"], item["payload"].findtext(ATOM_TITLE)) for item in answer["pubsub"]["items"]]
        return sum(all(each) for each in found)

    def ask() -> Any:
        return plugin.get_items("pubsub.localhost", "news")

    return common.answers(ask, client.data_received, transport, items_reads, use, int(options.variant), about)


async def disco(options: Options) -> Measure:
    transport = Keeper()
    client, about = connected(transport, options.plugins)
    plugin = client.plugin["xep_0030"]

    def use(answer: Any) -> int:
        info = answer["disco_info"]
        return len(info["features"]) if info["identities"] else 0

    def ask() -> Any:
        return plugin.get_info("localhost")

    return common.answers(ask, client.data_received, transport, info_reads, use, int(options.variant), about)


async def idle(options: Options) -> Measure:
    _, about = connected(Transport(), options.plugins)
    context = ssl.create_default_context() if options.variant == "shared" else None
    return common.idle(lambda number: connected(Transport(), options.plugins, number + 1, context), about)


async def jid(options: Options) -> Measure:
    home = sys.modules["slixmpp.jid"].__file__ or ""
    compiled = not home.endswith(".py")
    if compiled == options.variant.startswith("fallback"):
        sys.exit(f"slixmpp's JID is {'' if compiled else 'not '}compiled")
    return common.jids(slixmpp.JID, options.variant.removeprefix("fallback "), {"compiled": compiled})


async def tcp(options: Options) -> Measure:
    import loopback

    about: dict[str, Any] = {}

    def attach(transport: Any) -> Any:
        client, more = connected(transport, options.plugins)
        client.add_event_handler("message", answer)
        about.update(more)
        return client

    return await loopback.tcp(attach, about)


if __name__ == "__main__":
    logging.disable()  # plugins that do not fit say so
    common.main(
        {each.__name__: each for each in (echo, iq, build, roster, archive, room, pubsub, disco, idle, jid, tcp)}
    )
