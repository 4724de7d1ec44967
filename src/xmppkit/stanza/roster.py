# SPDX-License-Identifier: MIT
"""The roster as the server sends and takes it (RFC 6121 §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Self

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children, ChildTexts
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import ROSTER

__all__ = ["Roster", "RosterItem", "Subscription"]


class Subscription(StrEnum):
    """Who sees whose presence (RFC 6121 §2.1.2.5)."""

    NONE = "none"
    TO = "to"
    FROM = "from"
    BOTH = "both"
    REMOVE = "remove"


class RosterItem(ElementBase):
    """A contact."""

    __slots__ = ()

    name = "item"
    namespace = ROSTER
    plugin_attrib = "item"
    interfaces: ClassVar[set[str]] = {"jid", "name", "subscription", "ask", "approved", "groups"}

    jid = Attr(JID, doc="the contact's bare address")
    name_ = Attr(str, key="name", name="name", doc="what the user calls the contact")
    subscription = Attr(Subscription, doc="who sees whose presence; None where the server says nothing")
    ask = Attr(str, doc="'subscribe' while our request waits for an answer")
    approved = Attr(bool, doc="a request of the contact is accepted in advance (§3.4)")
    groups = ChildTexts(str, name="group", doc="the groups the user has put the contact in")

    def set_groups(self, values: Iterable[str]) -> Self:
        """Replace the groups; each counts once."""
        type(self).groups.write_item(self, values if isinstance(values, str) else dict.fromkeys(values))
        return self


class Roster(ElementBase):
    """The contacts, or one of them that has changed.

    ``roster.items`` is a list of `RosterItem`, as is iterating; ``roster['items']`` is a dict by address.
    """

    __slots__ = ()

    name = "query"
    namespace = ROSTER
    plugin_attrib = "roster"
    interfaces: ClassVar[set[str]] = {"items", "ver"}

    items = Children(RosterItem, doc="the contacts")
    ver = Attr(str, keep=True, doc="the version (§2.6); '' asks for the whole roster of a server that has versions")

    def get_items(self) -> dict[JID, dict[str, Any]]:
        """The contacts: address to a dict of name, subscription, ask, approved and groups. What has no address is left
        out."""
        found = {}
        for child in self:
            jid = child.jid if isinstance(child, RosterItem) else None
            if jid is None:
                continue
            found[jid] = {key: child[key] for key in ("name", "subscription", "ask", "approved", "groups")}
        return found

    def set_items(self, items: Mapping[Any, Mapping[str, Any]]) -> Self:
        """Replace the contacts.

        :param items: address to name, subscription, groups …; what is not said is left out.
        """
        self.del_items()
        for jid, state in items.items():
            item = RosterItem()
            item["jid"] = jid
            for key in ("name", "subscription", "ask", "approved", "groups"):
                if state.get(key) is not None:
                    item[key] = state[key]
            self.append(item)
        return self

    def del_items(self) -> Self:
        """Remove the contacts."""
        self._replace_children(RosterItem, ())
        return self


register_stanza_plugin(Iq, Roster)
