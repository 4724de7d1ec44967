# SPDX-License-Identifier: MIT
"""Programs that are attacked in their session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from attacker import Program


@pytest.fixture
async def program() -> AsyncIterator[Callable[..., Program]]:
    """Makes programs in sessions, and ends those."""
    made: list[Program] = []

    def make(*told: Any, **more: Any) -> Program:
        made.append(Program(*told, **more))
        return made[-1]

    yield make
    for each in made:
        await each.leave()
