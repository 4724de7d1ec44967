# SPDX-License-Identifier: MIT
"""What the server answers itself: rosters, service discovery (XEP-0030), version (XEP-0092), ping (XEP-0199), and
who wants carbons (XEP-0280)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.jid.address import JID
from xmppkit.server.carbons import DISABLE, ENABLE
from xmppkit.server.elements import answer, error_answer
from xmppkit.server.rosters import QUERY, RosterError, address_of
from xmppkit.version import __version__
from xmppkit.xml.names import BIND, CARBONS, DISCO_INFO, DISCO_ITEMS, PING, ROSTER, SESSION, VERSION, clark

if TYPE_CHECKING:
    from xmppkit.server.accounts import Account
    from xmppkit.server.router import Router
    from xmppkit.server.sessions import ClientSession

__all__ = ["Services"]

_FEATURES = (DISCO_INFO, DISCO_ITEMS, PING, VERSION, ROSTER, CARBONS, "msgoffline")
_INFO = clark(DISCO_INFO, "query")
_ITEMS = clark(DISCO_ITEMS, "query")
_ROSTER_ITEM = clark(ROSTER, "item")


class Services:
    """The server's own answers.

    :param router: whose sessions and accounts they are about.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._getters: dict[str, Callable[[Element, JID], Element | None]] = {
            _INFO: self._info,
            _ITEMS: self._items,
            clark(PING, "ping"): self._ping,
            clark(VERSION, "query"): self._version,
        }

    def answer(self, request: Element, to: JID) -> Element | None:
        """The answer to a request to the server, or to an account on whose behalf it answers; None when there is no
        such service.

        :param request: an IQ of type get or set, with one child.
        """
        payload = request[0]
        own = JID(request.get("from", "")).bare == to.bare
        if payload.tag == QUERY:
            account, session = self._router.account_of(to), self._router.session(JID(request.get("from", "")))
            if not own or account is None or session is None:  # RFC 6121 §2.3.3
                return error_answer(request, "forbidden" if to.local else "service-unavailable")
            return self._roster(request, account, session)
        if payload.tag == clark(SESSION, "session") and own:
            return answer(request)
        if payload.tag in (ENABLE, DISABLE) and request.get("type") == "set" and own:
            asker = self._router.session(JID(request.get("from", "")))
            if asker is not None:
                asker.carbons = payload.tag == ENABLE
            return answer(request)
        if payload.tag == clark(BIND, "bind"):
            return error_answer(request, "not-allowed")
        getter = self._getters.get(payload.tag)
        if getter is None or request.get("type") != "get":
            return None
        return getter(request, to)

    # --- service discovery ----------------------------------------------------------------------------

    def _visible(self, request: Element, to: JID) -> bool:
        """Whether the asker may know that an account exists: the account itself, and who sees its presence."""
        if not to.local:
            return True
        asker = JID(request.get("from", "")).bare
        account = self._router.account_of(to)
        contact = account.roster.get(asker) if account is not None else None
        return asker == to.bare or (contact is not None and contact.from_)

    def _info(self, request: Element, to: JID) -> Element | None:
        if not self._visible(request, to):
            return None
        if request[0].get("node"):
            return error_answer(request, "item-not-found")
        query = Element(_INFO)
        if to.local:
            SubElement(query, clark(DISCO_INFO, "identity"), {"category": "account", "type": "registered"})
            features: tuple[str, ...] = (DISCO_INFO, DISCO_ITEMS, PING, VERSION)
        else:
            identity = {"category": "server", "type": "im", "name": "xmppkit's embedded server"}
            SubElement(query, clark(DISCO_INFO, "identity"), identity)
            features = _FEATURES
        for feature in features:
            SubElement(query, clark(DISCO_INFO, "feature"), {"var": feature})
        return answer(request, query)

    def _items(self, request: Element, to: JID) -> Element | None:
        if not self._visible(request, to):
            return None
        if request[0].get("node"):
            return error_answer(request, "item-not-found")
        query = Element(_ITEMS)
        if to.local:
            for session in self._router.sessions_of(to.bare):
                SubElement(query, clark(DISCO_ITEMS, "item"), {"jid": session.jid.full})
        else:
            for domain in sorted(self._router.component_domains):
                SubElement(query, clark(DISCO_ITEMS, "item"), {"jid": domain})
        return answer(request, query)

    # --- small things ---------------------------------------------------------------------------------

    def _ping(self, request: Element, to: JID) -> Element | None:
        return answer(request)

    def _version(self, request: Element, to: JID) -> Element | None:
        if not self._visible(request, to):
            return None
        query = Element(clark(VERSION, "query"))
        SubElement(query, clark(VERSION, "name")).text = "xmppkit"
        SubElement(query, clark(VERSION, "version")).text = __version__
        return answer(request, query)

    # --- rosters --------------------------------------------------------------------------------------

    def _roster(self, request: Element, account: Account, session: ClientSession) -> Element | None:
        if request.get("type") == "get":
            session.interested = True
            if request[0].get("ver") == account.roster.version:
                return answer(request)  # RFC 6121 §2.6.3: it is up to date
            return answer(request, account.roster.query())
        try:
            self._change_roster(request[0], account)
        except RosterError as error:
            return error_answer(request, error.condition)
        return answer(request)

    def _change_roster(self, query: Element, account: Account) -> None:
        items = query.findall(_ROSTER_ITEM)
        if len(items) != 1:
            raise RosterError("bad-request")  # RFC 6121 §2.1.5
        (item,) = items
        if item.get("subscription") == "remove":
            contact = account.roster.get(address_of(item))
            if contact is None or not contact.listed:
                raise RosterError("item-not-found")
            self._router.subscriptions.remove(account, contact)
            return
        self._router.subscriptions.push(account, account.roster.update(item))
