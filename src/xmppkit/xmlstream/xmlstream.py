# SPDX-License-Identifier: MIT
"""XMLStream: what a program holds of a connection. Driver and hub, without protocol logic.

The engine (`xmppkit.protocol`) knows XMPP, the driver (`xmppkit.drivers`) moves its bytes, and this class joins them
with handlers, events, filters, schedules and IQ futures (`xmppkit.dispatch`). The rest is in the files beside it:
``hub`` (handlers, events, filters, schedules, tasks), ``lifecycle`` and ``connector`` (connections), ``places`` (where
they lead), ``security`` (TLS), ``running`` (`run` and ``async with``), ``byhand`` (slixmpp's names for the inside),
``sending``, ``receiving``.

From received bytes to action: elements become stanza objects by qualified name; those pass the ``in`` filters and go to
all handlers that match, in order of registration; callbacks are called at once, coroutines become tasks; handlers of
the library raise events, and event handlers are called the same way.

Nothing here is safe to call from a thread other than the event loop's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload
from xml.etree import ElementTree as ET

from xmppkit.exceptions import ContinueQueue, InvalidCABundle, NotConnectedError
from xmppkit.jid.address import JID
from xmppkit.protocol import events
from xmppkit.protocol.options import CLEAR_POLICIES
from xmppkit.settings.settings import Settings
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.registry import root_tags
from xmppkit.xml import names
from xmppkit.xml.limits import MIB
from xmppkit.xmlstream.byhand import ByHand
from xmppkit.xmlstream.liveness import Watch
from xmppkit.xmlstream.receiving import Intake
from xmppkit.xmlstream.returning import settle
from xmppkit.xmlstream.sending import Sender
from xmppkit.xmlstream.wirelog import OUT, wire_text

if TYPE_CHECKING:
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.link import LinkDriver

__all__ = ["ContinueQueue", "InvalidCABundle", "NotConnectedError", "XMLStream"]

#: Tasks from which on no more is read, and from which on, downwards, reading goes on. A program whose handlers start
#: tasks faster than they end would otherwise fill the memory. Stanzas that wait for a filter count like tasks.
MANY_TASKS, FEW_TASKS = 1000, 500
#: The same for the size of the stanzas that the program has in its hands, in characters.
MUCH_WORK, LITTLE_WORK = 8 * MIB, 4 * MIB
#: Name of the schedule that sends white space. COMPAT(slixmpp 1.17)
KEEPALIVE = "Whitespace Keepalive"


class XMLStream(ByHand):
    """A stream to one server, over one connection after the other.

    :param host: where to connect, with `port`; empty: what DNS says of the domain.
    :param port: see `host`.
    :param ssl_context: the TLS context to use instead of one made from `ca_certs` and its neighbours.
    :param loop: the event loop; None takes the running one when it is first needed.
    :param settings: timeouts, limits and the like, declared in `xmppkit.settings`; None takes the defaults. Those that
        are attributes here too may be changed here, before connecting.

    ``async with stream:`` connects, waits for the session and disconnects in the end; it raises the `RemoteError` when
    no session comes about.
    """

    #: Send a space now and then, so that a connection that is gone is noticed and one that is idle is kept.
    whitespace_keepalive = True
    #: Seconds between two of them.
    whitespace_keepalive_interval = 300.0
    #: The namespace of our stanzas.
    default_ns = ""
    stream_ns = names.STREAM
    #: The language of what we send, and of what names none in the stream we receive.
    default_lang: str | None = None
    peer_default_lang: str | None = None
    stream_id: str | None = None
    stream_version: str | None = None
    use_message_ids = False
    use_presence_ids = False
    use_origin_id = False
    #: Reading or setting an unknown key of a stanza of this stream raises, instead of a warning.
    strict_interfaces = False
    #: COMPAT(slixmpp 1.17): accepted and without effect.
    use_aiodns = True
    use_cdata = False
    _held_back = False
    _has_address = False
    _bind_event: asyncio.Event | None = None
    _watch: Watch | None = None
    #: Whether the present session follows one that was lost: none that the program has ended by `disconnect`.
    session_returned = False
    #: Whether the next one will.
    _lost_before = False

    def __init__(
        self,
        host: str = "",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(host, port, ssl_context, loop, settings)
        #: The stream's own address, once it has one.
        self.boundjid = JID("")
        #: Prefixes by namespace.
        self.namespace_map = {names.XML: "xml", names.STREAM: "stream"}
        self._sender = Sender(self, self._filters, self._start, self._blame)
        self._intake = Intake(self, self._filters, self._handlers, self._resolve, self._start, self._blame, self._tasks)
        self.take_stanza = self._intake.receive

    @property
    def session_bind_event(self) -> asyncio.Event:
        """Set while an address is bound."""
        if self._bind_event is None:
            self._bind_event = asyncio.Event()
            self._note_address(self._has_address)
        return self._bind_event

    def is_bound(self) -> bool:
        """Whether an address is bound."""
        return self._has_address if self._bind_event is None else self._bind_event.is_set()

    def _note_address(self, bound: bool) -> None:
        self._has_address = bound
        if self._bind_event is not None:
            (self._bind_event.set if bound else self._bind_event.clear)()

    # --- sending --------------------------------------------------------------------------------------

    @overload
    def send(self, data: Message, use_filters: bool = True) -> Receipt: ...

    @overload
    def send(self, data: StanzaBase | ET.Element | str, use_filters: bool = True) -> Receipt | None: ...

    def send(self, data: StanzaBase | ET.Element | str, use_filters: bool = True) -> Receipt | None:
        """Send a stanza, an element, or text that is XML already.

        Before the session has started it is parked, with the event ``stanza_not_sent``, and sent when it starts. The
        order on the wire is the order of the calls.

        :param use_filters: show it to the ``out`` filters.
        :returns: for a message, its `Receipt`: how far it has come.
        :raises UnserializableXML: XML 1.0 cannot express it, naming the element and the reason. Nothing is sent.
        :raises NotConnectedError: too much is parked already.
        :raises QueueFull: the server takes it slower than it is sent, and too much waits already: let go of the event
            loop now and then, with `drain`, or send with `send_soon`. With ``when_full="raise"`` of xep_0198: too much
            is not acknowledged.
        """
        if isinstance(data, Message):
            sender = self._sender
            return (sender.followed or sender.deliveries).send(data, use_filters)
        self._sender.send(data, use_filters)
        return None

    def send_xml(self, data: ET.Element) -> None:
        """Send an element, past the filters."""
        self.send(data, use_filters=False)

    def expect(self, sleepers: Any, wake: Callable[[tuple[str, ...]], object]) -> None:
        """Call `wake` when something concerns a plugin that sleeps: see `HandlerIndex.expect`, `EventBus.expect` and
        `Sender.expect`. For the manager of plugins."""
        self._handlers.expect(sleepers, sleepers.tags, wake)
        if sleepers.listeners is not self._bus.expected:
            self._bus.expect(sleepers.listeners, wake)
        if sleepers.sends is not self._sender.expected:
            self._sender.expect(sleepers.sends, wake)

    def send_raw(self, data: str | bytes) -> None:
        """Send text that is XML already, now and past everything that waits. It is logged as all that is sent.

        :raises NotConnectedError: there is no session to send it in.
        :raises UnserializableXML: it has a character that XML 1.0 forbids.
        """
        engine = self.engine
        if engine is None or not engine.ready:
            raise NotConnectedError("there is no session to send raw text in")
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        engine.send(text)
        if OUT.isEnabledFor(logging.DEBUG):
            OUT.debug("%s", wire_text(text, self.default_ns))
        self.flush()

    def send_iq(
        self,
        iq: Iq,
        callback: Callable[[Any], Any] | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> asyncio.Future[Any]:
        """Send an IQ and wait for its answer; see `Iq.send`, which calls this."""
        if iq.xml.get("type") not in ("get", "set"):
            self.send(iq)
            done: asyncio.Future[Any] = self.loop.create_future()
            done.set_result(None)
            return done
        if not iq.xml.get("id"):
            iq.xml.set("id", self.new_id())
        if timeout is None:
            timeout = self.settings.iq_timeout
        pending = self._pending_iqs
        if pending is None:
            pending = self._pending
        future = pending.add(iq, timeout=timeout, callback=callback, timeout_callback=timeout_callback)
        try:
            self.send(iq)
        except BaseException:
            self._pending.discard(iq.xml.get("id", ""))
            raise
        return future

    def flush(self) -> None:
        """Something was given to the engine: let the driver attend to it. Of what is sent in one turn of the event loop
        the first leaves at once, the rest in one write."""
        if self._driver is not None:
            self._driver.wake()

    def waker(self) -> Callable[[], None]:
        """`flush`, for as long as there is this connection."""
        return self._driver.wake if self._driver is not None else self.flush

    async def send_soon(self, data: StanzaBase | ET.Element | str, use_filters: bool = True) -> Receipt | None:
        """Send, when there is room: while more waits than the server takes, or than may wait for the connection that is
        being made, this waits as well. For programs that send much. Arguments and errors are those of `send`.

        :returns: for a message, its `Receipt`.
        """
        await self._sender.room()
        return self.send(data, use_filters)

    async def drain(self) -> None:
        """Wait until everything that was sent has been handed to the operating system. With stream management
        (xep_0198) that may have to wait for the server to acknowledge what was sent before, as after a session has gone
        on (`xmppkit.protocol.pace`). A server that does not is given up after `ack_timeout`, which ends the wait.
        Where reading stands still because the program is behind, what waits since a session has gone on is not waited
        for: whoever waits may be what the program is behind with.

        :raises NotConnectedError: there is no connection.
        :raises ConnectionLost: it ended before everything was sent.
        """
        await self._sender.join()
        await self.written()

    async def written(self) -> None:
        """Wait until everything that the stream was given has been handed to the operating system; what waits for room
        is not waited for. It raises what `drain` does."""
        if self._driver is None:
            raise NotConnectedError("there is no connection to drain")
        await self._driver.drain()

    @property
    def unsent(self) -> int:
        """Bytes that were written and that the operating system has not taken yet."""
        return self._driver.unsent if self._driver is not None else 0

    @property
    def _always_send_everything(self) -> bool:
        """COMPAT(slixmpp 1.17): whether what is sent leaves at once; set by tests, without a session."""
        return self._sender.is_open

    @_always_send_everything.setter
    def _always_send_everything(self, value: bool) -> None:
        if value:
            self._sender.open()
        else:
            self._sender.close(drop=False)

    def _queued(self) -> bool:
        return self._sender.waiting

    async def _sent(self) -> None:
        await self._sender.join()

    # --- receiving ------------------------------------------------------------------------------------

    def transport_up(self, driver: LinkDriver) -> None:
        """See `Lifecycle.transport_up`."""
        if self._intake.classes:
            driver.stream.also_accept(frozenset(self._intake.classes))
        super().transport_up(driver)

    def register_stanza(self, stanza_class: type[StanzaBase]) -> None:
        """Use a class for the first-level elements of its name, on this stream. In a session they come to handlers
        like stanzas; an element of which nobody has said so ends the stream (RFC 6120 §4.9.3.24)."""
        self._intake.classes = {**self._intake.classes, **dict.fromkeys(root_tags(stanza_class), stanza_class)}
        if self.engine is not None:
            self.engine.also_accept(frozenset(self._intake.classes))

    def remove_stanza(self, stanza_class: type[StanzaBase]) -> None:
        """Undo `register_stanza`. May be repeated."""
        gone = root_tags(stanza_class)
        self._intake.classes = {tag: each for tag, each in self._intake.classes.items() if tag not in gone}

    def incoming_filter(self, xml: ET.Element) -> ET.Element:
        """Called with every first-level element, before it becomes a stanza. May be overridden.

        :returns: what to go on with.
        """
        return xml

    def recv_stanza(self, stanza: StanzaBase) -> None:
        """Take a stanza as if it had come from the server: filters, handlers, events."""
        self._intake.receive(stanza)

    def _resolve(self, stanza: StanzaBase) -> bool | None:
        """See `PendingIqs.resolve`."""
        pending = self._pending_iqs
        return pending is not None and pending.resolve(stanza, self.boundjid)

    def work_changed(self) -> None:
        """Called when more waits to be done than before, or less: when it is too much, reading pauses."""
        driver = self._driver
        if driver is None:
            self._held_back = False
            return
        intake = self._intake
        running, size = len(self._tasks) + self._backlog() + len(intake), intake.size
        if not self._held_back and (running >= MANY_TASKS or size >= MUCH_WORK):
            self._held_back = True
            driver.pause_reading()
        elif self._held_back and running <= FEW_TASKS and size <= LITTLE_WORK:
            self._held_back = False
            driver.resume_reading()

    # --- the session ----------------------------------------------------------------------------------

    def _stream_opened(self, event: events.StreamOpened) -> None:
        if self.engine is not None and self.engine.options.tls in CLEAR_POLICIES:
            self._arrive()
        self.stream_id = event.id
        self.stream_version = event.version or None
        self.peer_default_lang = event.lang
        super()._stream_opened(event)

    def _stanza_refused(self, event: events.StanzaRefused) -> None:
        self._intake.refuse(event, counted=self._driver is not None and self._driver.counts)

    def _start_session(self) -> None:
        """The session is ready: send what is parked, and tell."""
        self._begin_session()
        self._tell_session()

    def _tell_session(self) -> None:
        """For the program a session begins."""
        self.session_returned, self._lost_before = self._lost_before, True
        if not self.session_returned and not self.event_handled("session_settled"):
            self.event("session_start")
            return
        before, since = self._tasks.running(), self._session_since
        self.event("session_start")
        handlers = self._tasks.running() - before
        self.spawn(settle(self, handlers, lambda: self._session_since == since, returned=self.session_returned))

    @property
    def sessionstarted(self) -> bool:
        """Whether stanzas can be exchanged."""
        return self._session_started

    def restore_presence(self) -> None:
        """Send the last presence again, unless there is another one."""

    def _begin_session(self) -> None:
        """Stanzas can be exchanged, in a new session or again in an old one."""
        self._session_started, self._session_since = True, self.loop.time()
        self._returning = False
        self._sender.open()
        if self._driver is not None:
            self._driver.on_full = self._sender.crowd
        self._keep_alive()
        self._watch_connection()

    def _watch_connection(self) -> None:
        driver, engine, settings = self._driver, self.engine, self.settings
        if driver is None or engine is None or self._endpoint is None:
            return  # whoever has made the connection watches it
        answer = settings.ack_timeout if engine.session is None else None  # the engine waits for acknowledgements
        if answer is not None or settings.idle_timeout is not None:
            self._watch = Watch(self, driver, answer=answer, idle=settings.idle_timeout)
            self._watch.start()

    def ask_server(self) -> None:
        """Send something that the server answers: a request of stream management, else a ping (XEP-0199). A component
        pings itself, through the server, whose name it need not know. That nobody there knows pings is an answer."""
        engine = self.engine
        if engine is None or not engine.ready:
            return
        if engine.session is not None:
            engine.request_ack()
            self.flush()
            return
        iq = Iq(self)
        iq.xml.set("type", "get")
        iq.xml.set("to", self.boundjid.domain)
        iq.append(ET.Element(names.clark(names.PING, "ping")))
        self.send_iq(iq, callback=_heard, timeout_callback=_heard)

    def _keep_alive(self) -> None:
        self.cancel_schedule(KEEPALIVE)
        if self.whitespace_keepalive and self.whitespace_keepalive_interval > 0:
            self.schedule(KEEPALIVE, self.whitespace_keepalive_interval, self._send_space, repeat=True)

    def _send_space(self) -> None:
        engine = self.engine
        if self.whitespace_keepalive and engine is not None and engine.ready:
            engine.send(" ")
            self.flush()

    def _backlog(self) -> int:
        """How much waits to be done beside the stream's tasks."""
        return 0

    def _stream_error(self, event: events.StreamErrorReceived) -> None:
        event.error.stream = self
        self._handlers.dispatch(event.error, self._report)

    def disconnect(
        self, wait: float = 2.0, reason: str | None = None, ignore_send_queue: bool = False
    ) -> asyncio.Future[Any]:
        """See `Lifecycle.disconnect`."""
        self._lost_before = False
        return super().disconnect(wait, reason, ignore_send_queue)

    def reconnect(self, wait: float = 2.0, reason: str = "Reconnecting") -> None:
        """See `Lifecycle.reconnect`. The next session follows one that was lost."""
        lost = self._lost_before
        super().reconnect(wait, reason)
        self._lost_before = lost

    def _session_ended(self) -> None:
        self.cancel_schedule(KEEPALIVE)
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        self._held_back = False
        self._sender.close(drop=self.end_session_on_disconnect)

    def _session_over(self, error: Exception) -> None:
        if self._pending_iqs is not None:
            self._pending_iqs.fail_all(error)


def _heard(answer: object) -> None:
    """What the server says does not matter, nor that it says nothing: the connection's watch sees to that."""
