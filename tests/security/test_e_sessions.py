# SPDX-License-Identifier: MIT
"""Group E, the sessions of BOSH by themselves, without HTTP: what they keep, and for how long.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

from xmppkit.protocol.framing.bosh.body import mark, write_body
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.served import Answer, Outcome, ServedLimits, ServedSession

MESSAGE = "<message xmlns='jabber:client' to='bob@localhost'><body>x</body></message>"


class Served:
    """A session of a server, without HTTP."""

    def __init__(self, limits: ServedLimits | None = None, **attributes: Any) -> None:
        self.manager = BoshManager(limits)
        self.answers: list[Answer] = []
        session = self.raw(write_body({"rid": 100, "ver": "1.11", "to": "localhost", **attributes}))
        assert session is not None
        self.session = session

    def raw(self, data: bytes, *, secure: bool = True) -> ServedSession | None:
        return self.manager.request(data, self.answers.append, address="::1", secure=secure, now=0.0)

    def post(self, rid: int, payload: str = "", **attributes: Any) -> ServedSession | None:
        return self.raw(write_body({"rid": rid, "sid": self.session.sid, **attributes}, payload))


def test_e03_requests_whose_turn_does_not_come() -> None:
    """What came before its turn is answered when the session ends: nobody waits for an answer for ever."""
    it = Served()
    it.session.received()
    it.session.send(b"<stream:features/>")
    it.session.settle(0.0)
    it.post(101)
    it.post(103, MESSAGE)
    assert len(it.answers) == 1
    it.session.send(mark(None).encode())
    it.session.settle(0.0)
    assert it.session.ended is Outcome.CLOSED
    assert b"type='terminate'" in it.answers[1].body
    assert b"item-not-found" in it.answers[2].body


def test_e04_requests_that_wait() -> None:
    """Requests that wait while nothing is read are bounded in number: who does not wait for the answers is cut off."""
    it = Served()
    it.session.pause_reading()
    for rid in range(101, 1000):
        if it.session.ended is not None:
            break
        it.post(rid, MESSAGE)
    assert it.session.ended is Outcome.LOST
    assert 2 <= len(it.answers) <= 5
    assert all(b"policy-violation" in answer.body for answer in it.answers)


def test_e04_bodies_without_end() -> None:
    """What comes while nothing is read ends the session after a megabyte, and no memory is kept."""
    it = Served()
    it.session.send(b"<stream:features/>")
    it.session.settle(0.0)
    it.session.received()
    it.session.pause_reading()
    payload = f"<message xmlns='jabber:client'><body>{'x' * 200_000}</body></message>"
    tracemalloc.start()
    rid = 100
    while it.session.ended is None:
        rid += 1
        it.post(rid, payload)
        it.session.send(b"<presence xmlns='jabber:client'/>")  # an answer, so that the next one may come
        it.session.settle(0.0)
        assert rid < 120
    used, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert b"policy-violation" in it.answers[-1].body
    assert most < 8 << 20
    assert rid < 108
    del used


def test_e04_answers_that_nobody_fetches() -> None:
    """Answers that are kept for who did not get them are as many as requests may be under way."""
    it = Served()
    for rid in range(101, 300):
        it.session.send(b"<message xmlns='jabber:client'><body>" + b"x" * 1000 + b"</body></message>")
        it.session.settle(0.0)
        it.post(rid, MESSAGE)
        it.session.settle(0.0)
        it.session.received()
    assert it.session.ended is None
    assert len(it.session._given) <= it.session.requests
    assert len(it.session._held) <= it.session.requests


def test_e04_asking_without_pause() -> None:
    """Who asks for something again and again while a request is held, or polls too often, is cut off."""
    it = Served(hold=1, wait=60)
    it.session.send(b"<stream:features/>")
    it.session.settle(0.0)
    for rid in (101, 102, 103):
        it.post(rid)
        it.session.settle(0.0)
    assert b"policy-violation" in it.answers[-2].body
    polling = Served(hold=0)
    polling.session.settle(0.0)
    for rid in (101, 102, 103):
        polling.post(rid)
        polling.session.settle(0.0)
    assert b"policy-violation" in polling.answers[-2].body


def test_e09_requests_in_the_clear() -> None:
    """A session that began over HTTPS takes no request without, and does not end for one."""
    it = Served()
    assert it.raw(write_body({"rid": 101, "sid": it.session.sid}, MESSAGE), secure=False) is None
    assert b"item-not-found" in it.answers[-1].body
    assert it.session.ended is None
