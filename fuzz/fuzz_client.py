# SPDX-License-Identifier: MIT
"""A client in a session, with all plugins: whatever the server sends, nothing raises out of the protocol, and the
program's handlers are not the ones that fail.

    python fuzz/fuzz_client.py --seconds 60
"""

from __future__ import annotations

import asyncio
import logging
import sys

from _runner import main

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.jid import JID
from xmppkit.testing.clock import VirtualLoop
from xmppkit.testing.wire import Wire

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()

JID("münchen@example.org")  # loads the tables for what is not ASCII, which the first input is not to wait for


async def session(data: bytes) -> None:
    """A session in which the server sends `data`."""
    failures: list[BaseException] = []
    client = ClientXMPP("bot@localhost/here", "secret")
    client.auto_reconnect = False
    client.exception = failures.append  # type: ignore[method-assign,assignment]
    client.register_plugins()
    client.add_event_handler("message", lambda message: message.reply(message["body"]).send())
    wire = Wire(client)
    asking = client.plugin["xep_0092"].get_version("a@localhost/x")
    asking = asyncio.ensure_future(asking)
    wire.protocol.data_received(data)
    await wire.sent()
    assert not failures, failures
    if client.is_connected():
        client.abort()
    await wire.end()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


def target(data: bytes) -> None:
    """One input."""
    LOOP.run_until_complete(session(data))


if __name__ == "__main__":
    logging.disable()
    LOOP = VirtualLoop()  # in which a run takes the same course on a machine that is slow
    sys.exit(main(target, "client", allowed=ALLOWED, pace=40))
