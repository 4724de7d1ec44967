# SPDX-License-Identifier: MIT
"""Where tokens are kept: the default handlers of the operations of XEP-0484, in memory or in a storage."""

from __future__ import annotations

import datetime
from dataclasses import field
from typing import TYPE_CHECKING, Final

from xmppkit.protocol.logins import FastToken
from xmppkit.records import record

if TYPE_CHECKING:
    from xmppkit.jid.address import JID
    from xmppkit.storage.base import Collection, Storage
    from xmppkit.storage.records import Value

__all__ = ["OPERATIONS", "MemoryTokens", "Remembered", "StoredTokens"]

#: The operations that keep something.
OPERATIONS: Final = frozenset({"get_token", "set_token", "del_token"})
_KEY: Final = "token"


@record(frozen=True, slots=True)
class Remembered:
    """What is remembered of a server that has given us a token.

    :ivar token: the token, with the count of how often it was used.
    :ivar offer: the server's `<authentication/>`, as XML; empty: it is not known.
    """

    token: FastToken
    offer: str = field(default="", repr=False)


class MemoryTokens:
    """Tokens in memory. `jid` is the account, `args` what to remember."""

    def __init__(self) -> None:
        self._tokens: dict[str, Remembered] = {}

    def get_token(self, jid: JID, node: str, ifrom: JID | None, args: object) -> Remembered | None:
        """The token; None when there is none."""
        return self._tokens.get(jid.bare)

    def set_token(self, jid: JID, node: str, ifrom: JID | None, args: Remembered) -> None:
        """Keep a token, in place of the one before."""
        self._tokens[jid.bare] = args

    def del_token(self, jid: JID, node: str, ifrom: JID | None, args: object) -> None:
        """Forget the token, if there is one."""
        self._tokens.pop(jid.bare, None)


class StoredTokens:
    """Tokens in a storage.

    :param storage: where they are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def _place(self, jid: JID) -> Collection:
        from xmppkit.storage.records import Scope  # who has a storage has loaded this

        return self._storage.collection("xep_0484.tokens", Scope(jid.bare))

    async def get_token(self, jid: JID, node: str, ifrom: JID | None, args: object) -> Remembered | None:
        """The token; None when there is none."""
        value = await self._place(jid).get(_KEY)
        if not isinstance(value, dict):
            return None
        expiry = value["expiry"]
        ends = datetime.datetime.fromisoformat(expiry) if isinstance(expiry, str) else None
        count = value["count"]
        token = FastToken(str(value["token"]), str(value["mechanism"]), ends, count if isinstance(count, int) else 0)
        return Remembered(token, str(value["offer"]))

    async def set_token(self, jid: JID, node: str, ifrom: JID | None, args: Remembered) -> None:
        """Keep a token, in place of the one before."""
        token = args.token
        value: Value = {
            "token": token.token,
            "mechanism": token.mechanism,
            "expiry": None if token.expiry is None else token.expiry.isoformat(),
            "count": token.count,
            "offer": args.offer,
        }
        await self._place(jid).put(_KEY, value)

    async def del_token(self, jid: JID, node: str, ifrom: JID | None, args: object) -> None:
        """Forget the token, if there is one."""
        await self._place(jid).delete(_KEY)
