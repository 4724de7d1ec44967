# SPDX-License-Identifier: MIT
"""Connections that break in every way, for a few seconds each: the short versions of the figures of docs/reliability.

`chaos.py` has the long ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from chaos_figures import FIGURES
from chaos_proxy import ChaosProxy, Fault, How, Inside, Weather, cut_inside
from chaos_talk import Heard
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.embedded import Xmppkit

#: Seconds for one figure; they take a tenth of it.
LIMIT = 120.0


@pytest.fixture(scope="module")
def embedded() -> Iterator[Xmppkit]:
    """Our own server."""
    server = Xmppkit()
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("R1-burst", "prosody"),
        ("R1-outbox-burst", "prosody"),
        ("R1-outbox-burst", "ejabberd"),
        ("R1", "embedded"),
        ("R10", "prosody"),
        ("R5", "prosody"),
        ("R5", "ejabberd"),
        ("R5", "embedded"),
    ],
)
async def test_figures(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    async with asyncio.timeout(LIMIT):
        figure = await FIGURES[name](request.getfixturevalue(kind), 1, True)
    assert figure.reached, figure


async def test_cuts_inside(prosody: Any) -> None:
    async with asyncio.timeout(LIMIT):
        figure = await FIGURES["R1-inside"](prosody, 1, True)
    assert figure.reached, figure


# --- what is counted ----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 30)))
def test_heard(numbers: list[int]) -> None:
    heard = Heard()
    for number in numbers:
        heard.take(number)
    first = list(dict.fromkeys(numbers))
    assert (heard.count, heard.doubled) == (len(first), len(numbers) - len(first))
    assert heard.inversions == sum(number < max(first[:place]) for place, number in enumerate(first) if place)
    assert heard.missing(20) == set(range(20)) - set(numbers)


# --- the proxy itself ---------------------------------------------------------------------------------------------


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1000):
            writer.write(data)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _through(fault: Fault | None, data: bytes, weather: Weather | None = None) -> tuple[bytes, str]:
    """What comes back through the proxy of what is sent to an echo, and how it ends."""
    there = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = there.sockets[0].getsockname()[1]
    async with there, ChaosProxy("127.0.0.1", port, plan=lambda number: fault, weather=weather) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(data)
        got = b""
        try:
            async with asyncio.timeout(1.0 if fault is not None and fault.how is How.BLACK_HOLE else 20.0):
                while fault is not None or len(got) < len(data):
                    piece = await reader.read(100)
                    if not piece:
                        return got, "end"
                    got += piece
        except TimeoutError:
            return got, "silence"
        except ConnectionResetError:
            return got, "reset"
        finally:
            writer.close()
        return got, "open"


@pytest.mark.parametrize(
    ("how", "ends"),
    [(How.RESET, {"reset"}), (How.END, {"end", "reset"}), (How.HALF, {"end"}), (How.BLACK_HOLE, {"silence"})],
)
async def test_how_it_breaks(how: How, ends: set[str]) -> None:
    got, end = await _through(Fault(how, at_bytes=300), b"x" * 1000)
    assert end in ends
    assert len(got) <= 300
    if how is not How.RESET:
        assert len(got) == 300


async def test_weather() -> None:
    weather = Weather(delay=(0.0, 0.05), rate=100_000, piece=7)
    data = bytes(range(256)) * 4
    assert await _through(None, data, weather) == (data, "open")


@pytest.mark.parametrize(
    ("inside", "data", "passes"),
    [
        (Inside.TAG, b"text <message to='x'>", b"text <m"),
        (Inside.TAG, b"no tag", None),
        (Inside.CHARACTER, "abc€".encode(), b"abc\xe2"),
        (Inside.CHARACTER, b"abc", None),
        (Inside.RECORD, b"\x17\x03\x03\x00\x05hello", b"\x17\x03\x03\x00\x05"),
        (Inside.RECORD, b"\x17\x03", None),
    ],
)
def test_where_it_breaks(inside: Inside, data: bytes, passes: bytes | None) -> None:
    found = cut_inside(data, inside)
    assert (None if found is None else data[:found]) == passes
