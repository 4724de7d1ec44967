# SPDX-License-Identifier: MIT
"""A suite in the manner of slixmpp's integration tests, against real servers."""

from __future__ import annotations

import asyncio
import unittest

import pytest
from servers.base import Server

from xmppkit.test import SlixIntegration


class Conversation(SlixIntegration):
    """Two clients that talk."""

    # Run by the test below, once it knows the server.
    __test__ = False

    async def asyncSetUp(self) -> None:
        for number in "12":
            account = f"CI_ACCOUNT{number}"
            self.add_client(self.envjid(account), self.envstr(f"{account}_PASSWORD"))
        self.register_plugins(["xep_0030", "xep_0199"])
        await self.connect_clients()

    async def test_a_message_arrives(self) -> None:
        one, two = self.clients
        arrived = asyncio.ensure_future(two.wait_until("message", 30))
        await asyncio.sleep(0)
        one.make_message(two.boundjid, "hello").send()
        assert (await arrived)["body"] == "hello"

    async def test_the_server_answers(self) -> None:
        client = self.clients[0]
        assert await client["xep_0199"].ping(client.boundjid.domain) < 30
        info = await client["xep_0030"].get_info(client.boundjid.domain)
        assert "http://jabber.org/protocol/disco#info" in info["disco_info"]["features"]


def test_integration(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite passes with the accounts that its environment names."""
    environment = {"HOST": "127.0.0.1", "PORT": str(server.port)}
    for name, value in environment.items():
        monkeypatch.setenv(f"CI_SERVER_{name}", value)
    monkeypatch.setenv("CI_CA_CERTS", str(server.ca_file))
    for number, name in enumerate(("alice", "bot"), 1):
        monkeypatch.setenv(f"CI_ACCOUNT{number}", f"{name}@{server.domain}/kit")
        monkeypatch.setenv(f"CI_ACCOUNT{number}_PASSWORD", server.users[name])
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Conversation).run(result)
    assert result.testsRun == 2
    problems = result.errors + result.failures + result.skipped
    assert not problems, problems[0][1]
