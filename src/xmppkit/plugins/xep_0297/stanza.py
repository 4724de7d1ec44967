# SPDX-License-Identifier: MIT
"""A stanza within a stanza (XEP-0297 §3)."""

from __future__ import annotations

from typing import Any, Final, cast
from xml.etree.ElementTree import Element

from xmppkit.plugins.xep_0203.stanza import Delay
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Child
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import build_stanza, root_tags
from xmppkit.stanza.rootstanza import RootStanza

__all__ = ["Forwarded"]

#: What can be forwarded.
_STANZAS: Final = frozenset(tag for kind in (Message, Presence, Iq) for tag in root_tags(kind))


class Forwarded(ElementBase, parents=(Message,)):
    """The container. Its stanza is no copy: it has the element that stands in the container, and can be kept when the
    container is gone."""

    __slots__ = ("_inner",)

    name = "forwarded"
    namespace = "urn:xmpp:forward:0"
    plugin_attrib = "forwarded"

    stanza = Derived(RootStanza, doc="the forwarded message, presence or IQ; assigning replaces it")
    delay = Child(Delay, doc="when it was sent, or came to who forwards it")

    _inner: RootStanza

    def _element(self) -> Element | None:
        for child in self.xml:
            if child.tag in _STANZAS:
                return child
        return None

    @property
    def message(self) -> Message | None:
        """The forwarded stanza, if it is a message."""
        found = self.get_stanza()
        return found if isinstance(found, Message) else None

    def get_stanza(self) -> RootStanza | None:
        """The forwarded message, presence or IQ; None without one."""
        element = self._element()
        if element is None:
            return None
        known: RootStanza | None = getattr(self, "_inner", None)
        if known is None or known.xml is not element:
            top: Any = self._toplevel()
            known = cast(RootStanza, build_stanza(element, getattr(top, "stream", None)))
            self._inner = known
        return known

    def set_stanza(self, value: RootStanza | Element) -> None:
        """Put a stanza in, in place of another; it is not copied."""
        self.del_stanza()
        self.xml.append(value.xml if isinstance(value, ElementBase) else value)

    def del_stanza(self) -> None:
        """Take the stanza out."""
        while (element := self._element()) is not None:
            self._remove(element)
