# SPDX-License-Identifier: MIT
"""Sessions that wait for their client to come back (XEP-0198 §5).

Until the time is over a session without a connection is like any other: it has its presence, and what is sent to it is
kept. Only the account whose session it is can resume it, by an id that cannot be guessed; a connection that it may have
still gives way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xmppkit.protocol.receiver import ReceiverStream

if TYPE_CHECKING:
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.server.router import Router
    from xmppkit.server.sessions import ClientSession

__all__ = ["Resumption"]

#: Sessions of which it is known, after their end, how much of them was handled.
_REMEMBERED = 1000


class Resumption:
    """The sessions that can be resumed.

    :param router: it has the sessions.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._sessions: dict[str, ClientSession] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        #: Of sessions that are over: account and count of handled stanzas, by id; oldest first.
        self._over: dict[str, tuple[str, int]] = {}

    def add(self, session: ClientSession) -> None:
        """Stanzas of a session are counted from here on."""
        managed = session.managed
        if managed is not None and managed.resumable:
            self._sessions[managed.id] = session

    def keep(self, session: ClientSession) -> bool:
        """A session has lost its connection: whether it waits for another one. If not it is forgotten."""
        managed = session.managed
        if managed is None or self._sessions.get(managed.id) is not session:
            return False
        if not (session.ready and managed.resumable):
            self._forget(session, managed)
            return False
        if not session.waits:
            session.waits = True
            managed.lose(managed.in_hand)
            loop = session.driver.loop
            self._timers[managed.id] = loop.call_later(managed.max_seconds or 0, self._expire, session, managed)
        return True

    def _forget(self, session: ClientSession, managed: ManagedSession) -> None:
        del self._sessions[managed.id]
        timer = self._timers.pop(managed.id, None)
        if timer is not None:
            timer.cancel()
        while len(self._over) >= _REMEMBERED:
            del self._over[next(iter(self._over))]
        self._over[managed.id] = (session.jid.bare, managed.handled)

    def _expire(self, session: ClientSession, managed: ManagedSession) -> None:
        self._forget(session, managed)
        if session.ready:
            self._router.remove(session)

    def give_up(self) -> None:
        """No session waits any longer."""
        for session in list(self._sessions.values()):
            if session.waits and session.managed is not None:
                self._expire(session, session.managed)

    def resume(self, session: ClientSession, previd: str) -> None:
        """A client wants to go on with a session."""
        stream = session.driver.stream
        assert isinstance(stream, ReceiverStream)
        account = session.jid.bare
        earlier = self._sessions.get(previd)
        managed = earlier.managed if earlier is not None else None
        if earlier is not None and managed is not None and not earlier.ready:
            self._forget(earlier, managed)  # another session has its address
            managed = None
        if earlier is None or managed is None or earlier.jid.bare != account:
            owner, handled = self._over.get(previd, ("", 0))
            stream.refuse_resume("item-not-found", h=handled if owner == account else None)
            return
        if not earlier.waits:
            earlier.driver.stream.release()
            self.keep(earlier)
            earlier.close("conflict", "the session goes on with another connection")
        stream.accept_resume(managed)
        if stream.closed:
            return  # it has acknowledged what it was never sent; who resumes it rightly may still do so
        self._timers.pop(previd).cancel()
        self._sessions[previd] = session
        self._router.replace(earlier, session)
