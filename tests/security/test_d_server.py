# SPDX-License-Identifier: MIT
"""Group D, the embedded server: bad clients are bounded, the log is told once, and others are served.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest
from attacker import SASL, SECRET, TO_SERVER, Raw, encoded, login, receiver

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import ConfigurationError
from xmppkit.sasl import AccountRecord, ScramRecord, make_scram_record
from xmppkit.server import EmbeddedServer
from xmppkit.server.limits import ServerLimits

Connect = Callable[..., Any]
SM = "urn:xmpp:sm:3"
PING = "<iq type='get' id='{id}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"


async def answers(session: Raw, name: str) -> None:
    """The server does what this client asks."""
    session.send(PING.format(id=name))
    await session.until(f'id="{name}"')


async def test_d15_stanzas_in_the_name_of_others(connect: Connect) -> None:
    """The embedded server stamps each stanza with who has sent it, whatever it says."""
    alice, bob = await connect(), await connect()
    await alice.login("alice")
    await alice.bind("a")
    await bob.login("bob")
    await bob.bind("b")
    for forged in ("boss@localhost", "bob@localhost/b", "localhost", "alice@localhost/other", "x@evil.example"):
        alice.send(f"<message from='{forged}' to='bob@localhost/b' id='m'><body>x</body></message>")
        assert 'from="alice@localhost/a"' in await bob.until("</message>")


async def test_d15_before_the_login(connect: Connect) -> None:
    """Before a login it takes 64 KiB, three wrong passwords and 30 seconds."""
    large = await connect()
    large.send(TO_SERVER + "<auth xmlns='" + "x" * 100_000)
    assert "<policy-violation " in await large.rest()
    guessing = await connect()
    guessing.send(TO_SERVER)
    for _ in range(3):
        guessing.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login('alice', 'wrong')}</auth>")
        await guessing.until("</failure>")
    assert "<policy-violation " in await guessing.rest()


def test_d15_which_accounts_there_are() -> None:
    """It does not tell which accounts there are: one that there is not has a salt of its own, which stays the same."""

    def asked(name: str) -> str:
        attacked = receiver()
        attacked.hear(TO_SERVER)
        said = attacked.hear(
            f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{encoded(f'n,,n={name},r=abcdef')}</auth>"
        )
        challenge = base64.b64decode(said.partition(">")[2].partition("<")[0]).decode()
        return challenge.partition(",")[2]

    nobody = asked("nobody")
    assert nobody.startswith("s=")
    assert nobody == asked("nobody") == asked("NOBODY")
    assert len(nobody) == len(asked("alice"))


def test_d15_which_accounts_have_old_passwords() -> None:
    """What is offered does not tell it either: one that there is not is offered what some account has, always the
    same."""
    old = AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", SECRET)})
    server = EmbeddedServer(users={"alice": old, "bob": SECRET})

    def offered(name: str) -> Any:
        return server._login_offer(f"{name}@localhost")

    nobody = [offered(f"nobody{number}") for number in range(64)]
    assert offered("alice") != offered("bob")
    assert offered("alice") in nobody
    assert offered("bob") in nobody
    assert nobody == [offered(f"nobody{number}") for number in range(64)]


async def test_d15_how_the_passwords_of_accounts_are_kept(connect_to: Any) -> None:
    """Nor do the rounds and the salt that it asks for: they are those of some account, whatever its records are."""
    records = {"SCRAM-SHA-256": make_scram_record("SCRAM-SHA-256", SECRET, b"twelve-bytes", 4096)}
    async with EmbeddedServer(users={"alice": AccountRecord(scram=records)}, tls=False) as server:

        async def asked(name: str) -> list[str]:
            peer = await connect_to(server)
            first = encoded(f"n,,n={name},r=abcdef")
            peer.send(f"{TO_SERVER}<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{first}</auth>")
            said = await peer.until("</challenge>")
            challenge = base64.b64decode(said.rpartition("</")[0].rpartition(">")[2]).decode()
            return challenge.split(",")[1:3]

        alice, nobody = await asked("alice"), await asked("nobody")
        assert nobody == await asked("nobody") == await asked("NOBODY")
        assert nobody[0] != alice[0]
        assert (len(nobody[0]), nobody[1]) == (len(alice[0]), alice[1])


SHA_256 = make_scram_record("SCRAM-SHA-256", SECRET)


@pytest.mark.parametrize(
    ("stored", "mechanism", "hash_"),
    [
        # Of another password, where there is a record already; of the wrong length; none; more than an element holds.
        ({"SCRAM-SHA-256": SHA_256}, "SCRAM-SHA-256", b"x" * 32),
        ({"SCRAM-SHA-256": SHA_256}, "SCRAM-SHA-512", b"x" * 32),
        ({"SCRAM-SHA-256": SHA_256}, "SCRAM-SHA-512", b""),
        ({"SCRAM-SHA-256": SHA_256}, "SCRAM-SHA-512", b"x" * 200_000),
        ({"SCRAM-SHA-256": SHA_256}, "SCRAM-SHA-1", b"x" * 20),
    ],
)
async def test_d15_what_clients_tell_of_passwords(
    stored: dict[str, ScramRecord], mechanism: str, hash_: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what a client tells of its password (XEP-0480) only that is kept which the account lacks and which has the
    length of the hash, made with the salt and the rounds of the server; nothing is replaced by it."""
    record = AccountRecord(scram=stored)

    def lie(*args: Any) -> Element:
        told = Element("{urn:xmpp:sasl:2}task-data")
        SubElement(told, "{urn:xmpp:scram-upgrade:0}hash").text = base64.b64encode(hash_).decode()
        return told

    monkeypatch.setattr("xmppkit.protocol.features.sasl2_initiator.answer", lie)
    # The client tells whatever it is asked for, and asks for what is not offered.
    monkeypatch.setattr(
        "xmppkit.protocol.features.sasl2_initiator.Sasl2Initiator._wanted_tasks",
        lambda half, used: [f"UPGR-{mechanism}"],
    )
    async with EmbeddedServer(users={"alice": record}) as server:
        client = ClientXMPP("alice@localhost", SECRET)
        client.ca_certs = server.ca_file
        client.custom_address = (server.host, server.port)
        client.auto_reconnect = False
        client.connect()
        await client.wait_until("disconnected" if mechanism == "SCRAM-SHA-512" else "session_start", timeout=60)
        client.abort()
        (account,) = server._accounts
        assert account.record is record


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # that is what is refused
def test_d15_where_it_listens(host: str) -> None:
    """It listens on loopback unless it is told otherwise, and elsewhere only with TLS; other servers are not connected
    to."""
    assert EmbeddedServer(users={}).host in ("127.0.0.1", "localhost")
    with pytest.raises(ConfigurationError, match="loopback"):
        EmbeddedServer(users={}, host=host, tls=False)


