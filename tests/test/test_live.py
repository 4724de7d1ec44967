# SPDX-License-Identifier: MIT
"""SlixTest over a real connection, and SlixIntegration, both against the embedded server on loopback."""

from __future__ import annotations

import asyncio
import threading
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from xmppkit.server.server import EmbeddedServer
from xmppkit.test import SlixIntegration, SlixTest, TestLiveSocket

USERS = {"one": "secret", "two": "secret"}


class Background:
    """A server in a thread with an event loop of its own, since the test's runs only now and then."""

    def __init__(self, **options: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server: EmbeddedServer = self.run(self.start(options))

    async def start(self, options: Any) -> EmbeddedServer:
        server = EmbeddedServer(users=USERS, **options)
        await server.start()
        return server

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def stop(self) -> None:
        self.run(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def clear() -> Iterator[EmbeddedServer]:
    background = Background(tls=False)
    yield background.server
    background.stop()


@pytest.fixture
def secure() -> Iterator[EmbeddedServer]:
    background = Background()
    yield background.server
    background.stop()


def outcome(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_live(clear: EmbeddedServer) -> None:
    class Live(SlixTest):
        def start(self, **options: Any) -> None:
            self.stream_start(
                socket="live", jid="one@localhost/live", password="secret", port=clear.port, server=clear.host,
                plugins=["xep_0199"], plugin_config={"feature_mechanisms": {"unencrypted_scram": True}}, **options,
            )  # fmt: skip

        def test_the_beginning(self) -> None:
            self.start(skip=False)
            assert isinstance(self.xmpp.socket, TestLiveSocket)
            self.send_header(sto="localhost")
            self.recv_header(sfrom="localhost")
            self.recv_feature(
                "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"
            )
            self.send_feature("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-512'/>")
            self.stream_disconnect()

        def test_stanzas(self) -> None:
            self.start()
            self.run_coro(self.xmpp.wait_until("session_start", 60))
            self._live_socket.clear()
            self.xmpp["xep_0199"].send_ping("localhost")
            self.send("<iq type='get' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>", method="mask")
            self.recv("<iq type='result' from='localhost'/>", method="mask", timeout=10)
            with pytest.raises(AssertionError, match=r"nothing came within 0\.05 s"):
                self.recv("<iq/>", timeout=0.05)

    result = outcome(Live)
    assert result.testsRun == 2
    assert not result.errors + result.failures, (result.errors + result.failures)[0][1]


def integration(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> unittest.TestResult:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    class Conversation(SlixIntegration):
        async def asyncSetUp(self) -> None:
            for number in "12":
                account = f"CI_ACCOUNT{number}"
                self.add_client(self.envjid(account), self.envstr(f"{account}_PASSWORD"))
            self.register_plugins(["xep_0199", "xep_0092"], [{}, {"name": "tester"}])
            await self.connect_clients()

        async def test_a_message_arrives(self) -> None:
            one, two = self.clients
            two.send_presence()
            arrived = asyncio.ensure_future(two.wait_until("message", 60))
            await asyncio.sleep(0)
            one.make_message(two.boundjid, "hello").send()
            assert (await arrived)["body"] == "hello"

        async def test_plugins(self) -> None:
            one, two = self.clients
            assert await one["xep_0199"].ping(two.boundjid) < 10
            answer = await one["xep_0092"].get_version(two.boundjid)
            assert answer["software_version"]["name"] == "tester"
            assert self.envstr("CI_MUC_SERVER", "default") == "default"
            await two.disconnect()

    return outcome(Conversation)


def accounts(server: EmbeddedServer) -> dict[str, str]:
    found = {"CI_SERVER_HOST": server.host, "CI_SERVER_PORT": str(server.port), "CI_CA_CERTS": str(server.ca_file)}
    for number, name in enumerate(USERS, 1):
        found |= {f"CI_ACCOUNT{number}": f"{name}@localhost", f"CI_ACCOUNT{number}_PASSWORD": "secret"}
    return found


def test_integration(secure: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    result = integration(accounts(secure), monkeypatch)
    assert result.testsRun == 2
    assert not result.errors + result.failures + result.skipped


def test_without_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_ACCOUNT1", raising=False)
    monkeypatch.delenv("XMPPKIT_REQUIRE_SERVERS", raising=False)
    skipped = integration({}, monkeypatch)
    assert ["CI_ACCOUNT1 is not set" in reason for _, reason in skipped.skipped] == [True, True]
    failed = integration({"XMPPKIT_REQUIRE_SERVERS": "1"}, monkeypatch)
    assert len(failed.failures) == 2
