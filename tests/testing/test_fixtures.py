# SPDX-License-Identifier: MIT
"""The fixtures that programs may use, as a program uses them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio
import pytest
from xmppkit.testing.network import Conditions
from xmppkit.testing.script import ScriptedPeer, close, expect_header, send_header

async def test_the_bot_answers(embedded_server, client_of):
    async with client_of("alice") as alice, client_of("bot") as bot:
        bot.add_event_handler("message", lambda message: message.reply("yes").send())
        alice.send_message(bot.boundjid, "?", mtype="chat")
        assert (await alice.wait_until("message", 10))["body"] == "yes"
        assert {str(jid) for jid in embedded_server.sessions} == {"alice@localhost/test", "bot@localhost/test"}

def test_streams(xmpp_pair):
    assert xmpp_pair.initiator.ready and xmpp_pair.receiver.ready
    assert xmpp_pair.initiator.jid == "alice@localhost/test"

async def test_a_network(simulated_network):
    assert simulated_network.links == []
    simulated_network.conditions = Conditions(latency=1)

def test_time(virtual_time):
    async def main():
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()
    assert virtual_time(main()) == pytest.approx(3600)
"""


def test_a_program_uses_them(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["xmppkit.testing.fixtures"]\n')
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    (tmp_path / "test_program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
