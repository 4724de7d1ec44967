# SPDX-License-Identifier: MIT
"""The program that makes accounts, at real servers."""

from __future__ import annotations

import asyncio

from servers.base import Server
from sessions import TIMEOUT, program


async def run(server: Server, jid: str, *arguments: object, password: str = "a secret") -> tuple[int | None, str]:
    """How the program ends, and what it prints."""
    way = ["--host", server.host, "--port", server.port, "--ca-file", server.ca_file]
    async with program("register_account", jid, *arguments, *way, XMPP_PASSWORD=password) as ran:
        output, _ = await ran.communicate()
    return ran.returncode, output.decode().strip()


async def test_an_account_is_made_and_deleted(server: Server) -> None:
    jid = f"someone@{server.register_domain}"
    async with asyncio.timeout(TIMEOUT):
        assert await run(server, jid) == (0, f"the account {jid} is there")
        code, output = await run(server, jid, password="another")
        assert code == 1
        assert "conflict" in output
        assert await run(server, jid, "--delete") == (0, f"the account {jid} is gone")
        code, output = await run(server, jid, "--delete")
        assert code == 1


async def test_a_server_that_lets_nobody_register(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT):
        code, output = await run(server, f"someone@{server.domain}")
    assert code == 1
    assert output.startswith("error: ")
