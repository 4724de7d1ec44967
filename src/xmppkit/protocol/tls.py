# SPDX-License-Identifier: MIT
"""TLS as a filter over memory BIOs: cleartext on one side, records on the other, no socket (RFC 6120 §5,
RFC 8446).

`TlsFilter` is the one place where the errors of the `ssl` module are turned into ours, with the name of the
peer and what to do about it. What the certificate must prove is decided by the context and by the server
name, which is the domain of the JID and never the address that the connection leads to (RFC 6120 §13.7.2).

A stream knows no more than `TlsLayer`, which another library can offer as well: `tls_openssl.py` does, since Python's
`ssl` cannot export keying material (RFC 9266).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Protocol

from xmppkit.exceptions import (
    CertificateExpired,
    CertificateInvalid,
    CertificateUntrusted,
    CertificateWrongHost,
    NotXMPP,
    TLSFailed,
)
from xmppkit.protocol.events import SecureTransport
from xmppkit.protocol.framing.tcp import foreign_protocol
from xmppkit.protocol.pins import check_pins
from xmppkit.sasl.channel_binding import server_end_point

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xmppkit.exceptions import RemoteError

__all__ = [
    "SslObject",
    "TlsBackend",
    "TlsFilter",
    "TlsLayer",
    "broken",
    "certificate_error",
    "channel_binding",
    "failed",
    "handshake_error",
    "is_record",
    "make_filter",
    "not_tls",
    "tls_name",
    "transport_of",
]

# A TLS record's first byte: 20 change cipher spec, 21 alert, 22 handshake, 23 application data (RFC 8446
# §5.1).
_RECORD_TYPES = frozenset({20, 21, 22, 23})

# OpenSSL's X509_V_ERR_* numbers, by what the user can do about them.
_EXPIRED = frozenset({9, 10})
_WRONG_HOST = frozenset({62, 64})
_UNTRUSTED = frozenset({2, 7, 18, 19, 20, 21, 27})

# One read of a TLS object returns one record, of at most 16 KiB.
_READ_SIZE = 65536


class SslObject(Protocol):
    """What programs may look at of a TLS connection; `ssl.SSLObject` has more."""

    def version(self) -> str | None: ...
    def cipher(self) -> tuple[str, str, int] | None: ...
    def selected_alpn_protocol(self) -> str | None: ...
    def get_channel_binding(self, cb_type: str = ...) -> bytes | None: ...
    @property
    def getpeercert(self) -> Callable[..., Any]: ...


class TlsLayer(Protocol):
    """One TLS connection without its socket, as a stream sees it; `TlsFilter` says what each part means."""

    established: bool
    peer_closed: bool

    @property
    def ssl_object(self) -> SslObject: ...
    def start(self) -> None: ...
    def receive(self, data: bytes) -> bytes: ...
    def send(self, data: bytes) -> None: ...
    def data_to_send(self) -> bytes: ...
    def close(self) -> None: ...
    def info(self) -> SecureTransport: ...
    def channel_binding(self, kind: str) -> bytes | None: ...


class TlsBackend(Protocol):
    """A TLS context of another library than Python's `ssl`."""

    def make_filter(
        self, *, server_side: bool, server_name: str, where: str, alpn: Sequence[str], pins: Sequence[str]
    ) -> TlsLayer:
        """A new connection; see `TlsFilter`."""


def make_filter(
    context: ssl.SSLContext | TlsBackend,
    *,
    server_side: bool,
    server_name: str = "",
    where: str = "",
    alpn: Sequence[str] = (),
    pins: Sequence[str] = (),
) -> TlsLayer:
    """A new TLS connection, by whichever library the context is of; see `TlsFilter` for all else."""
    if isinstance(context, ssl.SSLContext):
        return TlsFilter(context, server_side=server_side, server_name=server_name, where=where, alpn=alpn, pins=pins)
    return context.make_filter(server_side=server_side, server_name=server_name, where=where, alpn=alpn, pins=pins)


def channel_binding(kind: str, tls: TlsLayer | None, certificate: bytes | None) -> bytes | None:
    """The binding data of `kind`, as `xmppkit.sasl` calls them; None where this connection has none.

    :param tls: the connection; None: the transport does TLS by itself, and says no more than who the server is.
    :param certificate: the server's, in DER; None: unknown.
    """
    if kind == "tls-server-end-point":
        return None if certificate is None else server_end_point(certificate)
    return tls.channel_binding(kind) if tls is not None and tls.established else None


def is_record(data: bytes) -> bool:
    """Whether a peer's first bytes, of which there is one at least, may be a TLS record."""
    return data[0] in _RECORD_TYPES


def tls_name(domain: str) -> str:
    """`domain` as SNI and certificates spell it: A-labels for an internationalised name, no brackets around
    an IPv6 address. A name that IDNA refuses is returned as it is, and no certificate will match it."""
    if domain.startswith("[") and domain.endswith("]"):
        return domain[1:-1]
    if domain.isascii():
        return domain
    import idna  # its tables take a while: only who has such a name waits for them

    try:
        return idna.encode(domain).decode("ascii")
    except idna.IDNAError:
        return domain


