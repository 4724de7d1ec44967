# SPDX-License-Identifier: MIT
"""The rosters of the accounts (RFC 6121 §2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.server.limits import ServerLimits
from xmppkit.xml.names import ROSTER, clark

__all__ = ["QUERY", "Contact", "Roster", "RosterError"]

QUERY = clark(ROSTER, "query")
_ITEM = clark(ROSTER, "item")
_GROUP = clark(ROSTER, "group")


class RosterError(Exception):
    """A change that is refused; `condition` is the stanza error's."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


@dataclass(slots=True)
class Contact:
    """One contact of an account: the states of RFC 6121 Appendix A, as single facts.

    :ivar to: the account sees its presence.
    :ivar from_: it sees the account's.
    :ivar asked: the account has asked to see its presence, and has no answer yet.
    :ivar request: how it has asked to see the account's, until that is answered.
    :ivar approved: it will be let see the account's presence as soon as it asks (§3.4).
    :ivar listed: it is in the roster that clients see; not so who has only asked.
    """

    jid: str
    name: str = ""
    groups: tuple[str, ...] = ()
    to: bool = False
    from_: bool = False
    asked: bool = False
    request: Element | None = field(default=None, repr=False)
    approved: bool = False
    listed: bool = True

    @property
    def subscription(self) -> str:
        """``none``, ``to``, ``from`` or ``both``."""
        if self.to:
            return "both" if self.from_ else "to"
        return "from" if self.from_ else "none"

    def item(self) -> Element:
        """The contact as the roster shows it."""
        item = Element(_ITEM, {"jid": self.jid, "subscription": self.subscription})
        if self.name:
            item.set("name", self.name)
        if self.asked:
            item.set("ask", "subscribe")
        if self.approved:
            item.set("approved", "true")
        for group in self.groups:
            SubElement(item, _GROUP).text = group
        return item


class Roster:
    """The contacts of one account.

    :param limits: the server's.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self.contacts: dict[str, Contact] = {}
        # A client may have kept a roster of an earlier run, whose numbers began as ours do.
        self._run = secrets.token_hex(4)
        self._changes = 0

    @property
    def version(self) -> str:
        """What is said of this state of the roster, and of no other (§2.6)."""
        return f"{self._run}-{self._changes}"

    def get(self, jid: str) -> Contact | None:
        """The contact with a bare address, listed or only with a request that waits."""
        return self.contacts.get(jid)

    def make(self, jid: str, *, listed: bool) -> Contact:
        """The contact with a bare address; a new one if there is none.

        :raises RosterError: there are too many.
        """
        contact = self.contacts.get(jid)
        if contact is None:
            if len(self.contacts) >= self._limits.roster_items:
                raise RosterError("resource-constraint")
            contact = self.contacts[jid] = Contact(jid, listed=listed)
        contact.listed = contact.listed or listed
        return contact

    def drop(self, jid: str) -> None:
        """Forget a contact. May be repeated."""
        self.contacts.pop(jid, None)

    def drop_if_empty(self, contact: Contact) -> None:
        """Forget somebody who is not in the roster and whose request has been answered."""
        if not contact.listed and contact.request is None:
            self.drop(contact.jid)

    def changed(self) -> str:
        """A new version, after a change that clients see."""
        self._changes += 1
        return self.version

    def query(self) -> Element:
        """The whole roster."""
        query = Element(QUERY, {"ver": self.version})
        query.extend(contact.item() for contact in self.contacts.values() if contact.listed)
        return query

    def update(self, item: Element) -> Contact:
        """Add or change a contact as a client asks for (RFC 6121 §2.3, §2.4).

        :raises RosterError: what it asks for is refused.
        """
        jid = address_of(item)
        name = item.get("name", "")
        groups = [group.text or "" for group in item.iterfind(_GROUP)]
        longest = self._limits.name_length
        if "" in groups or len(groups) > self._limits.groups or any(len(each) > longest for each in (name, *groups)):
            raise RosterError("not-acceptable")
        if len(set(groups)) != len(groups):
            raise RosterError("bad-request")
        contact = self.make(jid, listed=True)
        contact.name, contact.groups = name, tuple(groups)
        return contact


def address_of(item: Element) -> str:
    """The bare address of a roster item in a client's request.

    :raises RosterError: it has none.
    """
    text = item.get("jid", "")
    try:
        jid = JID(text)
    except InvalidJID:
        raise RosterError("jid-malformed") from None
    if not jid:
        raise RosterError("bad-request")
    return jid.bare
