# SPDX-License-Identifier: MIT
"""Group E: BOSH, where everybody can send a request, and each stands for itself.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from attacker import bounded, sessions

from xmppkit.exceptions import MalformedStream
from xmppkit.protocol.framing.bosh.body import MAX_RID, write_body
from xmppkit.protocol.framing.bosh.framing import BoshFraming
from xmppkit.protocol.framing.bosh.keys import KeySequence
from xmppkit.protocol.framing.bosh.manager import BoshManager
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.protocol.framing.bosh.session import BoshSession, Phase
from xmppkit.server import EmbeddedServer, ServerLimits, bosh, web

NS = "xmlns='http://jabber.org/protocol/httpbind'"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHdyb25n</auth>"
MESSAGE = "<message xmlns='jabber:client' to='bob@localhost'><body>x</body></message>"
PATIENCE = 60.0


class Site:
    """An embedded server without TLS, and somebody who asks it."""

    def __init__(self, server: EmbeddedServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self.url = f"http://127.0.0.1:{server.http_port}/http-bind"
        self.sid = ""

    async def raw(self, data: bytes | str) -> str:
        async with self.http.post(self.url, data=data) as response:
            return await response.text()

    async def open(self, rid: int = 100, **attributes: Any) -> str:
        """Make a session; its ID."""
        head = {"rid": rid, "ver": "1.11", "to": "localhost", "wait": 1, "hold": 1, "xmpp:version": "1.0", **attributes}
        text = await self.raw(write_body(head))
        found = re.search("sid='([^']+)'", text)
        assert found is not None, text
        self.sid = found[1]
        return self.sid

    async def post(self, rid: int, payload: str = "", **attributes: Any) -> str:
        return await self.raw(write_body({"rid": rid, "sid": self.sid, **attributes}, payload))

    @property
    def sessions(self) -> int:
        return len(self.manager)

    @property
    def manager(self) -> BoshManager:
        assert self.server._web is not None
        assert self.server._web._bosh is not None
        return self.server._web._bosh._listener.manager

    async def alive(self, rid: int) -> bool:
        """Whether the session answers as a stream does."""
        return "not-authorized" in await self.post(rid, AUTH)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    limits = ServerLimits(bosh_per_address=20)
    async with (
        EmbeddedServer(users={"alice": "alice"}, tls=False, http_port=0, limits=limits) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as http,
    ):
        yield Site(server, http)
        server._web._bosh.close()  # type: ignore[union-attr]


async def test_e01_guessed_session_ids(site: Site) -> None:
    """Session IDs have 192 random bits; whoever guesses learns nothing and ends nothing."""
    sids = {await site.open() for _ in range(5)}
    assert len(sids) == 5
    assert min(map(len, sids)) >= 32
    answers = set()
    for guess in ("", "1", site.sid[:-1], site.sid.swapcase(), site.sid + "a", "' or '1'='1", "é" * 100):
        for rid in (100, 101, 10**15):
            answers.add(await site.raw(write_body({"rid": rid, "sid": guess}, MESSAGE)))
    assert len(answers) == 1, "all wrong ones look alike"
    assert "item-not-found" in answers.pop()
    assert await site.alive(101)


async def test_e02_requests_that_come_again(site: Site) -> None:
    """What comes again as it was gets the same answer and is not done twice; with anything else in it, it is refused,
    and the session goes on."""
    await site.open()
    first = await site.post(101, AUTH)
    assert "not-authorized" in first
    for _ in range(5):
        assert await site.post(101, AUTH) == first
    assert "item-not-found" in await site.post(101, MESSAGE)
    assert "item-not-found" in await site.post(100, "")
    assert await site.alive(102), "three attempts to log in would have been too many"


async def test_e02_requests_without_end(site: Site) -> None:
    """A request may come again so often; then the session ends."""
    await site.open()
    answers = [await site.post(101, AUTH) for _ in range(25)]
    assert "policy-violation" in answers[-4]
    assert "item-not-found" in answers[-1]
    assert site.sessions == 0


@pytest.mark.parametrize("ahead", [5, 1000, 1 << 40, MAX_RID, 10**30])
async def test_e03_request_ids_outside_the_window(site: Site, ahead: int) -> None:
    """An ID beyond the window ends the session at once; nothing is kept for it."""
    await site.open()
    assert "item-not-found" in await site.post(100 + ahead, MESSAGE)
    assert "item-not-found" in await site.post(101)
    assert site.sessions == 0


@pytest.mark.parametrize("rid", ["", "-1", "0x65", "1e2", "101.0", " ", "9" * 100_000])
async def test_e03_request_ids_that_are_none(site: Site, rid: str) -> None:
    """What is no number is a bad request; the session goes on."""
    await site.open()
    answer = await site.raw(f"<body rid='{rid}' sid='{site.sid}' {NS}/>")
    assert "bad-request" in answer or "item-not-found" in answer
    assert ("bad-request" in answer) is (site.sessions == 1)


async def test_e04_sessions_without_end(site: Site) -> None:
    """Sessions of one address are bounded, and others are served."""
    refused = 0
    for rid in range(100, 150):
        head = {"rid": rid, "ver": "1.11", "to": "localhost", "xmpp:version": "1.0"}
        refused += "policy-violation" in await site.raw(write_body(head))
    assert refused == 30
    assert site.sessions == 20
    assert site.manager.request(
        write_body({"rid": 1, "to": "localhost"}), lambda answer: None, address="192.0.2.1", secure=False, now=0.0
    )


async def test_e04_bodies_that_are_too_large(site: Site) -> None:
    """A body of more than 320 KiB is refused while it is read, and the connection closed; the session goes on."""
    await site.open()
    sent = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal sent
        yield f"<body rid='101' sid='{site.sid}' {NS}>".encode()
        for _ in range(2000):
            sent += 65536
            yield b" " * 65536
            await asyncio.sleep(0)

    try:
        async with site.http.post(site.url, data=flood()) as response:
            assert "bad-request" in await response.text()
    except aiohttp.ClientError:
        assert sent < 2000 * 65536
    assert await site.alive(101)


async def test_e05_slow_bodies(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come in ten seconds is refused; meanwhile others are served."""
    monkeypatch.setattr(bosh, "BODY_TIMEOUT", 0.3)
    slow = []
    for _ in range(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.http_port)
        writer.write(b"POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n<")
        slow.append((reader, writer))
    await site.open()
    assert await site.alive(101)
    for reader, writer in slow:
        async with asyncio.timeout(PATIENCE):
            assert b"408" in await reader.readline()
        writer.close()


