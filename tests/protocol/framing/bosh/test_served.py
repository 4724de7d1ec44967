# SPDX-License-Identifier: MIT
"""The server's half against a client that is written down."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.protocol.framing.bosh.body import Body, Condition, mark, read_body, write_body
from xmppkit.protocol.framing.bosh.keys import KeySequence
from xmppkit.protocol.framing.bosh.served import (
    MAX_REPEATS,
    REPORT_AFTER,
    Answer,
    Outcome,
    ServedLimits,
    ServedSession,
    refusal,
)
from xmppkit.xml.limits import Limits

MESSAGE = "<message xmlns='jabber:client'/>"
ASKED: dict[str, Any] = {"rid": 100, "to": "localhost", "ver": "1.6", "wait": 60, "hold": 1}


class Told:
    """A session whose client says what a test says. Answers are kept by request ID, in order of their coming."""

    def __init__(self, limits: ServedLimits | None = None, **asked: Any) -> None:
        self.now = 0.0
        self.answers: list[tuple[int, Answer]] = []
        self.responds: dict[int, Any] = {}
        data = write_body({**ASKED, **asked})
        self.session = ServedSession(
            self._read(data), data, self._respond(100), sid="s", limits=limits or ServedLimits(), secure=True, now=0.0
        )

    @staticmethod
    def _read(data: bytes) -> Body:
        body = read_body(data, Limits())
        assert isinstance(body, Body)
        return body

    def _respond(self, rid: int) -> Any:
        self.responds[rid] = respond = lambda answer: self.answers.append((rid, answer))
        return respond

    def request(self, rid: int | None, payload: str = "", *, settle: bool = True, **attributes: Any) -> None:
        head = {"sid": "s", "rid": rid, **{name.replace("__", ":"): value for name, value in attributes.items()}}
        data = write_body({name.rstrip("_"): value for name, value in head.items()}, payload)
        self.session.request(self._read(data), data, self._respond(rid or 0), self.now)
        if settle:
            self.session.settle(self.now)

    def taken(self) -> list[tuple[int, Body]]:
        """The answers that have come since the last call."""
        new = [(rid, self._read(answer.body)) for rid, answer in self.answers]
        self.answers.clear()
        return new

    def answer(self) -> Body:
        ((_, body),) = self.taken()
        return body

    def say(self, *texts: str) -> None:
        for text in texts:
            self.session.send(text.encode())
        self.session.settle(self.now)

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.session.handle_timer(self.now)

    def open(self) -> Body:
        self.session.received()
        self.say(mark({"from": "localhost", "authid": "a", "xmpp:version": "1.0"}), "<stream:features/>")
        return self.answer()


def opened(limits: ServedLimits | None = None, **asked: Any) -> Told:
    it = Told(limits, **asked)
    it.open()
    return it


@pytest.fixture
def it() -> Told:
    return opened()


# --- the beginning --------------------------------------------------------------------------------------


def test_the_first_answer() -> None:
    """XEP-0124 §7.2, XEP-0206 §4."""
    it = Told(ack=1)
    assert len(it.session.received()) == 1
    it.session.settle(0.0)
    assert it.taken() == [], "it waits for what the stream has to say"
    body = it.open()
    assert body.attributes == {
        "sid": "s", "wait": "60", "requests": "2", "ver": "1.6", "polling": "2", "inactivity": "30", "hold": "1",
        "maxpause": "120", "charsets": "UTF-8", "ack": "100", "{urn:xmpp:xbosh}restartlogic": "true",
        "from": "localhost", "authid": "a", "{urn:xmpp:xbosh}version": "1.0",
    }  # fmt: skip
    assert [each.tag for each in body.elements] == ["{http://etherx.jabber.org/streams}features"]


@pytest.mark.parametrize(
    ("asked", "wait", "hold", "requests"),
    [
        ({}, 60, 1, 2),
        ({"wait": 20, "hold": 0}, 20, 0, 1),
        ({"wait": 0, "hold": 1}, 0, 0, 1),
        ({"wait": 10**30, "hold": 10**30}, 60, 1, 2),
        ({"wait": None, "hold": None}, 60, 1, 2),
        ({"wait": -5, "hold": "x"}, 60, 1, 2),
    ],
)
def test_what_is_granted(asked: dict[str, Any], wait: int, hold: int, requests: int) -> None:
    session = Told(**asked).session
    assert (session.wait, session.hold, session.requests) == (wait, hold, requests)
    assert session.inactivity == (30 if hold else 62)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, "text/xml; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/xml; charset=utf-8", "application/xml; charset=utf-8"),
        ("text/html", "text/xml; charset=utf-8"),
        ("text/xml\r\nSet-Cookie: a=b", "text/xml; charset=utf-8"),
    ],
)
def test_the_content_type(asked: str | None, given: str) -> None:
    it = Told(content=asked)
    it.say(mark({"from": "localhost"}), "<stream:features/>")
    assert [each.content_type for _, each in it.answers] == [given]


def test_a_stream_that_is_refused() -> None:
    it = Told()
    it.say(mark({"from": "localhost"}), "<stream:error></stream:error>", mark(None), MESSAGE)
    body = it.answer()
    assert (body.type_, body.get("condition"), len(body.elements)) == ("terminate", "remote-stream-error", 1)
    assert it.session.ended is Outcome.CLOSED
    assert it.session.deadline() is None


# --- talking --------------------------------------------------------------------------------------------


def test_a_request_is_held(it: Told) -> None:
    it.request(101)
    assert it.taken() == []
    assert it.session.deadline() == 60.0
    it.say(MESSAGE)
    assert len(it.answer().elements) == 1


def test_a_request_is_held_so_long(it: Told) -> None:
    it.request(101)
    it.later(59)
    assert it.taken() == []
    it.later(1)
    assert it.answer().attributes == {}


def test_what_is_said_waits_for_a_request(it: Told) -> None:
    it.say(MESSAGE, MESSAGE)
    assert it.session.unsent == 2 * len(MESSAGE)
    it.request(101)
    assert len(it.answer().elements) == 2
    assert it.session.unsent == 0


def test_no_more_are_held_than_agreed(it: Told) -> None:
    it.request(101)
    it.request(102, MESSAGE)
    assert [rid for rid, _ in it.taken()] == [101]
    assert len(it.session.received()) == 1, "a request that only asks is not for the engine"


def test_an_answer_at_once_takes_the_oldest_request(it: Told) -> None:
    it.request(101)
    it.request(102, MESSAGE, settle=False)
    it.say(MESSAGE)
    ((rid, body),) = it.taken()
    assert (rid, len(body.elements)) == (101, 1)


def test_answers_are_no_longer_than_they_should_be() -> None:
    it = opened(ServedLimits(answer_bytes=100))
    it.say(*[MESSAGE] * 4, "<x xmlns='a'>" + "x" * 1000 + "</x>")
    for rid, count in ((101, 3), (102, 1), (103, 1)):
        it.request(rid)
        assert len(it.answer().elements) == count


def test_requests_are_taken_in_order(it: Told) -> None:
    it.request(102, "<presence xmlns='jabber:client'/>")
    assert it.session.received() == []
    it.request(101, MESSAGE)
    assert [b"message" in each for each in it.session.received()] == [True, False]
    assert [rid for rid, _ in it.taken()] == [101]


def test_a_restart(it: Told) -> None:
    it.request(101, xmpp__restart="true")
    assert len(it.session.received()) == 1
    it.say(mark({"from": "localhost"}), "<stream:features/>")
    assert it.answer().get("from") == "localhost"


def test_acknowledgements() -> None:
    """XEP-0124 §9.1: of requests, where it is not the one that is answered."""
    it = opened(ack=1)
    it.request(101)
    it.request(102, MESSAGE)
    assert it.answer().get("ack") == "102"
    it.say(MESSAGE)
    assert it.answer().get("ack") is None


def test_a_report() -> None:
    """XEP-0124 §9.2: an answer that the client does not know of."""
    it = opened(ack=1)
    it.request(101)
    it.say(MESSAGE)
    it.taken()
    it.later(REPORT_AFTER / 2)
    it.request(102, MESSAGE, ack=100)
    assert it.taken() == [], "it may be under way"
    it.later(REPORT_AFTER)
    it.request(103, MESSAGE, ack=100)
    ((rid, body),) = it.taken()
    assert (rid, body.get("report"), body.get("time")) == (102, "101", "3000")
    it.say(MESSAGE)
    assert it.answer().get("report") is None


def test_reading_pauses() -> None:
    """While the engine does not read, answers that would bring more come late; those that say something do not."""
    it = opened()
    it.session.pause_reading()
    it.request(101)
    it.request(102, MESSAGE)
    assert it.taken() == []
    assert it.session.received() == []
    it.say(MESSAGE)
    assert [rid for rid, _ in it.taken()] == [101]
    it.session.resume_reading()
    assert len(it.session.received()) == 1


def test_what_is_not_read_is_bounded() -> None:
    it = opened(ServedLimits(unread_bytes=500))
    it.session.pause_reading()
    rid = 100
    while it.session.ended is None:
        rid += 1
        it.request(rid, MESSAGE)
        it.say(MESSAGE)
        assert rid < 110
    assert it.taken()[-1][1].get("condition") == "policy-violation"
    assert it.session.ended is Outcome.LOST


def test_requests_that_wait_are_bounded() -> None:
    """Who does not wait for answers, of which there are none while reading is paused, does not make us keep many."""
    it = opened()
    it.session.pause_reading()
    for rid in (101, 102, 103):
        it.request(rid, MESSAGE)
    assert it.taken() == []
    it.request(104, MESSAGE)
    assert it.session.ended is Outcome.LOST
    assert [(rid, body.get("condition")) for rid, body in it.taken()] == [
        (rid, "policy-violation") for rid in (101, 102, 103, 104)
    ]


# --- the same again -------------------------------------------------------------------------------------


def test_an_answer_that_was_lost(it: Told) -> None:
    it.request(101)
    it.say(MESSAGE)
    first = it.answers[:]
    it.answers.clear()
    it.request(101)
    assert it.answers == first
    it.request(102)
    it.answers.clear()
    it.request(101)
    assert it.answers == first


def test_a_request_that_is_held_comes_again(it: Told) -> None:
    """XEP-0124 §14.3: who waits is told so, and the answer goes to the last one."""
    it.request(101)
    it.request(101)
    assert it.answer().type_ == "error"
    it.say(MESSAGE)
    assert len(it.answer().elements) == 1
    it.later(1)


def test_a_request_that_is_early_comes_again(it: Told) -> None:
    it.request(102, MESSAGE)
    it.request(102, MESSAGE)
    assert it.answer().type_ == "error"
    it.request(102, MESSAGE * 2)
    assert it.answer().get("condition") == "item-not-found"
    it.request(101)
    assert [rid for rid, _ in it.taken()] == [101]
    assert it.session.ended is None


@pytest.mark.parametrize("rid", [101, 102, 3])
def test_what_is_no_copy(it: Told, rid: int) -> None:
    """Somebody else's, or one that was very long under way. It ends nothing."""
    it.request(101)
    it.say(MESSAGE)
    it.request(102)
    it.taken()
    it.request(rid, MESSAGE)
    assert it.answer().get("condition") == "item-not-found"
    assert it.session.ended is None
    assert it.session.received() == []


