# SPDX-License-Identifier: MIT
"""Our own clients and components at the servers of the fixtures, and what tests ask of them."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest
from servers.base import Server

from xmppkit import ClientXMPP, ComponentXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.xmlstream.xmlstream import XMLStream

__all__ = [
    "EXAMPLES",
    "TIMEOUT",
    "Way",
    "at",
    "available",
    "every_way",
    "example",
    "failure",
    "has_run",
    "make_client",
    "make_component",
    "new_account",
    "only_tls",
    "program",
    "seen",
    "settled",
]

#: Seconds that a test may take, from the first connection to the last. The work takes a fraction of one; on a machine
#: that is slow and has other work, many times as much. It bounds failures, and nothing is concluded from it.
TIMEOUT = 60.0
#: What every server and component answers (XEP-0030).
DISCO_INFO = "http://jabber.org/protocol/disco#info"
EXAMPLES = Path(__file__).parent.parent / "examples"

Stream = TypeVar("Stream", bound=XMLStream)

_numbers = itertools.count(1)


class Way(Enum):
    """How a client reaches a server."""

    STARTTLS = "starttls"
    DIRECT_TLS = "direct-tls"
    WEBSOCKET = "websocket"
    BOSH = "bosh"


class _Present:
    """What clients do that were not told otherwise; the fixture `way` sets it."""

    way = Way.STARTTLS


present = _Present()

Test = TypeVar("Test", bound=Callable[..., object])


def every_way(test: Test) -> Test:
    """Run a test once for each way to reach a server: all its clients take it."""
    ways = pytest.mark.parametrize("way", list(Way), ids=[way.value for way in Way], indirect=True)
    marked: Test = pytest.mark.usefixtures("way")(ways(test))
    return marked


def at(server: Server, stream: Stream, *, direct_tls: bool = False) -> Stream:
    """`stream`, which is to connect to the clients' port of `server`, or as the fixture `way` says."""
    way = Way.DIRECT_TLS if direct_tls else present.way
    stream.ca_certs = server.ca_file
    stream.custom_address = (server.host, server.direct_tls_port if way is Way.DIRECT_TLS else server.port)
    if way is Way.DIRECT_TLS:
        stream.enable_starttls = False
    elif way is Way.WEBSOCKET:
        stream.custom_url = server.websocket_url
    elif way is Way.BOSH:
        stream.custom_url = server.bosh_url
    return stream


def make_client(
    server: Server, name: str = "alice", *, resource: str = "", direct_tls: bool = False, **arguments: Any
) -> ClientXMPP:
    """A client for the account `name` of `server`.

    :param arguments: what `ClientXMPP` takes.
    """
    jid = f"{name}@{server.domain}" + (f"/{resource}" if resource else "")
    client = ClientXMPP(jid, **{"password": server.users.get(name, ""), **arguments})
    return at(server, client, direct_tls=direct_tls)


def make_component(server: Server, secret: str | None = None, **arguments: Any) -> ComponentXMPP:
    """The component that `server` knows.

    :param arguments: what `ComponentXMPP` takes.
    """
    return ComponentXMPP(
        server.component_domain,
        server.component_secret if secret is None else secret,
        server.host,
        server.component_port,
        **arguments,
    )


async def new_account(server: Server) -> str:
    """The name of an account that no other test knows."""
    name = f"user{next(_numbers)}"
    await asyncio.to_thread(server.add_user, name, f"password of {name}")
    return name


async def has_run(client: ClientXMPP, seconds: int = 4) -> None:
    """Wait until the server of `client` has run for so long, as it says itself, in whole seconds (XEP-0012): else what
    is sent now might have been sent before it was started."""
    while True:
        answer = await client.make_iq_get("jabber:iq:last", ito=client.boundjid.domain).send(timeout=TIMEOUT)
        query = answer.xml.find("{jabber:iq:last}query")
        if query is not None and int(query.get("seconds", "")) >= seconds:
            return
        await asyncio.sleep(0.1)


def only_tls(client: ClientXMPP, version: ssl.TLSVersion) -> None:
    """Let `client` speak this version of TLS, and no other."""
    client.ssl_context.minimum_version = client.ssl_context.maximum_version = version


def seen(stream: XMLStream, *names: str, of: Callable[[Any], bool] = lambda _: True) -> asyncio.Queue[Any]:
    """The payloads of these events from now on, in order.

    :param of: whether a payload is among them.
    """
    queue: asyncio.Queue[Any] = asyncio.Queue()

    def take(payload: Any) -> None:
        if of(payload):
            queue.put_nowait(payload)

    for name in names:
        stream.add_event_handler(name, take)
    return queue


async def available(*clients: ClientXMPP, **presence: Any) -> None:
    """The clients send presence, and the server has taken it: it has told themselves, too.

    Before that, what others send to the account is for somebody who is not there: they speak to the server through
    connections of their own, and may be faster.

    :param presence: what `send_presence` takes.
    """
    for client in clients:
        there = seen(client, "presence_available", of=lambda came, own=client.boundjid: came["from"] == own)
        client.send_presence(**presence)
        await there.get()


async def settled(server: Server, *streams: ClientXMPP | ComponentXMPP) -> None:
    """The server has dealt with all that these streams have sent, and with their login: it answers what they ask now.

    A component may be told that it is accepted before there is a way to it.
    """
    for stream in streams:
        await stream.make_iq_get(DISCO_INFO, ito=server.domain, ifrom=stream.boundjid).send()


async def failure(stream: XMLStream, within: float = TIMEOUT) -> XMPPKitError:
    """The error with which a login ends; it must be told everywhere alike, and once.

    :param within: seconds that it may take.
    """
    told = seen(stream, "disconnected")
    with pytest.raises(XMPPKitError) as caught:
        async with asyncio.timeout(within), stream:
            raise AssertionError("there should be no session")
    assert told.get_nowait() is caught.value
    assert told.empty()
    assert stream.last_error is caught.value
    assert not stream.is_connected()
    assert not stream.is_connecting()
    return caught.value


def example(name: str) -> ModuleType:
    """The module ``examples/NAME.py``."""
    found = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@asynccontextmanager
async def program(name: str, *arguments: object, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python examples/NAME.py ARGUMENTS``, as a user would run it; its input is empty, its output is captured."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / f"{name}.py"),
        *map(str, arguments),
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
