# SPDX-License-Identifier: MIT
"""Entity Time (XEP-0202): of real servers, and of clients through them."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client

from xmppkit.exceptions import IqError
from xmppkit.settings import Settings

MINUTE = datetime.timedelta(minutes=1)


async def test_time(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    alice.register_plugin("xep_0202")
    bob.register_plugin("xep_0202", {"tz_offset": 5.5})
    async with asyncio.timeout(TIMEOUT), alice, bob:
        times = alice.plugin["xep_0202"]
        now = datetime.datetime.now(datetime.UTC)
        for who in (server.domain, bob.boundjid):
            found = (await times.get_entity_time(who))["entity_time"]
            assert abs(found["time"] - now) < MINUTE
            assert found.utc == found.time
        assert found["time"].utcoffset() == datetime.timedelta(hours=5.5)


async def test_strangers_are_told_nothing(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob", settings=Settings.strict())
    for client in (alice, bob):
        client.register_plugin("xep_0202")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        with pytest.raises(IqError, match="service-unavailable"):
            await alice.plugin["xep_0202"].get_entity_time(bob.boundjid)
