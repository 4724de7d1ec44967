# SPDX-License-Identifier: MIT
"""The HTTP request, against a server on loopback that shows every byte."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp")

from xmppkit.plugins.xep_0363 import FileUploadError, HTTPError, UnsafeSlot
from xmppkit.plugins.xep_0363.http import put
from xmppkit.plugins.xep_0363.slots import Target
from xmppkit.plugins.xep_0363.source import Content
from xmppkit.transports.certificates import client_context

#: More than all buffers between client and server hold.
LARGE = 32 * 1024 * 1024


async def send(target: Target, content: Content, size: int, **options: Any) -> list[int]:
    """Send something, to this machine; how far it was when."""
    counts: list[int] = []

    async def moved(count: int) -> None:
        counts.append(count)

    given = {"context": client_context(), "private": True, "stall": 5.0, "moved": moved, **options}
    async with asyncio.timeout(60):
        await put(target, content, size, "text/plain", **given)
    return counts


async def test_the_request(http: Any) -> None:
    target = dataclasses.replace(
        http.target, headers=(("Cookie", "a=1"), ("authorization", "Basic x"), ("Cookie", "b=2"), ("Expires", "0"))
    )
    data = os.urandom(200_000)
    counts = await send(target, data, len(data))
    assert http.bodies == [data]
    [head] = http.heads
    assert head.startswith("PUT /a%20b HTTP/1.1\r\n")
    lines = [line for line in head.split("\r\n")[1:] if line]
    names = [line.split(":")[0] for line in lines]
    told = {"Host", "Content-Length", "Content-Type", "Cookie", "authorization", "Expires"}
    assert set(names) - {"Accept", "Accept-Encoding", "Connection"} == told
    assert [line for line in lines if line.startswith("Cookie")] == ["Cookie: a=1", "Cookie: b=2"]
    assert "Content-Length: 200000" in lines
    assert "Content-Type: text/plain" in lines
    assert counts == [65536, 131072, 196608, 200000]
    await http.idle.wait()


async def test_the_url_goes_out_as_it_came(http: Any) -> None:
    url = f"http://127.0.0.1:{http.port}/%7Ea//b/../%2f?s=%41+b&t"
    await send(Target(url, url, ()), b"x", 1)
    assert http.heads[0].startswith("PUT /%7Ea//b/../%2f?s=%41+b&t HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        (b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 413, "Too Large"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nNo!", 403, "No!"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100000, 500, "x" * 512),
        (b"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 307, "There"),
        (b"HTTP/1.1 304 \r\nContent-Length: 0\r\n\r\n", 304, ""),
    ],
)
async def test_refusals(http: Any, answer: bytes, status: int, text: str) -> None:
    http.answer = answer
    with pytest.raises(HTTPError) as caught:
        await send(http.target, b"x", 1)
    assert (caught.value.status, caught.value.text) == (status, text)
    assert len(http.heads) == 1
    await http.idle.wait()


async def test_a_refusal_comes_before_all_was_sent(http: Any) -> None:
    http.answer, http.reads = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 10
    with pytest.raises(HTTPError, match="413"):
        await send(http.target, bytes(300_000), 300_000)
    await http.idle.wait()


async def test_nobody_listens() -> None:
    with pytest.raises(FileUploadError, match=r"the connection to 127\.0\.0\.1 failed"):
        await send(Target("http://127.0.0.1:1/", "", ()), b"x", 1)


async def test_the_answer_is_noise(http: Any) -> None:
    http.answer = b"\0\xff\r\n\r\n"
    with pytest.raises(FileUploadError, match="the connection to localhost failed"):
        await send(http.target, b"x", 1)


async def test_the_server_falls_silent(http: Any) -> None:
    http.silent = True
    with pytest.raises(FileUploadError, match=r"nothing has moved for 0\.1 s on the way to localhost"):
        await send(http.target, b"x", 1, stall=0.1)
    await http.idle.wait()


async def test_each_progress_gives_it_more_time(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float | None] = []
    reschedule = asyncio.Timeout.reschedule

    def recorded(self: asyncio.Timeout, when: float | None) -> None:
        deadlines.append(when)
        reschedule(self, when)

    monkeypatch.setattr(asyncio.Timeout, "reschedule", recorded)
    counts = await send(http.target, bytes(200_000), 200_000, stall=777.0)
    now = asyncio.get_running_loop().time()
    mine = [when for when in deadlines if when is not None and when > now + 700]
    assert len(mine) == 1 + len(counts) == 5  # the first is that of the beginning
    assert mine == sorted(mine)


@pytest.mark.parametrize("size", [5, 200_000])
async def test_the_file_is_not_what_was_announced(http: Any, size: int) -> None:
    with pytest.raises(FileUploadError, match="announced"):
        await send(http.target, bytes(100_000), size)
    await http.idle.wait()


async def test_the_file_cannot_be_read(http: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await send(http.target, tmp_path / "none", 5)
    await http.idle.wait()


async def test_who_is_told_of_the_progress_fails(http: Any) -> None:
    async def moved(_: int) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await send(http.target, b"x" * 100, 200, moved=moved)
    await http.idle.wait()


@pytest.mark.parametrize("when", ["connecting", "reading", "writing", "waiting"])
async def test_cancelled_it_leaves_nothing_open(http: Any, tmp_path: Path, when: str) -> None:
    """With PYTHONWARNINGS as errors, a file or connection that is left to the garbage collector fails the test."""
    path = tmp_path / "x"
    path.touch()
    os.truncate(path, LARGE)
    closed: list[bool] = []

    async def stuck() -> AsyncIterator[bytes]:
        try:
            yield b"x"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    http.silent, http.reads = True, 1
    content: dict[str, Content] = {"reading": stuck(), "waiting": b"x"}
    sending = asyncio.ensure_future(send(http.target, content.get(when, path), 1 if when == "waiting" else LARGE))
    async with asyncio.timeout(60):
        if when != "connecting":
            await http.asked.wait()
        for _ in range(20):  # on to where it can do nothing but wait; or only begun
            await asyncio.sleep(0)
            if when == "connecting":
                break
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled()
        assert closed == ([True] if when == "reading" else [])
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert [task for task in others if "aiohttp" in repr(task.get_coro())] == []
        gc.collect()
        if when != "connecting":
            await http.idle.wait()


# --- who is reached -------------------------------------------------------------------------------------------


async def test_spoof_a_name_that_leads_into_the_own_network(http: Any) -> None:
    """security.md B17: the name looks harmless, its address is not."""
    with pytest.raises(UnsafeSlot, match=r"localhost is at .*: not on the public internet; `allow_private_hosts`"):
        await send(http.target, b"x", 1, private=False)
    assert http.heads == []


async def test_only_public_addresses_are_connected_to(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiohttp import ThreadedResolver

    from xmppkit.plugins.xep_0363.http import _PublicResolver

    async def resolve(self: Any, host: str, port: int, family: int) -> list[dict[str, Any]]:
        return [{"host": "127.0.0.1", "port": port}, {"host": "93.184.216.34", "port": port}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    assert [each["host"] for each in await _PublicResolver().resolve("example.org", 443)] == ["93.184.216.34"]


async def test_the_certificate_must_be_valid(https: Any) -> None:
    server, ca_file = https
    url = f"https://localhost:{server.port}/x"
    await send(Target(url, url, ()), b"x", 1, context=client_context(ca_certs=ca_file))
    assert server.bodies == [b"x"]
    with pytest.raises(FileUploadError, match="certificate"):
        await send(Target(url, url, ()), b"x", 1)
    other = f"https://127.0.0.1:{server.port}/x"
    with pytest.raises(FileUploadError, match="certificate"):
        await send(Target(other, other, ()), b"x", 1, context=client_context(ca_certs=ca_file))
    assert server.bodies == [b"x"]


async def test_the_environment_has_no_say(http: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy and no password of the user's goes to a host that a service has named."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    await send(http.target, b"x", 1)
    assert "Authorization" not in http.heads[0]
    assert "User-Agent" not in http.heads[0]
