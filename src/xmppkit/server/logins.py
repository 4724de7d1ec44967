# SPDX-License-Identifier: MIT
"""Who may log in to the embedded server, and how: passwords, certificates (XEP-0178), bearer tokens (RFC 7628); and how
often one may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from xmppkit.exceptions import CertificateInvalid, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.protocol.logins import LoginOffer
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy
from xmppkit.sasl.scram import HASHES
from xmppkit.server.throttle import Throttle
from xmppkit.transports.inspection import extract_names

if TYPE_CHECKING:
    from xmppkit.protocol.events import AccountNeeded
    from xmppkit.server.accounts import Accounts
    from xmppkit.server.limits import ServerLimits

__all__ = ["Logins"]

#: What proves a password.
_WITH_PASSWORD = tuple(name for name in MECHANISMS if name == "PLAIN" or name.startswith("SCRAM-"))

#: Takes a bearer token, and gives the name of the account that it is for; empty: it is for none.
Bearer = Callable[[str], str]


class Logins:
    """What the server knows of logging in.

    :param domain: what it serves.
    :param certificates: clients may log in with certificates.
    :param bearer: see `Bearer`; None: nobody logs in with such tokens.
    :param upgrades: the mechanisms for which clients are asked for what an account lacks (XEP-0480).
    """

    def __init__(
        self,
        domain: str,
        accounts: Accounts,
        limits: ServerLimits,
        *,
        certificates: bool = False,
        bearer: Bearer | None = None,
        upgrades: Iterable[str] = (),
    ) -> None:
        self._domain = domain
        self._accounts = accounts
        self._certificates = certificates
        self._bearer = bearer
        self._upgrades = tuple(upgrades)
        self._failures = Throttle(limits.failed_logins, limits.failed_logins_seconds)

    def policy(self, *, tls: bool) -> SaslPolicy:
        """Which mechanisms are offered.

        :param tls: False: the server has none, and lets passwords go without.
        """
        beside = {"EXTERNAL": self._certificates, "OAUTHBEARER": self._bearer is not None, "ANONYMOUS": False}
        allowed = tuple(name for name in MECHANISMS if beside.get(name, True))
        return SaslPolicy(
            allowed if any(beside.values()) else None, plain_without_tls=not tls, scram_without_tls=not tls
        )

    def offer(self, address: str, *, tls: bool) -> LoginOffer:
        """What is offered to a client that says to be `address`: what its account can be logged in to with.

        :param tls: as for `policy`.
        """
        name = address.partition("@")[0]
        known, policy = self._accounts.scram(name), self.policy(tls=tls)
        wanting = {each for each in HASHES if each not in known}
        allowed = tuple(each for each in policy.allowed or _WITH_PASSWORD if each.removesuffix("-PLUS") not in wanting)
        upgrades = tuple(each for each in self._upgrades if each in wanting)
        return LoginOffer(replace(policy, allowed=allowed) if wanting else policy, upgrades)

    def record(self, event: AccountNeeded, certificate: bytes | None) -> AccountRecord | None:
        """How an account logs in; None when there is none. What has a password that nobody knows looks the same to the
        client.

        :param certificate: what the client has shown, in DER, which an authority of ours has signed; None: nothing.
        """
        if event.mechanism == "EXTERNAL":
            return self._certified(event.username, certificate)
        if event.mechanism == "OAUTHBEARER":
            return AccountRecord(bearer=self._owner)
        account = self._accounts.get(event.username)
        if account is None:
            return self._accounts.unknown(event.username) if event.mechanism in _WITH_PASSWORD else None
        if not event.client:
            return account.record
        return replace(account.record, tokens=account.tokens.records(event.client))

    def _certified(self, authzid: str, certificate: bytes | None) -> AccountRecord | None:
        """XEP-0178 §2: the one account that the certificate names, or that of them which the client asks for."""
        names = _accounts_of(certificate, self._domain)
        if authzid:
            try:
                names &= {JID(authzid).bare}
            except InvalidJID:
                return None
        known = [name for name in names if self._accounts.get(JID(name).local) is not None]
        return AccountRecord(certified=JID(known[0]).local) if len(known) == 1 else None

    def _owner(self, token: str) -> str:
        """Whose a bearer token is."""
        name = self._bearer(token) if self._bearer is not None else ""
        account = self._accounts.get(name) if name else None
        return JID(account.jid).local if account is not None else ""

    # --- failures -------------------------------------------------------------------------------------

    def failed(self, address: str, now: float) -> None:
        """A login from `address` has failed."""
        self._failures.note(address, now)

    def blocks(self, address: str, now: float) -> bool:
        """Whether so many logins from `address` have failed that it must wait."""
        return self._failures.blocks(address, now)


def _accounts_of(certificate: bytes | None, domain: str) -> set[str]:
    """The addresses of accounts at `domain` that a certificate names (id-on-xmppAddr, RFC 6120 §13.7.1.4)."""
    if certificate is None:
        return set()
    try:
        names: Iterable[str] = extract_names(certificate)["XMPPAddr"]
    except CertificateInvalid:
        return set()
    found: set[str] = set()
    for name in names:
        try:
            jid = JID(name)
        except InvalidJID:
            continue
        if jid.local and jid.domain == domain:
            found.add(jid.bare)
    return found
