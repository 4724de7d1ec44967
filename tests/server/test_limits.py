# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.limits`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.server import ServerLimits


def test_every_bound_has_a_default() -> None:
    limits = ServerLimits()
    assert all(getattr(limits, field.name) > 0 for field in fields(limits))
    assert ServerLimits(resources=0).resources == 0


@pytest.mark.parametrize("value", [-1, 1.5, "1", None, True])
def test_a_bound_that_is_none(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="roster_items takes a whole number of 0 or more"):
        ServerLimits(roster_items=value)
