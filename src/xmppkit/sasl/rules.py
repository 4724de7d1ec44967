# SPDX-License-Identifier: MIT
"""The rules of a login, by name: every refusal says which of them refused."""

from __future__ import annotations

import enum
from typing import Final

from xmppkit.records import record

__all__ = ["Refusal", "Rule"]

_LONGEST_NAME: Final = 20  # RFC 4422 §3.1


class Rule(enum.Enum):
    """Why a mechanism, or a whole login, may be refused. `label` is its name in errors; the value says what it asks
    for."""

    KNOWN = "there is such a mechanism in xmppkit"
    ALLOWED = "the policy names it, if it names any"
    BY_NAME = "obsolete mechanisms, and those of one vendor, are used only when they are named"
    MINIMUM = "it is not weaker than the weakest that the policy accepts"
    PINNED = "once a login has not shown the password, a later one does not; once it was bound, the server says how"
    TLS = "certificates and tokens are used over TLS only"
    PLAIN_WITHOUT_TLS = "a password is not shown without TLS, unless the policy says so"
    SCRAM_WITHOUT_TLS = "nothing that a password can be guessed from is shown without TLS, unless the policy says so"
    CREDENTIALS = "there is what it needs: user name and password, or a token"
    CERTIFICATE = "EXTERNAL needs a client certificate"
    ACCOUNT = "who has an account does not log in as a stranger"
    CHANNEL_BINDING = "-PLUS needs a channel binding that both ends have, and the policy may demand one"
    ANNOUNCED_BINDINGS = "what a server says of channel binding does not contradict itself (XEP-0440)"
    OFFER_HASH = "the server has offered what we have received (XEP-0474)"
    MIN_ITERATIONS = "a server asks for enough rounds of PBKDF2"
    MAX_ITERATIONS = "a server does not ask for too many rounds of PBKDF2"
    PROGRAM = "the program's own mechanism takes part"

    @property
    def label(self) -> str:
        """Its name in errors, as ``plain_without_tls``; that of the field of the policy where there is one."""
        return self.name.lower()


@record(frozen=True, slots=True)
class Refusal:
    """What is refused, by which rule, and why. As text it is a sentence for humans.

    :ivar name: the mechanism, as the peer may have named it; empty when the login is refused as a whole.
    :ivar reason: what it is about the mechanism, or the peer, that the rule does not allow.
    """

    name: str
    rule: Rule
    reason: str

    def __str__(self) -> str:
        shown = self.name[:_LONGEST_NAME]
        if not (shown.isascii() and shown.isprintable()):
            shown = repr(shown)  # the name comes from the peer
        return f"{shown}{': ' if shown else ''}refused by rule {self.rule.label}: {self.reason}"
