# SPDX-License-Identifier: MIT
"""Chat states (XEP-0085) through real servers."""

from __future__ import annotations

import asyncio

from servers.base import Server
from sessions import TIMEOUT, available, make_client, seen

from xmppkit.plugins.xep_0085 import ChatState, State


async def test_states(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0085")
    states, composing = seen(bob, "chatstate"), seen(bob, "chatstate_composing")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        await available(bob)
        for state in State:
            message = alice.make_message(bob.boundjid, "still here" if state is State.ACTIVE else None, mtype="chat")
            message["chat_state"] = state
            message.send()
            got = await states.get()
            told = ChatState.of(got)
            assert told is not None
            assert (told.chat_state, got["from"]) == (state, alice.boundjid)
        assert composing.qsize() == 1
