# SPDX-License-Identifier: MIT
"""`xmppkit.simple`: one blocking call."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppkit import JID, ClientXMPP, Message
from xmppkit.exceptions import ConfigurationError, XMPPKitError
from xmppkit.pyxmpp2.exceptions import FatalStreamError, TLSError
from xmppkit.server import EmbeddedServer
from xmppkit.simple import send_message, xmpp_do

PATIENCE = 60.0


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(domain="localhost", users={"alice": "wonderland", "bot": "staple"}) as server:
        yield server


@pytest.fixture
def place(server: EmbeddedServer) -> dict[str, Any]:
    return {"server": server.host, "c2s_port": server.port, "tls_cacert_file": str(server.ca_file)}


@pytest.fixture
async def alice(server: EmbeddedServer) -> AsyncIterator[ClientXMPP]:
    alice = ClientXMPP("alice@localhost/test", "wonderland")
    alice.ca_certs = server.ca_file
    alice.custom_address = (server.host, server.port)
    async with asyncio.timeout(PATIENCE), alice:
        alice.send_presence()
        yield alice


async def test_a_message(server: EmbeddedServer, alice: ClientXMPP, place: dict[str, Any]) -> None:
    answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
    await asyncio.to_thread(
        send_message, JID("bot@localhost"), "staple", "alice@localhost", "text", subject="s", thread="t", **place
    )
    message = await answer
    assert (message["body"], message["subject"], message["thread"], message["type"]) == ("text", "s", "t", "chat")
    assert server.sessions == [alice.boundjid]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ca_cert": "ca.pem"}, "no setting 'ca_cert'; was ca_certs meant"),
        ({"proxy": "socks5://127.0.0.1:9050"}, "proxy has no effect"),
    ],
)
def test_settings_that_there_are_not(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        send_message("bot@localhost", "staple", "alice@localhost", "text", **settings)


async def test_something_else(alice: ClientXMPP, place: dict[str, Any]) -> None:
    answers: asyncio.Queue[Any] = asyncio.Queue()
    alice.add_event_handler("message", answers.put_nowait)

    def act(client: Any) -> str:
        for number in range(3):
            client.send(_message(str(number)))
        return str(client.me)

    me = await asyncio.to_thread(xmpp_do, "bot@localhost/here", "staple", act, **place)
    assert me == "bot@localhost/here"
    assert [(await answers.get())["body"] for _ in range(3)] == ["0", "1", "2"]


def _message(body: str) -> Message:
    message = Message(sto="alice@localhost", stype="chat")
    message["body"] = body
    return message


async def test_certificates_are_checked(place: dict[str, Any]) -> None:
    del place["tls_cacert_file"]
    with pytest.raises(TLSError) as raised:
        await asyncio.to_thread(xmpp_do, "bot@localhost", "staple", print, **place)
    assert isinstance(raised.value, XMPPKitError)


async def test_the_connection_ends_before_the_login(place: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.simple.FireAndForget.run", lambda self: None)
    with pytest.raises(FatalStreamError, match="before the login"):
        xmpp_do("bot@localhost", "staple", print, **place)


def test_it_needs_no_asyncio() -> None:
    program = "import sys, xmppkit.simple\nprint('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
