# SPDX-License-Identifier: MIT
"""HTTP File Upload to real servers: found, asked, and sent there by HTTPS."""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client

from xmppkit import ClientXMPP
from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0363 import (
    FileTooBig,
    FileTooLarge,
    FileUploadError,
    Progress,
    PurposeNotSupported,
    UnsafeSlot,
)

pytest.importorskip("aiohttp")

CONTENT = bytes(range(256)) * 4000


@asynccontextmanager
async def uploader(server: Server) -> AsyncIterator[ClientXMPP]:
    """Alice, who may upload to this machine."""
    client = make_client(server)
    client.register_plugin("xep_0363", {"allow_private_hosts": True})
    async with asyncio.timeout(TIMEOUT), client:
        yield client


async def fetch(server: Server, url: str) -> bytes:
    """What others find at a URL of the server."""
    context = ssl.create_default_context(cafile=str(server.ca_file))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def read() -> bytes:
        with opener.open(url, timeout=TIMEOUT) as answer:
            found: bytes = answer.read()
            return found

    return await asyncio.to_thread(read)


async def test_a_file_is_uploaded(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "très cool.bin"
    path.write_bytes(CONTENT)
    told: list[Progress] = []
    async with uploader(server) as client:
        url = await client.plugin["xep_0363"].upload_file(path, progress=told.append)
        assert url.startswith(f"https://localhost:{server.http_port}/")
        assert await fetch(server, url) == CONTENT
        assert told[-1] == Progress(len(CONTENT), len(CONTENT))
        assert len(told) > 10


async def test_an_upload_is_watched(server: Server) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(CONTENT), 50_000):
            yield CONTENT[start : start + 50_000]

    async with uploader(server) as client:
        async with client.plugin["xep_0363"].upload("x.bin", len(CONTENT), input_file=pieces()) as upload:
            seen = [progress.sent async for progress in upload]
            url = await upload
        assert seen == sorted(seen)
        assert seen[-1] == len(CONTENT)
        assert await fetch(server, url) == CONTENT


async def test_the_service_says_how_much_it_takes(server: Server) -> None:
    async with uploader(server) as client:
        plugin = client.plugin["xep_0363"]
        found = await plugin.find_upload_service()
        assert found is not None
        assert found["from"] == server.upload_domain
        size = server.upload_limit + 1
        with pytest.raises(FileTooBig) as caught:
            await plugin.upload_file("large.bin", size, input_file=b"")
        assert caught.value.max_file_size == server.upload_limit
        # asked in spite of it, the service refuses
        with pytest.raises(IqError) as refused:
            await plugin.request_slot(server.upload_domain, "large.bin", size)
        too_large = FileTooLarge.of(refused.value.iq["error"])
        assert too_large is not None
        assert too_large.max_file_size == server.upload_limit


async def test_a_purpose_that_the_service_does_not_know(server: Server) -> None:
    async with uploader(server) as client:
        with pytest.raises(PurposeNotSupported):
            await client.plugin["xep_0363"].upload_file("a.txt", input_file=b"a", purpose="profile")


async def test_the_own_network_is_refused_unless_allowed(server: Server) -> None:
    async with uploader(server) as client:
        client.plugin["xep_0363"].allow_private_hosts = False
        with pytest.raises(UnsafeSlot, match="machine itself"):
            await client.plugin["xep_0363"].upload_file("a.txt", input_file=b"a")


async def test_a_certificate_of_others_is_refused(server: Server) -> None:
    async with uploader(server) as client:
        client.ca_certs = None  # the system does not know the authority
        with pytest.raises(FileUploadError, match="certificate"):
            await client.plugin["xep_0363"].upload_file("a.txt", input_file=b"a")