async def test_e05_slow_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which no request comes whole in thirty seconds is closed."""
    monkeypatch.setattr(web, "REQUEST_TIMEOUT", 0.3)
    async with EmbeddedServer(tls=False, http_port=0) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
        writer.write(b"POST /http-bind HTTP/1.1\r\nHost: local")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
        writer.close()


CONTENTS = {
    "nothing": "",
    "a page": "<html><body/></html>",
    "a DTD": f"<!DOCTYPE body><body {NS}/>",
    "entities": f"<!DOCTYPE b [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><body {NS}>&b;</body>",
    "a file": f"<!DOCTYPE b [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><body to='&a;' {NS}/>",
    "a comment": f"<body {NS}><!-- a --></body>",
    "an instruction": f"<body {NS}><?php phpinfo() ?></body>",
    "text": f"<body {NS}>text</body>",
    "no end": f"<body {NS}>",
    "two": f"<body {NS}/><body {NS}/>",
    "no namespace": "<body rid='1'/>",
    "another charset": f"<?xml version='1.0' encoding='utf-16'?><body {NS}/>",
    "no UTF-8": b"<body xmlns='http://jabber.org/protocol/httpbind' to='\xff\xfe'/>",
    "depth": f"<body {NS}>{'<a xmlns=' + repr('b') + '>' * 1}{'<a>' * 20_000}",
    "attributes": f"<body {NS}><a xmlns='b' {' '.join(f'a{n}=' + repr('') for n in range(5000))}/></body>",
    "a long name": f"<body {NS}><{'a' * 100_000}/></body>",
    "a large head": f"<body {NS} to='{'a' * 100_000}'/>",
    "an unbound prefix": f"<body {NS}><a:b/></body>",
}


@pytest.mark.parametrize("content", list(CONTENTS.values()), ids=list(CONTENTS))
async def test_e06_what_is_no_body(site: Site, content: str | bytes) -> None:
    """DTDs, comments, text, several documents and whatever else is no body are refused; no session is looked at."""
    await site.open()
    with bounded(None):
        assert "bad-request" in await site.raw(content)
    assert site.sessions == 1
    assert await site.alive(101)


@pytest.mark.parametrize(
    "payload",
    [
        f"<body {NS}/>",
        f"<body {NS} type='terminate'/>",
        f"<body {NS} sid='x' rid='1'>{MESSAGE}</body>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='localhost'/>",
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>",
        MESSAGE,
        "<message xmlns='jabber:server'/>",
    ],
)
async def test_e06_bodies_in_bodies(site: Site, payload: str) -> None:
    """A body, a stream or a stanza where a login should be ends the stream; nothing of it is passed on."""
    await site.open()
    answer = await site.post(101, payload)
    assert "type='terminate'" in answer
    assert "remote-stream-error" in answer
    assert site.sessions == 0
    assert site.server.sessions == []


async def test_e06_stanzas_behind_a_restart(site: Site) -> None:
    """What stands in a restart is not taken, and a restart that nobody asked for does nothing."""
    await site.open()
    restart = await site.post(101, MESSAGE, **{"xmpp:restart": "true"})
    assert "features" not in restart
    assert await site.alive(102)


@pytest.mark.parametrize("value", ["0", "-1", "255", "99999999999999999999999", "1e9", "nan", "x" * 1000])
async def test_e07_huge_wait_and_hold(site: Site, value: str) -> None:
    """A client gets no more than the server grants: 60 seconds, and one request held."""
    await site.open(wait=value, hold=value, requests=value, inactivity=value, polling=value, maxpause=value)
    (session,) = (session for session, _ in site.manager._sessions.values())
    assert 0 <= session.wait <= 60
    assert session.hold in (0, 1)
    assert session.requests <= 2
    assert session.inactivity <= 62


async def test_e07_long_pauses(site: Site) -> None:
    """A pause beyond what was offered is none."""
    await site.open()
    asked = asyncio.ensure_future(site.post(101, pause=10**9))
    (session,) = (session for session, _ in site.manager._sessions.values())
    async with asyncio.timeout(30):
        while 101 not in session._held and 101 not in session._given:  # noqa: ASYNC110 - nobody says
            await asyncio.sleep(0)
    assert session._away is None
    await site.post(102, AUTH)
    await asked


async def test_e08_keys(site: Site) -> None:
    """A request whose key does not fit ends the session, and is not taken."""
    keys = KeySequence("seed", 10)
    await site.open(newkey=keys.take())
    assert "not-authorized" in await site.post(101, AUTH, key=keys.take())
    assert "item-not-found" in await site.post(102, AUTH)
    assert site.sessions == 0


@pytest.mark.parametrize("key", ["", "0" * 40, "x" * 100_000, "é"])
async def test_e08_other_keys(site: Site, key: str) -> None:
    """A request whose key does not fit ends the session, and is not taken."""
    keys = KeySequence("seed", 10)
    await site.open(newkey=keys.take())
    assert "not-authorized" not in (answer := await site.post(101, AUTH, key=key))
    assert "item-not-found" in answer or "bad-request" in answer


def client() -> BoshSession:
    """A client whose session is open."""
    session = BoshSession(SessionOptions(rid_factory=lambda: 100, receive_bytes=100_000, moment=0.0))
    session.send(b"\x1e to='localhost'\x1e")
    session.requests(0.0)
    session.response(100, 1, 200, write_body({"sid": "s", "requests": 2, "wait": 60, "ver": "1.6"}), 0.0)
    assert session.phase is Phase.OPEN
    session.received()
    session.requests(0.0)
    return session


#: What is a body of BOSH, but of an element that is past a limit.
PAST = "attributes"


def test_e10_elements_past_a_limit() -> None:
    """An element that is past a limit is for the stream to judge: a stanza is dropped, and anything else ends it."""
    session = client()
    session.response(101, 1, 200, CONTENTS[PAST].encode(), 1.0)
    (body,) = session.received()
    attacked = sessions["client"](framing=BoshFraming)
    attacked.hear(body)
    assert isinstance(attacked.error, MalformedStream)
    assert attacked.error.condition == "policy-violation"
    attacked = sessions["client"](framing=BoshFraming)
    attacked.hear(body.replace(b"<a xmlns='b'", b"<message xmlns='jabber:client'"))
    assert attacked.goes_on(f"<body {NS}>{MESSAGE}</body>")


@pytest.mark.parametrize("content", [CONTENTS[each] for each in CONTENTS if CONTENTS[each] and each != PAST])
def test_e10_answers_that_are_none(content: str | bytes) -> None:
    """What is no body of BOSH, or too large a one, ends a client's session; nothing of it is read."""
    session = client()
    session.response(101, 1, 200, content.encode() if isinstance(content, str) else content, 1.0)
    assert session.ended is not None
    assert session.ended.reason is not None
    assert session.received() == []
    assert session.requests(2.0) == []


