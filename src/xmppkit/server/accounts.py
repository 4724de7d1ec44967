# SPDX-License-Identifier: MIT
"""The accounts of the embedded server: passwords as SCRAM records, rosters."""

from __future__ import annotations

from collections.abc import Iterator

from xmppkit.exceptions import ConfigurationError, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.sasl import AccountRecord
from xmppkit.server.limits import ServerLimits
from xmppkit.server.rosters import Roster

__all__ = ["Account", "Accounts"]


class Account:
    """One account.

    :ivar jid: its bare address.
    """

    def __init__(self, jid: str, password: str, limits: ServerLimits) -> None:
        self.jid = jid
        self.record = AccountRecord(password)
        self.roster = Roster(limits)

    def __repr__(self) -> str:
        return f"<Account {self.jid}>"


class Accounts:
    """All accounts of a domain, by local part."""

    def __init__(self, domain: str, limits: ServerLimits) -> None:
        self._domain = domain
        self._limits = limits
        self._accounts: dict[str, Account] = {}

    def add(self, name: str, password: str) -> Account:
        """A new account, or another password for one that there is.

        :raises ConfigurationError: the name cannot be part of an address, or there is no password.
        """
        try:
            jid = JID(f"{name}@{self._domain}")
        except InvalidJID as error:
            raise ConfigurationError(f"{name!r} cannot be the name of an account: {error}") from error
        if not jid.local:
            raise ConfigurationError("an account needs a name")
        if not password:
            raise ConfigurationError(f"the account {name!r} needs a password")
        account = self._accounts.get(jid.local)
        if account is None:
            account = self._accounts[jid.local] = Account(jid.bare, password, self._limits)
        account.record = AccountRecord(password)
        return account

    def remove(self, name: str) -> bool:
        """Forget an account; False when there is none."""
        return self._accounts.pop(JID(f"{name}@{self._domain}").local, None) is not None

    def get(self, name: str) -> Account | None:
        """The account of a local part."""
        return self._accounts.get(name)

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self._accounts.values()))

    def __len__(self) -> int:
        return len(self._accounts)
