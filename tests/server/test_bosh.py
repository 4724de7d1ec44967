# SPDX-License-Identifier: MIT
"""BOSH at the embedded server: by our own client, and by requests that are written down."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from xmppkit import ClientXMPP
from xmppkit.exceptions import ConfigurationError, ConnectionLost
from xmppkit.server import EmbeddedServer, bosh
from xmppkit.server.limits import ServerLimits

PATIENCE = 60.0
NS = "http://jabber.org/protocol/httpbind"
FIRST = (
    "<body rid='7' ver='1.11' to='localhost' wait='60' hold='1' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'"
    f" xmlns='{NS}'/>"
)


@pytest.fixture(params=[True, False], ids=["tls", "clear"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(users={"alice": "alice", "bob": "bob"}, tls=request.param, http_port=0) as server:
        yield server


@pytest.fixture
async def clear() -> AsyncIterator[EmbeddedServer]:
    limits = ServerLimits(bosh_per_address=2)
    async with EmbeddedServer(users={"alice": "alice"}, tls=False, http_port=0, limits=limits) as server:
        yield server


def url_of(server: EmbeddedServer) -> str:
    return f"http{'s' if server._tls else ''}://localhost:{server.http_port}/http-bind"


def make_client(server: EmbeddedServer, name: str) -> ClientXMPP:
    client = ClientXMPP(f"{name}@localhost", name)
    if server._tls:
        client.ca_certs = server.ca_file
    else:
        client.enable_plaintext = True
        client["feature_mechanisms"].unencrypted_scram = True
    client.custom_url = url_of(server)
    return client


def seen(client: ClientXMPP, event: str) -> asyncio.Queue[Any]:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    client.add_event_handler(event, queue.put_nowait)
    return queue


async def until(reached: Callable[[], object]) -> None:
    for _ in range(12_000):
        if reached():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it was not reached in a minute")


@pytest.fixture
async def post() -> AsyncIterator[Callable[..., Any]]:
    """Asks the server something, and gives status, headers and content."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as http:

        async def ask(server: EmbeddedServer, data: Any = b"", method: str = "POST", **headers: str) -> Any:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            async with http.request(method, url_of(server), data=data, headers=told) as response:
                return response.status, response.headers, await response.text()

        yield ask


# --- our own client -------------------------------------------------------------------------------------


async def test_two_clients_talk(server: EmbeddedServer) -> None:
    alice, bob = make_client(server, "alice"), make_client(server, "bob")
    came = seen(bob, "message")
    async with asyncio.timeout(PATIENCE), alice, bob:
        for number in range(100):
            alice.send_message(bob.boundjid, str(number))
        assert [(await came.get())["body"] for _ in range(100)] == [str(number) for number in range(100)]
    await until(lambda: not server.sessions)


async def test_host_meta_leads_here(server: EmbeddedServer) -> None:
    context = ssl.create_default_context(cafile=server.ca_file) if server._tls else False
    place = url_of(server).removesuffix("/http-bind")
    async with aiohttp.ClientSession() as http, http.get(f"{place}/.well-known/host-meta.json", ssl=context) as answer:
        links = (await answer.json())["links"]
    assert {"rel": "urn:xmpp:alt-connections:xbosh", "href": url_of(server)} in links


async def test_plaintext_must_be_allowed(clear: EmbeddedServer) -> None:
    client = make_client(clear, "alice")
    client.enable_plaintext = False
    with pytest.raises(ConfigurationError, match="not encrypted"):
        async with asyncio.timeout(PATIENCE), client:
            raise AssertionError("there should be no session")


async def test_a_session_is_resumed_on_another_connection(server: EmbeddedServer) -> None:
    """XEP-0198: the connection of BOSH is lost, the session goes on with the next."""
    alice, bob = make_client(server, "alice"), make_client(server, "bob")
    alice.register_plugin("xep_0198")
    came, resumed = seen(alice, "message"), seen(alice, "session_resumed")
    async with asyncio.timeout(PATIENCE), alice, bob:
        assert alice._driver is not None
        address = alice.boundjid.full
        alice._driver.transport.abort()
        bob.send_message(address, "meanwhile")
        await resumed.get()
        assert (await came.get())["body"] == "meanwhile"
        assert alice.boundjid.full == address


async def test_the_server_stops(server: EmbeddedServer) -> None:
    alice = make_client(server, "alice")
    alice.auto_reconnect = False
    over = seen(alice, "disconnected")
    async with asyncio.timeout(PATIENCE), alice:
        await server.stop()
        assert "system-shutdown" in str(await over.get())


