# SPDX-License-Identifier: MIT
"""The default handlers of XEP-0030's operations: everything is kept in memory.

Two stores. *Nodes* hold what this program says of its own addresses. The *cache* holds what others have answered; it
is bounded, and what was not used for the longest time goes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Final, Protocol, cast

from xmppkit.exceptions import IqTimeout, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.kept import KeptInfo
from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo
from xmppkit.plugins.xep_0030.stanza.items import DiscoItems
from xmppkit.stanza.iq import Iq

__all__ = ["CACHE_ENTRIES", "CACHE_SIZE", "OPERATIONS", "StaticDisco"]

#: Answers that are cached at most, and how much they may weigh together: about as many bytes in memory.
CACHE_ENTRIES: Final = 1000
CACHE_SIZE: Final = 16 * 1024 * 1024

#: The names of the operations.
OPERATIONS: Final = frozenset(
    {
        "get_info",
        "set_info",
        "set_identities",
        "del_identities",
        "add_identity",
        "del_identity",
        "has_identity",
        "set_features",
        "del_features",
        "add_feature",
        "del_feature",
        "supports",
        "get_items",
        "set_items",
        "del_items",
        "add_item",
        "del_item",
        "cache_info",
        "get_cached_info",
    }
)

Data = Mapping[str, Any]


class _Asker(Protocol):
    """What is needed of the plugin."""

    async def get_info(
        self, jid: JID, node: str, local: bool | None, cached: bool | None, *, ifrom: JID | None
    ) -> Any: ...


class _Node:
    """What is said of one node of one address."""

    __slots__ = ("info", "items")

    def __init__(self, node: str) -> None:
        self.info = DiscoInfo()
        self.items = DiscoItems()
        if node:
            self.info.node = self.items.node = node


class StaticDisco:
    """The handlers of the operations.

    :param xmpp: the stream.
    :param disco: the plugin.
    """

    def __init__(self, xmpp: Any, disco: _Asker) -> None:
        self.xmpp = xmpp
        self.disco = disco
        self._nodes: dict[tuple[str, str], _Node] = {}
        #: What the plugins speak, as long as it is all that is said of the own address: a tuple for each, its class's.
        self._announced: list[tuple[str, ...]] = []
        #: Asker, asked, node → the answer; the latest used is the last.
        self._cache: dict[tuple[str, str, str], KeptInfo] = {}
        self._cached_size = 0

    # --- nodes --------------------------------------------------------------------------------------------

    def _key(self, jid: JID, node: str) -> tuple[str, str]:
        """A client's own data hold for whatever resource it has been given, also before it has one."""
        if not self.xmpp.is_component and jid.bare == self.xmpp.boundjid.bare:
            return "", node
        return jid.full, node

    def _new(self, key: tuple[str, str]) -> _Node:
        node = _Node(key[1])
        if key == self._key(self.xmpp.boundjid, ""):
            for features in self._announced:
                for feature in features:
                    node.info.add_feature(feature)
        return node

    def _existing(self, jid: JID, node: str) -> _Node:
        key = self._key(jid, node)
        found = self._nodes.get(key)
        if found is None:
            if node:
                raise XMPPError("item-not-found")  # XEP-0030 §7
            found = self._new(key)
        return found

    def _made(self, jid: JID, node: str) -> _Node:
        key = self._key(jid, node)
        if key not in self._nodes:
            self._nodes[key] = self._new(key)
            if key == self._key(self.xmpp.boundjid, ""):
                self._announced.clear()
        return self._nodes[key]

    def announce(self, features: tuple[str, ...]) -> bool:
        """Say that this program speaks what a plugin says. Costs next to nothing until somebody asks.

        :returns: whether any of it is news.
        """
        own = self._nodes.get(self._key(self.xmpp.boundjid, ""))
        if own is not None:
            news = [own.info.add_feature(feature) for feature in features]
            return any(news)
        known = {feature for each in self._announced for feature in each}
        if features not in self._announced:
            self._announced.append(features)
        return not known.issuperset(features)

    def hand_over(self, features: tuple[str, ...]) -> None:
        """A plugin for which this was announced while it slept says it itself from now on."""
        if features in self._announced:
            self._announced.remove(features)

    def withdraw(self, features: tuple[str, ...]) -> None:
        """Undo `announce`."""
        if features in self._announced:
            self._announced.remove(features)
        else:
            own = self._made(self.xmpp.boundjid, "")
            for feature in features:
                own.info.del_feature(feature)

    def own_info(self, jid: JID, node: str) -> DiscoInfo:
        """What is said of the node, itself, for plugins that say more of it in other elements. It is made if it is not
        there."""
        return self._made(jid, node).info

    def get_info(self, jid: JID, node: str, ifrom: JID | None, data: object) -> DiscoInfo:
        """What is said of the node; nothing of the address itself if nobody said anything."""
        return copy(self._existing(jid, node).info)

    def set_info(self, jid: JID, node: str, ifrom: JID | None, data: DiscoInfo | Iq) -> None:
        """Replace what is said of the node by `data`."""
        made = self._made(jid, node)
        made.info = copy(_info_of(data))
        made.info.node = node or None

    def set_identities(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Replace the identities of the node; `data`: ``identities``, and ``lang`` to replace those in one language."""
        self._made(jid, node).info.set_identities(data.get("identities", ()), data.get("lang"))

    def del_identities(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Remove the identities of the node; `data`: ``lang`` to remove those in one language only."""
        self._made(jid, node).info.del_identities(data.get("lang"))

    def add_identity(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Add an identity to the node; `data`: ``category``, ``itype``, ``name``, ``lang``."""
        self._made(jid, node).info.add_identity(
            data.get("category", ""), data.get("itype", ""), data.get("name"), data.get("lang")
        )

    def del_identity(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Remove an identity of the node; `data` as for `add_identity`."""
        self._made(jid, node).info.del_identity(
            data.get("category", ""), data.get("itype", ""), data.get("name"), data.get("lang")
        )

    def set_features(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Replace the features of the node; `data`: ``features``."""
        self._made(jid, node).info["features"] = data.get("features", ())

    def del_features(self, jid: JID, node: str, ifrom: JID | None, data: object) -> None:
        """Remove all features of the node."""
        del self._made(jid, node).info["features"]

    def add_feature(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Add a feature to the node; `data`: ``feature``."""
        self._made(jid, node).info.add_feature(data.get("feature", ""))

    def del_feature(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Remove a feature of the node; `data`: ``feature``."""
        self._made(jid, node).info.del_feature(data.get("feature", ""))

    def get_items(self, jid: JID, node: str, ifrom: JID | None, data: object) -> DiscoItems:
        """The items of the node."""
        return copy(self._existing(jid, node).items)

    def set_items(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Replace the items of the node; `data`: ``items``."""
        self._made(jid, node).items.set_items(data.get("items", ()))

    def del_items(self, jid: JID, node: str, ifrom: JID | None, data: object) -> None:
        """Remove all items of the node."""
        self._made(jid, node).items.del_items()

    def add_item(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Add an item to the node; `data`: ``ijid``, ``inode``, ``name``, those of the item."""
        self._made(jid, node).items.add_item(
            data.get("ijid") or self.xmpp.boundjid.full, data.get("inode"), data.get("name")
        )

    def del_item(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> None:
        """Remove an item of the node; `data`: ``ijid``, ``inode``."""
        self._made(jid, node).items.del_item(data.get("ijid") or self.xmpp.boundjid.full, data.get("inode"))

    # --- questions ----------------------------------------------------------------------------------------

    async def _ask(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> DiscoInfo | bool | None:
        """The information; False when there is none, None when nobody has answered."""
        try:
            local = True if data.get("local") else None
            info = await self.disco.get_info(jid, node, local, data.get("cached", False), ifrom=ifrom)
        except IqTimeout:
            return None
        except XMPPError:
            return False
        return _info_of(info)

    async def supports(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> bool | None:
        """Whether a feature is among those of the node; None when nobody has answered.

        `data`: ``feature``, and ``local``, ``cached`` as for `XEP_0030.get_info`.
        """
        info = await self._ask(jid, node, ifrom, data)
        if not isinstance(info, DiscoInfo):
            return info
        return data.get("feature") in info["features"]

    async def has_identity(self, jid: JID, node: str, ifrom: JID | None, data: Data) -> bool | None:
        """Whether the node is of some category, type, or language of the two; None when nobody has answered.

        `data`: ``category``, ``itype``, ``lang``, of which one that is absent or None fits all; ``local``, ``cached``
        as for `XEP_0030.get_info`.
        """
        info = await self._ask(jid, node, ifrom, data)
        if not isinstance(info, DiscoInfo):
            return info
        wanted = (data.get("category"), data.get("itype"), data.get("lang"))
        return any(
            all(want in (None, has) for want, has in zip(wanted, each[:3], strict=True)) for each in info["identities"]
        )

    # --- the cache ----------------------------------------------------------------------------------------

    def cache_info(self, jid: JID, node: str, ifrom: JID | str | None, data: DiscoInfo | Iq) -> None:
        """Keep what `jid` has answered to `ifrom`."""
        key = (str(ifrom or ""), jid.full, node)
        self._forget(key)
        self._cache[key] = kept = KeptInfo(_info_of(data))
        self._cached_size += kept.weight
        while len(self._cache) > CACHE_ENTRIES or self._cached_size > CACHE_SIZE:
            self._forget(next(iter(self._cache)))

    def get_cached_info(self, jid: JID, node: str, ifrom: JID | str | None, data: object) -> DiscoInfo | None:
        """What `jid` has answered to `ifrom`; None when that is not known any more."""
        key = (str(ifrom or ""), jid.full, node)
        found = self._cache.pop(key, None)
        if found is None:
            return None
        self._cache[key] = found  # the latest used is the last
        return found.info()

    def _forget(self, key: tuple[str, str, str]) -> None:
        known = self._cache.pop(key, None)
        if known is not None:
            self._cached_size -= known.weight


def _info_of(data: Any) -> DiscoInfo:
    return cast(DiscoInfo, data["disco_info"]) if isinstance(data, Iq) else data
