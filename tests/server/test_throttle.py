# SPDX-License-Identifier: MIT
"""How often an address may do something."""

from __future__ import annotations

import pytest

from xmppkit.server.throttle import Throttle


def test_so_many_and_then_it_waits() -> None:
    throttle = Throttle(3, 60.0)
    for second in range(3):
        assert not throttle.blocks("192.0.2.1", float(second))
        throttle.note("192.0.2.1", float(second))
    assert throttle.blocks("192.0.2.1", 3.0)
    assert not throttle.blocks("192.0.2.2", 3.0)
    # One is forgotten every 20 seconds.
    assert throttle.blocks("192.0.2.1", 19.0)
    assert not throttle.blocks("192.0.2.1", 21.0)
    throttle.note("192.0.2.1", 21.0)
    assert throttle.blocks("192.0.2.1", 22.0)
    assert not throttle.blocks("192.0.2.1", 1000.0)


def test_any_number() -> None:
    throttle = Throttle(0, 60.0)
    for _ in range(100):
        throttle.note("a", 0.0)
    assert not throttle.blocks("a", 0.0)


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle(1, 60.0, addresses=10)
    for number in range(1000):
        throttle.note(f"10.0.{number // 250}.{number % 250}", 0.0)
    assert len(throttle) == 10
    assert throttle.blocks("10.0.3.249", 0.0)
    assert not throttle.blocks("10.0.0.0", 0.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
        ("a socket", "another", False),
    ],
)
def test_whose_address_it_is(one: str, other: str, same: bool) -> None:
    throttle = Throttle(1, 60.0)
    throttle.note(one, 0.0)
    assert throttle.blocks(other, 0.0) is same
