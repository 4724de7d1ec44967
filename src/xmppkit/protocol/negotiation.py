# SPDX-License-Identifier: MIT
"""Stream features as declarations, and the order in which they are negotiated (RFC 6120 §4.3).

A `Feature` says what it is called, which element announces it, which facts it needs and forbids, when its
turn comes and whether the stream restarts after it. What each end does stands beside it, in one file of
`xmppkit.protocol.features`: a subclass of `InitiatorHalf` and one of `ReceiverHalf`. The streams know
features only through this interface, and the application's own come in through the same one
(`host_feature`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, TypeVar

from xmppkit.protocol.events import FeatureOffered
from xmppkit.protocol.state import Fact, Step
from xmppkit.records import record
from xmppkit.xml import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from xml.etree.ElementTree import Element

    from xmppkit.exceptions import RemoteError
    from xmppkit.jid.address import JID
    from xmppkit.protocol.events import Event, SecureTransport
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.manager import Manager
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.sasl.derivation import Pending
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.stanza.stream_features import StreamFeatures
    from xmppkit.xml.limits import Limits

__all__ = [
    "Feature",
    "FeatureTable",
    "HostHalf",
    "InitiatorHalf",
    "Outcome",
    "PeerLimits",
    "ReceiverHalf",
    "StreamPort",
    "host_feature",
]


T = TypeVar("T")


class Outcome(Enum):
    """What one move in a feature's negotiation came to."""

    WAIT = "wait"
    """It is the peer's turn, or the application's."""
    DONE = "done"
    """Negotiated; the next feature's turn."""
    SKIPPED = "skipped"
    """Nothing was negotiated; the next feature's turn."""
    RESTART = "restart"
    """Negotiated; both directions start anew (RFC 6120 §4.3.3)."""
    FEATURES = "features"
    """Negotiated; the receiver announces features anew, without a restart (XEP-0388 §2.6.1)."""
    SECURE = "secure"
    """Negotiated; TLS begins, and both directions start anew inside it."""
    READY = "ready"
    """Negotiated, and nothing is missing any more: the session is ready."""
    ENDED = "ended"
    """The stream has ended."""


@record(frozen=True, slots=True)
class PeerLimits:
    """What the peer takes (XEP-0478 §3).

    :ivar max_bytes: the largest first-level element, in bytes; None if it did not say.
    :ivar idle_seconds: how long it waits for us before it may look whether we are alive; None if it did not
        say.
    """

    max_bytes: int | None = None
    idle_seconds: int | None = None


class StreamPort(Protocol):
    """What a feature may see of its stream, and do to it."""

    jid: JID
    """Initiator: the address to log in as, then the bound one. Receiver: the client's."""
    domain: str
    """The server's domain."""
    attempts: int
    """Failed authentications so far."""
    peer_limits: PeerLimits
    """What the peer said it takes."""
    resumes: ManagedSession | None
    """Initiator: the earlier session that is still to be resumed (XEP-0198)."""
    peer_from: str | None
    """Receiver: who the client says to be in its stream header (RFC 6120 §4.7.1): a hint, and no more."""
    trailing: bool
    """Whether anything, be it white space, followed the element being handled, in the same read."""

    @property
    def options(self) -> StreamOptions: ...
    @property
    def facts(self) -> frozenset[Fact]: ...
    @property
    def where(self) -> str: ...
    @property
    def stream_namespace(self) -> str: ...
    @property
    def tls_info(self) -> SecureTransport | None: ...
    @property
    def limits(self) -> Limits: ...
    def channel_binding(self, kind: str) -> bytes | None: ...
    def write(self, element: Element) -> None: ...
    def emit(self, event: Event | StanzaBase) -> None: ...
    def accept(self, element: Element) -> StanzaBase | None: ...
    def manage(self, session: ManagedSession, *, on: bool = ...) -> Manager: ...
    def move(self, step: Step) -> None: ...
    def learn(self, *facts: Fact) -> None: ...
    def fail(self, error: RemoteError, condition: str | None = None, text: str = "") -> None: ...
    def derive(self, pending: Pending[T], go_on: Callable[[T], Outcome]) -> Outcome: ...


class InitiatorHalf(ABC):
    """What the end that opened the connection does about one feature. Made anew for each announcement.

    :param stream: the stream it is negotiated on.
    :param feature: the declaration.
    """

    __slots__ = ("feature", "stream")

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        self.stream = stream
        self.feature = feature

    def absent(self) -> RemoteError | None:
        """It is the feature's turn and the receiver does not offer it: the error, if the stream cannot do
        without."""
        return None

    @abstractmethod
    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        """It is the feature's turn, and `offer` announces it."""

    def ahead(self) -> bool:
        """A stream header was written: begin before the receiver has announced anything, if that is possible. Whether
        it is; then `confirm` is called instead of `start`."""
        return False

    def confirm(self, offer: Element | None, features: StreamFeatures) -> Outcome:
        """What was not waited for has come; `offer` is None if it does not announce this feature."""
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        """Whether `element` is what the receiver may answer now."""
        return False

    def gives_up(self, element: Element) -> bool:
        """Whether the receiver ends with `element` what it is our turn to go on with."""
        return False

    def receive(self, element: Element) -> Outcome:
        """The receiver answered with `element`, which `accepts` let pass."""
        return Outcome.WAIT


