# SPDX-License-Identifier: MIT
"""vCard-Based Avatars (XEP-0153): having one, and seeing those of others."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Unpack

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import ContentMismatch, InvalidValue, XMPPError, XMPPKitError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import (
    BasePlugin,
    IqOptions,
    Option,
    api_operation,
    filters,
    handles,
    listens,
    register_plugin,
)
from xmppkit.plugins.base.origin import from_joined_room, is_own
from xmppkit.plugins.xep_0054.stanza import Photo, VCardTemp
from xmppkit.plugins.xep_0153 import stanza
from xmppkit.plugins.xep_0153.avatar import Avatar, digest, known_hash, sniffed
from xmppkit.plugins.xep_0153.stanza import VCardTempUpdate
from xmppkit.plugins.xep_0153.store import OPERATIONS, MemoryHashes, StoredHashes
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence
from xmppkit.types import JidStr, OptJidStr
from xmppkit.xml.names import clark

__all__ = ["XEP_0153"]

log = logging.getLogger(__name__)

#: How many resources of the own account are watched.
RESOURCES: Final = 100
#: How servers say that somebody has no vCard (XEP-0054 §3.1, §3.3).
_NO_VCARD: Final = ("item-not-found", "service-unavailable")
#: A presence of an occupant of a room (XEP-0045 §7.2).
_USER: Final = clark("http://jabber.org/protocol/muc#user", "x")


class XEP_0153(BasePlugin):  # noqa: N801  # slixmpp's name
    """vCard-Based Avatars.

    Three operations keep what was announced, in memory or with a storage in that. Their `jid` is a bare address.

    ==============  ====================  =================================================================
    operation       its argument          what it does
    ==============  ====================  =================================================================
    ``set_hash``    the SHA-1, or ``''``  keeps which avatar `jid` has; ``''``: none
    ``get_hash``    nothing               returns that; None: it is not known
    ``reset_hash``  nothing               finds out from our vCard which avatar we have, and announces it
    ==============  ====================  =================================================================
    """

    name = "xep_0153"
    description = "XEP-0153: vCard-Based Avatars"
    dependencies = frozenset({"xep_0054"})
    wakes_on_presence = True
    sleeps_through = frozenset({"session_start", "presence_available"})
    stanza = stanza
    events = (Event("vcard_avatar_update", Presence, "somebody has another avatar, or none any more", "XEP-0153 §3.2"),)

    max_size = Option(int, 512 * 1024, minimum=1, doc="the bytes that an avatar may have, our own or another's")

    def plugin_init(self) -> None:
        """Nothing is known yet."""
        self.register_store(OPERATIONS, MemoryHashes(), lambda storage: StoredHashes(self.xmpp, storage))
        #: What presences of ours say, by address: None, until the vCard is known, is neither yes nor no (§4.1).
        self._shown: dict[str, str | None] = {}
        #: Resources of the account that may change the vCard without saying so (§4.3).
        self._silent: set[str] = set()
        self._changing = asyncio.Lock()
        self._resetting: asyncio.Future[Any] | None = None

    def post_init(self) -> None:
        """Ask for our vCard at once if the session has begun before."""
        if self.xmpp.sessionstarted and not self.xmpp.is_component:
            self.xmpp.spawn(self._reset())

    def plugin_end(self) -> None:
        """Ask for our vCard no longer."""
        if self._resetting is not None:
            self._resetting.cancel()

    # --- our own ------------------------------------------------------------------------------------------

    async def set_avatar(
        self,
        jid: OptJidStr = None,
        avatar: bytes | None = None,
        mtype: str | None = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> None:
        """Put a picture into our vCard, and announce it.

        :param jid: whose: an address of a component; None: our own.
        :param avatar: the picture, which should have less than 8 KiB and 96 pixels in each direction (§4.6); None: none
            any more.
        :param mtype: its media type; None: as its first bytes say.
        :param iqkwargs: for both questions, but for ``callback``, which gets the answer to the changed vCard.
        :raises InvalidValue: it has more than ``max_size`` bytes, or `mtype` is needed.
        :raises IqError: the server refuses. Also `IqTimeout`.
        """
        owner: JID = JID(jid or self.xmpp.boundjid).bare_jid
        photo = None
        if avatar is not None:
            photo = Photo()
            photo.type_, photo.data = mtype or sniffed(avatar), avatar
            if len(avatar) > self.max_size or not photo.type_ or not avatar:
                raise InvalidValue(
                    f"an avatar has from 1 to {self.max_size} bytes (max_size), and a media type", "set_avatar"
                )
        vcards = self.xmpp.plugin["xep_0054"]
        own = owner if self.xmpp.is_component else None
        asking: IqOptions = {**iqkwargs, "callback": None}
        async with self._changing:
            try:
                vcard = (await vcards.get_vcard(own, **asking))["vcard_temp"]
            except XMPPError as error:
                if error.condition not in _NO_VCARD:
                    raise
                vcard = VCardTemp()
            vcard.photos = [] if photo is None else [photo]
            await vcards.publish_vcard(vcard, own, **iqkwargs)
            await self._show(owner, digest(avatar) if avatar else "")

    async def _show(self, owner: JID, found: str) -> None:
        """Announce which avatar we have, if that is new."""
        await self.api["set_hash"](owner, None, None, found)
        before = self._shown.get(owner.bare)
        if before == found or self._silent:
            return
        self._shown[owner.bare] = found
        if found or before:  # nobody need be told that there is no picture as there was none
            self._tell_all(owner.bare)

    def _tell_all(self, bare: str) -> None:
        """Send our presence again, if there is one."""
        if self.xmpp.roster[bare].last_status is not None:
            self.xmpp.roster[bare].send_last_presence()

    @api_operation()
    async def reset_hash(self, jid: JID, node: str, ifrom: JID | None, args: object) -> None:
        """Find out from the vCard which avatar we have, and announce it (§4.4)."""
        vcards = self.xmpp.plugin["xep_0054"]
        found = None
        async with self._changing:
            try:
                found = VCardTemp.of(await vcards.get_vcard(jid if self.xmpp.is_component else None))
            except XMPPKitError as error:
                if not isinstance(error, XMPPError) or error.condition not in _NO_VCARD:
                    log.warning("which avatar we have is not known: %s", error)
                    return
            data = None if found is None or not found.photos else found.photos[0].data
            await self._show(jid.bare_jid, digest(data) if data else "")

    @listens("session_start")
    async def _begin(self, _: object) -> None:
        if not self.xmpp.is_component:
            await self._reset()

    @listens("session_end")
    def _over(self, _: object) -> None:
        self._shown.clear()
        self._silent.clear()

    async def _reset(self) -> None:
        if self._resetting is None or self._resetting.done():
            self._resetting = self.xmpp.spawn(self.api["reset_hash"](self.xmpp.boundjid.bare_jid, None, None))
        await asyncio.wait([self._resetting])

    @filters("out")
    def _sending(self, leaving: Any) -> Any:
        if isinstance(leaving, Presence) and leaving.xml.get("type") is None:  # that we are there (§4.1)
            own = leaving["from"] or self.xmpp.boundjid
            update = VCardTempUpdate.of(leaving) or VCardTempUpdate(parent=leaving)
            update.photo = self._shown.get(own.bare)
        return leaving

    # --- our account's other resources (§4.3) -------------------------------------------------------------

    @listens("presence_available")
    def _other_resource(self, presence: Presence) -> None:
        sender, own = presence["from"], self.xmpp.boundjid
        if sender.bare != own.bare or self.xmpp.is_component or sender == own or not sender.resource:
            return
        update = VCardTempUpdate.of(presence)
        if update is None:
            if len(self._silent) < RESOURCES:
                self._silent.add(sender.resource)
            self._hide(own.bare)
            return
        self._silent.discard(sender.resource)
        said = None if update.photo is None else known_hash(update.photo)
        if said is not None and said != self._shown.get(own.bare):
            self.xmpp.spawn(self._again())

    @listens("presence_unavailable")
    def _resource_gone(self, presence: Presence) -> None:
        sender, own = presence["from"], self.xmpp.boundjid
        if sender.bare == own.bare and sender.resource in self._silent:
            self._silent.discard(sender.resource)
            if not self._silent:
                self.xmpp.spawn(self._again())

    async def _again(self) -> None:
        """Say that we do not know, find out, and say what we know (§4.4)."""
        self._hide(self.xmpp.boundjid.bare)
        await self._reset()

    def _hide(self, bare: str) -> None:
        if self._shown.pop(bare, None):
            self._tell_all(bare)

    # --- those of others ----------------------------------------------------------------------------------

    @handles("presence/vcard_temp_update", "VCard Update")
    def _announced(self, presence: Presence) -> None:
        if presence.xml.find(_USER) is not None or presence.xml.get("type") in ("error", "unavailable"):
            return  # the occupants of a room share a bare address
        if is_own(self.xmpp, presence["from"]) or from_joined_room(self.xmpp, presence):
            return
        said = presence["vcard_temp_update"]["photo"]
        found = None if said is None else known_hash(said)
        if found is not None:
            self.xmpp.spawn(self._note(presence, found))

    async def _note(self, presence: Presence, found: str) -> None:
        sender = presence["from"]
        if await self.api["get_hash"](sender.bare_jid, None, presence["to"]) != found:
            await self.api["set_hash"](sender.bare_jid, None, presence["to"], found)
            self.xmpp.event("vcard_avatar_update", presence)

    async def get_avatar(
        self, jid: JidStr, *, cached: bool = True, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> Avatar | None:
        """Somebody's avatar.

        :param jid: who it is.
        :param cached: a vCard that was fetched earlier will do, if it has the picture that was announced since.
        :param ifrom: who asks, for components.
        :returns: the avatar; None: they have none.
        :raises ContentMismatch: the picture is not the one that was announced, is too long, or cannot be read.
        :raises XMPPError: what came of asking, as `IqError` or `IqTimeout`.
        """
        owner = JID(jid).bare_jid
        expected: str | None = await self.api["get_hash"](owner, None, ifrom)
        if expected == "":
            return None
        vcards = self.xmpp.plugin["xep_0054"]
        if cached and expected is not None:
            try:
                return self._checked(await vcards.get_vcard(owner, cached=True, ifrom=ifrom, **iqkwargs), expected)
            except ContentMismatch:
                pass  # it is an older one
        return self._checked(await vcards.get_vcard(owner, ifrom=ifrom, **iqkwargs), expected)

    def _checked(self, answer: Iq, expected: str | None) -> Avatar | None:
        """The avatar of a vCard, if it is what was announced."""
        vcard = VCardTemp.of(answer)
        photos = [] if vcard is None else vcard.photos
        where = str(answer["from"])
        if not photos or not (text := photos[0].xml.findtext(clark("vcard-temp", "BINVAL"), "").strip()):
            if expected:
                raise ContentMismatch("there is no avatar, though one was announced", where=where)
            return None
        # Before anything is decoded: base64 takes 4/3, and lines have ends.
        data = photos[0].data if len(text) <= 2 * self.max_size else None
        if data is None or len(data) > self.max_size:
            raise ContentMismatch(f"the avatar is no base64, or longer than {self.max_size} bytes", where=where)
        avatar = Avatar.of(data)
        if expected is not None and avatar.hash != expected:
            raise ContentMismatch("the avatar is not the one that was announced", where=where)
        return avatar


register_plugin(XEP_0153)
