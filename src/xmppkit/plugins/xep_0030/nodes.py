# SPDX-License-Identifier: MIT
"""The part of the plugin that says what this program is: identities, features and items of its addresses and nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from xmppkit.plugins.base import BasePlugin
from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo
from xmppkit.plugins.xep_0030.static import OPERATIONS
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["NodeOperations"]


class NodeOperations(BasePlugin):
    """What the plugin offers for saying what this program is. `XEP_0030` is the only class that builds on it.

    Each method calls an operation of the same name, and returns its future. The default handlers are through when the
    method returns, so that the future need not be awaited.

    :param jid: in all methods: the address that is meant; None: the own one.
    :param node: in all methods: the node that is meant; None: the address itself.
    """

    def _run(
        self, op: str, jid: OptJidStr, node: str | None, data: object, ifrom: OptJidStr = None
    ) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self.api[op](jid, node, ifrom, data)
        return done

    # --- handlers -----------------------------------------------------------------------------------------

    def set_node_handler(
        self,
        htype: str,
        jid: OptJidStr = None,
        node: str | None = None,
        handler: Callable[..., Any] | None = None,
    ) -> None:
        """Let a function take the place of an operation's default.

        :param htype: the operation, as ``get_info``.
        :param jid: for this address only; None: for all.
        :param node: for this node only; None: for all.
        :param handler: takes (jid, node, ifrom, args); a function or a coroutine function. None: the default again.
        """
        if handler is None:
            self.api.restore_default(htype, jid, node)
        else:
            self.api.register(handler, htype, jid, node)

    def del_node_handler(self, htype: str, jid: OptJidStr, node: str | None) -> None:
        """Undo `set_node_handler`. May be repeated."""
        self.api.unregister(htype, jid, node)

    def restore_defaults(
        self, jid: OptJidStr = None, node: str | None = None, handlers: Iterable[str] | None = None
    ) -> None:
        """Put the defaults of operations back for an address and a node, whatever is set more generally.

        :param handlers: the operations; None: all.
        """
        for op in OPERATIONS if handlers is None else handlers:
            self.api.restore_default(op, jid, node)

    # --- identities and features --------------------------------------------------------------------------

    def set_info(
        self, jid: OptJidStr = None, node: str | None = None, info: DiscoInfo | Iq | None = None
    ) -> asyncio.Future[None]:
        """Replace everything that is said of a node. `info`: None says nothing."""
        return self._run("set_info", jid, node, DiscoInfo() if info is None else info)

    def add_identity(
        self,
        category: str = "",
        itype: str = "",
        name: str = "",
        node: str | None = None,
        jid: OptJidStr = None,
        lang: str | None = None,
    ) -> asyncio.Future[None]:
        """Say what this program is. One identity of each category, type and language: the first stays.

        :param category: its category, as ``client``.
        :param itype: the type within it, as ``bot``.
        :param name: a name for people.
        :param lang: the language of the name.
        """
        return self._run(
            "add_identity", jid, node, {"category": category, "itype": itype, "name": name or None, "lang": lang}
        )

    def del_identity(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        *,
        category: str = "",
        itype: str = "",
        name: str | None = None,
        lang: str | None = None,
    ) -> asyncio.Future[None]:
        """Take an identity away, if it is there. The name does not matter."""
        return self._run("del_identity", jid, node, {"category": category, "itype": itype, "name": name, "lang": lang})

    def set_identities(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        *,
        identities: Iterable[tuple[str | None, ...]] = (),
        lang: str | None = None,
    ) -> asyncio.Future[None]:
        """Replace the identities.

        :param identities: tuples of category, type, language and name.
        :param lang: replace those in this language only.
        """
        return self._run("set_identities", jid, node, {"identities": identities, "lang": lang})

    def del_identities(
        self, jid: OptJidStr = None, node: str | None = None, *, lang: str | None = None
    ) -> asyncio.Future[None]:
        """Take all identities away, or those in one language."""
        return self._run("del_identities", jid, node, {"lang": lang})

    def add_feature(self, feature: str, node: str | None = None, jid: OptJidStr = None) -> asyncio.Future[None]:
        """Say that this program speaks a protocol. May be repeated."""
        return self._run("add_feature", jid, node, {"feature": feature})

    def del_feature(self, jid: OptJidStr = None, node: str | None = None, *, feature: str = "") -> asyncio.Future[None]:
        """Take a feature away, if it is there."""
        return self._run("del_feature", jid, node, {"feature": feature})

    def set_features(
        self, jid: OptJidStr = None, node: str | None = None, *, features: Iterable[str] = ()
    ) -> asyncio.Future[None]:
        """Replace the features."""
        return self._run("set_features", jid, node, {"features": features})

    def del_features(self, jid: OptJidStr = None, node: str | None = None) -> asyncio.Future[None]:
        """Take all features away."""
        return self._run("del_features", jid, node, {})

    # --- items --------------------------------------------------------------------------------------------

    def add_item(
        self,
        jid: OptJidStr = "",
        name: str = "",
        node: str | None = None,
        subnode: str = "",
        ijid: OptJidStr = None,
    ) -> asyncio.Future[None]:
        """Say that something belongs to this program.

        :param jid: the item's address; empty: the own one.
        :param name: a name for people.
        :param node: the node that it belongs to.
        :param subnode: the item's own node.
        :param ijid: the address that it belongs to; None: the own one.
        """
        data = {"ijid": jid or None, "name": name or None, "inode": subnode or None}
        return self._run("add_item", ijid, node, data)

    def del_item(
        self, jid: OptJidStr = None, node: str | None = None, *, ijid: OptJidStr = None, inode: str | None = None
    ) -> asyncio.Future[None]:
        """Take an item away, if it is there.

        :param ijid: the item's address; None: the own one.
        :param inode: the item's own node.
        """
        return self._run("del_item", jid, node, {"ijid": ijid or None, "inode": inode or None})

    def set_items(
        self, jid: OptJidStr = None, node: str | None = None, *, items: Iterable[tuple[Any, ...]] = ()
    ) -> asyncio.Future[None]:
        """Replace the items by tuples of address, node and name."""
        return self._run("set_items", jid, node, {"items": items})

    def del_items(self, jid: OptJidStr = None, node: str | None = None) -> asyncio.Future[None]:
        """Take all items away."""
        return self._run("del_items", jid, node, {})

    # --- asked about somebody -----------------------------------------------------------------------------

    def supports(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        feature: str | None = None,
        local: bool = False,
        cached: bool = True,
        ifrom: OptJidStr = None,
    ) -> asyncio.Future[bool | None]:
        """Whether an entity has a feature: a future of True, of False, or of None if nobody has answered.

        :param local: see `XEP_0030.get_info`, as for `cached` and `ifrom`; False decides by `jid`.
        """
        return self._run("supports", jid, node, {"feature": feature, "local": local, "cached": cached}, ifrom)

    def has_identity(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        category: str | None = None,
        itype: str | None = None,
        lang: str | None = None,
        local: bool = False,
        cached: bool = True,
        ifrom: OptJidStr = None,
    ) -> asyncio.Future[bool | None]:
        """Whether an entity is of some category, type and language, None for any: a future of True, of False, or of
        None if nobody has answered.

        :param local: see `supports`.
        """
        data = {"category": category, "itype": itype, "lang": lang, "local": local, "cached": cached}
        return self._run("has_identity", jid, node, data, ifrom)
