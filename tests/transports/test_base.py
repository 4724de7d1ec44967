# SPDX-License-Identifier: MIT
"""xmppkit.transports.base: asyncio's own classes and ours have everything that the interfaces name."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from xmppkit.transports import base
from xmppkit.transports.base import HIGH, LOW, water_marks
from xmppkit.transports.memory import MemoryConnector, MemoryTransport
from xmppkit.transports.tcp import TcpConnector


def methods(interface: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(value)
        for name, value in vars(interface).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }


@pytest.mark.parametrize(
    ("interface", "offered"),
    [
        (base.Transport, asyncio.Transport),
        (base.Transport, MemoryTransport),
        (base.Receiver, asyncio.Protocol),
        (base.Connector, TcpConnector),
        (base.Connector, MemoryConnector),
    ],
)
def test_offers_the_interface(interface: type, offered: type) -> None:
    wanted = methods(interface)
    assert wanted
    for name, signature in wanted.items():
        have = inspect.signature(getattr(offered, name))
        assert len(have.parameters) == len(signature.parameters), name
        assert inspect.iscoroutinefunction(getattr(offered, name)) == (interface is base.Connector), name


@pytest.mark.parametrize(
    ("high", "low", "marks"),
    [(None, None, (HIGH, LOW)), (0, None, (0, 0)), (400, None, (400, 100)), (None, 100, (400, 100)), (8, 2, (8, 2))],
)
def test_water_marks(high: int | None, low: int | None, marks: tuple[int, int]) -> None:
    assert water_marks(high, low) == marks
