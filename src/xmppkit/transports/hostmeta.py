# SPDX-License-Identifier: MIT
"""Where a domain has WebSocket and BOSH, from its host-meta (XEP-0156, RFC 6415 §2).

The file is fetched from the domain over HTTPS and nothing else, which is what makes its word the domain's: the method
with DNS TXT records, which anybody on the way can write, is not there. Its size and the time it may take are bounded.
An address that is not encrypted, or has a password in it, is left out. Needs aiohttp (the extra ``http``).
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from xmppkit.exceptions import HostNotFound, RemoteError
from xmppkit.protocol.tls import tls_name
from xmppkit.records import record
from xmppkit.transports.http import load_aiohttp, make_session, proxy_options
from xmppkit.transports.proxy import Proxy
from xmppkit.transports.webconnector import make_connector
from xmppkit.xml.limits import KIB, Limits
from xmppkit.xml.parser import StreamParser

__all__ = ["HOST_META_TIMEOUT", "MAX_BYTES", "Alternatives", "find_alternatives", "read_json", "read_xrd"]

#: Seconds that both files may take together.
HOST_META_TIMEOUT = 10.0
#: Bytes of one file. Real ones have less than two thousand.
MAX_BYTES = 64 * KIB
#: How often in a row a web server may send us elsewhere.
MAX_REDIRECTS = 3
#: Addresses of one kind that are kept, and characters of one.
MAX_LINKS, MAX_LENGTH = 16, 2048

_LINK = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"
_WEBSOCKET = "urn:xmpp:alt-connections:websocket"
_BOSH = "urn:xmpp:alt-connections:xbosh"
_SCHEMES = {_WEBSOCKET: "wss", _BOSH: "https"}
_LIMITS = Limits(stanza_bytes=MAX_BYTES, attribute_length=MAX_LENGTH, text_length=MAX_BYTES, names=256, depth=8)


@record(frozen=True, slots=True)
class Alternatives:
    """Other ways to a server than TCP, each list in the order of the file.

    :ivar websocket: addresses for RFC 7395, all with ``wss:``.
    :ivar bosh: addresses for XEP-0206, all with ``https:``.
    """

    websocket: tuple[str, ...] = ()
    bosh: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.websocket or self.bosh)


def read_xrd(data: bytes) -> Alternatives:
    """What a ``host-meta`` says; nothing if it is none. XML with comments, entities or a DTD is none."""
    items = StreamParser(_LIMITS).feed(data)
    links = [item for item in items if isinstance(item, Element) and item.tag == _LINK]
    return _alternatives((link.get("rel"), link.get("href")) for link in links)


def read_json(data: bytes) -> Alternatives:
    """What a ``host-meta.json`` says; nothing if it is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return Alternatives()
    links = found.get("links") if isinstance(found, dict) else None
    known = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    return _alternatives((link.get("rel"), link.get("href")) for link in known)


def _alternatives(links: Iterable[tuple[object, object]]) -> Alternatives:
    found: dict[str, list[str]] = {_WEBSOCKET: [], _BOSH: []}
    for rel, url in links:
        if isinstance(rel, str) and isinstance(url, str) and _usable(url, _SCHEMES.get(rel)):
            urls = found[rel]
            if url not in urls and len(urls) < MAX_LINKS:
                urls.append(url)
    return Alternatives(tuple(found[_WEBSOCKET]), tuple(found[_BOSH]))


def _usable(url: str, scheme: str | None) -> bool:
    if len(url) > MAX_LENGTH or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == scheme and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets without an end, or a port that is no number
        return False


async def find_alternatives(
    domain: str,
    *,
    ssl_context: ssl.SSLContext,
    timeout: float = HOST_META_TIMEOUT,
    proxy: Proxy | None = None,
    port: int = 443,
) -> Alternatives:
    """Where a domain has WebSocket and BOSH: ``host-meta``, and if that says nothing, ``host-meta.json``.

    :param domain: the domain of the JID.
    :param ssl_context: which authorities to trust.
    :param timeout: seconds for all of it.
    :param proxy: the proxy to ask through.
    :param port: of the web server.
    :returns: nothing in both lists if the domain has no such file.
    :raises HostNotFound: no web server of the domain answered in time.
    :raises ConfigurationError: aiohttp is not installed.
    """
    aiohttp = load_aiohttp("looking up host-meta")
    name = tls_name(domain)
    host = f"[{name}]" if ":" in name else name
    base = f"https://{host}:{port}" if port != 443 else f"https://{host}"
    options = proxy_options(proxy)
    try:
        async with (
            asyncio.timeout(timeout),
            make_session(aiohttp, make_connector(aiohttp, ssl_context, proxy=proxy, timeout=timeout)) as session,
        ):
            found = read_xrd(await _fetch(session, f"{base}/.well-known/host-meta", options))
            return found or read_json(await _fetch(session, f"{base}/.well-known/host-meta.json", options))
    except (aiohttp.ClientError, RemoteError, TimeoutError, OSError, ValueError) as error:
        said = f"it did not answer within {timeout:g} s" if isinstance(error, TimeoutError) else str(error)
        raise HostNotFound(f"host-meta cannot be fetched: {said}", where=domain) from error


async def _fetch(session: Any, url: str, options: dict[str, Any]) -> bytes:
    """The file at a URL; nothing if there is none, it is too large, or leads away from HTTPS."""
    for _ in range(MAX_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False, **options) as response:
            if response.status == 200:
                return await _read(response.content)
            if response.status not in (301, 302, 303, 307, 308):
                return b""
            url = urljoin(url, response.headers.get("Location", ""))
            if not _usable(url, "https"):
                return b""
    return b""


async def _read(content: Any) -> bytes:
    data = bytearray()
    while piece := await content.read(MAX_BYTES):
        data += piece
        if len(data) > MAX_BYTES:
            return b""
    return bytes(data)
