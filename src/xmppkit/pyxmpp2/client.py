# SPDX-License-Identifier: MIT
"""`Client`: an account that is logged in, for programs made of handler objects.

::

    client = Client(JID("bot@example.org"), [Bot()], XMPPSettings({"password": "secret"}))
    client.connect()
    client.run()

Everything happens in the thread that calls `run`, except with `ThreadPool`. What goes wrong for good is raised from
`connect` or `run`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from xmppkit.pyxmpp2.binding import ResourceBindingHandler
from xmppkit.pyxmpp2.clientstream import ClientStream
from xmppkit.pyxmpp2.interfaces import EventHandler, TimeoutHandler, event_handler, timeout_handler
from xmppkit.pyxmpp2.interrupts import InterruptsBetweenSteps
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop import main_loop_factory
from xmppkit.pyxmpp2.mainloop.base import MainLoopBase
from xmppkit.pyxmpp2.mainloop.interfaces import IOHandler, MainLoop
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.roster import Roster, RosterClient
from xmppkit.pyxmpp2.session import SessionHandler
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor
from xmppkit.pyxmpp2.streamevents import AuthenticatedEvent, AuthorizedEvent, DisconnectedEvent, StreamEvent
from xmppkit.pyxmpp2.streamsasl import StreamSASLHandler
from xmppkit.pyxmpp2.streamtls import StreamTLSHandler
from xmppkit.pyxmpp2.transport import TCPTransport

__all__ = ["Client"]

log = logging.getLogger("pyxmpp2.client")


class _Beginning(EventHandler):
    """Stands before the program's handlers of events, so that they find a client that knows who it is.

    :param client: the client.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @event_handler(AuthenticatedEvent)
    def authenticated(self, event: AuthenticatedEvent) -> None:
        """From now on the handlers for streams that are logged in count."""
        self._client.note_login(event, "post-auth")

    @event_handler(AuthorizedEvent)
    def authorized(self, event: AuthorizedEvent) -> None:
        """Our address is complete."""
        self._client.note_login(event)


