# SPDX-License-Identifier: MIT
"""xmppkit.transports.boshserver, with the content of requests and a virtual clock; no HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from xmppkit.exceptions import ConnectionLost
from xmppkit.protocol.framing.bosh.body import Body, mark, read_body, write_body
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.served import ServedLimits
from xmppkit.testing import clock
from xmppkit.transports.boshserver import BoshListener
from xmppkit.xml.limits import Limits

MESSAGE = b"<message xmlns='jabber:client'/>"


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on a virtual clock."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        clock.run(test(*arguments, **named))

    return run


class Site:
    """A listener, and a client that asks it."""

    def __init__(self, recorder: type, **options: Any) -> None:
        self.receivers: list[Any] = []
        self._recorder = recorder
        self.listener = BoshListener(self._accept, BoshManager(ServedLimits(**options)))
        self.sid = ""
        self.rid = 100

    def _accept(self) -> Any:
        receiver = self._recorder()
        lose, loop = receiver.connection_lost, asyncio.get_running_loop()

        def connection_lost(error: Exception | None) -> None:
            receiver.lost_at = loop.time()
            lose(error)

        receiver.connection_lost = connection_lost
        self.receivers.append(receiver)
        return receiver

    @property
    def receiver(self) -> Any:
        return self.receivers[0]

    @property
    def transport(self) -> Any:
        return self.receiver.transport

    def post(self, payload: bytes = b"", **attributes: Any) -> asyncio.Task[Body]:
        head = {"rid": self.rid, "sid": self.sid or None, **attributes}
        self.rid += 1
        return asyncio.ensure_future(self.raw(write_body(head, payload.decode())))

    async def raw(self, data: bytes) -> Body:
        answer = await self.listener.handle(data, address="::1", secure=True, peername=("::1", 5))
        body = read_body(answer.body, Limits())
        assert isinstance(body, Body)
        return body

    async def open(self) -> None:
        first = self.post(ver="1.11", to="localhost", wait=60, hold=1)
        await self.turns()
        self.transport.write(mark({"from": "localhost"}).encode())
        self.transport.write(b"<stream:features/>")
        self.sid = (await first).get("sid") or ""
        self.receiver.data = b""

    async def lost(self) -> float:
        """When the connection was lost, which may take two minutes."""
        await asyncio.sleep(120)
        assert self.receiver.calls[-1] == "lost"
        return float(self.receiver.lost_at)

    @staticmethod
    async def turns() -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@virtual
async def test_a_session_is_a_connection(recorder) -> None:
    site = Site(recorder)
    await site.open()
    assert site.receiver.calls == ["made", "data"]
    assert site.transport.get_extra_info("peername") == ("::1", 5)
    assert site.transport.get_extra_info("tls", "none") == "none"
    held = site.post(MESSAGE)
    await site.turns()
    assert MESSAGE in site.receiver.data
    assert not held.done()
    site.transport.write(MESSAGE)
    site.transport.write(MESSAGE)
    assert len((await held).elements) == 2, "what is written in one turn goes together"
    assert len(site.receivers) == 1


@virtual
async def test_what_is_no_session(recorder) -> None:
    site = Site(recorder)
    assert (await site.raw(b"nonsense")).get("condition") == "bad-request"
    assert (await site.raw(write_body({"sid": "x", "rid": 5}))).get("condition") == "item-not-found"
    assert site.receivers == []


@virtual
async def test_time_passes(recorder) -> None:
    site = Site(recorder, inactivity=30)
    await site.open()
    loop = asyncio.get_running_loop()
    assert (await site.post()).attributes == {}
    assert loop.time() == 60
    assert await site.lost() == 90
    assert isinstance(site.receiver.error, ConnectionLost)
    assert site.transport.is_closing()
    assert len(site.listener.manager) == 0
    assert (await site.post()).get("condition") == "item-not-found"


@virtual
async def test_the_engine_closes(recorder) -> None:
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.transport.write(MESSAGE)
    site.transport.write(mark(None).encode())
    site.transport.close()
    site.transport.close()
    site.transport.write(MESSAGE)
    assert site.receiver.calls[-1] != "lost", "nobody is called from within"
    body = await held
    assert (body.type_, len(body.elements)) == ("terminate", 1)
    await site.turns()
    assert site.receiver.calls.count("lost") == 1
    assert site.receiver.error is None
    assert len(site.listener.manager) == 0


@virtual
async def test_the_engine_closes_while_nobody_asks(recorder) -> None:
    """What it has said waits for the next request, as long as one may come."""
    site = Site(recorder, inactivity=30)
    await site.open()
    site.transport.write(MESSAGE)
    site.transport.write(mark(None).encode())
    site.transport.close()
    await asyncio.sleep(20)
    assert "lost" not in site.receiver.calls
    body = await site.post(MESSAGE)
    assert (body.type_, len(body.elements)) == ("terminate", 1)
    assert site.receiver.data == b""
    await site.receiver.called("lost")
    assert site.receiver.error is None


@virtual
async def test_the_engine_does_not_wait_for_who_is_to_be_told(recorder) -> None:
    site = Site(recorder, inactivity=30)
    await site.open()
    site.transport.write(mark(None).encode())
    site.transport.close()
    await asyncio.sleep(1)
    site.transport.abort()
    await site.receiver.called("lost")
    assert len(site.listener.manager) == 1
    assert (await site.post()).type_ == "terminate"
    assert len(site.listener.manager) == 0


@virtual
async def test_who_is_closed_and_never_asks(recorder) -> None:
    site = Site(recorder, inactivity=30)
    await site.open()
    site.transport.write(mark(None).encode())
    site.transport.close()
    await asyncio.sleep(29)
    assert len(site.listener.manager) == 1
    await asyncio.sleep(2)
    assert len(site.listener.manager) == 0
    assert (site.receiver.calls.count("lost"), site.receiver.error) == (1, None)


@virtual
async def test_the_engine_closes_without_a_word(recorder) -> None:
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.transport.close()
    assert (await held).get("condition") == "item-not-found"
    await site.turns()
    assert site.receiver.error is None
    assert len(site.listener.manager) == 0


@virtual
async def test_aborting(recorder) -> None:
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.transport.abort()
    site.transport.abort()
    assert (await held).get("condition") == "item-not-found"
    await site.turns()
    assert (site.receiver.calls.count("lost"), site.receiver.error) == (1, None)


@virtual
async def test_the_client_leaves(recorder) -> None:
    site = Site(recorder)
    await site.open()
    leaving = site.post(type="terminate")
    await site.turns()
    assert b"terminate" in site.receiver.data
    site.transport.write(mark(None).encode())
    assert (await leaving).type_ == "terminate"
    await site.receiver.called("lost")
    assert site.receiver.error is None


@virtual
async def test_what_comes_behind_the_end(recorder) -> None:
    """Of several bodies at once, those behind the one that ends it are not brought."""

    class Leaving(recorder):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if b"last" in data:
                self.transport.close()

    site = Site(Leaving)
    await site.open()
    site.transport.pause_reading()
    one = site.post(b"<message xmlns='jabber:client' id='last'/>")
    other = site.post(MESSAGE)
    await site.turns()
    assert site.receiver.data == b""
    site.transport.resume_reading()
    await asyncio.gather(one, other)
    assert b"last" in site.receiver.data
    assert MESSAGE not in site.receiver.data


@virtual
async def test_reading_pauses(recorder) -> None:
    site = Site(recorder)
    await site.open()
    site.transport.pause_reading()
    one, other = site.post(MESSAGE), site.post(MESSAGE)
    await asyncio.sleep(5)
    assert not one.done()
    assert site.receiver.data == b""
    site.transport.resume_reading()
    await one
    assert site.receiver.data.count(MESSAGE) == 2
    site.transport.abort()
    await other


@virtual
async def test_writing_pauses(recorder) -> None:
    site = Site(recorder)
    await site.open()
    site.transport.set_write_buffer_limits(high=100)
    for _ in range(10):
        site.transport.write(MESSAGE)
    assert site.receiver.calls.count("pause") == 1
    assert site.transport.get_write_buffer_size() == 10 * len(MESSAGE)
    await site.turns()
    assert "resume" not in site.receiver.calls
    await site.post()
    assert site.receiver.calls.count("resume") == 1
    assert site.transport.get_write_buffer_size() == 0


@virtual
async def test_much_is_written_before_anybody_reads(recorder) -> None:
    """A receiver may write when it is told of its connection, before the listener knows it."""

    class Talkative(recorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.set_write_buffer_limits(high=10)
            transport.write(MESSAGE)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.transport.write(MESSAGE)

    site = Site(Talkative)
    assert len((await site.post(ver="1.11", to="localhost")).elements) == 1
    assert site.receiver.calls[:2] == ["made", "pause"]
    site.transport.set_write_buffer_limits(high=10)
    site.transport.write(MESSAGE)
    site.transport.abort()
    assert site.transport.is_closing()
    await site.receiver.called("lost")
    assert site.transport.get_write_buffer_size() == 0
    assert "resume" in site.receiver.calls


@virtual
async def test_limits_of_the_buffer(recorder) -> None:
    site = Site(recorder)
    await site.open()
    transport = site.transport
    transport.set_write_buffer_limits(low=10)
    assert (transport._high, transport._low) == (40, 10)
    transport.set_write_buffer_limits(high=40, low=20)
    assert (transport._high, transport._low) == (40, 20)
    transport.set_write_buffer_limits()
    assert (transport._high, transport._low) == (65536, 16384)
    assert not transport.can_write_eof()
    with pytest.raises(OSError, match="one direction"):
        transport.write_eof()


@virtual
async def test_a_web_server_that_drops_a_request(recorder) -> None:
    """The client's connection is gone: its session is, too, if it does not come again."""
    site = Site(recorder, inactivity=30)
    await site.open()
    held = site.post()
    await asyncio.sleep(10)
    held.cancel()
    assert await site.lost() == 40


