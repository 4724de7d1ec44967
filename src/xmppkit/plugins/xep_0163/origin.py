# SPDX-License-Identifier: MIT
"""Whose word a notification of XEP-0163 is."""

from __future__ import annotations

from typing import Any

from xmppkit.jid.address import JID
from xmppkit.plugins.base.origin import from_own_account
from xmppkit.stanza.message import Message

__all__ = ["owner_of", "tells_own_account"]


def owner_of(message: Message) -> JID | None:
    """Whose personal eventing service tells something: the bare address that the message is from, which only its own
    server can write (§4.3.1). None where it is none: a resource of an account is a client, and may not tell it.

    A message without a sender is from the own account: its owner is the address it is for, without a resource.
    """
    if message["type"] in ("error", "groupchat"):
        return None
    sender: JID = message["from"] or JID(message["to"].bare)
    return None if sender.resource else sender


def tells_own_account(xmpp: Any, message: Message) -> bool:
    """Whether it is the own account's service that tells something. What only concerns the account itself, as its
    bookmarks, keys and read messages, must be ignored from everybody else (XEP-0223 §1, CVE-2023-28686)."""
    return message["type"] not in ("error", "groupchat") and from_own_account(xmpp, message)