class ReceiverHalf(ABC):
    """What the end that accepted the connection does about one feature. Made anew for each announcement.

    :param stream: the stream it is negotiated on.
    :param feature: the declaration.
    """

    __slots__ = ("feature", "stream")

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        self.stream = stream
        self.feature = feature

    @abstractmethod
    def offer(self) -> Element | None:
        """The element that announces the feature; None leaves it out."""

    def starts(self, element: Element) -> bool:
        """Whether `element` takes the feature up."""
        return False

    def accepts(self, element: Element) -> bool:
        """Whether `element` goes on with what was begun."""
        return False

    def gives_up(self, element: Element) -> bool:
        """Whether the initiator ends with `element` what it is our turn to go on with."""
        return False

    def receive(self, element: Element) -> Outcome:
        """The initiator sent `element`, which `starts` or `accepts` let pass."""
        return Outcome.WAIT


@record(frozen=True, slots=True, kw_only=True)
class Feature:
    """The declaration of a stream feature.

    :ivar name: its name; slixmpp's for its own features. Registering the same name and order again replaces
        it.
    :ivar order: features take their turns from the lowest to the highest; equal ones as registered.
    :ivar tag: the qualified name of the element that announces it; empty looks for `name` among the features
        that the `StreamFeatures` stanza knows.
    :ivar needs: facts that must hold.
    :ivar forbids: facts that must not.
    :ivar in_clear: may be negotiated without TLS although the policy requires TLS: STARTTLS itself.
    :ivar restarts: the stream restarts after it. For documentation and `host_feature`: the halves decide.
    :ivar initiator: makes what the opening end does, as the class does; None if there is nothing to do.
    :ivar receiver: makes what the accepting end does; None if it never offers the feature.
    """

    name: str
    order: int
    tag: str = ""
    needs: frozenset[Fact] = frozenset()
    forbids: frozenset[Fact] = frozenset()
    in_clear: bool = False
    restarts: bool = False
    initiator: Callable[[StreamPort, Feature], InitiatorHalf] | None = None
    receiver: Callable[[StreamPort, Feature], ReceiverHalf] | None = None

    def permitted(self, facts: frozenset[Fact]) -> bool:
        """Whether the facts allow it."""
        return self.needs <= facts and not self.forbids & facts

    def find(self, features: StreamFeatures) -> Element | None:
        """The element of `features` that announces this feature, or None."""
        if self.tag:
            return features.xml.find(self.tag)
        offer = features["features"].get(self.name)
        return None if offer is None else offer.xml


# The namespaces of the negotiation that the streams do themselves: the application's feature never sees
# those.
_OWN_NAMESPACES = frozenset({names.STREAM, names.STREAM_ERRORS, names.TLS, names.SASL, names.SASL2})


class HostHalf(InitiatorHalf):
    """A feature of the application: reported when its turn comes, done when the application says so.

    While it waits, the receiver may send answers: IQs of type result or error, and elements of namespaces
    that are not the stream's own. They become events, like stanzas. Messages, presence and requests are
    refused as before any authentication (RFC 6120 §4.9.3.12). A session that goes on (XEP-0198 §5) has all that was
    negotiated, and no feature of the application has a turn.
    """

    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        if Fact.RESUMED in self.stream.facts:
            return Outcome.SKIPPED
        self.stream.move(Step.HOST)
        self.stream.emit(FeatureOffered(self.feature.name, features))
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        namespace, local = names.split(element.tag)
        if namespace == self.stream.stream_namespace:
            return local == "iq" and element.get("type") in ("result", "error")
        return namespace not in _OWN_NAMESPACES

    def receive(self, element: Element) -> Outcome:
        stanza = self.stream.accept(element)
        if stanza is not None:
            self.stream.emit(stanza)
        return Outcome.WAIT


def host_feature(
    name: str,
    order: int,
    *,
    tag: str = "",
    restarts: bool = False,
    needs: Iterable[Fact] = (),
    forbids: Iterable[Fact] = (),
) -> Feature:
    """A feature that the application negotiates by itself, on the initiator's side; see `HostHalf`."""
    return Feature(
        name=name,
        order=order,
        tag=tag,
        restarts=restarts,
        needs=frozenset(needs),
        forbids=frozenset(forbids),
        initiator=HostHalf,
    )


class FeatureTable:
    """The features of one stream, in the order of their turns."""

    __slots__ = ("_features",)

    def __init__(self, features: Iterable[Feature] = ()) -> None:
        #: Replaced, never changed.
        self._features: tuple[Feature, ...] = ()
        for feature in features:
            self.add(feature)

    def copy(self) -> FeatureTable:
        """A table of the same features, with changes of its own."""
        table = FeatureTable()
        table._features = self._features
        return table

    def __iter__(self) -> Iterator[Feature]:
        """The features as they are now; changing the table does not disturb the iteration."""
        return iter(self._features)

    def add(self, feature: Feature) -> None:
        """Add `feature`, in place of the one of the same name and order if there is one."""
        kept = [one for one in self._features if (one.name, one.order) != (feature.name, feature.order)]
        # Sorting is stable: features of one order keep the sequence in which they were added.
        self._features = tuple(sorted([*kept, feature], key=attrgetter("order")))

    def remove(self, name: str, order: int | None = None) -> bool:
        """Remove the features called `name`, of that order or of any; whether there were any."""
        kept = tuple(one for one in self._features if one.name != name or order not in (None, one.order))
        removed = len(kept) < len(self._features)
        self._features = kept
        return removed
