# SPDX-License-Identifier: MIT
"""The accounts of the embedded server: how they log in, and their rosters."""

from __future__ import annotations

import datetime
import hmac
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from xmppkit.exceptions import ConfigurationError, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.sasl.credentials import AccountRecord, ScramRecord
from xmppkit.sasl.scram import DEFAULT_ITERATIONS, HASHES, SALT_SIZE, unknown_record
from xmppkit.server.limits import ServerLimits
from xmppkit.server.rosters import Roster
from xmppkit.server.tokens import Tokens

__all__ = ["Account", "Accounts"]

#: A variant of SCRAM, the rounds and the bytes of salt: what a client sees of an account's record.
Shape = tuple[str, int, int]
#: What an account has whose password is known.
_ALL: frozenset[Shape] = frozenset((name, DEFAULT_ITERATIONS, SALT_SIZE) for name in HASHES)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Account:
    """One account.

    :ivar jid: its bare address.
    :ivar record: how it logs in: the password, for this is a server for tests, or what SCRAM makes of one.
    :ivar tokens: those of its clients.
    """

    def __init__(self, jid: str, record: AccountRecord, limits: ServerLimits) -> None:
        self.jid = jid
        self.record = record
        self.roster = Roster(limits)
        self.tokens = Tokens(lambda: limits.token_seconds, _now)

    @property
    def scram(self) -> frozenset[str]:
        """The variants of SCRAM with which it can be logged in to."""
        return frozenset(name for name, _, _ in self.shapes)

    @property
    def shapes(self) -> frozenset[Shape]:
        """What clients see of it."""
        kept = {(name, made.iterations, len(made.salt)) for name, made in self.record.scram.items()}
        missing = {shape for shape in _ALL if shape[0] not in self.record.scram} if self.record.password else set()
        return frozenset(kept | missing)

    def __repr__(self) -> str:
        return f"<Account {self.jid}>"


class Accounts:
    """All accounts of a domain, by local part."""

    def __init__(self, domain: str, limits: ServerLimits) -> None:
        self._domain = domain
        self._limits = limits
        self._accounts: dict[str, Account] = {}
        #: How many accounts there are of which clients see the same.
        self._alike: Counter[frozenset[Shape]] = Counter()
        self._secret = secrets.token_bytes(32)

    def add(self, name: str, password: str | AccountRecord) -> Account:
        """A new account, or another password for one that there is.

        :param password: in the clear, or what SCRAM makes of it.
        :raises ConfigurationError: the name cannot be part of an address, or there is nothing to log in with.
        """
        local = self._local(name)
        if local is None:
            raise ConfigurationError(f"{name!r} cannot be the name of an account")
        record = password if isinstance(password, AccountRecord) else AccountRecord(password)
        if not record.password and (not record.scram or not HASHES.keys() >= record.scram.keys()):
            raise ConfigurationError(f"the account {name!r} needs a password, or records of {', '.join(HASHES)}")
        account = self._accounts.get(local)
        if account is None:
            account = self._accounts[local] = Account(f"{local}@{self._domain}", record, self._limits)
            self._alike[account.shapes] += 1
        else:
            self._change(account, record)
        account.tokens.forget()
        return account

    def upgrade(self, name: str, mechanism: str, made: ScramRecord, basis: AccountRecord) -> bool:
        """Keep what a client has told of its password (XEP-0480).

        :param basis: the record by which the client was let in.
        :returns: False, and nothing is kept, if there is something for `mechanism` already, or if the password has been
            changed since.
        """
        account = self.get(name)
        if account is None or mechanism in account.scram or not basis.scram.items() <= account.record.scram.items():
            return False
        self._change(account, replace(account.record, scram={**account.record.scram, mechanism: made}))
        return True

    def _change(self, account: Account, record: AccountRecord) -> None:
        self._alike -= Counter([account.shapes])
        account.record = record
        self._alike[account.shapes] += 1

    def remove(self, name: str) -> bool:
        """Forget an account; False when there is none."""
        account = self._accounts.pop(self._local(name) or "", None)
        if account is None:
            return False
        self._alike -= Counter([account.shapes])
        return True

    def get(self, name: str) -> Account | None:
        """The account of that name, which need not be prepared; None when there is none."""
        account = self._accounts.get(name)
        return account if account is not None else self._accounts.get(self._local(name) or "")

    def scram(self, name: str) -> frozenset[str]:
        """The variants of SCRAM with which the account can be logged in to. One that does not exist has those of some
        account that does, always the same ones: from what is offered nobody can tell."""
        account = self.get(name)
        return account.scram if account is not None else frozenset(variant for variant, _, _ in self._shapes_for(name))

    def unknown(self, name: str) -> AccountRecord:
        """What an account looks like, to who tries to log in to it, that does not exist: as that one that has what
        `scram` says."""
        return AccountRecord(
            scram={variant: unknown_record(variant, name, *numbers) for variant, *numbers in self._shapes_for(name)}
        )

    def _shapes_for(self, name: str) -> frozenset[Shape]:
        lowered = name.lower()  # names do not differ by their case

        def likeness(shapes: frozenset[Shape]) -> bytes:
            return hmac.digest(self._secret, f"{sorted(shapes)} {lowered}".encode(), "sha256")

        return max(self._alike, key=likeness, default=_ALL)

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
