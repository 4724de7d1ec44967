# SPDX-License-Identifier: MIT
"""The reader of archives at real servers."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, new_account, program, settled


@pytest.fixture
async def reader(server: Server) -> dict[str, Any]:
    """Somebody who has got three messages, and what leads the program to them."""
    name = await new_account(server)
    bob = make_client(server, "bob")
    async with asyncio.timeout(TIMEOUT), bob:
        for number in range(3):
            bob.send_message(f"{name}@{server.domain}", f"message {number}", mtype="chat")
        await settled(server, bob)
    address = [f"{name}@{server.domain}", "--host", server.host, "--port", server.port, "--ca-file", server.ca_file]
    return {"arguments": address, "environment": {"XMPP_PASSWORD": f"password of {name}"}}


async def test_the_last_messages(server: Server, reader: dict[str, Any]) -> None:
    async with (
        asyncio.timeout(TIMEOUT),
        program("archive_reader", *reader["arguments"], "--last", 2, **reader["environment"]) as ran,
    ):
        output, _ = await ran.communicate()
    lines = output.decode().splitlines()
    assert ran.returncode == 0, lines
    assert [line.partition(": ")[2] for line in lines] == ["message 1", "message 2"]
    assert all(f"bob@{server.domain}/" in line for line in lines)


async def test_following(server: Server, reader: dict[str, Any], tmp_path: Path) -> None:
    arguments = [*reader["arguments"], "--follow", "--state", tmp_path / "state.db"]
    for expected in (["message 0", "message 1", "message 2", "live"], ["live"]):
        bob = make_client(server, "bob")
        async with (
            asyncio.timeout(TIMEOUT),
            bob,
            program("archive_reader", *arguments, **reader["environment"]) as ran,
        ):
            assert ran.stdout is not None
            got: list[str] = []
            while len(got) < len(expected):
                if len(got) == len(expected) - 1:
                    bob.send_message(reader["arguments"][0], "live", mtype="chat")
                line = await ran.stdout.readline()
                assert line, "it has ended"
                got.append(line.decode().strip().partition(": ")[2])
            assert got == expected
            ran.send_signal(signal.SIGINT)
            output, _ = await ran.communicate()
            assert (ran.returncode, output) == (0, b"")
