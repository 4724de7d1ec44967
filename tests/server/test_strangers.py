# SPDX-License-Identifier: MIT
"""The bound for connections that have not logged in."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest

from xmppkit.server.strangers import Strangers


class Session:
    """What is needed of one."""

    def __init__(self) -> None:
        self.driver = self
        self.aborted: list[str] = []

    def abort(self, reason: str) -> None:
        self.aborted.append(reason)


def test_the_oldest_makes_way_and_the_log_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    strangers = Strangers(4)
    sessions = [Session() for _ in range(10)]
    with caplog.at_level(logging.WARNING):
        for session in sessions:
            strangers.add(cast("Any", session))
    assert [bool(session.aborted) for session in sessions] == [True] * 6 + [False] * 4
    assert len(strangers) == 4
    assert len(caplog.records) == 1
    for session in sessions:
        strangers.remove(cast("Any", session))
    assert len(strangers) == 0
    with caplog.at_level(logging.WARNING):
        for session in sessions[:5]:
            strangers.add(cast("Any", session))
    assert len(caplog.records) == 2
