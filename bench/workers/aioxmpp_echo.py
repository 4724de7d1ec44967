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
from workload import HEADER, MESSAGES, serve  # noqa: E402

SERVICES = (
    "AdHocClient", "AdHocServer", "AvatarService", "BlockingClient", "BookmarkClient", "CarbonsClient", "DiscoClient",
    "DiscoServer", "EntityCapsService", "MUCClient", "PEPClient", "PingService", "PresenceClient", "PresenceServer",
    "PubSubClient", "RosterClient",
)  # fmt: skip


class Transport(asyncio.Transport):
    """Counts what is written, and says when enough has been."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self.goal = 0
        self.reached: asyncio.Future[None] | None = None

    def write(self, data: Any) -> None:
        self.answers += bytes(data).count(b"</message>")
        if self.reached is not None and self.answers >= self.goal and not self.reached.done():
            self.reached.set_result(None)

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return False

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


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
        transport.goal = transport.answers + MESSAGES
        transport.reached = loop.create_future()
        stream.data_received(data)
        await transport.reached

    await serve(handle, lambda: transport.answers)
    client.stream.stop()


asyncio.run(main())
