# SPDX-License-Identifier: MIT
"""xmppkit.drivers.asyncio on a virtual clock: time, the end of a connection, and faults of our own.

The rest is in test_asyncio.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.drivers.asyncio import LINGER, AsyncioDriver
from xmppkit.drivers.pump import BURST
from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionLost,
    NegotiationTimeout,
    NotConnectedError,
)
from xmppkit.protocol.events import StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.testing.clock import run


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


# --- time -----------------------------------------------------------------------------------------------------


@on_virtual_clock
async def test_a_silent_peer_is_left_after_the_negotiation_timeout(drive) -> None:
    loop = asyncio.get_running_loop()
    station = drive(ClientStream("alice@localhost", clear(negotiation_timeout=12.0), now=loop.time()))
    transport = station.connect()
    await asyncio.sleep(12.1)
    assert isinstance(station.driver.stream.error, NegotiationTimeout)
    assert transport.writes[-1].endswith(b"</stream:stream>")
    assert transport.calls == ["eof"]
    await station.driver.wait_closed()
    assert loop.time() == pytest.approx(12 + LINGER, abs=0.01)
    assert transport.calls == ["eof", "abort"]


@on_virtual_clock
async def test_a_peer_that_does_not_close_is_left_after_the_close_timeout(drive) -> None:
    station = drive(ready_client(close_timeout=3.0), linger=0.5)
    transport = station.connect()
    station.driver.close()
    await turns()
    assert transport.writes == [b"</stream:stream>"]
    assert transport.calls == []
    await station.driver.wait_closed()
    assert asyncio.get_running_loop().time() == pytest.approx(3.5)
    assert station.brief == ["StreamEnded"]


@on_virtual_clock
async def test_one_timer_serves_all_deadlines(drive) -> None:
    """A deadline that moves away keeps its timer, which comes too early once and does nothing."""
    loop = asyncio.get_running_loop()
    sasl = SaslPolicy(scram_without_tls=True)
    station = drive(ClientStream("alice@localhost", clear(sasl=sasl, negotiation_timeout=10.0), now=0.0))
    station.connect()
    await asyncio.sleep(4)
    station.driver.data_received(
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>"
        b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>"
        b"</mechanisms></stream:features>"
    )
    assert station.brief[-1] == "PasswordNeeded"
    await asyncio.sleep(20)  # the application's own time does not count
    assert station.driver.connected
    station.driver.stream.provide_credentials(Credentials("alice", "secret"))
    station.driver.wake()
    await asyncio.sleep(9)
    assert station.driver.connected
    await asyncio.sleep(2)
    assert isinstance(station.driver.stream.error, NegotiationTimeout)
    assert loop.time() == pytest.approx(35)


@on_virtual_clock
async def test_an_earlier_deadline_moves_the_timer(drive) -> None:
    loop = asyncio.get_running_loop()
    station = drive(ClientStream("alice@localhost", clear(negotiation_timeout=100.0, close_timeout=2.0), now=0.0))
    station.connect()
    await turns()
    station.driver.close()
    await station.driver.wait_closed()
    assert loop.time() == pytest.approx(2 + LINGER)


# --- the end --------------------------------------------------------------------------------------------------


@on_virtual_clock
async def test_the_peer_closes_in_order(drive) -> None:
    station = drive(ReceiverStream.negotiated("alice@localhost/desk", clear(), now=0.0))
    transport = station.connect()
    station.driver.data_received(message(1) + b"</stream:stream>")
    assert station.brief == ["1", "StreamEnded"]
    assert transport.writes == [b"</stream:stream>"]
    assert transport.calls == ["eof"]
    station.driver.data_received(b"thrown away")
    assert station.driver.eof_received() is False  # the transport closes itself
    station.driver.connection_lost(None)
    await asyncio.sleep(10 * LINGER)
    assert "abort" not in transport.calls
    assert station.closed == [None]


@on_virtual_clock
async def test_the_peer_is_gone_without_a_closing_tag(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    assert station.driver.eof_received() is False
    assert isinstance(station.driver.stream.error, ConnectionLost)
    assert transport.calls == ["close"]
    assert station.brief == ["StreamEnded"]


@on_virtual_clock
async def test_a_transport_that_knows_why(drive) -> None:
    station = drive(ready_client())
    station.connect()
    told = ConnectionLost("the peer sent a binary message")
    station.driver.connection_lost(told)
    assert station.driver.stream.error is told
    assert told.__cause__ is None
    assert station.closed == [told]


@on_virtual_clock
async def test_the_connection_breaks(drive) -> None:
    station = drive(ready_client())
    station.connect()
    cause = ConnectionResetError("reset by peer")
    station.driver.connection_lost(cause)
    error = station.driver.stream.error
    assert isinstance(error, ConnectionLost)
    assert error.__cause__ is cause
    assert station.brief == ["StreamEnded"]
    assert station.closed == [cause]
    await station.driver.wait_closed()


@on_virtual_clock
async def test_everything_that_was_received_is_delivered_when_the_connection_breaks(drive) -> None:
    station = drive(ready_client())
    station.connect()
    station.driver.data_received(b"".join(map(message, range(3 * BURST))))
    station.driver.connection_lost(None)
    assert station.brief == [*map(str, range(3 * BURST)), "StreamEnded"]


@on_virtual_clock
async def test_who_has_paused_gets_the_rest_later(drive) -> None:
    station = drive(ready_client())
    station.connect()
    station.driver.pause_reading()
    station.driver.data_received(message(1))
    station.driver.connection_lost(None)
    assert station.events == []
    assert station.closed == [None]
    station.driver.resume_reading()
    await turns()
    assert station.brief == ["1", "StreamEnded"]


@on_virtual_clock
async def test_closing_while_leaving_without_half_closed_connections(drive) -> None:
    station = drive(ready_client())
    transport = station.connect(can_eof=False)
    station.driver.data_received(b"</stream:stream>")
    assert transport.calls == ["close"]
    station.driver.connection_lost(None)


@on_virtual_clock
async def test_a_peer_that_was_faster_than_our_end_of_file(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()

    def write_eof() -> None:
        raise OSError("not connected")

    transport.write_eof = write_eof
    station.driver.data_received(b"</stream:stream>")
    assert transport.calls == ["close"]
    assert station.faults == []
    station.driver.connection_lost(None)


@on_virtual_clock
async def test_abort(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    station.driver.send("<iq/>")
    station.driver.send("<presence/>")
    station.driver.abort("no more")
    await station.driver.wait_closed()
    assert transport.calls == ["abort"]
    assert transport.writes == [b"<iq/>"]
    [ended] = station.events
    assert ended == StreamEnded("no more", None)
    station.driver.abort("again")
    await turns()
    assert len(station.events) == 1


@on_virtual_clock
async def test_a_stream_that_was_ended_while_connecting_is_not_opened(drive) -> None:
    station = drive(ClientStream("alice@localhost", clear(), now=0.0))
    station.driver.abort("changed my mind")
    await turns()
    assert station.brief == ["StreamEnded"]
    assert not station.driver.connected
    assert station.driver.unsent == 0
    transport = station.connect()
    assert transport.calls == ["abort"]
    assert transport.writes == []
    await station.driver.wait_closed()
    assert station.faults == []


@on_virtual_clock
async def test_waiting_for_the_end_may_be_given_up(drive) -> None:
    station = drive(ready_client())
    station.connect()
    waiting = asyncio.ensure_future(station.driver.wait_closed())
    await turns()
    waiting.cancel()
    await turns()
    station.driver.connection_lost(None)
    await station.driver.wait_closed()
    assert waiting.cancelled()


@on_virtual_clock
async def test_the_peer_is_gone_while_we_are_closing(drive) -> None:
    station = drive(ready_client())
    station.connect()
    station.driver.close()
    station.driver.connection_lost(ConnectionResetError())
    assert station.events == [StreamEnded("closed", None)]


# --- faults of our own ----------------------------------------------------------------------------------------


@on_virtual_clock
async def test_an_application_that_raises_loses_nothing_but_that_event(drive) -> None:
    def answer(stream: Any, event: Any) -> None:
        if station.brief[-1] == "2":
            raise ZeroDivisionError
        stream.send("<presence/>")

    station = drive(ready_client(), answer)
    transport = station.connect()
    station.driver.data_received(message(1) + message(2) + message(3))
    assert station.brief == ["1", "2", "3"]
    assert [type(fault) for fault in station.faults] == [ZeroDivisionError]
    assert transport.writes == [b"<presence/>" * 2]
    assert station.driver.connected
    assert isinstance(station.driver.faults.first, ZeroDivisionError)
    assert station.driver.failure is None


def test_without_on_fault_it_is_logged(drive, caplog: pytest.LogCaptureFixture) -> None:
    def answer(stream: Any, event: Any) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        station = drive(ready_client(), answer, on_fault=None)
        station.connect()
        with caplog.at_level(logging.ERROR):
            station.driver.data_received(message(1))
        assert station.driver.connected

    run(main())
    assert "ZeroDivisionError" in caplog.text


@on_virtual_clock
async def test_a_stream_that_cannot_be_opened_ends_the_connection(drive) -> None:
    def factory() -> Any:
        raise ConfigurationError("no such file")

    options = clear(ssl_context_factory=factory).replace(tls=TlsPolicy.DIRECT)
    station = drive(ClientStream("alice@localhost", options, now=0.0))
    transport = station.connect()
    await station.driver.wait_closed()
    assert station.brief == ["StreamEnded"]
    assert isinstance(station.driver.failure, ConfigurationError)
    assert station.faults == [station.driver.failure]
    assert transport.calls == ["abort"]


@on_virtual_clock
async def test_on_closed_may_raise() -> None:
    def on_closed(error: Exception | None) -> None:
        raise ZeroDivisionError

    faults: list[Exception] = []
    driver = AsyncioDriver(ready_client(), print, on_fault=faults.append, on_closed=on_closed)
    driver.connection_lost(None)
    await driver.wait_closed()
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


@on_virtual_clock
async def test_callbacks_are_optional() -> None:
    driver = AsyncioDriver(ready_client(), lambda event: None, loop=asyncio.get_running_loop())
    driver.connection_lost(None)
    await driver.wait_closed()
    assert driver.stream.closed


@on_virtual_clock
async def test_a_connection_that_is_lost_while_an_event_is_delivered(drive) -> None:
    def lose(stream: Any, event: Any) -> None:
        if not isinstance(event, StreamEnded):
            stream.send("<presence/>")
            station.driver.connection_lost(None)

    station = drive(ready_client(), lose)
    transport = station.connect()
    station.driver.data_received(message(1))
    assert transport.writes == [b"<presence/>"]
    assert isinstance(station.events[-1], StreamEnded)
    await station.driver.wait_closed()


@on_virtual_clock
async def test_a_transport_that_cannot_write(drive) -> None:
    def refuse(data: bytes) -> None:
        raise RuntimeError("no more")

    station = drive(ready_client())
    transport = station.connect()
    transport.write = refuse
    station.driver.send("<presence/>")
    await station.driver.wait_closed()
    assert transport.calls == ["abort"]
    assert [str(fault) for fault in station.faults] == ["no more"]
    assert station.events == [StreamEnded("failed: no more", None)]
    assert str(station.driver.failure) == "no more"


@on_virtual_clock
async def test_a_transport_that_is_broken_does_no_harm_to_others(drive) -> None:
    """Who sends to somebody must not hear of what is wrong with that one's connection."""

    def refuse(*_: object) -> int:
        raise RuntimeError("no more")

    station = drive(ready_client())
    transport = station.connect()
    transport.write = transport.get_write_buffer_size = refuse
    station.driver.send("<presence/>")
    await station.driver.wait_closed()
    assert [str(fault) for fault in station.faults] == ["no more"]

    station = drive(ready_client())
    transport = station.connect()
    transport.write = transport.abort = refuse
    station.driver.send("<presence/>")
    assert [str(fault) for fault in station.faults] == ["no more", "no more"]
    assert station.driver.stream.closed


