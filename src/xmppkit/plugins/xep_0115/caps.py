# SPDX-License-Identifier: MIT
"""Entity Capabilities (XEP-0115): saying in presence what this program can do, and knowing it of others unasked."""

from __future__ import annotations

import base64
import binascii
from copy import copy
from typing import Any, Final, NamedTuple, Protocol

from xmppkit.dispatch.events import Event
from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option, filters, handles, listens, register_plugin
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115 import stanza
from xmppkit.plugins.xep_0115.asking import Asker, Claim, Entity, Limits
from xmppkit.plugins.xep_0115.known import AWARE, KEYS, Aware, Keys, KnownCaps
from xmppkit.plugins.xep_0115.own import OwnCaps
from xmppkit.plugins.xep_0115.stanza import CAPS, Capabilities
from xmppkit.plugins.xep_0115.store import OPERATIONS, Announced, MemoryCaps, StoredCaps
from xmppkit.plugins.xep_0115.verification import ALGORITHMS, certified, generate_verstring, hashed_part
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.types import OptJidStr

__all__ = ["XEP_0115", "CapsKnown", "Scheme"]

#: How many hashes are known to be known, and how many announcements are remembered as they were written.
_PROVED: Final = 100
_CLAIMS: Final = 100
#: Characters that the parts of an announcement may have: a hash, and a URI.
_LONGEST: Final = 1000
_CAPS: Final = Capabilities.tag_name()
_BY_LENGTH: Final = {made(b"").digest_size: name for name, made in ALGORITHMS.items()}


class CapsKnown(NamedTuple):
    """What an entity announces has been proved.

    :ivar jid: the entity.
    :ivar info: what it can do.
    """

    jid: JID
    info: DiscoInfo


class Scheme(Protocol):
    """A way to announce capabilities: XEP-0115's, or XEP-0390's."""

    def claim(self, holder: ElementBase) -> Claim | None:
        """What a presence or the stream's features announce; None: nothing that could be asked for."""

    def proves(self, key: str, info: DiscoInfo) -> bool:
        """Whether a key is the hash of an answer."""


