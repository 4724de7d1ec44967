# SPDX-License-Identifier: MIT
"""An embedded server on loopback, and clients and components that send XML by hand.

No test waits for time to pass: a server handles what one connection sends in order, so when it has answered a ping,
it has handled everything before it (`settle`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.protocol.component import ComponentStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Event, Negotiated, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.server import EmbeddedServer
from xmppkit.stanza.base import StanzaBase

#: Seconds for any one thing to happen; nothing takes as long.
PATIENCE = 60.0
PLAIN = SaslPolicy(allowed=("PLAIN",), plain_without_tls=True)
_IDS = count(1)


def brief(element: ET.Element) -> str:
    """A stanza in a line: ``presence[subscribe] alice@localhost``, with the body or the error of a message."""
    local = element.tag.rpartition("}")[2]
    kind = f"[{element.get('type')}]" if element.get("type") else ""
    words = [f"{local}{kind}", element.get("from", "")]
    error = element.find("{*}error")
    if error is not None:
        words.append(error[0].tag.rpartition("}")[2])
    elif local == "message":
        words.append(element.findtext("{*}body", ""))
    return " ".join(word for word in words if word)


class Peer:
    """The other end of a connection to the server."""

    def __init__(self, stream: Connection) -> None:
        self.stream = stream
        self.driver = AsyncioDriver(stream, self._take)
        self.ended: StreamEnded | None = None
        self._stanzas: list[ET.Element] = []
        self._ready: asyncio.Future[None] = self.driver.loop.create_future()
        self._waiting: dict[str, asyncio.Future[ET.Element]] = {}

    @property
    def jid(self) -> str:
        return self.stream.jid.full

    def _take(self, event: Event | StanzaBase) -> None:
        if isinstance(event, StanzaBase):
            element = event.xml
            waiting = self._waiting.pop(element.get("id", ""), None)
            if waiting is not None and element.get("type") in ("result", "error"):
                waiting.set_result(element)
            else:
                self._stanzas.append(element)
        elif isinstance(event, Negotiated):
            self._ready.set_result(None)
        elif isinstance(event, StreamEnded):
            self.ended = event
            for future in (self._ready, *self._waiting.values()):
                if not future.done():
                    future.set_exception(event.error or ConnectionError(event.reason))
            self._ready.exception()

    async def connect(self, host: str, port: int) -> Peer:
        await self.driver.loop.create_connection(lambda: self.driver, host, port)
        await asyncio.wait_for(asyncio.shield(self._ready), PATIENCE)
        return self

    def send(self, *texts: str) -> None:
        """Send XML."""
        for text in texts:
            self.driver.send(text)

    async def ask(self, payload: str, to: str = "", kind: str = "get") -> ET.Element:
        """The answer to an IQ."""
        name = f"ask{next(_IDS)}"
        self._waiting[name] = future = self.driver.loop.create_future()
        address = f" to='{to}'" if to else ""
        self.send(f"<iq id='{name}' type='{kind}'{address}>{payload}</iq>")
        return await asyncio.wait_for(future, PATIENCE)

    async def ping(self) -> None:
        """Come back when the server has handled everything that was sent here, and what it sent before is here."""
        await self.ask("<ping xmlns='urn:xmpp:ping'/>", to="localhost")

    def take(self) -> list[ET.Element]:
        """The stanzas that came since the last call, without answers."""
        stanzas, self._stanzas = self._stanzas, []
        return stanzas

    def brief(self) -> list[str]:
        """The same in short."""
        return [brief(each) for each in self.take()]

    async def roster(self) -> dict[str, dict[str, Any]]:
        """The roster, by address: what is said of each contact; its groups as a tuple. The session gets pushes now."""
        answer = await self.ask("<query xmlns='jabber:iq:roster'/>")
        return dict(item(each) for each in answer[0])

    def pushes(self) -> list[tuple[str, dict[str, Any]]]:
        """Of the stanzas that came since the last call, the roster pushes; nothing else may be among them."""
        stanzas = self.take()
        assert all(each.get("type") == "set" and each.get("from") is None for each in stanzas), self.brief()
        return [item(each[0][0]) for each in stanzas]

    async def closed(self) -> StreamEnded:
        """How the stream ended, when it has."""
        await asyncio.wait_for(self.driver.wait_closed(), PATIENCE)
        assert self.ended is not None
        return self.ended

    async def leave(self) -> None:
        """Close the stream in order."""
        self.driver.close()
        await self.closed()


def item(element: ET.Element) -> tuple[str, dict[str, Any]]:
    """A roster item: its address, and the rest."""
    rest: dict[str, Any] = dict(element.attrib)
    groups = tuple(sorted(group.text or "" for group in element))
    if groups:
        rest["groups"] = groups
    return rest.pop("jid"), rest


async def settle(*peers: Peer) -> None:
    """Everything that the peers have sent has been handled and has arrived, also what came of it at the others."""
    for peer in peers:
        await peer.ping()
    for peer in peers:
        await peer.ping()


class Place:
    """A server, and who comes to it."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.peers: list[Peer] = []

    def peer(self, stream: Connection) -> Peer:
        """Somebody who is not connected yet."""
        self.peers.append(Peer(stream))
        return self.peers[-1]

    async def login(self, name: str, resource: str = "", *, presence: str | None = None, **options: Any) -> Peer:
        """A client in a session; the password is the name.

        :param presence: what it sends at once, as ``<presence/>``.
        """
        server = self.server
        settings: dict[str, Any] = {"tls": TlsPolicy.DISABLED, "sasl": PLAIN, "domain": server.domain, **options}
        settings.setdefault("credentials", Credentials(name, name))
        loop = asyncio.get_running_loop()
        jid = f"{name}@{server.domain}" + (f"/{resource}" if resource else "")
        peer = self.peer(ClientStream(jid, StreamOptions(**settings), now=loop.time()))
        port = server.direct_tls_port if settings["tls"] is TlsPolicy.DIRECT else server.port
        assert port is not None
        await peer.connect(server.host, port)
        if presence is not None:
            peer.send(presence)
            await peer.ping()
            peer.take()
        return peer

    async def component(self, domain: str, secret: str = "shared") -> Peer:
        """A component."""
        options = StreamOptions(tls=TlsPolicy.DISABLED)
        peer = self.peer(ComponentStream(domain, secret, options, now=asyncio.get_running_loop().time()))
        return await peer.connect(self.server.host, self.server.component_port)

    async def without(self, jid: str) -> None:
        """Come back when the server has noticed that a session is over."""
        async with asyncio.timeout(PATIENCE):
            while jid in (each.full for each in self.server.sessions):  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0)

    async def friends(self, *names: str) -> None:
        """Let the accounts see each other's presence, for ever; their sessions are over afterwards."""
        sessions = {name: await self.login(name, "befriending", presence="<presence/>") for name in names}
        for name, session in sessions.items():
            for other in names:
                if other != name:
                    session.send(f"<presence to='{other}@localhost' type='subscribe'/>")
                    session.send(f"<presence to='{other}@localhost' type='subscribed'/>")
        await settle(*sessions.values())
        for session in sessions.values():
            await session.leave()


Enter = Callable[..., Awaitable[Place]]
NAMES = ("alice", "bob", "carol")


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """A place with a server that differs in something from the usual."""
    places: list[Place] = []

    async def enter(users: Mapping[str, str] | None = None, **options: Any) -> Place:
        accounts = {name: name for name in NAMES} if users is None else users
        options.setdefault("tls", False)
        server = EmbeddedServer(users=accounts, **options)
        await server.start()
        places.append(Place(server))
        return places[-1]

    yield enter
    for place in places:
        for peer in place.peers:
            peer.driver.abort()
        await place.server.stop()


@pytest.fixture
async def place(enter: Enter) -> Place:
    """A server without TLS, with alice, bob and carol, and the component ``echo.localhost``."""
    return await enter(components={"echo.localhost": "shared"})


class Tools:
    settle = staticmethod(settle)
    brief = staticmethod(brief)


@pytest.fixture
def tools() -> type[Tools]:
    return Tools
