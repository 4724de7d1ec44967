# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.server`: its life, its accounts, its certificate."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from xmppkit.exceptions import AuthenticationFailed, ConfigurationError, LocalProtocolError
from xmppkit.server import EmbeddedServer, ServerLimits


async def accepts(port: int | None) -> bool:
    """Whether something listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


# --- how it is made -----------------------------------------------------------------------------------------


def test_what_it_says_of_itself() -> None:
    server = EmbeddedServer("Example.TEST", {"Bob": "x", "alice": "y"}, {"echo.example.test": "z"}, port=5222)
    assert (server.domain, server.host, server.port) == ("example.test", "127.0.0.1", 5222)
    assert server.users == ["bob@example.test", "alice@example.test"]
    assert server.components == ["echo.example.test"]
    assert server.sessions == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"domain": ""}, "'' is no domain"),
        ({"domain": "a@b"}, "'a@b' is no domain"),
        ({"domain": "a b"}, "'a b' is no domain: "),
        ({"components": {"a/b": "x"}}, "'a/b' is no domain"),
        ({"components": {"localhost": "x"}}, "'localhost' is the server's own domain"),
        ({"components": {"echo.localhost": ""}}, "the component 'echo.localhost' needs a secret"),
        ({"users": {"a b": "x"}}, "'a b' cannot be the name of an account"),
        ({"users": {"a": ""}}, "the account 'a' needs a password"),
        ({"tls": False, "host": "192.0.2.1"}, "tls=False is for loopback only"),
        ({"tls": False, "host": "example.test"}, "tls=False is for loopback only"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EmbeddedServer(**options)


# --- life ---------------------------------------------------------------------------------------------------


async def test_start_and_stop(caplog: pytest.LogCaptureFixture) -> None:
    server = EmbeddedServer(users={"alice": "alice"}, components={"echo.localhost": "x"})
    with pytest.raises(LocalProtocolError, match="start it first"):
        _ = server.ca_file
    async with server as same:
        assert same is server
        ports = (server.port, server.direct_tls_port, server.component_port)
        assert len(set(ports)) == 3
        assert [await accepts(port) for port in ports] == [True] * 3
        with pytest.raises(LocalProtocolError, match="runs already"):
            await server.start()
        directory = server.ca_file.parent
        assert directory.is_dir()
    assert [await accepts(port) for port in ports] == [False] * 3
    assert not directory.exists()
    await server.stop()
    (told,) = (record for record in caplog.records if record.levelno == logging.WARNING)
    assert "for development and tests only" in told.getMessage()


async def test_without_direct_tls_and_components() -> None:
    async with EmbeddedServer(direct_tls_port=None) as server:
        assert server.direct_tls_port is None
        assert server.component_port == 0


async def test_without_tls() -> None:
    async with EmbeddedServer(tls=False, host="localhost") as server:
        assert server.direct_tls_port is None
        with pytest.raises(LocalProtocolError, match="has none without TLS"):
            _ = server.ca_file


async def test_a_name_with_several_addresses_has_one_port(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo

    async def several(host: str, port: int, **options: Any) -> list[Any]:
        return [info for each in ("127.0.0.1", "127.0.0.2") for info in await resolve(each, port, **options)]

    monkeypatch.setattr(loop, "getaddrinfo", several)
    async with EmbeddedServer(tls=False, host="localhost") as server:
        for address in ("127.0.0.1", "127.0.0.2"):
            _, writer = await asyncio.open_connection(address, server.port)
            writer.close()
            await writer.wait_closed()


async def test_a_directory_of_ones_own_is_kept(tmp_path: Path) -> None:
    async with EmbeddedServer(directory=tmp_path, components={"echo.localhost": "x"}) as server:
        assert server.ca_file == tmp_path / "ca.pem"
        authority = server.ca_file.read_bytes()
        context = ssl.create_default_context(cafile=str(server.ca_file))
        for name in ("localhost", "echo.localhost"):
            _, writer = await asyncio.open_connection(
                server.host, server.direct_tls_port, ssl=context, server_hostname=name
            )
            writer.close()
            await writer.wait_closed()
    async with EmbeddedServer(directory=tmp_path) as server:
        assert server.ca_file.read_bytes() == authority


async def test_a_port_in_use_and_nothing_is_left(tmp_path: Path) -> None:
    async with EmbeddedServer(tls=False) as first:
        second = EmbeddedServer(direct_tls_port=first.port)
        with pytest.raises(OSError, match=str(first.port)):
            await second.start()
        assert not await accepts(second.port)
        assert not second.ca_file.exists()
        assert await accepts(first.port)


async def test_stopping_says_so(place: Any) -> None:
    alice = await place.login("alice", "a")
    component = await place.component("echo.localhost")
    with socket.create_connection((place.server.host, place.server.port)):  # somebody who says nothing
        await place.server.stop()
    for peer in (alice, component):
        assert "system-shutdown" in str((await peer.closed()).error)
    assert place.server.sessions == []


async def test_who_does_not_go_is_cut_off(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.server.server._GRACE", 0.01)
    alice = await place.login("alice", "a")
    assert alice.driver.transport is not None
    alice.driver.transport.pause_reading()
    await place.server.stop()
    alice.driver.transport.resume_reading()
    assert (await alice.closed()).error is not None


async def test_restart(place: Any) -> None:
    server = place.server
    ports = (server.port, server.component_port)
    alice = await place.login("alice", "a", presence="<presence/>")
    await alice.ask("<query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query>", kind="set")
    alice.send("<message to='bob@localhost'><body>hello</body></message>")
    await alice.ping()
    await server.restart()
    assert (server.port, server.component_port) == ports
    assert "system-shutdown" in str((await alice.closed()).error)
    alice = await place.login("alice", "a")
    assert await alice.roster() == {"bob@localhost": {"subscription": "none"}}
    bob = await place.login("bob", "b")
    bob.send("<presence/>")
    await bob.ping()
    assert "message alice@localhost/a hello" in bob.brief()


async def test_restart_keeps_the_certificate() -> None:
    async with EmbeddedServer() as server:
        before = server.ca_file.read_bytes()
        await server.restart()
        assert server.ca_file.read_bytes() == before
    await server.start()
    assert server.ca_file.exists()
    await server.stop()


# --- accounts -----------------------------------------------------------------------------------------------


async def test_accounts_come_and_go(place: Any, tools: Any) -> None:
    server = place.server
    with pytest.raises(AuthenticationFailed):
        await place.login("dave")
    server.add_user("dave", "dave")
    assert "dave@localhost" in server.users
    dave = await place.login("dave", "d")
    assert [jid.full for jid in server.sessions] == ["dave@localhost/d"]
    await place.friends("alice", "dave")
    alice = await place.login("alice", "a", presence="<presence/>")
    dave.send("<presence/>")
    await tools.settle(dave, alice)
    alice.take()
    await alice.roster()
    assert server.remove_user("Dave")
    assert not server.remove_user("dave")
    assert not server.remove_user("no such name")
    assert "not-authorized" in str((await dave.closed()).error)
    await alice.ping()
    presences = [each for each in alice.brief() if each.startswith("presence")]
    assert presences == [
        "presence[unavailable] dave@localhost/d",
        "presence[unsubscribe] dave@localhost",
        "presence[unsubscribed] dave@localhost",
    ]
    assert await alice.roster() == {"dave@localhost": {"subscription": "none", "approved": "true"}}
    assert "dave@localhost" not in server.users
    with pytest.raises(AuthenticationFailed):
        await place.login("dave")


async def test_another_password(place: Any) -> None:
    place.server.add_user("alice", "other")
    assert len(place.server.users) == 3
    with pytest.raises(AuthenticationFailed):
        await place.login("alice")
    with pytest.raises(ConfigurationError):
        place.server.add_user("@", "x")


async def test_what_waits_goes_with_the_account(place: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send("<message to='bob@localhost'><body>hello</body></message>")
    await alice.ping()
    place.server.remove_user("bob")
    place.server.add_user("bob", "bob")
    bob = await place.login("bob", "b")
    bob.send("<presence/>")
    await bob.ping()
    assert bob.brief() == ["presence bob@localhost/b"]


# --- connections --------------------------------------------------------------------------------------------


async def test_too_many_connections(enter: Any) -> None:
    place = await enter(limits=ServerLimits(connections=2))
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b")
    reader, writer = await asyncio.open_connection(place.server.host, place.server.port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await bob.leave()
    await alice.ping()
    assert (await place.login("carol", "c")).jid == "carol@localhost/c"