def test_old_answers_are_forgotten(it: Told) -> None:
    for rid in (101, 102, 103):
        it.say(MESSAGE)
        it.request(rid)
    it.taken()
    it.request(101)
    assert it.answer().get("condition") == "item-not-found"


def test_acknowledged_answers_are_forgotten() -> None:
    it = opened(ack=1)
    it.request(101)
    it.say(MESSAGE)
    it.request(102)
    it.taken()
    it.request(101)
    assert it.answer().get("condition") == "item-not-found"


def test_repeating_is_bounded(it: Told) -> None:
    it.request(101)
    it.say(MESSAGE)
    for _ in range(MAX_REPEATS):
        it.request(101)
        assert it.session.ended is None
    it.taken()
    it.request(101)
    assert it.answer().get("condition") == "policy-violation"
    assert it.session.ended is Outcome.LOST


# --- what is against the rules --------------------------------------------------------------------------


def test_a_request_outside_the_window(it: Told) -> None:
    it.request(101)
    it.request(104, MESSAGE)
    assert [body.get("condition") for _, body in it.taken()] == ["item-not-found"] * 2
    assert it.session.ended is Outcome.LOST
    it.request(102)
    assert it.answer().get("condition") == "item-not-found"


@pytest.mark.parametrize("attributes", [{"type_": "terminate"}, {"pause": 10}])
def test_one_more_to_leave_or_to_pause(it: Told, attributes: dict[str, Any]) -> None:
    it.request(103, **attributes)
    assert it.session.ended is None
    it.request(102, MESSAGE)
    it.request(101, MESSAGE)
    assert len(it.session.received()) == 2 + ("type_" in attributes)


