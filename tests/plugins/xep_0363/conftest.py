# SPDX-License-Identifier: MIT
"""A service that gives slots, and the HTTP server that they are for; both do as they are told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0030 import DiscoInfo
from xmppkit.plugins.xep_0363.slots import Target
from xmppkit.plugins.xep_0363.stanza import UPLOAD, Request
from xmppkit.stanza.iq import Iq
from xmppkit.transports.certificates import make_authority, make_certificate

SERVICE = "upload.montague.lit"
ROMEO = "romeo@montague.lit/home"


@dataclass
class HttpServer:
    """Takes requests on loopback, and keeps them."""

    port: int = 0
    #: What is answered.
    answer: bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
    #: How many bytes of each body are read before the answer; None: all.
    reads: int | None = None
    #: Whether it answers at all.
    silent: bool = False
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    #: Connections that are open.
    open: int = 0
    #: Set when a request is there.
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when no connection is open.
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/a%20b"

    @property
    def target(self) -> Target:
        """A slot on this server."""
        return Target(self.url, self.url, ())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.idle.clear()
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            self.asked.set()
            length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length"))
            self.bodies.append(await reader.readexactly(length if self.reads is None else self.reads))
            if not self.silent:
                writer.write(self.answer)
                await writer.drain()
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client may go when it likes
        finally:
            writer.close()
            self.open -= 1
            if not self.open:
                self.idle.set()


@pytest.fixture
async def http() -> AsyncIterator[HttpServer]:
    server = HttpServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
async def https(tmp_path: Path) -> AsyncIterator[tuple[HttpServer, Path]]:
    """The same with TLS, and the authority of its certificate, which is for localhost."""
    authority = make_authority(tmp_path / "ca")
    files = make_certificate(authority, tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server = HttpServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    yield server, authority.ca_file
    listening.close()


class Service:
    """An upload service: a station that answers as it is told."""

    def __init__(self, network: Any) -> None:
        self.station = network.join(SERVICE, "xep_0030", component=True)
        self.station.register_handler(Callback("slots", StanzaPath("iq@type=get/http_upload_request"), self._answer))
        self.put = self.get = "https://files.montague.lit/1/x"
        self.headers: list[tuple[str, str]] = []
        self.requests: list[Request] = []
        #: The inside of an error that is answered instead of a slot.
        self.error = ""
        #: The inside of the answer instead of a slot.
        self.instead: str | None = None

    def announce(self, *features: str, limit: object = None) -> None:
        """Say what it is."""
        info = DiscoInfo()
        info["features"] = (UPLOAD, *features)
        if limit is not None:
            form = Form()
            form["type"] = "result"
            form.form_type = UPLOAD
            form.add_field("max-file-size", value=str(limit))
            info.xml.append(form.xml)
        self.station.plugin["xep_0030"].set_info(info=info)

    def _answer(self, iq: Iq) -> None:
        self.requests.append(iq["http_upload_request"])
        headers = "".join(f"<header name='{name}'>{value}</header>" for name, value in self.headers)
        slot = f"<slot xmlns='{UPLOAD}'><put url='{self.put}'>{headers}</put><get url='{self.get}'/></slot>"
        kind, inside = "result", slot if self.instead is None else self.instead
        if self.error:
            kind, inside = "error", f"<error type='wait'>{self.error}</error>"
        answer = f"<iq xmlns='jabber:client' type='{kind}' id='{iq['id']}' to='{iq['from']}'>{inside}</iq>"
        self.station.network.deliver(self.station, ET.fromstring(answer))


@pytest.fixture
def service(network: Any) -> Service:
    return Service(network)


@pytest.fixture
def romeo(network: Any, service: Service) -> Any:
    """A client whose server's only item is the service, and who may upload to this machine without TLS."""
    server = network.join("montague.lit", "xep_0030", component=True)
    server.plugin["xep_0030"].add_item(SERVICE, "uploads")
    client = network.join(ROMEO, "xep_0363")
    client.plugin["xep_0363"].allow_http = client.plugin["xep_0363"].allow_private_hosts = True
    return client
