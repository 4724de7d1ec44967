# SPDX-License-Identifier: MIT
"""xmppkit.transports.hostmeta, with web servers on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from xmppkit.exceptions import ConfigurationError, HostNotFound
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.certificates import client_context, make_authority, make_certificate, server_context
from xmppkit.transports.hostmeta import (
    MAX_BYTES,
    MAX_LENGTH,
    MAX_LINKS,
    MAX_REDIRECTS,
    Alternatives,
    find_alternatives,
    read_json,
    read_xrd,
)
from xmppkit.transports.proxy import Proxy, ProxyKind

WS, BOSH = "urn:xmpp:alt-connections:websocket", "urn:xmpp:alt-connections:xbosh"
BOTH = Alternatives(("wss://web.example.com:443/ws",), ("https://web.example.com:5280/bosh",))


def xrd(*links: tuple[str, str], more: str = "") -> bytes:
    body = "".join(f"<Link rel='{rel}' href='{href}'/>" for rel, href in links)
    return (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        f"<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n{more}{body}\n</XRD>\n"
    ).encode()


def jrd(*links: tuple[str, str]) -> bytes:
    return json.dumps({"subject": "x", "links": [{"rel": rel, "href": href} for rel, href in links]}).encode()


LINKS = ((BOSH, BOTH.bosh[0]), (WS, BOTH.websocket[0]))
forms = pytest.mark.parametrize(("read", "write"), [(read_xrd, xrd), (read_json, jrd)], ids=["xml", "json"])


# --- what the files say -----------------------------------------------------------------------------------------


@forms
def test_the_example(read, write) -> None:
    assert read(write(*LINKS)) == BOTH
    assert read(write(("lrdd", "https://x"), *LINKS, *LINKS)) == BOTH
    assert read(write()) == Alternatives()
    assert not read(write())


def test_other_elements_do_no_harm() -> None:
    more = "<Subject>x</Subject><hm:Host xmlns:hm='http://host-meta.net/xrd/1.0'>example.org</hm:Host>"
    assert read_xrd(xrd(*LINKS, more=more)) == BOTH


@forms
@pytest.mark.parametrize(
    "url",
    [
        "ws://h/ws", "https://h/ws", "wss:/ws", "wss://", "wss://me:x@h/ws", "wss://h:0/", "wss://h:x/", "wss://[::1/",
        "wss://h/a b", "javascript:x", "", "wss://h/" + "x" * MAX_LENGTH,
    ],
)  # fmt: skip
def test_addresses_that_are_left_out(read, write, url: str) -> None:
    assert read(write((WS, url), (WS, "wss://h/ws"))).websocket in ((), ("wss://h/ws",))
    assert url not in read(write((WS, url))).websocket


@forms
def test_there_are_not_any_number(read, write) -> None:
    assert len(read(write(*((WS, f"wss://h/{n}") for n in range(50)))).websocket) == MAX_LINKS


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"nonsense", b'{"links": 5}', b'{"links": [5, {}, {"rel": 1, "href": 2}]}', b"[" * 60_000,
        b'{"links": [{"rel": "urn:xmpp:alt-connections:websocket", "href": "wss://h/\xff"}]}',
    ],
)  # fmt: skip
def test_what_is_no_json(data: bytes) -> None:
    assert read_json(data) == Alternatives()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nonsense", b"<html><body>404</body></html>", b"<XRD><Link rel='x'/></XRD>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>", b"<a>" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_xrd(data: bytes) -> None:
    assert read_xrd(data) == Alternatives()


# --- fetching ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The client's and the server's."""
    directory: Path = tmp_path_factory.mktemp("certificates")
    authority = make_authority(directory)
    files = make_certificate(authority, directory, "localhost")
    return client_context(ca_certs=authority.files.certificate), server_context(files.certificate, files.key)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    """A web server at localhost; `answers` are by path."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.port = port
        self.context = context
        self.answers: dict[str, dict[str, Any] | Handler] = {}
        self.asked: list[str] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        assert "Cookie" not in request.headers
        found = self.answers.get(request.path)
        if found is None:
            return web.Response(status=404)
        return web.Response(**found) if isinstance(found, dict) else await found(request)

    async def find(self, **options) -> Alternatives:
        async with asyncio.timeout(60):
            return await find_alternatives("localhost", ssl_context=self.context, port=self.port, **options)


@pytest.fixture
async def site(contexts) -> AsyncIterator[Web]:
    made: list[Web] = []
    runner = web.ServerRunner(web.Server(lambda request: made[0].answer(request)), shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=contexts[1])
    await listening.start()
    made.append(Web(runner.addresses[0][1], contexts[0]))
    yield made[0]
    await runner.cleanup()


META, JSON = "/.well-known/host-meta", "/.well-known/host-meta.json"


async def test_xml_first(site: Web) -> None:
    site.answers[META] = {"body": xrd(*LINKS), "headers": {"Set-Cookie": "a=b"}}
    assert await site.find() == BOTH
    assert site.asked == [META]


async def test_json_where_xml_says_nothing(site: Web) -> None:
    site.answers[JSON] = {"body": jrd(*LINKS)}
    assert await site.find() == BOTH
    assert site.asked == [META, JSON]


async def test_a_domain_without(site: Web) -> None:
    assert await site.find() == Alternatives()


async def test_too_much(site: Web) -> None:
    site.answers[META] = {"body": xrd(*LINKS) + b" " * MAX_BYTES}
    site.answers[JSON] = {"body": jrd((WS, "wss://h/")) + b" " * 10_000_000}
    assert await site.find() == Alternatives()


async def test_compressed_is_not_unpacked(site: Web) -> None:
    site.answers[META] = {"body": b"\x1f\x8b" + bytes(100), "headers": {"Content-Encoding": "gzip"}}
    assert await site.find() == Alternatives()


async def test_redirects(site: Web) -> None:
    there = f"https://localhost:{site.port}/meta"
    site.answers[META] = {"status": 301, "headers": {"Location": there}}
    site.answers["/meta"] = {"status": 302, "headers": {"Location": "/other"}}
    site.answers["/other"] = {"body": xrd(*LINKS)}
    assert await site.find() == BOTH


@pytest.mark.parametrize("place", ["http://localhost/", "", "file:///etc/passwd", META])
async def test_redirects_that_are_not_followed(site: Web, place: str) -> None:
    site.answers[META] = {"status": 307, "headers": {"Location": place}}
    assert await site.find() == Alternatives()
    assert site.asked.count(META) <= MAX_REDIRECTS + 1


async def test_certificates_are_checked(site: Web) -> None:
    site.context = client_context()
    with pytest.raises(HostNotFound, match=r"localhost: host-meta cannot be fetched: .*certificate"):
        await site.find()
    assert site.asked == []


async def test_silence_ends(site: Web) -> None:
    over = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    site.answers[META] = wait
    with pytest.raises(HostNotFound, match=r"did not answer within 0\.1 s"):
        await site.find(timeout=0.1)
    over.set()


async def test_nobody_there(contexts) -> None:
    for domain in ("localhost", "::1"):
        with pytest.raises(HostNotFound, match="host-meta cannot be fetched"):
            await find_alternatives(domain, ssl_context=contexts[0], port=1)


async def test_the_usual_port_and_names_that_are_none(contexts) -> None:
    with pytest.raises(HostNotFound):
        await find_alternatives("a..b", ssl_context=contexts[0])


@pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)
@pytest.mark.parametrize("username", ["", "me"])
async def test_through_a_proxy(site: Web, username: str, kind: ProxyKind) -> None:
    site.answers[META] = {"body": xrd(*LINKS)}
    async with LoopbackProxy(kind, username, "pass") as proxy:
        assert await site.find(proxy=proxy.proxy) == BOTH
        assert proxy.asked == [("localhost", site.port)]


@pytest.mark.parametrize("kind", list(ProxyKind), ids=lambda kind: kind.value)
async def test_never_past_a_proxy(site: Web, kind: ProxyKind) -> None:
    with pytest.raises(HostNotFound, match="localhost: host-meta cannot be fetched"):
        await site.find(proxy=Proxy(kind, "127.0.0.1", 1))
    async with LoopbackProxy(kind, "me", "right") as proxy:
        wrong = Proxy(kind, "127.0.0.1", proxy.proxy.port, "me", "wrong")
        with pytest.raises(HostNotFound, match="localhost: host-meta cannot be fetched"):
            await site.find(proxy=wrong)
    assert site.asked == []


async def test_without_aiohttp(site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"pip install xmppkit\[http\]"):
        await site.find()
