# SPDX-License-Identifier: MIT
"""xmppkit.drivers.blocking: one stream on one socket, without a loop; time is the test's."""

from __future__ import annotations

import errno
import math
import socket
import threading
from typing import Any

import pytest

from xmppkit.drivers.blocking import READ_SIZE, BlockingDriver
from xmppkit.drivers.pollers import Ready
from xmppkit.drivers.pump import BURST
from xmppkit.exceptions import ConnectionLost
from xmppkit.protocol.initiator import ClientStream


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Station:
    """A driver and what its application saw."""

    def __init__(self, stream: Any, sock: socket.socket, peer: socket.socket, brief: Any, **options: Any) -> None:
        self.events: list[str] = []
        self.closed: list[OSError | None] = []
        self.failing: set[str] = set()
        self.acts: dict[str, Any] = {}
        self.clock = Clock()
        self.peer = peer
        self._brief = brief
        self.driver = BlockingDriver(
            stream, self._take, sock, on_closed=self.closed.append, clock=self.clock, **options
        )

    def _take(self, event: Any) -> None:
        word = self._brief(event)
        self.events.append(word)
        if word in self.acts:
            self.acts[word]()
        if word in self.failing:
            raise RuntimeError(word)

    def read(self, data: bytes = b"") -> None:
        if data:
            self.peer.sendall(data)
        self.driver.handle(Ready.READ)

    def written(self) -> bytes:
        self.peer.setblocking(False)
        try:
            return self.peer.recv(1_000_000)
        except BlockingIOError:
            return b""


@pytest.fixture
def station(tools):
    made: list[tuple[socket.socket, socket.socket]] = []

    def make(stream: Any = None, **options: Any) -> Station:
        made.append(socket.socketpair())
        one = Station(tools.ready_client() if stream is None else stream, *made[-1], tools.brief, **options)
        one.driver.start()
        return one

    yield make
    for pair in made:
        for each in pair:
            each.close()


def test_a_stream_is_opened_and_ends(station, tools) -> None:
    one = station(ClientStream("alice@localhost", tools.clear(), now=0.0))
    assert b"<stream:stream" in one.written()
    assert one.driver.wanted is Ready.READ
    assert one.driver.fileno() >= 0
    assert one.driver.deadline() == 30.0
    one.clock.now = 31.0
    one.driver.handle_timer()
    assert one.events == ["StreamEnded"]
    assert b"connection-timeout" in one.written()
    one.peer.close()
    one.read()
    assert one.closed == [None]
    assert one.driver.wanted is Ready.NONE
    assert one.driver.deadline() is None
    assert one.driver.fileno() == -1
    one.driver.handle_timer()


def test_stanzas_both_ways(station, tools) -> None:
    one = station()
    assert one.driver.deadline() is None
    one.acts["one"] = lambda: one.driver.send("<presence/>")
    one.read(tools.message("one") + tools.message("two"))
    assert one.events == ["one", "two"]
    assert one.written() == b"<presence/>"
    one.driver.send("<message/>")
    assert one.written() == b"<message/>"
    assert one.driver.deadline() == -math.inf
    one.driver.handle_timer()
    assert one.driver.deadline() is None
    one.read()  # nothing is there: no harm
    assert one.events == ["one", "two"]


def test_closing_in_order(station) -> None:
    one = station()
    one.driver.close()
    assert one.written() == b"</stream:stream>"
    one.driver.handle_timer()
    assert one.driver.deadline() == 5.0
    one.read(b"</stream:stream>")
    assert one.events == ["StreamEnded"]
    assert one.closed == []
    assert one.written() == b""  # our end of file
    one.read(b"late")
    assert one.driver.wanted is Ready.READ
    one.peer.close()
    one.read()
    assert one.closed == [None]


def test_a_peer_that_does_not_close(station) -> None:
    one = station(linger=2.0)
    one.driver.close()
    one.read(b"</stream:stream>")
    assert one.driver.deadline() == 2.0
    one.clock.now = 2.0
    one.driver.handle_timer()
    assert one.driver.closed


def test_the_peer_goes_away(station) -> None:
    one = station()
    one.peer.close()
    one.driver.handle(Ready.READ | Ready.HANGUP)
    assert one.events == ["StreamEnded"]
    assert isinstance(one.driver.stream.error, ConnectionLost)
    assert one.closed == [None]


def test_a_fault_of_a_handler_leaves_and_the_next_call_goes_on(station, tools) -> None:
    one = station()
    one.failing.add("bad")
    with pytest.raises(RuntimeError, match="bad"):
        one.read(tools.message("bad") + tools.message("good"))
    assert one.events == ["bad"]
    assert one.driver.deadline() == -math.inf
    one.driver.handle_timer()
    assert one.events == ["bad", "good"]
    assert not one.driver.closed


def test_a_fault_at_the_end_does_not_keep_the_rest(station, tools) -> None:
    one = station()
    one.failing |= {"bad", "StreamEnded"}
    one.driver.pause_reading()
    one.peer.sendall(tools.message("bad"))
    one.driver.handle_read()
    one.driver.resume_reading()
    with pytest.raises(RuntimeError, match="StreamEnded") as caught:
        one.driver.abort()
    assert str(caught.value.__context__) == "bad"
    assert one.closed == [None]
    assert one.events == ["bad", "StreamEnded"]


