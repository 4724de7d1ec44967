# SPDX-License-Identifier: MIT
"""xmppkit.transports.memory, which behaves as asyncio's TCP transport does (tests/transports/test_tcp.py)."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import ConnectionRefused
from xmppkit.transports.base import HIGH
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.memory import MemoryConnector, memory_pair


@pytest.fixture
def pair(recorder):
    """Two receivers that are joined; `keep` says which of them stay open at the other's end of file."""

    def join(keep: str = "", **options):
        left, right = recorder(keep_open="l" in keep), recorder(keep_open="r" in keep)
        memory_pair(left, right, **options)
        return left, right

    return join


# --- bytes ------------------------------------------------------------------------------------------------


async def test_connection_made_comes_in_a_later_turn(pair, turns) -> None:
    left, right = pair()
    assert left.calls == right.calls == []
    await turns(1)
    assert left.calls == right.calls == ["made"]


async def test_bytes_come_in_a_later_turn_and_in_order(pair, turns) -> None:
    left, right = pair()
    await turns(1)
    left.transport.write(b"one ")
    left.transport.write(b"two")
    right.transport.write(b"three")
    assert (left.data, right.data) == (b"", b"")
    assert left.transport.get_write_buffer_size() == 7
    await turns(1)
    assert (left.data, right.data) == (b"three", b"one two")
    assert right.calls == ["made", "data"]
    assert left.transport.get_write_buffer_size() == 0


async def test_what_is_written_when_connected_comes_after_the_peers_connection_made(recorder, turns) -> None:
    class Eager(recorder):
        def connection_made(self, transport) -> None:
            super().connection_made(transport)
            transport.write(b"hello")

    left, right = Eager(), recorder()
    memory_pair(left, right)
    await turns(3)
    assert right.calls == ["made", "data"]


async def test_pieces_of_any_size(pair, turns) -> None:
    left, right = pair(read_size=1)
    await turns(1)
    left.transport.write(b"abc")
    await turns(10)
    assert right.calls == ["made", "data", "data", "data"]
    assert right.data == b"abc"


@given(pieces=st.lists(st.binary(max_size=20), max_size=10), read_size=st.integers(1, 50))
def test_nothing_is_lost_or_disordered(pieces: list[bytes], read_size: int) -> None:
    class Sink(asyncio.Protocol):
        def __init__(self) -> None:
            self.data = b""
            self.over = asyncio.Event()

        def connection_lost(self, exc: Exception | None) -> None:
            self.over.set()

        def data_received(self, data: bytes) -> None:
            self.data += data

    async def run() -> None:
        left, right = Sink(), Sink()
        near, _ = memory_pair(left, right, read_size=read_size)
        for piece in pieces:
            near.write(piece)
        near.close()
        await right.over.wait()
        assert right.data == b"".join(pieces)

    asyncio.run(run())


# --- reading and writing are paused -----------------------------------------------------------------------


async def test_reading_is_paused(pair, turns) -> None:
    left, right = pair()
    await turns(1)
    right.transport.pause_reading()
    left.transport.write(b"data")
    left.transport.write_eof()
    await turns()
    assert right.calls == ["made"]
    right.transport.resume_reading()
    await turns()
    assert right.calls == ["made", "data", "eof", "lost"]


async def test_an_end_of_file_alone_waits_too(pair, turns) -> None:
    left, right = pair("r")
    await turns(1)
    right.transport.pause_reading()
    left.transport.write_eof()
    await turns()
    assert "eof" not in right.calls
    right.transport.resume_reading()
    await turns()
    assert right.calls == ["made", "eof"]


async def test_writing_is_paused_above_the_limit_and_resumed_below(pair, turns) -> None:
    left, right = pair(read_size=10)
    await turns(1)
    left.transport.set_write_buffer_limits(high=20, low=5)
    right.transport.pause_reading()
    left.transport.write(bytes(20))
    assert "pause" not in left.calls
    left.transport.write(bytes(1))
    left.transport.write(bytes(1))
    assert left.calls.count("pause") == 1
    right.transport.resume_reading()
    await turns(1)
    assert len(right.data) == 10
    assert "resume" not in left.calls
    await turns()
    assert len(right.data) == 22
    assert left.calls == ["made", "pause", "resume"]


