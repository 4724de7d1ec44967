# SPDX-License-Identifier: MIT
"""IQs that wait for their answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.dispatch import pending as module
from xmppkit.dispatch.pending import DEFAULT_TIMEOUT, PendingIqs
from xmppkit.exceptions import InvalidJID, IqError, IqTimeout, LocalProtocolError
from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.testing.clock import run

OWN = JID("romeo@montague.lit/orchard")
PEER = "juliet@capulet.lit/balcony"


class Fixture:
    """Pending requests on the running loop, and what came of them."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.tasks: list[asyncio.Task[None]] = []
        self.reports: list[tuple[str, Any]] = []
        self.called: list[Any] = []
        self.unraised: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.unraised.append(context))
        self.pending = PendingIqs(
            self.loop,
            self.loop.create_future,
            spawn=self.spawn,
            report=lambda exc, stanza: self.reports.append((str(exc), stanza)),
        )

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(self.loop.create_task(coroutine))

    def add(self, sid: str = "1", **options: Any) -> asyncio.Future[Any]:
        return self.pending.add(Iq(stype="get", sto=options.pop("to", PEER), sid=sid), **options)

    def answer(self, sid: str = "1", sender: str | None = PEER, kind: str = "result") -> Any:
        xml = Element("{jabber:client}iq", {"type": kind, "id": sid})
        if sender:
            xml.set("from", sender)
        return Iq(None, xml, recv=True)

    def resolve(self, *arguments: Any, **options: Any) -> bool | None:
        return self.pending.resolve(self.answer(*arguments, **options), OWN)


