# SPDX-License-Identifier: MIT
"""The connection manager (XEP-0124 §3): all sessions of one server, without I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xmppkit.protocol.framing.bosh.body import MAX_RID, Body, Condition, read_body
from xmppkit.protocol.framing.bosh.served import Respond, ServedLimits, ServedSession, refusal
from xmppkit.xml.parser import Malformed

__all__ = ["BoshManager"]

#: Request IDs that must be left to a session (XEP-0124 §14.1): more than it can use in a thousand years.
_ROOM: Final = 1 << 48


def _random_sid() -> str:
    import secrets

    return secrets.token_urlsafe(24)


class BoshManager:
    """Finds the session of a request, or makes it.

    :param limits: what each session is told.
    :param sessions: sessions at a time.
    :param per_address: of those, from one address.
    :param sid_factory: makes session IDs, which must not be possible to guess.
    """

    def __init__(
        self,
        limits: ServedLimits | None = None,
        *,
        sessions: int = 1000,
        per_address: int = 100,
        sid_factory: Callable[[], str] = _random_sid,
    ) -> None:
        self.limits = limits or ServedLimits()
        self._most = sessions
        self._per_address = per_address
        self._sid_factory = sid_factory
        self._sessions: dict[str, tuple[ServedSession, str]] = {}
        self._addresses: dict[str, int] = {}
        self._closing = False

    def __len__(self) -> int:
        """Sessions that there are."""
        return len(self._sessions)

    def request(self, data: bytes, respond: Respond, *, address: str, secure: bool, now: float) -> ServedSession | None:
        """A request came.

        :param data: its content, which may be anything.
        :param respond: takes its answer, during this call or later.
        :param address: of who asks, for the bound of its sessions.
        :param secure: whether it came encrypted.
        :returns: the session that it is of, a new one perhaps; None if there is none, and then it is answered.
        """
        body = read_body(data, self.limits.limits) if len(data) <= self.limits.body_bytes else None
        if body is None or isinstance(body, Malformed):
            respond(refusal(Condition.BAD_REQUEST))
            return None
        sid = body.get("sid")
        if sid is None:
            return self._create(body, data, respond, address=address, secure=secure, now=now)
        session, _ = self._sessions.get(sid, (None, ""))
        if session is None or (session.secure and not secure):
            respond(refusal(Condition.ITEM_NOT_FOUND))
            return None
        session.request(body, data, respond, now)
        return session

    def _create(
        self, body: Body, data: bytes, respond: Respond, *, address: str, secure: bool, now: float
    ) -> ServedSession | None:
        legacy = body.get("ver") is None
        rid = body.number("rid")
        refused: Condition | None = None
        if rid is None or not 0 < rid <= MAX_RID - _ROOM:
            refused = Condition.BAD_REQUEST
        elif self._closing:
            refused = Condition.SYSTEM_SHUTDOWN
        elif self._addresses.get(address, 0) >= self._per_address:
            refused = Condition.POLICY_VIOLATION
        elif len(self._sessions) >= self._most:
            refused = Condition.INTERNAL_SERVER_ERROR
        if refused is not None:
            respond(refusal(refused, legacy=legacy))
            return None
        sid = self._sid_factory()
        session = ServedSession(body, data, respond, sid=sid, limits=self.limits, secure=secure, now=now)
        self._sessions[sid] = session, address
        self._addresses[address] = self._addresses.get(address, 0) + 1
        return session

    def forget(self, session: ServedSession) -> None:
        """A session is over. May be repeated."""
        found = self._sessions.pop(session.sid, None)
        if found is None:
            return
        address = found[1]
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def close(self) -> None:
        """Make no more sessions."""
        self._closing = True
