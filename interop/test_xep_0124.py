# SPDX-License-Identifier: MIT
"""BOSH (XEP-0124, XEP-0206) at Prosody, ejabberd and the embedded server, beyond what test_ways.py does over it: lost
connections, polling, keys, pauses, and what is no BOSH."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sessions import TIMEOUT, failure, make_client, seen

from xmppkit import ClientXMPP
from xmppkit.exceptions import NotXMPP
from xmppkit.protocol.framing.bosh.options import SessionOptions
from xmppkit.testing.proxies import LoopbackProxy
from xmppkit.transports.bosh import BoshConnector, BoshTransport
from xmppkit.transports.proxy import ProxyKind

pytest.importorskip("aiohttp")


@pytest.fixture(params=["prosody", "ejabberd", "embedded"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each in turn."""
    return request.getfixturevalue(request.param)


def over_bosh(
    server: Any, name: str = "alice", *, proxy: LoopbackProxy | None = None, managed: bool = False, **options: Any
) -> ClientXMPP:
    """A client of that account, whose session asks for these options.

    :param managed: with stream management.
    """
    client = make_client(server, name, resource="r" if managed else "")
    if managed:
        client.register_plugin("xep_0198")
    client.custom_url = server.bosh_url
    client.transport_connector = BoshConnector(
        client.web_context, proxy=proxy.proxy if proxy is not None else None, options=SessionOptions(**options)
    )
    return client


def transport_of(client: ClientXMPP) -> BoshTransport:
    found = client.transport
    assert isinstance(found, BoshTransport)
    return found


async def exchange(alice: ClientXMPP, bob: ClientXMPP, texts: list[str]) -> None:
    """Both send the texts to each other, which must arrive once and in order."""
    to_alice, to_bob = seen(alice, "message"), seen(bob, "message")
    for text in texts:
        alice.send_message(bob.boundjid, text, mtype="chat")
        bob.send_message(alice.boundjid, text, mtype="chat")
    assert [(await to_bob.get())["body"] for _ in texts] == texts
    assert [(await to_alice.get())["body"] for _ in texts] == texts


async def test_connections_that_are_lost(server: Any) -> None:
    """All connections of one client are cut, three times; requests are repeated, and nothing is lost or doubled.

    Prosody 0.12.3 gives a session up if what is repeated is not its last request; then it is stream management that
    loses nothing."""
    texts = [str(number) for number in range(60)]
    async with (
        asyncio.timeout(TIMEOUT),
        LoopbackProxy(ProxyKind.HTTP) as proxy,
        over_bosh(server, proxy=proxy, managed=True) as alice,
        over_bosh(server, "bob") as bob,
    ):
        came: list[tuple[Any, list[str]]] = [(seen(bob, "message"), []), (seen(alice, "message"), [])]

        async def all_came(count: int) -> None:
            for queue, got in came:
                while len(got) < count:
                    got.append((await queue.get())["body"])

        transport = transport_of(alice)
        for number, text in enumerate(texts, 1):
            alice.send_message(bob.boundjid, text, mtype="chat")
            bob.send_message(alice.boundjid, text, mtype="chat")
            if number % 20 == 16:
                # Not in a handshake: Prosody 0.12.3 then stops answering everybody. So when all has come, and the
                # connection for what comes next is there.
                await all_came(number)
                await asyncio.sleep(1.0)
                for connection in list(proxy._tasks):
                    connection.cancel()
        await all_came(len(texts))
        assert [got for _, got in came] == [texts, texts]
        assert alice.transport is transport or server.name == "Prosody", "it was one session all the time"
        assert len(proxy.asked) > 3, "there were many connections"


async def test_an_idle_session(server: Any) -> None:
    """The server answers when its time is over, and is asked again."""
    async with asyncio.timeout(TIMEOUT), over_bosh(server, wait=1) as alice, over_bosh(server, "bob", wait=1) as bob:
        transport = transport_of(alice)
        before = transport.session._rid
        await asyncio.sleep(4)
        assert transport.session._rid >= before + 3
        await exchange(alice, bob, ["one", "two"])
        assert alice.transport is transport


async def test_polling(server: Any) -> None:
    """With `hold` 0 a client asks now and then, as often as the server allows."""
    async with asyncio.timeout(TIMEOUT), over_bosh(server, hold=0) as alice, over_bosh(server, "bob") as bob:
        assert transport_of(alice).session.polling is not None
        await exchange(alice, bob, ["one"])


async def test_keys(server: Any) -> None:
    """A server that knows keys checks them, another one does not mind (XEP-0124 §15)."""
    async with asyncio.timeout(TIMEOUT), over_bosh(server, keys=True) as alice, over_bosh(server, "bob") as bob:
        await exchange(alice, bob, [str(number) for number in range(20)])


async def test_a_client_that_does_not_read(server: Any) -> None:
    """What comes meanwhile is there when it reads again."""
    async with asyncio.timeout(TIMEOUT), over_bosh(server) as alice, over_bosh(server, "bob") as bob:
        transport_of(bob).pause_reading()
        came = seen(bob, "message")
        for number in range(20):
            alice.send_message(bob.boundjid, str(number), mtype="chat")
        await alice.get_roster()
        assert came.empty()
        transport_of(bob).resume_reading()
        assert [(await came.get())["body"] for _ in range(20)] == [str(number) for number in range(20)]


async def test_another_path(server: Any) -> None:
    client = make_client(server)
    client.custom_url = server.bosh_url + "/nothing/here"
    assert isinstance(await failure(client), NotXMPP)
