# SPDX-License-Identifier: MIT
"""What belongs to an entity (XEP-0030 §4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final, NamedTuple

from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr

__all__ = ["DISCO_ITEMS", "DiscoItem", "DiscoItems", "Item"]

DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"


class Item(NamedTuple):
    """An item as plain values, as ``stanza['items']`` has it.

    :ivar jid: its address, as text.
    :ivar node: its node at that address; None: the address is all there is to say.
    :ivar name: a name for people; None: none.
    """

    jid: str
    node: str | None = None
    name: str | None = None


class DiscoItem(ElementBase):
    """An item."""

    __slots__ = ()

    name = "item"
    namespace = DISCO_ITEMS
    plugin_attrib = "item"
    interfaces: ClassVar[set[str]] = {"jid", "node", "name"}

    jid = Attr(JID, raw=True, absent="", doc="its address")
    node = Attr(str, doc="its node at that address; None: the address is all there is to say")
    name_ = Attr(str, key="name", name="name", doc="a name for people")

    def get_node(self) -> str | None:
        """The node; None when there is none."""
        return type(self).node.get(self) or None

    def get_name(self) -> str | None:
        """The name; None when there is none."""
        return type(self).name_.get(self) or None


class DiscoItems(ElementBase, parents=(Iq,)):
    """The question what belongs to an entity, and the answer.

    ``items.items`` is a list of `DiscoItem`, as is iterating; ``items['items']`` is a set of `Item`.
    """

    __slots__ = ()

    name = "query"
    namespace = DISCO_ITEMS
    plugin_attrib = "disco_items"
    interfaces: ClassVar[set[str]] = {"node", "items"}

    node = Attr(str, doc="what is asked about, within the entity; None: the entity itself")
    items = Children(DiscoItem, doc="what belongs to it")

    def _find(self, jid: JidStr, node: str | None) -> DiscoItem | None:
        address = JID(jid)
        for item in type(self).items.get(self):
            if item.jid == address and (item.node or None) == (node or None):
                return item
        return None

    def add_item(self, jid: JidStr, node: str | None = None, name: str | None = None) -> bool:
        """Add an item; False when one of this address and node is there."""
        if self._find(jid, node) is not None:
            return False
        self.append(_item(jid, node, name))
        return True

    def del_item(self, jid: JidStr, node: str | None = None) -> bool:
        """Remove an item; False when there is none of this address and node."""
        found = self._find(jid, node)
        if found is None:
            return False
        self._remove(found.xml)
        return True

    def get_items(self) -> set[Item]:
        """The items that have an address, as plain values."""
        items = type(self).items.get(self)
        return {Item(item["jid"], item["node"], item["name"]) for item in items if item.jid is not None}

    def set_items(self, items: Iterable[Any]) -> None:
        """Replace the items by tuples (address, node, name), of which node and name may be left out, or by
        `DiscoItem` objects."""
        made: dict[tuple[str, str | None], DiscoItem] = {}
        for each in items:
            item = each if isinstance(each, DiscoItem) else _item(*each)
            made.setdefault((item["jid"], item["node"]), item)
        type(self).items.set(self, made.values())

    def del_items(self) -> None:
        """Remove the items."""
        type(self).items.delete(self)


def _item(jid: JidStr, node: str | None = None, name: str | None = None) -> DiscoItem:
    item = DiscoItem()
    item["jid"] = jid
    item["node"] = node
    item["name"] = name
    return item
