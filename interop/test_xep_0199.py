# SPDX-License-Identifier: MIT
"""Pings (XEP-0199): of real servers and by them, and of clients through them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, seen

from xmppkit.exceptions import IqError
from xmppkit.stanza.iq import Iq


async def test_pings(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0199")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        pings = alice.plugin["xep_0199"]
        assert 0 < await pings.ping() < TIMEOUT
        assert 0 < await pings.ping(bob.boundjid) < TIMEOUT
        with pytest.raises(IqError):
            await pings.ping(f"bob@{server.domain}/nobody")


async def test_keepalive(server: Server) -> None:
    alice = make_client(server)
    alice.register_plugin("xep_0199", {"keepalive": True, "interval": 0.1, "timeout": TIMEOUT})
    lost = seen(alice, "disconnected")
    answers: asyncio.Queue[Iq] = asyncio.Queue()

    def count(stanza: Any) -> Any:
        if isinstance(stanza, Iq) and stanza["type"] == "result":
            answers.put_nowait(stanza)
        return stanza

    async with asyncio.timeout(TIMEOUT), alice:
        alice.add_filter("in", count)
        for _ in range(3):
            assert (await answers.get())["from"] == server.domain
        assert lost.empty()
        assert alice.is_connected()
