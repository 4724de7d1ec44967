# SPDX-License-Identifier: MIT
"""The end that opens the connection, and the client's stream (RFC 6120 §4.3, §5-7).

`Initiator` is what clients and components share: it speaks first and judges the answer's header.
`ClientStream` takes the server's features in the order of their declarations.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from xmppkit.exceptions import (
    ConfigurationError,
    InvalidJID,
    LocalProtocolError,
    NegotiationFailed,
    StreamClosed,
)
from xmppkit.jid.address import JID
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import FeaturesReceived, Negotiated, StreamOpened
from xmppkit.protocol.features import BUILT_IN
from xmppkit.protocol.features.login import LoginInitiator
from xmppkit.protocol.negotiation import FeatureTable, Outcome, host_feature
from xmppkit.protocol.options import CLEAR_POLICIES
from xmppkit.protocol.state import Call, Fact, Input, Role, Step
from xmppkit.protocol.stream_errors import ERROR_TAG
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml import names
from xmppkit.xml.limits import Limits
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self
    from xml.etree.ElementTree import Element

    from xmppkit.exceptions import RemoteError
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.negotiation import Feature, InitiatorHalf
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.sasl.credentials import Credentials
    from xmppkit.xml.parser import StreamHeader

__all__ = ["ClientStream", "Initiator"]

_FEATURES = names.clark(names.STREAM, "features")

# Announcements of features on one connection: before and after TLS, after SASL, and some for the
# application's own features. A server that goes on for ever would keep the negotiation timer from meaning
# anything.
_MAX_ROUNDS = 16
_NO_ID = "a stream header without id"
# What a login by SASL2 leaves nothing to do of: programs ask for these names.
_ALONG = {Fact.AUTHENTICATED: "mechanisms", Fact.BOUND: "bind", Fact.MANAGED: "sm"}


class Initiator(Connection):
    """What clients and components share.

    :param domain: the domain that the stream is opened to.
    :ivar domain: the same, prepared.
    """

    __slots__ = ("_nameless", "domain")
    initiating = True

    def __init__(self, domain: str, options: StreamOptions, *, now: float) -> None:
        super().__init__(options, now=now)
        if not domain:
            raise ConfigurationError("a stream is opened to a domain: give a JID that has one")
        self.domain = JID(domain).domain
        self._nameless = False

    @property
    def where(self) -> str:
        return self.domain

    def _greet(self) -> None:
        self._write_header()
        self.move(Step.HEADER)

    def _peer_left(self) -> RemoteError | None:
        return StreamClosed(f"the server closed the stream while it was {self._state.step.value}", where=self.domain)

    def _opened(self, header: StreamHeader, *, versioned: bool) -> bool:
        """Judge the rest of the server's header (§4.7); if it is wrong the stream has ended."""
        attributes = header.attributes
        sender = attributes.get("from")
        version = attributes.get("version", "")
        if sender is not None and not self._is_domain(sender):
            # A server that answers for another name than it was asked for is not the one we want (§4.7.1).
            self._violate(f"a stream header from {sender[:255]!r}", "invalid-from")
            return False
        if versioned and version.partition(".")[0] != "1":
            # §4.7.5: without a version it is a stream of before RFC 3920, without features.
            said = f"a stream header of version {version[:16]!r}" if version else "a stream header without version"
            self._violate(said, "unsupported-version")
            return False
        if not attributes.get("id"):
            if "id" in attributes:
                # Prosody's header is such when it only comes before a stream error, which says more.
                self._nameless = True
            else:
                self._violate(_NO_ID, "bad-format")
            return False
        self.stream_id = attributes["id"]
        self.emit(StreamOpened(self.stream_id, sender, attributes.get("to"), version, self.peer_lang))
        return True

    def _on_element(self, element: Element) -> None:
        if not self._nameless or self._state.step is not Step.HEADER:
            super()._on_element(element)
        elif element.tag == ERROR_TAG:
            self._on_error(element)
        else:
            self._violate(_NO_ID, "bad-format")

    def _is_domain(self, sender: str) -> bool:
        if sender == self.domain:
            return True
        try:
            return JID(sender).domain == self.domain
        except InvalidJID:
            return False


_NO_TURNS: Iterator[Feature] = iter(())


@lru_cache(64)
def _features_with(features: tuple[Feature, ...]) -> FeatureTable:
    """The built-in ones and these: the same for the streams of a program, which copy it."""
    return FeatureTable((*BUILT_IN, *features))


