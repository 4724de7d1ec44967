# SPDX-License-Identifier: MIT
"""Messages for accounts that are not there (XEP-0160, RFC 6121 §8.5.2.2), with the time they came (XEP-0203)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from xmppkit.server.elements import copy_to
from xmppkit.stanza.codecs import DATETIME
from xmppkit.xml.names import CLIENT, DELAY, clark

if TYPE_CHECKING:
    from xmppkit.server.limits import ServerLimits

__all__ = ["OfflineMessages"]

_BODY = clark(CLIENT, "body")
_DELAY = clark(DELAY, "delay")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Box:
    """What waits for one account."""

    messages: list[Element] = field(default_factory=list)
    size: int = 0


class OfflineMessages:
    """What waits for accounts.

    :param domain: the server's, which says that it has delayed them.
    :param limits: how much may wait.
    :param clock: gives the time.
    """

    def __init__(self, domain: str, limits: ServerLimits, clock: Callable[[], datetime] = _now) -> None:
        self._domain = domain
        self._limits = limits
        self._clock = clock
        self._boxes: dict[str, _Box] = {}

    def keep(self, account: str, message: Element) -> bool:
        """Keep a message; False when it is not worth it, for it says nothing, or when too much waits already."""
        if message.find(_BODY) is None:
            return False
        size = len(tostring(message))
        box = self._boxes.setdefault(account, _Box())
        if len(box.messages) >= self._limits.offline_messages or box.size + size > self._limits.offline_bytes:
            return False
        kept = copy_to(message)
        stamp = DATETIME.encode(self._clock().replace(microsecond=0))
        SubElement(kept, _DELAY, {"from": self._domain, "stamp": stamp})
        box.messages.append(kept)
        box.size += size
        return True

    def take(self, account: str) -> list[Element]:
        """What waits for an account, oldest first; it is forgotten here."""
        box = self._boxes.pop(account, None)
        return box.messages if box is not None else []

    def drop(self, account: str) -> None:
        """Forget what waits for an account that is no more."""
        self._boxes.pop(account, None)
