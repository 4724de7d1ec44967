# SPDX-License-Identifier: MIT
"""The client's half against a server that is written down."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.protocol.framing.bosh.body import Body, Condition, mark, read_body, write_body
from xmppkit.protocol.framing.bosh.keys import KeyCheck, KeySequence
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.session import (
    GRACE,
    MAX_WAITING,
    BoshSession,
    Ending,
    Outgoing,
    Phase,
)
from xmppkit.xml.limits import Limits

MESSAGE = "<message xmlns='jabber:client'/>"
CREATED: dict[str, Any] = {
    "sid": "s", "ver": "1.11", "wait": 30, "requests": 2, "hold": 1, "inactivity": 60, "polling": 5, "maxpause": 100,
}  # fmt: skip


def read(request: Outgoing) -> Body:
    body = read_body(request.body, Limits())
    assert isinstance(body, Body)
    return body


class Told:
    """A session whose server says what a test says."""

    def __init__(self, **options: Any) -> None:
        told = {"moment": 0.0, "apart": 0.0, "headstart": 0.0, **options}
        self.session = BoshSession(SessionOptions(rid_factory=lambda: 100, **told))
        self.now = 0.0
        self.sent: dict[int, Outgoing] = {}

    def requests(self) -> list[Outgoing]:
        new = self.session.requests(self.now)
        self.sent.update({each.rid: each for each in new})
        return new

    def request(self) -> Body:
        (new,) = self.requests()
        return read(new)

    def answer(self, rid: int, payload: str = "", status: int = 200, **attributes: Any) -> None:
        self.raw(rid, write_body({name.rstrip("_"): value for name, value in attributes.items()}, payload), status)

    def raw(self, rid: int, data: bytes, status: int = 200) -> None:
        self.session.response(rid, self.sent[rid].attempt, status, data, self.now)

    def lose(self, rid: int) -> None:
        self.session.lost(rid, self.sent[rid].attempt, "reset", self.now)

    def open(self, **changes: Any) -> None:
        self.session.send(mark({"to": "localhost", "xmpp:version": "1.0"}).encode())
        self.requests()
        self.answer(100, **{**CREATED, **changes})

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.session.handle_timer(self.now)


@pytest.fixture
def it() -> Told:
    told = Told()
    told.open()
    told.session.received()
    return told


# --- the beginning --------------------------------------------------------------------------------------


def test_the_first_request() -> None:
    """XEP-0124 §7.1, XEP-0206 §3."""
    it = Told()
    assert it.requests() == [], "nothing is said before the engine has"
    assert it.session.deadline() is None
    it.session.send(mark({"to": "localhost", "xmpp:version": "1.0", "xml:lang": "en"}).encode())
    assert it.session.unsent
    body = it.request()
    assert body.attributes == {
        "rid": "100", "content": "text/xml; charset=utf-8", "ver": "1.11", "wait": "45", "hold": "1", "ack": "1",
        "to": "localhost", "{urn:xmpp:xbosh}version": "1.0", "{http://www.w3.org/XML/1998/namespace}lang": "en",
    }  # fmt: skip
    assert it.session.phase is Phase.OPENING
    assert (it.session.unsent, it.session.unanswered) == (0, True)
    assert it.requests() == []
    assert it.session.deadline() == 45 + GRACE


def test_the_first_response() -> None:
    it = Told()
    it.open()
    session = it.session
    assert session.phase is Phase.OPEN
    assert (session.wait, session.at_once, session.inactivity, session.max_pause) == (30, 2, 60.0, 100)
    assert (session.polling, session.legacy, session.unanswered) == (None, False, False)
    assert len(session.received()) == 1
    assert session.received() == []


def test_a_server_that_says_little() -> None:
    it = Told()
    it.session.send(mark({"to": "localhost"}).encode())
    it.requests()
    it.answer(100, sid="s")
    assert (it.session.wait, it.session.at_once, it.session.inactivity) == (45, 2, 60.0)
    assert (it.session.max_pause, it.session.legacy, it.session.polling) == (0, True, None)


def test_a_server_that_says_too_much() -> None:
    """It cannot make us wait longer, or ask more, than we do."""
    it = Told()
    it.open(wait=10**9, requests=10**9, maxpause=10**9, inactivity=10**9)
    assert (it.session.wait, it.session.at_once) == (45, 2)
    assert (it.session.max_pause, it.session.inactivity) == (3600, 3600.0)


def test_request_ids_are_random() -> None:
    rids = set()
    for _ in range(5):
        session = BoshSession()
        session.send(mark({"to": "a"}).encode())
        rids.add(session.requests(0.0)[0].rid)
    assert len(rids) == 5
    assert max(rids) > 1 << 32


@pytest.mark.parametrize(
    ("status", "data", "seen"),
    [
        (404, b"<html/>", b"HTTP/1.1 404"),
        (200, b"<html/>", b"<html/>"),
        (200, b"", b"HTTP/1.1 200"),
        (200, write_body({}), b"HTTP/1.1 200"),
        (302, b"", b"HTTP/1.1 302"),
    ],
)
def test_who_answers_speaks_something_else(status: int, data: bytes, seen: bytes) -> None:
    it = Told()
    it.session.send(mark({"to": "localhost"}).encode())
    it.requests()
    it.raw(100, data, status)
    assert it.session.received() == [seen]
    assert it.session.ended is not None
    assert it.session.ended.reason


def test_a_fault_of_the_web_server_is_no_other_protocol() -> None:
    it = Told()
    it.session.send(mark({"to": "localhost"}).encode())
    it.requests()
    it.answer(100, status=503)
    assert it.session.ended == Ending("the server answered with HTTP status 503")
    assert it.session.received() == []


def test_a_first_request_that_is_lost() -> None:
    it = Told()
    it.session.send(mark({"to": "localhost"}).encode())
    (first,) = it.requests()
    it.lose(100)
    assert [each.body for each in it.requests()] == [first.body], "the connection may have been an old one"
    it.lose(100)
    assert it.session.ended == Ending("reset")


def test_a_server_that_refuses() -> None:
    it = Told()
    it.session.send(mark({"to": "localhost"}).encode())
    it.requests()
    it.answer(100, type="terminate", condition="host-unknown")
    assert it.session.ended == Ending(None, Condition.HOST_UNKNOWN)
    assert len(it.session.received()) == 1


# --- talking --------------------------------------------------------------------------------------------


def test_a_request_is_always_held(it: Told) -> None:
    body = it.request()
    assert body.attributes == {"rid": "101", "sid": "s"}
    assert it.requests() == []
    it.answer(101)
    assert it.request().get("rid") == "102"


def test_a_question_waits_for_something_to_say() -> None:
    it = Told(moment=0.02)
    it.open()
    assert it.requests() == []
    assert it.session.deadline() == 0.02
    it.session.send(MESSAGE.encode())
    assert len(it.request().elements) == 1
    it.later(1)
    it.answer(101)
    assert it.requests() == []
    it.later(0.02)
    assert it.request().elements == []


def test_requests_do_not_overtake_each_other() -> None:
    it = Told(apart=0.05)
    it.open()
    it.requests()
    it.session.send(MESSAGE.encode())
    assert it.requests() == []
    assert it.session.deadline() == 0.05
    it.later(0.05)
    assert len(it.request().elements) == 1
    it.answer(101)
    it.answer(102)
    it.session.send(MESSAGE.encode())
    assert len(it.request().elements) == 1, "there is none that could be overtaken"


def test_repeated_requests_are_not_overtaken() -> None:
    it = Told(headstart=0.5)
    it.open()
    it.session.send(MESSAGE.encode())
    it.requests()
    it.session.send(MESSAGE.encode())
    it.requests()
    it.lose(101)
    it.lose(102)
    assert [each.rid for each in it.requests()] == [101]
    assert it.session.deadline() == 0.5
    it.later(0.5)
    assert [each.rid for each in it.requests()] == [102]
    it.answer(101)
    it.session.send(MESSAGE.encode())
    assert it.requests() == []
    it.later(0.5)
    assert [each.rid for each in it.requests()] == [103]


def test_what_is_said_goes_together(it: Told) -> None:
    it.session.send(MESSAGE.encode())
    it.session.send(MESSAGE.encode())
    assert len(it.request().elements) == 2
    assert it.session.unanswered
    it.session.send(MESSAGE.encode())
    body = it.request()
    assert (len(body.elements), body.get("ack")) == (1, "100"), "the response to 101 has not come (§9.2)"
    it.session.send(MESSAGE.encode())
    assert it.requests() == [], "two are under way"
    assert it.session.unsent == len(MESSAGE)
    it.answer(101)
    assert it.request().get("ack") == "101"
    it.answer(102)
    it.answer(103)
    assert it.request().get("ack") is None


def test_a_body_is_no_longer_than_it_should_be() -> None:
    it = Told(send_bytes=100)
    it.open()
    for _ in range(3):
        it.session.send(MESSAGE.encode() * 2)
    assert [len(read(each).elements) for each in it.requests()] == [2, 2]


def test_responses_are_read_in_order(it: Told) -> None:
    it.session.send(MESSAGE.encode())
    it.requests()
    it.session.send(MESSAGE.encode())
    it.requests()
    it.answer(102, "<presence xmlns='jabber:client'/>")
    assert it.session.received() == []
    it.session.send(MESSAGE.encode())
    assert it.requests() == [], "the one that is missing holds back those that follow"
    it.answer(101, MESSAGE)
    assert [b"message" in each for each in it.session.received()] == [True, False]
    assert len(it.requests()) == 1


def test_what_is_past_a_limit_is_for_the_engine(it: Told) -> None:
    it.session.send(MESSAGE.encode())
    it.requests()
    attributes = " ".join(f"a{n}=''" for n in range(65))
    it.answer(101, f"<message xmlns='jabber:client' {attributes}/>")
    assert [b"message" in each for each in it.session.received()] == [True]
    assert it.session.ended is None


def test_responses_without_payload_are_not_for_the_engine(it: Told) -> None:
    it.requests()
    it.answer(101)
    assert it.session.received() == []
    assert it.session.deadline() == it.now, "there is something to be sent at once"


def test_a_response_that_has_come_before(it: Told) -> None:
    it.requests()
    it.answer(101, MESSAGE)
    it.answer(101, MESSAGE)
    assert len(it.session.received()) == 1


def test_a_restart(it: Told) -> None:
    """XEP-0206 §5: alone, behind what was said before."""
    it.session.send(MESSAGE.encode())
    it.session.send(mark({"to": "localhost", "xmpp:version": "1.0"}).encode())
    it.session.send(MESSAGE.encode())
    first, second = (read(each) for each in it.requests())
    assert (len(first.elements), first.restarts) == (1, False)
    assert (len(second.elements), second.restarts, second.get("to")) == (0, True, "localhost")
    it.answer(101)
    assert len(it.request().elements) == 1


def test_keys() -> None:
    seeds = iter("abcdefgh")
    it = Told(keys=True, keys_factory=lambda: KeySequence(next(seeds), 3))
    it.session.send(mark({"to": "localhost"}).encode())
    check = KeyCheck(it.request().get("newkey"))
    it.answer(100, **CREATED)
    renewed = 0
    for rid in range(101, 110):
        body = it.request()
        assert check.accepts(body.get("key"), body.get("newkey"))
        renewed += body.get("newkey") is not None
        it.answer(rid)
    assert renewed == 4


def test_keys_cannot_be_guessed() -> None:
    it = Told(keys=True)
    it.session.send(mark({"to": "localhost"}).encode())
    other = Told(keys=True)
    other.session.send(mark({"to": "localhost"}).encode())
    assert it.request().get("newkey") != other.request().get("newkey")


# --- what is lost ---------------------------------------------------------------------------------------


def test_a_lost_request_is_sent_again_as_it_was(it: Told) -> None:
    it.session.send(MESSAGE.encode())
    (first,) = it.requests()
    it.lose(101)
    assert it.session.unsent, "it waits to be sent"
    (second,) = it.requests()
    assert (second.rid, second.body, second.attempt) == (first.rid, first.body, 2)
    it.session.lost(101, 1, "reset", it.now)
    assert it.requests() == [], "that was said of the first attempt"
    it.answer(101, MESSAGE)
    assert len(it.session.received()) == 1


def test_repeating_takes_its_time(it: Told) -> None:
    it.requests()
    pauses = []
    for _ in range(6):
        it.lose(101)
        it.lose(101)
        due = it.session.deadline()
        assert due is not None
        pauses.append(due - it.now)
        it.later(due - it.now)
        it.requests()
    assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0]
    it.now += 60
    it.lose(101)
    assert it.session.ended == Ending("reset")
    assert it.session.deadline() is None
    it.session.handle_timer(it.now)
    assert it.requests() == []


def test_who_does_not_answer_in_time(it: Told) -> None:
    it.requests()
    assert it.session.deadline() == 30 + GRACE
    it.later(39)
    assert it.requests() == []
    it.later(1)
    assert [each.attempt for each in it.requests()] == [2]


def test_a_fault_on_the_way(it: Told) -> None:
    """A proxy that has lost its server: the session may be alive."""
    it.requests()
    it.answer(101, status=502)
    assert [each.attempt for each in it.requests()] == [2]
    it.answer(101)
    assert it.session.ended is None


@pytest.mark.parametrize(
    ("status", "condition"), [(404, Condition.ITEM_NOT_FOUND), (403, Condition.POLICY_VIOLATION), (401, None)]
)
def test_statuses_that_end_a_session(it: Told, status: int, condition: Condition | None) -> None:
    it.requests()
    it.raw(101, b"<html/>", status)
    assert it.session.ended == Ending(f"the server answered with HTTP status {status}", condition)


def test_a_status_with_a_condition(it: Told) -> None:
    it.requests()
    it.answer(101, status=404, type="terminate", condition="item-not-found")
    assert it.session.ended == Ending("the server ended the session: item-not-found", Condition.ITEM_NOT_FOUND)


def test_a_recoverable_condition(it: Told) -> None:
    """XEP-0124 §17.3: that request again, and those before it."""
    it.session.send(MESSAGE.encode())
    it.requests()
    it.session.send(MESSAGE.encode())
    it.requests()
    it.answer(101, type="error")
    assert [(each.rid, each.attempt) for each in it.requests()] == [(101, 2)]
    it.answer(102, type="error")
    it.session.response(101, 1, 200, write_body({"type": "error"}), it.now)
    it.later(1)
    assert [(each.rid, each.attempt) for each in it.requests()] == [(101, 3), (102, 2)]
    it.session.response(101, 2, 200, write_body({"type": "error"}), it.now)
    assert it.requests() == [], "an error of an attempt that was given up"


def test_a_report(it: Told) -> None:
    """XEP-0124 §9.2: an answer that we have not got."""
    it.session.send(MESSAGE.encode())
    it.requests()
    it.session.send(MESSAGE.encode())
    it.requests()
    it.answer(101, report=102, time=3000)
    assert [(each.rid, each.attempt) for each in it.requests() if each.rid == 102] == [(102, 2)]
    it.answer(102, report=7)
    it.requests()
    it.answer(103, report="x")
    assert it.session.ended is None


@pytest.mark.parametrize("data", [b"", b"<html/>", write_body({}, "<a>"), write_body({}) * 2])
def test_nonsense_ends_a_session(it: Told, data: bytes) -> None:
    it.requests()
    it.raw(101, data)
    assert it.session.ended is not None
    assert "no body" in str(it.session.ended.reason)


def test_a_response_that_is_too_large() -> None:
    it = Told(receive_bytes=1000)
    it.open()
    it.requests()
    it.raw(101, write_body({}, MESSAGE * 100))
    assert it.session.ended is not None
    assert "1000 bytes" in str(it.session.ended.reason)


# --- polling and pausing --------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"hold": 0}, {"wait": 0}, {"requests": 1}])
def test_polling(changes: dict[str, int]) -> None:
    it = Told()
    it.open(**changes)
    it.session.received()
    assert it.session.polling == 5.0
    assert it.requests() == []
    assert it.session.deadline() == 5.0
    it.session.send(MESSAGE.encode())
    assert len(it.request().elements) == 1, "who has something to say need not wait"
    it.later(1)
    it.answer(101)
    assert it.session.deadline() == 6.0
    it.later(5)
    assert it.request().elements == []


def test_polling_as_we_like() -> None:
    it = Told(hold=0)
    it.open(polling=None, inactivity=6)
    assert it.session.polling == 3.0, "before the server takes us for gone"


MUCH = write_body({}, f"<x xmlns='a'>{'x' * 1000_000}</x>" * 9)


def test_a_client_that_does_not_read(it: Told) -> None:
    """It asks so seldom that the session just lives on, and what comes waits."""
    it.requests()
    it.session.pause_reading()
    it.answer(101, MESSAGE)
    assert it.session.received() == []
    assert it.requests() == []
    assert it.session.deadline() == 30.0
    it.session.send(MESSAGE.encode())
    assert len(it.request().elements) == 1, "what we say need not wait"
    it.later(10)
    it.answer(102)
    it.later(29)
    assert it.requests() == []
    it.later(1)
    assert it.request().attributes == {"rid": "103", "sid": "s"}
    it.session.resume_reading()
    assert len(it.session.received()) == 1
    it.answer(103)
    assert len(it.requests()) == 1


def test_a_client_that_has_not_read_much() -> None:
    """XEP-0124 §10: then it says that it is away."""
    it = Told(receive_bytes=MAX_WAITING)
    it.open()
    it.requests()
    it.session.pause_reading()
    it.raw(101, MUCH)
    assert it.requests() == []
    it.later(30)
    assert it.request().get("pause") == "100"
    it.answer(102)
    assert it.requests() == []
    assert it.session.deadline() == 80.0
    it.later(50)
    assert it.request().get("pause") == "100"
    it.answer(103)
    it.session.resume_reading()
    assert len(it.session.received()) == 2
    assert it.request().get("pause") is None


def test_not_reading_is_bounded() -> None:
    it = Told(receive_bytes=MAX_WAITING)
    it.open(maxpause=None)
    it.requests()
    it.session.pause_reading()
    it.raw(101, MUCH)
    it.later(60)
    assert it.requests() == [], "more than half of what may wait waits, and the server knows no pauses"
    it.session.send(MESSAGE.encode())
    it.requests()
    it.raw(102, MUCH)
    assert it.session.ended == Ending("the server sends more than is read")


# --- the end --------------------------------------------------------------------------------------------


def test_leaving(it: Told) -> None:
    it.requests()
    it.session.send(MESSAGE.encode() + mark(None).encode() + MESSAGE.encode())
    body = it.request()
    assert (body.type_, len(body.elements)) == ("terminate", 1)
    assert it.session.phase is Phase.LEAVING
    it.answer(101)
    assert it.requests() == [], "who leaves asks for nothing"
    it.answer(102, type="terminate")
    assert it.session.ended == Ending()
    assert len(it.session.received()) == 1


def test_leaving_a_server_that_does_not_say_goodbye(it: Told) -> None:
    """XEP-0124 §13: the answer to a terminate may be empty."""
    it.session.send(mark(None).encode())
    assert it.request().type_ == "terminate"
    it.answer(101)
    assert it.session.ended == Ending()


def test_the_server_ends_the_session(it: Told) -> None:
    it.requests()
    it.session.pause_reading()
    it.answer(101, MESSAGE, type="terminate", condition="remote-stream-error")
    assert it.session.ended == Ending(None, Condition.REMOTE_STREAM_ERROR)
    assert len(it.session.received()) == 1, "what it said is read, whoever does not want to"
    it.session.send(MESSAGE.encode())
    it.answer(101)
    it.lose(101)
    assert (it.requests(), it.session.unsent, it.session.unanswered) == ([], 0, False)


@pytest.mark.parametrize(
    ("condition", "cut"),
    [("item-not-found", True), ("see-other-uri", False), ("system-shutdown", False), ("whatever", True)],
)
def test_what_is_the_streams_and_what_cuts_it(it: Told, condition: str, cut: bool) -> None:
    it.requests()
    it.answer(101, type="terminate", condition=condition)
    assert it.session.ended is not None
    assert (it.session.ended.reason is not None) is cut


def test_giving_up(it: Told) -> None:
    it.requests()
    it.session.abandon("enough")
    it.session.abandon("more than enough")
    assert it.session.ended == Ending("enough")
    assert it.requests() == []
