# SPDX-License-Identifier: MIT
"""Kinds of TLS channel binding: proof that both ends of a login see the same TLS connection (RFC 5056).

Which of them is used is XEP-0440's matter, and whether somebody has changed the offer that of XEP-0474."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xmppkit.sasl.base import ChannelBinding

__all__ = ["KINDS", "agreed", "available", "contradiction", "doubtful", "offer_hash", "server_end_point", "supported"]

#: Strongest first: RFC 9266, RFC 5929 §3 (which TLS 1.3 does not have), RFC 5929 §4 (which is no help against a stolen
#: key).
KINDS: Final = ("tls-exporter", "tls-unique", "tls-server-end-point")


def supported(binding: ChannelBinding | None) -> tuple[str, ...]:
    """The kinds that the channel can give, strongest first."""
    return () if binding is None else tuple(kind for kind in KINDS if binding(kind))


def available(binding: ChannelBinding | None, among: Iterable[str] = KINDS) -> tuple[str, bytes] | None:
    """The strongest kind of those `among` that the channel can give, with its bytes; None when it can give none."""
    if binding is None:
        return None
    wanted = frozenset(among)
    for kind in KINDS:
        data = binding(kind) if kind in wanted else None
        if data:
            return kind, data
    return None


def agreed(
    binding: ChannelBinding | None, announced: Collection[str] | None, *, required: bool = False
) -> tuple[str, bytes] | None:
    """The kind that a client uses, with its bytes; None when the ends have none in common.

    :param announced: the kinds that the server has announced (XEP-0440); None: it has not said. Then only tls-unique is
        used, which is every server's with TLS 1.2 (RFC 5802 §6). With TLS 1.3 there are servers that offer ``-PLUS``
        and cannot do tls-exporter (ejabberd 23.01), and a login that fails is not repeated with less.
    :param required: use whatever there is rather than nothing.
    """
    if announced is not None:
        return available(binding, announced)
    found = available(binding, ("tls-unique",))
    return available(binding) if found is None and required else found


def contradiction(
    mechanisms: Collection[str], announced: Collection[str] | None, binding: ChannelBinding | None, *, strict: bool
) -> str:
    """What is wrong with a server's offer (XEP-0440 §3, rules 4 and 5), so that nobody logs in there; empty when it is
    in order. Of kinds that are not ours see `doubtful`.

    With the profile of RFC 6120 ``-PLUS`` may come without kinds: rule 4 leaves that to the client, and ejabberd 23.01
    is such a server. Kinds without ``-PLUS`` are let pass there where no SCRAM is offered: Prosody 13 announces kinds
    whatever the accounts can do. So they are with either profile where ANONYMOUS is all that is offered, by which
    nothing is shown that anybody could want.

    :param strict: the profile is SASL 2, in which ``-PLUS`` and the kinds come together or not at all; or the policy
        wants it so (`Binding.STRICT`).
    """
    if binding is None:
        return ""
    binds = _binds(mechanisms)
    if announced is None:
        return "the server offers -PLUS and announces no kind of channel binding" if strict and binds else ""
    if binds:
        return "" if announced else "the server offers -PLUS, and an empty list of kinds of channel binding"
    if any(name.startswith("SCRAM-") for name in mechanisms) or (strict and {*mechanisms} != {"ANONYMOUS"}):
        return "the server announces kinds of channel binding and offers no mechanism that uses them"
    return ""


def doubtful(
    mechanisms: Collection[str],
    announced: Collection[str] | None,
    binding: ChannelBinding | None,
    *,
    strict: bool = False,
) -> bool:
    """Whether a server announces kinds of channel binding of which this connection has none, tls-server-end-point
    neither, which every server should have. Either that is so, or somebody has changed the list: a login goes on if the
    server proves what it has offered (rule 6 of XEP-0440 §3, as XEP-0474 §7 has it), and is given up if not.

    Of a server that announces tls-exporter alone no proof is asked where nothing but tls-server-end-point is ours, as
    with TLS 1.3 by Python's `ssl`, or over WebSocket and BOSH: newer versions of Prosody are such servers unless their
    operators have set more. Nor is it asked where we have no kind at all, since the transport does TLS and does not
    tell of it.

    :param strict: it is asked of the former, too (`Binding.STRICT`).
    """
    if binding is None or announced is None or not _binds(mechanisms):
        return False
    ours = supported(binding)
    if not ours or not frozenset(ours).isdisjoint(announced):
        return False
    return strict or frozenset(announced) != {"tls-exporter"} or ours != ("tls-server-end-point",)


def _binds(mechanisms: Iterable[str]) -> bool:
    return any(name.endswith("-PLUS") for name in mechanisms)


def offer_hash(hash_name: str, mechanisms: Iterable[str], announced: Iterable[str] | None) -> bytes:
    """The hash of what a server offers (XEP-0474 §6.1).

    :param hash_name: that of the mechanism in use, as ``sha256``.
    :param announced: the kinds of channel binding (XEP-0440); None: it announces none.
    """
    import hashlib

    text = b"\x1e".join(sorted(name.encode("utf-8") for name in mechanisms))
    if announced is not None:
        text += b"\x1f" + b"\x1e".join(sorted(kind.encode("utf-8") for kind in announced))
    return hashlib.new(hash_name, text).digest()


def server_end_point(certificate: bytes) -> bytes:
    """The ``tls-server-end-point`` of a server certificate in DER: its hash (RFC 5929 §4.1).

    The hash is that of the certificate's signature, but SHA-256 in place of MD5 and SHA-1, and for signatures
    without one.
    """
    import hashlib  # only who binds channels pays for loading these

    from cryptography import x509

    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    name = algorithm.name if algorithm is not None else "sha256"
    return hashlib.new("sha256" if name in ("md5", "sha1") else name, certificate).digest()
