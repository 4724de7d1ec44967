# SPDX-License-Identifier: MIT
"""Servers give a sign of life when they are asked for one, so that nobody takes them for gone: clients that count,
clients that do not, and components."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, make_component, new_account

from xmppkit.settings import Settings

#: Long enough for a slow machine, short enough for a test.
SETTINGS = Settings(ack_timeout=8.0, idle_timeout=8.0, enable_plaintext=True)


@pytest.mark.parametrize("kind", ["plain", "managed", "component"])
async def test_who_is_asked_answers(server: Server, kind: str) -> None:
    stream: Any
    if kind == "component":
        stream = make_component(server, settings=SETTINGS)
    else:
        stream = make_client(server, await new_account(server), settings=Settings(ack_timeout=8.0, idle_timeout=8.0))
        if kind == "managed":
            stream.register_plugin("xep_0198")
    asked: asyncio.Queue[None] = asyncio.Queue()
    ask = stream.ask_server

    def noted() -> None:
        asked.put_nowait(None)
        ask()

    stream.ask_server = noted
    ended: list[Any] = []
    stream.add_event_handler("disconnected", ended.append)
    async with asyncio.timeout(TIMEOUT), stream:
        for _ in range(2):  # the second question is asked when the first was answered
            await asked.get()
        assert stream.is_connected()
        assert ended == []
