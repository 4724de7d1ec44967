# SPDX-License-Identifier: MIT
"""The server's end of a client's stream (RFC 6120 §4.3, §5-7).

What a server must decide is asked: `AccountNeeded`, `BindRequested`. Everything else follows from the
options.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.exceptions import ConfigurationError, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Negotiated, StreamOpened
from xmppkit.protocol.features import BUILT_IN
from xmppkit.protocol.features.bind import BindReceiver
from xmppkit.protocol.features.login import LoginReceiver
from xmppkit.protocol.features.management import ENABLE_TAG, RESUME_TAG, ManagementReceiver, enable, refuse
from xmppkit.protocol.features.sasl2_receiver import Sasl2Receiver
from xmppkit.protocol.features.session import SessionReceiver
from xmppkit.protocol.negotiation import FeatureTable, Outcome
from xmppkit.protocol.options import CLEAR_POLICIES
from xmppkit.protocol.state import Call, Fact, Input, Mark, Role, Step
from xmppkit.xml import names
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    import datetime
    from typing import Self

    from xmppkit.exceptions import RemoteError
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.manager import Manager
    from xmppkit.protocol.negotiation import ReceiverHalf
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.sasl.credentials import AccountRecord
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.xml.parser import StreamHeader

__all__ = ["Receiver", "ReceiverStream"]

_FEATURES = names.clark(names.STREAM, "features")
_PRESENCE = names.clark(names.CLIENT, "presence")
_BEGUN = (Step.EXCHANGE, Step.DERIVING)


class Receiver(Connection):
    """What the server's ends share.

    :ivar domain: the domain that the peer opened the stream to; the first one served, until it has.
    """

    __slots__ = ("_left", "domain")
    initiating = False

    def __init__(self, options: StreamOptions, *, now: float) -> None:
        super().__init__(options, now=now)
        self.domain = options.domain
        #: The peer has closed the stream, and is told how many of its stanzas are handled when all are.
        self._left: Manager | None = None

    @property
    def where(self) -> str:
        return self.jid.full

    def _greet(self) -> None:
        self.move(Step.HEADER)

    def _peer_left(self) -> RemoteError | None:
        return None

    # --- a peer that has closed a stream whose stanzas are counted (XEP-0198 §4) ------------------------

    def close(self) -> None:
        if self._left is not None and self.ready:
            self._conclude(self._left)
        else:
            super().close()

    def deadline(self) -> float | None:
        if self._left is None or not self.ready:
            return super().deadline()
        return self._timer.deadline() if self._left.session.in_hand else self._timer.now

    def handle_timer(self, now: float) -> None:
        if self._left is None or not self.ready:
            super().handle_timer(now)
        elif self._timer.expired(now) or not self._left.session.in_hand:
            self._conclude(self._left)

    def _on_footer(self) -> None:
        manager = self._manager
        if manager is None or not self.ready:
            super()._on_footer()
            return
        self._state.theirs_does(Mark.FOOTER)
        if manager.session.in_hand:
            self._left = manager
            self._timer.start(self.options.close_timeout)
        else:
            self._conclude(manager)

    def _lost(self, error: RemoteError | None = None) -> None:
        if self._left is not None and self.ready:
            self._conclude(self._left)
        else:
            super()._lost(error)

    def _conclude(self, manager: Manager) -> None:
        manager.conclude()
        self._end("closed by the peer", None)

    def _attributes(self) -> dict[str, str]:
        self.stream_id = self.options.id_factory()
        attributes = {"id": self.stream_id}
        if self.domain:
            attributes["from"] = self.domain
        return attributes


class ReceiverStream(Receiver):
    """The server's end of a client-to-server stream.

    :param options: what the stream is told; `domain` and `aliases` are the domains served.
    :param now: the time, as in `Connection`.
    :raises ConfigurationError: the options do not do for a server.
    """

    __slots__ = ("_features", "_given", "_half", "_offered", "_served", "_session_possible")
    role = Role.RECEIVER
    stream_namespace = names.CLIENT

    def __init__(self, options: StreamOptions, *, now: float) -> None:
        super().__init__(options, now=now)
        if not options.domain:
            raise ConfigurationError("a server's stream needs the domain that it serves")
        self._given = options
        self._served = frozenset(JID(domain).domain for domain in (options.domain, *options.aliases))
        self._features = FeatureTable((*BUILT_IN, *options.features))
        self._half: ReceiverHalf | None = None
        self._offered: list[ReceiverHalf] = []
        self._session_possible = options.session
        self._accept = self._stamped

    @classmethod
    def negotiated(cls, jid: JID | str, options: StreamOptions, *, now: float, stream_id: str = "negotiated") -> Self:
        """A stream that is ready as if the client had bound `jid`; see `ClientStream.negotiated`."""
        stream = cls(options, now=now)
        return stream._become_ready(JID(jid), stream_id, frozenset({Fact.AUTHENTICATED, Fact.BOUND}))

    # --- calls of the application ---------------------------------------------------------------------

    def provide_account(self, record: AccountRecord | None) -> None:
        """The answer to `AccountNeeded`.

        :param record: what is known of the account; None if there is no such account, which the client
            cannot tell from a wrong password.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.PROVIDE_ACCOUNT)
        half = self._current()
        # Only logging in goes to ACCOUNT.
        assert isinstance(half, LoginReceiver)
        self._settle(half.account(record))

    def refuse_account(self, condition: str, text: str = "") -> None:
        """The answer to `AccountNeeded`: not now, whatever the password is.

        :param condition: one of RFC 6120 §6.5, as ``temporary-auth-failure``.
        :param text: for humans.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.PROVIDE_ACCOUNT)
        half = self._current()
        assert isinstance(half, LoginReceiver)
        self._settle(half.fail(condition, text))

    def accept_bind(self, jid: JID | str) -> None:
        """The answer to `BindRequested`: the client's full address is `jid`. The session is ready.

        :raises ValueError: `jid` has no resource, or belongs to another account.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.ACCEPT_BIND)
        address = JID(jid)
        if not address.resource or address.bare != self.jid.bare:
            raise ValueError(f"{address.full!r} is no full address of {self.jid.bare!r}")
        half = self._current()
        # Only these go to BINDING.
        assert isinstance(half, BindReceiver | Sasl2Receiver)
        self._settle(half.accept_bind(address))

    def refuse_bind(self, condition: str) -> None:
        """The answer to `BindRequested`: no, and the client may ask again (§7.7.2).

        :param condition: a stanza error condition, as ``conflict`` or ``resource-constraint``; else
            ValueError.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.REFUSE_BIND)
        half = self._current()
        assert isinstance(half, BindReceiver | Sasl2Receiver)
        self._settle(half.refuse_bind(condition))

    def accept_resume(self, session: ManagedSession) -> None:
        """The answer to `ResumeRequested`: go on with `session`, whose own stream must have ended. Of what it held back
        everything is sent that the client has not handled. If the client says to have handled more than it was sent,
        this stream ends, and `session` is as it was.

        :raises ValueError: `session` belongs to another account, or cannot be resumed.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.ACCEPT_RESUME)
        if session.jid.bare != self.jid.bare or not session.resumable:
            raise ValueError(f"{session!r} is no session that {self.jid.bare!r} can resume")
        half = self._current()
        # Only these go to RESUMING.
        assert isinstance(half, ManagementReceiver | Sasl2Receiver)
        self._session_possible = False
        self._settle(half.accept_resume(session))

    def refuse_resume(self, condition: str = "item-not-found", *, h: int | None = None) -> None:
        """The answer to `ResumeRequested`: no, and the client may bind a resource (XEP-0198 §5).

        :param condition: a stanza error condition.
        :param h: how many stanzas of a session that is over were handled; None if nobody knows.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.REFUSE_RESUME)
        half = self._current()
        assert isinstance(half, ManagementReceiver | Sasl2Receiver)
        self._settle(half.refuse_resume(condition, h))

    def provide_token(self, token: str | None, expiry: datetime.datetime | None = None) -> None:
        """The answer to `TokenRequested`.

        :param token: a new token for this client, which nobody can guess; None: it gets none now.
        :param expiry: when it ends.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.PROVIDE_TOKEN)
        half = self._current()
        # Only SASL2 goes to TOKEN.
        assert isinstance(half, Sasl2Receiver)
        self._settle(half.provide_token(token, expiry))

    # --- the negotiation ------------------------------------------------------------------------------

    def _attributes(self) -> dict[str, str]:
        attributes = super()._attributes()
        attributes["version"] = "1.0"
        if self.peer_from is not None:
            attributes["to"] = self.peer_from
        lang = self.peer_lang if self.peer_lang in self.options.languages else self.options.lang
        if lang:
            attributes["xml:lang"] = lang
        return attributes

    def _default_limits(self) -> Limits:
        return Limits.server()

    def _on_header(self, header: StreamHeader) -> None:
        attributes = header.attributes
        version = attributes.get("version", "")
        problem = self._to_problem(attributes.get("to")) or self._from_problem(attributes.get("from"))
        if version.partition(".")[0] != "1":
            problem = ("a stream header without a version that we know", "unsupported-version")
        if problem is not None:
            self._violate(*problem)
            return
        self._tailor()
        self._write_header()
        self.emit(StreamOpened(self.stream_id, self.peer_from, self.domain, version, self.peer_lang))
        self._offer()

    def _to_problem(self, to: str | None) -> tuple[str, str] | None:
        """§4.7.2, §4.9.3.6, §4.9.3.7: the client must say where it wants to go, and we must be there."""
        if not to:
            return "a stream header without to", "improper-addressing"
        try:
            domain = JID(to).domain
        except InvalidJID:
            domain = ""
        if domain not in self._served:
            return f"a stream header to {to[:255]!r}, which is not served here", "host-unknown"
        if self.jid and domain != self.jid.domain:
            # Who it is was settled with another domain.
            return f"a stream header to {domain!r} after a login to {self.jid.domain!r}", "improper-addressing"
        self.domain = domain
        return None

    def _from_problem(self, sender: str | None) -> tuple[str, str] | None:
        """§4.7.1, §4.9.3.9: who the client says it is must be an address, and its own once that is known."""
        if sender is None:
            self.peer_from = None  # what was said before TLS may be anybody's word (§5.4.3.3)
            return None
        try:
            address = JID(sender)
        except InvalidJID:
            return "a stream header from something that is no address", "invalid-from"
        if self.jid and address.bare != self.jid.bare:
            return f"a stream header from {address.bare!r}, who it is not", "invalid-from"
        self.peer_from = address.bare
        return None

    def _tailor(self) -> None:
        """Offer the logins that are for whom this header names, whatever an earlier one has said."""
        given = self._given
        if given.login_offer is None or Fact.AUTHENTICATED in self.facts:
            return
        offer = given.login_offer(self.peer_from) if self.peer_from is not None else None
        self.options = given
        if offer is not None:
            sasl2 = replace(given.sasl2, upgrades=offer.upgrades) if given.sasl2 is not None else None
            self.options = given.replace(sasl=offer.sasl, sasl2=sasl2)

    def _offer(self) -> None:
        """Announce the features whose turn can come now (§4.3.2)."""
        features = Element(_FEATURES)
        self._offered = []
        for feature in self._features:
            if feature.receiver is None or not feature.permitted(self.facts):
                continue
            if not (feature.in_clear or self.secure or self.options.tls in CLEAR_POLICIES):
                continue
            half = feature.receiver(self, feature)
            offer = half.offer()
            if offer is not None:
                features.append(offer)
                self._offered.append(half)
        if Fact.AUTHENTICATED in self.facts:
            features.extend(self.options.announce)
        self.write(features)
        self.move(Step.OFFERED)

    def _classify(self, element: Element) -> Input:
        step = self._state.step
        if step is Step.OFFERED:
            for half in self._offered:
                if half.starts(element):
                    self._half = half
                    return Input.REQUEST
        elif step in _BEGUN:
            half = self._current()
            if half.accepts(element) if step is Step.EXCHANGE else half.gives_up(element):
                return Input.ANSWER
        elif step is Step.READY and element.tag in (ENABLE_TAG, RESUME_TAG) and self.options.management is not None:
            return Input.MANAGEMENT
        return Input.STANZA if element.tag in self._stanza_tags else Input.NONZA

    def _act(self, kind: Input, element: Element) -> None:
        if kind is Input.STANZA:
            stanza = self._accept(element)
            if stanza is not None:
                self.emit(stanza)
        else:
            if self._state.step is Step.DERIVING:
                self.move(Step.EXCHANGE)
            self._settle(self._current().receive(element))

    def _on_management(self, element: Element) -> None:
        # To enable or to resume: a count comes to a live stream only, whose hot path takes it.
        if element.tag == RESUME_TAG:
            refuse(self, "unexpected-request")  # a resource is bound already
        elif self._manager is not None:
            self._violate("another request for stream management", "policy-violation")  # XEP-0198 §3
        else:
            self._session_possible = False  # its answer would have to be counted, and who has bound this way asks late
            self.write(enable(self, element))

    def _current(self) -> ReceiverHalf:
        """The feature under way. There is one from the client's request to its outcome."""
        assert self._half is not None
        return self._half

    def _settle(self, outcome: Outcome) -> None:
        """Go on as `outcome` says."""
        if outcome is Outcome.RESTART:
            self.restart()
        elif outcome is Outcome.SECURE:
            self.secure_connection()
        elif outcome is Outcome.FEATURES:
            half = self._current()
            self._offer()
            if Fact.BOUND in self.facts:
                self._session_possible = False
                self._settle(Outcome.READY)
            assert isinstance(half, Sasl2Receiver)  # no other feature goes on without a restart
            half.announced()
        elif outcome is Outcome.READY:
            self.move(Step.READY)
            self.emit(Negotiated(self.jid))
        elif outcome in (Outcome.DONE, Outcome.SKIPPED):
            self.move(Step.OFFERED)

    def _stamped(self, element: Element) -> StanzaBase | None:
        """The event of a stanza: `from` is who the client is, whatever it wrote there (§8.1.2.1)."""
        tag = element.tag
        if self._session_possible:
            # RFC 3921 puts the session right behind the binding; after the first presence nobody asks any
            # more.
            self._session_possible = tag != _PRESENCE
            answer = SessionReceiver.answer(element)
            if answer is not None:
                self._session_possible = False
                if self.ready:
                    self.write(answer)
                return None
        if tag not in self.options.accepts:
            element.set("from", self.jid.full)
        return self.options.stanza_factory(element)
