# SPDX-License-Identifier: MIT
"""What a stream is told about logins by SASL2 (XEP-0388), and what is negotiated along with them: the address (Bind 2,
XEP-0386), tokens (FAST, XEP-0484), better mechanisms (XEP-0480)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from xmppkit.exceptions import ConfigurationError
from xmppkit.records import record

if TYPE_CHECKING:
    import datetime

    from xmppkit.sasl.policy import SaslPolicy

__all__ = ["UPGRADES", "FastToken", "LoginOffer", "Sasl2Options", "UserAgent"]

#: The mechanisms to which an account can be upgraded (XEP-0480 §3), best first.
UPGRADES = ("SCRAM-SHA-512", "SCRAM-SHA-256")


@record(frozen=True, slots=True)
class UserAgent:
    """Which program logs in, from which device (XEP-0388 §2.3). Its user may see it among the account's clients; the
    server shows it to nobody else.

    :ivar id: a UUID of version 4 that this installation keeps; empty: none, and then there are no tokens.
    :ivar software: the program, in words; empty says nothing.
    :ivar device: the device, in words; empty says nothing.
    """

    id: str = field(default="", repr=False)
    software: str = ""
    device: str = ""


@record(frozen=True, slots=True)
class FastToken:
    """A token that a server has given us (XEP-0484 §3.3). It is as good as a password, and does not show in its `repr`.

    :ivar token: the secret.
    :ivar mechanism: the one with which it may be used.
    :ivar expiry: when it ends; None: the server did not say. The engine has no clock: who gives it a token looks.
    :ivar count: how often it was used, the coming time included; 0 does not tell the server.
    """

    token: str = field(repr=False)
    mechanism: str
    expiry: datetime.datetime | None = None
    count: int = 0


@record(frozen=True, slots=True, kw_only=True)
class Sasl2Options:
    """How a stream uses SASL2; over TLS only (XEP-0388 §3).

    :raises ConfigurationError: `upgrades` names a mechanism that is none of `UPGRADES`.
    """

    user_agent: UserAgent | None = None
    """Initiator: who we are; None says nothing."""

    bind: bool = True
    """Initiator: let the server choose the resource, along with the login, unless a certain one is wanted. Receiver:
    offer that."""

    tag: str = ""
    """Initiator: with what the resource should begin. Everybody to whom we write sees it."""

    carbons: bool = False
    """Initiator: ask for carbons (XEP-0280) along with the resource. Receiver: offer that."""

    fast: bool = True
    """Initiator: ask for tokens. Receiver: give them."""

    token: FastToken | None = None
    """Initiator: the token to log in with; if it cannot be used, or is refused, the credentials are."""

    invalidate: bool = False
    """Initiator: tell the server to forget `token`, once it has let us in with it."""

    offer: str = field(default="", repr=False)
    """Initiator: the `<authentication/>` that this server has offered before, as XML. With it and `token` the login
    goes out behind our stream header, without waiting for what the server offers: one round trip less."""

    upgrades: tuple[str, ...] = ()
    """Initiator: the mechanisms for which the server may be told what it needs of the password, after a login by SCRAM.
    Receiver: those for which it is asked, after a login by SCRAM or PLAIN; see `StreamOptions.login_offer`, too."""

    def __post_init__(self) -> None:
        _check_upgrades(self.upgrades)


@record(frozen=True, slots=True)
class LoginOffer:
    """What a server offers to one account, by whatever profile.

    :ivar sasl: what it may log in with.
    :ivar upgrades: the mechanisms for which the server lacks what it needs of the password, by SASL2 (XEP-0480).
    :raises ConfigurationError: `upgrades` names a mechanism that is none of `UPGRADES`.
    """

    sasl: SaslPolicy
    upgrades: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_upgrades(self.upgrades)


def _check_upgrades(upgrades: tuple[str, ...]) -> None:
    for name in upgrades:
        if name not in UPGRADES:
            raise ConfigurationError(f"no upgrade to {name!r}; there are {', '.join(UPGRADES)}")