async def test_the_server_restarts(server: EmbeddedServer) -> None:
    alice = make_client(server, "alice")
    alice.connection_delay = 0.1
    started = seen(alice, "session_start")
    async with asyncio.timeout(PATIENCE), alice:
        await started.get()
        await server.restart()
        await started.get()


# --- requests -------------------------------------------------------------------------------------------


async def test_an_answer(clear: EmbeddedServer, post: Any) -> None:
    status, headers, text = await post(clear, FIRST)
    assert status == 200
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "mechanisms" in text


async def test_other_methods(clear: EmbeddedServer, post: Any) -> None:
    status, headers, _ = await post(clear, method="GET")
    assert (status, headers["Allow"]) == (405, "POST, OPTIONS")
    status, headers, _ = await post(clear, method="OPTIONS", Origin=f"http://localhost:{clear.http_port}")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == f"http://localhost:{clear.http_port}"
    assert headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"


async def test_pages_of_elsewhere(clear: EmbeddedServer, post: Any) -> None:
    status, headers, _ = await post(clear, FIRST, Origin="https://evil.example")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


async def test_compressed_requests(clear: EmbeddedServer, post: Any) -> None:
    status, headers, _ = await post(clear, FIRST, Content_Encoding="deflate")
    assert status == 415
    assert headers["Connection"] == "close"


async def test_a_session_by_hand(clear: EmbeddedServer, post: Any) -> None:
    _, _, text = await post(clear, FIRST)
    found = re.search("sid='([^']+)'", text)
    assert found is not None
    leaving = f"<body rid='8' sid='{found[1]}' type='terminate' xmlns='{NS}'/>"
    status, _, text = await post(clear, leaving)
    assert (status, "type='terminate'" in text) == (200, True)
    _, _, text = await post(clear, leaving)
    assert "item-not-found" in text


async def test_a_domain_that_is_not_served(clear: EmbeddedServer, post: Any) -> None:
    _, _, text = await post(clear, FIRST.replace("localhost", "elsewhere.example"))
    assert "remote-stream-error" in text
    assert "host-unknown" in text


async def test_sessions_of_one_address_are_bounded(clear: EmbeddedServer, post: Any) -> None:
    for expected in ("mechanisms", "mechanisms", "policy-violation"):
        _, _, text = await post(clear, FIRST)
        assert expected in text


async def test_there_are_too_many_connections(post: Any) -> None:
    limits = ServerLimits(connections=1)
    async with EmbeddedServer(tls=False, http_port=0, limits=limits) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await until(lambda: server.full)
        _, _, text = await post(server, FIRST)
        assert "item-not-found" in text
        writer.close()


async def test_a_request_that_is_too_large(clear: EmbeddedServer, post: Any) -> None:
    status, headers, text = await post(clear, FIRST + " " * 400_000)
    assert (status, headers["Connection"]) == (200, "close")
    assert "bad-request" in text


async def test_a_request_that_does_not_come(clear: EmbeddedServer, post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bosh, "BODY_TIMEOUT", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", clear.http_port)
    writer.write(b"POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n<body")
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"Connection: close" in answer
    writer.close()


async def test_who_goes_away(clear: EmbeddedServer, post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session hears of it before the request would have been answered."""
    _, _, text = await post(clear, FIRST)
    found = re.search("sid='([^']+)'", text)
    assert found is not None
    assert clear._web is not None
    assert clear._web._bosh is not None
    session, _ = clear._web._bosh._listener.manager._sessions[found[1]]
    _, writer = await asyncio.open_connection("127.0.0.1", clear.http_port)
    body = f"<body rid='8' sid='{found[1]}' xmlns='{NS}'/>".encode()
    writer.write(b"POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    await until(lambda: session._heard)
    writer.transport.abort()
    await until(lambda: not session._heard)


async def test_a_login_that_is_lost(server: EmbeddedServer) -> None:
    """The session ends at the server: the client is told."""
    alice = make_client(server, "alice")
    alice.auto_reconnect = False
    over = seen(alice, "disconnected")
    async with asyncio.timeout(PATIENCE), alice:
        (session,) = server._router.all_sessions()
        session.driver.transport.abort()
        error = await over.get()
        assert isinstance(error, ConnectionLost)
        assert "item-not-found" in str(error)