# --- falling behind, and draining ---------------------------------------------------------------------------------


@on_virtual_clock
async def test_the_application_may_fall_behind(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    station.driver.pause_reading()
    assert station.driver.is_behind
    assert transport.calls == ["pause"]
    station.driver.data_received(message(1))  # it was under way
    await turns()
    assert station.events == []
    station.driver.resume_reading()
    assert transport.calls == ["pause", "resume"]
    await turns()
    assert station.brief == ["1"]


@on_virtual_clock
async def test_pausing_a_connection_that_ends_asks_nothing_of_its_transport(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    station.driver.pause_reading()
    station.driver.close()
    station.driver.data_received(b"</stream:stream>")
    await turns()
    assert transport.calls == ["pause", "resume", "eof"]  # read on, to see the peer's end of file
    station.driver.resume_reading()
    station.driver.pause_reading()
    assert transport.calls == ["pause", "resume", "eof", "resume"]
    transport.close()
    station.driver.resume_reading()
    assert transport.calls.count("resume") == 2


@on_virtual_clock
async def test_drain_waits_until_everything_has_left(drive) -> None:
    station = drive(ready_client())
    transport = station.connect(stuck=True)
    await station.driver.drain()  # nothing was sent
    station.driver.send("<presence/>")
    waiting = [asyncio.ensure_future(station.driver.drain()) for _ in range(3)]
    await turns()
    assert transport.writes == [b"<presence/>"]
    waiting[0].cancel()
    await turns()
    assert [each.done() for each in waiting] == [True, False, False]
    transport.flush()
    await asyncio.gather(*waiting[1:])
    assert station.driver.unsent == 0


def went_on(count: int) -> ClientStream:
    """A stream on which a session has gone on: one stanza at a time may be under way, of so many that were sent."""
    stream = ready_client(management=ManagementOptions(pace=1, pace_seconds=None))
    stream.manage(ManagedSession("alice@localhost/desk", id="x")).pace(resumed=True)
    for _ in range(count):
        stream.send(Element("{jabber:client}presence"))
    return stream


def acked(count: int) -> bytes:
    return f"<a xmlns='urn:xmpp:sm:3' h='{count}'/>".encode()


@on_virtual_clock
async def test_drain_waits_for_what_waits_for_the_peer(drive) -> None:
    station = drive(went_on(3))
    transport = station.connect()
    waiting = asyncio.ensure_future(station.driver.drain())
    for count in range(1, 3):
        await turns()
        assert not waiting.done()
        assert b"".join(transport.writes).count(b"<presence") == count
        station.driver.data_received(acked(count))
    await waiting
    assert b"".join(transport.writes).count(b"<presence") == 3
    await station.driver.drain()


@on_virtual_clock
async def test_drain_waits_for_both_the_peer_and_the_system(drive) -> None:
    station = drive(went_on(2))
    transport = station.connect(stuck=True)
    waiting = asyncio.ensure_future(station.driver.drain())
    await turns()
    transport.flush()
    await turns()
    assert not waiting.done()
    transport.stuck = True
    station.driver.data_received(acked(1))
    await turns()
    assert not waiting.done()
    transport.flush()
    await waiting


@pytest.mark.parametrize("end", ["pause_reading", "close", "abort"])
@on_virtual_clock
async def test_drain_does_not_wait_for_a_peer_that_is_not_heard(drive, end: str) -> None:
    """It may be who waits that the program is behind with, and of a stream that is closed in order all is written."""
    station = drive(went_on(2))
    station.connect()
    waiting = asyncio.ensure_future(station.driver.drain())
    await turns()
    assert not waiting.done()
    getattr(station.driver, end)()
    if end == "abort":
        with pytest.raises(ConnectionLost, match="before everything was sent"):
            await waiting
    else:
        await waiting


@on_virtual_clock
async def test_drain_fails_with_the_connection(drive) -> None:
    station = drive(ready_client())
    with pytest.raises(NotConnectedError):
        await station.driver.drain()
    transport = station.connect(stuck=True)
    station.driver.send("<presence/>")
    waiting = asyncio.ensure_future(station.driver.drain())
    await turns()
    station.driver.abort()
    with pytest.raises(ConnectionLost, match="before everything was sent"):
        await station.driver.drain()
    with pytest.raises(ConnectionLost, match="before everything was sent"):
        await waiting
    assert transport.calls == ["abort"]
    with pytest.raises(NotConnectedError):
        await station.driver.drain()


@on_virtual_clock
async def test_what_cannot_be_written_any_more_does_not_count_as_sent(drive) -> None:
    station = drive(ready_client())
    transport = station.connect()
    transport.closing = True  # the system has noticed already, we have not
    station.driver.send("<presence/>")
    with pytest.raises(ConnectionLost):
        await station.driver.drain()
    assert transport.writes == []


@on_virtual_clock
async def test_who_wants_to_know_that_the_peer_does_not_read(drive) -> None:
    station = drive(ready_client(), write_limit=1000)
    transport = station.connect()
    told: list[bool] = []
    station.driver.on_full = told.append
    transport.stuck = True
    for _ in range(3):
        station.driver.send(f"<message><body>{'x' * 900}</body></message>")
        await turns()
    assert told == [True]
    transport.flush()
    assert told == [True, False]
    station.driver.resume_writing()
    assert told == [True, False]
