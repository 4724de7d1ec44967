# SPDX-License-Identifier: MIT
"""Which mechanisms may be used, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xmppkit.exceptions import ConfigurationError

__all__ = ["MECHANISMS", "SaslPolicy"]

#: Every mechanism there is, strongest first. EXTERNAL comes before passwords since it shows none; ANONYMOUS
#: is only used when there is nobody to log in as.
MECHANISMS: Final = (
    "EXTERNAL",
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "PLAIN",
    "ANONYMOUS",
)


@dataclass(frozen=True, slots=True)
class SaslPolicy:
    """What a side allows.

    :ivar allowed: names of mechanisms, in any order; the strongest that both sides have is used. None leaves
        it to the side: a client uses whatever its credentials fit, a server offers what proves a password.
        So a server lets in strangers (ANONYMOUS) and certificates (EXTERNAL) only when they are named here.
    :ivar plain_without_tls: let a password go over the wire unprotected. Never do, except in tests.
    :ivar scram_without_tls: SCRAM shows no password, but who listens may guess at it offline.
    :ivar min_iterations: fewest rounds of PBKDF2 that are believed (RFC 7677 §4: 4096).
    :ivar max_iterations: most rounds that are computed, so that a peer cannot keep the processor busy.
    """

    allowed: tuple[str, ...] | None = None
    plain_without_tls: bool = False
    scram_without_tls: bool = False
    min_iterations: int = 4096
    max_iterations: int = 1_000_000

    def __post_init__(self) -> None:
        for name in self.allowed or ():
            if name not in MECHANISMS:
                raise ConfigurationError(f"no SASL mechanism {name!r}; there are {', '.join(MECHANISMS)}")
        if not 1 <= self.min_iterations <= self.max_iterations:
            raise ConfigurationError("min_iterations must be at least 1 and at most max_iterations")

    def objection(self, name: str, *, secure: bool) -> str:
        """Why `name` may not be used on a connection that is, or is not, `secure`; empty when it may."""
        if name not in MECHANISMS:
            return "xmppkit does not have it"
        if self.allowed is not None and name not in self.allowed:
            return "the policy does not allow it"
        if not secure and name == "PLAIN" and not self.plain_without_tls:
            return "it shows the password, and there is no TLS"
        if not secure and name.startswith("SCRAM-") and not self.scram_without_tls:
            return "there is no TLS"
        if not secure and name == "EXTERNAL":
            return "it needs a certificate, and there is no TLS"
        return ""
