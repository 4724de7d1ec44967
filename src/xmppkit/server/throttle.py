# SPDX-License-Identifier: MIT
"""How often one address may do something: failed logins, new accounts. What is remembered is bounded."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

__all__ = ["Throttle"]


class Throttle:
    """Counts by address, of which each leaks away with time.

    :param limit: how many an address may have at once; 0: any number.
    :param seconds: how long it takes until all of them are forgotten.
    :param addresses: how many addresses are remembered; past it the one is forgotten that was seen least recently.
    """

    def __init__(self, limit: int, seconds: float, addresses: int = 1000) -> None:
        self._limit = limit
        self._rate = limit / seconds
        self._addresses = addresses
        #: address → its count, and when that was so; those seen last are at the end.
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def note(self, address: str, now: float) -> None:
        """It has happened once more.

        :param now: on any clock that does not go back.
        """
        key = _network(address)
        self._levels[key] = (min(self._level(key, now) + 1.0, float(self._limit)), now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._addresses:
            self._levels.popitem(last=False)

    def blocks(self, address: str, now: float) -> bool:
        """Whether it may not happen now."""
        return self._limit > 0 and self._level(_network(address), now) > self._limit - 1

    def _level(self, key: str, now: float) -> float:
        level, since = self._levels.get(key, (0.0, now))
        return max(0.0, level - (now - since) * self._rate)

    def __len__(self) -> int:
        return len(self._levels)


def _network(address: str) -> str:
    """What stands for `address`: of IPv6 a customer has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped is not None else str(ipaddress.ip_network((parsed.packed, 64), strict=False))
