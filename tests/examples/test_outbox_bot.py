# SPDX-License-Identifier: MIT
"""The program that loses no line, with a server in the test: there, not there, and there again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from xmppkit import ClientXMPP
from xmppkit.server import EmbeddedServer

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "outbox_bot.py"
PATIENCE = 60.0


def run(directory: Path, server: EmbeddedServer, lines: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable, str(PROGRAM), "bot@localhost", "alice@localhost",
            "--host", server.host, "--port", str(server.port), "--ca-file", str(server.ca_file),
            *options,
        ],
        cwd=directory,
        env={**os.environ, "XMPP_PASSWORD": "correct horse"},
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )  # fmt: skip


async def test_no_line_is_lost(tmp_path: Path) -> None:
    got: asyncio.Queue[str] = asyncio.Queue()
    async with EmbeddedServer(users={"alice": "wonderland", "bot": "another"}) as server:
        refused = await asyncio.to_thread(run, tmp_path, server, "one\ntwo\n")
        assert refused.returncode == 1
        assert "is sent next time" in refused.stderr
        server.remove_user("bot")
        server.add_user("bot", "correct horse")
        alice = ClientXMPP("alice@localhost/test", "wonderland")
        alice.ca_certs = str(server.ca_file)
        alice.custom_address = (server.host, server.port)
        alice.add_event_handler("message", lambda message: got.put_nowait(message["body"]))
        async with asyncio.timeout(PATIENCE), alice:
            alice.send_presence()
            done = await asyncio.to_thread(run, tmp_path, server, "three\n")
            assert done.returncode == 0, done.stderr
            assert "2 messages are left from before" in done.stdout
            assert done.stdout.count("acked") == 3
            assert [await got.get() for _ in range(3)] == ["one", "two", "three"]
            alice.register_plugin("xep_0184")
            confirmed = await asyncio.to_thread(run, tmp_path, server, "four\n", "--confirm")
            assert confirmed.returncode == 0, confirmed.stderr
            assert "delivered" in confirmed.stdout
            assert await got.get() == "four"
    assert got.empty()
