# SPDX-License-Identifier: MIT
"""The simulated network, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import ConnectionRefused
from xmppkit.testing import clock
from xmppkit.testing.network import Conditions, Cut, Direction, SimulatedNetwork
from xmppkit.testing.script import ScriptedPeer, close, expect, expect_header, send, send_header, wait
from xmppkit.transports.endpoints import explicit_endpoint

PLACE = explicit_endpoint("localhost", 5222, direct_tls=False)


class End(asyncio.Protocol):
    """Notes what happens, and when."""

    def __init__(self, *, stay: bool = False) -> None:
        self.log: list[tuple[float, Any]] = []
        self.stay = stay
        self.transport: Any = None

    def note(self, what: Any) -> None:
        self.log.append((round(asyncio.get_running_loop().time(), 3), what))

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.note(data)

    def eof_received(self) -> bool:
        self.note("eof")
        return self.stay

    def connection_lost(self, exc: Exception | None) -> None:
        self.note(type(exc).__name__)

    def pause_writing(self) -> None:
        self.note("pause")

    def resume_writing(self) -> None:
        self.note("resume")

    @property
    def what(self) -> list[Any]:
        return [each for _, each in self.log]

    @property
    def data(self) -> bytes:
        return b"".join(each for each in self.what if isinstance(each, bytes))


async def joined(conditions: Conditions | None = None, seed: int = 0, stay: bool = False) -> tuple[Any, End, End]:
    network = SimulatedNetwork(conditions, seed=seed)
    far = End(stay=stay)
    network.listen("localhost", 5222, lambda: far)
    near = await network.connect(PLACE, lambda: End(stay=stay))
    return network, near, far


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return clock.run(main)


def test_latency_and_bandwidth() -> None:
    async def main() -> None:
        _, near, far = await joined(Conditions(latency=0.5, bandwidth=10))
        near.transport.write(b"12345")
        near.transport.write(b"67890")
        await asyncio.sleep(10)
        # 1 s for connecting, 0.5 s under way, 0.5 s for five bytes
        assert far.log == [(2.0, b"12345"), (2.5, b"67890")]
        far.transport.write(b"x")
        await asyncio.sleep(1)
        assert near.data == b"x"

    run(main())


def test_pieces() -> None:
    async def main() -> None:
        _, near, far = await joined(Conditions(piece=1))
        near.transport.write(b"abc")
        await asyncio.sleep(1)
        assert far.what == [b"a", b"b", b"c"]

    run(main())


def test_chance_has_a_seed() -> None:
    async def main(seed: int) -> list[tuple[float, Any]]:
        _, near, far = await joined(Conditions(latency=0.1, jitter=1, piece=5, random_pieces=True), seed)
        near.transport.write(bytes(range(100)))
        await asyncio.sleep(10)
        assert far.data == bytes(range(100))
        assert [when for when, _ in far.log] == sorted(when for when, _ in far.log)
        return far.log

    assert run(main(1)) == run(main(1))
    assert run(main(1)) != run(main(2))


@pytest.mark.parametrize(
    ("how", "near", "far"),
    [
        (Cut.RESET, ["ConnectionResetError"], ["ConnectionResetError"]),
        (Cut.END, ["eof", "NoneType"], ["eof", "NoneType"]),
        (Cut.HALF, ["eof", "NoneType"], ["eof", "NoneType"]),  # who sees it closes
        (Cut.SILENCE, [], []),
    ],
)
@pytest.mark.parametrize("when", [{}, {"at": 2.0}])
def test_cuts(how: Cut, near: list[str], far: list[str], when: dict[str, float]) -> None:
    async def main() -> None:
        network, here, there = await joined()
        network.links[0].cut(how, **when)
        await asyncio.sleep(1)
        assert (here.log == []) is (bool(when) or how is Cut.SILENCE)
        await asyncio.sleep(2)
        here.transport.write(b"lost")
        await asyncio.sleep(1)
        assert (here.what, there.what) == (near, far)
        assert len(network.links) == (how is Cut.SILENCE)

    run(main())


@pytest.mark.parametrize("direction", [Direction.UP, Direction.DOWN])
def test_a_half_that_goes_on(direction: Direction) -> None:
    async def main() -> None:
        network, near, far = await joined(stay=True)
        network.links[0].cut(Cut.HALF, direction=direction)
        await asyncio.sleep(1)
        dead, alive = (near, far) if direction is Direction.UP else (far, near)
        dead.transport.write(b"lost")
        alive.transport.write(b"arrives")
        await asyncio.sleep(1)
        assert alive.what == ["eof"]
        assert dead.what == [b"arrives"]
        assert dead.transport.can_write_eof()

    run(main())


@pytest.mark.parametrize("before", [0, 7])
def test_a_cut_after_so_many_bytes(before: int) -> None:
    async def main() -> None:
        network, near, far = await joined()
        far.transport.write(b"x" * before)
        await asyncio.sleep(1)
        network.links[0].cut(Cut.RESET, after=5)
        far.transport.write(b"123456789")
        await asyncio.sleep(1)
        assert len(near.data) == max(before, 5)
        assert near.what[-1] == far.what[-1] == "ConnectionResetError"

    run(main())


def test_closing() -> None:
    async def main() -> None:
        network, near, far = await joined(Conditions(latency=1))
        near.transport.write(b"last words")
        near.transport.close()
        near.transport.close()
        assert near.transport.is_closing()
        near.transport.write(b"too late")
        await asyncio.sleep(5)
        assert far.what == [b"last words", "eof", "NoneType"]
        assert near.what == ["NoneType"]
        assert network.links == []
        near.transport.abort()

    run(main())


def test_aborting() -> None:
    async def main() -> None:
        _, near, far = await joined(Conditions(latency=1))
        near.transport.write(b"never")
        near.transport.abort()
        await asyncio.sleep(5)
        assert far.what == ["ConnectionResetError"]
        assert near.what == ["NoneType"]

    run(main())


def test_pushing_back() -> None:
    async def main() -> None:
        _, near, far = await joined(Conditions(piece=1000))
        near.transport.set_write_buffer_limits()
        near.transport.set_write_buffer_limits(low=5)
        near.transport.set_write_buffer_limits(high=100)
        far.transport.pause_reading()
        near.transport.write(b"x" * 70_000)
        await asyncio.sleep(1)
        assert near.what == ["pause"]
        assert near.transport.get_write_buffer_size() > 100
        assert far.data == b""
        far.transport.resume_reading()
        await asyncio.sleep(1)
        assert near.what == ["pause", "resume"]
        assert len(far.data) == 70_000
        assert near.transport.get_extra_info("socket", "none") == "none"
        near.transport.write(b"12")
        await asyncio.sleep(0)
        far.transport.pause_reading()  # while it is due
        await asyncio.sleep(1)
        assert len(far.data) == 70_000

    run(main())


@pytest.mark.parametrize("hosts", [(), ("localhost",)])
def test_a_partition(hosts: tuple[str, ...]) -> None:
    async def main() -> None:
        network, near, far = await joined()
        network.partition(*hosts)
        assert not hosts or not network.divided("elsewhere")
        near.transport.write(b"late")
        network.links[0].cut(Cut.RESET)  # which nobody learns
        await asyncio.sleep(10)
        assert far.log == []
        attempt = asyncio.ensure_future(network.connect(PLACE, End))
        with pytest.raises(ConnectionRefused, match="no connection within 30 s"):
            await network.connect(PLACE, End)
        attempt.cancel()
        attempt = asyncio.ensure_future(network.connect(PLACE, End))
        await asyncio.sleep(1)
        network.heal(*hosts)
        network.heal()
        await asyncio.sleep(1)
        assert far.what == [b"late"]
        assert isinstance(await attempt, End)

    run(main())


def test_nothing_listens() -> None:
    async def main() -> None:
        network, *_ = await joined()
        network.unlisten("localhost", 5222)
        network.unlisten("localhost", 5222)
        with pytest.raises(ConnectionRefused, match="nothing listens there"):
            await network.connect(PLACE, End)

    run(main())


def test_a_client_logs_in_through_it_byte_by_byte() -> None:
    sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
    bind = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'"

    async def main() -> str:
        peer = ScriptedPeer(
            expect_header("localhost"),
            send_header(),
            send(f"<stream:features><mechanisms {sasl}><mechanism>PLAIN</mechanism></mechanisms></stream:features>"),
            expect(f"<auth {sasl} mechanism='PLAIN'/>"),
            send(f"<success {sasl}/>"),
            expect_header(),
            send_header(id="again"),
            send(f"<stream:features><bind {bind}/></stream:features>"),
            expect(f"<iq type='set'><bind {bind}/></iq>"),
            send(lambda iq: f"<iq type='result' id='{iq.get('id')}'><bind {bind}><jid>a@localhost/b</jid></bind></iq>"),
            wait(100),
            close(),
            patience=60,
        )
        network = SimulatedNetwork(Conditions(latency=1, jitter=1, piece=3, random_pieces=True), seed=4)
        network.listen("localhost", 5222, lambda: peer)
        config = {"feature_mechanisms": {"unencrypted_plain": True}}
        client = ClientXMPP("a@localhost", "secret", plugin_config=config)
        client.transport_connector = network
        client.enable_plaintext, client.enable_starttls, client.enable_direct_tls = True, False, False
        client.auto_reconnect = False
        started = asyncio.ensure_future(client.wait_until("session_start", 60))
        over = client.disconnected
        client.connect("localhost", 5222)
        await peer.finish()
        await started
        await over
        assert asyncio.get_running_loop().time() > 100
        return client.boundjid.full

    assert run(main()) == "a@localhost/b"
