# SPDX-License-Identifier: MIT
"""The program that uploads a file, at real servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, program, seen

pytest.importorskip("aiohttp")


async def run(server: Server, *arguments: object) -> tuple[int | None, str]:
    """How the program ends as bot, and what it prints."""
    way = ["--host", server.host, "--port", server.port, "--ca-file", server.ca_file]
    async with program(
        "upload_file", f"bot@{server.domain}", *arguments, *way, XMPP_PASSWORD=server.users["bot"]
    ) as ran:
        output, _ = await ran.communicate()
    return ran.returncode, output.decode()


async def test_a_file_is_uploaded_and_sent(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(bytes(100_000))
    alice = make_client(server)
    alice.register_plugin("xep_0066")
    messages = seen(alice, "message", of=lambda message: "oob" in message)
    async with asyncio.timeout(TIMEOUT), alice:
        code, output = await run(server, path, "--to", alice.boundjid, "--own-network")
        assert code == 0, output
        url = output.strip()
        assert url.startswith(f"https://localhost:{server.http_port}/")
        message = await messages.get()
        assert (message["body"], message["oob"]["url"]) == (url, url)


async def test_what_it_says_when_it_cannot(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"x")
    async with asyncio.timeout(TIMEOUT):
        code, output = await run(server, path)
        assert code == 1
        assert "is this machine itself" in output
        code, output = await run(server, tmp_path / "none")
        assert code == 1
        assert "No such file" in output