@pytest.mark.parametrize("rid", [None, "x", -1, 1.5])
def test_a_request_without_an_id(it: Told, rid: Any) -> None:
    it.request(rid)
    assert it.answer().get("condition") == "bad-request"
    assert it.session.ended is None


def test_keys() -> None:
    keys = KeySequence("seed", 10)
    it = opened(newkey=keys.take())
    it.request(101, key=keys.take())
    others = KeySequence("other", 10)
    it.request(102, MESSAGE, key=keys.take(), newkey=others.take())
    it.request(103, MESSAGE, key=others.take())
    assert [rid for rid, _ in it.taken()] == [101, 102]
    it.request(104, MESSAGE, key=keys.take())
    assert [(rid, body.get("condition")) for rid, body in it.taken()] == [
        (103, "item-not-found"),
        (104, "item-not-found"),
    ]
    assert it.session.ended is Outcome.LOST
    assert len(it.session.received()) == 2, "the last one was not taken"


def test_keys_that_come_out_of_order() -> None:
    keys = KeySequence("seed", 10)
    it = opened(newkey=keys.take())
    first, second = keys.take(), keys.take()
    it.request(102, MESSAGE, key=second)
    it.request(101, MESSAGE, key=first)
    assert it.session.ended is None
    assert len(it.session.received()) == 2