@pytest.mark.parametrize(
    ("limits", "last_quiet"),
    [({}, HIGH), ({"high": 0}, 0), ({"low": 100}, 400), ({"high": 8, "low": 2}, 8)],
)
async def test_limits(pair, turns, limits: dict[str, int], last_quiet: int) -> None:
    left, right = pair()
    await turns(1)
    left.transport.set_write_buffer_limits(**limits)
    right.transport.pause_reading()
    left.transport.write(bytes(last_quiet))
    assert "pause" not in left.calls
    left.transport.write(b"x")
    assert "pause" in left.calls


async def test_default_limits_of_a_half(pair, turns) -> None:
    left, _ = pair(read_size=5)
    await turns(1)
    left.transport.set_write_buffer_limits(high=16)  # so low is 4
    left.transport.write(bytes(17))
    await turns(2)  # 7 are left
    assert "resume" not in left.calls
    await turns(1)  # 2 are left
    assert "resume" in left.calls


# --- the end ------------------------------------------------------------------------------------------------


async def test_close_brings_what_was_written_first(pair, turns) -> None:
    left, right = pair(read_size=2)
    await turns(1)
    left.transport.write(b"abcdef")
    left.transport.close()
    assert left.transport.is_closing()
    left.transport.write(b"too late")
    await turns()
    assert right.data == b"abcdef"
    assert right.calls[-2:] == ["eof", "lost"]
    assert left.calls[-1] == "lost"
    assert left.error is right.error is None


async def test_close_may_be_repeated(pair, turns) -> None:
    left, right = pair()
    await turns(1)
    left.transport.close()
    left.transport.close()
    right.transport.close()
    await turns()
    left.transport.close()
    left.transport.abort()
    await turns()
    assert left.calls == ["made", "lost"]
    assert right.calls.count("lost") == 1


async def test_close_waits_for_a_peer_that_has_paused(pair, turns) -> None:
    left, right = pair()
    await turns(1)
    right.transport.pause_reading()
    left.transport.write(b"data")
    left.transport.close()
    await turns()
    assert "lost" not in left.calls
    right.transport.close()
    await turns()
    assert left.calls[-1] == right.calls[-1] == "lost"
    assert right.data == b""


async def test_one_direction_can_be_closed(pair, turns) -> None:
    left, right = pair("r")
    await turns(1)
    assert left.transport.can_write_eof()
    left.transport.write(b"last words")
    left.transport.write_eof()
    left.transport.write(b"not sent")
    await turns()
    assert right.calls == ["made", "data", "eof"]
    assert right.data == b"last words"
    right.transport.write(b"still here")
    await turns()
    assert left.data == b"still here"
    right.transport.close()
    await turns()
    assert left.calls == ["made", "data", "eof", "lost"]
    assert right.calls[-1] == "lost"


async def test_writing_to_who_has_closed_goes_nowhere_and_never_blocks(pair, turns) -> None:
    left, right = pair("l")
    await turns(1)
    left.transport.set_write_buffer_limits(high=0)
    right.transport.pause_reading()
    left.transport.write(b"data")
    assert "pause" in left.calls
    right.transport.close()
    await turns()
    assert left.calls == ["made", "pause", "resume", "eof"]
    assert right.data == b""


async def test_abort_drops_what_waits_and_resets_the_peer(pair, turns) -> None:
    left, right = pair()
    await turns(1)
    left.transport.write(b"never sent")
    left.transport.abort()
    assert left.transport.get_write_buffer_size() == 0
    left.transport.write(b"neither")
    await turns()
    assert left.calls == ["made", "lost"]
    assert right.calls == ["made", "lost"]
    assert left.error is None
    assert isinstance(right.error, ConnectionResetError)


async def test_there_is_no_socket(pair, turns) -> None:
    left, _ = pair()
    await turns(1)
    assert left.transport.get_extra_info("socket") is None
    assert left.transport.get_extra_info("peername", "nobody") == "nobody"


# --- the connector --------------------------------------------------------------------------------------------


async def test_connector(recorder, turns) -> None:
    accepted = recorder()
    connector = MemoryConnector({("example.org", 5222): lambda: accepted}, read_size=1)
    client = await connector.connect(Endpoint("example.org", 5222), recorder)
    assert client.calls == accepted.calls == ["made"]
    client.transport.write(b"ab")
    await turns()
    assert accepted.calls == ["made", "data", "data"]


async def test_connector_where_nothing_listens(recorder) -> None:
    with pytest.raises(ConnectionRefused, match=r"example\.org:5223: nothing listens there"):
        await MemoryConnector({}).connect(Endpoint("example.org", 5223), recorder)
