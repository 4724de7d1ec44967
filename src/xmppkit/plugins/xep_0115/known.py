# SPDX-License-Identifier: MIT
"""The part of the plugin that knows what others and this program can do, and answers xep_0030's questions from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, api_operation
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115.own import Announcement, OwnCaps
from xmppkit.plugins.xep_0115.store import Announced
from xmppkit.plugins.xep_0115.verification import ALGORITHMS, generate_verstring
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr
from xmppkit.version import __version__

__all__ = ["AWARE", "KEYS", "Aware", "Keys", "KnownCaps"]

#: The operations for who announces which hash.
KEYS: Final = frozenset({"assign_verstring", "get_verstring"})

#: The operations of xep_0030 that know more with this plugin.
AWARE: Final = frozenset({"supports", "has_identity", "get_cached_info"})


class KnownCaps(BasePlugin):
    """What is known of others, and of this program. `XEP_0115` is the only class that builds on it."""

    #: Who announces which hash.
    known_keys: Announced
    #: What this program announces.
    own: OwnCaps
    #: Hashes that have been found to be known in this session.
    proved: dict[str, None]

    hash = Option(str, "sha-1", choices=list(ALGORITHMS), doc="the hash function of our own announcement")
    caps_node = Option(str, None, doc="a URI that identifies the program; None: one of xmppkit, with its version")

    @property
    def node(self) -> str:
        """The URI that identifies the program."""
        return self.caps_node or f"urn:x-xmppkit:{__version__}"

    def current(self, jid: JID) -> str | None:
        """The verification string of what an own address is now; None: it has none."""

        def announce(info: DiscoInfo) -> Announcement[str] | None:
            ver = generate_verstring(info, self.hash)
            return Announcement(ver, (f"{self.node}#{ver}",), info) if ver else None

        return self.own.current(jid, announce)

    def get_verstring(self, jid: OptJidStr = None) -> asyncio.Future[str | None]:
        """The hash that an address announces; None when none is known.

        :param jid: the full address; None: the own one.
        """
        done: asyncio.Future[str | None] = self.api["get_verstring"](jid, None, None, None)
        return done

    def assign_verstring(self, jid: OptJidStr = None, verstring: str | None = None) -> asyncio.Future[None]:
        """Note that an address announces a hash; None: that it does no more.

        :param jid: the full address; None: the own one.
        """
        done: asyncio.Future[None] = self.api["assign_verstring"](jid, None, None, {"verstring": verstring})
        return done

    def cache_caps(self, verstring: str | None = None, info: DiscoInfo | Iq | None = None) -> asyncio.Future[None]:
        """Keep what a hash stands for. It is not checked: the program knows what it says. A storage keeps it only if it
        is right."""
        done: asyncio.Future[None] = self.api["cache_caps"](
            None, None, None, {"verstring": verstring or "", "info": DiscoInfo() if info is None else info}
        )
        return done

    async def get_caps(self, jid: OptJidStr = None, verstring: str | None = None) -> DiscoInfo | None:
        """What an address can do, or what a hash stands for, without asking anybody; None: it is not known.

        :param jid: the full address; None: the own one.
        :param verstring: the hash; None: the one that `jid` announces.
        """
        key = verstring or await self.get_verstring(jid)
        if not key:
            return None
        if verstring is None and (not jid or jid == self.xmpp.boundjid):
            return self.own.info(JID(jid or self.xmpp.boundjid))
        found: DiscoInfo | None = await self.api["get_caps"](jid, None, None, {"verstring": key})
        if found is None:
            self.proved.pop(key, None)  # it has been forgotten
        return found

    def note(self, jid: JID, key: str | None, ifrom: JID | None = None) -> None:
        """`assign_verstring`, at once where nobody has replaced the operation."""
        if self.api.is_replaced("assign_verstring"):
            self.api["assign_verstring"](jid, None, ifrom, {"verstring": key})
        else:
            self.known_keys.put(jid, key)

    @api_operation()
    async def supports(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> bool | None:
        """xep_0030's question whether an entity has a feature, answered from what is known, if it is."""
        info = await self.known_info(jid, node, args)
        if info is not None:
            return args.get("feature") in info.features
        found: bool | None = await self.xmpp.plugin["xep_0030"].static.supports(jid, node, ifrom, args)
        return found

    @api_operation()
    async def has_identity(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> bool | None:
        """xep_0030's question whether an entity is of a kind, answered from what is known, if it is."""
        info = await self.known_info(jid, node, args)
        if info is not None:
            wanted = (args.get("category"), args.get("itype"), args.get("lang"))
            return any(
                all(want in (None, has) for want, has in zip(wanted, each, strict=False)) for each in info.identities
            )
        found: bool | None = await self.xmpp.plugin["xep_0030"].static.has_identity(jid, node, ifrom, args)
        return found

    async def known_info(self, jid: JID, node: str, args: Mapping[str, Any]) -> DiscoInfo | None:
        """What others have announced and proved, if xep_0030 may answer from it."""
        if node or args.get("local") or not args.get("cached", True) or jid == self.xmpp.boundjid:
            return None
        return await self.get_caps(jid)


class Keys:
    """The default handlers of the operations for who announces which hash: in memory, since it holds for a session."""

    def __init__(self, caps: KnownCaps) -> None:
        self._caps = caps

    def assign_verstring(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> None:
        """Keep which hash `jid` announces; `data`: ``verstring``, None for none any more."""
        self._caps.known_keys.put(jid, args["verstring"])

    def get_verstring(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str | None:
        """Which hash `jid` announces; None if none is known."""
        announced = self._caps.known_keys.get(jid)
        return announced or (self._caps.current(jid) if jid == self._caps.xmpp.boundjid else None)


class Aware:
    """Operations of xep_0030 that look at what is known first."""

    def __init__(self, caps: KnownCaps) -> None:
        self._caps = caps

    def supports(self, jid: JID, node: str, ifrom: JID | None, args: Any) -> Any:
        """Whether the node has the feature, by its hash (XEP-0115) or its answer; `data`: ``feature``."""
        return self._caps.api["supports"](jid, node, ifrom, args)

    def has_identity(self, jid: JID, node: str, ifrom: JID | None, args: Any) -> Any:
        """Whether the node has the identity, likewise; `data`: ``category``, ``itype``, ``lang``."""
        return self._caps.api["has_identity"](jid, node, ifrom, args)

    async def get_cached_info(self, jid: JID, node: str, ifrom: JID | str | None, args: Any) -> DiscoInfo | None:
        """What `jid` is known to have said of the node: by its hash (XEP-0115), or in an answer that was kept."""
        known = await self._caps.known_info(jid, node, args or {})
        if known is not None:
            return known
        found: DiscoInfo | None = self._caps.xmpp.plugin["xep_0030"].static.get_cached_info(jid, node, ifrom, args)
        return found
