# SPDX-License-Identifier: MIT
"""Logins whose keys take long to derive: the event loop does not wait, and whatever happens meanwhile ends well."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from xmppkit.exceptions import ConnectionLost, NegotiationTimeout
from xmppkit.protocol.events import Negotiated, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, ScramRecord, make_scram_record
from xmppkit.sasl.derivation import AT_ONCE, Derivation
from xmppkit.testing import clock
from xmppkit.testing.pair import Answers

MANY = AT_ONCE + 1
RECORD = make_scram_record("SCRAM-SHA-256", "pencil", b"salt of alice...", MANY)
POLICY = SaslPolicy(("SCRAM-SHA-256",), scram_without_tls=True)
PATIENCE = 60


class Login:
    """A client on a driver, and a server's stream that answers it.

    :param drive: makes the station; see conftest.
    :param record: what the server has of the password.
    """

    def __init__(self, drive: Any, options: StreamOptions, record: ScramRecord = RECORD) -> None:
        credentials = Credentials("alice", "pencil")
        self.answers = Answers(accounts={"alice": AccountRecord(scram={"SCRAM-SHA-256": record})})
        self.server = ReceiverStream(options.replace(sasl=POLICY), now=0.0)
        self.server.open()
        loop = asyncio.get_running_loop()
        client = ClientStream("alice@localhost", options.replace(sasl=POLICY, credentials=credentials), now=loop.time())
        self.station = drive(client)
        self.driver = self.station.driver
        self.transport = self.station.connect()
        self.stray: list[Any] = []
        loop.set_exception_handler(lambda _, context: self.stray.append(context))
        self._heard = 0

    @property
    def step(self) -> Step:
        return self.driver.stream.state.step

    @property
    def wrote(self) -> bytes:
        return b"".join(self.transport.writes)

    def relay(self) -> None:
        """What each end has written reaches the other, until neither says anything."""
        while True:
            for event in self.server.events():
                self.answers(self.server, event)
            data = self.server.data_to_send()
            if data:
                self.driver.data_received(data)
            fresh, self._heard = self.wrote[self._heard :], len(self.wrote)
            if fresh:
                self.server.receive_data(fresh)
            elif not data:
                return

    async def until(self, reached: Callable[[], object]) -> None:
        """Relay until something has become so."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self.relay()
                await asyncio.to_thread(int)  # a turn of the loop, and of the threads behind it

    def ended(self) -> StreamEnded:
        """The last event; nothing has gone wrong beside it."""
        last = self.station.events[-1]
        assert isinstance(last, StreamEnded)
        assert self.stray == []
        assert self.station.faults == []
        assert self.driver.stream._derived is None
        return last


class Threads:
    """Stands for `Derivation.compute`: it waits until it is told to go on.

    :ivar at: the threads in which it was called.
    """

    def __init__(self, compute: Callable[[Derivation], bytes]) -> None:
        self.at: list[int] = []
        self.go_on = threading.Event()
        self.ended = threading.Semaphore(0)
        self._compute = compute

    def __call__(self, derivation: Derivation) -> bytes:
        if derivation.iterations > AT_ONCE:
            self.at.append(threading.get_ident())
            assert self.go_on.wait(PATIENCE)
        try:
            return self._compute(derivation)
        finally:
            self.ended.release()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Threads]:
    made = Threads(Derivation.compute)
    monkeypatch.setattr(Derivation, "compute", lambda derivation: made(derivation))
    yield made
    made.go_on.set()


async def test_the_key_is_derived_beside_the_loop(tools: Any, drive: Any, threads: Threads) -> None:
    login = Login(drive, tools.clear())
    await login.until(lambda: threads.at)
    # Here the loop turns while the thread is at work, which ends only when the loop says so.
    assert threads.at != [threading.get_ident()]
    assert login.step is Step.DERIVING
    assert b"<response" not in login.wrote
    threads.go_on.set()
    await login.until(lambda: login.driver.stream.ready)
    assert any(isinstance(event, Negotiated) for event in login.station.events)
    assert login.stray == []


async def test_few_rounds_take_no_thread(tools: Any, drive: Any, threads: Threads) -> None:
    few = make_scram_record("SCRAM-SHA-256", "pencil", b"salt of alice...", AT_ONCE)
    login = Login(drive, tools.clear(), few)
    login.relay()
    assert login.driver.stream.ready
    assert threads.at == []


async def test_two_at_once(tools: Any, drive: Any, threads: Threads) -> None:
    logins = [Login(drive, tools.clear()) for _ in range(2)]
    for login in logins:
        login.relay()
    await logins[0].until(lambda: len(threads.at) == 2)  # neither waits for the other
    assert len(set(threads.at)) == 2
    threads.go_on.set()
    for login in logins:
        await login.until(lambda: login.driver.stream.ready)  # noqa: B023 - it is awaited here


async def finished(login: Login, threads: Threads) -> None:
    """The thread is through, and the loop has heard of it."""
    threads.go_on.set()
    assert await asyncio.to_thread(threads.ended.acquire, timeout=PATIENCE)
    for _ in range(3):
        await asyncio.to_thread(int)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        (lambda login: login.driver.connection_lost(OSError("cut")), ConnectionLost),
        (lambda login: login.driver.eof_received(), ConnectionLost),
        (lambda login: login.driver.abort(), type(None)),
    ],
)
async def test_an_end_meanwhile(how: Any, error: type, tools: Any, drive: Any, threads: Threads) -> None:
    login = Login(drive, tools.clear())
    await login.until(lambda: threads.at)
    how(login)
    before = login.wrote
    await finished(login, threads)
    assert isinstance(login.ended().error, error)
    assert login.wrote == before


async def test_closing_meanwhile(tools: Any, drive: Any, threads: Threads) -> None:
    login = Login(drive, tools.clear())
    await login.until(lambda: threads.at)
    login.driver.close()
    await finished(login, threads)
    login.relay()
    assert login.ended() == StreamEnded("closed", None)
    assert b"<response" not in login.wrote


def test_the_time_is_over_meanwhile(tools: Any, drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a virtual clock, and with a thread that has no end while the loop is looked at.
    async def wait() -> None:
        loop = asyncio.get_running_loop()
        endless: asyncio.Future[bytes] = loop.create_future()
        monkeypatch.setattr(loop, "run_in_executor", lambda executor, call: endless)
        login = Login(drive, tools.clear())
        login.relay()
        assert login.step is Step.DERIVING
        began = loop.time()
        await asyncio.sleep(31)
        assert isinstance(login.ended().error, NegotiationTimeout)
        assert loop.time() - began == 31
        assert b"connection-timeout" in login.wrote
        if not endless.cancelled():  # its connection is there until the peer has closed it
            endless.set_result(bytes(32))
        await asyncio.sleep(1)
        login.ended()
        assert b"<response" not in login.wrote

    clock.run(wait())


async def test_a_thread_that_cannot_be_had(tools: Any, drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(executor: object, call: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", none)
    login = Login(drive, tools.clear())
    login.relay()
    assert isinstance(login.driver.failure, RuntimeError)
    assert login.driver.stream.closed


async def test_a_key_that_cannot_be_derived(tools: Any, drive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(derivation: Derivation) -> bytes:
        raise MemoryError("no memory")

    monkeypatch.setattr(Derivation, "compute", none)
    login = Login(drive, tools.clear())
    await login.until(lambda: login.driver.failure)
    assert isinstance(login.driver.failure, MemoryError)
    assert login.driver.stream.closed