class ClientStream(Initiator):
    """The client's end of a client-to-server stream.

    :param jid: the address to log in as. Its domain is the one that the stream is opened to and that the
        certificate must prove; its resource is asked for when binding; without a local part the login is
        anonymous.
    :param options: what the stream is told.
    :param now: the time, as in `Connection`.
    :param resume: the session of an earlier stream, to go on with (XEP-0198 §5): `Connection.session` of that one,
        which must have ended. If the server refuses, `ResumptionFailed` is reported and a new session negotiated.
    :raises ConfigurationError: the options or the JID do not do for a client, or the session cannot be resumed.
    """

    __slots__ = ("_ahead", "_features", "_half", "_negotiated", "_offered", "_rounds", "_turns")
    role = Role.CLIENT
    stream_namespace = names.CLIENT

    def __init__(
        self, jid: JID | str, options: StreamOptions, *, now: float, resume: ManagedSession | None = None
    ) -> None:
        address = JID(jid)
        super().__init__(options.domain or address.domain, options, now=now)
        self.jid = address
        if resume is not None and not resume.resumable:
            raise ConfigurationError(f"the session of {resume.jid.full!r} cannot be resumed")
        self.resumes = resume
        self._negotiated: set[str] | None = None
        self._features = _features_with(options.features).copy()
        self._half: InitiatorHalf | None = None
        #: It has begun before the server has announced anything.
        self._ahead = False
        self._offered: StreamFeatures | None = None
        self._turns: Iterator[Feature] = _NO_TURNS
        self._rounds = 0

    @classmethod
    def negotiated(cls, jid: JID | str, options: StreamOptions, *, now: float, stream_id: str = "negotiated") -> Self:
        """A stream that is ready as if it had bound `jid`: for tests, and for connections that somebody else
        negotiated. It knows nothing of TLS: whether its bytes are protected is the caller's business."""
        stream = cls(jid, options, now=now)
        return stream._become_ready(stream.jid, stream_id, frozenset({Fact.AUTHENTICATED, Fact.BOUND}))

    @property
    def negotiated_features(self) -> set[str]:
        """The names of the features that were negotiated, or announced and noted."""
        if self._negotiated is None:
            self._negotiated = set()
        return self._negotiated

    # --- calls of the application ---------------------------------------------------------------------

    def register_feature(
        self,
        name: str,
        *,
        order: int = 5000,
        restart: bool = False,
        tag: str = "",
        needs: Iterable[Fact] = (),
        forbids: Iterable[Fact] = (),
    ) -> None:
        """Take part in the negotiation: when a server offers the feature and its turn comes,
        `FeatureOffered` is reported. It counts from the next announcement of features on.

        :param name: the name of the feature's stanza within `StreamFeatures`, or any name if `tag` is given.
        :param order: its turn; the built-in ones are starttls 0, sasl2 95, mechanisms 100, rosterver and sm (resuming)
            9000, preapproval 9001, bind and limits 10000, session 10001, sm (enabling) 10100. Below TLS no
            turn comes unless the policy allows cleartext.
        :param restart: for the record; `feature_done` decides.
        :param tag: the qualified name of the announcing element.
        """
        self._features.add(host_feature(name, order, tag=tag, restarts=restart, needs=needs, forbids=forbids))

    def unregister_feature(self, name: str, order: int | None = None) -> bool:
        """Take a feature out, a built-in one too; whether there was one.

        :param order: only the one of this order; None all of the name.
        """
        return self._features.remove(name, order)

    def feature_done(self, name: str, *, restart: bool = False, learned: Iterable[Fact] = ()) -> None:
        """The answer to `FeatureOffered`: go on with the next feature.

        :param name: which.
        :param restart: the stream restarts now (§4.3.3).
        :param learned: facts that hold now: BOUND or RESUMED, if the feature has given the session its
            address.
        :raises LocalProtocolError: no feature, or another one, is in the application's hands.
        """
        self._state.check(Call.FEATURE_DONE)
        under_way = self._current().feature.name
        if name != under_way:
            raise LocalProtocolError(f"feature_done({name!r}) was called while {under_way!r} is under way")
        self.learn(*learned)
        self._settle(Outcome.RESTART if restart else Outcome.DONE)

    def send_negotiation(self, element: Element) -> None:
        """Send an element that belongs to the feature in the application's hands, as the IQ of XEP-0077.

        :raises LocalProtocolError: no feature is.
        :raises UnserializableXML: it cannot be written as XML 1.0.
        """
        self._state.check(Call.SEND_NEGOTIATION)
        text = serialize(element, default_namespace=self.stream_namespace)
        if self._manager is not None and element.tag in self._manager.counted:
            self._manager.hurry()  # the stream is not ready, until which it writes nothing by itself
            self._manager.send(element, text)
        self._out.append(text)

    def provide_credentials(self, credentials: Credentials) -> None:
        """The answer to `PasswordNeeded`.

        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.PROVIDE_CREDENTIALS)
        half = self._current()
        # Only logging in goes to CREDENTIALS.
        assert isinstance(half, LoginInitiator)
        self._settle(half.begin(credentials))

    # --- the negotiation ------------------------------------------------------------------------------

    def _greet(self) -> None:
        super()._greet()
        for feature in self._features if self.options.sasl2 is not None else ():
            if feature.initiator is not None and self._may_begin(feature):
                half = feature.initiator(self, feature)
                if half.ahead():
                    self._half, self._ahead = half, True
                    return

    def _attributes(self) -> dict[str, str]:
        attributes = {"to": self.domain, "version": "1.0"}
        # §4.7.1: who we are stands in the header only where nobody else can read it.
        if self.secure and self.jid.local:
            attributes["from"] = self.jid.bare
        if self.options.lang:
            attributes["xml:lang"] = self.options.lang
        return attributes

    def _default_limits(self) -> Limits:
        return Limits.client()

    def _on_header(self, header: StreamHeader) -> None:
        if self._opened(header, versioned=True):
            self.move(Step.FEATURES)

    def _classify(self, element: Element) -> Input:
        if self._state.step in (Step.EXCHANGE, Step.HOST) and self._current().accepts(element):
            return Input.ANSWER
        if self._state.step is Step.DERIVING and self._current().gives_up(element):
            return Input.ANSWER
        if element.tag == _FEATURES:
            return Input.FEATURES
        return Input.STANZA if element.tag in self._stanza_tags else Input.NONZA

    def _act(self, kind: Input, element: Element) -> None:
        if kind is Input.STANZA:
            stanza = self._accept(element)
            if stanza is not None:
                self.emit(stanza)
        elif kind is Input.FEATURES:
            self._begin(element)
        else:
            if self._state.step is Step.DERIVING:
                self.move(Step.EXCHANGE)
            self._settle(self._current().receive(element))

    def _current(self) -> InitiatorHalf:
        """The feature under way. There is one in the steps EXCHANGE, DERIVING, CREDENTIALS and HOST."""
        assert self._half is not None
        return self._half

    def _begin(self, element: Element) -> None:
        self._rounds += 1
        if self._rounds > _MAX_ROUNDS:
            self._violate("stream features without end", "policy-violation")
            return
        self._offered = StreamFeatures(xml=element)
        self._turns = iter(self._features)
        self.emit(FeaturesReceived(self._offered))
        if not self._ahead:
            self._go_on()
            return
        self._ahead = False
        half = self._current()
        self._turns = iter([feature for feature in self._features if feature.order > half.feature.order])
        self._settle(half.confirm(half.feature.find(self._offered), self._offered))

    def _go_on(self) -> None:
        """Give the features their turns, until one waits."""
        for feature in self._turns:
            outcome = self._turn(feature)
            if outcome is Outcome.DONE:
                self.negotiated_features.add(feature.name)
            elif outcome is not Outcome.SKIPPED:
                self._settle(outcome)
                return
        if self.facts & {Fact.BOUND, Fact.RESUMED}:
            self.move(Step.READY)
            self.emit(Negotiated(self.jid))
            return
        self.fail(
            NegotiationFailed("the server offers nothing that leads to a session", where=self.domain),
            "unsupported-feature",
        )

    def _turn(self, feature: Feature) -> Outcome:
        offered = self._offered
        if feature.initiator is None or offered is None or not self._may_begin(feature):
            return Outcome.SKIPPED
        half = feature.initiator(self, feature)
        offer = feature.find(offered)
        if offer is None:
            error = half.absent()
            if error is None:
                return Outcome.SKIPPED
            self.fail(error)
            return Outcome.ENDED
        self._half = half
        return half.start(offer, offered)

    def _may_begin(self, feature: Feature) -> bool:
        """Whether what we know of the stream allows it."""
        clear = feature.in_clear or self.secure or self.options.tls in CLEAR_POLICIES
        return clear and feature.permitted(self.facts)

    def _settle(self, outcome: Outcome) -> None:
        """Go on as `outcome` says."""
        if outcome in (Outcome.WAIT, Outcome.ENDED):
            return
        if outcome is not Outcome.SKIPPED:
            self.negotiated_features.add(self._current().feature.name)
        if outcome is Outcome.RESTART:
            self.restart()
        elif outcome is Outcome.SECURE:
            self.secure_connection()
        elif outcome is Outcome.FEATURES:
            self.negotiated_features.update(name for fact, name in _ALONG.items() if fact in self.facts)
            self.move(Step.FOLLOWING if Fact.BOUND in self.facts else Step.FEATURES)
        else:
            self._go_on()
