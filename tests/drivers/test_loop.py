# SPDX-License-Identifier: MIT
"""xmppkit.drivers.loop: one thread for any number of streams, with each of the pollers."""

from __future__ import annotations

import resource
import socket
import threading
from typing import Any

import pytest

from xmppkit.drivers.blocking import BlockingDriver
from xmppkit.drivers.loop import BlockingLoop
from xmppkit.drivers.pollers import EpollPoller, PollPoller, SelectPoller
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.testing.pair import Answers


@pytest.fixture(params=[SelectPoller, PollPoller, EpollPoller])
def loop(request):
    one = BlockingLoop(request.param())
    yield one
    for driver in one.drivers:
        driver.socket.close()
    one.close()


def join(loop: BlockingLoop, *streams: Any, **options: Any) -> list[list[Any]]:
    """Streams on a pair of sockets, with an application that answers questions; their events."""
    answers = Answers(accounts={"alice": AccountRecord(password="secret")})
    seen: list[list[Any]] = []
    for stream, sock in zip(streams, socket.socketpair(), strict=True):
        events: list[Any] = []

        def take(event: Any, stream: Any = stream, events: list[Any] = events) -> None:
            events.append(event)
            answers(stream, event)

        driver = BlockingDriver(stream, take, sock, **options)
        loop.add(driver)
        driver.start()
        seen.append(events)
    return seen


def test_a_session_from_beginning_to_end(loop, tools) -> None:
    sasl = SaslPolicy(scram_without_tls=True)
    client = ClientStream("alice@localhost", tools.clear(sasl=sasl, credentials=Credentials("alice", "secret")), now=0)
    server = ReceiverStream(tools.clear(sasl=sasl), now=0)
    ours, theirs = join(loop, client, server)
    assert loop.run(10, until=lambda: client.ready and server.ready)
    loop.drivers[0].send("<message><body>hello</body></message>")
    assert loop.run(10, until=lambda: tools.brief(theirs[-1]) == "hello")
    loop.drivers[0].close()
    assert loop.run(10)
    assert loop.drivers == []
    assert [tools.brief(events[-1]) for events in (ours, theirs)] == ["StreamEnded", "StreamEnded"]
    assert client.error is None


def test_the_time_is_over(loop, tools) -> None:
    join(loop, tools.ready_client(), tools.ready_receiver())
    assert not loop.run(0.01)
    assert not loop.run(0)


def test_a_fault_leaves_the_loop_which_goes_on(loop, tools) -> None:
    ours, theirs = socket.socketpair()
    events: list[str] = []

    def take(event: Any) -> None:
        events.append(tools.brief(event))
        if events[-1] == "bad":
            raise RuntimeError("bad")

    driver = BlockingDriver(tools.ready_client(), take, ours)
    loop.add(driver)
    with theirs:
        theirs.sendall(tools.message("bad") + tools.message("good"))
        with pytest.raises(RuntimeError, match="bad"):
            loop.run(10)
        assert loop.run(10, until=lambda: events == ["bad", "good"])


def test_a_driver_that_another_one_s_handler_closes(loop, tools) -> None:
    first, second = socket.socketpair(), socket.socketpair()
    drivers: list[BlockingDriver] = []

    def close_the_other(event: Any) -> None:
        for driver in drivers:
            if driver._at_work is None:
                driver.abort()

    for ours, theirs in (first, second):
        drivers.append(BlockingDriver(tools.ready_client(), close_the_other, ours))
        loop.add(drivers[-1])
        theirs.sendall(tools.message("x"))
    loop.turn(10)
    assert sum(driver.closed for driver in drivers) == 1
    assert len(loop.drivers) == 1
    for ours, theirs in (first, second):
        ours.close()
        theirs.close()


def test_a_timer_of_a_stream(tools) -> None:
    loop = BlockingLoop()
    options = tools.clear(negotiation_timeout=0.02)
    events, _ = join(loop, ClientStream("a@localhost", options, now=0), ReceiverStream(options, now=0), linger=0.01)
    assert loop.run(10)
    assert tools.brief(events[-1]) == "StreamEnded"
    loop.close()


def test_it_is_woken(loop, tools) -> None:
    join(loop, tools.ready_client(), tools.ready_receiver())
    threading.Thread(target=loop.wake).start()
    loop.turn()
    assert len(loop.drivers) == 2


@pytest.mark.parametrize("kind", [PollPoller, EpollPoller])
def test_a_thousand_idle_streams(kind, tools) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2300
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"the system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    loop = BlockingLoop(kind())
    try:
        pairs = [join(loop, tools.ready_client(), tools.ready_receiver()) for _ in range(1000)]
        clients = loop.drivers[::2]
        threads = threading.active_count()
        for driver in clients:
            driver.send("<message><body>hello</body></message>")
        assert loop.run(60, until=lambda: all(theirs for _, theirs in pairs))
        assert {tools.brief(theirs[0]) for _, theirs in pairs} == {"hello"}
        assert threading.active_count() == threads
        for driver in clients:
            driver.close()
        assert loop.run(60)
    finally:
        loop.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
