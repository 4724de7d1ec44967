# SPDX-License-Identifier: MIT
"""The TLS filter of pyOpenSSL, against itself and against that of Python's ssl: the same handshakes, the same errors.

That it refuses what `TlsFilter` refuses is asked of both with one table.
"""

from __future__ import annotations

import datetime
import gc
import ssl
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("OpenSSL", reason="pyOpenSSL is not installed (the extra channel-binding)")
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import SSL

from xmppkit.exceptions import (
    CertificateExpired,
    CertificateInvalid,
    CertificateUntrusted,
    CertificateWrongHost,
    NotXMPP,
    TLSFailed,
)
from xmppkit.protocol import tls_openssl
from xmppkit.protocol.pins import key_pin
from xmppkit.protocol.tls import TlsLayer, make_filter
from xmppkit.protocol.tls_openssl import OpenSslContext, OpenSslFilter, OpenSslObject

if TYPE_CHECKING:
    from conftest import Authority


Context = Any  # of either library
DAY = datetime.timedelta(days=1)


class Place:
    """Contexts of both libraries, for files of one authority."""

    def __init__(self, directory: Path, new_authority: type[Authority]) -> None:
        self._directory = directory
        self.authority = new_authority("test authority")
        self.stranger = new_authority("stranger")
        self.ca_file = directory / "ca.pem"
        self.ca_file.write_text(self.authority.pem)

    def server(self, library: str, *domains: str, **more: Any) -> Context:
        return self.show(library, self.authority.sign(*(domains or ("localhost",)), **more))

    def show(self, library: str, pem: bytes, *, asks: bool = False, maximum: int | None = None) -> Context:
        path = self._directory / f"{library}.pem"
        path.write_bytes(pem)
        if library == "ssl":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            if asks:
                context.load_verify_locations(self.ca_file)
                context.verify_mode = ssl.CERT_OPTIONAL
            if maximum is not None:
                context.maximum_version = ssl.TLSVersion(maximum)
            return context

        def make() -> SSL.Context:
            made = SSL.Context(SSL.TLS_SERVER_METHOD)
            made.use_certificate_chain_file(str(path))
            made.use_privatekey_file(str(path))
            made.load_verify_locations(str(self.ca_file))
            made.set_session_id(b"tests")
            if maximum is not None:
                made.set_max_proto_version(maximum)
            return made

        return OpenSslContext(make, asks=asks)

    def client(self, library: str, own: bytes | None = None, *, minimum: int = SSL.TLS1_2_VERSION) -> Context:
        path = self._directory / "own.pem"
        if own is not None:
            path.write_bytes(own)
        if library == "ssl":
            context = ssl.create_default_context(cafile=str(self.ca_file))
            if own is not None:
                context.load_cert_chain(path)
            return context

        def make() -> SSL.Context:
            made = SSL.Context(SSL.TLS_CLIENT_METHOD)
            made.load_verify_locations(str(self.ca_file))
            made.set_min_proto_version(minimum)
            if own is not None:
                made.use_certificate_chain_file(str(path))
                made.use_privatekey_file(str(path))
            return made

        return OpenSslContext(make)


@pytest.fixture
def place(tmp_path: Path, new_authority: type[Authority]) -> Place:
    return Place(tmp_path, new_authority)


LIBRARIES = ("ssl", "OpenSSL")
BOTH = pytest.mark.parametrize(("mine", "theirs"), [("OpenSSL", "OpenSSL"), ("OpenSSL", "ssl"), ("ssl", "OpenSSL")])
OURS = pytest.mark.parametrize("library", LIBRARIES)


def ends(client: Context, server: Context, name: str = "localhost", **more: Any) -> tuple[TlsLayer, TlsLayer]:
    return (
        make_filter(client, server_side=False, server_name=name, where=name, **more),
        make_filter(server, server_side=True, alpn=more.get("alpn", ())),
    )


