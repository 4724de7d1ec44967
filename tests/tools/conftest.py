# SPDX-License-Identifier: MIT
"""These tests parse sources. Python 3.11 fails at that when the garbage collector runs in the middle of it and what it
finalizes parses as well, as asyncio does to show a task: so it runs before, and not during them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def no_garbage_meanwhile() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()
