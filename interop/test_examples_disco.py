# SPDX-License-Identifier: MIT
"""The browser of services and the program that stays connected, at real servers."""

from __future__ import annotations

import asyncio
import signal

from servers.base import Server
from sessions import TIMEOUT, program


def way(server: Server) -> list[object]:
    """The options that lead to a server."""
    return ["--host", server.host, "--port", server.port, "--ca-file", server.ca_file]


async def test_the_tree_of_a_server(server: Server) -> None:
    arguments = [f"alice@{server.domain}", "--depth", 1, *way(server)]
    async with (
        asyncio.timeout(TIMEOUT),
        program("disco_browser", *arguments, XMPP_PASSWORD=server.users["alice"]) as ran,
    ):
        output, _ = await ran.communicate()
    lines = output.decode().splitlines()
    assert ran.returncode == 0, lines
    assert lines[0].startswith(f"{server.domain}: ")
    assert "server/im" in lines[0]
    rooms, nodes, files = (
        next((line for line in lines if line.startswith(f"  {domain}: ")), "")
        for domain in (server.muc_domain, server.pubsub_domain, server.upload_domain)
    )
    assert "conference/text" in rooms
    assert "pubsub/service" in nodes
    assert "store/file" in files


async def test_staying_connected(server: Server) -> None:
    arguments = [f"alice@{server.domain}", "--interval", "0.1", *way(server)]
    secret = server.users["alice"]
    async with asyncio.timeout(TIMEOUT), program("keepalive", *arguments, XMPP_PASSWORD=secret) as ran:
        assert ran.stdout is not None
        while b"the server answers in" not in (line := await ran.stdout.readline()):
            assert line, "it has ended"
        ran.send_signal(signal.SIGINT)
        output, _ = await ran.communicate()
    assert ran.returncode == 0, output
