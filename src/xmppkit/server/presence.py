# SPDX-License-Identifier: MIT
"""Presence (RFC 6121 §4): who is told that somebody is there, and that they have left."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.jid.address import JID
from xmppkit.server.elements import copy_to, presence
from xmppkit.stanza.codecs import IntegerCodec
from xmppkit.xml.names import CLIENT, clark

if TYPE_CHECKING:
    from xmppkit.server.router import Router
    from xmppkit.server.sessions import ClientSession

__all__ = ["Presences"]

_PRIORITY = clark(CLIENT, "priority")
_PRIORITIES = IntegerCodec(-128, 127)


class Presences:
    """The presence of all sessions.

    :param router: brings it to people.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    # --- from a client --------------------------------------------------------------------------------

    def broadcast(self, session: ClientSession, element: Element) -> None:
        """A client says how it is, to everybody who has subscribed (§4.2, §4.4, §4.5)."""
        kind = element.get("type")
        if kind == "unavailable":
            self.left(session, element)
            return
        if kind is not None:
            return  # an error without a recipient
        initial = session.presence is None
        session.presence = element
        session.priority = _priority(element)
        self._tell(session, element)
        if initial:
            self._welcome(session)
        if session.priority >= 0:
            for message in self._router.offline.take(session.jid.bare):
                session.send(message)

    def directed(self, session: ClientSession, element: Element, to: JID) -> None:
        """A client tells somebody in particular how it is (§4.6)."""
        kind = element.get("type")
        if kind is None:
            if len(session.directed) >= self._router.limits.directed and to.full not in session.directed:
                # Whoever is told that it is there must be told that it has left: nobody more can be.
                self._router.refuse(session, element, "resource-constraint")
                return
            session.directed.add(to.full)
        elif kind == "unavailable":
            session.directed.discard(to.full)
        self._router.deliver(element)

    def left(self, session: ClientSession, element: Element | None = None) -> None:
        """A client is no longer there; `element` is what it says of it. May be repeated."""
        was, directed = session.presence, session.directed
        if element is None:
            element = presence("unavailable", session.jid.full, "")
            del element.attrib["to"]
        session.presence, session.priority, session.directed = None, 0, set()
        told: set[str] = set()
        if was is not None:
            told = self._tell(session, element)
        for to in directed:
            if not self._has_been_told(JID(to), told):
                self._router.deliver(copy_to(element, to))

    def _tell(self, session: ClientSession, element: Element) -> set[str]:
        """Tell the contacts that may know, and the account's own sessions, this one included (§4.2.2); whom."""
        router = self._router
        told = {session.jid.bare}
        for other in router.sessions_of(session.jid.bare):
            if other.presence is not None:
                other.send(copy_to(element, other.jid.full))
        for contact in router.contacts_of(session.jid):
            if contact.from_:
                told.add(contact.jid)
                router.deliver(copy_to(element, contact.jid))
        return told

    def _has_been_told(self, to: JID, told: set[str]) -> bool:
        """Whether what went to some accounts has gone to an address: it goes to their available resources only."""
        if to.bare not in told:
            return False
        session = self._router.session(to)
        return not to.resource or (session is not None and session.presence is not None)

    def _welcome(self, session: ClientSession) -> None:
        """A client has just become available: it learns who else is there, and who has asked to see its presence
        (§3.1.3, §4.2.2, §4.3)."""
        router = self._router
        for other in router.sessions_of(session.jid.bare):
            if other is not session and other.presence is not None:
                session.send(copy_to(other.presence, session.jid.full))
        for contact in router.contacts_of(session.jid):
            if contact.to:
                # From the session, not from the account: its others know already.
                router.deliver(presence("probe", session.jid.full, contact.jid))
            if contact.request is not None:
                session.send(contact.request)

    # --- to an account --------------------------------------------------------------------------------

    def probed(self, element: Element, to: JID) -> None:
        """Somebody's server asks how an account is (§4.3.2)."""
        router = self._router
        asker = JID(element.get("from", ""))
        account = router.account_of(to)
        contact = account.roster.get(asker.bare) if account is not None else None
        if contact is None or not contact.from_:
            router.deliver(presence("unsubscribed", to.bare, asker.bare))
            return
        if not self.show(to.bare, asker.full):
            router.deliver(presence("unavailable", to.bare, asker.full))

    def show(self, account: str, to: str) -> bool:
        """Send somebody the presence of all sessions of an account; whether there is any."""
        stanzas = [session.presence for session in self._router.sessions_of(account)]
        there = [stanza for stanza in stanzas if stanza is not None]
        for stanza in there:
            self._router.deliver(copy_to(stanza, to))
        return bool(there)

    def hide(self, account: str, to: str) -> None:
        """Tell somebody that all sessions of an account have left."""
        for session in self._router.sessions_of(account):
            if session.presence is not None:
                self._router.deliver(presence("unavailable", session.jid.full, to))


def _priority(element: Element) -> int:
    """The priority in a presence; 0 where none is said, or none that there is (§4.7.2.3)."""
    try:
        return _PRIORITIES.decode(element.findtext(_PRIORITY, ""))
    except ValueError:
        return 0
