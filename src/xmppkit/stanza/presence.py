# SPDX-License-Identifier: MIT
"""`Presence`: availability and subscriptions (RFC 6121 §3, §4)."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Any, ClassVar, Self

from xmppkit.stanza.fields import Attr, ChildText, LangText
from xmppkit.stanza.registry import register_root
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.xml.names import CLIENT

__all__ = ["Presence", "PresenceType", "Show"]

log = logging.getLogger(__name__)


class PresenceType(StrEnum):
    """What a presence is, unless it says that somebody is available (RFC 6121 §4.7.1)."""

    ERROR = "error"
    PROBE = "probe"
    SUBSCRIBE = "subscribe"
    SUBSCRIBED = "subscribed"
    UNAVAILABLE = "unavailable"
    UNSUBSCRIBE = "unsubscribe"
    UNSUBSCRIBED = "unsubscribed"


class Show(StrEnum):
    """How available somebody is (RFC 6121 §4.7.2.1)."""

    AWAY = "away"
    CHAT = "chat"
    DND = "dnd"
    XA = "xa"


@register_root
class Presence(RootStanza):
    """A presence.

    ``presence['type']`` gives the show value if there is one, and ``available`` where there is no type. The typed
    attributes keep the two apart: `type_` is None for somebody who is available, `show` None for plainly so.
    """

    __slots__ = ()

    name = "presence"
    namespace = CLIENT
    plugin_attrib = "presence"
    interfaces: ClassVar[set[str]] = {"type", "to", "from", "id", "show", "status", "priority"}
    types: ClassVar[set[str]] = {"available", *(kind.value for kind in PresenceType)}
    showtypes: ClassVar[set[str]] = {show.value for show in Show}

    type_ = Attr(PresenceType, key="type", doc="what it is; None: somebody is available")
    show = ChildText(Show, doc="how available; None: plainly so")
    status = LangText(doc="a text for humans (§4.7.2.2)")
    priority = ChildText(int, default=0, minimum=-128, maximum=127, doc="which resource gets messages (§4.7.2.3)")

    def _fill_in(self) -> None:
        stream = self.stream
        if stream is not None and stream.use_presence_ids and "id" not in self.xml.attrib:
            self.xml.set("id", stream.new_id())

    def _goes_to_many(self) -> bool:
        return True

    def get_type(self) -> str:
        """The type, the show value, or ``available``."""
        said = self.xml.get("type")
        if said:
            return said
        # Most say nothing: a look is cheaper than the field.
        shown = None if self.xml.find(self.xml.tag[:-8] + "show") is None else self.show
        return "available" if shown is None else shown.value

    def set_type(self, value: Any) -> Self:
        """Set the type, or the show value if it is one; each removes the other. Anything else is not set, with a
        warning."""
        if value in self.showtypes:
            self._set_attr("type", None)
            self.show = Show(value)
        elif value in self.types:
            self._set_attr("type", None if value == "available" else value)
            self.show = None
        elif not value:
            self._set_attr("type", None)
        else:
            log.warning("Presence has no type %r", value)
        return self

    def del_type(self) -> None:
        """Remove type and show value: somebody is available."""
        self._set_attr("type", None)
        self.show = None

    def set_show(self, value: Any) -> Self:
        """Set the show value; ``''`` and ``available`` remove it. Anything else is not set, with a warning."""
        if value in ("", "available"):
            self.show = None
        elif value in self.showtypes:
            self.show = Show(value)
        else:
            log.warning("Presence has no show value %r", value)
        return self

    def get_priority(self) -> int:
        """The priority; 0 where none is said, or none that is a number."""
        return self.priority

    def reply(self, clear: bool = True) -> Self:
        """A new presence that goes back: ``subscribed`` to ``subscribe``, ``unsubscribed`` to ``unsubscribe``.

        :param clear: leave the children out.
        """
        answer = super().reply(clear)
        said = self.xml.get("type")
        if said in ("subscribe", "unsubscribe"):
            answer.xml.set("type", said + "d")
        return answer
