# SPDX-License-Identifier: MIT
"""Delayed delivery (XEP-0203): what a server kept while we were away."""

from __future__ import annotations

import asyncio
import datetime

from archives import client_of
from servers.base import Server
from sessions import TIMEOUT, new_account, seen, settled

from xmppkit.plugins.xep_0203 import Delay


async def test_what_was_sent_while_we_were_away(server: Server) -> None:
    name = await new_account(server)
    bob, reader = client_of(server, "bob"), client_of(server, name)
    came = seen(reader, "message")
    begun = datetime.datetime.now(datetime.UTC)
    async with asyncio.timeout(TIMEOUT):
        async with bob:
            bob.send_message(f"{name}@{server.domain}", "hello", mtype="chat")
            await settled(server, bob)
        async with reader:
            reader.send_presence()
            message = await came.get()
            assert Delay.of(message) is not None
            stamp = reader.plugin["xep_0203"].get_stamp(message)
            assert stamp is not None
            assert abs(stamp - begun) < datetime.timedelta(seconds=TIMEOUT)
            assert reader.plugin["xep_0203"].get_stamp(message, by="example.org") is None
