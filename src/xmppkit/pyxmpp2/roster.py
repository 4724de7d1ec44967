# SPDX-License-Identifier: MIT
"""A client's roster: requested, kept up to date by pushes, changed (RFC 6121 §2).

`RosterClient` does that, and reports with events; the contacts themselves are in `xmppkit.pyxmpp2.rosteritems`, and
importable from here.
"""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Iterable
from typing import IO, Any
from xml.etree.ElementTree import ParseError, parse

from xmppkit.pyxmpp2.exceptions import ProtocolError
from xmppkit.pyxmpp2.interfaces import (
    NO_CHANGE,
    Event,
    EventHandler,
    XMPPFeatureHandler,
    event_handler,
    iq_set_stanza_handler,
)
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.rosteritems import (
    FEATURE_APPROVALS,
    FEATURE_ROSTERVER,
    GROUP_TAG,
    ITEM_TAG,
    QUERY_TAG,
    ROSTER_NS,
    ROSTER_QNP,
    Roster,
    RosterItem,
    RosterPayload,
)
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzahandlers import NoChange
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, GotFeaturesEvent, StreamEvent
from xmppkit.xml.pretty import pretty as indented
from xmppkit.xml.serializer import serialize

__all__ = [
    "FEATURE_APPROVALS",
    "FEATURE_ROSTERVER",
    "GROUP_TAG",
    "ITEM_TAG",
    "QUERY_TAG",
    "ROSTER_NS",
    "ROSTER_QNP",
    "Roster",
    "RosterClient",
    "RosterItem",
    "RosterNotReceivedEvent",
    "RosterPayload",
    "RosterReceivedEvent",
    "RosterUpdatedEvent",
]

log = logging.getLogger("pyxmpp2.roster")

Source = str | os.PathLike[str] | IO[bytes]
Callback = Callable[[RosterItem], object]
ErrorCallback = Callable[[Stanza | None], object]


class RosterReceivedEvent(Event):
    """The roster is there.

    :ivar roster_client: whose it is.
    :ivar roster: the roster.
    """

    def __init__(self, roster_client: RosterClient, roster: Roster) -> None:
        self.roster_client = roster_client
        self.roster = roster

    def __str__(self) -> str:
        return f"Roster received ({len(self.roster)} items)"


class RosterUpdatedEvent(Event):
    """A contact has changed.

    :ivar roster_client: whose it is.
    :ivar old_item: what it was; None if it is new.
    :ivar item: what it is; its subscription is ``remove`` if it is no contact any more.
    """

    def __init__(self, roster_client: RosterClient, old_item: RosterItem | None, item: RosterItem) -> None:
        self.roster_client = roster_client
        self.old_item = old_item
        self.item = item

    def __str__(self) -> str:
        return f"Roster update for: {self.item.jid}"


class RosterNotReceivedEvent(Event):
    """The roster could not be had.

    :ivar roster_client: whose it is.
    :ivar stanza: what the server answered; None: nothing, in time.
    """

    def __init__(self, roster_client: RosterClient, stanza: Stanza | None) -> None:
        self.roster_client = roster_client
        self.stanza = stanza

    def __str__(self) -> str:
        return f"Roster not received: {'no answer' if self.stanza is None else 'the server answered with an error'}"


