# SPDX-License-Identifier: MIT
"""The browser of services, as a program of its own, at the embedded server."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable

import pytest

from xmppkit import ComponentXMPP
from xmppkit.server import EmbeddedServer

NAME = "disco_browser.py"
PATIENCE = 60.0


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = {"alice": "wonderland"}
    async with EmbeddedServer(domain="localhost", users=users, components={"tea.localhost": "leaf"}) as server:
        yield server


@pytest.fixture
async def tea(server: EmbeddedServer) -> AsyncIterator[ComponentXMPP]:
    """A service with more to show than its address."""
    tea = ComponentXMPP("tea.localhost", "leaf", server.host, server.component_port)
    tea.register_plugin("xep_0030")
    disco = tea.plugin["xep_0030"]
    async with asyncio.timeout(PATIENCE), tea:
        await disco.add_identity(category="store", itype="tea", name="Teas")
        for number in range(3):
            await disco.add_item("tea.localhost", f"Tea {number}", subnode=f"tea{number}")
            await disco.add_identity(category="tea", itype="black", node=f"tea{number}")
        await disco.add_item("tea.localhost", "That is me")
        yield tea


def command(server: EmbeddedServer, *more: str) -> list[str]:
    way = ["--host", server.host, "--port", str(server.port), "--ca-file", str(server.ca_file)]
    return [NAME, "alice@localhost", *more, *way]


async def browse(server: EmbeddedServer, run_example: Callable[..., str], *more: str) -> list[str]:
    secret = {"XMPP_PASSWORD": "wonderland"}
    output = await asyncio.to_thread(run_example, *command(server, *more), variables=secret)
    return output.splitlines()


async def test_the_tree_of_a_server(
    server: EmbeddedServer, tea: ComponentXMPP, run_example: Callable[..., str]
) -> None:
    lines = await browse(server, run_example)
    assert lines[0].startswith("localhost: server/im")
    assert lines[1:] == [
        "  tea.localhost: store/tea (Teas)",
        "    tea.localhost 'tea0': tea/black (Tea 0)",
        "    tea.localhost 'tea1': tea/black (Tea 1)",
        "    tea.localhost 'tea2': tea/black (Tea 2)",
    ]


async def test_how_far_and_how_many(
    server: EmbeddedServer, tea: ComponentXMPP, run_example: Callable[..., str]
) -> None:
    assert len(await browse(server, run_example, "--depth", "0")) == 1
    lines = await browse(server, run_example, "tea.localhost", "--most", "1", "--features")
    assert lines == [
        "tea.localhost: store/tea (Teas)",
        "    http://jabber.org/protocol/disco#info",
        "  tea.localhost 'tea0': tea/black (Tea 0)",
        "  … and 3 more",
    ]


async def test_who_does_not_answer(server: EmbeddedServer, run_example: Callable[..., str]) -> None:
    lines = await browse(server, run_example, "tea.localhost")
    assert len(lines) == 1
    assert lines[0].startswith("tea.localhost: ")


async def test_a_wrong_password(
    server: EmbeddedServer, fail_example: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    result = await asyncio.to_thread(fail_example, *command(server), variables={"XMPP_PASSWORD": "looking-glass"})
    assert "not-authorized" in result.stderr
    assert isinstance(server.sessions, list)
    assert server.sessions == []
