# SPDX-License-Identifier: MIT
"""xmppkit.drivers.flow."""

from __future__ import annotations

import pytest

from xmppkit.drivers.flow import Flow, Pause
from xmppkit.drivers.pump import Pump


class Host:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def keep_reading(self, go_on: bool) -> None:
        self.said.append(go_on)

    def deliver_again(self) -> None:
        self.said.append("again")


@pytest.fixture
def flow(tools):
    """A flow, its pump, and what it said."""
    pump, host = Pump(tools.ready_client(), print), Host()
    return Flow(pump, host), pump, host.said


@pytest.mark.parametrize("reason", [Pause.HOST, Pause.OUTPUT])
def test_who_is_behind_gets_nothing(flow, reason: Pause) -> None:
    flow, pump, said = flow
    flow.hold(reason)
    assert said == [False]
    assert pump.paused
    flow.release(reason)
    assert said == [False, "again", True]
    assert not pump.paused


def test_a_burst_stops_reading_only(flow) -> None:
    flow, pump, said = flow
    flow.hold(Pause.BURST)
    assert not pump.paused
    flow.release(Pause.BURST)
    assert said == [False, True]


def test_all_reasons_must_be_gone(flow) -> None:
    flow, pump, said = flow
    for reason in (Pause.HOST, Pause.OUTPUT, Pause.BURST, Pause.HOST):
        flow.hold(reason)
    assert said == [False]
    flow.release(Pause.HOST)
    assert pump.paused
    assert said == [False]
    flow.release(Pause.OUTPUT)
    assert not pump.paused
    assert said == [False, "again"]
    flow.release(Pause.BURST)
    assert said == [False, "again", True]


def test_what_was_no_reason_changes_nothing(flow) -> None:
    flow, _, said = flow
    flow.release(Pause.HOST)
    assert said == []
    assert flow.reasons is Pause.NONE
