# SPDX-License-Identifier: MIT
"""Ctrl-C between the steps of a main loop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from xmppkit.pyxmpp2.interrupts import InterruptsBetweenSteps
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop


@pytest.fixture(autouse=True)
def _default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def loop() -> PollMainLoop:
    return PollMainLoop()


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_step_is_finished_first(loop: PollMainLoop) -> None:
    done = []

    def step() -> None:
        press()
        done.append("finished")

    loop.delayed_call(0, step)
    with pytest.raises(KeyboardInterrupt), InterruptsBetweenSteps(loop):
        loop.loop(10)
    assert done == ["finished"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    loop.loop(0.01)  # it is raised once


def test_waiting_ends(loop: PollMainLoop) -> None:
    timer = threading.Timer(0.05, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt), InterruptsBetweenSteps(loop):
        loop.loop(30)
    timer.join()


def test_the_second_one_does_not_wait(loop: PollMainLoop) -> None:
    def step() -> None:
        press()
        press()
        raise AssertionError("a step that does not end can be interrupted")

    loop.delayed_call(0, step)
    with pytest.raises(KeyboardInterrupt), InterruptsBetweenSteps(loop):
        loop.loop(10)


def test_in_the_last_step(loop: PollMainLoop) -> None:
    with pytest.raises(KeyboardInterrupt), InterruptsBetweenSteps(loop):
        press()
    loop.loop(0.01)


def test_what_else_is_raised_counts(loop: PollMainLoop) -> None:
    def fail() -> None:
        press()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), InterruptsBetweenSteps(loop):
        fail()
    loop.loop(0.01)


def test_a_handler_of_the_program_stays(loop: PollMainLoop) -> None:
    came = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    with InterruptsBetweenSteps(loop):
        press()
    assert came == [signal.SIGINT]


def test_other_threads_have_no_signals(loop: PollMainLoop) -> None:
    def work() -> None:
        with InterruptsBetweenSteps(loop):
            loop.loop(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert loop.started