@pytest.mark.parametrize("rid", [0, 99, 100, 102, MAX_RID])
def test_e10_answers_to_what_was_not_asked(rid: int) -> None:
    """An answer to a request that is not under way is not read."""
    session = client()
    session.response(rid, 1, 200, write_body({}, MESSAGE), 1.0)
    assert session.ended is None
    assert session.received() == []


@pytest.mark.parametrize("name", ["wait", "requests", "hold", "inactivity", "polling", "maxpause"])
@pytest.mark.parametrize("value", ["0", "-1", "9" * 50, "x"])
def test_e10_what_a_server_grants(name: str, value: str) -> None:
    """A server cannot make a client ask without pause, wait for ever or open many connections."""
    session = BoshSession(SessionOptions(rid_factory=lambda: 100))
    session.send(b"\x1e to='localhost'\x1e")
    session.requests(0.0)
    session.response(100, 1, 200, write_body({"sid": "s", "ver": "1.6", name: value}), 0.0)
    for _ in range(10):
        session.send(MESSAGE.encode())
    now, asked = 0.0, 0
    for _ in range(100):
        made = session.requests(now)
        asked += len(made)
        assert len(session._flying) <= 2
        for each in made:
            session.response(each.rid, each.attempt, 200, write_body({}), now)
        deadline = session.deadline()
        if deadline is not None and deadline > now:
            now = deadline
    if session.polling is not None:
        assert asked <= now / max(0.001, session.polling) + 20
    assert session.wait <= 45
    assert session.inactivity <= 3600
    assert session.max_pause <= 3600