@virtual
async def test_a_web_server_that_drops_a_request_late(recorder) -> None:
    """It was answered already, or is of a session that is over."""
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.transport.write(MESSAGE)
    await asyncio.sleep(0)
    held.cancel()
    await asyncio.wait([held])
    again = asyncio.ensure_future(site.raw(write_body({"rid": site.rid - 1, "sid": site.sid})))
    assert len((await again).elements) == 1
    held = site.post()
    await site.turns()
    site.listener.abort()
    held.cancel()
    await asyncio.wait([held])
    assert len(site.listener.manager) == 0


@virtual
async def test_a_web_server_that_drops_a_request_while_it_is_answered(recorder) -> None:
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.transport.write(MESSAGE)
    held.cancel()
    await asyncio.wait([held])
    again = await site.raw(write_body({"rid": site.rid - 1, "sid": site.sid}))
    assert len(again.elements) == 1


@virtual
async def test_breaking_the_rules(recorder) -> None:
    site = Site(recorder)
    await site.open()
    site.rid += 10
    assert (await site.post(MESSAGE)).get("condition") == "item-not-found"
    await site.receiver.called("lost")
    assert isinstance(site.receiver.error, ConnectionLost)


@virtual
async def test_the_server_stops(recorder) -> None:
    site = Site(recorder)
    await site.open()
    held = site.post()
    await site.turns()
    site.listener.close()
    refused = await site.raw(write_body({"rid": 5, "to": "localhost", "ver": "1.11"}))
    assert refused.get("condition") == "system-shutdown"
    assert not held.done(), "those that there are go on"
    site.listener.abort()
    assert (await held).get("condition") == "system-shutdown"
    await site.receiver.called("lost")


@virtual
async def test_an_engine_that_does_not_want_it(recorder) -> None:
    """The server has too many connections, and closes this one when it is made."""

    class Refusal(recorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.close()

    site = Site(Refusal)
    assert (await site.post(ver="1.11", to="localhost")).get("condition") == "item-not-found"
    await site.turns()
    assert site.receiver.calls == ["made", "lost"]
