# SPDX-License-Identifier: MIT
"""Displayed Markers (XEP-0333): how far somebody has read, and saying it."""

from __future__ import annotations

from typing import Any, Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.base.origin import has_author, is_own, is_private
from xmppkit.plugins.xep_0333 import stanza
from xmppkit.plugins.xep_0333.stanza import MARKERS, Acknowledged, Displayed, Marker, Received
from xmppkit.plugins.xep_0359.stanza import referred_id
from xmppkit.stanza.message import Message
from xmppkit.types import DeliveryEvidence, JidStr

__all__ = ["XEP_0333"]

_CLASSES: Final = {Marker.RECEIVED: Received, Marker.DISPLAYED: Displayed, Marker.ACKNOWLEDGED: Acknowledged}


class XEP_0333(BasePlugin):  # noqa: N801  # slixmpp's name
    """Displayed Markers. Nothing is sent by itself: not everybody wants others to know what they have read (§8)."""

    name = "xep_0333"
    description = "XEP-0333: Displayed Markers"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (MARKERS,)
    events = (
        Event("marker", Message, "somebody has marked a message, however", "XEP-0333 §4.2"),
        Event("marker_received", Message, "somebody has got a message", "XEP-0333 §11", raised_as="marker_{kind}"),
        Event("marker_displayed", Message, "somebody was shown a message", "XEP-0333 §4.2", raised_as="marker_{kind}"),
        Event(
            "marker_acknowledged",
            Message,
            "somebody has acknowledged a message",
            "XEP-0333 §11",
            raised_as="marker_{kind}",
        ),
    )

    def send_marker(
        self, mto: JidStr, id: str, marker: Marker | str, thread: str | None = None, **msg_kwargs: Any
    ) -> None:
        """Mark a message, and all that came before it.

        :param mto: who wrote it; in a room, the room.
        :param id: the id of the message; in a room that gives ids, the one that it gave (§4.3). `referred_id` of
            xep_0359 finds it.
        :param marker: ``displayed``; also ``received`` and ``acknowledged``, which earlier versions had.
        :param thread: the thread that the message belongs to.
        :param msg_kwargs: what `make_message` takes, as ``mtype='groupchat'`` or ``mfrom``.
        :raises InvalidValue: there is no such marker, or no id.
        """
        if marker not in list(Marker) or not id:
            raise InvalidValue(f"{marker!r} of {id!r}: it takes an id, and one of {', '.join(Marker)}", "send_marker")
        message = self.xmpp.make_message(mto, **msg_kwargs)
        message[f"{marker}"]["id"] = id
        if thread:
            message["thread"] = thread
        message.send()

    @handles("message/received", "Received Chat Marker")
    def _received(self, message: Message) -> None:
        self._tell(message, Marker.RECEIVED)

    @handles("message/displayed", "Displayed Chat Marker")
    def _displayed(self, message: Message) -> None:
        self._tell(message, Marker.DISPLAYED)

    @handles("message/acknowledged", "Acknowledged Chat Marker")
    def _acknowledged(self, message: Message) -> None:
        self._tell(message, Marker.ACKNOWLEDGED)

    def _tell(self, message: Message, kind: Marker) -> None:
        marked = _marked_id(message, kind)
        if marked and has_author(self.xmpp, message):
            if message["type"] != "groupchat":
                private = is_private(self.xmpp, message)
                self.xmpp.message_confirmed(marked, message["from"], DeliveryEvidence.MARKER, exact=private)
            self.xmpp.event(f"marker_{kind}", message)
            self.xmpp.event("marker", message)

    def applies(self, original: Message, marker: Message) -> bool:
        """Whether a marker may be applied to a message: it means this one, and it is from one of those who have got it,
        not from whom wrote it (§5).

        :param original: the message, as it was sent or as it came. One of a room is the one that came back from there.
        :param marker: a message with a marker.
        """
        if not has_author(self.xmpp, marker) or original["type"] == "error":
            return False
        if referred_id(original) not in {id_ for kind in Marker if (id_ := _marked_id(marker, kind))}:
            return False
        if "groupchat" in (original["type"], marker["type"]):
            return bool(original["type"] == marker["type"] and original["from"].bare == marker["from"].bare)
        # Between two: from one of them to the other, and the author of the message marks nothing.
        private = is_private(self.xmpp, marker) or is_private(self.xmpp, original)
        reader, author = self._ends(marker, private=private)
        return (author, reader) == self._ends(original, private=private)

    def _ends(self, message: Message, *, private: bool) -> tuple[str, str]:
        """The sender and the receiver of a message, as the ends of a conversation: accounts, or an occupant of a room
        and us."""
        ends = []
        for end in (message["from"], message["to"]):
            jid: JID = end or self.xmpp.boundjid
            ends.append(jid.full if private and not is_own(self.xmpp, jid) else jid.bare)
        return ends[0], ends[1]


def _marked_id(message: Message, kind: Marker) -> str | None:
    """The id that a marker of a kind means; None without such a marker."""
    found = _CLASSES[kind].of(message)
    return None if found is None else found["id"] or None


register_plugin(XEP_0333)
