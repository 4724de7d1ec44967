# SPDX-License-Identifier: MIT
"""The tokens with which clients of the embedded server log in (XEP-0484).

Each of an account's clients has two at most (§5.1): the one that it uses, and a newer one that it was given and has not
used yet; when it uses that, the older one is over.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from xmppkit.protocol.events import TokenRequested
from xmppkit.sasl.ht import TokenRecord

__all__ = ["Issued", "Tokens"]

#: Clients of one account that have tokens; then the one that was there first loses them.
_CLIENTS = 32


@dataclass(slots=True)
class Issued:
    """A token.

    :ivar token: the secret.
    :ivar mechanism: the one with which it may be used.
    :ivar made: when it was made.
    :ivar expiry: when it ends.
    :ivar count: the highest count with which it was used; None: it was not.
    """

    token: str = field(repr=False)
    mechanism: str
    made: datetime.datetime
    expiry: datetime.datetime
    count: int | None = None


@dataclass(slots=True)
class _Client:
    current: Issued | None = None
    new: Issued | None = None


class Tokens:
    """The tokens of one account.

    :param lifetime: gives the seconds after which a token ends; 0 gives none.
    :param clock: gives the time of day, with its zone.
    """

    def __init__(self, lifetime: Callable[[], int], clock: Callable[[], datetime.datetime]) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._clients: dict[str, _Client] = {}

    def records(self, client: str) -> tuple[TokenRecord, ...]:
        """What the engine needs for letting `client` in."""
        known = self._clients.get(client)
        if known is None:
            return ()
        now = self._clock()
        issued = (each for each in (known.new, known.current) if each is not None)
        return tuple(TokenRecord(each.token, each.mechanism, each.count, each.expiry <= now) for each in issued)

    def settle(self, event: TokenRequested) -> Issued | None:
        """A client has logged in with a token, or wants one: note that, and make one if it should have one."""
        known = self._clients.get(event.client)
        used = None
        if event.used is not None and known is not None:
            used = self._use(known, event)
        old = used is not None and self._clock() >= used.made + (used.expiry - used.made) / 2
        if self._lifetime() == 0 or not (event.requested or (old and not event.invalidate)):
            return None
        if known is None:
            if len(self._clients) >= _CLIENTS:
                del self._clients[next(iter(self._clients))]
            known = self._clients[event.client] = _Client()
        now = self._clock()
        expiry = now + datetime.timedelta(seconds=self._lifetime())
        known.new = Issued(secrets.token_urlsafe(32), event.mechanism, now.replace(microsecond=0), expiry)
        return known.new

    def _use(self, known: _Client, event: TokenRequested) -> Issued | None:
        assert event.used is not None
        for each in (known.new, known.current):
            if each is not None and each.token == event.used.token:
                if each is known.new:
                    known.current, known.new = each, None
                each.count = event.count if event.count is not None else each.count
                if event.invalidate:
                    known.current = None
                return each
        return None

    def forget(self) -> None:
        """No token is good any more, as when the password has changed."""
        self._clients.clear()
