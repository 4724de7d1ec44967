# SPDX-License-Identifier: MIT
"""xmppkit.drivers.asyncio on a virtual clock: a session, writes and backpressure.

Time, the end and faults are in test_asyncio_end.py, sockets and TLS in test_asyncio_network.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from xmppkit.drivers.asyncio import TOGETHER
from xmppkit.drivers.pump import BURST
from xmppkit.exceptions import (
    LocalProtocolError,
)
from xmppkit.protocol.events import Negotiated, SecureTransport, StreamEnded
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.testing.clock import run
from xmppkit.testing.pair import Answers
from xmppkit.transports.memory import memory_pair


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def on_virtual_clock(test: Callable[..., Any]) -> Callable[..., None]:
    """Run a test on an event loop whose time does not pass by itself."""

    @wraps(test)
    def call(**fixtures: Any) -> None:
        run(test(**fixtures))

    return call


def clear(**changes: Any) -> StreamOptions:
    """Options for streams without TLS."""
    return StreamOptions(tls=TlsPolicy.DISABLED, domain="localhost", **changes)


def ready_client(**changes: Any) -> ClientStream:
    return ClientStream.negotiated("alice@localhost/desk", clear(**changes), now=0.0)


def message(body: object) -> bytes:
    return f"<message><body>{body}</body></message>".encode()


# --- a whole session ------------------------------------------------------------------------------------------


def negotiating(drive: Any, read_size: int) -> Any:
    """A client that is about to log in, and the server's end."""
    sasl = SaslPolicy(scram_without_tls=True)
    answers = Answers(accounts={"alice": AccountRecord(password="secret")})
    client = drive(
        ClientStream("alice@localhost", clear(sasl=sasl, credentials=Credentials("alice", "secret")), now=0.0), answers
    )
    server = drive(ReceiverStream(clear(sasl=sasl), now=0.0), answers)
    memory_pair(client.driver, server.driver, read_size=read_size)
    return client, server


@pytest.mark.parametrize("read_size", [1, 7, 100_000])
def test_a_session_from_beginning_to_end(drive, read_size: int) -> None:
    async def main() -> None:
        client, server = negotiating(drive, read_size)
        while not (client.driver.stream.ready and server.driver.stream.ready):
            await turns(1)
        assert client.driver.connected
        assert isinstance(client.events[-1], Negotiated)
        client.driver.send(message("hello").decode())
        await client.driver.drain()
        while server.brief[-1] != "hello":
            await turns(1)
        client.driver.close()
        await client.driver.wait_closed()
        await server.driver.wait_closed()
        for station in (client, server):
            assert isinstance(station.events[-1], StreamEnded)
            assert station.closed == [None]
            assert station.faults == []
            assert not station.driver.connected
        assert client.driver.stream.error is None
        assert asyncio.get_running_loop().time() == 0.0  # no timer was waited for

    run(main())


# --- writes ---------------------------------------------------------------------------------------------------


@on_virtual_clock
async def test_opening_writes_the_header(drive) -> None:
    station = drive(ClientStream("alice@localhost", clear(), now=0.0))
    transport = station.connect()
    assert transport.high == 0
    assert len(transport.writes) == 1
    assert b"<stream:stream" in transport.writes[0]


@on_virtual_clock
async def test_answers_to_one_read_are_one_write(drive) -> None:
    station = drive(ready_client(), lambda stream, event: stream.send("<presence/>"))
    transport = station.connect()
    assert transport.writes == []  # a stream that is ready is not opened
    station.driver.data_received(message(1) + message(2) + message(3))
    assert transport.writes == [b"<presence/>" * 3]


