# SPDX-License-Identifier: MIT
"""Subscriptions between accounts, and between accounts and components (RFC 6121 §3, Appendix A).

Each stanza is seen twice: on the way out it changes the roster of its sender, on the way in that of its recipient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring

from xmppkit.jid.address import JID
from xmppkit.server.elements import IQ, copy_to, presence
from xmppkit.server.rosters import QUERY, Contact, RosterError
from xmppkit.xml.names import CLIENT, clark

if TYPE_CHECKING:
    from xmppkit.server.accounts import Account
    from xmppkit.server.router import Router
    from xmppkit.server.sessions import ClientSession

__all__ = ["SUBSCRIPTIONS", "Subscriptions"]

SUBSCRIPTIONS = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})
_ITEM = clark("jabber:iq:roster", "item")
_STATUS = clark(CLIENT, "status")


class Subscriptions:
    """The subscriptions of all accounts.

    :param router: brings stanzas to people.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._pushes = 0

    # --- from an account ------------------------------------------------------------------------------

    def outbound(self, session: ClientSession, element: Element, kind: str, to: JID) -> None:
        """A client asks for a subscription, or answers or ends one."""
        account = self._router.account_of(session.jid)
        if account is None or to.bare == account.jid:
            return  # nobody subscribes to himself
        contact = account.roster.get(to.bare)
        watched = contact is not None and contact.from_
        try:
            goes = getattr(self, f"_{kind}_out")(account, to.bare)
        except RosterError as error:
            self._router.refuse(session, element, error.condition)
            return
        if goes:
            self._router.deliver(copy_to(element, to.bare, sender=account.jid))
            if kind == "subscribed":
                self._router.presences.show(account.jid, to.bare)
            elif kind == "unsubscribed" and watched:  # who was refused must not learn the resources
                self._router.presences.hide(account.jid, to.bare)

    def _subscribe_out(self, account: Account, to: str) -> bool:
        contact = account.roster.make(to, listed=True)
        if not contact.to:
            contact.asked = True
            self.push(account, contact)
        return True

    def _subscribed_out(self, account: Account, to: str) -> bool:
        contact = account.roster.get(to)
        if contact is not None and contact.from_:
            return False
        if contact is None or contact.request is None:
            contact = account.roster.make(to, listed=True)
            contact.approved = True  # nobody has asked yet (§3.4)
            self.push(account, contact)
            return False
        contact.from_, contact.request, contact.listed = True, None, True
        self.push(account, contact)
        return True

    def _unsubscribe_out(self, account: Account, to: str) -> bool:
        contact = account.roster.get(to)
        if contact is not None and (contact.to or contact.asked):
            contact.to = contact.asked = False
            self.push(account, contact)
        return True

    def _unsubscribed_out(self, account: Account, to: str) -> bool:
        contact = account.roster.get(to)
        if contact is None or not (contact.from_ or contact.approved or contact.request is not None):
            return False
        known = contact.from_ or contact.request is not None
        contact.from_, contact.approved, contact.request = False, False, None
        self.push(account, contact)
        account.roster.drop_if_empty(contact)
        return known  # who was only approved beforehand has never been told

    def remove(self, account: Account, contact: Contact) -> None:
        """A contact is taken out of the roster, which ends the subscriptions (§2.5.2)."""
        router = self._router
        if contact.to or contact.asked:
            router.deliver(presence("unsubscribe", account.jid, contact.jid))
        if contact.from_ or contact.request is not None:
            router.deliver(presence("unsubscribed", account.jid, contact.jid))
        if contact.from_:
            router.presences.hide(account.jid, contact.jid)
        account.roster.drop(contact.jid)
        item = Element(_ITEM, {"jid": contact.jid, "subscription": "remove"})
        self._push(account, item)

    # --- to an account --------------------------------------------------------------------------------

    def inbound(self, element: Element, kind: str, to: JID) -> None:
        """Somebody asks an account for a subscription, or answers or ends one."""
        account = self._router.account_of(to)
        sender = JID(element.get("from", "")).bare
        if account is not None and getattr(self, f"_{kind}_in")(account, sender, element):
            for session in self._router.sessions_of(account.jid):
                # Requests go to whoever is there, answers also to who only looks after the roster (§3.1.3, §3.1.6).
                if session.presence is not None or (session.interested and kind != "subscribe"):
                    session.send(element)

    def refuse(self, element: Element) -> None:
        """Somebody asks an account that does not exist."""
        account, asker = JID(element.get("to", "")).bare, JID(element.get("from", "")).bare
        self._router.deliver(presence("unsubscribed", account, asker))

    def _subscribe_in(self, account: Account, sender: str, element: Element) -> bool:
        try:
            contact = account.roster.make(sender, listed=False)
        except RosterError:
            return False
        if contact.from_ or contact.approved:
            if not contact.from_:
                contact.from_ = True
                self.push(account, contact)
            self._router.deliver(presence("subscribed", account.jid, sender))
            self._router.presences.show(account.jid, sender)
            return False
        if contact.request is not None:
            return False  # it waits already
        contact.request = self._kept(element)
        return True

    def _kept(self, element: Element) -> Element:
        """The request as it is kept: a peer must not fill the memory with it."""
        if len(tostring(element)) <= self._router.limits.request_bytes:
            return element
        return copy_to(Element(element.tag, dict(element.attrib)))

    def _subscribed_in(self, account: Account, sender: str, element: Element) -> bool:
        contact = account.roster.get(sender)
        if contact is None or not contact.asked:
            return False
        contact.to, contact.asked = True, False
        self.push(account, contact)
        return True

    def _unsubscribe_in(self, account: Account, sender: str, element: Element) -> bool:
        contact = account.roster.get(sender)
        if contact is None or not (contact.from_ or contact.request is not None):
            return False
        subscribed = contact.from_
        contact.from_, contact.request = False, None
        self.push(account, contact)
        account.roster.drop_if_empty(contact)
        if subscribed:
            self._router.presences.hide(account.jid, sender)
        return True

    def _unsubscribed_in(self, account: Account, sender: str, element: Element) -> bool:
        contact = account.roster.get(sender)
        if contact is None or not (contact.to or contact.asked):
            return False
        contact.to = contact.asked = False
        self.push(account, contact)
        return True

    # --- pushes ---------------------------------------------------------------------------------------

    def push(self, account: Account, contact: Contact) -> None:
        """Tell the account's clients of a change of its roster (§2.1.6)."""
        if contact.listed:
            self._push(account, contact.item())

    def _push(self, account: Account, item: Element) -> None:
        version = account.roster.changed()
        for session in self._router.sessions_of(account.jid):
            if session.interested:
                self._pushes += 1
                push = Element(IQ, {"type": "set", "id": f"push{self._pushes}", "to": session.jid.full})
                query = Element(QUERY, {"ver": version})
                query.append(item)
                push.append(query)
                session.send(push)
