# SPDX-License-Identifier: MIT
"""Entity Capabilities 2.0 (XEP-0390): XEP-0115 with hashes that can be relied on."""

from __future__ import annotations

import asyncio
from typing import Any, Unpack

from xmppkit.exceptions import ConfigurationError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, filters, handles, register_plugin
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115.asking import Claim
from xmppkit.plugins.xep_0115.own import Announcement
from xmppkit.plugins.xep_0300.functions import canonical, digests
from xmppkit.plugins.xep_0390 import stanza
from xmppkit.plugins.xep_0390.hashing import certified, hash_input, node_of, parse_node, with_languages
from xmppkit.plugins.xep_0390.stanza import CAPS2, Capabilities2, Hash
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence
from xmppkit.types import OptJidStr

__all__ = ["XEP_0390"]

#: How many hashes of a set are looked at.
_HASHES = 10


class _Caps2:
    """XEP-0390's way to announce capabilities; see `xmppkit.plugins.xep_0115.caps.Scheme`."""

    def __init__(self, plugin: XEP_0390) -> None:
        self._plugin = plugin

    def claim(self, holder: ElementBase) -> Claim | None:
        """The hash of a set that we like best."""
        caps = Capabilities2.of(holder)
        if caps is None:
            return None
        nodes: dict[str, str] = {}
        for each in caps.hashes[:_HASHES]:
            node = _node(each)
            if node is not None:
                nodes.setdefault(canonical(each.algo) or "", node)
        if not nodes:
            return None
        liked = (canonical(name) or "" for name in self._plugin.functions)
        best = next((name for name in liked if name in nodes), next(iter(nodes)))
        node = nodes[best]
        return Claim(node, node, lambda info: certified(info, node))

    def proves(self, key: str, info: DiscoInfo) -> bool:
        """Whether a node is that of an answer's hash."""
        return certified(info, key) is not None


def _node(each: Hash) -> str | None:
    """The node of a hash; None: it is none, or of a function that is not known or weak."""
    if not each.algo or each.digest is None or len(each.digest) > 64:
        return None
    node = node_of(each.algo, each.digest)
    return node if parse_node(node) is not None else None


class XEP_0390(BasePlugin):  # noqa: N801  # not slixmpp's, which has none, but named as all are
    """Entity Capabilities 2.0.

    What is known, and who announces what, is kept by xep_0115, whose operations, bounds and events hold for both.
    A hash goes by the name of its node there, ``urn:xmpp:caps#sha-256.…``. Of a presence with both kinds this one
    counts."""

    name = "xep_0390"
    description = "XEP-0390: Entity Capabilities 2.0"
    dependencies = frozenset({"xep_0030", "xep_0115"})
    wakes_on = (stanza.Capabilities2.tag_name(),)
    wakes_on_presence = True
    stanza = stanza
    disco_features = (CAPS2,)

    broadcast = Option(bool, True, doc="put capabilities into the presence that is sent")
    functions = Option(tuple, ("sha-256", "sha3-256"), doc="hash functions by XEP-0300's names, the best liked first")

    def plugin_init(self) -> None:
        """Take part in what xep_0115 does."""
        unknown = [name for name in self.functions if canonical(name) is None]
        if unknown or not self.functions:
            raise ConfigurationError(f"XEP_0390.functions cannot be {self.functions!r}: hash functions, as sha-256")
        caps = self.xmpp.plugin["xep_0115"]
        scheme = _Caps2(self)
        caps.schemes.insert(0, scheme)
        self.on_end(lambda: caps.schemes.remove(scheme))
        if not self.xmpp.is_component:
            self.register_feature("caps2", caps.server_announces, order=10_011)

    # --- what this program announces ----------------------------------------------------------------------

    def hash_set(self, info: DiscoInfo, *functions: str) -> list[Hash]:
        """The hashes of an answer (§4.2).

        :param info: the answer.
        :param functions: names of hash functions; none: those of the option.
        :raises InvalidValue: the answer cannot be hashed, or there is no such function.
        """
        made = []
        for name, digest in digests([hash_input(info)], functions or self.functions).items():
            each = Hash()
            each.algo, each.digest = name, digest
            made.append(each)
        return made

    def current(self, jid: OptJidStr = None) -> list[Hash] | None:
        """The hashes of what an own address is now; None: there are none.

        :param jid: the own address; None: the own one.
        """

        def announce(info: DiscoInfo) -> Announcement[list[Hash]] | None:
            answer = with_languages(info, self.xmpp.default_lang)
            try:
                hashes = self.hash_set(answer)
            except ValueError:
                return None
            return Announcement(hashes, tuple(node_of(each["algo"], each.digest or b"") for each in hashes), answer)

        hashes: list[Hash] | None = self.xmpp.plugin["xep_0115"].own.current(
            JID(jid) if jid else self.xmpp.boundjid, announce
        )
        return hashes

    @filters("out")
    def _filter_add_caps(self, sent: Any) -> Any:
        if not (isinstance(sent, Presence) and self.broadcast) or sent.xml.get("type"):
            return sent
        own = self.xmpp.plugin["xep_0115"].own
        present = Capabilities2.of(sent)
        if present is not None and not all(own.has_announced(_node(each) or "") for each in present.hashes):
            return sent  # the program says something itself
        hashes = self.current(sent["from"])
        if hashes:
            caps = present or Capabilities2(parent=sent)
            caps.hashes = hashes
        return sent

    async def update_caps(
        self, jid: OptJidStr = None, node: str | None = None, preserve: bool = False, broadcast: bool = True
    ) -> None:
        """Say anew what this program can do; see `XEP_0115.update_caps`, which this is."""
        await self.xmpp.plugin["xep_0115"].update_caps(jid, node, preserve, broadcast)

    def send_caps(
        self, jid: OptJidStr = None, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> asyncio.Future[Iq]:
        """Tell the server what this program can do before the first presence (§5.6). Servers that want it announce
        ``urn:xmpp:caps:gratuitous``.

        :param jid: the server; None: the own one.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid or self.xmpp.boundjid.domain, ifrom=ifrom)
        caps = Capabilities2(parent=iq)
        caps.hashes = self.current(ifrom) or []
        return iq.send(**iqkwargs)

    # --- what others announce -----------------------------------------------------------------------------

    @handles("presence/caps2", "Entity Capabilities 2.0")
    def _handle_caps(self, presence: Presence) -> None:
        if not presence.xml.get("type") and "caps" not in presence:  # xep_0115 hands over those that have both
            self.xmpp.plugin["xep_0115"].announced(presence)

    async def get_caps(self, jid: OptJidStr = None) -> DiscoInfo | None:
        """What an address can do, without asking anybody; None: it is not known. See `XEP_0115.get_caps`."""
        found: DiscoInfo | None = await self.xmpp.plugin["xep_0115"].get_caps(jid)
        return found


register_plugin(XEP_0390)