class RosterClient(XMPPFeatureHandler, EventHandler):
    """Keeps the roster of a client.

    :param settings: the client's settings.

    :ivar roster: the roster; None until it is received or loaded.
    :ivar server: who may change it: our own bare address; None before the login.
    :ivar server_features: ``versioning`` (RFC 6121 §2.6) and ``pre-approvals`` (§3.4), as far as the server has them.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings
        self.roster: Roster | None = None
        self.server: JID | None = None
        self.server_features: set[str] = set()

    # --- keeping it between two runs ------------------------------------------------------------------

    def load_roster(self, source: Source) -> None:
        """Read the roster that `save_roster` has written; the server then sends only what has changed, if it can.

        :param source: a path, or an open file.
        :raises ValueError: it is none.
        """
        try:
            payload = RosterPayload.from_xml(parse(source).getroot())  # noqa: S314  # the user's own file
            roster = Roster((), payload.version)
            for item in payload:
                item.verify_roster_result(fix=True)
                roster.add_item(item)
        except (ParseError, ProtocolError) as error:
            raise ValueError(f"there is no roster in {source}: {error}") from error
        self.roster = roster

    def save_roster(self, dest: str | os.PathLike[str] | IO[str], pretty: bool = True) -> None:
        """Write the roster down.

        :param dest: a path, or a file that is open for text.
        :param pretty: with a line for each contact.
        :raises ValueError: there is none.
        """
        if self.roster is None:
            raise ValueError("there is no roster to save: it has not been received")
        element = RosterPayload(self.roster, self.roster.version).as_xml()
        text = f"{indented(element) if pretty else serialize(element)}\n"
        if isinstance(dest, (str, os.PathLike)):
            with open(dest, "w", encoding="utf-8") as file:
                file.write(text)
        else:
            dest.write(text)

    # --- logging in -----------------------------------------------------------------------------------

    @event_handler(GotFeaturesEvent)
    def handle_got_features_event(self, event: GotFeaturesEvent) -> bool:
        """See what the server can do."""
        if not self._is_ours(event):
            return False
        offered = {"versioning": FEATURE_ROSTERVER, "pre-approvals": FEATURE_APPROVALS}
        self.server_features |= {name for name, tag in offered.items() if event.features.find(tag) is not None}
        return False

    @event_handler(AuthorizedEvent)
    def handle_authorized_event(self, event: AuthorizedEvent) -> None:
        """Request the roster."""
        if not self._is_ours(event):
            return
        self.server = event.authorized_jid.bare()
        version = None
        if "versioning" in self.server_features:
            known = self.roster.version if self.roster is not None else None
            version = "" if known is None else known
        self.request_roster(version)

    def _is_ours(self, event: StreamEvent) -> bool:
        """Whether an event is of our client's stream: several clients may share a main loop."""
        processor = self.stanza_processor
        return event.stream is None or (processor is not None and processor.uplink is event.stream)

    def request_roster(self, version: str | None = None) -> None:
        """Ask the server for the roster; `RosterReceivedEvent` or `RosterNotReceivedEvent` follows.

        :param version: the version that we have; ``''``: none; None: do not speak of versions.
        """
        request = Iq(stanza_type="get")
        request.set_payload(RosterPayload(version=version))
        self._request(request, self._received, self._not_received)

    def _request(self, iq: Iq, on_result: Callable[[Iq], object], on_error: Callable[[Iq | None], object]) -> None:
        processor = self.stanza_processor
        if processor is None:
            raise ValueError("the roster client belongs to no client yet")
        processor.set_response_handlers(iq, on_result, on_error, lambda: on_error(None))
        processor.send(iq)

    def _received(self, stanza: Iq) -> None:
        try:
            payload: RosterPayload | None = stanza.get_payload(RosterPayload)
        except ProtocolError as error:
            log.warning("the server sent a malformed roster: %s", error)
            self._not_received(stanza)
            return
        if payload is not None:
            self.roster = Roster(version=payload.version)
            for item in payload:
                item.verify_roster_result(fix=True)
                self.roster.add_item(item)
        elif self.roster is None:  # nothing is what has changed since there was nothing
            self.roster = Roster()
        self._event(RosterReceivedEvent(self, self.roster))

    def _not_received(self, stanza: Iq | None) -> None:
        self._event(RosterNotReceivedEvent(self, stanza))

    def _event(self, event: Event) -> None:
        self.settings["event_queue"].put(event)

    # --- pushes ---------------------------------------------------------------------------------------

    @iq_set_stanza_handler(RosterPayload)
    def handle_roster_push(self, stanza: Iq) -> Iq:
        """The server says that a contact has changed. Nobody else may."""
        if stanza.from_jid is not None and stanza.from_jid != self.server:
            log.warning("a roster push from %s, who has no say in that", stanza.from_jid)
            return stanza.make_error_response("service-unavailable")
        payload: RosterPayload = stanza.get_payload(RosterPayload)
        if len(payload) != 1:
            return stanza.make_error_response("bad-request")
        if self.roster is not None:  # otherwise the roster, which is on its way, has the change
            self._change(self.roster, payload)
        return stanza.make_result_response()

    def _change(self, roster: Roster, payload: RosterPayload) -> None:
        item = payload[0]
        item.verify_roster_push(fix=True)
        old_item = roster.get(item.jid)
        if item.subscription != "remove":
            roster.add_item(item, replace=True)
        elif old_item is not None:
            roster.remove_item(item.jid)
        roster.version = payload.version
        self._event(RosterUpdatedEvent(self, old_item, item))

    # --- changes --------------------------------------------------------------------------------------

    def add_item(
        self,
        jid: JID | str,
        name: str | None = None,
        groups: Iterable[str] | None = None,
        callback: Callback | None = None,
        error_callback: ErrorCallback | None = None,
    ) -> None:
        """Ask the server to add a contact. `roster` changes when the server says so.

        :param callback: called with the item when the server has agreed.
        :param error_callback: called with its answer when it has not, or with None when it does not answer.
        :raises ValueError: it is in the roster already, or there is no roster yet.
        """
        address = JID(jid)
        if address in self._known():
            raise ValueError(f"{address} is in the roster already")
        self._set(RosterItem(address, name, groups), callback, error_callback)

    def update_item(
        self,
        jid: JID | str,
        name: str | NoChange | None = NO_CHANGE,
        groups: Iterable[str] | NoChange | None = NO_CHANGE,
        callback: Callback | None = None,
        error_callback: ErrorCallback | None = None,
    ) -> None:
        """Ask the server to change what a contact is called, or its groups. See `add_item` for the callbacks.

        :raises KeyError: it is not in the roster.
        """
        old = self._known()[JID(jid)]
        if name is NO_CHANGE and groups is NO_CHANGE:
            return
        item = RosterItem(
            old.jid,
            old.name if isinstance(name, NoChange) else name,
            old.groups if isinstance(groups, NoChange) else groups,
        )
        self._set(item, callback, error_callback)

    def remove_item(
        self, jid: JID | str, callback: Callback | None = None, error_callback: ErrorCallback | None = None
    ) -> None:
        """Ask the server to remove a contact, and with it all subscriptions. See `add_item` for the callbacks.

        :raises KeyError: it is not in the roster.
        """
        item = RosterItem(self._known()[JID(jid)].jid, subscription="remove")
        self._set(item, callback, error_callback)

    def _known(self) -> Roster:
        if self.roster is None:
            raise ValueError("there is no roster yet: wait for RosterReceivedEvent")
        return self.roster

    def _set(self, item: RosterItem, callback: Callback | None, error_callback: ErrorCallback | None) -> None:
        item.verify_roster_set(settings=self.settings)
        request = Iq(stanza_type="set")
        request.set_payload(RosterPayload([copy.copy(item)]))

        def succeeded(stanza: Iq) -> Any:
            return None if callback is None else callback(item)

        def failed(stanza: Iq | None) -> Any:
            return None if error_callback is None else error_callback(stanza)

        self._request(request, succeeded, failed)