def test_asking_too_often(it: Told) -> None:
    """XEP-0124 §11: another request that only asks, while one is held."""
    it.request(101)
    it.request(102)
    assert {body.get("condition") for _, body in it.taken()} == {"policy-violation"}
    assert it.session.ended is Outcome.LOST


def test_asking_again_after_a_while(it: Told) -> None:
    it.request(101)
    it.later(2)
    it.request(102)
    assert it.session.ended is None


def test_polling() -> None:
    """XEP-0124 §12."""
    it = opened(hold=0)
    for rid in (101, 102, 103):
        it.later(2)
        it.request(rid)
        assert it.answer().attributes == {}
    it.later(1)
    it.request(104, MESSAGE)
    it.request(105)
    assert it.session.ended is None, "not two of them, one behind the other"
    it.later(2)
    it.say(MESSAGE)
    it.request(106)
    it.request(107)
    assert it.session.ended is None, "there was something to get"
    it.taken()
    it.request(108)
    assert it.answer().get("condition") == "policy-violation"


# --- away and gone --------------------------------------------------------------------------------------


def test_who_is_gone(it: Told) -> None:
    it.request(101)
    it.later(60)
    it.taken()
    assert it.session.deadline() == 90.0
    it.later(29)
    assert it.session.ended is None
    it.later(1)
    assert it.session.ended is Outcome.LOST
    it.session.handle_timer(100.0)
    it.say(MESSAGE)
    assert it.session.unsent == 0


def test_whose_connection_is_gone(it: Told) -> None:
    it.request(101)
    it.later(10)
    it.session.gone(it.responds[101], it.now)
    assert it.session.deadline() == 40.0
    it.say(MESSAGE)
    assert it.taken() == []
    it.later(5)
    it.request(101)
    assert len(it.answer().elements) == 1, "what was said to nobody is said again"