def shake(client: TlsLayer, server: TlsLayer, piece: int = 65536) -> None:
    client.start()
    moved = True
    while moved:
        moved = False
        for source, sink in ((client, server), (server, client)):
            data = source.data_to_send()
            for start in range(0, len(data), piece):
                assert sink.receive(data[start : start + piece]) == b""
                moved = True


@BOTH
@pytest.mark.parametrize("piece", [1, 7, 65536])
def test_handshake_data_and_close(place: Place, mine: str, theirs: str, piece: int) -> None:
    client, server = ends(place.client(mine), place.server(theirs), alpn=("xmpp-client",))
    shake(client, server, piece)
    assert client.established
    assert server.established
    assert client.info().version == server.info().version == "TLSv1.3"
    assert client.info().alpn == server.info().alpn == "xmpp-client"
    assert client.info().cipher == server.info().cipher
    assert client.info().cipher.startswith("TLS_")
    assert server.info().certificate is None
    certificate = client.info().certificate
    assert certificate is not None
    assert certificate[:1] == b"\x30"

    big = bytes(range(256)) * 1000
    client.send(big)
    assert server.receive(client.data_to_send()) == big
    server.send(b"answer")
    assert client.receive(server.data_to_send()) == b"answer"

    client.send(b"last")
    client.close()
    assert server.receive(client.data_to_send()) == b"last"
    assert server.peer_closed
    assert not client.peer_closed
    server.close()
    assert client.receive(server.data_to_send()) == b""
    assert client.peer_closed
    client.close()
    assert client.data_to_send() == b""


@BOTH
def test_no_protocol_in_common(place: Place, mine: str, theirs: str) -> None:
    client = make_filter(place.client(mine), server_side=False, server_name="localhost", alpn=("h2",))
    server = make_filter(place.server(theirs), server_side=True, alpn=("xmpp-client",))
    shake(client, server)
    assert client.info().alpn is server.info().alpn is None


# --- what is refused ------------------------------------------------------------------------------------


@OURS
@pytest.mark.parametrize(
    ("domains", "begin", "end", "error", "said"),
    [
        (("localhost",), -3, -2, CertificateExpired, "expired"),
        (("localhost",), 2, 3, CertificateExpired, "not yet valid"),
        (("elsewhere.example",), -1, 1, CertificateWrongHost, "localhost"),
        (("*.localhost",), -1, 1, CertificateWrongHost, "localhost"),
        (("sub.localhost",), -1, 1, CertificateWrongHost, "localhost"),
    ],
)
def test_bad_certificates(
    place: Place, library: str, domains: tuple[str, ...], begin: int, end: int, error: type[TLSFailed], said: str
) -> None:
    pem = place.authority.sign(*domains, start=begin * DAY, end=end * DAY)
    client, server = ends(place.client(library), place.show("ssl", pem))
    with pytest.raises(error) as caught:
        shake(client, server)
    assert said in str(caught.value)
    assert caught.value.where == "localhost"
    assert caught.value.advice
    assert not client.established
    # The server is told, and understands.
    with pytest.raises(TLSFailed) as told:
        server.receive(client.data_to_send())
    assert "alert" in str(told.value)


@OURS
def test_who_signed_it(place: Place, library: str) -> None:
    client, server = ends(place.client(library), place.show("ssl", place.stranger.sign("localhost")))
    with pytest.raises(CertificateUntrusted, match="issuer"):
        shake(client, server)


@OURS
def test_a_certificate_that_is_not_for_servers(place: Place, library: str) -> None:
    pem = place.authority.sign("localhost", purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,))
    client, server = ends(place.client(library), place.show("ssl", pem))
    with pytest.raises(CertificateInvalid, match=r"(unsuitable|unsupported) certificate purpose"):
        shake(client, server)


