# SPDX-License-Identifier: MIT
"""Group D: floods, false counts, connections that die, logs, and the embedded server.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from attacker import (
    MIB,
    SASL,
    SECRET,
    TO_SERVER,
    Attacked,
    Program,
    bounded,
    client,
    encoded,
    features,
    login,
    receiver,
    sessions,
)
from scripted_server import Script, make_client

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import AuthenticationFailed, ConnectionLost, MalformedStream, PresenceError, QueueFull
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.roster.strangers import MAX_STRANGERS
from xmppkit.sasl import AccountRecord, Attempt, SaslPolicy
from xmppkit.sasl.base import NeedAccount, Success
from xmppkit.sasl.ht import HtServer, TokenRecord
from xmppkit.testing import clock
from xmppkit.testing.pair import Answers
from xmppkit.transports.memory import MemoryConnector

Make = Callable[..., Program]
Connect = Callable[..., Any]
SM = "urn:xmpp:sm:3"
PEER = "bob@localhost/x"
MESSAGE = "<message to='bob@localhost'><body>x</body></message>"


def counted(role: str = "client", **options: Any) -> Attacked:
    """A session whose stanzas are counted."""
    told = ManagementOptions(**options)
    attacked = sessions[role](management=told)
    attacked.stream.manage(ManagedSession("alice@localhost/r", told, id="session"))
    return attacked


both_ends = pytest.mark.parametrize("role", ["client", "server"])


@both_ends
@pytest.mark.parametrize("h", ["4000000", "4", "-1", "99999999999999999999"])
def test_d01_counts_that_are_too_high(role: str, h: str) -> None:
    """A count of more stanzas than were sent ends the stream with `handled-count-too-high`, and everything that was not
    acknowledged is kept."""
    attacked = counted(role)
    for _ in range(3):
        attacked.stream.send(MESSAGE)
    attacked.hear(f"<a xmlns='{SM}' h='{h}'/>")
    assert attacked.refused("undefined-condition")
    assert b"handled-count-too-high" in attacked.wrote
    assert len(attacked.stream.session) == 3


@both_ends
@pytest.mark.parametrize("answer", ["h='abc'", "", "h=''", "h='1.5'", f"h='{'9' * 5000}'"])
def test_d02_counts_that_are_none(role: str, answer: str) -> None:
    """An acknowledgement without a number ends the stream with `bad-format`."""
    attacked = counted(role)
    attacked.stream.send(MESSAGE)
    attacked.hear(f"<a xmlns='{SM}' {answer}/>")
    assert isinstance(attacked.error, MalformedStream)
    assert attacked.refused("bad-format")
    assert len(attacked.stream.session) == 1


@both_ends
def test_d03_a_peer_that_does_not_acknowledge(role: str) -> None:
    """What may wait for being acknowledged is bounded in number and size: further stanzas are refused with `QueueFull`,
    or wait for room in a bounded queue of their own."""
    attacked = counted(role)
    refused = 0
    for _ in range(50_000):
        try:
            attacked.stream.send(MESSAGE)
        except QueueFull:
            refused += 1
    assert refused == 49_000
    assert len(attacked.stream.session) == 1000
    large = counted(role)
    message = f"<message to='bob@localhost'><body>{'x' * 100_000}</body></message>"
    for _ in range(41):
        large.stream.send(message)
    with pytest.raises(QueueFull):
        large.stream.send(message)


@pytest.mark.parametrize(
    ("kind", "count", "memory"),
    [("client", 200_000, None), ("client", 20_000, 24 * MIB), ("component", 20_000, 24 * MIB)],
)
async def test_d03_a_peer_that_does_not_read(
    program: Make, kind: str, count: int, memory: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is when the peer does not even read: of any number of stanzas some thousands are taken, `QueueFull` says so
    of the others, and who waits with ``send_soon`` waits."""
    attacked = program(kind)
    await attacked.hear("")
    monkeypatch.setattr(attacked.wire.transport, "get_write_buffer_size", lambda: 1 << 30)  # nothing leaves it
    message = attacked.stream.make_message(PEER, "x" * 1000)
    taken = 0
    with bounded(memory, 60.0):
        for _ in range(count):
            with suppress(QueueFull):
                attacked.stream.send(message)
                taken += 1
    assert 1_000 <= taken <= 10_000
    waiting = asyncio.ensure_future(attacked.stream.send_soon(message))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def reads_again(attacked: Program) -> None:
    """Come back when it reads."""
    while not attacked.wire.transport.reading:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0)


