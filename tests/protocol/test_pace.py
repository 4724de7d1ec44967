# SPDX-License-Identifier: MIT
"""How much may be under way."""

from __future__ import annotations

import pytest

from xmppkit.protocol.pace import Pace


def waiting(limit: int, *texts: str) -> Pace:
    pace = Pace(limit)
    pace.waiting.extend(texts)
    return pace


def test_no_more_than_may() -> None:
    pace = waiting(10, "1234", "5678", "90", "x")
    assert pace.take() == ["1234", "5678", "90"]
    assert len(pace) == 3
    assert pace.take() == []
    pace.acked(1)
    assert pace.take() == ["x"]
    assert pace.take() == []
    assert len(pace) == 3
    assert not pace.waiting


def test_in_order_although_a_later_one_would_fit() -> None:
    pace = waiting(10, "12345678", "12345678", "9")
    assert pace.take() == ["12345678"]
    pace.acked(1)
    assert pace.take() == ["12345678", "9"]


def test_one_may_always() -> None:
    pace = waiting(10, "x" * 100, "y" * 100)
    assert pace.take() == ["x" * 100]
    assert pace.take() == []
    pace.acked(1)
    assert pace.take() == ["y" * 100]


@pytest.mark.parametrize(("text", "taken"), [("12345", 2), ("€2345", 1)])
def test_it_is_bytes_that_count(text: str, taken: int) -> None:
    assert len(waiting(10, text, text).take()) == taken


def test_what_is_said_beside_stanzas_counts() -> None:
    pace = waiting(10, "1234", "5678")
    pace.spend(100)  # behind nothing: it does not matter
    assert pace.take() == ["1234", "5678"]
    pace.waiting.append("9")
    pace.spend(2)
    assert pace.take() == []
    pace.acked(1)
    assert pace.take() == ["9"]


def test_in_the_end_more_and_more() -> None:
    pace = waiting(4, *"0123456789abcdefghij")
    assert len(pace.take()) == 4
    pace.acked(4)
    assert len(pace.take()) == 4
    pace.opens = True
    assert pace.take() == []
    pace.acked(4)
    assert len(pace.take()) == 8
    pace.acked(1)
    assert pace.take() == list("ghij")


def test_it_is_something_also_when_nothing_is_under_way() -> None:
    assert Pace(1)
    assert len(Pace(1)) == 0