@OURS
def test_a_key_that_is_pinned(place: Place, library: str) -> None:
    server_context = place.server("ssl")
    client, server = ends(place.client(library), server_context)
    shake(client, server)
    certificate = client.info().certificate
    assert certificate is not None
    for pin, fits in ((key_pin(certificate), True), ("spki-sha256:" + "A" * 43 + "=", False)):
        client, server = ends(place.client(library), server_context, pins=(pin,))
        if fits:
            shake(client, server)
        else:
            with pytest.raises(CertificateUntrusted, match="none of those that are pinned"):
                shake(client, server)
        assert client.established is fits


@OURS
@pytest.mark.parametrize("name", ["", "☃" * 70 + ".example"])
def test_a_name_that_no_certificate_can_carry(place: Place, library: str, name: str) -> None:
    with pytest.raises(TLSFailed, match="cannot begin"):
        ends(place.client(library), place.server("ssl"), name)


@OURS
def test_an_internationalised_name(place: Place, library: str) -> None:
    client, server = ends(place.client(library), place.server("ssl", "xn--bcher-kva.example"), "bücher.example")
    shake(client, server)
    assert client.established


def test_an_address_is_no_server_name(place: Place) -> None:
    client, server = ends(place.client("OpenSSL"), place.server("ssl"), "127.0.0.1")
    with pytest.raises(CertificateWrongHost, match=r"127\.0\.0\.1"):
        shake(client, server)