class Client(StanzaProcessor, TimeoutHandler, EventHandler):
    """A client.

    :param jid: the account; its resource is asked for.
    :param handlers: the program's objects: handlers of stanzas, events, timeouts and stream features.
    :param settings: see `XMPPSettings`.
    :param main_loop: the loop that does it all; None makes the best for this system. Events go to its queue, unless
        ``event_queue`` is set.
    :raises TypeError: `jid` is no JID.

    :ivar jid: the account.
    :ivar stream: the stream; None while there is no connection. During the handlers of `DisconnectedEvent` it is there.
    :ivar roster_client: keeps the roster; None if `roster_client_factory` makes none.
    """

    def __init__(
        self,
        jid: JID,
        handlers: Iterable[object] = (),
        settings: XMPPSettings | None = None,
        main_loop: MainLoop | None = None,
    ) -> None:
        if not isinstance(jid, JID):
            raise TypeError(f"a Client has a JID, not {type(jid).__name__}: JID(...) makes one")
        given = XMPPSettings() if settings is None else settings
        # Settings may be shared by clients; their events are not, unless they share the loop as well.
        events = getattr(main_loop, "event_queue", None)
        shared = main_loop is not None and events in (None, given["event_queue"])
        self.settings = given if shared else given.own_view(events)
        super().__init__(self.settings["default_stanza_timeout"])
        self.jid = jid
        self.handlers = list(handlers)
        self.stream: ClientStream | None = None
        self._base_handlers: list[object] = []
        self.roster_client = self.roster_client_factory()
        self.main_loop: MainLoop = main_loop_factory(self.settings) if main_loop is None else main_loop
        self._ml_handlers: list[object] = []
        self._failed = False
        self._prepare_handlers()

    # --- what subclasses may replace ------------------------------------------------------------------

    def base_handlers_factory(self) -> list[object]:
        """The handlers of stream features, anew for each connection. A fifth one that is added comes last."""
        return [
            StreamTLSHandler(self.settings),
            StreamSASLHandler(self.settings),
            ResourceBindingHandler(self.settings),
            SessionHandler(),
        ]

    def roster_client_factory(self) -> RosterClient | None:
        """What keeps the roster; None to have none, and to request none."""
        return RosterClient(self.settings)

    # --- connecting -----------------------------------------------------------------------------------

    @property
    def roster(self) -> Roster | None:
        """The roster; None until it has been received."""
        return None if self.roster_client is None else self.roster_client.roster

    def connect(self) -> None:
        """Begin to connect; `run` does the rest. A stream that there is, is closed at once.

        May be called again after the end of a connection. What `run` had not told when it failed is told first: the
        handlers of the events of the connection before are called from here, and `QUIT` ends nothing.

        :raises DNSError: the server is not found.
        """
        self.close_stream()
        if isinstance(self.main_loop, MainLoopBase):
            if self._failed:
                self.main_loop.drain()
            self.main_loop.again()
        self._failed = False
        self._prepare_handlers()
        transport = TCPTransport(self.settings)
        stream = ClientStream(self.jid, self, self._stream_handlers(), self.settings)
        with self.lock:
            self.stream = stream
            self.uplink = stream
            self.me = stream.me
            self.peer = None
        self._watch(transport)
        self.setup_stanza_handlers(self._stream_handlers(), "pre-auth")
        stream.initiate(transport)
        server: str | None = self.settings["server"]
        if server:
            transport.connect(server, self.settings["c2s_port"])
        else:
            transport.connect(self.jid.domain, self.settings["c2s_port"], self.settings["c2s_service"])

    def run(self, timeout: float | None = None) -> None:
        """Let it happen, until a handler returns `QUIT` or the time is over.

        What a handler raises leaves from here, and so does what ends the stream; the connection is closed then. Ctrl-C
        leaves the connection as it is: `disconnect` and another `run` say goodbye.

        :param timeout: in seconds; None: for ever.
        :raises FatalStreamError: the stream could not be established, or is lost; see `xmppkit.pyxmpp2.exceptions`.
        """
        try:
            with InterruptsBetweenSteps(self.main_loop):
                self.main_loop.loop(timeout)
        except Exception:
            self._failed = True
            self.close_stream()
            raise

    def disconnect(self) -> None:
        """Say goodbye and end the stream in order; `DisconnectedEvent` follows, in `run`."""
        stream = self.stream
        if stream is None:
            return
        if self.settings["initial_presence"] and stream.authenticated and stream.is_connected():
            self.send(Presence(stanza_type="unavailable"))
        stream.disconnect()

    def close_stream(self) -> None:
        """End the connection at once."""
        stream = self.stream
        if stream is None:
            return
        stream.close()
        self._forget(stream)

    def _forget(self, stream: ClientStream) -> None:
        with self.lock:
            if self.stream is stream:
                self.stream = None
                self.uplink = None
        transport = stream.transport
        if transport is not None:
            self._unwatch(transport)

    # --- handlers -------------------------------------------------------------------------------------

    def _prepare_handlers(self) -> None:
        """Make the handlers of a new connection, and have the loop know them in their order."""
        for handler in self._ml_handlers:
            self._unwatch(handler)
        self._base_handlers = self.base_handlers_factory()
        session = [handler for handler in self._base_handlers if isinstance(handler, SessionHandler)]
        others = [handler for handler in self._base_handlers if not isinstance(handler, SessionHandler)]
        self._ml_handlers = [_Beginning(self), *session, *self.handlers, *others, *self._roster_handlers(), self]
        for handler in self._ml_handlers:
            self._watch(handler)

    def _watch(self, handler: object) -> None:
        if isinstance(handler, IOHandler | EventHandler | TimeoutHandler):
            self.main_loop.add_handler(handler)

    def _unwatch(self, handler: object) -> None:
        if isinstance(handler, IOHandler | EventHandler | TimeoutHandler):
            self.main_loop.remove_handler(handler)

    def _roster_handlers(self) -> list[object]:
        return [] if self.roster_client is None else [self.roster_client]

    def _stream_handlers(self) -> list[object]:
        return [*self._base_handlers, *self._roster_handlers(), *self.handlers, self]

    # --- events ---------------------------------------------------------------------------------------

    def note_login(self, event: StreamEvent, usage: str | None = None) -> None:
        """A login has made progress: take over the addresses of the stream.

        :param usage: the handlers of stanzas that count from now on; None: those that there are.
        """
        stream = self.stream
        if stream is None or event.stream is not stream:
            return
        self.me, self.peer = stream.me, stream.peer
        if usage is not None:
            self.setup_stanza_handlers(self._stream_handlers(), usage)

    @event_handler(AuthorizedEvent)
    def _authorized(self, event: AuthorizedEvent) -> None:
        if event.stream is not self.stream or self.stream is None:
            return
        presence = self.settings["initial_presence"]
        if presence:
            self.send(presence)

    @event_handler(DisconnectedEvent)
    def _disconnected(self, event: DisconnectedEvent) -> None:
        if event.stream is self.stream and self.stream is not None:
            self._forget(self.stream)

    @timeout_handler(1, True)
    def regular_tasks(self) -> None:
        """Called each second: answers that have not come in time are missed."""
        self.expire_response_handlers()


XMPPSettings.add_setting(
    "initial_presence",
    type=Presence,
    factory=lambda settings: Presence(),
    default_d="available, with priority 0",
    doc="The presence that is sent after the login; None: none.",
)
