# SPDX-License-Identifier: MIT
"""Bits of Binary (XEP-0231): small pieces of data, named by their hash, that others fetch when they need them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from copy import copy
from typing import Any, Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import ContentMismatch, InvalidValue, IqError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, handles, register_plugin, told
from xmppkit.plugins.xep_0231 import stanza
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.plugins.xep_0231.store import MemoryStore
from xmppkit.plugins.xep_0231.stored import StoredPieces
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.types import OptJidStr

__all__ = ["XEP_0231"]

log = logging.getLogger(__name__)

#: Of how many fetched pieces it is remembered until when they may be used.
AGES: Final = 10_000
#: RFC 2045 §5.1, generously: a type, a subtype, perhaps parameters.
_MEDIA_TYPE: Final = re.compile(r"[!#$%&'*+.^_`{|}~0-9A-Za-z-]+/[!#$%&'*+.^_`{|}~0-9A-Za-z-]+([ \t]*;[^\r\n]*)?")


#: The operations that keep something.
_STORED: Final = frozenset({"set_bob", "get_bob", "del_bob"})


class XEP_0231(BasePlugin):  # noqa: N801  # slixmpp's name
    """Bits of Binary.

    Where they are kept is up to three operations; the defaults keep everything in memory (`MemoryStore`), or in the
    storage that the stream was given with ``use_storage`` (`StoredPieces`). In their arguments, `jid` is whose piece it
    is: the own address, or somebody from whom it was fetched. `ifrom` is who asks.

    ===========  ===============  ====================================================================
    operation    its argument     what it does
    ===========  ===============  ====================================================================
    ``set_bob``  `BitsOfBinary`   keeps a piece
    ``get_bob``  the content id   returns the piece, as `BitsOfBinary` or in an `Iq`; None: not here
    ``del_bob``  the content id   forgets the piece
    ===========  ===============  ====================================================================

    No operation and no event ever sees a content id that is none, or data whose hash it is not.

    Event: ``bob`` with the stanza in which data has come: a `Message`, a `Presence`, or the `Iq` that answers
    `get_bob`. What comes in messages and presences is not kept: `set_bob` does that, if the program wants it.
    """

    name = "xep_0231"
    description = "XEP-0231: Bits of Binary"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (BitsOfBinary.namespace,)
    events = (Event("bob", Iq | Message | Presence, "bits of binary have come", "XEP-0231 §2"),)

    max_size = Option(int, 128 * 1024, minimum=1, doc="the bytes a piece may have, our own or another's")
    max_stored = Option(
        int, 16 * 1024 * 1024, minimum=0, doc="the bytes the default store keeps of our own pieces, and of others'"
    )

    def plugin_init(self) -> None:
        """Set the operations up."""
        #: When fetched pieces are too old, by owner and content id, in seconds of the loop's clock.
        self._ages: dict[tuple[str, str], float] = {}

        def room() -> int:
            return self.max_stored

        self.register_store(
            _STORED,
            MemoryStore(self.xmpp, room),
            lambda storage: StoredPieces(self.xmpp, room, storage),
        )

    # --- our own ------------------------------------------------------------------------------------------

    async def set_bob(self, data: bytes, mtype: str, cid: str | None = None, max_age: int | None = None) -> str:
        """Keep a piece of data, so that others can fetch it by its content id.

        :param data: the data, no more than ``max_size`` bytes.
        :param mtype: its media type, as ``image/png``.
        :param cid: its content id; None makes one, with SHA-1, which everybody knows.
        :param max_age: seconds that others may cache it; 0: not at all; None: as they like.
        :returns: the content id.
        :raises InvalidValue: the data is too long, `mtype` is no media type, or `cid` not the data's.
        """
        content = bytes(memoryview(data))
        if len(content) > self.max_size:
            raise InvalidValue(f"{len(content)} bytes are more than max_size, {self.max_size}", "BitsOfBinary.data")
        if not _MEDIA_TYPE.fullmatch(mtype):
            raise InvalidValue(f"{mtype!r} is no media type", "BitsOfBinary.type_")
        made = ContentId.of(content) if cid is None else ContentId.parse(cid)
        if not made.fits(content):
            raise InvalidValue(f"{cid} is not the content id of this data", "cid")
        bob = BitsOfBinary()
        bob.cid, bob.type_, bob.max_age, bob.data = str(made), mtype, max_age, content
        await self.api["set_bob"](None, None, None, args=bob)
        return str(made)

    def del_bob(self, cid: str) -> asyncio.Future[None]:
        """Forget a piece of our own. May be repeated.

        :returns: a future that is done when the piece is gone. The default store is through when this returns.
        :raises InvalidValue: `cid` is no content id.
        """
        done: asyncio.Future[None] = self.api["del_bob"](None, None, None, args=str(ContentId.parse(cid)))
        return done

    def _is_own(self, jid: JID) -> bool:
        """Whether what belongs to an address belongs to this program."""
        own = self.xmpp.boundjid
        return bool(jid.domain == own.domain if self.xmpp.is_component else jid in (own, own.bare_jid))

    # --- fetching -----------------------------------------------------------------------------------------

    async def get_bob(
        self,
        jid: OptJidStr = None,
        cid: str | None = None,
        cached: bool = True,
        ifrom: OptJidStr = None,
        *,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> Iq:
        """A piece of data, by its content id.

        :param jid: who has it; None: we.
        :param cid: its content id.
        :param cached: what was fetched from `jid` earlier will do.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the result as well, or with the error that was answered.
        :param timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`.
        :returns: an `Iq` with the piece: ``iq['bob']['data']``, ``iq['bob']['type']``.
        :raises InvalidValue: `cid` is no content id.
        :raises XMPPError: we do not have it; as `IqError` or `IqTimeout`: what came of asking.
        :raises ContentMismatch: what was answered is not what was asked for, or too long.
        """
        wanted = ContentId.parse(cid)
        asked = JID(jid) if jid else None
        here = asked is None or self._is_own(asked)
        if here or cached:
            found = await self._stored(None if here else asked, ifrom, wanted)
            if found is not None:
                held = self._wrap(asked, ifrom, found)
                await told(callback, held)
                return held
        if asked is None or here:
            raise XMPPError("item-not-found", f"there is no {wanted} here")
        try:
            answer = await self._fetch(asked, ifrom, wanted, timeout, timeout_callback)
        except IqError as error:
            await told(callback, error.iq)
            raise
        await told(callback, answer)
        return answer

    async def _fetch(
        self,
        asked: JID,
        ifrom: OptJidStr,
        wanted: ContentId,
        timeout: float | None,
        timeout_callback: Callable[[Any], Any] | None,
    ) -> Iq:
        iq: Iq = self.xmpp.make_iq_get(ito=asked, ifrom=ifrom)
        iq["bob"].cid = str(wanted)
        answer = await iq.send(None, timeout, timeout_callback)
        bob = answer.get_plugin("bob", check=True)
        fault = self._fault(bob, wanted) if isinstance(bob, BitsOfBinary) else "it holds no bits of binary"
        if fault is not None or not isinstance(bob, BitsOfBinary):
            raise ContentMismatch(f"the answer is not {wanted}: {fault}", where=str(asked))
        if bob.max_age != 0:
            await self.api["set_bob"](asked, None, ifrom, args=bob)
            self._note_age(asked, wanted, bob.max_age)
        self.xmpp.event("bob", answer)
        return answer

    def _note_age(self, owner: JID, wanted: ContentId, max_age: int | None) -> None:
        key = (owner.bare, str(wanted))
        self._ages.pop(key, None)
        if max_age is not None:
            self._ages[key] = self.xmpp.loop.time() + max_age
            if len(self._ages) > AGES:
                del self._ages[next(iter(self._ages))]

    async def _stored(self, owner: JID | None, ifrom: OptJidStr, wanted: ContentId) -> BitsOfBinary | None:
        """The piece, if it is kept here and may still be used."""
        if owner is not None:
            key = (owner.bare, str(wanted))
            if self._ages.get(key, float("inf")) <= self.xmpp.loop.time():
                del self._ages[key]
                await self.api["del_bob"](owner, None, ifrom, args=str(wanted))
                return None
        found = await self.api["get_bob"](owner, None, ifrom, args=str(wanted))
        bob = found.get_plugin("bob", check=True) if isinstance(found, Iq) else found
        if bob is None:
            return None
        if not isinstance(bob, BitsOfBinary):
            raise TypeError(f"a handler of get_bob returns a BitsOfBinary, an Iq or None, not {type(bob).__name__}")
        fault = self._fault(bob, wanted)
        if fault is not None:
            log.error("what get_bob has returned for %s is not used: %s", wanted, fault)
            return None
        return bob

    def _fault(self, bob: BitsOfBinary, wanted: ContentId | None = None) -> str | None:
        """What is wrong with a piece, the one that was asked for if it is said; None: nothing."""
        try:
            own = ContentId.parse(bob.cid)
        except InvalidValue as error:
            return str(error)
        if wanted is not None and own != wanted:
            return f"it is {own}"
        if len(bob.xml.text or "") > 2 * self.max_size:  # before anything is decoded: base64 takes 4/3, with some space
            return f"it is longer than {self.max_size} bytes"
        data = bob.data
        if data is None:
            return "it has no data that can be read"
        if len(data) > self.max_size:
            return f"it is longer than {self.max_size} bytes"
        return None if own.fits(data) else "its hash is another"

    def _wrap(self, asked: JID | None, ifrom: OptJidStr, bob: BitsOfBinary) -> Iq:
        """A piece as if it had come over the network."""
        own = self.xmpp.boundjid
        iq: Iq = self.xmpp.make_iq_result(ito=ifrom or own, ifrom=asked or own)
        iq.append(copy(bob))
        return iq

    # --- what others ask, and what they send --------------------------------------------------------------

    @handles("iq@type=get/bob", "Bits of Binary - Iq")
    async def _answer(self, iq: Iq) -> None:
        # Only what is our own, whatever the stanza says: fetched pieces are between us and their owners.
        owner = iq["to"] or self.xmpp.boundjid
        try:
            wanted = ContentId.parse(iq["bob"]["cid"])
        except InvalidValue:
            raise XMPPError("item-not-found") from None
        found = await self._stored(owner, iq["from"], wanted) if self._is_own(owner) else None
        if found is None:
            raise XMPPError("item-not-found")
        answer = iq.reply()
        answer.append(copy(found))
        answer.send()

    @handles("message/bob", "Bits of Binary - Message")
    def _in_message(self, message: Message) -> None:
        self._inline(message)

    @handles("presence/bob", "Bits of Binary - Presence")
    def _in_presence(self, presence: Presence) -> None:
        self._inline(presence)

    def _inline(self, carrier: StanzaBase) -> None:
        """Tell of data in a stanza, if all of it is what it says. A reference without data is nothing to tell of."""
        if carrier["type"] == "error":
            return  # something of ours that has come back
        pieces = [BitsOfBinary(xml=xml) for xml in carrier.xml.findall(BitsOfBinary.tag_name()) if xml.text]
        for piece in pieces:
            fault = self._fault(piece)
            if fault is not None:
                log.warning("bits of binary from %s are not used: %s", carrier["from"], fault)
                return
        if pieces:
            self.xmpp.event("bob", carrier)


register_plugin(XEP_0231)
