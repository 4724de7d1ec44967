# SPDX-License-Identifier: MIT
"""TLS by pyOpenSSL, as a second library beside Python's `ssl`, which cannot export keying material: logins that are
bound to a connection of TLS 1.3 need that (tls-exporter, RFC 9266).

`OpenSslContext` is what `StreamOptions.ssl_context` takes in place of an `ssl.SSLContext`. It asks for no less: a
client verifies the chain and the name, both within the handshake, and the name once more behind it. What is trusted,
the ciphers and the versions are those of the `ssl.SSLContext` that it is made from: see `xmppkit.transports.openssl`.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL, crypto

from xmppkit.exceptions import TLSFailed
from xmppkit.protocol.events import SecureTransport
from xmppkit.protocol.pins import check_pins
from xmppkit.protocol.tls import broken, certificate_error, failed, is_record, not_tls, tls_name
from xmppkit.protocol.tls_names import is_for
from xmppkit.protocol.tls_peer import peer_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["OpenSslContext", "OpenSslFilter", "OpenSslObject"]

# RFC 9266 §4.2.
_EXPORTER_LABEL = b"EXPORTER-Channel-Binding"
_EXPORTER_LENGTH = 32

_HOSTNAME_MISMATCH = 62  # X509_V_ERR_HOSTNAME_MISMATCH
# OpenSSL's words for what a certificate has that happens; pyOpenSSL gives numbers only.
_WORDS = {
    2: "unable to get issuer certificate",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    26: "unsuitable certificate purpose",
    27: "certificate not trusted",
}
_READ_SIZE = 65536


class OpenSslContext:
    """What makes connections of one side, any number of them.

    :param make: makes a context of pyOpenSSL: what to trust and what to show; it verifies nothing by itself. It is
        called once for each list of protocols, since a context that is in use must not be changed.
    :param asks: server side: ask clients for a certificate; one that is not trusted ends the handshake, and a client
        without one is let in.
    """

    __slots__ = ("_asks", "_made", "_make")

    def __init__(self, make: Callable[[], SSL.Context], *, asks: bool = False) -> None:
        self._make = make
        self._asks = asks
        self._made: dict[tuple[str, ...], SSL.Context] = {}

    def make_filter(
        self,
        *,
        server_side: bool,
        server_name: str = "",
        where: str = "",
        alpn: Sequence[str] = (),
        pins: Sequence[str] = (),
    ) -> OpenSslFilter:
        """A new connection; see `xmppkit.protocol.tls.TlsFilter`."""
        protocols = tuple(alpn)
        context = self._made.get(protocols)
        if context is None:
            context = self._made[protocols] = self._make()
            _negotiate(context, [name.encode("ascii") for name in protocols], server_side=server_side)
        return OpenSslFilter(
            context,
            server_side=server_side,
            server_name=server_name,
            where=where,
            pins=pins,
            asks=self._asks,
        )


def _negotiate(context: SSL.Context, protocols: list[bytes], *, server_side: bool) -> None:
    """Offer, or choose one of, `protocols` (ALPN, RFC 7301)."""

    def select(connection: SSL.Connection, wanted: list[bytes]) -> Any:
        return next((name for name in protocols if name in wanted), SSL.NO_OVERLAPPING_PROTOCOLS)

    if protocols and server_side:
        context.set_alpn_select_callback(select)
    elif protocols:
        context.set_alpn_protos(protocols)


class OpenSslFilter:
    """One TLS connection without its socket; `xmppkit.protocol.tls.TlsFilter` says what its methods mean.

    :param context: what to trust and what to show.
    :param server_side: which end we are.
    :param server_name: client side: the name for SNI and for the certificate.
    :param where: how errors call the peer.
    :param pins: client side: see `xmppkit.protocol.pins`.
    :param asks: see `OpenSslContext`.
    :raises TLSFailed: the name cannot be used.
    """

    def __init__(
        self,
        context: SSL.Context,
        *,
        server_side: bool,
        server_name: str = "",
        where: str = "",
        pins: Sequence[str] = (),
        asks: bool = False,
    ) -> None:
        self.established = False
        """Whether the handshake is complete."""
        self.peer_closed = False
        """Whether the peer has sent its close_notify."""
        self._server_side = server_side
        self._name = tls_name(server_name)
        self._where = where
        self._pins = pins
        self._received = False
        self._connection = connection = SSL.Connection(context, None)
        self._judge = _Judge(None if server_side else self._name)
        if server_side:
            connection.set_accept_state()
            connection.set_verify(SSL.VERIFY_PEER if asks else SSL.VERIFY_NONE, self._judge)
            return
        connection.set_connect_state()
        connection.set_verify(SSL.VERIFY_PEER, self._judge)
        if not self._name or not self._name.isascii():
            said = f"TLS cannot begin: {server_name!r} is no name that a certificate can be for"
            raise TLSFailed(said, where=where, advice="check the TLS context")
        if not _is_address(self._name):  # RFC 6066 §3: no address goes into SNI
            connection.set_tlsext_host_name(self._name.encode("ascii"))

    @property
    def ssl_object(self) -> OpenSslObject:
        """The connection, for looking at."""
        return OpenSslObject(self._connection)

    def start(self) -> None:
        """Begin the handshake."""
        self._handshake()

    def receive(self, data: bytes) -> bytes:
        """Take records, return cleartext. May make bytes to send."""
        if not self._received:
            self._received = True
            if not is_record(data):
                raise not_tls(data, self._where)
        connection = self._connection
        connection.bio_write(data)
        if not self.established:
            self._handshake()
            if not self.established:
                return b""
        chunks: list[bytes] = []
        try:
            while True:
                chunks.append(connection.recv(_READ_SIZE))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.peer_closed = True
        except SSL.Error as error:
            raise broken(_said(error), self._where) from None
        return b"".join(chunks)

    def send(self, data: bytes) -> None:
        """Encrypt `data`, which must not be empty, once `established`."""
        self._connection.sendall(data)

    def data_to_send(self) -> bytes:
        """The records that are to be sent, and forget them."""
        chunks: list[bytes] = []
        try:
            while True:
                chunks.append(self._connection.bio_read(_READ_SIZE))
        except SSL.WantReadError:
            return b"".join(chunks)

    def close(self) -> None:
        """Say close_notify."""
        if not self.established:
            return
        try:
            self._connection.shutdown()
        except SSL.Error:
            return  # the connection is broken already

    def info(self) -> SecureTransport:
        """What was negotiated, once `established`."""
        found = self.ssl_object
        cipher = found.cipher()
        return SecureTransport(
            version=found.version(),
            cipher=cipher[0] if cipher else "",
            alpn=found.selected_alpn_protocol(),
            certificate=found.getpeercert(binary_form=True),
        )

    def channel_binding(self, kind: str) -> bytes | None:
        """The binding data of `kind`, as `xmppkit.sasl` calls them; None where this connection has none."""
        modern = self._connection.get_protocol_version_name() == "TLSv1.3"
        if kind == "tls-exporter" and modern:
            # RFC 9266 §4.2: with older versions it would be good only along with the extended master secret.
            return self._connection.export_keying_material(_EXPORTER_LABEL, _EXPORTER_LENGTH, b"")
        if kind == "tls-unique" and not modern:
            # RFC 5929 §3.1: the first Finished message, which is the client's: no session is resumed.
            mine = not self._server_side
            return self._connection.get_finished() if mine else self._connection.get_peer_finished()
        return None

    def _handshake(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            refused = self._judge.refused
            if refused is not None:
                words = _WORDS.get(refused, f"OpenSSL's error {refused}")
                if refused == _HOSTNAME_MISMATCH:
                    words = f"it is not for {self._name!r}"
                raise certificate_error(refused, words, self._where) from None
            raise failed(_said(error), self._where) from None
        shown = self._connection.get_peer_certificate()
        if not self._server_side and (shown is None or not is_for(shown.to_cryptography(), self._name)):
            # The callback has seen to it; should OpenSSL not have called it, nobody else would.
            raise certificate_error(_HOSTNAME_MISMATCH, f"it is not for {self._name!r}", self._where)
        if self._pins:
            check_pins(self.ssl_object.getpeercert(binary_form=True), self._pins, self._where)
        self.established = True


class _Judge:
    """What is called for each certificate of a chain, with what OpenSSL thinks of it; ours is the peer's name. It knows
    nothing of the connection, which knows it: no cycle keeps either in memory.

    :param name: what the peer's certificate must be for; None: whatever.
    :ivar refused: what the certificate was refused for, which OpenSSL's error does not say; None: it was not.
    """

    __slots__ = ("_name", "refused")

    def __init__(self, name: str | None) -> None:
        self._name = name
        self.refused: int | None = None

    def __call__(self, connection: SSL.Connection, shown: crypto.X509, code: int, depth: int, ok: int) -> bool:
        if not ok:
            self.refused = code
        elif depth == 0 and self._name is not None and not is_for(shown.to_cryptography(), self._name):
            self.refused = _HOSTNAME_MISMATCH
        return self.refused is None


class OpenSslObject:
    """What programs look at of an `ssl.SSLObject`, of a connection of pyOpenSSL.

    :ivar connection: what pyOpenSSL has of it.
    """

    __slots__ = ("connection",)

    def __init__(self, connection: SSL.Connection) -> None:
        self.connection = connection

    def version(self) -> str:
        """As ``TLSv1.3``."""
        return self.connection.get_protocol_version_name()

    def cipher(self) -> tuple[str, str, int] | None:
        """Name of the cipher suite, TLS version that has it, bits of its keys."""
        name, version = self.connection.get_cipher_name(), self.connection.get_cipher_version()
        bits = self.connection.get_cipher_bits()
        return None if name is None or version is None or bits is None else (name, version, bits)

    def selected_alpn_protocol(self) -> str | None:
        """The protocol chosen by ALPN."""
        return self.connection.get_alpn_proto_negotiated().decode("ascii", "replace") or None

    def getpeercert(self, binary_form: bool = False) -> Any:
        """The peer's certificate in DER; without `binary_form` as a dict, see `peer_dict`."""
        shown = self.connection.get_peer_certificate()
        if shown is None:
            return None
        return (
            crypto.dump_certificate(crypto.FILETYPE_ASN1, shown) if binary_form else peer_dict(shown.to_cryptography())
        )

    def get_channel_binding(self, cb_type: str = "tls-unique") -> bytes | None:
        """As `ssl.SSLObject.get_channel_binding`: our Finished message."""
        if cb_type != "tls-unique":
            raise ValueError(f"{cb_type!r} is no kind of channel binding that is known here")
        return self.connection.get_finished()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _said(error: SSL.Error) -> str:
    """OpenSSL's reason, as `ssl` words it."""
    reasons = [entry[-1] for entry in (error.args[0] if error.args and isinstance(error.args[0], list) else [])]
    return str(reasons[0] if reasons else error or "the connection ended").lower()
