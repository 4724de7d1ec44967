# SPDX-License-Identifier: MIT
"""Contacts (RFC 6121 §2) with PyXMPP2's surface: items, the roster, its payload. `RosterClient` keeps one up to date.

What goes over the wire is read and written by `xmppkit.stanza.roster`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, overload
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError, JIDError, NotAcceptableProtocolError
from xmppkit.pyxmpp2.interfaces import StanzaPayload, payload_element_name
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.stanza import roster as wire
from xmppkit.xml import names
from xmppkit.xml.names import clark

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FEATURE_APPROVALS",
    "FEATURE_ROSTERVER",
    "GROUP_TAG",
    "ITEM_TAG",
    "QUERY_TAG",
    "ROSTER_NS",
    "ROSTER_QNP",
    "Roster",
    "RosterItem",
    "RosterPayload",
]

log = logging.getLogger("pyxmpp2.roster")

ROSTER_NS: Final = names.ROSTER
ROSTER_QNP: Final = f"{{{ROSTER_NS}}}"
QUERY_TAG: Final = f"{ROSTER_QNP}query"
ITEM_TAG: Final = f"{ROSTER_QNP}item"
GROUP_TAG: Final = f"{ROSTER_QNP}group"
FEATURE_ROSTERVER: Final = clark(names.ROSTER_VERSIONING, "ver")
FEATURE_APPROVALS: Final = clark(names.PRE_APPROVAL, "sub")

_SUBSCRIPTIONS: Final = (None, "to", "from", "both", "remove")


class RosterItem:
    """A contact.

    :ivar jid: the address.
    :ivar name: what the user calls it; None: nothing.
    :ivar groups: the groups that it is in.
    :ivar subscription: who sees whose presence: ``to``, ``from``, ``both``, None: nobody; ``remove`` takes the contact
        out.
    :ivar ask: ``subscribe`` while our request waits; else None.
    :ivar approved: a request of the contact is accepted in advance.
    """

    def __init__(
        self,
        jid: JID | str,
        name: str | None = None,
        groups: Iterable[str] | None = None,
        subscription: str | None = None,
        ask: str | None = None,
        approved: bool | None = None,
    ) -> None:
        self.jid = JID(jid)
        self.name = name
        self.groups: set[str] = set(groups or ())
        self.subscription = None if subscription == "none" else subscription
        self.ask = ask
        self.approved = bool(approved)
        self._duplicate_group = False

    @classmethod
    def from_xml(cls, element: Element) -> RosterItem:
        """The contact of an element.

        :raises ValueError: it is another element.
        :raises BadRequestProtocolError: the contact has no address, or one that is none.
        """
        if element.tag != ITEM_TAG:
            raise ValueError(f"<{element.tag}/> is no item of a roster")
        try:
            jid = JID(element.get("jid"))
        except JIDError as error:
            raise BadRequestProtocolError(f"an item of a roster without a proper address: {error}") from error
        item = wire.RosterItem(xml=element)
        groups = [group.text or "" for group in element.iter(GROUP_TAG)]
        found = cls(
            jid,
            name=item.name_,
            groups=groups,
            subscription=element.get("subscription"),
            ask=item.ask,
            approved=element.get("approved") in ("true", "1"),
        )
        found._duplicate_group = len(found.groups) != len(groups)
        return found

    def as_xml(self, parent: Element | None = None) -> Element:
        """The contact as an element.

        :param parent: append it there.
        """
        item = wire.RosterItem()
        item.jid = self.jid.address
        if self.name is not None:
            item.name_ = self.name
        if self.subscription is not None:
            item.xml.set("subscription", self.subscription)
        if self.ask is not None:
            item.ask = self.ask
        if self.approved:
            item.approved = True
        item["groups"] = sorted(self.groups)
        if parent is not None:
            parent.append(item.xml)
        return item.xml

    def verify_roster_result(self, fix: bool = False) -> None:
        """Check an item of a roster that the server has sent.

        :param fix: put right what is wrong, where that can be done.
        :raises ValueError: something is wrong.
        """
        self._verify(("to", "from", "both", None), fix)

    def verify_roster_push(self, fix: bool = False) -> None:
        """Check the item of a push, which may take the contact out. The parameters are those of
        `verify_roster_result`."""
        self._verify(_SUBSCRIPTIONS, fix)

    def _verify(self, subscriptions: Sequence[str | None], fix: bool) -> None:
        if self.subscription not in subscriptions:
            self._complain(fix, f"the subscription {self.subscription!r}")
            self.subscription = None
        if self.ask not in (None, "subscribe"):
            self._complain(fix, f"ask={self.ask!r}")
            self.ask = None
        if self._duplicate_group:
            self._complain(fix, "a group that is there twice")
            self._duplicate_group = False
        if "" in self.groups:
            self._complain(fix, "a group without a name")
            self.groups.discard("")

    def _complain(self, fix: bool, what: str) -> None:
        if not fix:
            raise ValueError(f"the roster's item of {self.jid} has {what}")

    def verify_roster_set(self, fix: bool = False, settings: Mapping[str, Any] | None = None) -> None:
        """Check an item that is to be set (RFC 6121 §2.3.3).

        :param fix: take out what a client cannot set; groups are never put right.
        :param settings: with ``roster_name_length_limit`` and ``roster_group_name_length_limit``.
        :raises ValueError: it has a state of subscription that no client can set.
        :raises BadRequestProtocolError: a group is there twice.
        :raises NotAcceptableProtocolError: a name is too long, or a group has none.
        """
        said = XMPPSettings() if settings is None else settings
        wrong = self.subscription not in (None, "remove") or self.ask is not None or self.approved
        if wrong:
            self._complain(fix, "a state of subscription, which only a server sets")
            if self.subscription != "remove":
                self.subscription = None
            self.ask, self.approved = None, False
        limit = said["roster_name_length_limit"]
        if self.name is not None and len(self.name) > limit:
            raise NotAcceptableProtocolError(f"a name of more than {limit} characters")
        if self._duplicate_group:
            raise BadRequestProtocolError("a group that is there twice")
        limit = said["roster_group_name_length_limit"]
        for group in self.groups:
            if not group:
                raise NotAcceptableProtocolError("a group without a name")
            if len(group) > limit:
                raise NotAcceptableProtocolError(f"a group of more than {limit} characters")

    def __repr__(self) -> str:
        return f"<RosterItem {self.jid} {self.subscription or 'none'}>"


@payload_element_name(QUERY_TAG)
class RosterPayload(StanzaPayload, Sequence[RosterItem]):
    """A roster, or a part of it, on the wire.

    :param items: the contacts.
    :param version: the version of the whole (RFC 6121 §2.6); None: none is said; ``''`` asks for the whole of a server
        that has versions.
    """

    def __init__(self, items: Iterable[RosterItem] | None = None, version: str | None = None) -> None:
        self._items = list(items or ())
        self.version = version

    @classmethod
    def from_xml(cls, element: Element) -> RosterPayload:
        """The payload of an element; of contacts that are there twice the first counts, with a warning.

        :raises ValueError: it is another element.
        :raises BadRequestProtocolError: a contact has no proper address.
        """
        if element.tag != QUERY_TAG:
            raise ValueError(f"<{element.tag}/> is no roster")
        found: dict[JID, RosterItem] = {}
        for child in element.iterfind(ITEM_TAG):
            item = RosterItem.from_xml(child)
            if found.setdefault(item.jid, item) is not item:
                log.warning("%s is twice in a roster", item.jid)
        return cls(found.values(), element.get("ver"))

    def as_xml(self) -> Element:
        """The payload as an element."""
        query = wire.Roster()
        if self.version is not None:
            query.ver = self.version
        for item in self._items:
            item.as_xml(query.xml)
        return query.xml

    def items(self) -> list[RosterItem]:
        """The contacts, in a new list."""
        return list(self._items)

    @overload
    def __getitem__(self, index: int) -> RosterItem: ...
    @overload
    def __getitem__(self, index: slice) -> list[RosterItem]: ...
    def __getitem__(self, index: int | slice) -> RosterItem | list[RosterItem]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)


class Roster:
    """Contacts. Iterating gives the items; ``roster[jid]`` and ``roster[index]`` one of them.

    :param items: the contacts.
    :param version: the version that the server gave it; None if it gives none.
    :raises ValueError: a contact is there twice, or one is to be taken out.
    """

    def __init__(self, items: Iterable[RosterItem] | None = None, version: str | None = None) -> None:
        self._items: dict[JID, RosterItem] = {}
        self.version = version
        for item in items or ():
            self.add_item(item)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[RosterItem]:
        return iter(self.items())

    def __contains__(self, jid: object) -> bool:
        return jid in self._items

    def __getitem__(self, key: JID | int) -> RosterItem:
        if isinstance(key, int):
            return self.items()[key]
        if not isinstance(key, JID):
            raise TypeError(f"a contact is found by a JID or a number, not by {type(key).__name__}")
        return self._items[key]

    @overload
    def get(self, jid: JID) -> RosterItem | None: ...
    @overload
    def get(self, jid: JID, default: RosterItem) -> RosterItem: ...
    def get(self, jid: JID, default: RosterItem | None = None) -> RosterItem | None:
        """The contact of an address; `default` if it is none."""
        return self._items.get(jid, default)

    def keys(self) -> list[JID]:
        """The addresses."""
        return list(self._items)

    def items(self) -> list[RosterItem]:
        """The contacts."""
        return list(self._items.values())

    values = items

    @property
    def groups(self) -> set[str]:
        """The groups that there are."""
        return set().union(*(item.groups for item in self._items.values()))

    def get_items_by_name(self, name: str | None, case_sensitive: bool = True) -> list[RosterItem]:
        """The contacts that the user calls so."""
        wanted = _folded(name, case_sensitive)
        return [item for item in self if _folded(item.name, case_sensitive) == wanted]

    def get_items_by_group(self, group: str | None, case_sensitive: bool = True) -> list[RosterItem]:
        """The contacts in a group; those in none, for None."""
        if not group:
            return [item for item in self if not item.groups]
        wanted = _folded(group, case_sensitive)
        return [item for item in self if any(_folded(name, case_sensitive) == wanted for name in item.groups)]

    def add_item(self, item: RosterItem, replace: bool = False) -> None:
        """Add a contact.

        :param replace: take the place of what there is.
        :raises ValueError: it is there already, or to be taken out.
        """
        if item.subscription == "remove":
            raise ValueError(f"{item.jid} is to be taken out of the roster, not to be added")
        if not replace and item.jid in self._items:
            raise ValueError(f"{item.jid} is in the roster already")
        self._items[item.jid] = item

    def remove_item(self, jid: JID) -> RosterItem:
        """Take a contact out.

        :raises KeyError: it is none.
        """
        return self._items.pop(jid)

    def __repr__(self) -> str:
        return f"<Roster of {len(self)}, version {self.version!r}>"


def _folded(text: str | None, case_sensitive: bool) -> str | None:
    return text if text is None or case_sensitive else text.casefold()
