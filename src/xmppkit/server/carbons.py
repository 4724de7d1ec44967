# SPDX-License-Identifier: MIT
"""Copies of what an account's other clients send and receive (XEP-0280 §6-§8)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.server.elements import MESSAGE
from xmppkit.xml.names import CARBONS, CLIENT, clark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xmppkit.server.sessions import ClientSession

__all__ = ["DISABLE", "ENABLE", "copies", "eligible"]

ENABLE = clark(CARBONS, "enable")
DISABLE = clark(CARBONS, "disable")
_BODY = clark(CLIENT, "body")
_PRIVATE = clark(CARBONS, "private")
_COPIES = (clark(CARBONS, "sent"), clark(CARBONS, "received"))
_NO_COPY = clark("urn:xmpp:hints", "no-copy")
_RECEIPT = clark("urn:xmpp:receipts", "received")
_FORWARDED = clark("urn:xmpp:forward:0", "forwarded")


def eligible(message: Element) -> bool:
    """Whether there are copies of a message (§6.1): of conversations, and of receipts in them; not of what says that
    there shall be none (§9), and not of copies."""
    if message.tag != MESSAGE or any(message.find(tag) is not None for tag in (_PRIVATE, _NO_COPY, *_COPIES)):
        return False
    kind = message.get("type", "normal")
    if kind == "chat":
        return True
    return kind == "normal" and (message.find(_BODY) is not None or message.find(_RECEIPT) is not None)


def copies(message: Element, kind: str, sessions: Iterable[ClientSession], had: Iterable[ClientSession]) -> None:
    """Send copies to those of an account's sessions that want them.

    :param kind: ``sent`` or ``received``.
    :param had: those that have the message itself.
    """
    without = set(had)
    for session in sessions:
        if session.carbons and session not in without:
            addresses = {"from": session.jid.bare, "to": session.jid.full, "type": message.get("type", "normal")}
            copy = Element(MESSAGE, addresses)
            wrapped = SubElement(SubElement(copy, clark(CARBONS, kind)), _FORWARDED)
            wrapped.append(message)
            session.send(copy)
