# SPDX-License-Identifier: MIT
"""A server and clients of PyXMPP2's surface on loopback, on each of the main loops."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from xmppkit.pyxmpp2.binding import ResourceBindingHandler
from xmppkit.pyxmpp2.clientstream import ClientStream
from xmppkit.pyxmpp2.interfaces import QUIT, Event, EventHandler, StanzaRoute, event_handler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop.asyncio import AsyncioMainLoop
from xmppkit.pyxmpp2.mainloop.base import MainLoopBase
from xmppkit.pyxmpp2.mainloop.epoll import EpollMainLoop
from xmppkit.pyxmpp2.mainloop.external import ExternalMainLoop
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.mainloop.select import SelectMainLoop
from xmppkit.pyxmpp2.mainloop.threads import ThreadPool
from xmppkit.pyxmpp2.server.listener import TCPListener
from xmppkit.pyxmpp2.session import SessionHandler
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamevents import DisconnectedEvent, StreamEvent
from xmppkit.pyxmpp2.streamsasl import StreamSASLHandler
from xmppkit.pyxmpp2.streamtls import StreamTLSHandler
from xmppkit.pyxmpp2.transport import TCPTransport
from xmppkit.transports.certificates import make_authority, make_certificate

#: Seconds after which a test has failed; a machine that is slow and busy needs many.
LIMIT = 60.0


class CallerOwned(ExternalMainLoop):
    """A loop that the caller owns: `loop` is what a program would write."""

    def loop(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (LIMIT if timeout is None else timeout)
        while not self.finished and (left := end - time.monotonic()) > 0:
            readable, writable = self.descriptors()
            readable, writable, _ = select.select(readable, writable, [], min(left, self.time_left()))
            self.attend(readable, writable)


LOOPS: dict[str, type[MainLoopBase]] = {
    "select": SelectMainLoop,
    "poll": PollMainLoop,
    "epoll": EpollMainLoop,
    "threads": ThreadPool,
    "asyncio": AsyncioMainLoop,
    "caller-owned": CallerOwned,
    "external": ExternalMainLoop,
}


@pytest.fixture(params=LOOPS)
def loop_class(request: pytest.FixtureRequest) -> type[MainLoopBase]:
    return LOOPS[request.param]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a server with a certificate, and of clients that trust it."""
    directory: Path = tmp_path_factory.mktemp("certificates")
    authority = make_authority(directory)
    files = make_certificate(authority, directory, "localhost")
    return {"ca": str(authority.ca_file), "certificate": str(files.certificate), "key": str(files.key)}


class Recorder(EventHandler):
    """Keeps events, and ends the loop when a client's stream has ended.

    :param acts: what to do on an event, by the name of its class.
    """

    def __init__(self, **acts: Callable[[Any], object]) -> None:
        self.events: list[Event] = []
        self.acts = acts
        self.ends_with = 1

    @event_handler()
    def record(self, event: Event) -> object:
        self.events.append(event)
        result = None
        if type(event).__name__ in self.acts:
            result = self.acts[type(event).__name__](event)
        if isinstance(event, DisconnectedEvent) and event.stream is not None and event.stream.initiator:
            self.ends_with -= 1
            if self.ends_with == 0:
                return QUIT
        return result

    def names(self, *, initiator: bool) -> list[str]:
        """What was reported of the streams of one end, in words."""
        return [
            type(event).__name__.removesuffix("Event")
            for event in self.events
            if isinstance(event, StreamEvent) and event.stream is not None and event.stream.initiator is initiator
        ]


class Route(StanzaRoute):
    """Keeps stanzas.

    :param act: what to do with each.
    """

    def __init__(self, act: Callable[[Any], object] = lambda stanza: None) -> None:
        self.stanzas: list[Any] = []
        self.act = act

    def send(self, stanza: Any) -> None:
        raise NotImplementedError("nobody sends to a route here")

    def uplink_receive(self, stanza: Any) -> bool:
        self.stanzas.append(stanza)
        self.act(stanza)
        return True


def base_handlers(settings: XMPPSettings) -> list[object]:
    return [
        StreamTLSHandler(settings),
        StreamSASLHandler(settings),
        ResourceBindingHandler(settings),
        SessionHandler(),
    ]


class Network:
    """A server and clients in one main loop."""

    def __init__(self, loop_class: type[MainLoopBase], certificates: dict[str, str]) -> None:
        self.loop_class = loop_class
        self.recorder = Recorder()
        self.server_settings = XMPPSettings(
            {
                "tls_cert_file": certificates["certificate"],
                "tls_key_file": certificates["key"],
                "user_passwords": {"alice": "secret", "bob": "hidden"},
            }
        )
        self.queue = self.server_settings["event_queue"]
        self.server_settings["event_queue"] = self.queue
        self.client_settings = XMPPSettings(
            {"password": "secret", "tls_cacert_file": certificates["ca"], "event_queue": self.queue}
        )
        self.server_route = Route()
        self.client_route = Route()
        self.server_handlers: Callable[[XMPPSettings], list[object]] = base_handlers
        self.client_handlers: Callable[[XMPPSettings], list[object]] = base_handlers
        self.accepted: list[ClientStream] = []
        self.listener: TCPListener | None = None
        self.loop: MainLoopBase | None = None

    def start(self) -> int:
        """Make the loop and the server; its port."""
        self.loop = self.loop_class(self.client_settings, [self.recorder])
        self.listener = TCPListener(socket.AF_INET, ("127.0.0.1", 0), self._accept)
        self.listener.prepare()  # with threads it would be a race between its own and the client's
        self.loop.add_handler(self.listener)
        return int(self.listener.sockname[1])

    def _accept(self, sock: socket.socket, address: Any) -> None:
        transport = TCPTransport(self.server_settings, sock)
        stream = ClientStream(
            JID("localhost"), self.server_route, self.server_handlers(self.server_settings), self.server_settings
        )
        self.accepted.append(stream)
        stream.receive(transport)
        assert self.loop is not None
        self.loop.add_handler(transport)

    def client(self, jid: str = "alice@localhost/desk") -> ClientStream:
        """Another client, which connects as soon as the loop runs."""
        port = self.start() if self.listener is None else int(self.listener.sockname[1])
        transport = TCPTransport(self.client_settings)
        transport.connect("127.0.0.1", port)
        stream = ClientStream(
            JID(jid), self.client_route, self.client_handlers(self.client_settings), self.client_settings
        )
        stream.initiate(transport)
        assert self.loop is not None
        self.loop.add_handler(transport)
        return stream

    def run(self, timeout: float = LIMIT) -> None:
        assert self.loop is not None
        self.loop.loop(timeout)

    def names(self, *, initiator: bool = True) -> list[str]:
        return self.recorder.names(initiator=initiator)

    def close(self) -> None:
        if isinstance(self.loop, ThreadPool):
            self.loop.stop(join=True, timeout=5)
        if self.listener is not None:
            self.listener.close()
        if self.loop is not None:
            for handler in self.loop.io_handlers:
                handler.close()
            if hasattr(self.loop, "close"):
                self.loop.close()


@pytest.fixture
def network(loop_class: type[MainLoopBase], certificates: dict[str, str]) -> Iterator[Network]:
    one = Network(loop_class, certificates)
    yield one
    one.close()


@pytest.fixture
def polled(certificates: dict[str, str]) -> Iterator[Network]:
    """The same, on one main loop only."""
    one = Network(PollMainLoop, certificates)
    yield one
    one.close()


@pytest.fixture
def network_class() -> type[Network]:
    return Network
