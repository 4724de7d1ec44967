# SPDX-License-Identifier: MIT
"""Group A, rounds: as many as are allowed, which is half a second of work or more.

Nothing here is timed. Deriving a key waits until the test lets it go on, so what the event loop does meanwhile, it does
while the key is being derived. Each test is named after its entry; the first sentence of its docstring is what
docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from attacker import HEADER, PATIENCE, SASL, SECRET, TO_SERVER, Raw, encoded, login

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.sasl import AccountRecord, ScramRecord
from xmppkit.sasl.derivation import Derivation
from xmppkit.server import EmbeddedServer

MOST = 1_000_000
#: Of a password that nobody knows.
RECORD = ScramRecord(b"salt-of-alice...", MOST, bytes(32), bytes(32))


class Gate:
    """Stands for `Derivation.compute`.

    :ivar threads: where it was called with `MOST` rounds, once for each time.
    """

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.opened = threading.Event()

    def __call__(self, derivation: Derivation) -> bytes:
        if derivation.iterations == MOST:
            self.threads.append(threading.get_ident())
            assert self.opened.wait(PATIENCE), "the event loop has waited for the key"
        return bytes(32)

    async def reached(self, times: int = 1) -> None:
        """Wait until keys are being derived, with the loop, and elsewhere."""
        async with asyncio.timeout(PATIENCE):
            while len(self.threads) < times:
                await asyncio.to_thread(int)
        assert threading.get_ident() not in self.threads


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(Derivation, "compute", lambda derivation: made(derivation))
    yield made
    made.opened.set()


@pytest.fixture
async def stray() -> list[Any]:
    """What nobody has caught."""
    found: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    return found


class Hostile:
    """A server without TLS that asks for as many rounds as there may be.

    :ivar peers: its connections.
    """

    def __init__(self) -> None:
        self.peers: list[asyncio.StreamWriter] = []
        self.said = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer)
        offer = f"<mechanisms xmlns='{SASL}'><mechanism>SCRAM-SHA-256</mechanism></mechanisms>"
        writer.write(f"{HEADER}<stream:features>{offer}</stream:features>".encode())
        auth = await reader.readuntil(b"</auth>")
        nonce = base64.b64decode(auth.removesuffix(b"</auth>").rpartition(b">")[2]).decode().rpartition("r=")[2]
        challenge = encoded(f"r={nonce}server,s={encoded(RECORD.salt)},i={MOST}")
        writer.write(f"<challenge xmlns='{SASL}'>{challenge}</challenge>".encode())
        with suppress(ConnectionError):  # it may be reset
            while data := await reader.read(4096):
                self.said += data


@pytest.fixture
async def hostile() -> AsyncIterator[tuple[Hostile, int]]:
    made = Hostile()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, server.sockets[0].getsockname()[1]
    for peer in made.peers:
        peer.close()
    server.close()
    await server.wait_closed()


def program(port: int) -> Any:
    client: Any = ClientXMPP("alice@localhost", SECRET)
    client.custom_address = ("127.0.0.1", port)
    client.enable_plaintext, client.enable_starttls = True, False
    client["feature_mechanisms"].unencrypted_scram = True
    client.auto_reconnect = False
    return client


def ended(client: Any) -> asyncio.Future[Any]:
    """Done when the connection is over."""
    over: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    client.add_event_handler("disconnected", lambda reason: over.done() or over.set_result(reason))
    return over


CUTS: dict[str, Callable[[Any, Hostile], object]] = {
    "the server cuts": lambda client, hostile: hostile.peers[0].transport.abort(),
    "the server closes its stream": lambda client, hostile: hostile.peers[0].write(b"</stream:stream>"),
    "the program disconnects": lambda client, hostile: client.disconnect(),
    "the program aborts": lambda client, hostile: client.abort(),
}


@pytest.mark.parametrize("cut", CUTS)
async def test_a13_many_rounds_keep_nobody_waiting(
    cut: str, gate: Gate, hostile: tuple[Hostile, int], stray: list[Any]
) -> None:
    """A million rounds are computed beside the event loop, which does everything else meanwhile; when the connection
    ends before, what was computed is forgotten."""
    server, port = hostile
    client = program(port)
    over = ended(client)
    client.connect()
    await gate.reached()
    assert not over.done()
    CUTS[cut](client, server)
    if cut != "the program disconnects":  # that waits for the peer
        await asyncio.wait_for(asyncio.shield(over), PATIENCE)
    gate.opened.set()
    for peer in server.peers:
        peer.close()
    await asyncio.wait_for(over, PATIENCE)
    await asyncio.get_running_loop().run_in_executor(None, int)
    assert b"<response" not in server.said
    assert stray == []
    assert not client.authenticated


async def test_a13_two_programs_do_not_wait_for_each_other(
    gate: Gate, hostile: tuple[Hostile, int], stray: list[Any]
) -> None:
    """Several logins at once are computed side by side."""
    clients = [program(hostile[1]) for _ in range(2)]
    overs = [ended(client) for client in clients]
    for client in clients:
        client.connect()
    await gate.reached(2)
    assert len(set(gate.threads)) == 2
    gate.opened.set()
    for client, over in zip(clients, overs, strict=True):
        client.abort()
        await asyncio.wait_for(over, PATIENCE)
    assert stray == []


async def test_a13_the_rounds_of_accounts(gate: Gate, stray: list[Any]) -> None:
    """A server whose accounts have so many rounds serves others while somebody guesses at a password."""
    users = {"alice": AccountRecord(scram={"SCRAM-SHA-256": RECORD}), "bob": SECRET}
    async with EmbeddedServer(users=users, tls=False) as server:
        guessing = Raw(*await asyncio.open_connection(server.host, server.port))
        guessing.send(f"{TO_SERVER}<auth xmlns='{SASL}' mechanism='PLAIN'>{login('alice', 'a guess')}</auth>")
        await gate.reached()
        other = Raw(*await asyncio.open_connection(server.host, server.port))
        await other.login("bob")
        gate.opened.set()
        assert "<not-authorized" in await guessing.until("</failure>")
        for each in (guessing, other):
            each.writer.close()
    assert stray == []
