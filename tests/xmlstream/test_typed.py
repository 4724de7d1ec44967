# SPDX-License-Identifier: MIT
"""xmlstream/typed.py: what it says to type checkers is tested in tests/typing."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.xmlstream import typed


@pytest.mark.parametrize("name", typed.__all__)
def test_a_method_stays_what_it_is(name: str) -> None:
    def method(self: object, event: str) -> Any:
        return event

    assert getattr(typed, name)(method) is method
