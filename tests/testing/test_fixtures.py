# SPDX-License-Identifier: MIT
"""The fixtures that programs may use, as a program uses them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.server.server import EmbeddedServer
from xmppkit.testing.fixtures import (  # noqa: F401  # which makes them this file's
    client_of,
    embedded_server,
    simulated_network,
    virtual_time,
    xmpp_pair,
)
from xmppkit.testing.network import Conditions, SimulatedNetwork
from xmppkit.testing.pair import Pair


async def test_the_bot_answers(
    embedded_server: EmbeddedServer,  # noqa: F811
    client_of: Callable[[str], ClientXMPP],  # noqa: F811
) -> None:
    async with client_of("alice") as alice, client_of("bot") as bot:
        bot.add_event_handler("message", lambda message: message.reply("yes").send())
        alice.send_message(bot.boundjid, "?", mtype="chat")
        assert (await alice.wait_until("message", 60))["body"] == "yes"
        assert {str(jid) for jid in embedded_server.sessions} == {"alice@localhost/test", "bot@localhost/test"}


def test_streams(xmpp_pair: Pair) -> None:  # noqa: F811
    assert xmpp_pair.initiator.ready
    assert xmpp_pair.receiver.ready
    assert xmpp_pair.initiator.jid == "alice@localhost/test"


async def test_a_network(simulated_network: SimulatedNetwork) -> None:  # noqa: F811
    assert simulated_network.links == []
    assert simulated_network.conditions == Conditions()


def test_time(virtual_time: Callable[[Any], Any]) -> None:  # noqa: F811
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert virtual_time(main()) == pytest.approx(3600)


def test_as_a_plugin_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["xmppkit.testing.fixtures"]\n')
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
    )
    (tmp_path / "test_program.py").write_text(
        "def test_it(embedded_server, client_of, xmpp_pair, virtual_time):\n"
        "    assert client_of('bot').boundjid == 'bot@localhost/test'\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
