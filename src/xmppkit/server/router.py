# SPDX-License-Identifier: MIT
"""Where stanzas go (RFC 6120 §10, RFC 6121 §8).

==============  ==========================  ==================================================================
to              of type                     goes to
==============  ==========================  ==================================================================
nobody          message                     the sender's own account
\\               presence                    everybody who has subscribed to the sender
\\               iq                          the server, for the sender's own account
this domain     iq                          the server itself
\\               message                     back, as an error
an account      chat, normal                its resources of the highest priority, else it waits
\\               headline                    its resources of priority 0 or more
\\               groupchat                   back, as an error
\\               presence                    all its resources; subscriptions: see `subscriptions`
\\               iq                          the server, on behalf of the account
a resource      anything                    that resource
one that is     chat                        the account, as above
not there       normal, groupchat, iq       back, as an error
\\               headline, presence          nobody
no account      message, iq                 back, as an error
a component     anything                    the component; back, as an error, if it is not connected
elsewhere       anything                    back, as an error: this server knows no others
==============  ==========================  ==================================================================

A message of a type that is none is a normal one (RFC 6121 §5.2.2). An error that cannot be delivered is
dropped; answers that nobody waits for are, too. So is a message that its sender marks as sent again, if it had come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.server import carbons
from xmppkit.server.doubles import Sent
from xmppkit.server.elements import IQ, MESSAGE, PRESENCE, copy_to, error_answer
from xmppkit.server.offline import OfflineMessages
from xmppkit.server.presence import Presences
from xmppkit.server.services import Services
from xmppkit.server.sessions import ClientSession, ComponentSession, Session
from xmppkit.server.subscriptions import SUBSCRIPTIONS, Subscriptions

if TYPE_CHECKING:
    from xmppkit.server.accounts import Account, Accounts
    from xmppkit.server.limits import ServerLimits
    from xmppkit.server.rosters import Contact

__all__ = ["Router"]

_REQUESTS = ("get", "set")
_IQ_TYPES = ("get", "set", "result", "error")
_PRESENCE_TYPES = SUBSCRIPTIONS | {None, "unavailable", "probe", "error"}


class Router:
    """The sessions of a domain, and the ways between them.

    :param domain: the server's.
    :param accounts: its accounts.
    :param components: domains of its components.
    """

    def __init__(self, domain: str, accounts: Accounts, components: frozenset[str], limits: ServerLimits) -> None:
        self.domain = domain
        self.accounts = accounts
        self.component_domains = components
        self.limits = limits
        self.offline = OfflineMessages(domain, limits)
        self.sent = Sent()
        self._sessions: dict[str, dict[str, ClientSession]] = {}
        self._components: dict[str, ComponentSession] = {}
        #: Those to whom the present stanza went and who are behind.
        self.crowded: list[Session] = []
        self.presences = Presences(self)
        self.subscriptions = Subscriptions(self)
        self.services = Services(self)

    # --- sessions -------------------------------------------------------------------------------------

    def sessions_of(self, account: str) -> list[ClientSession]:
        """The sessions of an account, by its bare address."""
        return list(self._sessions.get(account, {}).values())

    def session(self, jid: JID) -> ClientSession | None:
        """The session of a full address."""
        return self._sessions.get(jid.bare, {}).get(jid.resource)

    def account_of(self, jid: JID) -> Account | None:
        """The account of an address of this domain."""
        return self.accounts.get(jid.local) if jid.domain == self.domain and jid.local else None

    def contacts_of(self, jid: JID) -> list[Contact]:
        """The contacts of the account of an address, those included that are not in its roster."""
        account = self.account_of(jid)
        return list(account.roster.contacts.values()) if account is not None else []

    def all_sessions(self) -> list[ClientSession]:
        """Every session of a client."""
        return [session for sessions in self._sessions.values() for session in sessions.values()]

    def add(self, session: Session) -> None:
        """A session has begun. One with the same address gives way (RFC 6120 §7.7.2.2)."""
        before: Session | None
        if isinstance(session, ComponentSession):
            before = self._components.get(session.jid.domain)
        else:
            for other in self.sessions_of(session.jid.bare):
                if isinstance(session, ClientSession) and session.client and other.client == session.client:
                    self.remove(other)  # XEP-0386 §3.2: a client has one session
                    other.close("conflict", "this client has another connection")
            before = self.session(session.jid)
        if before is not None:
            self.remove(before)
            before.close("conflict", "another connection has taken this address")
        if isinstance(session, ComponentSession):
            self._components[session.jid.domain] = session
        else:
            assert isinstance(session, ClientSession)
            self._sessions.setdefault(session.jid.bare, {})[session.jid.resource] = session

    def replace(self, session: ClientSession, by: ClientSession) -> None:
        """A session goes on with another connection, and nobody learns of it."""
        by.take_over(session)
        self._sessions[by.jid.bare][by.jid.resource] = by

    def remove(self, session: Session) -> None:
        """A session is over: what it still says is not heard, and whoever was told that it is there is told that it
        has left."""
        session.ready = False
        jid = session.jid
        if isinstance(session, ClientSession):
            sessions = self._sessions[jid.bare]
            del sessions[jid.resource]
            if not sessions:
                del self._sessions[jid.bare]
            self.presences.left(session)
            for element in session.unacked():
                self.undelivered(element)
        else:
            del self._components[jid.domain]

    # --- from a session -------------------------------------------------------------------------------

    def take(self, session: Session, element: Element) -> None:
        """A stanza came from a session, which has stamped its sender. If it went to somebody who is behind its sender
        has to wait, unless it is behind itself: they may wait for each other."""
        self.crowded.clear()
        self._take(session, element)
        if self.crowded:
            if not session.is_crowded:
                self.crowded[0].crowd.join(session)
            self.crowded.clear()

    def _take(self, session: Session, element: Element) -> None:
        if not _sound(element):
            self.refuse(session, element, "bad-request")
            return
        try:
            to = JID(element.get("to", ""))
        except InvalidJID:
            self.refuse(session, element, "jid-malformed")
            return
        if isinstance(session, ClientSession):
            self._from_client(session, element, to)
        elif not to:
            self.refuse(session, element, "bad-request")
        elif element.tag == PRESENCE and element.get("type") in SUBSCRIPTIONS:
            self.deliver(copy_to(element, to.bare, sender=JID(element.get("from", "")).bare))
        else:
            self.deliver(element)

    def _from_client(self, session: ClientSession, element: Element, to: JID) -> None:
        if element.tag == PRESENCE:
            kind = element.get("type")
            if kind in SUBSCRIPTIONS:
                if to:
                    self.subscriptions.outbound(session, element, kind, to.bare_jid)
            elif not to:
                self.presences.broadcast(session, element)
            elif kind != "probe":  # probes are the server's own
                self.presences.directed(session, element, to)
            return
        if not to:
            to = session.jid.bare_jid
            if element.tag == IQ:
                self._serve(element, to)
                return
            element.set("to", to.bare)
        if element.tag == MESSAGE and self.sent.before(session.jid.bare, element):
            return  # the client was not told that it had come
        self.deliver(element)
        if to.bare != session.jid.bare and carbons.eligible(element):
            carbons.copies(element, "sent", self.sessions_of(session.jid.bare), [session])

    def refuse(self, session: Session, element: Element, condition: str) -> None:
        """Answer a stanza with an error, to the session that it came from."""
        answer = error_answer(element, condition)
        if answer is not None:
            session.send(answer)

    # --- to somebody ----------------------------------------------------------------------------------

    def deliver(self, element: Element) -> None:
        """Bring a stanza to its recipient, or an error back."""
        to = JID(element.get("to", ""))
        if to.domain in self.component_domains:
            component = self._components.get(to.domain)
            if component is None:
                self.bounce(element, "service-unavailable" if element.tag != PRESENCE else None)
            else:
                component.send(element)
        elif to.domain != self.domain:
            self.bounce(element, "remote-server-not-found")
        elif not to.local:
            self._to_server(element, to)
        elif self.account_of(to) is None:
            self._to_nobody(element)
        elif to.resource:
            self._to_resource(element, to)
        else:
            self._to_account(element, to)

    def undelivered(self, element: Element) -> None:
        """A client has gone without acknowledging a stanza (XEP-0198 §4): it is as if it had not been there."""
        to, kind = JID(element.get("to", "")), element.get("type")
        if element.tag == IQ:
            if kind in _REQUESTS and element.get("from"):
                self.bounce(element, "service-unavailable")
        elif element.tag == MESSAGE and to.local and kind not in ("headline", "error"):
            if kind == "groupchat" or self.account_of(to) is None:
                self.bounce(element, "service-unavailable")
            else:
                self._to_account(element, to)

    def bounce(self, element: Element, condition: str | None) -> None:
        """Send an error back to the sender; None, and for what must not be answered: nothing."""
        answer = error_answer(element, condition) if condition is not None else None
        if answer is not None:
            self._send_back(answer)

    def _to_server(self, element: Element, to: JID) -> None:
        if element.tag == IQ:
            self._serve(element, to)
        elif element.tag == MESSAGE:
            self.bounce(element, "service-unavailable")

    def _to_nobody(self, element: Element) -> None:
        if element.tag != PRESENCE:
            self.bounce(element, "service-unavailable")
        elif element.get("type") in ("subscribe", "probe"):
            self.subscriptions.refuse(element)

    def _to_resource(self, element: Element, to: JID) -> None:
        session = self.session(to)
        kind = element.get("type")
        if session is not None:
            session.send(element)
            self._copy(element, to, [session])
        elif element.tag == IQ:
            self.bounce(element, "service-unavailable")
        elif element.tag == MESSAGE:
            if kind == "chat":
                self._to_account(element, to)
            elif kind not in ("headline", "error"):
                self.bounce(element, "service-unavailable")

    def _to_account(self, element: Element, to: JID) -> None:
        kind = element.get("type")
        if element.tag == IQ:
            self._serve(element, to.bare_jid)
        elif element.tag == PRESENCE:
            if kind in SUBSCRIPTIONS:
                self.subscriptions.inbound(element, kind, to)
            elif kind == "probe":
                self.presences.probed(element, to)
            elif kind != "error":
                for session in self.sessions_of(to.bare):
                    if session.presence is not None:
                        session.send(element)
        else:
            self._message_to_account(element, to, kind)

    def _message_to_account(self, element: Element, to: JID, kind: str | None) -> None:
        there = [each for each in self.sessions_of(to.bare) if each.presence is not None and each.priority >= 0]
        if kind == "groupchat":
            self.bounce(element, "service-unavailable")
        elif kind == "headline":
            for session in there:
                session.send(element)
        elif kind == "error":
            return
        elif there:
            highest = max(session.priority for session in there)
            chosen = [session for session in there if session.priority == highest]
            for session in chosen:
                session.send(element)
            self._copy(element, to, chosen)
        elif not self.offline.keep(to.bare, element):
            self.bounce(element, "service-unavailable")

    def _copy(self, element: Element, to: JID, had: list[ClientSession]) -> None:
        """Tell the account's other clients what these have received."""
        if carbons.eligible(element):
            carbons.copies(element, "received", self.sessions_of(to.bare), had)

    def _serve(self, element: Element, to: JID) -> None:
        """An IQ for the server, or for an account on whose behalf it answers."""
        if element.get("type") not in _REQUESTS:
            return
        answer = self.services.answer(element, to)
        if answer is None:
            self.bounce(element, "service-unavailable")
        else:
            self._send_back(answer)

    def _send_back(self, answer: Element) -> None:
        to = JID(answer.get("to", ""))
        asker = self.session(to) or self._components.get(to.domain)
        if asker is not None:
            asker.send(answer)


def _sound(element: Element) -> bool:
    """Whether a stanza is one that may be passed on (RFC 6120 §8.2.3, RFC 6121 §4.7.1)."""
    kind = element.get("type")
    if element.tag == PRESENCE:
        return kind in _PRESENCE_TYPES
    if element.tag == MESSAGE:
        return True
    return kind in _IQ_TYPES and bool(element.get("id")) and (kind not in _REQUESTS or len(element) == 1)
