# SPDX-License-Identifier: MIT
"""Echo with aioxmpp. With the argument ``all`` sixteen of its services are summoned."""

from __future__ import annotations

import asyncio
import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")

import aioxmpp  # noqa: E402
import aioxmpp.dispatcher  # noqa: E402
import aioxmpp.protocol  # noqa: E402
from workload import HEADER, MESSAGES, Transport, serve  # noqa: E402

SERVICES = (
    "AdHocClient", "AdHocServer", "AvatarService", "BlockingClient", "BookmarkClient", "CarbonsClient", "DiscoClient",
    "DiscoServer", "EntityCapsService", "MUCClient", "PEPClient", "PingService", "PresenceClient", "PresenceServer",
    "PubSubClient", "RosterClient",
)  # fmt: skip


async def main() -> None:
    loop = asyncio.get_running_loop()
    client = aioxmpp.Client(aioxmpp.JID.fromstr("bot@localhost/bench"), aioxmpp.make_security_layer("secret"))
    if "all" in sys.argv:
        for name in SERVICES:
            client.summon(getattr(aioxmpp, name))
    features = loop.create_future()
    stream = aioxmpp.protocol.XMLStream(aioxmpp.JID.fromstr("localhost"), features_future=features)
    transport = Transport()
    stream.connection_made(transport)
    stream.data_received(HEADER)
    stream.data_received(b"<stream:features/>")
    await features

    def echo(message: Any) -> None:
        reply = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=message.from_)
        reply.id_ = message.id_
        reply.body.update(message.body)
        client.stream._enqueue(reply)

    dispatcher = client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
    dispatcher.register_callback(aioxmpp.MessageType.CHAT, None, echo)
    client.stream.start(stream)
    await asyncio.sleep(0)

    async def handle(data: bytes) -> None:
        transport.wanted = transport.answers + MESSAGES
        transport.reached = loop.create_future()
        stream.data_received(data)
        await transport.reached

    await serve(handle, lambda: transport.answers)
    client.stream.stop()


asyncio.run(main())
