# SPDX-License-Identifier: MIT
"""Programs that send more than the server takes, and servers that send more than the program takes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flooding import Stuck
from houses import virtual

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.dispatch.handlers import CoroutineCallback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import NotConnectedError, QueueFull
from xmppkit.stanza.message import Message
from xmppkit.xmlstream.sending import MAX_PARKED_SIZE
from xmppkit.xmlstream.sizes import size_of
from xmppkit.xmlstream.xmlstream import MANY_TASKS, MUCH_WORK

BOB = "bob@localhost/here"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nothing tells what a process takes")
@pytest.mark.parametrize("mode", ["plain", "managed", "parked", "filtered"])
def test_what_waits_is_bounded(mode: str) -> None:
    script = Path(__file__).parents[1] / "flooding.py"
    done = subprocess.run([sys.executable, str(script), mode], capture_output=True, text=True, timeout=120, check=True)
    grown, taken = map(int, done.stdout.split())
    assert grown <= 16 * 1024
    assert taken >= 5000


class Slow(Stuck):
    """The other end reads when it is told so."""

    def __init__(self, client: ClientXMPP) -> None:
        super().__init__()
        self.client = client

    def abort(self) -> None:
        super().abort()
        if self.client._driver is not None:
            self.client.loop.call_soon(self.client._driver.connection_lost, None)

    def read(self) -> list[str]:
        """Everything that was written; the bodies."""
        self.size = 0
        data, self.written = b"".join(self.written).decode(), []
        assert self.client._driver is not None
        self.client._driver.resume_writing()
        return [part.partition("<")[0] for part in data.split("<body>")[1:]]


def adopted() -> tuple[ClientXMPP, Slow]:
    client = ClientXMPP("bot@localhost/here", "secret")
    client.auto_reconnect = False
    transport = Slow(client)
    client.adopt(transport)
    return client, transport


def flood(client: ClientXMPP, count: int = 1_000_000) -> int:
    """Send until no more is taken; how many were."""
    for number in range(count):
        try:
            client.send_message(BOB, f"{number} {'x' * 1000}")
        except QueueFull:
            return number
    return count


@virtual
async def test_nothing_is_lost_or_out_of_order() -> None:
    client, transport = adopted()
    sent = flood(client)
    assert 5_000 < sent < 20_000
    got = [text.partition(" ")[0] for text in transport.read()]
    assert 4_000_000 < 1_100 * len(got) < 5_000_000
    await asyncio.sleep(0)
    got += [text.partition(" ")[0] for text in transport.read()]
    assert got == list(map(str, range(sent)))
    client.send_message(BOB, "again")
    assert transport.read() == ["again"]
    client.abort()


@virtual
async def test_who_lets_go_now_and_then_is_never_refused() -> None:
    client, transport = adopted()
    heard: list[str] = []

    async def read() -> None:
        while len(heard) < 20_000:
            heard.extend(text.partition(" ")[0] for text in transport.read())
            await asyncio.sleep(0.01)

    reading = asyncio.ensure_future(read())
    for number in range(20_000):
        await client.send_soon(client.make_message(BOB, f"{number} {'x' * 1000}"))
    await reading
    assert heard == list(map(str, range(20_000)))
    client.abort()


@virtual
async def test_drain_waits_for_what_is_held_back() -> None:
    client, transport = adopted()
    sent = flood(client)
    draining = asyncio.ensure_future(client.drain())
    await asyncio.sleep(1)
    assert not draining.done()
    got = len(transport.read())
    await asyncio.sleep(1)
    got += len(transport.read())
    await draining
    assert got == sent
    client.abort()


@virtual
async def test_a_connection_that_is_lost_meanwhile() -> None:
    client, _ = adopted()
    flood(client)
    waiting = [asyncio.ensure_future(each) for each in (client.drain(), client.send_soon("<presence/>"))]
    await asyncio.sleep(1)
    client.abort()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[0], NotConnectedError)
    client._sender.crowd(False)  # nobody waits any more


@virtual
async def test_large_stanzas_wait_for_a_session_in_smaller_number() -> None:
    client = ClientXMPP("bot@localhost/here", "secret")
    message = client.make_message(BOB, "x" * 100_000)
    for _ in range(MAX_PARKED_SIZE // 100_000 + 1):
        client.send(message)
    with pytest.raises(NotConnectedError, match="wait for a session already"):
        client.send(message)
    assert len(client._sender._parked) == MAX_PARKED_SIZE // 100_000 + 1
    transport = Slow(client)
    client.adopt(transport)
    got = len(transport.read())
    await asyncio.sleep(0)
    assert got + len(transport.read()) == MAX_PARKED_SIZE // 100_000 + 1
    client.abort()


@virtual
async def test_text_is_held_back_too() -> None:
    client, transport = adopted()
    flood(client, 4500)
    client.send("<message><body>raw</body></message>")
    transport.read()
    await asyncio.sleep(0)
    assert transport.read()[-1] == "raw"
    client.abort()


@pytest.mark.parametrize("slow", ["filter", "handler"])
@virtual
async def test_a_program_that_falls_behind_reads_no_more(slow: str) -> None:
    """However large the stanzas are, and whatever it is that takes its time."""
    client, transport = adopted()
    gate, got = asyncio.Event(), list[str]()

    async def wait(message: Any) -> Any:
        await gate.wait()
        return message

    if slow == "filter":
        client.add_filter("in", wait)
    else:
        client.register_handler(CoroutineCallback("slow", StanzaPath("message"), wait))
    client.add_event_handler("message", lambda message: got.append(message["body"][:4]))
    driver = client._driver
    assert driver is not None
    for number in range(300):
        if number == 100:
            assert not transport.reading
            assert MUCH_WORK < client._intake.size < MUCH_WORK + 1_000_000
            assert len(client._tasks) + len(client._intake) < MANY_TASKS
            gate.set()
        while number > 100 and not transport.reading:  # noqa: ASYNC110 - a transport has no event for it
            await asyncio.sleep(0)
        if transport.reading or number < 100:
            driver.data_received(f"<message from='{BOB}'><body>{number:04}{'x' * 100_000}</body></message>".encode())
    await asyncio.sleep(1)
    assert client._intake.size == 0
    assert got == sorted(got)
    assert got[-1] == "0299"
    client.abort()


def test_sizes() -> None:
    message = Message()
    message["body"] = "x" * 1000
    message["to"] = BOB
    assert 1000 < size_of(message.xml) < 2000
