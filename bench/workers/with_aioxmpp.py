# SPDX-License-Identifier: MIT
"""The workloads with aioxmpp, as far as it has them. Its services are what plugins are elsewhere: sixteen."""

from __future__ import annotations

import asyncio
import logging
import warnings
from typing import Any

warnings.simplefilter("ignore")

import aioxmpp  # noqa: E402
import aioxmpp.chatstates  # noqa: E402
import aioxmpp.dispatcher  # noqa: E402
import aioxmpp.misc  # noqa: E402
import aioxmpp.ping  # noqa: E402
import aioxmpp.protocol  # noqa: E402
import aioxmpp.xml  # noqa: E402
import common  # noqa: E402
from common import Counter, Keeper, Measure, Options, Transport  # noqa: E402
from data import HEADER, LONG_TEXTS  # noqa: E402

SERVICES = (
    "AdHocClient", "AdHocServer", "AvatarService", "BlockingClient", "BookmarkClient", "CarbonsClient", "DiscoClient",
    "DiscoServer", "EntityCapsService", "MUCClient", "PEPClient", "PingService", "PresenceClient", "PresenceServer",
    "PubSubClient", "RosterClient",
)  # fmt: skip


async def connected(transport: Any, plugins: str, number: int = 0) -> tuple[Any, Any, dict[str, Any]]:
    """A client with a session, the protocol that takes its bytes, and what the tables should say."""
    address = aioxmpp.JID.fromstr(f"bot{number or ''}@localhost/bench")
    client = aioxmpp.Client(address, aioxmpp.make_security_layer("secret"))
    services = SERVICES if plugins != "none" else ()
    for name in services:
        client.summon(getattr(aioxmpp, name))
    features = asyncio.get_running_loop().create_future()
    stream = aioxmpp.protocol.XMLStream(aioxmpp.JID.fromstr("localhost"), features_future=features)
    stream.connection_made(transport)
    stream.data_received(HEADER)
    stream.data_received(b"<stream:features/>")
    await features
    client.stream.start(stream)
    await asyncio.sleep(0)
    return client, stream, {"plugins": len(services)}


def answer_with(client: Any) -> None:
    """Let the client echo."""

    def echo(message: Any) -> None:
        reply = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=message.from_)
        reply.id_ = message.id_
        reply.body.update(message.body)
        client.stream._enqueue(reply)

    dispatcher = client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
    dispatcher.register_callback(aioxmpp.MessageType.CHAT, None, echo)


async def echo(options: Options) -> Measure:
    transport = Counter()
    client, stream, about = await connected(transport, options.plugins)
    answer_with(client)
    return common.echo(stream.data_received, transport, about)


async def iq(options: Options) -> Measure:
    transport = Keeper()
    client, stream, about = await connected(transport, options.plugins)
    client.stream.local_jid = client.local_jid
    server = aioxmpp.JID.fromstr("localhost")

    def request() -> Any:
        asked = aioxmpp.IQ(type_=aioxmpp.IQType.GET, to=server, payload=aioxmpp.ping.Ping())
        return asyncio.ensure_future(client.stream._send_immediately(asked))

    return common.round_trips(request, stream.data_received, transport, int(options.variant), about)


async def build(options: Options) -> Measure:
    peer = aioxmpp.JID.fromstr("alice@localhost/desk")
    text = LONG_TEXTS.get(options.variant, "hello world")
    payloads = options.variant not in LONG_TEXTS

    def make() -> object:
        message = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=peer)
        message.body[None] = text
        if payloads:
            message.xep0085_chatstate = aioxmpp.chatstates.ChatState.ACTIVE
            message.xep0359_origin_id = aioxmpp.misc.OriginID()
            message.xep0359_origin_id.id_ = "m1"
        return aioxmpp.xml.serialize_single_xso(message)

    return common.building(make, {})


async def idle(options: Options) -> Measure:
    kept: list[object] = []
    _, _, about = await connected(Transport(), options.plugins)

    async def run(count: int) -> common.Figures:
        common.gc.collect()
        before = common.rss()
        begun = common.time.perf_counter()
        for _ in range(count):
            kept.append(await connected(Transport(), options.plugins, len(kept) + 1))
        took = common.time.perf_counter() - begun
        common.gc.collect()
        return {"time": 1e6 * took / count, "kib": (common.rss() - before) / 1024 / count}

    return Measure(run, warm=20, about=about)


async def jid(options: Options) -> Measure:
    return common.jids(aioxmpp.JID.fromstr, options.variant, {})


if __name__ == "__main__":
    logging.disable()
    common.main({each.__name__: each for each in (echo, iq, build, idle, jid)})
