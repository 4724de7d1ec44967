# SPDX-License-Identifier: MIT
"""XMPP by hand: bytes over a socket, and texts to look for. For proving the servers without the library."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
from types import TracebackType

from servers.base import Server

__all__ = ["Wire", "client_header", "component_header", "direct_tls", "handshake", "mechanisms", "plain", "starttls"]

#: Seconds until a server must have said what a test waits for.
TIMEOUT = 60.0

STREAMS = "http://etherx.jabber.org/streams"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


class Wire:
    """A blocking connection that keeps what it has not given out."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket: socket.socket | ssl.SSLSocket = socket.create_connection((host, port), timeout=TIMEOUT)
        self._received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def until(self, pattern: str) -> str:
        """Everything up to the end of the first match of `pattern`, a regular expression.

        :raises AssertionError: the connection ended before that, or `TIMEOUT` passed.
        """
        while True:
            # A piece of a character at the end cannot be part of a match.
            text = self._received.decode("utf-8", "ignore")
            found = re.search(pattern, text, re.DOTALL)
            if found:
                given = text[: found.end()]
                self._received = self._received[len(given.encode()) :]
                return given
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f"no {pattern} within {TIMEOUT} s, but {text!r}") from None
            if not data:
                raise AssertionError(f"no {pattern} before the end, but {text!r}")
            self._received += data

    def to_the_end(self) -> str:
        """Everything until the server ends the connection."""
        while data := self.socket.recv(65536):
            self._received += data
        return self._received.decode()

    def secure(self, context: ssl.SSLContext, name: str) -> None:
        """TLS from here on; the server's certificate must be good for `name`."""
        assert self._received == b"", "bytes in clear where TLS should begin"
        self.socket = context.wrap_socket(self.socket, server_hostname=name)


def client_header(domain: str) -> str:
    return (
        f"<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client'"
        f" xmlns:stream='{STREAMS}'>"
    )


def component_header(domain: str) -> str:
    return (
        f"<?xml version='1.0'?><stream:stream to='{domain}' xmlns='jabber:component:accept' xmlns:stream='{STREAMS}'>"
    )


def _context(server: Server) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ca_file))


def starttls(server: Server, domain: str | None = None, context: ssl.SSLContext | None = None) -> tuple[Wire, str]:
    """A stream after STARTTLS (RFC 6120 §5), and the features that it offers then."""
    domain = domain or server.domain
    wire = Wire(server.port)
    try:
        wire.send(client_header(domain))
        wire.until("</stream:features>")
        wire.send(f"<starttls xmlns='{TLS}'/>")
        wire.until("<proceed[^>]*/>")
        wire.secure(context or _context(server), domain)
        wire.send(client_header(domain))
        return wire, wire.until("</stream:features>")
    except BaseException:
        wire.socket.close()
        raise


def direct_tls(server: Server, context: ssl.SSLContext | None = None) -> tuple[Wire, str]:
    """A stream over TLS from its first byte (XEP-0368), its header and features."""
    context = context or _context(server)
    context.set_alpn_protocols(["xmpp-client"])
    wire = Wire(server.direct_tls_port)
    try:
        wire.secure(context, server.domain)
        wire.send(client_header(server.domain))
        return wire, wire.until("</stream:features>")
    except BaseException:
        wire.socket.close()
        raise


def mechanisms(features: str) -> list[str]:
    return re.findall("<mechanism>([^<]*)</mechanism>", features)


def plain(wire: Wire, name: str, password: str) -> str:
    """Log in with PLAIN (RFC 4616); what the server answers."""
    secret = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
    wire.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{secret}</auth>")
    return wire.until("<success[^>]*>|</failure>")


def handshake(wire: Wire, domain: str, secret: str) -> None:
    """Open a component's stream, and send the proof that it knows the secret (XEP-0114)."""
    wire.send(component_header(domain))
    header = wire.until("<stream:stream[^>]*>")
    found = re.search(r"\bid=['\"]([^'\"]*)['\"]", header)
    assert found, f"a header without id: {header}"
    proof = hashlib.sha1((found[1] + secret).encode()).hexdigest()
    wire.send(f"<handshake>{proof}</handshake>")
