# SPDX-License-Identifier: MIT
"""What every stream has, whichever end it is: bytes in and out, TLS, the end of the stream, and time.

`Connection` is abstract; `initiator.py`, `receiver.py` and `component.py` say what is negotiated. It never
raises because of the peer, reads no clock and no random numbers, and does not log. Where a comment names a
section without a document, RFC 6120 is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.exceptions import (
    NegotiationTimeout,
    RemoteError,
    TLSRequired,
    UnserializableXML,
)
from xmppkit.protocol.core import StreamCore
from xmppkit.protocol.options import TlsPolicy
from xmppkit.protocol.state import Call, Half, Step, StreamState
from xmppkit.stanza.stream_error import STREAM_CONDITIONS
from xmppkit.xml.serializer import has_forbidden, serialize

if TYPE_CHECKING:
    from xmppkit.protocol.events import Event, SecureTransport
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.sasl.derivation import Derivation
    from xmppkit.stanza.base import StanzaBase

__all__ = ["Connection"]

_CLOSING = (Step.LEAVING, Step.CLOSING)


class Connection(StreamCore):
    """One end of one XMPP stream, without I/O.

    After every call, take what it made: `events`, `data_to_send` and `deadline`. No method waits for anything, and none
    is safe to call from two threads at once. What may keep the processor busy for up to a second, if the peer wants it
    to, can be done elsewhere: see `defer`.

    :param options: what the stream is told; see `StreamOptions`.
    :param now: the time, in seconds of any clock that does not go back; `handle_timer` takes the same clock.
    :raises ConfigurationError: the options contradict each other or this kind of stream.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.jid.full or self.where or '-'} {self._state!r}>"

    # --- what the host may ask ------------------------------------------------------------------------

    @property
    def state(self) -> StreamState:
        """Where the stream stands; for reading only."""
        return self._state

    @property
    def error(self) -> RemoteError | None:
        """The failure that ended the stream; None before the end, and if it was asked for."""
        return self._error

    @property
    def session(self) -> ManagedSession | None:
        """The counts of stream management (XEP-0198), which a later stream can be given; None without it."""
        return self._manager.session if self._manager is not None else None

    # --- bytes and events -----------------------------------------------------------------------------

    def open(self, *, tls: SecureTransport | None = None) -> None:
        """The transport is connected: begin.

        :param tls: what the transport's own TLS has negotiated, for `TlsPolicy.TRANSPORT`; it has checked the
            certificate as that asks for.
        :raises LocalProtocolError: called before.
        :raises ConfigurationError: `ssl_context_factory` cannot make a context. Where the context does not do for
            TLS, the stream ends with `TLSFailed`.
        """
        self._state.check(Call.OPEN)
        self._timer.start(self.options.negotiation_timeout)
        if self.options.tls is TlsPolicy.DIRECT:
            self.secure_connection()
        elif self.options.tls is not TlsPolicy.TRANSPORT:
            self._greet()
        elif tls is not None:
            self._become_secure(tls)
        else:
            self.fail(TLSRequired("the transport is to be encrypted, and is not", where=self.where))

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the transport; after the end of the stream they are dropped. Never raises because
        of what they are.

        :param data: nothing is done if it is empty: the end of file is `receive_eof`.
        :raises LocalProtocolError: before `open`.
        """
        if not self.ready:
            self._state.check(Call.RECEIVE_DATA)
            if self.closed:
                return
        if not data:
            return
        tls = self._channel.tls
        if tls is None:
            self._parse(data)
            return
        was_established = tls.established
        try:
            cleartext = tls.receive(data)
        except RemoteError as error:
            # No stream error and no closing tag: nothing can be said on a TLS connection that is broken.
            self._channel.drop()
            self._end(error.reason, error, farewell=False)
            return
        if not was_established and tls.established:
            self._secured(tls)
        if cleartext:
            self._parse(cleartext)
        if tls.peer_closed:
            self._lost()

    def also_accept(self, tags: frozenset[str]) -> None:
        """Accept further top-level elements in the live session; see `StreamOptions.accepts`.

        :param tags: their qualified names, ``{namespace}name``.
        """
        self._stanza_tags |= tags

    def listen(self, on: bool) -> None:
        """Tell whether bytes are read at present. While they are not, the peer is not blamed for its silence
        (`ManagementOptions.ack_timeout`)."""
        if self._manager is not None:
            self._manager.listen(on)

    def receive_eof(self, error: RemoteError | None = None) -> None:
        """The transport will bring no more bytes.

        :param error: what the transport says of the reason; None: nothing, or that the peer has closed it.
        :raises LocalProtocolError: before `open`.
        """
        self._state.check(Call.RECEIVE_EOF)
        self._lost(error)

    def send(self, item: StanzaBase | Element | str, *, at: float | None = None) -> None:
        """Send a stanza, an element or text that is XML already. It is serialised before this returns, so
        later changes to it are not sent. Order on the wire is the order of the calls.

        :param item: text is taken as it is, as for the white space that keeps a connection alive (§4.6.1). With stream
            management, and over WebSocket and BOSH, it is white space or whole elements.
        :param at: kept with a stanza until it is acknowledged, for who sends it again: when it was sent, on any clock.
        :raises LocalProtocolError: the session is not ready, or over.
        :raises UnserializableXML: `item` cannot be written as XML 1.0; nothing is sent.
        :raises QueueFull: with stream management: too much waits for being acknowledged; nothing is sent.
        """
        if not self.ready:
            self._state.check(Call.SEND)
        manager = self._manager
        if isinstance(item, str):
            self._send_text(_checked(item), at)
            return
        element = item if isinstance(item, Element) else item.xml
        text = serialize(element, default_namespace=self._namespace)
        if manager is not None and element.tag in manager.counted and not manager.send(item, text, at):
            return  # it will be written by the manager
        self._out.append(text)
        self.unwritten += len(text)

    def _send_text(self, text: str, at: float | None) -> None:
        texts = self._framing.texts(text)
        if self._manager is not None:
            self._manager.send_text(text, at)
        for each in texts:
            self._out.append(each)
            self.unwritten += len(each)

    def events(self) -> list[Event | StanzaBase]:
        """What has happened since the last call, in order. Stanzas are events themselves."""
        events = self.unread
        self.unread = []
        if self._manager is not None and self._manager.ungiven:
            self._manager.given()
        return events

    def data_to_send(self) -> bytes:
        """The bytes to be written to the transport, which are then forgotten here; empty if there are
        none. If the transport is one of messages it is the next one, and there may be more."""
        if self._manager is not None and self.ready:
            self._manager.settle()
        out, channel = self._out, self._channel
        self.unwritten = 0
        if channel.tls is not None or channel.wire:
            return channel.data_to_send()
        if not out:
            return b""
        data = (out[0] if len(out) == 1 else "".join(out)).encode()
        out.clear()
        return data

    # --- what takes long ------------------------------------------------------------------------------

    def defer(self) -> None:
        """From here on keys that take long to derive (`xmppkit.sasl.derivation.AT_ONCE`) are not derived within a call:
        after each, `work` says whether there is one, which is to be taken with `take_work`."""
        self._deferring = True

    def take_work(self) -> Derivation | None:
        """What is to be computed, in any thread, for `provide_key`; None: nothing, or it was taken already. Meanwhile
        the stream may be used as ever, and the time that it takes counts: `negotiation_timeout`."""
        work, self.work = self.work, None
        return work

    def provide_key(self, derivation: Derivation, key: bytes) -> None:
        """`take_work` has come to this. If nobody waits for it any more, as when the stream has ended, nothing is done.

        :param derivation: what was taken.
        :param key: what it has given.
        """
        if self._derived is None or self._derived[0] is not derivation:
            return
        go_on = self._derived[1]
        self.move(Step.EXCHANGE)
        self._settle(go_on(key))

    # --- stream management (XEP-0198) -----------------------------------------------------------------

    def request_ack(self) -> None:
        """Ask the peer what it has handled, with the next bytes. Without stream management it does nothing."""
        if self._manager is not None:
            self._manager.ask()

    @property
    def withheld(self) -> bool:
        """Whether stanzas that were sent are written only when the peer has acknowledged earlier ones, because a
        session has gone on (`xmppkit.protocol.pace`). False while nothing is read (`listen`): then they do not wait for
        the peer."""
        return self._manager is not None and self.ready and self._manager.withheld

    def send_ack(self) -> None:
        """Tell the peer what is handled, with the next bytes. Without stream management it does nothing."""
        if self._manager is not None:
            self._manager.tell()

    def release(self) -> ManagedSession | None:
        """Count no more: the session goes on with another stream, and the end of this one is not its end.

        :returns: the session, which the application had; None: there was none.
        """
        manager, self._manager = self._manager, None
        if manager is None:
            return None
        self._accept = self._uncounted
        return manager.session

    # --- the end --------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the stream in order (§4.4): our closing tag now, and the peer's within `close_timeout`. Then,
        and at once if no stream was open, comes `StreamEnded` without an error. Stanzas that the peer had
        under way are still delivered. Repeating it does nothing."""
        self._state.check(Call.CLOSE)
        step = self._state.step
        if step is Step.ENDED or step in _CLOSING:
            return
        if self._state.ours is not Half.OPEN:
            self._end("closed before the stream was open", None)
            return
        if self._manager is not None and step is Step.READY:
            self._manager.farewell()
        self._footer()
        self.move(Step.LEAVING if step is Step.READY else Step.CLOSING)
        self._timer.start(self.options.close_timeout)

    def close_with_error(self, condition: str, text: str = "") -> None:
        """End the stream with a stream error (§4.9), at once: the peer's closing tag is not waited for.

        :param condition: a defined condition of §4.9.3; anything else raises ValueError.
        :param text: for the human at the other end.
        :raises LocalProtocolError: there is no stream to put the error into.
        """
        if condition not in STREAM_CONDITIONS:
            raise ValueError(f"{condition!r} is no stream error condition of RFC 6120 §4.9.3")
        self._state.check(Call.CLOSE_WITH_ERROR)
        self._stream_error(condition, text)
        self._end(f"closed by us: {condition}", None)

    def abort(self, reason: str = "aborted") -> None:
        """End the stream at once and without a closing tag, as when the transport has failed. `StreamEnded`
        comes with `reason` and without an error. After the end it does nothing."""
        self._state.check(Call.ABORT)
        self._end(reason, None, farewell=False)

    # --- time -----------------------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When to call `handle_timer` next, on the clock of `now`; None if there is nothing to wait for. It
        may lie in the past: then call at once, for a timer that was set without knowing the time begins
        then."""
        timer = self._timer
        when = None if timer.timeout is None else timer.deadline()
        if self._manager is None or not self.ready:
            return when
        return self._manager.deadline()  # of a stream that is ready nothing else is waited for

    def handle_timer(self, now: float) -> None:
        """It is `now`. May be called at any time, and does nothing before the deadline."""
        if self._manager is not None and self.ready:
            self._manager.handle_timer(now)
        if not self._timer.expired(now):
            return
        step = self._state.step
        if step in _CLOSING:
            self._end("closed; the peer did not close its direction in time", None)
            return
        silent = self.initiating and not self._first and step is not Step.SECURING
        what = "the connection was accepted, but nothing came" if silent else f"the stream was {step.value}"
        error = NegotiationTimeout(f"{what} for {self.options.negotiation_timeout:g} s", where=self.where)
        self.fail(error, None if step is Step.SECURING else "connection-timeout")


def _checked(text: str) -> str:
    character = has_forbidden(text)
    if character is not None:
        raise UnserializableXML("text", f"XML 1.0 forbids the character U+{ord(character):04X}")
    return text
