# SPDX-License-Identifier: MIT
"""Attempts to connect: their order, their pauses, their end. On a virtual clock."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from xmppkit.exceptions import (
    CertificateUntrusted,
    ConnectionLost,
    ConnectionRefused,
    HostNotFound,
    LocalProtocolError,
    MalformedStream,
    NegotiationTimeout,
    NotConnectedError,
    StreamClosed,
    StreamErrorReceived,
    TLSFailed,
)
from xmppkit.testing import clock
from xmppkit.transports.endpoints import Endpoint
from xmppkit.xmlstream.connector import FIRST_DELAY, MAX_DELAY, Connector, next_delay, worth_another
from xmppkit.xmlstream.connector import _jitter as jitter_of_the_module

ONE, TWO = Endpoint("one", 1), Endpoint("two", 2)
REFUSED = ConnectionRefused("no")
UNTRUSTED = CertificateUntrusted("no")


class Host:
    """A stream whose endpoints do as they are told: an exception, an awaitable maker, or None for success."""

    def __init__(self, *results: Any, endpoints: Any = (ONE,)) -> None:
        self.results = list(results)
        self.endpoints = endpoints
        self.events: list[tuple[str, Any]] = []
        self.tried: list[tuple[float, Endpoint]] = []
        self.failed: list[Exception] = []
        self.connector = Connector(self)
        self.connector.jitter = lambda: 1.0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def find_endpoints(self) -> list[Endpoint]:
        if isinstance(self.endpoints, Exception):
            raise self.endpoints
        return list(self.endpoints)

    async def open_link(self, endpoints: Sequence[Endpoint], failed: Callable[[Endpoint, Exception], object]) -> None:
        self.tried.append((self.loop.time(), endpoints[0]))
        result = self.results.pop(0) if self.results else None
        if isinstance(result, Exception):
            if type(result) is not RuntimeError:
                failed(endpoints[0], result)
            raise result
        if result is not None:
            await result()

    def wrap(self, coro: Awaitable[None], /) -> asyncio.Future[None]:
        return asyncio.ensure_future(coro)

    def event(self, name: str, data: Any = None, /) -> None:
        self.events.append((name, data))

    def attempt_failed(self, error: Exception) -> None:
        self.failed.append(error)

    @property
    def pauses(self) -> list[float]:
        return [data for name, data in self.events if name == "reconnect_delay"]


def on_a_virtual_clock(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        clock.run(test())  # type: ignore[arg-type]

    run.__name__ = test.__name__
    return run


# --- what is worth another attempt ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (None, False),
        (HostNotFound("x"), True),
        (REFUSED, True),
        (ConnectionLost("x"), True),
        (NegotiationTimeout("x"), True),
        (StreamClosed("x"), True),
        (StreamErrorReceived("system-shutdown"), True),
        (StreamErrorReceived("not-well-formed"), True),
        (StreamErrorReceived("reset"), True),
        (StreamErrorReceived("conflict"), False),
        (StreamErrorReceived("see-other-host"), False),
        (UNTRUSTED, False),
        (MalformedStream("more than 64 levels", condition="policy-violation"), True),
        (MalformedStream("XML that is not well-formed", condition="not-well-formed"), False),
        (TLSFailed("cut"), True),
        (RuntimeError(), False),
    ],
)
def test_what_is_worth_another_attempt(error: Exception | None, worth: bool) -> None:
    assert worth_another(error) is worth


def test_pauses_double_up_to_a_bound() -> None:
    pauses = [0.0]
    while pauses[-1] < MAX_DELAY:
        pauses.append(next_delay(pauses[-1]))
    assert pauses[:5] == [0, FIRST_DELAY, 3, 7, 15]
    assert pauses[-1] == MAX_DELAY
    assert next_delay(MAX_DELAY) == MAX_DELAY
    assert next_delay(4.0, first=0.5, most=6.0) == 6.0


async def test_a_pause_is_any_time_up_to_its_bound() -> None:
    jitter = Connector(Host()).jitter
    cuts = [jitter() for _ in range(1000)]
    assert all(0.0 <= each <= 1.0 for each in cuts)
    assert min(cuts) < 0.1
    assert max(cuts) > 0.9


@on_a_virtual_clock
async def test_a_thousand_clients_that_lose_one_server_are_no_storm() -> None:
    random.seed(1)
    served: list[float] = []

    class Restarted(Host):
        """Has a server that comes back after half a minute."""

        async def open_link(self, endpoints: Any, failed: Callable[[Endpoint, Exception], object]) -> None:
            if self.loop.time() < 30:
                failed(endpoints[0], REFUSED)
                raise REFUSED
            served.append(self.loop.time())

    hosts = [Restarted() for _ in range(1000)]
    for host in hosts:
        host.connector.jitter = jitter_of_the_module
    await asyncio.gather(*(host.connector.start(after=FIRST_DELAY) for host in hosts))
    seconds = Counter(int(time) for time in served)
    assert len(served) == 1000
    assert max(seconds.values()) <= 100, "never more than a tenth of them in one second"
    assert max(served) < 30 + MAX_DELAY
    assert sorted(served)[500] < 30 + 30, "and half of them are back soon"


# --- attempts ---------------------------------------------------------------------------------------------


@on_a_virtual_clock
async def test_the_first_endpoint_that_takes_us_is_the_last() -> None:
    host = Host(REFUSED, None, endpoints=(ONE, TWO, ONE))
    started = host.connector.start()
    assert host.connector.active, "it is under way"
    assert await started is True
    await asyncio.sleep(0)
    assert [host.connector.active] == [False]
    assert [each for _, each in host.tried] == [ONE, TWO]
    assert host.events == [("connection_failed", REFUSED)]
    assert host.failed == []


@on_a_virtual_clock
async def test_who_comes_back_takes_a_handshake_that_fails_for_one_that_was_cut() -> None:
    host = Host(TLSFailed("cut"), ConnectionLost("x"), None)
    connector = Connector(host)
    assert await connector.start(returning=True)
    host = Host(TLSFailed("cut"), None)
    with pytest.raises(TLSFailed):
        await Connector(host).start()
    host = Host(UNTRUSTED, None)
    with pytest.raises(type(UNTRUSTED)):
        await Connector(host).start(returning=True)


@on_a_virtual_clock
async def test_after_a_network_failure_there_are_others_with_pauses_between() -> None:
    host = Host(REFUSED, HostNotFound("x"), REFUSED, None)
    assert await host.connector.start() is True
    assert [time for time, _ in host.tried] == [0, 1, 4, 11]
    assert host.pauses == [1, 3, 7]


@on_a_virtual_clock
async def test_a_pause_before_the_first() -> None:
    host = Host(REFUSED)
    host.connector.first, host.connector.most = 2.0, 5.0
    await host.connector.start(after=2.0)
    assert host.pauses == [2, 5]


@on_a_virtual_clock
async def test_the_number_of_attempts_may_be_bounded() -> None:
    host = Host(*[REFUSED] * 9)
    host.connector.limit = 3
    with pytest.raises(ConnectionRefused):
        await host.connector.start()
    assert len(host.tried) == 3
    assert host.failed == [REFUSED]
    assert not host.connector.active


@on_a_virtual_clock
async def test_one_attempt_only() -> None:
    host = Host(HostNotFound("first"), REFUSED, endpoints=(ONE, TWO))
    with pytest.raises(ConnectionRefused):
        await host.connector.start(retry=False)
    assert host.pauses == []
    assert host.failed == [REFUSED], "what the last endpoint said"


@on_a_virtual_clock
async def test_what_will_not_change_by_itself_ends_the_attempt_after_the_last_endpoint() -> None:
    host = Host(UNTRUSTED, REFUSED, endpoints=(ONE, TWO))
    with pytest.raises(CertificateUntrusted):
        await host.connector.start()
    assert [each for _, each in host.tried] == [ONE, TWO]
    assert host.failed == [UNTRUSTED]


@on_a_virtual_clock
async def test_errors_that_nobody_foresaw_end_it_with_a_word() -> None:
    for host in (Host(RuntimeError("bug")), Host(endpoints=RuntimeError("bug"))):
        with pytest.raises(RuntimeError, match="bug"):
            await host.connector.start()
        assert len(host.failed) == 1


@on_a_virtual_clock
async def test_looking_up_the_endpoints_is_repeated_as_well() -> None:
    host = Host(endpoints=HostNotFound("no answer"))
    host.connector.limit = 2
    with pytest.raises(HostNotFound):
        await host.connector.start()
    assert host.pauses == [1]


@on_a_virtual_clock
async def test_no_endpoint_at_all() -> None:
    host = Host(endpoints=())
    with pytest.raises(NotConnectedError, match="no endpoint"):
        await host.connector.start()


@on_a_virtual_clock
async def test_a_future_that_nobody_awaits_is_no_complaint() -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    host = Host(UNTRUSTED)
    host.connector.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert host.failed == [UNTRUSTED]
    assert complaints == []


# --- giving up and hurrying -------------------------------------------------------------------------------


@on_a_virtual_clock
async def test_giving_up() -> None:
    host = Host(asyncio.Event().wait)
    host.connector.cancel()
    started = host.connector.start()
    await asyncio.sleep(0)
    host.connector.cancel()
    host.connector.cancel()
    assert not host.connector.active
    with pytest.raises(asyncio.CancelledError):
        await started
    assert host.failed == [], "nobody is told: it was asked for"


@on_a_virtual_clock
async def test_a_new_attempt_takes_the_place_of_the_old_one() -> None:
    host = Host(asyncio.Event().wait)
    first = host.connector.start()
    await asyncio.sleep(0)
    assert await host.connector.start() is True
    assert first.cancelled()
    assert len(host.tried) == 2
    again = host.connector.start()
    assert await again, "also when the old one was through"


@on_a_virtual_clock
async def test_a_future_that_was_cancelled_stops_nothing() -> None:
    for results in ([None], [UNTRUSTED]):
        host = Host(*results)
        host.connector.start().cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(host.tried) == 1
        assert host.failed == [each for each in results if each is not None]


@on_a_virtual_clock
async def test_an_attempt_is_over_when_there_is_a_connection() -> None:
    """Also if what has led to it takes a moment longer: the connection may be lost meanwhile."""
    through = asyncio.Event()
    host = Host(through.wait)
    host.connector.arrived()
    started = host.connector.start()
    await asyncio.sleep(0)
    host.connector.arrived()
    assert not host.connector.active
    assert await started is True
    second = host.connector.start()
    through.set()
    assert await second is True
    assert host.failed == []


@on_a_virtual_clock
async def test_hurrying() -> None:
    host = Host(REFUSED)
    host.connector.hurry()
    started = host.connector.start(after=200.0)
    await asyncio.sleep(0)
    host.connector.hurry()
    for _ in range(5):  # turns of the event loop: the pause ends, the attempt fails, the next pause begins
        await asyncio.sleep(0)
    assert host.tried == [(0.0, ONE)]
    host.connector.hurry()
    assert await started
    assert asyncio.get_running_loop().time() == 0.0


# --- the log ----------------------------------------------------------------------------------------------


def test_one_line_for_each_thing_that_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        host = Host(REFUSED, REFUSED, HostNotFound("other"), REFUSED, LocalProtocolError("end"))
        with pytest.raises(LocalProtocolError):
            await host.connector.start()

    caplog.set_level(logging.WARNING)
    clock.run(main())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 4
    assert all(line.startswith("cannot connect: ") for line in lines)
