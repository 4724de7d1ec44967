# SPDX-License-Identifier: MIT
"""plugins/base/lookup.py: what it says to type checkers is tested in tests/typing."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.plugins.base import lookup


@pytest.mark.parametrize("decorator", [lookup.item, lookup.getter])
def test_a_method_stays_what_it_is(decorator: Any) -> None:
    def method(self: object, name: str) -> str:
        return name

    assert decorator(method) is method
