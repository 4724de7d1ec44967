# SPDX-License-Identifier: MIT
"""dispatch/events.py."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from xmppkit.dispatch.events import Event


def test_an_event_that_only_says_now_has_an_empty_dict() -> None:
    assert Event("connected").payload == dict[str, Any]


def test_what_is_listed_stays_so() -> None:
    event = Event("bob", int | str, "bits", "XEP-0231 §2")
    assert (event.name, event.payload, event.raised_as) == ("bob", int | str, "")
    with pytest.raises(FrozenInstanceError):
        event.name = "alice"  # type: ignore[misc]
