# SPDX-License-Identifier: MIT
"""What hostile clients try, over raw sockets: nothing of it may raise in the server, or reach anybody else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xmppkit.server import EmbeddedServer, ServerLimits

HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='localhost'>"
)
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{}</bind></iq>"
PLAIN = base64.b64encode(b"\0alice\0alice").decode()
PLAIN_BOB = base64.b64encode(b"\0bob\0bob").decode()
LOGIN = f"{HEADER}<auth xmlns='{SASL}' mechanism='PLAIN'>{PLAIN}</auth>"


class Raw:
    """A connection that sends anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def until(self, text: str) -> str:
        """What comes, up to `text`."""
        return (await asyncio.wait_for(self._reader.readuntil(text.encode()), 60)).decode()

    async def rest(self) -> str:
        """What comes until the server closes."""
        return (await asyncio.wait_for(self._reader.read(), 60)).decode()

    def send(self, data: str | bytes) -> None:
        self._writer.write(data if isinstance(data, bytes) else data.encode())

    async def login(self, resource: str = "a", name: str = "alice") -> None:
        self.send(LOGIN if name == "alice" else LOGIN.replace(PLAIN, PLAIN_BOB))
        await self.until("<success")
        self.send(HEADER)
        await self.until("</stream:features>")
        self.send(BIND.format(f"<resource>{resource}</resource>"))
        await self.until("</iq>")

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):  # the server was faster
            await self._writer.wait_closed()


Connect = Callable[..., Awaitable[Raw]]


@pytest.fixture
async def raw(place: Any) -> AsyncIterator[Connect]:
    """Connections to the server."""
    connections = []

    async def connect(port: int | None = None) -> Raw:
        streams = await asyncio.open_connection(place.server.host, port or place.server.port)
        connections.append(Raw(*streams))
        return connections[-1]

    yield connect
    for connection in connections:
        await connection.close()