@pytest.mark.parametrize("inactivity", ["60", "9" * 15])
def test_e10_a_server_that_is_gone(inactivity: str) -> None:
    """Who falls silent is given up after that time, or after an hour if the server wants to be waited for longer."""
    session = BoshSession(SessionOptions(rid_factory=lambda: 100))
    session.send(b"\x1e to='localhost'\x1e")
    session.requests(0.0)
    session.response(100, 1, 200, write_body({"sid": "s", "ver": "1.6", "inactivity": inactivity}), 0.0)
    now = 0.0
    while (deadline := session.deadline()) is not None:
        now = max(now, deadline)
        session.handle_timer(now)
        session.requests(now)
    assert session.ended is not None
    assert now < 4000


def test_e10_a_server_that_asks_for_everything_again() -> None:
    """A client repeats with growing pauses, and gives up when the server must have forgotten it."""
    session = client()
    now, asked = 0.0, 0
    while session.ended is None:
        deadline = session.deadline()
        assert deadline is not None
        now = max(now, deadline)
        for each in session.requests(now):
            asked += 1
            session.response(each.rid, each.attempt, 200, write_body({"type": "error"}), now)
        session.handle_timer(now)
        assert asked < 50
    assert now < 300


def test_e10_request_ids_cannot_be_guessed() -> None:
    """The first request ID is one of 2**52."""
    rids = [SessionOptions().rid_factory() for _ in range(200)]
    assert len(set(rids)) == 200
    assert max(rids) > 1 << 48