class _Caps:
    """XEP-0115's way."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str | None, ...], Claim | None] = {}

    def claim(self, holder: ElementBase) -> Claim | None:
        """See `Scheme.claim`."""
        caps = holder.xml.find(_CAPS)  # no object is made of it: thousands may come at once
        if caps is None:
            return None
        said = (caps.get("hash"), caps.get("ver"), caps.get("node"))
        if said not in self._claims:
            if len(self._claims) >= _CLAIMS:
                self._claims.clear()
            self._claims[said] = self._claim(*said)
        return self._claims[said]

    @staticmethod
    def _claim(hash_: str | None, ver: str | None, node: str | None) -> Claim | None:
        if not hash_ or not ver or len(ver) + len(node or "") > _LONGEST:
            return None
        node = f"{node or ''}#{ver}"
        if hash_.lower() not in ALGORITHMS:
            return Claim(None, node, hashed_part)  # §5.4: it holds for that address only
        if _size(ver) != ALGORITHMS[hash_.lower()](b"").digest_size:
            return None
        return Claim(ver, node, lambda info: certified(info, ver, hash_))

    def proves(self, key: str, info: DiscoInfo) -> bool:
        """See `Scheme.proves`."""
        function = _BY_LENGTH.get(_size(key))
        return function is not None and certified(info, key, function) is not None


def _size(ver: str) -> int:
    try:
        return len(base64.b64decode(ver.encode("ascii"), validate=True))
    except (binascii.Error, UnicodeEncodeError):
        return 0


class XEP_0115(KnownCaps):  # noqa: N801  # slixmpp's name
    """Entity Capabilities.

    ====================  ==========================  ==================================================================
    operation             its argument, a dict        what it does
    ====================  ==========================  ==================================================================
    ``cache_caps``        ``verstring``, ``info``     keeps what a hash stands for
    ``get_caps``          ``verstring``               returns that, a `DiscoInfo`; None: it is not known
    ``assign_verstring``  ``verstring``               notes that the address announces the hash; None: that it is gone
    ``get_verstring``     None                        returns the hash that the address announces
    ``supports``          as of xep_0030              answers xep_0030's question from what is known
    ``has_identity``      as of xep_0030              answers xep_0030's question from what is known
    ====================  ==========================  ==================================================================
    """

    name = "xep_0115"
    description = "XEP-0115: Entity Capabilities"
    dependencies = frozenset({"xep_0030", "xep_0004", "xep_0128"})
    wakes_on_connect = True  # servers announce theirs with the features of the stream (§6.3)
    wakes_on_presence = True
    sleeps_through = frozenset({"session_start"})
    stanza = stanza
    disco_features = (CAPS,)
    events = (
        Event("entity_caps", Presence, "a presence with capabilities has come; nothing is proved", "XEP-0115 §6.1"),
        Event("entity_caps_legacy", Presence, "a presence with the old format has come", "XEP-0115 §13"),
        Event("entity_caps_known", CapsKnown, "it is known what somebody who is there can do", "XEP-0115 §5.4"),
    )

    broadcast = Option(bool, True, doc="put capabilities into the presence that is sent")
    cache = Option(object, None, doc="COMPAT(slixmpp 1.17): an object of xmppkit.util.cache that keeps what is known")
    burst = Option(int, 50, minimum=1, doc="questions that may go out at once: to contacts, and to others")
    per_second = Option(float, 1.0, minimum=0.001, doc="how many more questions may go out each second")
    max_waiting = Option(int, 200, minimum=1, doc="hashes that may wait for being asked for")

    def plugin_init(self) -> None:
        """Set the operations up."""
        #: The ways to announce capabilities, the best first. A presence is taken by the first that finds something.
        self.schemes: list[Scheme] = [_Caps()]
        self.known_keys = Announced()
        self.proved: dict[str, None] = {}
        self.register_operations(Keys(self), KEYS)
        #: What this program announces.
        self.own = OwnCaps(self.xmpp)
        #: What the server has announced in the features of the stream (§6.3).
        self._server_claim: Claim | None = None
        self._asker = Asker(self.xmpp, lambda: Limits(self.burst, self.per_second, self.max_waiting), self._known)
        self.register_store(
            OPERATIONS, MemoryCaps(lambda: self.cache, self._proves), lambda storage: StoredCaps(storage, self._proves)
        )
        self.on_end(self._asker.forget)
        self.on_end(self.own.forget)
        disco = self.xmpp.plugin["xep_0030"]
        disco.api.register_defaults(Aware(self), AWARE)
        self.on_end(lambda: self.own.is_ready and disco.api.register_defaults(disco.static, AWARE))
        if not self.xmpp.is_component:
            self.register_feature("caps", self.server_announces, order=10_010)

    def _proves(self, key: str, info: DiscoInfo) -> bool:
        return any(scheme.proves(key, info) for scheme in self.schemes)

    # --- what this program announces ----------------------------------------------------------------------

    def generate_verstring(self, info: DiscoInfo, hash: str) -> str | None:
        """The verification string of an answer (§5.1); None for an unknown function or an ill-formed answer.

        :param info: the answer.
        :param hash: the hash function, as ``sha-1``.
        """
        return generate_verstring(info, hash)

    @filters("out")
    def _filter_add_caps(self, sent: Any) -> Any:
        if not (isinstance(sent, Presence) and self.broadcast) or sent.xml.get("type") or not self.own.is_ready:
            return sent
        present = Capabilities.of(sent)
        if present is not None and present.node != self.node:
            return sent  # the program says something itself
        ver = self.current(sent["from"] or self.xmpp.boundjid)
        if ver:
            caps = present or Capabilities(parent=sent)
            caps.hash_, caps.node, caps.ver = self.hash, self.node, ver
        return sent

    async def update_caps(
        self, jid: OptJidStr = None, node: str | None = None, preserve: bool = False, broadcast: bool = True
    ) -> None:
        """Say anew what this program can do, after features, identities or forms have changed. What is sent later says
        it by itself, unless the program answers service discovery with a coroutine function of its own.

        :param jid: the own address that is meant, for components; None: the own one.
        :param node: the node that is meant; None: the address itself.
        :param preserve: send each contact again what was last sent to it, instead of one presence to all.
        :param broadcast: send presence; without it the next presence says it.
        """
        if not self.own.is_ready:
            return  # others may call this while they are disabled, and this plugin was before
        own = JID(jid) if jid else self.xmpp.boundjid
        info = await self.xmpp.plugin["xep_0030"].get_info(own, node, local=True)
        self.own.note(own, info["disco_info"] if isinstance(info, Iq) else info)
        ver = self.current(own)
        if ver:
            await self.api["assign_verstring"](own, None, None, {"verstring": ver})
        if not (broadcast and self.broadcast and self.xmpp.sessionstarted and self.own.is_ready):
            return
        roster = self.xmpp.roster[own]
        if self.xmpp.is_component or preserve:
            for contact in list(roster):
                roster[contact].send_last_presence()
        else:
            roster.send_last_presence()

    # --- what others announce -----------------------------------------------------------------------------

    @handles("presence/caps", "Entity Capabilities")
    def _handle_caps(self, presence: Presence) -> None:
        if presence.xml.get("type"):
            return  # somebody who goes, or a presence of ours that has come back
        self.xmpp.event("entity_caps", presence)
        caps = presence.xml.find(_CAPS)
        if caps is not None and not caps.get("hash"):
            self.xmpp.event("entity_caps_legacy", presence)
        self.announced(presence)

    def announced(self, presence: Presence) -> None:
        """Take what a presence announces. The first of the `schemes` that finds something is believed, once it is
        proved."""
        sender = presence["from"]
        if not sender or sender == self.xmpp.boundjid:
            return
        claim = next(filter(None, (scheme.claim(presence) for scheme in self.schemes)), None)
        if claim is None:
            self.note(sender, None)  # what it announced before does not hold any more
            return
        own = presence["to"] if self.xmpp.is_component and presence["to"] else None
        if claim.key in self.proved and not self.xmpp.event_handled("entity_caps_known"):
            self.note(sender, claim.key, own)  # a room may have ten thousand with one key: nothing else need be done
            return
        if claim.key is not None and self._asker.has_enough(claim.key):
            self.note(sender, claim.key, own)  # nor while the first few of them are asked
            return
        self.xmpp.spawn(self._take(claim, Entity(sender, own, self._is_contact(sender, own))))

    def _is_contact(self, sender: JID, own: JID | None) -> bool:
        if sender.bare == self.xmpp.boundjid.bare:
            return True
        roster = self.xmpp.client_roster if own is None else self.xmpp.roster.passing(own)
        return sender in roster and roster[sender]["subscription"] in ("to", "both")

    async def _take(self, claim: Claim, entity: Entity) -> None:
        if claim.key is not None:
            await self.api["assign_verstring"](entity.jid, None, entity.own, {"verstring": claim.key})
            info = await self.get_caps(verstring=claim.key)
            if info is not None:
                self._note_proved(claim.key)
                self.xmpp.event("entity_caps_known", CapsKnown(entity.jid, info))
                return
        self._asker.consider(claim, entity)

    async def _known(self, claim: Claim, entity: Entity, info: DiscoInfo) -> None:
        if claim.key is None:
            await self.xmpp.plugin["xep_0030"].api["cache_info"](entity.jid, None, entity.own, info)
        else:
            await self.cache_caps(claim.key, info)
            self._note_proved(claim.key)
        self.xmpp.event("entity_caps_known", CapsKnown(entity.jid, copy(info)))

    def _note_proved(self, key: str) -> None:
        self.proved[key] = None
        if len(self.proved) > _PROVED:
            del self.proved[next(iter(self.proved))]

    def server_announces(self, features: StreamFeatures) -> None:
        """Take what the server announces in the features of the stream (§6.3). It is asked when the session starts."""
        self._server_claim = next(filter(None, (scheme.claim(features) for scheme in self.schemes)), None)

    @listens("session_start")
    async def _ask_server(self, _: object) -> None:
        claim, self._server_claim = self._server_claim, None
        if claim is not None:
            await self._take(claim, Entity(JID(self.xmpp.boundjid.domain), None, True))

    @listens("presence_unavailable")
    def _gone(self, presence: Presence) -> None:
        self.note(presence["from"], None)

    @listens("session_end")
    def _over(self, _: object) -> None:
        self.known_keys.clear()
        self.proved.clear()
        self._asker.forget()


register_plugin(XEP_0115)