@pytest.fixture(autouse=True)
def nothing_fails(caplog: pytest.LogCaptureFixture) -> Any:
    """No exception went as far as the log."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


BEFORE = [
    ("<message to='bob@localhost'><body>x</body></message>", "not-authorized"),
    (BIND.format(""), "not-authorized"),
    ("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"),
    ("<presence/>", "not-authorized"),
    (f"<message><body>{'x' * 600_000}</body></message>", "policy-violation"),
    ("<a/>", "unsupported-stanza-type"),
    ("<!DOCTYPE x [<!ENTITY e 'e'>]>", "restricted-xml"),
    ("<!-- hello -->", "restricted-xml"),
    ("<?hello world?>", "restricted-xml"),
    ("</b>", "not-well-formed"),
    ("<x:y/>", "bad-namespace-prefix"),
]


@pytest.mark.parametrize(("data", "condition"), BEFORE)
async def test_before_it_has_logged_in(place: Any, raw: Connect, data: str, condition: str) -> None:
    bob = await place.login("bob", "b", presence="<presence/>")
    client = await raw()
    client.send(HEADER + data)
    assert f"<{condition} " in await client.rest()
    await bob.ping()
    assert bob.brief() == []


async def test_before_it_has_bound_a_resource(place: Any, raw: Connect) -> None:
    bob = await place.login("bob", "b", presence="<presence/>")
    client = await raw()
    client.send(LOGIN)
    await client.until("<success")
    client.send(f"{HEADER}<message to='bob@localhost'><body>x</body></message>")
    assert "<not-authorized " in await client.rest()
    await bob.ping()
    assert bob.brief() == []


AFTER = [
    (f"<message to='bob@localhost'><body>{'x' * 300_000}</body></message>", "policy-violation"),
    ("<message>" + "<a>" * 5000, "policy-violation"),
    ("<stream:features/>", "unsupported-stanza-type"),
    ("<message to='bob@localhost'><body>&e;</body></message>", "restricted-xml"),
    ("<message to='bob@localhost'><body>\x01</body></message>", "not-well-formed"),
    (b"<message to='bob@localhost'><body>\xff</body></message>", "not-well-formed"),
    (f"<auth xmlns='{SASL}' mechanism='PLAIN'>{PLAIN}</auth>", "unsupported-stanza-type"),
]


@pytest.mark.parametrize(("data", "condition"), AFTER)
async def test_in_its_session(place: Any, raw: Connect, data: str | bytes, condition: str) -> None:
    bob = await place.login("bob", "b", presence="<presence/>")
    client = await raw()
    await client.login()
    client.send(data)
    rest = await client.rest()
    assert f"<{condition} " in rest
    await bob.ping()
    assert bob.brief() == []
    await place.without("alice@localhost/a")


@pytest.mark.parametrize("resource", ["", " ", "x" * 1024, "&#x202e;", "é&amp;&lt;/", "\u0378"])
async def test_odd_resources(place: Any, raw: Connect, resource: str) -> None:
    client = await raw()
    client.send(LOGIN)
    await client.until("<success")
    client.send(HEADER)
    await client.until("</stream:features>")
    client.send(BIND.format(f"<resource>{resource}</resource>"))
    answer = await client.until("</iq>")
    assert ("<jid>alice@localhost/" in answer) or ("<bad-request " in answer)


@pytest.mark.parametrize("name", ["alice\0", "\0\0", "alice@localhost\0\0", "\0" + "x" * 2000 + "\0x", "\0\ud7ff\0x"])
async def test_odd_names(raw: Connect, name: str) -> None:
    client = await raw()
    client.send(f"{HEADER}<auth xmlns='{SASL}' mechanism='PLAIN'>{base64.b64encode(name.encode()).decode()}</auth>")
    assert "<failure " in await client.until("</failure>")


async def test_guessing_passwords_ends(raw: Connect) -> None:
    client = await raw()
    client.send(HEADER)
    wrong = base64.b64encode(b"\0alice\0wrong").decode()
    for _ in range(3):
        client.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{wrong}</auth>")
        await client.until("</failure>")
    assert "<policy-violation " in await client.rest()


@pytest.mark.parametrize("second", [f"<auth xmlns='{SASL}' mechanism='PLAIN'>{PLAIN}</auth>", "<presence/>", "</x>"])
async def test_who_does_not_wait_for_the_answer(raw: Connect, second: str) -> None:
    client = await raw()
    client.send(LOGIN + second)
    assert "<stream:error>" in await client.rest()


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\0" * 100, b"SSH-2.0-x\r\n"])
async def test_other_protocols(place: Any, raw: Connect, data: bytes) -> None:
    for port in (place.server.port, place.server.component_port):
        client = await raw(port)
        client.send(data)
        assert "<stream:error>" in await client.rest()


async def test_a_component_that_has_not_shown_the_secret(place: Any, raw: Connect) -> None:
    bob = await place.login("bob", "b", presence="<presence/>")
    header = HEADER.replace("jabber:client", "jabber:component:accept").replace("localhost", "echo.localhost")
    stanza = "<message from='x@echo.localhost' to='bob@localhost'><body>x</body></message>"
    for shown in ("", "<handshake/>", "<handshake>0000</handshake>"):
        client = await raw(place.server.component_port)
        client.send(header)
        await client.until("id='")
        client.send(shown + stanza)
        assert "<not-authorized " in await client.rest()
    client = await raw(place.server.component_port)
    client.send(header + "<handshake/>" + stanza)
    assert "<stream:error>" in await client.rest()
    await bob.ping()
    assert bob.brief() == []


async def test_what_a_client_can_fill_is_bounded(enter: Any) -> None:
    place = await enter(limits=ServerLimits(offline_messages=5, roster_items=5, directed=5))
    alice = await place.login("alice", "a", presence="<presence/>")
    for number in range(50):
        alice.send(
            "<message to='bob@localhost'><body>x</body></message>",
            f"<presence to='bob@localhost/{number}'/>",
            f"<presence to='c{number}@localhost' type='subscribe'/>",
            f"<presence to='c{number}@localhost' type='subscribed'/>",
        )
    await alice.ping()
    router = place.server._router
    (session,) = router.all_sessions()
    assert len(session.directed) == 5
    assert len(router.offline.take("bob@localhost")) == 5
    assert len(router.accounts.get("alice").roster.contacts) == 5


async def test_who_asks_endlessly_does_not_keep_others_waiting(place: Any, raw: Connect) -> None:
    """And does not fill the memory: what it is told is bounded by what it reads."""
    alice = await place.login("alice", "a")
    name = "n" * 500
    for number in range(1000):
        contact = f"<item jid='c{number}@localhost' name='{name}'/>"
        alice.send(f"<iq type='set' id='s'><query xmlns='jabber:iq:roster'>{contact}</query></iq>")
    await alice.ping()
    client = await raw()
    await client.login("x")
    client.send("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>" * 4000)  # 2 GB of answers
    for _ in range(50):
        await alice.ping()
    assert sorted(jid.resource for jid in place.server.sessions) == ["a", "x"]  # it is not cut off for it
    session = next(each for each in place.server._router.all_sessions() if each.jid.resource == "x")
    assert session.driver.unsent < 4 * place.server.limits.unsent_bytes


async def test_what_a_client_says_after_it_was_replaced_is_not_heard(place: Any, raw: Connect) -> None:
    await place.friends("alice", "bob")
    bob = await place.login("bob", "b", presence="<presence/>")
    client = await raw()
    await client.login("x")
    taking_over = asyncio.ensure_future(place.login("alice", "x"))
    client.send("<presence/>" * 20_000)
    assert (await taking_over).jid == "alice@localhost/x"
    assert "<conflict " in await client.rest()
    for _ in range(20):
        await bob.ping()
    assert bob.brief()[-1:] in (["presence[unavailable] alice@localhost/x"], [])


async def test_what_a_client_says_after_its_account_was_removed_is_not_heard(place: Any, raw: Connect) -> None:
    bob = await place.login("bob", "b")
    client = await raw()
    await client.login("x")
    client.send("<presence to='bob@localhost/b'/>" * 5000)
    seen: list[str] = []
    while not seen:
        await bob.ping()
        seen += bob.brief()
    place.server.remove_user("alice")
    assert "<not-authorized " in await client.rest()
    await bob.ping()
    seen += bob.brief()
    assert seen[-1] == "presence[unavailable] alice@localhost/x"
    assert set(seen[:-1]) == {"presence alice@localhost/x"}


async def test_what_comes_right_before_the_end_is_heard(place: Any, raw: Connect) -> None:
    bob = await place.login("bob", "b")
    client = await raw()
    await client.login("x")
    client.send("<message to='bob@localhost/b'><body>x</body></message>" * 3000 + "</stream:stream>")
    await client.rest()
    await place.without("alice@localhost/x")
    await bob.ping()
    assert len(bob.brief()) == 3000


async def test_an_account_that_is_removed_while_it_logs_in(place: Any, raw: Connect) -> None:
    client = await raw()
    client.send(LOGIN)
    await client.until("<success")
    client.send(HEADER)
    await client.until("</stream:features>")
    place.server.remove_user("alice")
    client.send(BIND.format(""))
    assert "<resource-constraint " in await client.until("</iq>")
    assert place.server.sessions == []


# --- anything -----------------------------------------------------------------------------------------------

ADDRESSES = st.sampled_from(
    [
        "", "@", "localhost", "localhost/x", "alice@localhost", "alice@localhost/a", "bob@localhost",
        "bob@localhost/b", "bob@localhost/no", "nobody@localhost", "echo.localhost", "x@echo.localhost/y", "else.where",
        "a b@c", "/", "é@ü",
    ]
)  # fmt: skip
TYPES = {
    "iq": ["get", "set", "get", "set", "result", "error"],
    "message": ["", "chat", "groupchat", "headline", "normal", "error"],
    "presence": ["", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error"],
}
ODD_TYPES = ["available", "get", "chat", "subscribe", "__init__", "x"]
PAYLOADS = st.sampled_from(
    [
        "",
        "text",
        "<body>x</body>",
        "<priority>1</priority>",
        "<priority>-129</priority>",
        "<error/>",
        "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        "<x xmlns=''/>",
        "<x xmlns='a:b:c' a:b='c' xmlns:a='d'/>",
    ]
)
REQUESTS = st.sampled_from(
    [
        "<query xmlns='jabber:iq:roster'/>",
        "<query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query>",
        "<query xmlns='jabber:iq:roster'><item jid='bob@localhost' subscription='remove'/></query>",
        "<query xmlns='jabber:iq:roster'><item jid='@'/></query>",
        "<query xmlns='jabber:iq:roster'><group/></query>",
        "<query xmlns='http://jabber.org/protocol/disco#info' node=''/>",
        "<query xmlns='http://jabber.org/protocol/disco#items'/>",
        "<query xmlns='jabber:iq:version'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>",
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
    ]
)


@st.composite
def stanzas(draw: st.DrawFn) -> str:
    tag = draw(st.sampled_from(["message", "presence", "iq"]))
    odd = draw(st.integers(0, 9)) == 0
    attributes = {
        "to": draw(ADDRESSES),
        "from": draw(ADDRESSES),
        "type": draw(st.sampled_from(ODD_TYPES if odd else TYPES[tag])),
        "id": draw(st.sampled_from(["1", "1", "1", ""])),
    }
    written = "".join(f" {name}='{value}'" for name, value in attributes.items() if value)
    payload = draw(REQUESTS if (tag == "iq") is not odd else PAYLOADS) + draw(
        st.sampled_from(["", "", "", "<x xmlns='y'/>"])
    )
    return f"<{tag}{written}>{payload}</{tag}>"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=st.lists(st.tuples(st.booleans(), stanzas()), min_size=40, max_size=60))
def test_whatever_clients_send_the_server_goes_on(told: list[tuple[bool, str]]) -> None:
    asyncio.run(_play(told))


async def _play(told: list[tuple[bool, str]]) -> None:
    users = {"alice": "alice", "bob": "bob"}
    async with EmbeddedServer(users=users, components={"echo.localhost": "x"}, tls=False) as server:
        clients = [Raw(*await asyncio.open_connection(server.host, server.port)) for _ in range(2)]
        await clients[0].login("a")
        await clients[1].login("b", name="bob")
        for first, stanza in told:
            clients[0 if first else 1].send(stanza)
        for number, client in enumerate(clients):
            client.send(f"<iq type='get' id='end{number}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
            await client.until(f'id="end{number}"')
            await client.close()
