# SPDX-License-Identifier: MIT
"""The timer of a stream, which is told the time."""

from __future__ import annotations

from xmppkit.protocol.timer import Timer


def test_off() -> None:
    timer = Timer(5.0)
    assert timer.deadline() is None
    assert not timer.expired(1e9)
    assert timer.timeout is None


def test_begins_when_it_is_first_told_the_time() -> None:
    timer = Timer(5.0)
    timer.start(30.0)
    assert timer.deadline() == 5.0
    assert not timer.expired(100.0)
    assert timer.deadline() == 130.0
    assert not timer.expired(129.999)
    assert timer.expired(130.0)


def test_stop() -> None:
    timer = Timer(0.0)
    timer.start(30.0)
    timer.stop()
    assert timer.deadline() is None
    assert not timer.expired(31.0)


def test_start_replaces() -> None:
    timer = Timer(0.0)
    timer.start(30.0)
    timer.expired(0.0)
    timer.start(5.0)
    assert timer.deadline() == 0.0
    timer.expired(10.0)
    assert timer.deadline() == 15.0


def test_pause_and_resume() -> None:
    timer = Timer(0.0)
    timer.start(30.0)
    timer.expired(0.0)
    timer.resume()
    assert timer.deadline() == 30.0
    timer.pause()
    assert timer.deadline() is None
    assert not timer.expired(1000.0)
    timer.resume()
    assert timer.deadline() == 1000.0
    assert not timer.expired(1001.0)
    assert timer.deadline() == 1031.0
    timer.pause()
    timer.start(7.0)
    assert not timer.expired(2000.0)
    assert timer.deadline() == 2007.0