class TlsFilter:
    """One TLS connection without its socket.

    :param context: what to trust and what to show.
    :param server_side: which end we are.
    :param server_name: client side: the name for SNI and for the certificate.
    :param where: how errors call the peer.
    :param alpn: protocols to offer; they are set on the context, which is harmless to other users of it.
    :param pins: client side: see `xmppkit.protocol.pins`; empty asks for nothing more than the context does.
    :raises TLSFailed: the name or the context cannot be used.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        server_side: bool,
        server_name: str = "",
        where: str = "",
        alpn: Sequence[str] = (),
        pins: Sequence[str] = (),
    ) -> None:
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._server_side = server_side
        self._where = where
        self._pins = pins
        self._received = False
        try:
            self._object = context.wrap_bio(
                self._incoming,
                self._outgoing,
                server_side=server_side,
                server_hostname=None if server_side else tls_name(server_name),
            )
        except (ValueError, ssl.SSLError) as error:
            # A name that no certificate can carry, or a context made for the other side.
            raise TLSFailed(f"TLS cannot begin: {error}", where=where, advice="check the TLS context") from None
        self.established = False
        """Whether the handshake is complete."""
        self.peer_closed = False
        """Whether the peer has sent its close_notify."""

    @property
    def ssl_object(self) -> ssl.SSLObject:
        """The connection, for looking at."""
        return self._object

    def start(self) -> None:
        """Begin the handshake; on the client's side this makes the first bytes to send."""
        self._handshake()

    def receive(self, data: bytes) -> bytes:
        """Take records, return cleartext. May make bytes to send.

        :raises RemoteError: the handshake failed (`TLSFailed` and below), the peer does not speak TLS
            (`NotXMPP`, if it can be told what it does speak), or a record is damaged (`TLSFailed`).
        """
        if not self._received:
            self._received = True
            if not is_record(data):
                raise not_tls(data, self._where)
        self._incoming.write(data)
        if not self.established:
            self._handshake()
            if not self.established:
                return b""
        chunks: list[bytes] = []
        try:
            while chunk := self._object.read(_READ_SIZE):
                chunks.append(chunk)
            self.peer_closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            # The peer's close_notify, after ours; before ours it reads as the end of a file.
            self.peer_closed = True
        except ssl.SSLError as error:
            raise self._translate(error) from None
        return b"".join(chunks)

    def send(self, data: bytes) -> None:
        """Encrypt `data`, which must not be empty, once `established`."""
        self._object.write(data)

    def data_to_send(self) -> bytes:
        """The records that are to be sent, and forget them."""
        return self._outgoing.read()

    def close(self) -> None:
        """Say close_notify, so that the peer can tell the end from a cut (RFC 8446 §6.1). Repeating it does
        nothing; before the end of the handshake there is nothing to say."""
        if not self.established:
            return
        try:
            self._object.unwrap()
        except ssl.SSLError:
            # We said it and the peer has not yet (SSLWantRead), or the connection is broken already: either
            # way nothing more is read from it.
            return

    def info(self) -> SecureTransport:
        """What was negotiated, once `established`."""
        return transport_of(self._object)

    def channel_binding(self, kind: str) -> bytes | None:
        """The binding data of `kind`, as `xmppkit.sasl` calls them; None where this connection has none."""
        if kind == "tls-unique":
            return self.tls_unique()
        return None

    def tls_unique(self) -> bytes | None:
        """The binding data of RFC 5929 §3, or None: TLS 1.3 has none (RFC 8446 appendix C.5)."""
        if self._object.version() == "TLSv1.3":
            return None
        return self._object.get_channel_binding("tls-unique")

    def _handshake(self) -> None:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise self._translate(error) from None
        if self._pins:
            check_pins(self._object.getpeercert(binary_form=True), self._pins, self._where)
        self.established = True

    def _translate(self, error: ssl.SSLError) -> TLSFailed:
        if self.established:
            return broken((error.reason or str(error)).replace("_", " ").lower(), self._where)
        return handshake_error(error, self._where)


def handshake_error(error: ssl.SSLError, where: str) -> TLSFailed:
    """Our error for one of the `ssl` module's that has ended a handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_error(error.verify_code, error.verify_message, where)
    return failed((error.reason or str(error)).replace("_", " ").lower(), where)


def certificate_error(code: int, said: str, where: str) -> CertificateInvalid:
    """The error for a certificate that OpenSSL refuses.

    :param code: OpenSSL's number, X509_V_ERR_*.
    :param said: its words for it; may be empty.
    """
    said = said or "the certificate is not valid"
    if code in _EXPIRED:
        return CertificateExpired(f"the certificate is outside its period: {said}", where=where)
    if code in _WRONG_HOST:
        return CertificateWrongHost(f"the certificate is for another name: {said}", where=where)
    if code in _UNTRUSTED:
        return CertificateUntrusted(f"the certificate is not trusted: {said}", where=where)
    return CertificateInvalid(f"the certificate is not valid: {said}", where=where)


def failed(said: str, where: str) -> TLSFailed:
    """The error for a handshake that OpenSSL has given up, in its words."""
    advice = "check that the server has a certificate for this domain, and that it and we share a TLS version"
    return TLSFailed(f"the TLS handshake failed: {said}", where=where, advice=advice)


def broken(said: str, where: str) -> TLSFailed:
    """The error for a connection that OpenSSL has given up, in its words."""
    return TLSFailed(f"the TLS connection broke: {said}", where=where, advice="connect again")


def not_tls(data: bytes, where: str) -> RemoteError:
    """The error for first bytes that are no TLS record."""
    spoken = foreign_protocol(data)
    if spoken is not None:
        return NotXMPP(f"the peer speaks {spoken}, not XMPP over TLS", where=where)
    return TLSFailed(
        "the peer answered the TLS handshake with something that is not TLS",
        where=where,
        advice="direct TLS has a port of its own, often 5223; on port 5222 use STARTTLS",
    )


def transport_of(found: ssl.SSLObject) -> SecureTransport:
    """What a TLS connection has negotiated."""
    cipher = found.cipher()
    return SecureTransport(
        version=found.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=found.selected_alpn_protocol(),
        certificate=found.getpeercert(binary_form=True),
    )
