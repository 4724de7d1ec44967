# SPDX-License-Identifier: MIT
"""The server's side of BOSH (XEP-0124): what an HTTP server hands in becomes connections.

It is no HTTP server: who has one calls `BoshListener.handle` with the content of each request, and answers with what
that returns. The rules are in `xmppkit.protocol.framing.bosh`; here are the clock, and the receivers that a
connection has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import ConnectionLost
from xmppkit.protocol.framing.bosh.body import Condition
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.served import Answer, Outcome, ServedSession
from xmppkit.transports.base import HIGH, LOW, water_marks
from xmppkit.util.looptime import time_of

if TYPE_CHECKING:
    from xmppkit.protocol.events import SecureTransport
    from xmppkit.transports.base import Receiver

__all__ = ["BoshListener", "ServedTransport"]


class ServedTransport:
    """One session as a connection; made by `BoshListener`. It offers `xmppkit.transports.base.Transport`."""

    def __init__(
        self, listener: BoshListener, session: ServedSession, receiver: Receiver, extra: dict[str, object]
    ) -> None:
        self._listener = listener
        self._session = session
        self._receiver = receiver
        self._extra = extra
        self._loop = listener.loop
        self._time = listener.time
        self._closing = False
        self._lost = False
        self._woken = False
        self._turning = False
        self._writing_paused = False
        self._high, self._low = HIGH, LOW
        self._timer: asyncio.TimerHandle | None = None

    # --- what a Transport offers --------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `xmppkit.transports.base.Transport`, here and below."""
        if self._closing:
            return
        self._session.send(data)
        self._wake()
        if self._session.unsent > self._high and not self._writing_paused:
            self._writing_paused = True
            self._receiver.pause_writing()

    def pause_reading(self) -> None:
        self._session.pause_reading()

    def resume_reading(self) -> None:
        self._session.resume_reading()
        self._wake()

    def close(self) -> None:
        """End the connection when the client has been told, with its next request."""
        if not self._closing:
            self._closing = True
            self._session.leave()
            self._wake()

    def abort(self) -> None:
        """End the connection at once. A client that is still to be told that the stream is over will be, if it asks."""
        if not self._closing:
            self._closing = True
            self._session.abandon()
            self._wake()
        self._loop.call_soon(self._lose, None)

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None:
        raise OSError("BOSH has no end of one direction")

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return self._session.unsent

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = water_marks(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._extra.get(name, default)

    # --- inside -------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        if not self._woken and not self._turning:
            self._woken = True
            self._loop.call_soon(self.turn)

    def turn(self) -> None:
        """Bring what has come, say what there is to say, and see when to come back."""
        self._woken = False
        session, receiver = self._session, self._receiver
        self._turning = True
        try:
            while not self._closing and (bodies := session.received()):
                for data in bodies:
                    if not self._closing:
                        receiver.data_received(data)
        finally:
            self._turning = False
        now = self._time()
        session.settle(now)
        if self._writing_paused and session.unsent <= self._low and not self._lost:
            self._writing_paused = False
            receiver.resume_writing()
        if session.ended is not None:
            self._over(session.ended)
        else:
            self._arm(session.deadline())

    def _over(self, outcome: Outcome) -> None:
        self._arm(None)
        self._listener.forget(self._session)
        lost = outcome is Outcome.LOST and not self._closing
        self._closing = True
        self._loop.call_soon(self._lose, ConnectionLost("the BOSH session is over") if lost else None)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._receiver.connection_lost(error)

    def _arm(self, when: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._session.handle_timer(self._time())
        self.turn()


class BoshListener:
    """All BOSH connections of a server.

    :param accept: makes the receiver of each new connection.
    :param manager: has the sessions, and their bounds.
    :param loop: the event loop; None takes the running one.
    """

    def __init__(
        self,
        accept: Callable[[], Receiver],
        manager: BoshManager | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._accept = accept
        self.manager = manager if manager is not None else BoshManager()  # one without sessions is empty, and false
        self.loop = loop or asyncio.get_running_loop()
        self.time = time_of(self.loop)
        self._transports: dict[ServedSession, ServedTransport] = {}

    async def handle(
        self,
        data: bytes,
        *,
        address: str,
        secure: bool,
        tls: SecureTransport | None = None,
        peername: object = None,
    ) -> Answer:
        """Answer a request, which may take as long as the client has said that it waits.

        :param data: its content.
        :param address: of the client, by which its sessions are bounded.
        :param secure: whether it came over HTTPS.
        :param tls: what TLS has negotiated.
        :param peername: what the connection will say of ``peername``.
        """
        waiting: asyncio.Future[Answer] = self.loop.create_future()
        respond = partial(_settle, waiting)
        session = self.manager.request(data, respond, address=address, secure=secure, now=self.time())
        if session is None:
            return waiting.result()
        transport = self._transports.get(session)
        if transport is None:
            transport = self._open(session, {"tls": tls, "peername": peername})
        transport.turn()
        try:
            return await waiting
        except asyncio.CancelledError:
            session.gone(respond, self.time())
            transport.turn()
            raise

    def _open(self, session: ServedSession, extra: dict[str, object]) -> ServedTransport:
        receiver = self._accept()
        known = {name: value for name, value in extra.items() if value is not None}
        transport = self._transports[session] = ServedTransport(self, session, receiver, known)
        receiver.connection_made(transport)
        return transport

    def forget(self, session: ServedSession) -> None:
        """A session is over."""
        self._transports.pop(session, None)
        self.manager.forget(session)

    def close(self) -> None:
        """Make no more sessions; those that there are end with the connections that they are."""
        self.manager.close()

    def abort(self) -> None:
        """End all sessions at once: every request is answered."""
        self.manager.close()
        for session, transport in list(self._transports.items()):
            session.abandon(Condition.SYSTEM_SHUTDOWN)
            transport.turn()


def _settle(waiting: asyncio.Future[Answer], answer: Answer) -> None:
    if not waiting.done():
        waiting.set_result(answer)
