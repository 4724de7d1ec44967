# SPDX-License-Identifier: MIT
"""A clock that tests move."""

from __future__ import annotations

import pytest


class Clock:
    """Tells `now`."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
