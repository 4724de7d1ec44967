# SPDX-License-Identifier: MIT
"""xmppkit.drivers.threads: a stream with a thread of its own, and calls from others."""

from __future__ import annotations

import queue
import socket
import threading
from typing import Any

import pytest

from xmppkit.drivers.threads import ThreadDriver, locked


@pytest.fixture
def wire(tools):
    """A driver in its thread, a queue of its events, and the peer's socket."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    events: queue.Queue[str] = queue.Queue()

    def take(event: Any) -> None:
        word = tools.brief(event)
        events.put(word)
        if word == "bad":
            raise RuntimeError(word)
        if word == "thread":
            events.put(threading.current_thread().name)

    driver = ThreadDriver(tools.ready_client(), take, ours, linger=0.1)
    yield driver, events, theirs
    theirs.close()
    driver.abort()
    if driver._thread.is_alive():
        driver._thread.join(60)
    ours.close()


def test_a_session(wire, tools) -> None:
    driver, events, peer = wire
    driver.start()
    peer.sendall(tools.message("hello") + tools.message("thread"))
    assert [events.get(timeout=10) for _ in range(2)] == ["hello", "thread"]
    assert events.get(timeout=10).startswith("xmppkit <ClientStream")
    driver.send("<presence/>")
    assert peer.recv(100) == b"<presence/>"
    driver.close()
    assert peer.recv(100) == b"</stream:stream>"
    peer.sendall(b"</stream:stream>")
    peer.close()
    assert driver.join(60)
    assert driver.closed
    assert events.get(timeout=10) == "StreamEnded"


def test_waiting_is_bounded(wire) -> None:
    driver, _, _ = wire
    driver.start()
    assert not driver.join(0)


def test_aborting(wire) -> None:
    driver, events, peer = wire
    driver.start()
    driver.abort("enough")
    assert driver.join(60)
    assert events.get(timeout=10) == "StreamEnded"
    assert peer.recv(100) == b""


def test_a_fault_ends_the_connection_and_is_raised(wire, tools) -> None:
    driver, events, peer = wire
    driver.start()
    peer.sendall(tools.message("bad"))
    with pytest.raises(RuntimeError, match="bad"):
        driver.join(60)
    assert driver.closed
    assert driver.failure is not None
    assert [events.get(timeout=10) for _ in range(2)] == ["bad", "StreamEnded"]


def test_many_threads_send_through_one_stream(wire) -> None:
    driver, _, peer = wire
    driver.start()
    senders = [
        threading.Thread(target=lambda: [driver.send("<message><body>x</body></message>") for _ in range(200)])
        for _ in range(4)
    ]
    for each in senders:
        each.start()
    wanted, data = 800 * len("<message><body>x</body></message>"), b""
    while len(data) < wanted:
        data += peer.recv(100_000)
    for each in senders:
        each.join()
    assert data == b"<message><body>x</body></message>" * 800


def test_a_locked_stream_is_the_stream(tools) -> None:
    stream = tools.ready_client()
    same = locked(stream)
    assert same.ready
    assert same.send is same.send
    same.send("<message/>")
    assert stream.data_to_send() == b"<message/>"
    assert repr(same) == repr(stream)
    with pytest.raises(AttributeError):
        same.nothing  # noqa: B018
