# SPDX-License-Identifier: MIT
"""The accounts of the embedded server: how they log in, and their rosters."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from xmppkit.exceptions import ConfigurationError, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.server.limits import ServerLimits
from xmppkit.server.rosters import Roster
from xmppkit.server.tokens import Tokens

__all__ = ["Account", "Accounts"]


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Account:
    """One account.

    :ivar jid: its bare address.
    :ivar record: how it logs in: the password, for this is a server for tests.
    :ivar tokens: those of its clients.
    """

    def __init__(self, jid: str, password: str, limits: ServerLimits) -> None:
        self.jid = jid
        self.record = AccountRecord(password)
        self.roster = Roster(limits)
        self.tokens = Tokens(lambda: limits.token_seconds, _now)

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
        local = self._local(name)
        if local is None:
            raise ConfigurationError(f"{name!r} cannot be the name of an account")
        if not password:
            raise ConfigurationError(f"the account {name!r} needs a password")
        account = self._accounts.get(local)
        if account is None:
            account = self._accounts[local] = Account(f"{local}@{self._domain}", password, self._limits)
        account.record = AccountRecord(password)
        account.tokens.forget()
        return account

    def remove(self, name: str) -> bool:
        """Forget an account; False when there is none."""
        return self._accounts.pop(self._local(name) or "", None) is not None

    def get(self, name: str) -> Account | None:
        """The account of that name, which need not be prepared; None when there is none."""
        account = self._accounts.get(name)
        return account if account is not None else self._accounts.get(self._local(name) or "")

    def _local(self, name: str) -> str | None:
        """The name as it is in addresses; None for one that cannot be."""
        try:
            jid = JID(f"{name}@{self._domain}")
        except InvalidJID:
            return None
        return jid.local if jid.domain == self._domain and not jid.resource else None

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self._accounts.values()))

    def __len__(self) -> int:
        return len(self._accounts)
