# SPDX-License-Identifier: MIT
"""What every transport must do (`xmppkit.transports.base`), as tests::

    from xmppkit.testing.conformance.transport import Served, TransportConformance

    class TestMine(TransportConformance):
        @asynccontextmanager
        async def serve(self, accept):
            listener = await my_listen(accept)
            yield Served(MyConnector(), listener.endpoint)
            listener.close()

TLS is nothing of a transport's: the engine does it, on the bytes that a transport moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from xmppkit.exceptions import ConnectionRefused
from xmppkit.transports.base import Connector, Transport
from xmppkit.transports.endpoints import Endpoint

__all__ = ["Recorder", "Served", "TransportConformance"]

#: Seconds after which something that was to happen has not.
PATIENCE = 10.0
#: More than the operating system keeps of a connection's bytes, so that a transport has to.
MUCH = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Served:
    """Something that listens, and how to connect to it."""

    connector: Connector
    endpoint: Endpoint


class Recorder:
    """A `xmppkit.transports.base.Receiver` that keeps what it is called with, and checks that the order is one that is
    allowed.

    :param keep_open: what `eof_received` returns.
    """

    def __init__(self, *, keep_open: bool = False) -> None:
        self.keep_open = keep_open
        self.data = bytearray()
        self.pieces = 0
        self.made: list[Transport] = []
        self.lost: list[Exception | None] = []
        self.eofs = 0
        self.paused: list[int] = []
        self.resumed: list[int] = []
        self.faults: list[str] = []
        self._news = asyncio.Event()

    @property
    def transport(self) -> Transport:
        """The transport that it was given."""
        return self.made[0]

    def _check(self, call: str) -> None:
        if not self.made:
            self.faults.append(f"{call} came before connection_made")
        if self.lost:
            self.faults.append(f"{call} came after connection_lost")
        self._news.set()

    def connection_made(self, transport: Transport) -> None:
        """There is a connection."""
        if self.made:
            self.faults.append("connection_made came twice")
        self.made.append(transport)
        self._news.set()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._check("data_received")
        if not data:
            self.faults.append("data_received brought no bytes")
        if self.eofs:
            self.faults.append("data_received came after eof_received")
        self.pieces += 1
        self.data += data

    def eof_received(self) -> bool:
        """The peer sends no more."""
        self._check("eof_received")
        self.eofs += 1
        return self.keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._check("connection_lost")
        self.lost.append(exc)

    def pause_writing(self) -> None:
        """Too much waits."""
        self._check("pause_writing")
        self.paused.append(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Little waits."""
        self._check("resume_writing")
        self.resumed.append(self.transport.get_write_buffer_size())

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until the condition holds.

        :param what: what is waited for, for the message of the failure.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"within {PATIENCE:g} s it did not happen that {what}") from None


async def turns(count: int = 20) -> None:
    """Let the event loop and the network do what they would do."""
    for _ in range(count):
        await asyncio.sleep(0)