def test_aborting(station) -> None:
    one = station()
    one.driver.abort("enough")
    assert one.events == ["StreamEnded"]
    assert one.closed == [None]
    one.driver.abort("again")
    assert one.closed == [None]


def test_aborting_inside_a_handler(station, tools) -> None:
    one = station()
    one.acts["stop"] = one.driver.abort
    one.read(tools.message("stop") + tools.message("more"))
    assert one.events[0] == "stop"
    assert one.events[-1] == "StreamEnded"
    assert one.driver.closed


def test_pausing(station, tools) -> None:
    one = station()
    one.driver.pause_reading()
    assert one.driver.wanted is Ready.NONE
    one.read(tools.message("kept"))
    assert one.events == []
    one.driver.resume_reading()
    assert one.driver.deadline() == -math.inf
    one.driver.handle_timer()
    assert one.events == ["kept"]
    assert one.driver.wanted is Ready.READ


def test_many_stanzas_in_one_read(station) -> None:
    one = station()
    total = BURST + 50
    data = b"<message/>" * total
    assert len(data) < READ_SIZE
    one.read(data)
    assert len(one.events) == BURST
    assert one.driver.wanted is Ready.NONE
    one.driver.handle_timer()
    assert len(one.events) == total
    assert one.driver.wanted is Ready.READ


def test_a_peer_that_does_not_read(station, tools) -> None:
    one = station(write_limit=100_000)
    body = "x" * 50_000
    while one.driver.unsent <= 100_000:
        one.driver.send(f"<message><body>{body}</body></message>")
    one.driver.handle_timer()
    assert one.driver.wanted is Ready.WRITE
    one.peer.settimeout(10)
    while one.driver.unsent:
        assert one.peer.recv(1_000_000)
        one.driver.handle(Ready.WRITE)
    assert one.driver.wanted is Ready.READ


def test_closing_waits_until_everything_has_left(station) -> None:
    one = station()
    while not one.driver.unsent:
        one.driver.send("<message><body>" + "x" * 50_000 + "</body></message>")
    one.driver.close()
    one.read(b"</stream:stream>")
    assert one.events == ["StreamEnded"]
    assert one.driver.wanted is Ready.READ | Ready.WRITE
    one.peer.settimeout(10)
    data = b""
    while part := one.peer.recv(1_000_000):
        data += part
        one.driver.handle(Ready.WRITE)
    assert data.endswith(b"</stream:stream>")


class Broken:
    """A socket whose calls fail."""

    def __init__(self, real: socket.socket, *, fails: set[str], error: OSError) -> None:
        self.real, self.fails, self.error = real, fails, error

    def __getattr__(self, name: str) -> Any:
        if name in self.fails:
            return self._fail
        return getattr(self.real, name)

    def _fail(self, *args: Any) -> Any:
        raise self.error


@pytest.mark.parametrize("call", ["recv", "send"])
def test_a_broken_connection(station, call) -> None:
    one = station()
    one.driver.socket = Broken(one.driver.socket, fails={call}, error=OSError(errno.ECONNRESET, "reset"))
    if call == "recv":
        one.driver.handle_read()
    else:
        one.driver.send("<message/>")
        assert one.driver.deadline() == -math.inf
        one.driver.handle_timer()
    assert one.events == ["StreamEnded"]
    assert one.closed == [one.driver.socket.error]
    assert one.driver.stream.error.__cause__ is one.driver.socket.error


def test_a_connection_that_breaks_while_closing(station) -> None:
    one = station()
    one.driver.socket = Broken(one.driver.socket, fails={"recv"}, error=OSError(errno.ECONNRESET, "reset"))
    one.driver.close()
    one.driver.handle_read()
    assert one.events == ["StreamEnded"]
    assert one.driver.stream.error is None
    one.driver.handle_read()
    assert one.closed == [one.driver.socket.error]


def test_a_connection_that_breaks_after_the_end(station) -> None:
    one = station()
    one.driver.socket = Broken(one.driver.socket, fails={"shutdown"}, error=OSError(errno.ENOTCONN, "gone"))
    one.driver.close()
    one.read(b"</stream:stream>")
    one.driver.socket.fails.add("recv")
    one.driver.handle_read()
    assert one.closed == [one.driver.socket.error]
    assert one.driver.stream.error is None


def test_a_broken_connection_and_nobody_told(tools) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        driver = BlockingDriver(tools.ready_client(), [].append, ours)
        driver.start()
        driver._broken = OSError("broken")
        driver.stream.receive_eof()
        driver.handle_timer()
        assert driver.closed


def test_a_send_from_another_thread_leaves_at_once(station, tools) -> None:
    one = station()

    def elsewhere() -> None:
        thread = threading.Thread(target=one.driver.send, args=("<message/>",))
        thread.start()
        thread.join()

    one.acts["busy"] = elsewhere
    one.read(tools.message("busy"))
    assert one.written() == b"<message/>"