def timed(test: Callable[[Fixture], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def wrapped() -> None:
        async def main() -> None:
            fixture = Fixture()
            await test(fixture)
            gc.collect()
            await asyncio.sleep(0)
            assert fixture.unraised == []

        run(main())

    wrapped.__name__ = test.__name__
    return wrapped


# --- answers --------------------------------------------------------------------------------------------------------


@timed
async def test_a_result(f: Fixture) -> None:
    future = f.add()
    assert "1" in f.pending
    assert len(f.pending) == 1
    answer = f.answer()
    assert f.pending.resolve(answer, OWN)
    assert await future is answer
    assert "1" not in f.pending
    assert not f.pending.resolve(answer, OWN)


@timed
async def test_an_error(f: Fixture) -> None:
    future = f.add()
    answer = f.answer(kind="error")
    assert f.pending.resolve(answer, OWN)
    with pytest.raises(IqError) as caught:
        await future
    assert caught.value.iq is answer


@timed
async def test_what_is_no_answer(f: Fixture) -> None:
    future = f.add()
    for kind in ("get", "set", "bogus", ""):
        assert not f.resolve(kind=kind)
    assert not f.resolve("2")
    message = Message(None, Element("{jabber:client}message", {"type": "error", "id": "1", "from": PEER}), recv=True)
    assert not f.pending.resolve(message, OWN)
    for sender in (None, "juliet@capulet.lit", "eve@capulet.lit/balcony", "montague.lit", "@@"):
        assert not f.resolve(sender=sender)
    assert not future.done()
    assert f.resolve()
    await future


@timed
async def test_an_answer_of_the_own_account(f: Fixture) -> None:
    for number, (to, sender) in enumerate((("", None), ("", OWN.bare), (OWN.bare, None), (OWN.bare, OWN.bare))):
        future = f.add(str(number), to=to or None)
        assert not f.resolve(str(number), PEER)
        assert f.resolve(str(number), sender)
        assert future.done()


@timed
async def test_before_the_own_address_is_known(f: Fixture) -> None:
    future = f.add()
    assert f.pending.resolve(f.answer(sender=None), None)
    assert future.done()


@timed
async def test_two_requests_with_one_id(f: Fixture) -> None:
    future = f.add()
    with pytest.raises(LocalProtocolError, match="an IQ of the id '1' waits for its answer already"):
        f.add()
    future.cancel()
    again = f.add()
    assert f.resolve()
    assert again.done()


@timed
async def test_a_receiver_that_is_none(f: Fixture) -> None:
    iq = Iq(stype="get", sid="1")
    iq.xml.set("to", "@@")
    with pytest.raises(InvalidJID):
        f.pending.add(iq)
    assert len(f.pending) == 0


# --- callbacks ------------------------------------------------------------------------------------------------------


@timed
async def test_the_callback_gets_results_and_errors(f: Fixture) -> None:
    for kind in ("result", "error"):
        f.add(callback=f.called.append)
        answer = f.answer(kind=kind)
        assert f.pending.resolve(answer, OWN)
        assert f.called[-1] is answer
    assert len(f.called) == 2


@timed
async def test_the_callback_comes_before_who_waits(f: Fixture) -> None:
    future = f.add(callback=lambda _: f.called.append("callback"))
    future.add_done_callback(lambda _: f.called.append("future"))
    f.resolve()
    await asyncio.sleep(0)
    assert f.called == ["callback", "future"]


@timed
async def test_a_coroutine_function_as_callback(f: Fixture) -> None:
    async def note(answer: Any) -> None:
        await asyncio.sleep(1)
        f.called.append(answer["id"])

    f.add(callback=note)
    f.add("2", callback=lambda _: 5)
    f.resolve()
    f.resolve("2")
    await asyncio.sleep(2)
    assert f.called == ["1"]
    assert len(f.tasks) == 1


@timed
async def test_faults_of_callbacks_are_reported_once(f: Fixture) -> None:
    def fail(_: Any) -> None:
        raise ValueError("plain")

    async def later(_: Any) -> None:
        raise ValueError("coroutine")

    for sid, callback in (("1", fail), ("2", later)):
        future = f.add(sid, callback=callback)
        answer = f.answer(sid)
        assert f.pending.resolve(answer, OWN)
        assert await future is answer
        await asyncio.sleep(0)
        assert f.reports[-1][1] is answer
    assert [text for text, _ in f.reports] == ["plain", "coroutine"]
    f.add("3", timeout=1, timeout_callback=fail)
    await asyncio.sleep(2)
    assert f.reports[2][0] == "plain"
    assert f.reports[2][1]["id"] == "3"


@timed
async def test_a_callback_may_ask_again(f: Fixture) -> None:
    def again(_: Any) -> None:
        f.called.append("again")
        if len(f.called) < 3:
            f.add(callback=again)

    f.add(callback=again)
    for _ in range(3):
        assert f.resolve()
    assert not f.resolve()
    assert len(f.called) == 3


# --- giving up ------------------------------------------------------------------------------------------------------


@timed
async def test_a_cancelled_request_is_forgotten_and_nobody_wants_its_answer(f: Fixture) -> None:
    future = f.add(callback=f.called.append)
    assert future.cancel("enough")
    assert len(f.pending) == 0
    assert "1" not in f.pending
    assert not future.cancel()
    assert f.resolve(sender="mallory@verona.lit") is False
    message = Message(None, Element("{jabber:client}message", {"type": "error", "id": "1", "from": PEER}), recv=True)
    assert f.pending.resolve(message, OWN) is False
    assert f.resolve("2") is False
    assert f.resolve() is None
    assert f.resolve() is False
    assert f.called == []
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await future


@timed
async def test_so_it_is_when_only_its_id_is_known(f: Fixture) -> None:
    f.add().cancel()
    f.pending._tidy()
    assert f.resolve(sender="mallory@verona.lit") is False
    message = Message(None, Element("{jabber:client}message", {"type": "error", "id": "1", "from": PEER}), recv=True)
    assert f.pending.resolve(message, OWN) is False
    assert f.resolve() is None
    assert f.resolve() is False


@timed
async def test_who_waits_is_cancelled(f: Fixture) -> None:
    task = f.loop.create_task(_wait(f.add()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert len(f.pending) == 0
    assert task.cancelled()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(f.add(), 1)
    assert len(f.pending) == 0
    assert f.resolve(kind="error") is None


async def _wait(future: asyncio.Future[Any]) -> None:
    await future


@timed
async def test_the_id_of_a_cancelled_request_may_be_used_again(f: Fixture) -> None:
    f.add().cancel()
    second = f.add()
    assert f.resolve() is True
    assert second.done()
    assert f.resolve() is None


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GIVEN_UP", 500)


@pytest.mark.usefixtures("few")
@timed
async def test_what_was_given_up_is_bounded(f: Fixture) -> None:
    kept = f.add("kept")
    for number in range(2000):
        f.add(str(number)).cancel()
        assert len(f.pending._entries) <= module._SLACK + 10
    assert len(f.pending) == 1
    assert len(f.pending._heap) <= module._SLACK + 10
    assert len(f.pending._given_up or ()) == 500
    assert f.resolve("1999") is None
    assert f.resolve("1200") is False
    assert not kept.done()
    f.pending.fail_all(ConnectionError("gone"))
    assert f.resolve("1998") is False


@timed
async def test_what_somebody_else_has_settled(f: Fixture) -> None:
    answered, lost, late = f.add("1"), f.add("2", timeout=200), f.add("3", timeout=5, timeout_callback=f.called.append)
    for future in (answered, lost, late):
        future.set_result(None)
    assert f.resolve("1") is True
    await asyncio.sleep(6)
    f.pending.fail_all(ConnectionError("gone"))
    assert [future.result() for future in (answered, lost, late)] == [None, None, None]
    assert f.called == []


@timed
async def test_forgetting_a_request(f: Fixture) -> None:
    future = f.add(callback=f.called.append)
    assert f.pending.discard("1")
    assert future.cancelled()
    assert not f.pending.discard("1")
    assert not f.resolve()
    await asyncio.sleep(DEFAULT_TIMEOUT + 1)
    assert f.called == []


@timed
async def test_the_end_of_the_stream(f: Fixture) -> None:
    first, second, third = (
        f.add("1"),
        f.add("2", callback=f.called.append, timeout_callback=f.called.append),
        f.add("3"),
    )
    first.cancel()
    error = ConnectionError("gone")
    f.pending.fail_all(error)
    for future in (second, third):
        with pytest.raises(ConnectionError, match="gone"):
            await future
    assert len(f.pending) == 0
    await asyncio.sleep(DEFAULT_TIMEOUT + 1)
    assert f.called == []
    f.pending.fail_all(error)
    f.add("2")
    assert f.resolve("2")


@timed
async def test_the_end_of_the_stream_that_nobody_looks_at(f: Fixture) -> None:
    f.add()
    f.pending.fail_all(ConnectionError("gone"))


# --- timeouts -------------------------------------------------------------------------------------------------------


@timed
async def test_the_time_runs_out(f: Fixture) -> None:
    begin = f.loop.time()
    for seconds, expected in ((None, DEFAULT_TIMEOUT), (5, 5), (0.5, 0.5), (0, 0)):
        future = f.add(timeout=seconds, callback=f.called.append)
        with pytest.raises(IqTimeout) as caught:
            await future
        assert caught.value.iq["to"] == PEER
        assert f.loop.time() - begin == pytest.approx(expected)
        begin = f.loop.time()
        assert not f.resolve()
    assert f.called == []


@timed
async def test_each_at_its_time(f: Fixture) -> None:
    times: dict[str, float] = {}
    for sid, seconds in (("a", 30), ("b", 10), ("c", 20), ("d", 10)):
        f.add(sid, timeout=seconds, timeout_callback=lambda error, sid=sid: times.setdefault(sid, f.loop.time()))
    await asyncio.sleep(15)
    assert f.resolve("c")
    await asyncio.sleep(50)
    assert times == {"a": 30, "b": 10, "d": 10}


@pytest.mark.parametrize("timeout", ["5", True, b"5", object(), float("nan"), [5]])
def test_what_is_no_number(timeout: Any) -> None:
    async def main() -> None:
        f = Fixture()
        with pytest.raises(TypeError, match="an IQ's timeout is a number of seconds"):
            f.add(timeout=timeout)
        assert len(f.pending) == 0

    run(main())


@timed
async def test_for_ever(f: Fixture) -> None:
    future = f.add(timeout=float("inf"))
    await asyncio.sleep(1e6)
    assert not future.done()
    assert f.resolve()


@timed
async def test_the_timeout_callback(f: Fixture) -> None:
    async def note(error: IqTimeout) -> None:
        f.called.append(error)

    future = f.add(timeout=5, timeout_callback=note)
    await asyncio.sleep(6)
    (error,) = f.called
    assert future.exception() is error


@timed
async def test_a_timeout_of_one_that_was_given_up(f: Fixture) -> None:
    f.add(timeout=5, timeout_callback=f.called.append).cancel()
    await asyncio.sleep(6)
    assert f.called == []
    assert len(f.pending) == 0


@timed
async def test_the_deadline_of_an_earlier_request_does_not_count(f: Fixture) -> None:
    f.add(timeout=5)
    f.resolve()
    future = f.add(timeout=20)
    await asyncio.sleep(10)
    assert not future.done()
    await asyncio.sleep(15)
    assert isinstance(future.exception(), IqTimeout)


@timed
async def test_a_timeout_callback_may_ask_again(f: Fixture) -> None:
    def again(error: IqTimeout) -> None:
        f.called.append(f.loop.time())
        if len(f.called) < 3:
            f.add(timeout=5, timeout_callback=again)

    f.add(timeout=5, timeout_callback=again)
    await asyncio.sleep(60)
    assert f.called == [5, 10, 15]


@timed
async def test_a_timeout_callback_may_end_it_all(f: Fixture) -> None:
    f.add("1", timeout=5, timeout_callback=lambda _: f.pending.fail_all(ConnectionError("gone")))
    other = f.add("2", timeout=5)
    await asyncio.sleep(10)
    assert isinstance(other.exception(), ConnectionError)


def test_a_timer_that_fires_early() -> None:
    now = 0.0
    timers: list[tuple[float, Callable[[], object]]] = []

    class Clock:
        def time(self) -> float:
            return now

        def call_at(self, when: float, callback: Callable[[], object], /) -> Any:
            timers.append((when, callback))
            return self

        def cancel(self) -> None:
            timers.pop()

    async def main() -> None:
        nonlocal now
        loop = asyncio.get_running_loop()
        pending = PendingIqs(Clock(), loop.create_future, spawn=loop.create_task, report=lambda *_: None)
        future = pending.add(Iq(sid="1"), timeout=5)
        now = 4.99
        timers.pop()[1]()
        assert not future.done()
        assert [when for when, _ in timers] == [5.0]
        now = 5.0
        timers.pop()[1]()
        assert isinstance(future.exception(), IqTimeout)
        assert timers == []

    run(main())


@timed
async def test_one_timer_and_few_deadlines_for_many(f: Fixture) -> None:
    waiting = f.add("long", timeout=1000)
    for number in range(5 * module._SLACK):
        f.add(str(number))
        assert f.resolve(str(number))
    assert len(f.pending._heap) <= module._SLACK + 4
    assert not waiting.done()
    await asyncio.sleep(1001)
    assert isinstance(waiting.exception(), IqTimeout)
