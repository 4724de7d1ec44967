# SPDX-License-Identifier: MIT
"""Which mechanisms may be used, and within which bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from xmppkit.exceptions import ConfigurationError
from xmppkit.records import record
from xmppkit.sasl.custom import Exposure, custom_mechanisms, custom_server_mechanisms

__all__ = ["MECHANISMS", "ON_REQUEST", "SCORES", "SaslPolicy", "known_mechanisms", "score"]

#: Every mechanism that is used by itself, strongest first. EXTERNAL comes before passwords since it shows none;
#: ANONYMOUS is only used when there is nobody to log in as.
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

#: Those that are used only when they are named, and over TLS: obsolete (RFC 6331, of the first), or of one vendor.
ON_REQUEST: Final = (
    "DIGEST-MD5",
    "CRAM-MD5",
    "X-FACEBOOK-PLATFORM",
    "X-MESSENGER-OAUTH2",
    "X-OAUTH2",
    "X-GOOGLE-TOKEN",
    "LOGIN",
)

#: How strong each is: more is better. What programs register is compared by the same measure.
SCORES: Final[Mapping[str, int]] = {
    "EXTERNAL": 100,
    "SCRAM-SHA-512-PLUS": 71,
    "SCRAM-SHA-512": 70,
    "SCRAM-SHA-256-PLUS": 65,
    "SCRAM-SHA-256": 64,
    "SCRAM-SHA-1-PLUS": 63,
    "SCRAM-SHA-1": 62,
    "DIGEST-MD5": 31,
    "CRAM-MD5": 21,
    "X-FACEBOOK-PLATFORM": 11,
    "X-MESSENGER-OAUTH2": 10,
    "X-OAUTH2": 9,
    "X-GOOGLE-TOKEN": 3,
    "PLAIN": 2,
    "LOGIN": 1,
    "ANONYMOUS": 0,
}


def known_mechanisms() -> tuple[str, ...]:
    """Every name that may be allowed: `MECHANISMS`, `ON_REQUEST`, and what programs have registered."""
    return tuple(dict.fromkeys((*MECHANISMS, *ON_REQUEST, *custom_mechanisms(), *custom_server_mechanisms())))


def score(name: str) -> int:
    """How strong the mechanism `name` is; -1 for one that there is not."""
    custom = custom_mechanisms().get(name)
    return SCORES.get(name, -1) if custom is None else custom.score


@record(frozen=True, slots=True)
class SaslPolicy:
    """What a side allows.

    :ivar allowed: names of mechanisms, in any order; the strongest that both sides have is used. None leaves
        it to the side: a client uses whatever its credentials fit, a server offers what proves a password.
        So a server lets in strangers (ANONYMOUS) and certificates (EXTERNAL) only when they are named here, and
        both sides use DIGEST-MD5, CRAM-MD5, LOGIN and the tokens of vendors (X-…) only when they are named here.
    :ivar plain_without_tls: let a password go over the wire unprotected. Never do, except in tests.
    :ivar scram_without_tls: SCRAM shows no password, but who listens may guess at it offline.
    :ivar min_iterations: fewest rounds of PBKDF2 that are believed (RFC 7677 §4: 4096).
    :ivar max_iterations: most rounds that are computed, so that a peer cannot keep the processor busy.
    :ivar security: asked by mechanisms of the program for settings by name, as ``encrypted_plain``; None knows none.
    """

    allowed: tuple[str, ...] | None = None
    plain_without_tls: bool = False
    scram_without_tls: bool = False
    min_iterations: int = 4096
    max_iterations: int = 1_000_000
    security: Callable[[frozenset[str]], Mapping[str, object]] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = known_mechanisms()
        for name in self.allowed or ():
            if name not in known:
                raise ConfigurationError(f"no SASL mechanism {name!r}; there are {', '.join(known)}")
        if not 1 <= self.min_iterations <= self.max_iterations:
            raise ConfigurationError("min_iterations must be at least 1 and at most max_iterations")

    def objection(self, name: str, *, secure: bool) -> str:
        """Why `name` may not be used on a connection that is, or is not, `secure`; empty when it may."""
        if name not in SCORES and name not in custom_mechanisms() and name not in custom_server_mechanisms():
            return "xmppkit does not have it"
        if self.allowed is None and name in ON_REQUEST:
            return "it is used only when it is named, as with use_mech"
        if self.allowed is not None and name not in self.allowed:
            return "the policy does not allow it"
        return "" if secure else self._objection_in_clear(name)

    def _objection_in_clear(self, name: str) -> str:
        if name == "EXTERNAL":
            return "it needs a certificate, and there is no TLS"
        if name in ON_REQUEST:
            return "it is used over TLS only, and there is none"
        exposure = _exposure(name)
        if exposure is Exposure.SECRET and not self.plain_without_tls:
            return "it shows the password, and there is no TLS"
        if exposure is Exposure.GUESSABLE and not self.scram_without_tls:
            return "there is no TLS"
        return ""


def _exposure(name: str) -> Exposure:
    if name == "PLAIN":
        return Exposure.SECRET
    if name == "ANONYMOUS":
        return Exposure.NOTHING
    if name in SCORES:
        return Exposure.GUESSABLE
    halves = (custom_mechanisms().get(name), custom_server_mechanisms().get(name))
    # Whichever shows more: the policy is one for both.
    return max((half.exposure for half in halves if half is not None), key=lambda exposure: exposure.value)
