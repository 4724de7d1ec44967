# SPDX-License-Identifier: MIT
"""Messages that clients send again because they do not know whether the server has got them (XEP-0359, XEP-0203).

A client that sends a message again marks it with the time at which it was written. If the same account has sent it
before, with the same ``<origin-id/>``, to the same address and with the same content, it is not passed on once more;
unless it asks for a receipt (XEP-0184), for that is what it is sent again for, and only its recipient can give it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xmppkit.stanza.message import Message
from xmppkit.xml.names import DELAY, clark
from xmppkit.xmlstream.doubles import content_of, digest_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["ACCOUNTS", "EACH", "Sent"]

#: Messages that are remembered of an account, and accounts of which some are.
EACH: Final = 1000
ACCOUNTS: Final = 1000
_DELAY: Final = clark(DELAY, "delay")
_REQUEST: Final = "{urn:xmpp:receipts}request"


class Sent:
    """What accounts have sent lately."""

    def __init__(self) -> None:
        self._sent: dict[str, dict[str, None]] = {}

    def before(self, account: str, message: Element) -> bool:
        """Whether an account has sent a message before, marks it as sent again, and asks for no receipt. It is
        remembered.

        :param account: the bare address.
        """
        origin = Message.received(None, message).get_origin_id()
        if not origin:
            return False
        sent = self._sent.pop(account, None)
        self._sent[account] = sent = {} if sent is None else sent  # the last to have sent something comes last
        if len(self._sent) > ACCOUNTS:
            del self._sent[next(iter(self._sent))]
        key = digest_of(origin, message.get("to", ""), *content_of(message))
        if key in sent:
            return message.find(_DELAY) is not None and message.find(_REQUEST) is None
        sent[key] = None
        if len(sent) > EACH:
            del sent[next(iter(sent))]
        return False

    def drop(self, account: str) -> None:
        """Forget an account that is no more."""
        self._sent.pop(account, None)
