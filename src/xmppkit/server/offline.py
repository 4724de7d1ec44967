# SPDX-License-Identifier: MIT
"""Messages for accounts that are not there (XEP-0160, RFC 6121 §8.5.2.2), with the time they came (XEP-0203)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement

from xmppkit.server.elements import copy_to
from xmppkit.stanza.codecs import DATETIME
from xmppkit.xml.names import CLIENT, DELAY, clark

__all__ = ["OfflineMessages"]

_BODY = clark(CLIENT, "body")
_DELAY = clark(DELAY, "delay")


def _now() -> datetime:
    return datetime.now(UTC)


class OfflineMessages:
    """What waits for accounts.

    :param domain: the server's, which says that it has delayed them.
    :param most: messages for one account.
    :param clock: gives the time.
    """

    def __init__(self, domain: str, most: int, clock: Callable[[], datetime] = _now) -> None:
        self._domain = domain
        self._most = most
        self._clock = clock
        self._waiting: dict[str, list[Element]] = {}

    def keep(self, account: str, message: Element) -> bool:
        """Keep a message; False when it is not worth it, or too many wait."""
        waiting = self._waiting.setdefault(account, [])
        if message.find(_BODY) is None or len(waiting) >= self._most:
            return False
        kept = copy_to(message)
        stamp = DATETIME.encode(self._clock().replace(microsecond=0))
        SubElement(kept, _DELAY, {"from": self._domain, "stamp": stamp})
        waiting.append(kept)
        return True

    def take(self, account: str) -> list[Element]:
        """What waits for an account, oldest first; it is forgotten here."""
        return self._waiting.pop(account, [])

    def drop(self, account: str) -> None:
        """Forget what waits for an account that is no more."""
        self._waiting.pop(account, None)
