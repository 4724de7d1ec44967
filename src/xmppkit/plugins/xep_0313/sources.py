# SPDX-License-Identifier: MIT
"""What comes live for a timeline: messages, carbons, what is said in rooms, and what this program sends."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0203.stanza import Delay
from xmppkit.plugins.xep_0313.entries import Source
from xmppkit.plugins.xep_0313.track import Candidate, Track
from xmppkit.plugins.xep_0359.stanza import stanza_id_by
from xmppkit.stanza.message import Message

__all__ = ["LiveSources"]


class LiveSources:
    """Gives each message that belongs to an archive, in the order in which they come.

    A message belongs to it if the archive has it, as its id says, or if it has a text: chat states and the like do not.

    :param xmpp: the stream.
    :param account: the own account's archive.
    :param tracks: all archives, by address.
    :param put: takes the messages.
    """

    def __init__(
        self, xmpp: Any, account: Track, tracks: Mapping[str, Track], put: Callable[[Candidate], object]
    ) -> None:
        self._xmpp = xmpp
        self._account = account
        self._tracks = tracks
        self._give = put
        self._handler = Callback(f"Timeline {id(self)}", StanzaPath("message"), self._came)
        self._listening: list[tuple[str, Callable[[Any], None]]] = []
        xmpp.register_handler(self._handler)
        xmpp.add_filter("out", self.sending)
        self.listen("carbon_received", lambda wrapper: self._copied(wrapper["carbon_received"]))
        self.listen("carbon_sent", lambda wrapper: self._copied(wrapper["carbon_sent"]))

    def listen(self, event: str, handler: Callable[[Any], None]) -> None:
        """Handle an event, until `close`."""
        self._listening.append((event, handler))
        self._xmpp.add_event_handler(event, handler)

    def close(self) -> None:
        """Listen no more."""
        self._xmpp.remove_handler(self._handler)
        self._xmpp.del_filter("out", self.sending)
        for event, handler in self._listening:
            self._xmpp.del_event_handler(event, handler)

    def _came(self, message: Message) -> None:
        kind = message["type"]
        if kind == "error":
            return
        track = self._account if kind != "groupchat" else self._tracks.get(message["from"].bare)
        if track is not None and track.in_room == (kind == "groupchat"):
            self._put(track, message, Source.LIVE)

    def _copied(self, message: Message) -> None:
        # Who has sent the carbon, its plugin has looked at.
        if message["type"] not in ("error", "groupchat"):
            self._put(self._account, message, Source.CARBON)

    def sending(self, stanza: Any) -> Any:
        """The filter for what this program sends. What it says in a room comes back from there."""
        if isinstance(stanza, Message) and stanza["type"] not in ("error", "groupchat"):
            self._put(self._account, copy(stanza), Source.SENT)  # the program may go on with the original
        return stanza

    def _put(self, track: Track, message: Message, source: Source) -> None:
        id = None if source is Source.SENT else stanza_id_by(message, track.archive)
        if id is not None or Message.body.present(message):
            sent = self._sent(message, track)
            stamp = sent or datetime.datetime.now(datetime.UTC)
            self._give(Candidate(track, message, source, stamp, id, delayed=sent is not None))

    def _sent(self, message: Message, track: Track) -> datetime.datetime | None:
        """When a message was sent, as those say who have kept it and are believed; None: nobody has kept it."""
        believed = (track.archive, JID(track.own.domain))
        delays = map(Delay, message.xml.iterfind(Delay.tag_name()))
        stamps = [delay.stamp for delay in delays if delay.from_ in believed and delay.stamp is not None]
        return min(stamps, default=None)
