# SPDX-License-Identifier: MIT
"""Asking for a receipt, and giving it (XEP-0184 §7)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Present
from xmppkit.stanza.message import Message

__all__ = ["RECEIPTS", "Received", "Request"]

RECEIPTS = "urn:xmpp:receipts"


class Request(ElementBase, parents=(Message,)):
    """A receipt is wanted: ``message['request_receipt'] = True``."""

    __slots__ = ()

    name = "request"
    namespace = RECEIPTS
    plugin_attrib = "request_receipt"
    is_extension = True

    request_receipt = Present(doc="whether a receipt is wanted")


class Received(ElementBase, parents=(Message,)):
    """A message has come: ``message['receipt']`` is its id."""

    __slots__ = ()

    name = "received"
    namespace = RECEIPTS
    plugin_attrib = "receipt"
    is_extension = True

    receipt = Attr(str, name="id", doc="the id of the message that has come; None: none is said")
