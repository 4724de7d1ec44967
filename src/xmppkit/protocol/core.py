# SPDX-License-Identifier: MIT
"""The inside of a stream: what the peer sends is judged by the table and handed on, and the stream ends well.

`StreamCore` holds what both ends share below the calls of the application, which are in `connection.py`.
Where a comment names a section without a document, RFC 6120 is meant.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.exceptions import MalformedStream, RemoteError, TLSFailed
from xmppkit.jid.address import JID
from xmppkit.protocol import stream_errors
from xmppkit.protocol.events import StanzaRefused, StreamEnded, StreamErrorReceived
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.manager import ACK, REQUEST, Manager
from xmppkit.protocol.negotiation import Outcome, PeerLimits
from xmppkit.protocol.options import TlsPolicy
from xmppkit.protocol.state import Fact, Half, Input, Mark, Role, Step, StreamState
from xmppkit.protocol.timer import Timer
from xmppkit.protocol.tls import channel_binding, make_filter
from xmppkit.stanza.stream_error import StreamError
from xmppkit.xml import names
from xmppkit.xml.parser import Malformed, Refused, StreamFooter, StreamHeader
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from xmppkit.protocol.events import Event, SecureTransport
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.protocol.tls import SslObject, TlsLayer
    from xmppkit.sasl.derivation import Derivation, Pending
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.xml.limits import Limits
    from xmppkit.xml.parser import Item

__all__ = ["StreamCore"]

T = TypeVar("T")

_UNSAID = PeerLimits()
_LIVE = (Step.READY, Step.LEAVING)
_COUNTS = (REQUEST, ACK)
# How many of the first bytes are kept to tell which protocol the peer speaks instead.
_SNIFF = 16
# Bytes that are looked at together until the session is ready: what raises the limits may have large stanzas behind it,
# as when a session goes on along with the login.
_SLICE = 4096
_CLOSING = (Step.LEAVING, Step.CLOSING)
# The time that the application takes is not the peer's fault: here the negotiation timer stands still.
_PAUSED = (Step.CREDENTIALS, Step.HOST)


@cache
def _stanza_tags(namespace: str, accepts: frozenset[str]) -> frozenset[str]:
    return accepts | {names.clark(namespace, local) for local in ("message", "presence", "iq")}


class StreamCore(ABC):
    """One end of a stream, as its features and its subclasses see it; the port that `StreamPort` describes.

    :param options: what the stream is told.
    :param now: the time.
    :raises ConfigurationError: the options contradict each other or this kind of stream.
    """

    role: ClassVar[Role]
    stream_namespace: ClassVar[str]
    """The namespace of the stream's content, as its header declares it."""
    initiating: ClassVar[bool]
    """Whether this end opened the connection, and so speaks first."""

    __slots__ = (
        "_accept", "_channel", "_deferring", "_derived", "_error", "_first", "_framing", "_manager", "_namespace",
        "_out", "_stanza_tags", "_state", "_timer", "_tls_info", "_uncounted", "attempts", "closed", "jid", "options",
        "peer_from", "peer_lang", "peer_limits", "ready", "resumes", "stream_id", "trailing", "unread", "unwritten",
        "work",
    )  # fmt: skip

    def __init__(self, options: StreamOptions, *, now: float) -> None:
        options.check_tls()
        self.options = options
        self.ready = False
        """Whether stanzas may be sent now."""
        self.closed = False
        """Whether the stream is over: nothing more is received, and `data_to_send` holds its last bytes."""
        self.jid = JID()
        self.attempts = 0
        self.stream_id = ""
        """The id of the stream, once its header is known."""
        self.peer_lang: str | None = None
        """The `xml:lang` of the peer's header: the default of everything it sends (§4.7.4)."""
        self.peer_from: str | None = None
        """Receiver: who the client says to be in its header (§4.7.1), until that is known."""
        self.peer_limits = _UNSAID
        """What the peer said it takes (XEP-0478)."""
        self.trailing = False
        """Whether anything followed the element being handled, in the same read."""
        self._state = StreamState(self.role)
        self._framing = options.framing(self.stream_namespace, options.limits_before_authentication)
        self._namespace = options.default_namespace or self.stream_namespace
        self._stanza_tags = _stanza_tags(self.stream_namespace, options.accepts)
        self._accept: Callable[[Element], StanzaBase | None] = options.stanza_factory
        self._uncounted: Callable[[Element], StanzaBase | None] = self._accept
        self._manager: Manager | None = None
        self.resumes: ManagedSession | None = None
        """The earlier session that is still to be resumed (XEP-0198 §5)."""
        self._tls_info: SecureTransport | None = None
        self.unwritten = 0  # characters of stanzas that were sent since bytes were taken last
        self.unread: list[Event | StanzaBase] = []  # what has happened and that nobody has taken yet
        self.work: Derivation | None = None
        """What waits to be computed, for `Connection.take_work`; None without `Connection.defer`."""
        self._deferring = False
        #: What is being computed, and what is done with the key.
        self._derived: tuple[Derivation, Callable[[bytes], Outcome]] | None = None
        self._channel = self._framing.channel()
        self._out = self._channel.out
        self._timer = Timer(now)
        self._first = b""
        self._error: RemoteError | None = None

    # --- what a feature may ask (StreamPort) ------------------------------------------------------------

    @property
    def facts(self) -> frozenset[Fact]:
        """What holds for the rest of the stream."""
        return self._state.facts

    @property
    def secure(self) -> bool:
        """Whether TLS protects the stream."""
        return Fact.SECURE in self._state.facts

    @property
    def tls_info(self) -> SecureTransport | None:
        """What TLS negotiated; None without it."""
        return self._tls_info

    @property
    def ssl_object(self) -> SslObject | None:
        """The TLS connection, for looking at; None without it, and before its handshake is done."""
        tls = self._channel.tls
        return tls.ssl_object if tls is not None and tls.established else None

    @property
    def limits(self) -> Limits:
        """What the peer may send, once it is authenticated."""
        return self.options.limits or self._default_limits()

    @property
    @abstractmethod
    def where(self) -> str:
        """How errors call the peer: its domain, or an empty string."""

    def channel_binding(self, kind: str) -> bytes | None:
        """The TLS connection's binding data of `kind`, as ``tls-unique``; None where there is none (RFC
        5056)."""
        info = self._tls_info
        shown = None if info is None else info.certificate if self.initiating else self.options.certificate
        return channel_binding(kind, self._channel.tls, shown)

    def write(self, element: Element) -> None:
        """Send an element of the negotiation, whatever the step."""
        self._out.append(serialize(element, default_namespace=self.stream_namespace))

    def emit(self, event: Event | StanzaBase) -> None:
        """Report an event."""
        self.unread.append(event)

    def move(self, step: Step) -> None:
        """Go to `step` of the table."""
        self._state.move(step)
        self.work = self._derived = None
        self.ready, self.closed = step is Step.READY, step is Step.ENDED
        if step in _PAUSED:
            self._timer.pause()
        elif step is Step.READY or step is Step.ENDED:
            self._timer.stop()
        else:
            self._timer.resume()

    def learn(self, *facts: Fact) -> None:
        """From here on `facts` hold. Authentication raises the limits to those of the role."""
        self._state.learn(*facts)
        if Fact.AUTHENTICATED in facts:
            self._framing.limits = self.limits
            # What comes from a server are its users' stanzas, of which none is to end the stream.
            self._framing.passes_over = self.initiating

    def fail(
        self, error: RemoteError, condition: str | None = None, text: str = "", detail: Element | None = None
    ) -> None:
        """End the stream because of the peer, with a stream error if `condition` is given."""
        if condition is not None:
            self._stream_error(condition, text, detail)
        self._end(error.reason, error)

    def lose(self, error: RemoteError) -> None:
        """End the stream because the peer is gone: without a closing tag, so that the session can be resumed."""
        self._end(error.reason, error, farewell=False)

    def accept(self, element: Element) -> StanzaBase | None:
        """The event of a stanza that came; None if there is none, as for one that is here already."""
        return self._accept(element)

    def manage(self, session: ManagedSession, *, on: bool = True) -> Manager:
        """Count the stanzas of `session` (XEP-0198 §4).

        :param on: from here on; False only makes what looks at the counts.
        """
        manager = Manager(
            self,
            session,
            self.options.management or ManagementOptions(),
            out=self._out,
            namespace=self._namespace,
            counted=_stanza_tags(self.stream_namespace, frozenset()),
            now=self._timer.now,
        )
        if on:
            self._manager = manager
            self._uncounted, self._accept = self._accept, self._count
        return manager

    def derive(self, pending: Pending[T], go_on: Callable[[T], Outcome]) -> Outcome:
        """Have a key derived, and go on with what becomes of it: now, or when it is there. Whatever happens to the
        stream before that drops it."""
        if not self._deferring:
            return go_on(pending.then(pending.derivation.compute()))
        self.move(Step.DERIVING)
        self.work = pending.derivation
        self._derived = pending.derivation, lambda key: go_on(pending.then(key))
        return Outcome.WAIT

    def secure_connection(self) -> None:
        """Begin the TLS handshake, in which an open stream starts anew. If it cannot begin, the stream has ended."""
        try:
            tls = make_filter(
                self.options.tls_context(),
                server_side=not self.initiating,
                server_name=self.options.server_name or self.where,
                where=self.where,
                alpn=self.options.alpn if self.options.tls is TlsPolicy.DIRECT else (),
                pins=self.options.pins,
            )
            if self._state.ours is Half.OPEN:
                self._restart_halves()
            self.move(Step.SECURING)
            self._channel.secure(tls)
        except TLSFailed as error:
            self._end(error.reason, error, farewell=False)

    def restart(self) -> None:
        """Both directions start anew (§4.3.3), unless the peer has already gone on with the old one."""
        if not self._framing.idle:
            self._violate("something behind the end of a stream that restarts", "bad-format")
            return
        self._restart_halves()
        self._greet()

    # --- for the streams ------------------------------------------------------------------------------

    @abstractmethod
    def _greet(self) -> None:
        """The transport is ready for a stream, the first or the next: move to HEADER, and speak if it is
        our turn."""

    @abstractmethod
    def _on_header(self, header: StreamHeader) -> None:
        """The peer's header, of the right element; it need not be right otherwise."""

    @abstractmethod
    def _classify(self, element: Element) -> Input:
        """What `element` is, in the present step."""

    @abstractmethod
    def _act(self, kind: Input, element: Element) -> None:
        """Do what `element` asks for; the table permits it."""

    def _settle(self, outcome: Outcome) -> None:  # noqa: B027 - components have no features to negotiate
        """Go on as the feature under way says."""

    @abstractmethod
    def _attributes(self) -> dict[str, str]:
        """What our header says (§4.7)."""

    @abstractmethod
    def _default_limits(self) -> Limits:
        """What an authenticated peer of this role may send."""

    @abstractmethod
    def _peer_left(self) -> RemoteError | None:
        """The peer closed the stream in order, unasked: the error that this is, if it is one."""

    def _write_header(self) -> None:
        self._out.append(self._framing.header(self._attributes()))
        self._state.ours_does(Mark.HEADER)

    def _become_ready(self, jid: JID, stream_id: str, facts: frozenset[Fact]) -> Self:
        """Skip the negotiation: this stream is ready, and its peer too."""
        self.jid = jid
        self.stream_id = stream_id
        self._state.ours_does(Mark.HEADER)
        self._state.theirs_does(Mark.HEADER)
        self._framing.prime()
        self.learn(*facts)
        self.move(Step.READY)
        return self

    # --- inside ---------------------------------------------------------------------------------------

    def _parse(self, data: bytes) -> None:
        state = self._state
        if state.step not in _LIVE:
            self._parse_slowly(data)
            return
        # The hot path: a stanza of a live session costs one look at its tag.
        tags, accept, append = self._stanza_tags, self._accept, self.unread.append
        for item in self._framing.feed(data):
            if isinstance(item, Element) and item.tag in tags:
                event = accept(item)
                if event is not None:
                    append(event)
                    continue
            elif self._manager is not None and isinstance(item, Element) and item.tag in _COUNTS:
                self._manager.receive(item)  # both steps permit it
            else:
                self._handle(item)
                accept = self._accept  # stanzas may be counted from here on
            if state.step not in _LIVE:
                return

    def _parse_slowly(self, data: bytes) -> None:
        framing = self._framing
        if len(self._first) < _SNIFF:
            self._first += data[: _SNIFF - len(self._first)]
        size = max(1, len(data)) if framing.messages else _SLICE
        for end in range(size, max(1, len(data)) + size, size):
            items = framing.feed(data[end - size : end])
            for position, item in enumerate(items, 1):
                more = position < len(items)
                self.trailing = more or end < len(data) or not framing.between_stanzas
                self._handle(item)
                if self.closed:
                    return
                if framing is not self._framing and (more or data[end:].strip()):
                    # What stands behind the element that asked for a restart was written to a stream that is over.
                    self._violate("something behind the end of a stream that restarts", "bad-format")
                    return
            if end < len(data) and self._state.step in _LIVE:
                self._parse(data[end:])
                return

    def _handle(self, item: Item) -> None:
        if isinstance(item, Element):
            self._on_element(item)
        elif isinstance(item, StreamHeader):
            self._state.theirs_does(Mark.HEADER)
            if self._state.step is Step.HEADER and self._is_stream(item):
                self.peer_lang = item.attributes.get(names.XML_LANG)
                self._on_header(item)
        elif isinstance(item, StreamFooter):
            self._on_footer()
        elif isinstance(item, Refused):
            self._on_refused(item)
        else:
            self._on_malformed(item)

    def _is_stream(self, header: StreamHeader) -> bool:
        """Whether the document is a stream of our kind (§4.8); if not, the stream has ended."""
        found = stream_errors.wrong_stream(header, self.stream_namespace, self.where, initiating=self.initiating)
        if found is not None:
            self.fail(*found)
        return found is None

    def _on_element(self, element: Element) -> None:
        if element.tag == stream_errors.ERROR_TAG:
            kind = Input.ERROR
        elif element.tag == names.STREAM_ROOT:
            kind = Input.HEADER
        elif element.tag in _COUNTS and self._manager is not None:
            kind = Input.MANAGEMENT
        else:
            kind = self._classify(element)
        condition = self._state.violation(kind)
        if condition is not None:
            self._violate(f"{kind.value} while the stream was {self._state.step.value}", condition)
        elif self._state.step is Step.CLOSING:
            return
        elif kind is Input.ERROR:
            self._on_error(element)
        elif kind is Input.MANAGEMENT:
            self._on_management(element)
        else:
            self._act(kind, element)

    def _on_management(self, element: Element) -> None:
        assert self._manager is not None
        self._manager.receive(element)

    def _count(self, element: Element) -> StanzaBase | None:
        """What `_accept` is while stanzas are counted."""
        assert self._manager is not None
        if element.tag in self._manager.counted and not self._manager.came():
            return None
        return self._uncounted(element)

    def _on_error(self, element: Element) -> None:
        stanza = StreamError(xml=element)
        self.emit(StreamErrorReceived(stanza))
        error = stream_errors.received_error(stanza, self.where, initiating=self.initiating)
        self._end(error.reason, error)

    def _on_footer(self) -> None:
        self._state.theirs_does(Mark.FOOTER)
        if self._state.step in _CLOSING:
            self._end("closed", None)
            return
        error = self._peer_left()
        self._end("closed by the peer" if error is None else error.reason, error)

    def _on_malformed(self, item: Malformed) -> None:
        if self._state.step is Step.CLOSING:
            self._end("closed", None)
            return
        error = stream_errors.no_xmpp(self._first, self.where) if self._state.theirs is Half.UNOPENED else None
        if error is not None:
            self.fail(error, item.condition)
        else:
            self._violate(item.text or "XML that is not well-formed", item.condition)

    def _on_refused(self, item: Refused) -> None:
        """A stanza was past a limit; what else may be, and what comes in a negotiation, is the peer's own."""
        kind = Input.STANZA if item.tag in self._stanza_tags else Input.NONZA
        if kind is Input.NONZA or self._state.violation(kind) is not None:
            self._violate(item.text, "policy-violation")
        elif self._state.step is not Step.CLOSING and (
            self._manager is None or item.tag not in self._manager.counted or self._manager.came()
        ):
            self.emit(StanzaRefused(item.tag, item.attributes, item.text))

    def _violate(self, what: str, condition: str, advice: str | None = None) -> None:
        error = MalformedStream(f"the peer sent {what}", condition=condition, where=self.where, advice=advice)
        self.fail(error, condition)

    def _lost(self, error: RemoteError | None = None) -> None:
        """The peer's bytes are over.

        :param error: what is known of the reason.
        """
        step = self._state.step
        if step in _CLOSING:
            self._end("closed", None, farewell=False)
            return
        if error is None:
            error = stream_errors.lost_connection(step, self.where, silent=not self._first, initiating=self.initiating)
        error.where = error.where or self.where
        error.advice = error.advice if self.initiating else ""
        self.lose(error)

    def _secured(self, tls: TlsLayer) -> None:
        self._become_secure(tls.info())

    def _become_secure(self, info: SecureTransport) -> None:
        self._tls_info = info
        self.learn(Fact.SECURE)
        self.emit(info)
        self._greet()

    def _restart_halves(self) -> None:
        self._state.ours_does(Mark.RESTART)
        self._state.theirs_does(Mark.RESTART)
        self._framing = self._framing.restarted()

    def _stream_error(self, condition: str, text: str, detail: Element | None = None) -> None:
        if self._state.ours is Half.CLOSED:
            return
        if self._state.ours is Half.UNOPENED:
            # §4.9.1.2: an error about the header stands behind a header of our own.
            self._write_header()
        self.write(stream_errors.error_element(condition, text, detail))

    def _footer(self) -> None:
        if self._manager is not None:
            self._manager.session.closed = True  # XEP-0198 §7: a stream that is closed in order ends its session
        self._out.append(self._framing.footer())
        self._state.ours_does(Mark.FOOTER)

    def _end(self, reason: str, error: RemoteError | None, *, farewell: bool = True) -> None:
        if self.closed:
            return
        if farewell and self._state.ours is Half.OPEN:
            self._footer()
        self._channel.close()
        self._error = error
        self.move(Step.ENDED)
        self.emit(StreamEnded(reason, error))