def test_another_problem(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    # A certificate that is not for servers is neither expired, nor untrusted, nor for another name.
    monkeypatch.setitem(tls_openssl._WORDS, 9, "odd")
    client, server = ends(place.client("OpenSSL"), place.show("ssl", place.authority.sign("localhost")))
    assert isinstance(client, OpenSslFilter)
    judge = client._judge
    assert judge(None, None, 26, 0, 0) is False  # type: ignore[arg-type]
    with pytest.raises(CertificateInvalid, match="unsuitable certificate purpose") as caught:
        shake(client, server)
    assert type(caught.value) is CertificateInvalid


def test_should_openssl_not_ask(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked at once more behind the handshake."""
    monkeypatch.setattr(tls_openssl._Judge, "__call__", lambda self, connection, shown, code, depth, ok: bool(ok))
    client, server = ends(place.client("OpenSSL"), place.server("ssl", "elsewhere.example"))
    with pytest.raises(CertificateWrongHost):
        shake(client, server)
    assert not client.established


def test_no_common_version(place: Place) -> None:
    pem = place.authority.sign("localhost")
    modern = place.client("OpenSSL", minimum=SSL.TLS1_3_VERSION)
    client, server = ends(modern, place.show("ssl", pem, maximum=SSL.TLS1_2_VERSION))
    with pytest.raises(TLSFailed, match="handshake failed"):
        shake(client, server)
    with pytest.raises(TLSFailed, match=r"handshake failed: .*alert"):
        client.receive(server.data_to_send())


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", NotXMPP, "HTTP"),
        (b"<?xml version='1.0'?><stream:stream ", TLSFailed, "not TLS"),
    ],
)
def test_the_peer_does_not_speak_tls(place: Place, data: bytes, error: type[Exception], said: str) -> None:
    client, _ = ends(place.client("OpenSSL"), place.server("ssl"))
    client.start()
    with pytest.raises(error, match=said):
        client.receive(data)


@BOTH
def test_a_damaged_record(place: Place, mine: str, theirs: str) -> None:
    client, server = ends(place.client(mine), place.server(theirs))
    shake(client, server)
    client.send(b"hello")
    record = bytearray(client.data_to_send())
    record[-1] ^= 1
    with pytest.raises(TLSFailed, match="TLS connection broke"):
        server.receive(bytes(record))
    server.close()


def test_close_before_the_handshake_says_nothing(place: Place) -> None:
    client, _ = ends(place.client("OpenSSL"), place.server("ssl"))
    client.close()
    assert client.data_to_send() == b""


# --- certificates of clients ----------------------------------------------------------------------------


@BOTH
def test_a_clients_certificate(place: Place, mine: str, theirs: str) -> None:
    own = place.authority.sign("whoever")
    pem = place.authority.sign("localhost")
    client, server = ends(place.client(mine, own), place.show(theirs, pem, asks=True))
    shake(client, server)
    shown = server.info().certificate
    assert shown is not None
    assert ssl.DER_cert_to_PEM_cert(shown).encode() in own
    # None is asked for, or none is there.
    client, server = ends(place.client(mine, own), place.show(theirs, pem))
    shake(client, server)
    assert server.info().certificate is None
    client, server = ends(place.client(mine), place.show(theirs, pem, asks=True))
    shake(client, server)
    assert server.info().certificate is None


@pytest.mark.parametrize("theirs", LIBRARIES)
def test_a_clients_certificate_by_a_stranger(place: Place, theirs: str) -> None:
    own = place.stranger.sign("whoever")
    client, server = ends(
        place.client("OpenSSL", own), place.show(theirs, place.authority.sign("localhost"), asks=True)
    )
    with pytest.raises(CertificateUntrusted):
        shake(client, server)


# --- channel binding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_channel_binding(place: Place, version: int) -> None:
    pem = place.authority.sign("localhost")
    seen: set[bytes | None] = set()
    for _ in range(2):
        client, server = ends(place.client("OpenSSL"), place.show("OpenSSL", pem, maximum=version))
        shake(client, server)
        modern = version == SSL.TLS1_3_VERSION
        kind, other = ("tls-exporter", "tls-unique") if modern else ("tls-unique", "tls-exporter")
        data = client.channel_binding(kind)
        assert data == server.channel_binding(kind)
        assert data
        assert len(data) == (32 if modern else 12)
        assert client.channel_binding(other) is server.channel_binding(other) is None
        assert client.channel_binding("made-up") is None
        seen.add(data)
    assert len(seen) == 2


@BOTH
def test_tls_unique_across_the_libraries(place: Place, mine: str, theirs: str) -> None:
    pem = place.authority.sign("localhost")
    client, server = ends(place.client(mine), place.show(theirs, pem, maximum=SSL.TLS1_2_VERSION))
    shake(client, server)
    assert client.channel_binding("tls-unique") == server.channel_binding("tls-unique")


# --- what programs look at ------------------------------------------------------------------------------


def test_what_programs_look_at(place: Place) -> None:
    pem = place.authority.sign("localhost")
    client, server = ends(place.client("OpenSSL"), place.show("ssl", pem, maximum=SSL.TLS1_2_VERSION))
    found = client.ssl_object
    assert isinstance(found, OpenSslObject)
    assert found.cipher() is None
    assert found.getpeercert() is None
    shake(client, server)
    assert found.version() == "TLSv1.2"
    assert found.cipher() == server.ssl_object.cipher()
    assert found.selected_alpn_protocol() is None
    assert found.getpeercert(binary_form=True) == client.info().certificate
    assert found.getpeercert()["subject"]
    assert found.get_channel_binding() == client.channel_binding("tls-unique")
    with pytest.raises(ValueError, match="'tls-exporter' is no kind"):
        found.get_channel_binding("tls-exporter")


def test_a_context_that_is_in_use_is_not_changed(place: Place) -> None:
    client, server = place.client("OpenSSL"), place.server("OpenSSL")
    for alpn, chosen in (((), None), (("xmpp-client",), "xmpp-client"), ((), None), (("xmpp-client",), "xmpp-client")):
        one, other = ends(client, server, alpn=alpn)
        shake(one, other)
        assert one.info().alpn == chosen
    assert len(client._made) == len(server._made) == 2


def test_nothing_of_it_stays(place: Place) -> None:
    client, server = ends(place.client("OpenSSL"), place.server("OpenSSL"))
    shake(client, server)
    left = weakref.ref(client)
    gc.disable()
    try:
        del client
        assert left() is None
    finally:
        gc.enable()
