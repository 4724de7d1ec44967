# SPDX-License-Identifier: MIT
"""xmppkit.drivers.pollers: the three ways to wait tell the same."""

from __future__ import annotations

import select
import socket
import threading

import pytest

from xmppkit.drivers import pollers
from xmppkit.drivers.pollers import Alarm, EpollPoller, PollPoller, Ready, SelectPoller, best_poller

KINDS = [SelectPoller, PollPoller, EpollPoller]


@pytest.fixture(params=KINDS)
def poller(request):
    one = request.param()
    yield one
    one.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_nothing_is_ready(poller, pair) -> None:
    poller.watch(pair[0].fileno(), Ready.READ, "ours")
    assert poller.wait(0.001) == []


def test_reading_and_writing(poller, pair) -> None:
    ours, theirs = pair
    fd = ours.fileno()
    poller.watch(fd, Ready.WRITE, "ours")
    assert poller.wait(None) == [(fd, Ready.WRITE)]
    theirs.send(b"x")
    poller.watch(fd, Ready.READ | Ready.WRITE, "ours")
    assert poller.wait(None) == [(fd, Ready.READ | Ready.WRITE)]
    poller.watch(fd, Ready.READ, "ours")
    poller.watch(fd, Ready.READ, "ours")
    assert poller.wait(None) == [(fd, Ready.READ)]
    poller.watch(fd, Ready.NONE, "ours")
    poller.watch(fd, Ready.NONE, "ours")
    assert poller.wait(0) == []


def test_the_end_of_the_peer(poller, pair) -> None:
    ours, theirs = pair
    poller.watch(ours.fileno(), Ready.READ, "ours")
    theirs.close()
    [(fd, ready)] = poller.wait(None)
    assert fd == ours.fileno()
    assert ready & (Ready.READ | Ready.HANGUP)


def test_a_number_that_is_used_again(poller) -> None:
    first, other = socket.socketpair()
    fd = first.fileno()
    poller.watch(fd, Ready.READ, "first")
    first.close()
    second = socket.socket(fileno=socket.socketpair()[0].detach())
    if second.fileno() != fd:
        with second:
            import os

            os.dup2(second.fileno(), fd)
        second = socket.socket(fileno=fd)
    with second, other:
        poller.watch(fd, Ready.WRITE, "second")
        poller.watch(fd, Ready.NONE, "first")  # too late: it is somebody else's
        assert poller.wait(None)[0][0] == fd


def test_no_descriptor(poller) -> None:
    poller.watch(-1, Ready.READ, "closed")
    assert poller.wait(0) == []


@pytest.mark.parametrize("kind", [SelectPoller, PollPoller])
def test_a_closed_descriptor_is_told(kind, pair) -> None:
    poller = kind()
    ours, theirs = socket.socketpair()
    poller.watch(ours.fileno(), Ready.READ, "ours")
    poller.watch(pair[0].fileno(), Ready.READ, "another")
    fd = ours.fileno()
    ours.close()
    theirs.close()
    assert poller.wait(0) == [(fd, Ready.INVALID)]
    poller.watch(fd, Ready.NONE, "ours")
    assert poller.wait(0) == []


def test_an_error_of_select_that_is_nobody_s(monkeypatch, pair) -> None:
    poller = SelectPoller()
    poller.watch(pair[0].fileno(), Ready.READ, "ours")
    real, calls = select.select, []

    def fails_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise OSError("out of memory")
        return real(*args)

    monkeypatch.setattr(pollers.select, "select", fails_once)
    with pytest.raises(OSError, match="memory"):
        poller.wait(0)


def test_epoll_forgets_what_is_closed_already() -> None:
    poller = EpollPoller()
    ours, theirs = socket.socketpair()
    fd = ours.fileno()
    poller.watch(fd, Ready.READ, "ours")
    ours.close()
    poller.watch(fd, Ready.NONE, "ours")
    theirs.close()
    assert poller.wait(0) == []
    poller.close()


@pytest.mark.parametrize(
    ("missing", "kind"), [([], EpollPoller), (["epoll"], PollPoller), (["epoll", "poll"], SelectPoller)]
)
def test_the_best_there_is(monkeypatch, missing, kind) -> None:
    for name in missing:
        monkeypatch.delattr(select, name)
    poller = best_poller()
    assert type(poller) is kind
    poller.close()


def test_an_alarm_wakes(poller) -> None:
    alarm = Alarm()
    poller.watch(alarm.fileno(), Ready.READ, alarm)
    thread = threading.Thread(target=alarm.ring)
    thread.start()
    assert poller.wait(10) == [(alarm.fileno(), Ready.READ)]
    thread.join()
    alarm.ring()
    alarm.hush()
    assert poller.wait(0) == []
    poller.watch(alarm.fileno(), Ready.NONE, alarm)
    alarm.close()
    alarm.ring()


def test_an_alarm_whose_other_end_is_gone() -> None:
    alarm = Alarm()
    alarm._bell.close()
    alarm.hush()
    alarm.close()
