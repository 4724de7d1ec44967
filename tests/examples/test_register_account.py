# SPDX-License-Identifier: MIT
"""The program that makes accounts, as a program of its own. The embedded server makes none: the rest is in interop/."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xmppkit.server import EmbeddedServer

NAME = "register_account.py"


async def test_a_server_that_makes_no_accounts(fail_example: Callable[..., object]) -> None:
    async with EmbeddedServer(domain="localhost", users={"alice": "wonderland"}) as server:
        way = ["--host", server.host, "--port", str(server.port), "--ca-file", str(server.ca_file)]
        for more in ([], ["--force"], ["--delete"], ["--answer", "email=me@localhost"]):
            arguments = ["new@localhost", *more, *way]
            ended = await asyncio.to_thread(fail_example, NAME, *arguments, variables={"XMPP_PASSWORD": "secret"})
            assert "localhost" in str(ended)