async def test_d15_resources_that_are_taken(connect: Connect) -> None:
    """A resource that is taken goes to the session that asks later; the earlier one ends with `conflict`."""
    first, second = await connect(), await connect()
    for session in (first, second):
        await session.login("alice")
        await session.bind("same")
    assert "<conflict " in await first.rest()
    second.send("<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
    await second.until('id="p"')


def test_d15_slow_headers() -> None:
    """A byte in a second keeps nobody busy: 30 seconds are all that a negotiation may take, however much comes."""
    attacked = receiver()
    document = (TO_SERVER + f"<auth xmlns='{SASL}' mechanism='PLAIN'>").encode()
    for second, byte in enumerate(document):
        attacked.stream.handle_timer(float(second))
        attacked.hear(bytes([byte]))
        if attacked.stream.closed:
            break
    assert second <= 31
    assert attacked.refused("connection-timeout")


@asynccontextmanager
async def idle(server: EmbeddedServer, count: int) -> AsyncIterator[None]:
    """So many connections that say nothing."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        for number in range(count):
            sockets.append(socket.socket())
            sockets[-1].setblocking(False)
            await loop.sock_connect(sockets[-1], (server.host, server.port))
            if number % 50 == 0:
                await asyncio.sleep(0)
        yield
    finally:
        for each in sockets:
            each.close()


async def test_d15_idle_connections(server: EmbeddedServer, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Of connections that do not log in 500 are kept at a time: each further one takes the place of the oldest, of
    which the log is told once; who is logged in is served, and who logs in gets in."""
    alice = await connect("alice")
    possible = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 2000
    caplog.set_level(logging.WARNING)
    async with idle(server, min(10_000, max(600, possible))):
        await answers(alice, "there")
        bob = await connect("bob")
        await answers(bob, "too")
        assert len(server.sessions) == 2
        assert len(server._connections) <= server.limits.strangers + 2
    told = [record for record in caplog.records if "not logged in" in record.getMessage()]
    assert len(told) == 1


async def test_d15_more_connections_than_there_may_be(caplog: pytest.LogCaptureFixture) -> None:
    """When there are as many connections as there may be, further ones are closed at once, of which the log is told
    once."""
    limits = ServerLimits(connections=20)
    async with EmbeddedServer(users={"alice": SECRET}, tls=False, limits=limits) as server:
        alice = Raw(*await asyncio.open_connection(server.host, server.port))
        await alice.login("alice")
        await alice.bind("r")
        caplog.set_level(logging.WARNING)
        async with idle(server, 200):
            await answers(alice, "there")
            assert len(server._connections) <= 20
        assert sum("are refused" in record.getMessage() for record in caplog.records) == 1
        alice.writer.close()


@pytest.mark.parametrize(
    "data",
    [
        "<message to='bob@localhost'><body>" + "x" * 300_000,
        "<message to='bob@localhost'>" + "<a>" * 1000,
        "<message to='bob@localhost' x='" + "v" * 300_000,
        "<iq type='set' id='1'><query xmlns='jabber:iq:roster'>" + "<item jid='a@b'/>" * 100_000,
    ],
    ids=["body", "depth", "attribute", "children"],
)
async def test_d15_too_large(connect: Connect, data: str) -> None:
    """Whoever sends too much of anything is thrown out with `policy-violation`, while others are served."""
    alice, bob = await connect("alice"), await connect("bob")
    alice.send(data)
    assert "<policy-violation " in await alice.rest()
    await answers(bob, "there")


async def test_d15_negotiating_again(connect: Connect) -> None:
    """Who is logged in does not log in again, nor bind another resource."""
    for again in (
        f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login('bob', SECRET)}</auth>",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    ):
        alice = await connect("alice")
        alice.send(again)
        assert "<unsupported-stanza-type " in await alice.rest()
    alice = await connect("alice")
    alice.send("<iq type='set' id='again'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert "error" in await alice.until("</iq>")


async def test_d15_rosters_and_rooms_of_others(connect: Connect) -> None:
    """Nobody changes, or reads, what belongs to another account."""
    alice, bob = await connect("alice"), await connect("bob")
    for kind, inner in (("set", "<item jid='evil@localhost'/>"), ("get", "")):
        query = f"<query xmlns='jabber:iq:roster'>{inner}</query>"
        alice.send(f"<iq type='{kind}' id='{kind}' to='bob@localhost'>{query}</iq>")
        assert 'type="error"' in await alice.until("</iq>")
    bob.send("<iq type='get' id='own'><query xmlns='jabber:iq:roster'/></iq>")
    assert "evil" not in await bob.until('id="own"')


async def test_d15_resuming_with_a_count_that_is_too_high(connect: Connect) -> None:
    """A session is not resumed with a count of what was never sent; who resumes it rightly still can."""
    alice = await connect("alice")
    alice.send(f"<enable xmlns='{SM}' resume='true'/>")
    enabled = (await alice.until("/>")).replace("'", '"')
    name = enabled.partition(' id="')[2].partition('"')[0]
    assert name
    alice.writer.transport.abort()
    wrong = await connect()
    await wrong.login("alice")
    wrong.send(f"<resume xmlns='{SM}' h='1000' previd='{name}'/>")
    assert "handled-count-too-high" in await wrong.rest()
    right = await connect()
    await right.login("alice")
    right.send(f"<resume xmlns='{SM}' h='0' previd='{name}'/>")
    await right.until("<resumed ")
