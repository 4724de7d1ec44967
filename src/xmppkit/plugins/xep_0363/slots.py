# SPDX-License-Identifier: MIT
"""What of a slot may be used: the service's word is not enough for a connection into the own network, or for headers of
its choice (XEP-0363 §4, §9.2)."""

from __future__ import annotations

from typing import Final

from xmppkit.plugins.base.urls import fault_of_url
from xmppkit.plugins.xep_0363.errors import UnsafeSlot
from xmppkit.plugins.xep_0363.stanza import Put, Slot
from xmppkit.records import record

__all__ = ["Target", "allowed_headers", "target_of"]

#: The headers that a service may set (§4), in lower case.
_ALLOWED: Final = frozenset({"authorization", "cookie", "expires"})
_NEWLINES: Final = str.maketrans("", "", "\r\n")


@record(frozen=True, slots=True)
class Target:
    """Where a file goes.

    :ivar put: the URL that it is sent to.
    :ivar get: the URL that it will have.
    :ivar headers: names and values for the request, in the service's order.
    """

    put: str
    get: str
    headers: tuple[tuple[str, str], ...]


def allowed_headers(put: Put) -> tuple[tuple[str, str], ...]:
    """Those headers of a slot that the request must have, in their order and without newlines. All others are left out
    (§4, §9.2)."""
    pairs = (
        ((header.name_ or "").translate(_NEWLINES), (header.value or "").translate(_NEWLINES)) for header in put.headers
    )
    return tuple((name, value) for name, value in pairs if name.lower() in _ALLOWED)


def target_of(slot: Slot | None, *, http: bool = False, private: bool = False) -> Target:
    """What is to be done with a slot.

    :param slot: the slot; None: there was none in the answer.
    :param http: URLs without TLS are allowed.
    :param private: addresses outside the public internet are allowed.
    :raises UnsafeSlot: one of the URLs is missing or must not be used.
    """
    put = None if slot is None else slot.put_
    get = None if slot is None else slot.get_
    schemes = ("https", "http") if http else ("https",)
    for url in ((put and put.url) or "", (get and get.url) or ""):
        fault = fault_of_url(url, schemes, private=private) if url else "there is none"
        if fault is not None:
            raise UnsafeSlot(url, fault)
    assert put is not None and put.url is not None and get is not None and get.url is not None  # noqa: PT018
    return Target(put.url, get.url, allowed_headers(put))
