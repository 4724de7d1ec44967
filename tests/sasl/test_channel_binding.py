# SPDX-License-Identifier: MIT
"""Which kind of channel binding is used, and the hash of a server's certificate (RFC 5929 §4.1)."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from xmppkit.sasl.channel_binding import KINDS, available, server_end_point


@pytest.mark.parametrize("kinds", [KINDS, KINDS[1:], KINDS[2:]])
def test_the_strongest_kind_that_there_is(kinds: tuple[str, ...]) -> None:
    assert available({kind: kind.encode() for kind in reversed(kinds)}.get) == (kinds[0], kinds[0].encode())


def test_none() -> None:
    assert available(None) is None
    assert available(lambda kind: None) is None
    assert available(lambda kind: b"") is None


def certificate(key: object, algorithm: hashes.HashAlgorithm | None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime(2024, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    made = builder.public_key(key.public_key()).sign(key, algorithm)  # type: ignore[attr-defined, arg-type]
    return made.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("signed_with", "hashed_with"),
    [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512")],
)
def test_the_hash_is_that_of_the_signature(signed_with: hashes.HashAlgorithm, hashed_with: str) -> None:
    data = certificate(ec.generate_private_key(ec.SECP256R1()), signed_with)
    assert server_end_point(data) == hashlib.new(hashed_with, data).digest()


def test_a_weak_hash_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    # No library signs with SHA-1 any more, so the algorithm is named by hand.
    class Weak:
        signature_hash_algorithm = hashes.SHA1()

    monkeypatch.setattr(x509, "load_der_x509_certificate", lambda data: Weak())
    assert server_end_point(b"certificate") == hashlib.sha256(b"certificate").digest()


def test_a_signature_without_a_hash() -> None:
    data = certificate(ed25519.Ed25519PrivateKey.generate(), None)
    assert server_end_point(data) == hashlib.sha256(data).digest()


def test_rsa() -> None:
    data = certificate(rsa.generate_private_key(65537, 2048), hashes.SHA256())
    assert server_end_point(data) == hashlib.sha256(data).digest()
