# SPDX-License-Identifier: MIT
"""The program that uploads a file, as a program of its own: at the embedded server, with a component that gives slots
and an HTTPS server that takes the file."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from xmppkit import ClientXMPP, ComponentXMPP
from xmppkit.server import EmbeddedServer
from xmppkit.stanza.iq import Iq
from xmppkit.transports.certificates import make_authority, make_certificate

pytest.importorskip("aiohttp")

NAME = "upload_file.py"
PATIENCE = 60.0
SECRET = {"XMPP_PASSWORD": "wonderland"}
CONTENT = bytes(range(256)) * 1000


class Files:
    """Takes files by HTTPS, and gives slots for them over XMPP."""

    def __init__(self, directory: Path) -> None:
        self.bodies: list[bytes] = []
        authority = make_authority(directory / "ca")
        self.ca_file = authority.ca_file
        files = make_certificate(authority, directory, "localhost")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(files.certificate, files.key)
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("Content-Length"))
        self.bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    def give(self, iq: Iq) -> None:
        answer = iq.reply()
        answer["http_upload_slot"]["put"]["url"] = answer["http_upload_slot"]["get"]["url"] = self.url
        answer.send()


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = {"alice": "wonderland", "bob": "b"}
    async with EmbeddedServer(domain="localhost", users=users, components={"upload.localhost": "x"}) as server:
        yield server


@pytest.fixture
async def files(server: EmbeddedServer, tmp_path: Path) -> AsyncIterator[Files]:
    files = Files(tmp_path)
    listening = await asyncio.start_server(files.take, "127.0.0.1", 0, ssl=files.context)
    files.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/secret/cat.jpg"
    component = ComponentXMPP("upload.localhost", "x", server.host, server.component_port)
    component.register_plugin("xep_0363", {"handle_upload_requests": True, "max_file_size": len(CONTENT)})
    component.add_event_handler("http_upload_request", files.give)
    async with asyncio.timeout(PATIENCE), component:
        yield files
    listening.close()


def arguments(server: EmbeddedServer, files: Files, path: Path) -> list[str | Path]:
    """The command line of alice, who trusts the authorities of both servers."""
    trusted = path.parent / "trusted.pem"
    trusted.write_bytes(Path(server.ca_file).read_bytes() + files.ca_file.read_bytes())
    return ["alice@localhost", path, "--host", server.host, "--port", str(server.port), "--ca-file", trusted]


async def test_a_file_is_uploaded_and_sent(
    server: EmbeddedServer, files: Files, tmp_path: Path, run_example: Callable[..., str]
) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(CONTENT)
    bob = ClientXMPP("bob@localhost", "b")
    bob.register_plugin("xep_0066")
    bob.ca_certs, bob.custom_address = server.ca_file, (server.host, server.port)
    async with asyncio.timeout(PATIENCE), bob:
        waiting = asyncio.ensure_future(bob.wait_until("message"))
        options = [*arguments(server, files, path), "--own-network", "--to", bob.boundjid.full]
        output = await asyncio.to_thread(run_example, NAME, *options, variables=SECRET)
        message = await waiting
    assert output.strip() == files.url == message["oob"]["url"] == message["body"]
    assert files.bodies == [CONTENT]


async def test_what_it_says_when_it_cannot(
    server: EmbeddedServer, files: Files, tmp_path: Path, fail_example: Callable[..., object]
) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x")
    large.write_bytes(CONTENT + b"x")
    for path, expected in ((small, "this machine itself"), (large, "the limit"), (tmp_path / "none", "No such file")):
        ended = await asyncio.to_thread(fail_example, NAME, *arguments(server, files, path), variables=SECRET)
        assert expected in str(ended)
    assert files.bodies == []
