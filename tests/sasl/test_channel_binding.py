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

from xmppkit.sasl.channel_binding import (
    KINDS,
    agreed,
    available,
    contradiction,
    doubtful,
    offer_hash,
    server_end_point,
    supported,
)


@pytest.mark.parametrize("kinds", [KINDS, KINDS[1:], KINDS[2:]])
def test_the_strongest_kind_that_there_is(kinds: tuple[str, ...]) -> None:
    assert available({kind: kind.encode() for kind in reversed(kinds)}.get) == (kinds[0], kinds[0].encode())


def test_none() -> None:
    assert available(None) is None
    assert available(lambda kind: None) is None
    assert available(lambda kind: b"") is None


def test_what_is_supported() -> None:
    assert supported(None) == ()
    assert supported({"tls-server-end-point": b"e", "tls-exporter": b"x", "made-up": b"m"}.get) == (
        "tls-exporter",
        "tls-server-end-point",
    )


@pytest.mark.parametrize(
    ("ours", "announced", "required", "kind"),
    [
        # XEP-0440 §3, rule 7: the strongest that both have
        (KINDS, KINDS, False, "tls-exporter"),
        (KINDS, ("tls-server-end-point", "tls-unique"), False, "tls-unique"),
        (KINDS[2:], KINDS, False, "tls-server-end-point"),
        (KINDS[2:], KINDS[:2], False, None),
        (KINDS[2:], KINDS[:2], True, None),
        (KINDS, (), False, None),
        (KINDS, ("made-up",), False, None),
        # nothing is announced
        (("tls-unique", "tls-server-end-point"), None, False, "tls-unique"),
        (("tls-exporter", "tls-server-end-point"), None, False, None),
        (("tls-exporter", "tls-server-end-point"), None, True, "tls-exporter"),
        (KINDS[2:], None, True, "tls-server-end-point"),
    ],
)
def test_the_kind_that_is_used(
    ours: tuple[str, ...], announced: tuple[str, ...] | None, required: bool, kind: str | None
) -> None:
    found = agreed({each: each.encode() for each in ours}.get, announced, required=required)
    assert found == (None if kind is None else (kind, kind.encode()))


PLUS = ("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS")


@pytest.mark.parametrize(
    ("mechanisms", "announced", "strict", "wrong"),
    [
        (PLUS, KINDS, True, False),
        (PLUS, KINDS[2:], True, False),
        (PLUS, ("tls-unique", "made-up"), True, False),
        (PLUS, (), False, True),
        (PLUS, None, True, True),
        (PLUS, None, False, False),
        (PLUS[:1], None, True, False),
        (PLUS[:1], KINDS, False, True),
        (("PLAIN",), KINDS, False, False),
        (("PLAIN",), KINDS, True, True),
        (("ANONYMOUS",), KINDS, True, False),
        (("ANONYMOUS", "PLAIN"), KINDS, True, True),
        ((), KINDS, True, True),
    ],
)
def test_an_offer_that_contradicts_itself(
    mechanisms: tuple[str, ...], announced: tuple[str, ...] | None, strict: bool, wrong: bool
) -> None:
    binding = {"tls-server-end-point": b"e"}.get
    assert bool(contradiction(mechanisms, announced, binding, strict=strict)) is wrong
    assert contradiction(mechanisms, announced, None, strict=strict) == ""


@pytest.mark.parametrize(
    ("announced", "ours", "doubt"),
    [
        (KINDS, KINDS[2:], False),
        (("tls-unique", "made-up"), KINDS[2:], True),
        (("tls-unique",), KINDS[2:], True),
        # Prosody does not announce tls-server-end-point unless it is set
        (("tls-exporter",), KINDS[2:], False),
        (("tls-exporter", "made-up"), KINDS[2:], True),
        (("tls-exporter",), KINDS[1:], True),
        (("tls-exporter",), KINDS, False),
        (("made-up",), (), False),
        (None, KINDS, False),
    ],
)
def test_kinds_of_which_we_have_none(announced: tuple[str, ...] | None, ours: tuple[str, ...], doubt: bool) -> None:
    binding = {each: each.encode() for each in ours}.get
    assert doubtful(PLUS, announced, binding) is doubt
    assert doubtful(PLUS, announced, binding, strict=True) is (doubt or (announced == KINDS[:1] and ours == KINDS[2:]))
    assert not doubtful(PLUS, announced, None)
    assert not doubtful(PLUS[:1], announced, binding)


def test_the_hash_of_an_offer() -> None:
    # XEP-0474 §6.3
    expected = hashlib.sha1(b"SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1etls-server-end-point").digest()
    assert offer_hash("sha1", reversed(PLUS), ("tls-server-end-point", "tls-exporter")) == expected
    assert offer_hash("sha256", PLUS, None) == hashlib.sha256(b"SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS").digest()
    assert offer_hash("sha256", PLUS, ()) == hashlib.sha256(b"SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1f").digest()


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
