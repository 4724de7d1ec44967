# SPDX-License-Identifier: MIT
"""Which mechanisms may be used, in which order, with and without TLS, and within which bounds: one object, which can be
read, as a table too (``print(policy)``)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from xmppkit.exceptions import ConfigurationError
from xmppkit.records import record
from xmppkit.sasl.custom import Exposure, custom_mechanisms, custom_server_mechanisms
from xmppkit.sasl.rules import Refusal, Rule

__all__ = [
    "MECHANISMS",
    "ON_REQUEST",
    "SCORES",
    "Binding",
    "SaslPolicy",
    "known_mechanisms",
    "proves_password",
    "score",
]

#: Every mechanism that is used by itself, strongest first. EXTERNAL comes before passwords since it shows none;
#: OAUTHBEARER is only used when there is a token, ANONYMOUS when there is nobody to log in as.
MECHANISMS: Final = (
    "EXTERNAL",
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "OAUTHBEARER",
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
    "OAUTHBEARER": 40,
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


#: Those of the library.
_OWN: Final = (*MECHANISMS, *ON_REQUEST)


def proves_password(name: str) -> bool:
    """Whether `name` proves a password, or may do that; certificates and tokens prove something else."""
    return name not in _NO_PASSWORD


def known_mechanisms() -> tuple[str, ...]:
    """Every name that may be allowed: `MECHANISMS`, `ON_REQUEST`, and what programs have registered."""
    more = (*custom_mechanisms(), *custom_server_mechanisms())
    return tuple(dict.fromkeys((*_OWN, *more))) if more else _OWN


def score(name: str) -> int:
    """How strong the mechanism `name` is; -1 for one that there is not."""
    custom = custom_mechanisms().get(name)
    return SCORES.get(name, -1) if custom is None else custom.score


class Binding(enum.Enum):
    """Whether a login is bound to its TLS connection (RFC 5056), so that nobody between the ends can pass it on."""

    NEVER = "never"
    """Mechanisms with ``-PLUS`` are not used."""
    IF_OFFERED = "if offered"
    """They are used where both ends have a kind of binding in common. Some servers are let pass whose offers are not as
    XEP-0440 has it."""
    STRICT = "strict"
    """The same, but nobody is let pass: a login goes on unbound only where the server has no channel binding, or proves
    that it has none of ours (XEP-0440 §3, XEP-0474 §7)."""
    REQUIRED = "required"
    """No password is used without. Certificates and tokens, which have no such mechanism, are not affected."""


#: What shows the password, or lets it go unproved: not used once a login was done with something better.
_WEAK: Final = frozenset({"PLAIN", "LOGIN", "ANONYMOUS"})
#: What is never used without TLS, whatever the policy says.
_TLS_ONLY: Final = frozenset({"EXTERNAL", "OAUTHBEARER", *ON_REQUEST})
#: What proves something else than a password.
_NO_PASSWORD: Final = frozenset(
    {"EXTERNAL", "OAUTHBEARER", "ANONYMOUS", *(name for name in ON_REQUEST if name.startswith("X-"))}
)


@record(frozen=True, slots=True)
class SaslPolicy:
    """What a side allows. As text it is a table of all mechanisms and what becomes of them.

    :ivar allowed: names of mechanisms, in any order; the strongest that both sides have is used. None leaves
        it to the side: a client uses whatever its credentials fit, a server offers what proves a password.
        So a server lets in strangers (ANONYMOUS), certificates (EXTERNAL) and tokens (OAUTHBEARER) only when they are
        named here, and both sides use DIGEST-MD5, CRAM-MD5, LOGIN and the tokens of vendors (X-…) only when they are
        named here.
    :ivar plain_without_tls: let a password go over the wire unprotected. Never do, except in tests.
    :ivar scram_without_tls: SCRAM shows no password, but who listens may guess at it offline.
    :ivar min_iterations: fewest rounds of PBKDF2 that are believed (RFC 7677 §4: 4096).
    :ivar max_iterations: most rounds that are computed, so that a peer cannot keep the processor busy.
    :ivar security: asked by mechanisms of the program for settings by name, as ``encrypted_plain``; None knows none.
    :ivar minimum: the weakest mechanism that is accepted; empty: any that is allowed.
    :ivar channel_binding: whether logins are bound to the TLS connection.
    :ivar pinned: client: the mechanism of an earlier login to the same account. Was that one that shows no password,
        then PLAIN is not used any more (XEP-0474 §7), unless `allowed` names it. Was that one with ``-PLUS``, then a
        server that offers such ones says of which kind (XEP-0440), unless `allowed` is given. Empty: there was none.
    """

    allowed: tuple[str, ...] | None = None
    plain_without_tls: bool = False
    scram_without_tls: bool = False
    min_iterations: int = 4096
    max_iterations: int = 1_000_000
    security: Callable[[frozenset[str]], Mapping[str, object]] | None = field(default=None, repr=False, compare=False)
    minimum: str = ""
    channel_binding: Binding = Binding.IF_OFFERED
    pinned: str = ""

    def __post_init__(self) -> None:
        known = known_mechanisms()
        for name in (*(self.allowed or ()), *((self.minimum,) if self.minimum else ())):
            if name not in known:
                raise ConfigurationError(f"no SASL mechanism {name!r}; there are {', '.join(known)}")
        if not 1 <= self.min_iterations <= self.max_iterations:
            raise ConfigurationError("min_iterations must be at least 1 and at most max_iterations")

    def order(self, *, secure: bool = True) -> tuple[str, ...]:
        """The mechanisms that may be used on a connection that is, or is not, `secure`, in the order in which they are
        preferred. Which of them a login can use depends on its credentials too."""
        usable = [name for name in known_mechanisms() if self.refusal(name, secure=secure) is None]
        return tuple(sorted(usable, key=score, reverse=True))

    def refusal(self, name: str, *, secure: bool) -> Refusal | None:
        """Why `name` may not be used on a connection that is, or is not, `secure`; None when it may."""
        found = self._by_name(name)
        if found is None and not secure:
            found = self._in_clear(name)
        return Refusal(name, *found) if found is not None else None

    def _by_name(self, name: str) -> tuple[Rule, str] | None:
        if name not in SCORES and name not in custom_mechanisms() and name not in custom_server_mechanisms():
            return Rule.KNOWN, "xmppkit does not have it"
        if self.allowed is None and name in ON_REQUEST:
            return Rule.BY_NAME, "it is used only when it is named, as with use_mech"
        if self.allowed is not None and name not in self.allowed:
            return Rule.ALLOWED, "the policy does not allow it"
        if self.minimum and score(name) < score(self.minimum):
            return Rule.MINIMUM, f"it is weaker than {self.minimum}"
        if self.allowed is None and name in _WEAK and self.pinned and self.pinned not in _WEAK:
            return Rule.PINNED, f"an earlier login was done with {self.pinned}; name it, if the server has changed"
        bound = name.endswith("-PLUS")
        if bound and self.channel_binding is Binding.NEVER:
            return Rule.CHANNEL_BINDING, "the policy wants no channel binding"
        if not bound and self.channel_binding is Binding.REQUIRED and name not in _NO_PASSWORD:
            return Rule.CHANNEL_BINDING, "the policy wants channel binding, which it does not have"
        return None

    def _in_clear(self, name: str) -> tuple[Rule, str] | None:
        if name == "EXTERNAL":
            return Rule.TLS, "it needs a certificate, and there is no TLS"
        if name in _TLS_ONLY:
            return Rule.TLS, "it is used over TLS only, and there is none"
        exposure = _exposure(name)
        if exposure is Exposure.SECRET and not self.plain_without_tls:
            return Rule.PLAIN_WITHOUT_TLS, "it shows the password, and there is no TLS"
        if exposure is Exposure.GUESSABLE and not self.scram_without_tls:
            return Rule.SCRAM_WITHOUT_TLS, "there is no TLS"
        return None

    def table(self) -> list[tuple[str, str, str, str]]:
        """What becomes of each mechanism: its name, its strength, ``yes`` or the rule that refuses it over TLS, and the
        same without TLS; the strongest first."""
        rows = []
        for name in sorted(known_mechanisms(), key=score, reverse=True):
            said = [self.refusal(name, secure=secure) for secure in (True, False)]
            over_tls, in_clear = ("yes" if each is None else f"no: {each.rule.label}" for each in said)
            rows.append((name, str(score(name)), over_tls, in_clear))
        return rows

    def __str__(self) -> str:
        rows = [("mechanism", "strength", "over TLS", "without TLS"), *self.table()]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.append(f"channel binding: {self.channel_binding.value}")
        lines.append(f"rounds of PBKDF2: {self.min_iterations} to {self.max_iterations}")
        if self.minimum:
            lines.append(f"weakest: {self.minimum}")
        if self.pinned:
            lines.append(f"used before: {self.pinned}")
        return "\n".join(lines)


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