@on_virtual_clock
async def test_of_what_is_sent_in_one_turn_the_first_leaves_at_once_and_the_rest_in_one_write(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    for _ in range(2):
        station.driver.send("<iq/>")
        station.driver.send("<presence/>")
        station.driver.send("<presence/>")
        assert transport.writes == [b"<iq/>"]
        await turns(1)
        assert transport.writes == [b"<iq/>", b"<presence/>" * 2]
        transport.writes.clear()


@on_virtual_clock
async def test_over_messages_each_is_written_by_itself(drive) -> None:
    station = drive(ready_client(framing=WebSocketFraming), write_limit=1000)
    transport = station.connect()
    for number in range(3):
        station.driver.send(f"<message id='{number}'/>")
    await turns()
    station.driver.data_received(b"<iq xmlns='jabber:client' type='get' id='a'/>")
    assert [f'id="{number}"'.encode() in each for number, each in enumerate(transport.writes)] == [True] * 3
    assert all(each.count(b"<message") == 1 for each in transport.writes)
    transport.stuck = True
    for _ in range(20):
        station.driver.stream.send(f"<message><body>{'x' * 100}</body></message>")
    station.driver.wake()
    await turns()
    assert len(transport.writes) == 23
    assert transport.calls == ["pause"]


@on_virtual_clock
async def test_the_tls_of_the_transport_is_told_to_the_stream(drive) -> None:
    info = SecureTransport("TLSv1.3", "a cipher", None, b"certificate")
    options = clear(framing=WebSocketFraming).replace(tls=TlsPolicy.TRANSPORT)
    station = drive(ClientStream("alice@localhost", options, now=0.0))
    station.connect(extra={"tls": info})
    assert station.events == [info]
    assert station.driver.stream.secure


@on_virtual_clock
async def test_after_a_read_the_next_leaves_at_once_again(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    for _ in range(2):
        station.driver.send("<iq/>")
        station.driver.send("<presence/>")
        station.driver.data_received(b" ")
    assert transport.writes == [b"<iq/>", b"<presence/>"] * 2


@on_virtual_clock
async def test_a_send_that_is_not_allowed_is_told_to_who_sends(drive) -> None:
    station = drive(ClientStream("alice@localhost", clear(), now=0.0))
    station.connect()
    with pytest.raises(LocalProtocolError):
        station.driver.send("<presence/>")
    assert station.faults == []
    assert station.driver.connected


@on_virtual_clock
async def test_wake_attends_to_calls_on_the_stream(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    station.driver.stream.send("<presence/>")
    await turns()
    assert transport.writes == []
    station.driver.wake()
    station.driver.wake()
    await turns()
    assert transport.writes == [b"<presence/>"]


# --- backpressure ---------------------------------------------------------------------------------------------


@on_virtual_clock
async def test_a_burst_does_not_keep_the_loop_and_is_not_read_past(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    station.driver.data_received(b"".join(map(message, range(2 * BURST + 1))))
    assert len(station.events) == BURST
    assert transport.calls == ["pause"]
    await turns(1)
    assert len(station.events) == 2 * BURST
    assert transport.calls == ["pause"]
    await turns(1)
    assert station.brief == [str(number) for number in range(2 * BURST + 1)]
    assert transport.calls == ["pause", "resume"]


@on_virtual_clock
async def test_a_peer_that_does_not_read_is_not_read_either(drive) -> None:
    station = drive(ready_client(), write_limit=20)
    transport = station.connect(stuck=True)
    station.driver.send("<presence/>")
    await turns()
    assert transport.calls == []
    station.driver.send("<presence/>")
    await turns()
    assert transport.calls == ["pause"]
    assert station.driver.unsent == 22
    station.driver.data_received(message(1))
    assert station.events == []
    transport.flush()
    await turns()
    assert transport.calls == ["pause", "resume"]
    assert station.brief == ["1"]


@on_virtual_clock
async def test_what_comes_together_is_not_collected_for_ever(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    before = len(transport.writes)
    for _ in range(4):
        station.driver.send(f"<message><body>{'x' * (TOGETHER // 3)}</body></message>")
    assert len(transport.writes) - before == 2, "the first, and when there was more than that"
    await turns()
    assert station.driver.stream.unwritten == 0


@on_virtual_clock
async def test_when_something_was_said_and_heard(drive) -> None:
    station = drive(ready_client())
    station.connect()
    driver, told = station.driver, []
    driver.on_speech = lambda: told.append(driver.loop.time())
    await asyncio.sleep(3)
    assert (driver.heard_at, driver.spoke, driver.is_behind) == (0.0, False, False)
    driver.data_received(message(1))
    assert (driver.heard_at, driver.spoke) == (3.0, False)
    await asyncio.sleep(1)
    driver.send("<message/>")
    driver.send("<message/>")
    await turns()
    assert (driver.heard_at, driver.spoke, told) == (3.0, True, [4.0])
    driver.on_speech = None
    driver.data_received(message(2))
    assert (driver.heard_at, driver.spoke) == (4.0, False)
    driver.send("<message/>")
    assert driver.spoke
    driver.pause_reading()
    assert driver.is_behind
    driver.resume_reading()
    assert not driver.is_behind