def test_one_connection_of_two_is_gone() -> None:
    it = opened(ServedLimits(hold=2), hold=2)
    it.request(101)
    it.later(3)
    it.request(102, MESSAGE)
    it.request(104, MESSAGE)
    it.session.gone(it.responds[102], it.now)
    it.session.gone(it.responds[104], it.now)
    it.session.gone(lambda answer: None, it.now)
    assert it.session.deadline() == 60.0
    it.request(102, MESSAGE)
    assert it.taken() == [], "nobody is left to be told that it came again"
    it.session.gone(it.responds[101], it.now)
    it.session.gone(it.responds[102], it.now)
    it.later(30)
    assert it.session.ended is Outcome.LOST
    assert it.taken() == []


def test_a_pause(it: Told) -> None:
    """XEP-0124 §10: everything is answered, and the pause without payload."""
    it.request(101)
    it.request(102, pause=100, settle=False)
    it.say(MESSAGE, MESSAGE)
    assert [(rid, len(body.elements)) for rid, body in it.taken()] == [(101, 2), (102, 0)]
    it.say(MESSAGE)
    it.later(99)
    assert it.session.ended is None
    it.request(103)
    assert len(it.answer().elements) == 1
    it.later(30)
    assert it.session.ended is Outcome.LOST, "the next request has ended the pause"


def test_a_pause_that_is_too_long(it: Told) -> None:
    it.request(101, pause=121)
    assert it.taken() == []
    assert it.session.deadline() == 60.0


# --- the end --------------------------------------------------------------------------------------------


def test_the_client_leaves(it: Told) -> None:
    it.request(101)
    it.request(102, MESSAGE, type_="terminate", settle=False)
    assert len(it.session.received()) == 1
    it.say(mark(None))
    assert [(rid, body.type_) for rid, body in it.taken()] == [(101, "terminate"), (102, "")]
    assert it.session.ended is Outcome.CLOSED


def test_the_server_leaves_while_nobody_asks(it: Told) -> None:
    it.say(MESSAGE, "<stream:error></stream:error>", mark(None))
    it.session.leave()
    assert it.session.ended is None
    it.request(101)
    body = it.answer()
    assert (body.type_, body.get("condition"), len(body.elements)) == ("terminate", "remote-stream-error", 2)
    assert it.session.ended is Outcome.CLOSED


def test_who_is_early_when_it_ends(it: Told) -> None:
    """A request whose turn does not come any more is answered all the same."""
    it.request(101)
    it.request(103, MESSAGE)
    it.say(mark(None))
    assert it.session.ended is Outcome.CLOSED
    (held, last), (early, refused) = it.taken()
    assert (held, last.get("condition")) == (101, None)
    assert (early, refused.get("condition")) == (103, "item-not-found")


def test_a_pause_at_the_end(it: Told) -> None:
    it.say(MESSAGE, mark(None))
    it.request(101, pause=10)
    assert it.answer().type_ == ""
    it.request(102)
    assert it.answer().type_ == "terminate"


def test_the_engine_leaves_without_a_word(it: Told) -> None:
    it.request(101)
    it.session.leave()
    assert it.answer().get("condition") == "item-not-found"
    assert it.session.ended is Outcome.LOST


def test_giving_up(it: Told) -> None:
    it.request(101)
    it.session.abandon(Condition.SYSTEM_SHUTDOWN)
    it.session.abandon()
    assert it.answer().get("condition") == "system-shutdown"


def test_who_knows_statuses_only() -> None:
    """XEP-0124 §17.1."""
    it = opened(ver=None)
    it.request(None)
    it.request(199)
    assert [(answer.status, answer.body) for _, answer in it.answers] == [(400, b""), (404, b"")]
    assert refusal(Condition.HOST_UNKNOWN, legacy=True).status == 200
    assert refusal(Condition.POLICY_VIOLATION, legacy=True).status == 403
