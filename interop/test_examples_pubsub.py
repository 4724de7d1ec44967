# SPDX-License-Identifier: MIT
"""The publisher and the watcher, at real servers."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from servers.base import Server
from sessions import TIMEOUT, make_client, program


def arguments(server: Server, name: str, *options: object) -> dict[str, Any]:
    """What `program` takes."""
    way = ("--host", server.host, "--port", server.port, "--ca-file", server.ca_file)
    return {"options": (f"{name}@{server.domain}", *way, *options), "secret": server.users[name]}


async def publish(server: Server, node: str, title: str, *options: str) -> str:
    """Run the publisher; what it prints."""
    given = arguments(server, "alice", "publish", node, title, *options)
    async with program("pubsub", *given["options"], XMPP_PASSWORD=given["secret"]) as ran:
        output, _ = await ran.communicate()
    assert ran.returncode == 0, output
    return output.decode()


async def until(stream: asyncio.StreamReader, text: str) -> list[str]:
    """The lines up to one that holds `text`."""
    lines: list[str] = []
    while not lines or text not in lines[-1]:
        line = await stream.readline()
        assert line, lines
        lines.append(line.decode().rstrip())
    return lines


async def test_publishing_and_watching(server: Server) -> None:
    node = "news of the example"
    async with asyncio.timeout(2 * TIMEOUT):
        output = await publish(server, node, "The king is dead", "--summary", "Long live the king")
        assert "is new" in output
        given = arguments(server, "bob", "watch", node, "--count", 1)
        async with program("pubsub", *given["options"], XMPP_PASSWORD=given["secret"]) as ran:
            assert ran.stdout is not None
            lines = await until(ran.stdout, f"watching {node} at {server.pubsub_domain}")
            assert lines[0].endswith("The king is dead: Long live the king")
            output = await publish(server, node, "Another king")
            assert "is new" not in output
            rest, _ = await ran.communicate()
        assert ran.returncode == 0
        assert rest.decode().rstrip().endswith("Another king")


async def test_watching_until_it_is_enough(server: Server) -> None:
    node = "nothing happens"
    alice = make_client(server, "alice")
    alice.register_plugin("xep_0060")
    pubsub = alice.plugin["xep_0060"]
    async with asyncio.timeout(2 * TIMEOUT), alice:
        await pubsub.create_node(server.pubsub_domain, node, {"access_model": "open"})
        given = arguments(server, "bob", "--service", server.pubsub_domain, "watch", node)
        async with program("pubsub", *given["options"], XMPP_PASSWORD=given["secret"]) as ran:
            assert ran.stdout is not None
            await until(ran.stdout, "watching")
            ran.send_signal(signal.SIGINT)
            output, _ = await ran.communicate()
        assert ran.returncode == 0, output
        left = (await pubsub.get_node_subscriptions(server.pubsub_domain, node))["pubsub_owner"]["subscriptions"]
        assert [each["jid"].local for each in left if each["jid"].local == "bob"] == []
        await pubsub.delete_node(server.pubsub_domain, node)