class TransportConformance:
    """The suite. A subclass gives it `serve`, and `nowhere` if `serve` does not free its endpoint when it ends."""

    #: The bytes that can be moved. A transport of texts, as a WebSocket, moves those that are text.
    alphabet = bytes(range(256))

    def serve(self, accept: Callable[[], Recorder]) -> AbstractAsyncContextManager[Served]:
        """Listen, as a context.

        :param accept: makes the receiver of each connection that comes in.
        """
        raise TypeError("say what listens: an @asynccontextmanager that yields Served(connector, endpoint)")

    async def nowhere(self) -> Served:
        """A connector, and an endpoint at which nothing listens."""
        async with self.serve(Recorder) as served:
            pass
        return served

    @asynccontextmanager
    async def _pair(self, *, keep_open: bool = False) -> AsyncIterator[tuple[Recorder, Recorder]]:
        """Two receivers that are connected: who has connected, and who has listened."""
        accepted: list[Recorder] = []

        def accept() -> Recorder:
            accepted.append(Recorder(keep_open=keep_open))
            return accepted[-1]

        async with self.serve(accept) as served:
            ours = await served.connector.connect(served.endpoint, lambda: Recorder(keep_open=keep_open))
            assert len(ours.made) == 1, "connect returned before connection_made was called"
            for _ in range(10_000):
                if accepted and accepted[0].made:
                    break
                await asyncio.sleep(0)
            assert len(accepted) == 1, "who listens has not one connection"
            theirs = accepted[0]
            try:
                yield ours, theirs
            finally:
                for each in (ours, theirs):
                    if not each.lost:
                        each.transport.abort()
                for each in (ours, theirs):
                    await each.until(lambda each=each: each.lost, "connection_lost came")  # type: ignore[misc]
            for each in (ours, theirs):
                assert len(each.lost) == 1, "connection_lost came more than once"
                assert not each.faults, each.faults

    # --- connecting -----------------------------------------------------------------------------------

    async def test_connect(self) -> None:
        """`connect` returns the receiver that the factory made; it has its transport, which is not closing."""
        async with self._pair() as (ours, theirs):
            for each in (ours, theirs):
                assert not each.transport.is_closing()
                assert each.transport.get_write_buffer_size() == 0

    async def test_nothing_listens(self) -> None:
        """Where nothing listens `connect` raises `ConnectionRefused`, and no receiver is made."""
        served, made = await self.nowhere(), []

        def factory() -> Recorder:
            made.append(Recorder())
            return made[-1]

        try:
            await served.connector.connect(served.endpoint, factory)
        except ConnectionRefused:
            assert not made, "a receiver was made for a connection that there is not"
        else:
            raise AssertionError("ConnectionRefused was to be raised, and was not")

    async def test_connections_are_apart(self) -> None:
        """What is written to one connection arrives at its other end only."""
        accepted: list[Recorder] = []

        def accept() -> Recorder:
            accepted.append(Recorder())
            return accepted[-1]

        async with self.serve(accept) as served:
            ours = [await served.connector.connect(served.endpoint, Recorder) for _ in range(3)]
            for number, each in enumerate(ours):
                each.transport.write(b"%d" % number)
                each.transport.close()
            for each in ours:
                await each.until(lambda each=each: each.lost, "connection_lost came")  # type: ignore[misc]
            for each in accepted:
                await each.until(lambda each=each: each.lost, "connection_lost came")  # type: ignore[misc]
            assert sorted(bytes(each.data) for each in accepted) == [b"0", b"1", b"2"]

    async def test_extra_info(self) -> None:
        """What is not known of the connection is the default, None unless another is given."""
        async with self._pair() as (ours, _):
            assert ours.transport.get_extra_info("no such thing") is None
            assert ours.transport.get_extra_info("no such thing", "default") == "default"

    # --- bytes ----------------------------------------------------------------------------------------

    async def test_bytes_arrive_in_order(self) -> None:
        """All bytes arrive, in the order in which they were written, both ways."""
        async with self._pair() as (ours, theirs):
            sent = b"".join(b"%d;" % number for number in range(2000))
            for number in range(2000):
                ours.transport.write(b"%d;" % number)
                theirs.transport.write(b"%d;" % number)
            for each in (ours, theirs):
                await each.until(lambda each=each: len(each.data) >= len(sent), "all bytes came")  # type: ignore[misc]
                assert each.data == sent, "the bytes are not those that were written, or not in order"

    async def test_large_writes(self) -> None:
        """One write of many megabytes arrives whole, both ways at once."""
        sent = self.alphabet * (8 * 1024 * 1024 // len(self.alphabet))
        async with self._pair() as (ours, theirs):
            ours.transport.write(sent)
            theirs.transport.write(sent)
            for each in (ours, theirs):
                await each.until(lambda each=each: len(each.data) >= len(sent), "all bytes came")  # type: ignore[misc]
                assert each.data == sent, "a large write did not arrive as it was"

    async def test_nobody_is_called_from_within(self) -> None:
        """Nothing is delivered from inside `write`, `close` or `abort`, but in a later turn of the loop."""
        async with self._pair() as (ours, theirs):
            ours.transport.write(b"a")
            assert not theirs.data, "write has called data_received"
            await theirs.until(lambda: theirs.data, "the byte came")
            ours.transport.close()
            assert not ours.lost, "close has called connection_lost"

    # --- flow -----------------------------------------------------------------------------------------

    async def test_reading_pauses(self) -> None:
        """After `pause_reading` no bytes come until `resume_reading`; then all come."""
        async with self._pair() as (ours, theirs):
            theirs.transport.pause_reading()
            ours.transport.write(b"later")
            await turns()
            assert not theirs.data, "bytes came although reading was paused"
            theirs.transport.resume_reading()
            await theirs.until(lambda: theirs.data == b"later", "what was held back came")

    async def test_writing_pauses(self) -> None:
        """Above `high` waiting bytes `pause_writing` comes, at `low` or below `resume_writing`; once each."""
        high, low = 100_000, 10_000
        async with self._pair() as (ours, theirs):
            ours.transport.set_write_buffer_limits(high=high, low=low)
            theirs.transport.pause_reading()
            sent = 0
            while sent < MUCH:
                ours.transport.write(b"x" * 60_000)
                sent += 60_000
                await asyncio.sleep(0)
                if len(ours.paused) > len(ours.resumed):
                    await turns()  # what was only on its way to the operating system leaves
                    if len(ours.paused) > len(ours.resumed):
                        break
            count = len(ours.paused)
            assert count, "pause_writing did not come, however much was waiting"
            assert min(ours.paused) > high, "pause_writing came too early"
            ours.transport.write(b"x")
            assert len(ours.paused) == count, "pause_writing came again without resume_writing"
            assert len(ours.resumed) == count - 1, "resume_writing came although nothing was read"
            theirs.transport.resume_reading()
            await ours.until(lambda: len(ours.resumed) == count, "resume_writing came")
            assert max(ours.resumed) <= low, "resume_writing came too early"
            await theirs.until(lambda: len(theirs.data) == sent + 1, "all bytes came")
            assert len(ours.resumed) == len(ours.paused)
            assert ours.transport.get_write_buffer_size() == 0

    # --- the end --------------------------------------------------------------------------------------

    async def test_close_sends_what_was_kept(self) -> None:
        """`close` sends what was written before, however much, then ends the connection in order, at both ends."""
        sent = b"0123456789" * 800_000
        async with self._pair() as (ours, theirs):
            ours.transport.write(sent)
            ours.transport.close()
            ours.transport.close()
            assert ours.transport.is_closing(), "is_closing is false after close"
            await theirs.until(lambda: theirs.lost, "connection_lost came to the peer")
            assert theirs.data == sent, "close has lost bytes that were written before"
            assert theirs.eofs == 1, "the peer was not told of the end"
            await ours.until(lambda: ours.lost, "connection_lost came")
            assert ours.lost == [None], "a close in order was called a failure"

    async def test_after_close(self) -> None:
        """After a close nothing is sent and nothing comes, and no method raises."""
        async with self._pair() as (ours, theirs):
            ours.transport.close()
            ours.transport.write(b"too late")
            theirs.transport.write(b"for nobody")
            await theirs.until(lambda: theirs.lost, "connection_lost came to the peer")
            await ours.until(lambda: ours.lost, "connection_lost came")
            ours.transport.close()
            ours.transport.abort()
            assert not theirs.data, "what was written after a close was sent"
            assert not ours.data, "bytes came after a close"
            assert ours.transport.is_closing()
            assert theirs.transport.is_closing(), "is_closing is false after connection_lost"

    async def test_abort(self) -> None:
        """`abort` ends the connection at both ends, at once, also while much waits to be sent."""
        async with self._pair() as (ours, theirs):
            theirs.transport.pause_reading()
            ours.transport.write(b"x" * MUCH)
            ours.transport.abort()
            assert ours.transport.is_closing(), "is_closing is false after abort"
            await ours.until(lambda: ours.lost, "connection_lost came")
            assert ours.lost == [None], "our own abort was called a failure"
            theirs.transport.resume_reading()
            await theirs.until(lambda: theirs.lost, "connection_lost came to the peer")
            assert len(theirs.data) < MUCH

    async def test_half_close(self) -> None:
        """After `write_eof` the peer gets what was written, then `eof_received`; if that returns true it may go on."""
        async with self._pair(keep_open=True) as (ours, theirs):
            if not ours.transport.can_write_eof():
                return  # then `close` is all there is
            ours.transport.write(b"question")
            ours.transport.write_eof()
            await theirs.until(lambda: theirs.eofs, "eof_received came")
            assert theirs.data == b"question"
            assert not theirs.transport.is_closing(), "the connection was closed although eof_received returned true"
            theirs.transport.write(b"answer")
            theirs.transport.close()
            await ours.until(lambda: ours.lost or ours.eofs, "the end came")
            assert ours.data == b"answer", "what was written after the peer's half close did not arrive"

    async def test_half_close_is_the_end_for_most(self) -> None:
        """If `eof_received` returns nothing true, the connection ends at both ends."""
        async with self._pair() as (ours, theirs):
            if not ours.transport.can_write_eof():
                return
            ours.transport.write_eof()
            await theirs.until(lambda: theirs.lost, "connection_lost came")
            await ours.until(lambda: ours.lost, "connection_lost came")
            assert theirs.lost == [None]
