# SPDX-License-Identifier: MIT
"""One call, with PyXMPP2's signature. `tests/test_simple.py` has the library's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xmppkit import ClientXMPP
from xmppkit.pyxmpp2.exceptions import JIDError, SASLAuthenticationFailed, TLSError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.simple import FireAndForget, send_message
from xmppkit.server import EmbeddedServer

PATIENCE = 60.0


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(domain="localhost", users={"alice": "wonderland", "bot": "staple"}) as server:
        yield server


@pytest.fixture
def settings(server: EmbeddedServer) -> dict[str, Any]:
    return {"server": server.host, "c2s_port": server.port, "tls_cacert_file": str(server.ca_file)}


@pytest.fixture
async def alice(server: EmbeddedServer) -> AsyncIterator[ClientXMPP]:
    alice = ClientXMPP("alice@localhost/test", "wonderland")
    alice.ca_certs = server.ca_file
    alice.custom_address = (server.host, server.port)
    async with asyncio.timeout(PATIENCE), alice:
        alice.send_presence()
        yield alice


@pytest.mark.parametrize("make", [str, JID])
async def test_a_message(server: EmbeddedServer, alice: ClientXMPP, settings: dict[str, Any], make: Any) -> None:
    answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
    arguments = (make("bot@localhost/once"), "staple", make("alice@localhost"), "text")
    given = XMPPSettings(settings) if make is JID else settings
    await asyncio.to_thread(send_message, *arguments, "subject", "headline", "thread", settings=given)
    message = await answer
    assert (message["body"], message["subject"], message["type"]) == ("text", "subject", "headline")
    assert message["thread"] == "thread"
    assert message["from"] == "bot@localhost/once"
    assert "password" not in given
    assert server.sessions == [alice.boundjid]


async def test_a_wrong_password(settings: dict[str, Any]) -> None:
    with pytest.raises(SASLAuthenticationFailed):
        await asyncio.to_thread(send_message, "bot@localhost", "x", "alice@localhost", "text", settings=settings)


async def test_certificates_are_checked(settings: dict[str, Any]) -> None:
    del settings["tls_cacert_file"]
    arguments = ("bot@localhost", "staple", "alice@localhost", "text")
    with pytest.raises(TLSError):
        await asyncio.to_thread(send_message, *arguments, settings=settings)
    await asyncio.to_thread(send_message, *arguments, settings={**settings, "tls_verify_peer": False})


def test_addresses() -> None:
    for arguments in (("a b@c", "x", "d@e", "text"), ("a@c", "x", "d e@f g", "text")):
        with pytest.raises(JIDError):
            send_message(*arguments)


async def test_what_the_action_raises(server: EmbeddedServer, settings: dict[str, Any]) -> None:
    def fail(client: Any) -> None:
        raise ZeroDivisionError

    once = FireAndForget("bot@localhost", fail, XMPPSettings({**settings, "password": "staple"}))
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(once.run)
    assert once.client.stream is None


async def test_ctrl_c(server: EmbeddedServer, settings: dict[str, Any]) -> None:
    def interrupt(client: Any) -> None:
        raise KeyboardInterrupt

    once = FireAndForget("bot@localhost", interrupt, XMPPSettings({**settings, "password": "staple"}))

    def program() -> str:
        try:
            once.run()
        except KeyboardInterrupt:
            return "interrupted"
        return ""

    assert await asyncio.to_thread(program) == "interrupted"
    assert server.sessions == []
