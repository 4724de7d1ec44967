# SPDX-License-Identifier: MIT
"""The roster as the server sends and takes it (RFC 6121 §2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, Self
from xml.etree.ElementTree import Element

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID, canonical_bare
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children, ChildTexts
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import ROSTER, clark

__all__ = ["Roster", "RosterItem", "Subscription"]

_ITEM: Final = clark(ROSTER, "item")
_GROUP: Final = clark(ROSTER, "group")


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

    def get_ver(self) -> str | None:
        """The version; None where none is said, since ``''`` says something."""
        return self.ver

    def get_items(self) -> dict[JID, dict[str, Any]]:
        """The contacts: address to a dict of name, subscription, ask, approved and groups. What has no address is left
        out."""
        found = {}
        for element in self._items():
            try:
                jid = JID(element.get("jid"))
            except InvalidJID:
                continue
            if jid:
                approved = RosterItem(element)["approved"] if "approved" in element.attrib else ""
                found[jid] = {
                    "name": element.get("name", ""),
                    "subscription": element.get("subscription", ""),
                    "ask": element.get("ask", ""),
                    "approved": approved,
                    "groups": [group.text or "" for group in element.findall(_GROUP)],
                }
        return found

    def _items(self) -> Iterator[Element]:
        return (element for element in self.xml if element.tag == _ITEM)

    def contacts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The contacts in their order: bare address, and a dict of name, subscription, ask and groups; made one by one,
        without an object for the item. What has no address is left out."""
        for element in self._items():
            get = element.get
            try:
                bare = canonical_bare(get("jid", ""))
            except InvalidJID:
                continue
            if bare:
                yield (
                    bare,
                    {
                        "name": get("name", ""),
                        "subscription": get("subscription", ""),
                        "ask": get("ask", ""),
                        "groups": [group.text or "" for group in element.findall(_GROUP)],
                    },
                )

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
