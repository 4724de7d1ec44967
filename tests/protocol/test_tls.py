# SPDX-License-Identifier: MIT
"""The TLS filter, both sides of it in memory."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from xmppkit.exceptions import (
    CertificateExpired,
    CertificateInvalid,
    CertificateUntrusted,
    CertificateWrongHost,
    NotXMPP,
    TLSFailed,
)
from xmppkit.protocol.pins import key_pin
from xmppkit.protocol.tls import TlsFilter, channel_binding, make_filter, tls_name
from xmppkit.sasl.channel_binding import server_end_point

if TYPE_CHECKING:
    from conftest import Tls


def pair(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> tuple[TlsFilter, TlsFilter]:
    return (
        TlsFilter(client, server_side=False, server_name=name, where=name, alpn=("xmpp-client",)),
        TlsFilter(server, server_side=True),
    )


def shake(client: TlsFilter, server: TlsFilter, piece: int = 65536) -> None:
    client.start()
    while True:
        moved = False
        for source, sink in ((client, server), (server, client)):
            data = source.data_to_send()
            for start in range(0, len(data), piece):
                assert sink.receive(data[start : start + piece]) == b""
                moved = True
        if not moved:
            return


@pytest.mark.parametrize("piece", [1, 7, 65536])
def test_handshake_data_and_close(tls: Tls, piece: int) -> None:
    client, server = pair(tls.client, tls.server)
    shake(client, server, piece)
    assert client.established
    assert server.established
    assert client.info().version == server.info().version == "TLSv1.3"
    assert client.info().alpn == server.info().alpn == "xmpp-client"
    assert client.ssl_object.selected_alpn_protocol() == "xmpp-client"
    assert client.info().cipher.startswith("TLS_")
    assert server.info().certificate is None
    certificate = client.info().certificate
    assert certificate is not None
    assert certificate[:1] == b"\x30"
    assert repr(certificate) not in repr(client.info())

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


def test_a_server_of_which_the_key_is_known(tls: Tls) -> None:
    client, server = pair(tls.client, tls.server)
    shake(client, server)
    certificate = client.info().certificate
    assert certificate is not None
    for pin, fits in ((key_pin(certificate), True), ("spki-sha256:" + "A" * 43 + "=", False)):
        client = TlsFilter(tls.client, server_side=False, server_name="localhost", pins=(pin,))
        server = TlsFilter(tls.server, server_side=True)
        if fits:
            shake(client, server)
        else:
            with pytest.raises(CertificateUntrusted):
                shake(client, server)
        assert client.established is fits


def test_close_before_the_handshake_says_nothing(tls: Tls) -> None:
    client, _ = pair(tls.client, tls.server)
    client.close()
    assert client.data_to_send() == b""


@pytest.mark.parametrize(
    ("which", "error", "said"),
    [
        ("expired", CertificateExpired, "expired"),
        ("other_name", CertificateWrongHost, "localhost"),
        ("untrusted", CertificateUntrusted, "issuer"),
    ],
)
def test_bad_certificates(tls: Tls, which: str, error: type[TLSFailed], said: str) -> None:
    client, server = pair(tls.client, getattr(tls, which))
    with pytest.raises(error) as caught:
        shake(client, server)
    assert said in str(caught.value)
    assert caught.value.where == "localhost"
    assert caught.value.advice
    # The server is told, and understands.
    with pytest.raises(TLSFailed) as told:
        server.receive(client.data_to_send())
    assert "alert" in str(told.value)


def test_other_certificate_errors() -> None:
    problem = ssl.SSLCertVerificationError(1, "odd")
    problem.verify_code = 26
    problem.verify_message = "unsuitable certificate purpose"
    filter_ = TlsFilter(ssl.create_default_context(), server_side=False, server_name="a", where="a")
    mapped = filter_._translate(problem)
    assert type(mapped) is CertificateInvalid
    assert "unsuitable certificate purpose" in str(mapped)


def test_no_common_version(tls: Tls) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1_3
    client, server = pair(old, tls.tls12)
    with pytest.raises(TLSFailed, match="handshake failed"):
        shake(client, server)


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", NotXMPP, "HTTP"),
        (b"<?xml version='1.0'?><stream:stream ", TLSFailed, "not TLS"),
    ],
)
def test_the_peer_does_not_speak_tls(tls: Tls, data: bytes, error: type[Exception], said: str) -> None:
    client, _ = pair(tls.client, tls.server)
    client.start()
    with pytest.raises(error, match=said):
        client.receive(data)


def test_a_damaged_record(tls: Tls) -> None:
    client, server = pair(tls.client, tls.server)
    shake(client, server)
    client.send(b"hello")
    record = bytearray(client.data_to_send())
    record[-1] ^= 1
    with pytest.raises(TLSFailed, match="TLS connection broke"):
        server.receive(bytes(record))
    server.close()


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("example.org", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("[::1]", "::1"),
        ("☃" * 70 + ".example", "☃" * 70 + ".example"),
    ],
)
def test_tls_name(domain: str, name: str) -> None:
    assert tls_name(domain) == name


def test_internationalised_name(tls: Tls) -> None:
    client, server = pair(tls.client, tls.server, "bücher.example")
    shake(client, server)
    assert client.established


@pytest.mark.parametrize("name", ["", "☃" * 70 + ".example"])
def test_a_name_that_no_certificate_can_carry(tls: Tls, name: str) -> None:
    with pytest.raises(TLSFailed, match="cannot begin"):
        pair(tls.client, tls.server, name)


def test_a_context_for_the_other_side(tls: Tls) -> None:
    with pytest.raises(TLSFailed, match="cannot begin"):
        TlsFilter(tls.client, server_side=True)


def test_channel_binding_below_tls_13(tls: Tls) -> None:
    client, server = pair(tls.client, tls.tls12)
    shake(client, server)
    assert client.info().version == "TLSv1.2"
    unique = client.tls_unique()
    assert unique
    assert unique == server.tls_unique()
    assert client.channel_binding("tls-unique") == unique
    assert client.channel_binding("tls-exporter") is None


def test_channel_binding_of_tls_13(tls: Tls) -> None:
    client, server = pair(tls.client, tls.server)
    shake(client, server)
    assert client.tls_unique() is None


def test_binding_to_the_servers_certificate(tls: Tls) -> None:
    client, server = pair(tls.client, tls.server)
    assert channel_binding("tls-unique", client, None) is None  # not established
    shake(client, server)
    certificate = client.info().certificate
    assert certificate is not None
    for end in (client, server, None):
        assert channel_binding("tls-server-end-point", end, certificate) == server_end_point(certificate)
        assert channel_binding("tls-server-end-point", end, None) is None
    assert channel_binding("tls-unique", None, certificate) is None
    old, older = pair(tls.client, tls.tls12)
    shake(old, older)
    assert channel_binding("tls-unique", old, None) == older.tls_unique()


def test_whichever_library_the_context_is_of(tls: Tls) -> None:
    made = make_filter(tls.server, server_side=True)
    assert isinstance(made, TlsFilter)
    told: dict[str, object] = {}

    class Backend:
        def make_filter(self, **more: object) -> TlsFilter:
            told.update(more)
            return made

    assert make_filter(Backend(), server_side=False, server_name="a", where="b", alpn=("c",), pins=("d",)) is made
    assert told == {"server_side": False, "server_name": "a", "where": "b", "alpn": ("c",), "pins": ("d",)}
