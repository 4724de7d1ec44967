# SPDX-License-Identifier: MIT
"""Copies of what the account's other clients send and receive (XEP-0280 §4, §5, §7 to §9)."""

from __future__ import annotations

from typing import ClassVar, Final

from xmppkit.plugins.xep_0297.stanza import Forwarded
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Child
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

__all__ = ["CarbonDisable", "CarbonEnable", "PrivateCarbon", "ReceivedCarbon", "SentCarbon"]

CARBONS: Final = "urn:xmpp:carbons:2"


class CarbonEnable(ElementBase, parents=(Iq,)):
    """Asks for copies (§4)."""

    __slots__ = ()

    name = "enable"
    namespace = CARBONS
    plugin_attrib = "carbon_enable"
    interfaces: ClassVar[set[str]] = set()


class CarbonDisable(ElementBase, parents=(Iq,)):
    """Asks for copies no more (§5)."""

    __slots__ = ()

    name = "disable"
    namespace = CARBONS
    plugin_attrib = "carbon_disable"
    interfaces: ClassVar[set[str]] = set()


class PrivateCarbon(ElementBase, parents=(Message,)):
    """Of this message there shall be no copies (§9)."""

    __slots__ = ()

    name = "private"
    namespace = CARBONS
    plugin_attrib = "carbon_private"
    interfaces: ClassVar[set[str]] = set()


class _Carbon(ElementBase):
    """A copy. The value is the message that was copied."""

    __slots__ = ()

    namespace = CARBONS
    is_extension = True
    forwarded = Child(Forwarded)

    def _message(self) -> Message | None:
        forwarded = Forwarded.of(self)
        return None if forwarded is None else forwarded.message

    def _put(self, message: Message) -> None:
        self["forwarded"].stanza = message


class ReceivedCarbon(_Carbon, parents=(Message,)):
    """A copy of a message that another client of the account has received (§7): ``message['carbon_received']`` is that
    message, or None."""

    __slots__ = ()

    name = "received"
    plugin_attrib = "carbon_received"

    carbon_received = Derived(Message, doc="the message that was received")

    def get_carbon_received(self) -> Message | None:
        """The message that was received; None without one."""
        return self._message()

    def set_carbon_received(self, value: Message) -> None:
        """Put the message in."""
        self._put(value)

    def del_carbon_received(self) -> None:
        """Take the message out."""
        del self.forwarded


class SentCarbon(_Carbon, parents=(Message,)):
    """A copy of a message that another client of the account has sent (§8): ``message['carbon_sent']`` is that message,
    or None."""

    __slots__ = ()

    name = "sent"
    plugin_attrib = "carbon_sent"

    carbon_sent = Derived(Message, doc="the message that was sent")

    def get_carbon_sent(self) -> Message | None:
        """The message that was sent; None without one."""
        return self._message()

    def set_carbon_sent(self, value: Message) -> None:
        """Put the message in."""
        self._put(value)

    def del_carbon_sent(self) -> None:
        """Take the message out."""
        del self.forwarded