async def test_d04_a_burst_is_not_read_past(program: Make) -> None:
    """While what has been read is not handled no more is read: the transport is told to stop, and TCP stops the
    sender."""
    attacked = program()
    seen: list[str] = []
    attacked.stream.add_event_handler("message", lambda message: seen.append(message["body"]))
    await attacked.hear("")
    bodies = [str(number) for number in range(5000)]
    attacked.wire.receive(*(f"<message from='{PEER}'><body>{body}</body></message>" for body in bodies))
    assert len(seen) < len(bodies)
    assert not attacked.wire.transport.reading
    await reads_again(attacked)
    assert seen == bodies


@pytest.mark.parametrize("kind", ["client", "component"])
async def test_d04_handlers_that_take_their_time(program: Make, kind: str) -> None:
    """So it is when handlers are coroutines that wait for something: a bounded number of them is under way at once, of
    a hundred thousand stanzas no more than some thousands are read, and those come in their order."""
    attacked = program(kind)
    gate = asyncio.Event()
    begun: list[str] = []
    done: list[str] = []

    async def slow(message: Any) -> None:
        begun.append(message["body"])
        await gate.wait()
        done.append(message["body"])

    attacked.stream.add_event_handler("message", slow)
    await attacked.hear("")
    bodies: list[str] = []
    with bounded(32 * MIB):
        while attacked.wire.transport.reading and len(bodies) < 100_000:
            numbers = [str(number) for number in range(len(bodies), len(bodies) + 500)]
            to = " to='localhost'" if kind == "component" else ""
            attacked.wire.receive(*(f"<message from='{PEER}'{to}><body>{each}</body></message>" for each in numbers))
            bodies += numbers
            for _ in range(20):
                await asyncio.sleep(0)
    assert not attacked.wire.transport.reading
    assert len(bodies) <= 5000
    assert len(begun) <= 1000
    gate.set()
    await reads_again(attacked)
    while len(done) < len(bodies):  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0)
    assert done == bodies


async def test_d05_order(program: Make) -> None:
    """What one sender sends is handled in its order, even when a filter takes long for the first."""
    attacked = program()
    gate = asyncio.Event()
    seen: list[str] = []

    async def slow(stanza: Any) -> Any:
        if stanza["body"] == "0":
            await gate.wait()
        return stanza

    attacked.stream.add_filter("in", slow)
    attacked.stream.add_event_handler("message", lambda message: seen.append(message["body"]))
    await attacked.hear(*(f"<message from='{PEER}'><body>{number}</body></message>" for number in range(50)))
    assert seen == []
    gate.set()
    await attacked.hear("")
    assert seen == [str(number) for number in range(50)]


@both_ends
def test_d06_what_is_counted_is_handled(role: str) -> None:
    """A stanza is acknowledged when the application has handled it, not when it came."""
    attacked = counted(role, by_hand=True)
    stanza = "<message from='bob@localhost/x'/>"
    assert 'h="0"' in attacked.hear(stanza * 1000 + f"<r xmlns='{SM}'/>").replace("'", '"')
    attacked.stream.session.acknowledge(600)
    assert 'h="600"' in attacked.hear(f"<r xmlns='{SM}'/>").replace("'", '"')


# --- the embedded server ------------------------------------------------------------------------------------------


