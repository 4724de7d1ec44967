# SPDX-License-Identifier: MIT
"""The sessions of a server."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.protocol.framing.bosh.body import MAX_RID, write_body
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.served import Answer, ServedLimits, ServedSession


class Asked:
    def __init__(self, **options: Any) -> None:
        self.manager = BoshManager(**options)
        self.answers: list[Answer] = []

    def raw(self, data: bytes, *, address: str = "::1", secure: bool = True) -> ServedSession | None:
        return self.manager.request(data, self.answers.append, address=address, secure=secure, now=0.0)

    def create(self, address: str = "::1", **attributes: Any) -> ServedSession | None:
        return self.raw(write_body({"rid": 7, "ver": "1.11", "to": "localhost", **attributes}), address=address)

    def refused(self) -> tuple[int, bytes]:
        answer = self.answers.pop()
        return answer.status, answer.body


def test_sessions() -> None:
    it = Asked()
    one, other = it.create(), it.create()
    assert one is not None
    assert other is not None
    assert one.sid != other.sid
    assert len(one.sid) >= 32
    assert it.raw(write_body({"sid": one.sid, "rid": 8})) is one
    assert len(it.manager) == 2
    it.manager.forget(one)
    it.manager.forget(one)
    assert it.raw(write_body({"sid": one.sid, "rid": 8})) is None
    assert b"item-not-found" in it.refused()[1]
    assert len(it.manager) == 1
    it.manager.forget(other)
    assert it.manager._addresses == {}


@pytest.mark.parametrize("data", [b"", b"<html/>", b"\xff", write_body({}) * 2, b"x" * 1000])
def test_what_is_no_body(data: bytes) -> None:
    it = Asked(limits=ServedLimits(body_bytes=500))
    assert it.raw(data) is None
    assert b"bad-request" in it.refused()[1]


def test_a_session_id_that_was_guessed() -> None:
    it = Asked()
    it.create()
    assert it.raw(write_body({"sid": "guess", "rid": 8})) is None
    assert b"item-not-found" in it.refused()[1]


@pytest.mark.parametrize("rid", [None, 0, -1, "x", MAX_RID, MAX_RID + 1, 10**40])
def test_first_request_ids(rid: Any) -> None:
    """XEP-0124 §14.1: there must be some left."""
    it = Asked()
    assert it.create(rid=rid) is None
    assert b"bad-request" in it.refused()[1]
    assert it.create(rid=rid, ver=None) is None
    assert it.refused() == (400, b"")


def test_a_secure_session_stays_so() -> None:
    """XEP-0124 §19.1: what comes in the clear is not the client's, and ends nothing."""
    it = Asked()
    session = it.create()
    assert session is not None
    assert it.raw(write_body({"sid": session.sid, "rid": 8}), secure=False) is None
    assert b"item-not-found" in it.refused()[1]
    assert session.ended is None


def test_sessions_are_bounded() -> None:
    it = Asked(sessions=3, per_address=2)
    one = it.create("::1")
    assert it.create("::1") is not None
    assert it.create("::1") is None
    assert b"policy-violation" in it.refused()[1]
    assert it.create("::2") is not None
    assert it.create("::3") is None
    assert b"internal-server-error" in it.refused()[1]
    assert one is not None
    it.manager.forget(one)
    assert it.create("::1") is not None


def test_the_end() -> None:
    it = Asked()
    it.create()
    it.manager.close()
    assert it.create() is None
    assert b"system-shutdown" in it.refused()[1]
