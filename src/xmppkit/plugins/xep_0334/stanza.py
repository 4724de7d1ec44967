# SPDX-License-Identifier: MIT
"""What the sender of a message says about how it should be handled (XEP-0334 §4)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message
from xmppkit.xml.names import clark

__all__ = ["Hint", "NoCopy", "NoPermanentStore", "NoStore", "Store", "hints_of"]

HINTS: Final = "urn:xmpp:hints"


class Hint(StrEnum):
    """The hints, as the elements are named."""

    NO_COPY = "no-copy"
    NO_PERMANENT_STORE = "no-permanent-store"
    NO_STORE = "no-store"
    STORE = "store"


class NoCopy(ElementBase, parents=(Message,)):
    """Do not copy it to others than whom it is addressed to (§4.3). For messages to full addresses."""

    __slots__ = ()

    name = "no-copy"
    namespace = HINTS
    plugin_attrib = "no-copy"
    interfaces: ClassVar[set[str]] = set()


class NoPermanentStore(ElementBase, parents=(Message,)):
    """Do not keep it in archives and logs (§4.1)."""

    __slots__ = ()

    name = "no-permanent-store"
    namespace = HINTS
    plugin_attrib = "no-permanent-store"
    interfaces: ClassVar[set[str]] = set()


class NoStore(ElementBase, parents=(Message,)):
    """Do not keep it at all, not even until the recipient is there (§4.2)."""

    __slots__ = ()

    name = "no-store"
    namespace = HINTS
    plugin_attrib = "no-store"
    interfaces: ClassVar[set[str]] = set()


class Store(ElementBase, parents=(Message,)):
    """Keep it, though it may not look worth it (§4.4)."""

    __slots__ = ()

    name = "store"
    namespace = HINTS
    plugin_attrib = "store"
    interfaces: ClassVar[set[str]] = set()


_TAGS: Final = {clark(HINTS, hint.value): hint for hint in Hint}


def hints_of(message: Message) -> frozenset[Hint]:
    """The hints in a message. None of those in an error: there they are what has come back (§5)."""
    if message["type"] == "error":
        return frozenset()
    return frozenset(_TAGS[child.tag] for child in message.xml if child.tag in _TAGS)