async def test_d07_sessions_of_others(connect: Connect) -> None:
    """Only the account itself can go on with its session, whose id has 192 random bits: anybody else gets
    `item-not-found`, as for an id that there is not."""
    alice = await connect()
    await alice.login("alice")
    await alice.bind("r")
    alice.send(f"<enable xmlns='{SM}' resume='true'/>")
    enabled = await alice.until("/>")
    session = enabled.replace("'", '"').partition('id="')[2].partition('"')[0]
    assert len(base64.urlsafe_b64decode(session)) * 8 == 192
    bob = await connect()
    await bob.login("bob")
    answers = []
    for previd in (session, "guessed"):
        bob.send(f"<resume xmlns='{SM}' h='0' previd='{previd}'/>")
        answers.append(await bob.until("</failed>"))
    assert "item-not-found" in answers[0]
    assert answers[0] == answers[1]
    alice.send("<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
    await alice.until('id="p"')  # and hers goes on


@both_ends
def test_d08_floods_of_requests(role: str) -> None:
    """Any number of requests for acknowledgement in one read has one answer."""
    attacked = counted(role)
    said = attacked.hear(f"<r xmlns='{SM}'/>" * 20_000)
    assert said.count("<a ") == 1


async def test_d08_floods_of_strangers(program: Make) -> None:
    """What is remembered of strangers is bounded: the oldest are forgotten."""
    attacked = program()
    with bounded(None, 120.0):
        for start in range(0, 50_000, 1000):
            names = range(start, start + 1000)
            await attacked.hear("".join(f"<presence from='s{number}@evil.example/x'/>" for number in names))
            await reads_again(attacked)
    roster = attacked.stream.client_roster
    assert roster["s49999@evil.example"].resources
    assert len(roster) <= MAX_STRANGERS + 1
    assert attacked.stream.is_connected()


@both_ends
def test_d09_half_open_connections(role: str) -> None:
    """With `ack_timeout` a connection whose other end has silently gone is given up so long after it was asked, and the
    session can be resumed."""
    attacked = counted(role, ack_timeout=15.0, request_delay=1.0)
    attacked.stream.handle_timer(100.0)
    attacked.stream.send(MESSAGE)
    attacked.hear("")
    now = 100.0
    while not attacked.stream.closed:
        now = attacked.stream.deadline()
        assert now <= 117.0
        attacked.stream.handle_timer(now)
        attacked.stream.data_to_send()
    attacked.hear(b"")
    assert isinstance(attacked.error, ConnectionLost)
    assert attacked.stream.session.resumable


class ThrowsOut(asyncio.Protocol):
    """A server that closes whatever connects."""

    connections = 0

    def connection_made(self, transport: Any) -> None:
        type(self).connections += 1
        transport.close()


def test_d10_a_server_that_throws_us_out() -> None:
    """A server that accepts and closes is not stormed, not even by a program that connects whenever it is disconnected:
    pauses grow, and are shortened at random."""
    ThrowsOut.connections = 0

    async def main() -> None:
        program = ClientXMPP("alice@localhost", SECRET)
        program.transport_connector = MemoryConnector({("server", 5222): ThrowsOut})
        program.custom_address = ("server", 5222)

        def again(_: object) -> None:
            program.connect()

        program.add_event_handler("disconnected", again)
        program.connect()
        await asyncio.sleep(60)
        program.auto_reconnect = False
        program.del_event_handler("disconnected", again)
        program.cancel_connection_attempt()
        program.abort()

    clock.run(main())
    assert 2 <= ThrowsOut.connections <= 10


# --- logs and errors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["client", "component"])
async def test_d11_forged_log_lines(program: Make, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Control characters are written as escapes in every line of the log, so that no peer can forge one."""
    caplog.set_level(logging.DEBUG, "xmppkit")
    attacked = program(kind, "xep_0030", "xep_0231", "xep_0045")
    forged = "hi\nCRITICAL root: forged\r\u009b31m\u202e"
    await attacked.hear(
        f"<message from='{PEER}'><body>{forged}</body></message>",
        f"<message from='{PEER}'><data xmlns='urn:xmpp:bob' cid='x&#10;CRITICAL'>QQ==</data></message>",
        f"<iq type='error' id='1' from='{PEER}'><error><text>{forged}</text></error></iq>",
        "<message from='a@b/&#10;CRITICAL forged'/>",
    )
    joining = attacked.stream.plugin["xep_0045"].join_muc("room@localhost", "me")
    await attacked.hear()
    await attacked.hear(
        "<presence type='error' from='room@localhost/me'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:"
        f"xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{forged}</text></error></presence>"
    )
    with pytest.raises(PresenceError):
        await joining
    lines = [record.getMessage() for record in caplog.records]
    assert any("forged" in line for line in lines)
    for line in lines:
        assert "\nCRITICAL" not in line
        assert not set("\r\x1b\x9b\u202e") & set(line)


async def test_d12_secrets_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Passwords, tokens and the exchanges of a login are masked in the log at every level, and are in no
    representation."""
    caplog.set_level(logging.DEBUG, "xmppkit")
    script = Script()
    script.passwords = {SECRET}
    client = make_client(script)
    client.password = SECRET
    async with asyncio.timeout(60), client:
        shown = repr(client)
        register = f"<query xmlns='jabber:iq:register'><username>alice</username><password>{SECRET}</password></query>"
        heard = client.wait_until("message")
        script.say(f"<message from='localhost'>{register}<body>x</body></message>")
        await heard
    assert script.logins[-1][2] == SECRET
    log = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "<username>alice</username>" in log
    for hidden in (SECRET, encoded(f"\0alice\0{SECRET}"), encoded(SECRET)):
        assert hidden not in log
        assert hidden not in shown


@pytest.mark.parametrize("kind", ["client", "component"])
async def test_d13_exceptions_in_handlers(program: Make, kind: str) -> None:
    """What a handler raises is answered without its text: the peer learns that something failed, and not what."""
    attacked = program(kind, "xep_0199")

    def fail(iq: Any) -> None:
        raise RuntimeError(f"cannot open /home/alice/{SECRET}")

    attacked.stream.register_handler(Callback("fails", StanzaPath("iq@type=get"), fail))
    attacked.wire.receive(f"<iq type='get' id='1' from='{PEER}'><x xmlns='urn:example'/></iq>")
    said = await attacked.wire.sent()
    assert 'type="error"' in said
    assert SECRET not in said
    assert "RuntimeError" not in said
    assert [type(failure) for failure in attacked.failures] == [RuntimeError]
    attacked.failures.clear()


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """What was compared in constant time."""
    pairs: list[tuple[Any, Any]] = []
    compare = hmac.compare_digest

    def spy(one: Any, other: Any) -> bool:
        pairs.append((one, other))
        return compare(one, other)

    monkeypatch.setattr("hmac.compare_digest", spy)
    return pairs


def test_d14_comparing_secrets(compared: list[tuple[Any, Any]]) -> None:
    """Secrets are compared in a time that does not depend on where they differ: the handshake of components, the proofs
    of SCRAM at both ends, passwords, and tokens."""
    component = receiver(of_components=True)
    component.hear(TO_SERVER.replace("jabber:client", "jabber:component:accept"))
    component.hear("<handshake>0000</handshake>")
    assert component.refused("not-authorized")
    assert len(compared) == 1
    policy = SaslPolicy(allowed=("PLAIN",), plain_without_tls=True)
    plain = receiver(sasl=policy, answers=Answers(accounts={"alice": AccountRecord(SECRET)}))
    plain.hear(TO_SERVER + f"<auth xmlns='{SASL}' mechanism='PLAIN'>{login('alice', 'wrong')}</auth>")
    assert b"not-authorized" in plain.wrote
    assert len(compared) == 2


def test_d14_comparing_proofs(compared: list[tuple[Any, Any]]) -> None:
    """So are the two proofs of SCRAM."""
    wrong = encoded(bytes(32))
    server = receiver()
    server.hear(TO_SERVER)
    server.hear(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{encoded('n,,n=alice,r=abcdef')}</auth>")
    challenge = server.wrote.decode().rpartition("<challenge")[2].partition(">")[2].partition("<")[0]
    nonce = base64.b64decode(challenge).decode().partition(",")[0]
    said = server.hear(f"<response xmlns='{SASL}'>{encoded(f'c=biws,{nonce},p={wrong}')}</response>")
    assert "not-authorized" in said
    assert len(compared[-1][0]) == 32
    compared.clear()
    believer = client()
    believer.hear(features("SCRAM-SHA-256"))
    first = encoded(f"r=cnonce1x,s={encoded('salt')},i=4096")
    believer.hear(f"<challenge xmlns='{SASL}'>{first}</challenge>")
    believer.hear(f"<success xmlns='{SASL}'>{encoded(f'v={wrong}')}</success>")
    assert isinstance(believer.error, AuthenticationFailed)
    assert len(compared[-1][0]) == 32


def test_d14_comparing_tokens(compared: list[tuple[Any, Any]]) -> None:
    """Of tokens (XEP-0484) all that a client may have are compared, whichever fits."""
    records = tuple(TokenRecord(token, "HT-SHA-256-NONE") for token in (SECRET, "another"))
    for shown, fits in ((SECRET, True), ("another", True), ("made up", False)):
        compared.clear()
        server = HtServer("HT-SHA-256-NONE", Attempt(nonce=lambda: "n", secure=True))
        proof = hmac.digest(shown.encode(), b"Initiator", "sha256")
        assert isinstance(server.receive(b"alice\0" + proof), NeedAccount)
        assert isinstance(server.account(AccountRecord(tokens=records)), Success) is fits
        assert len(compared) == 2
