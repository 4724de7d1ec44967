# SPDX-License-Identifier: MIT
"""Groups B and C with the roles exchanged: what hostile clients and components send to the embedded server.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from typing import Any

import pytest
from attacker import HEADER, SASL, SECRET, TO_SERVER, Raw, login

from xmppkit.server import EmbeddedServer

Connect = Callable[..., Any]
PING = "<iq type='get' id='{id}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
NONSENSE = [
    "<message to='@bad@'><body>x</body></message>",
    f"<message to='{'a' * 50_000}@localhost'><body>x</body></message>",
    "<message to='bob@localhost' type='nonsense'><body>x</body></message>",
    "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='nonsense' id='1' to='localhost'/>",
    "<iq id='1' to='localhost'/>",
    "<iq type='get' id='2' to='localhost'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='get' id='3' to='localhost'/>",
    "<presence><priority>high</priority></presence>",
    "<presence><priority>99999999999999999999</priority></presence>",
    "<presence type='nonsense'/>",
    "<presence type='subscribe' to='@'/>",
    "<message to='bob@localhost'><delay xmlns='urn:xmpp:delay' stamp='yesterday'/><body>x</body></message>",
    "<iq type='set' id='4'><query xmlns='jabber:iq:roster'><item/><item jid='@'/></query></iq>",
    "<iq type='set' id='5'><query xmlns='jabber:iq:roster'><item jid='a@b' subscription='nonsense'/></query></iq>",
    "<iq type='result' id='6' to='localhost'/>",
    "<iq type='error' id='7' to='localhost'/>",
]


@pytest.mark.parametrize("stanza", NONSENSE)
async def test_c14_stanzas_with_nonsense_at_a_server(
    connect: Connect, caplog: pytest.LogCaptureFixture, stanza: str
) -> None:
    """The embedded server answers them with errors or drops them; who has sent them is served, and others are."""
    caplog.set_level(logging.ERROR)
    alice, bob = await connect("alice"), await connect("bob")
    for session in (alice, bob):
        session.send("<presence/>")
    alice.send(stanza + PING.format(id="after"))
    said = await alice.until('id="after"')
    assert said.count("<iq") <= 2
    assert 'id="2" type="result"' not in said
    bob.send(PING.format(id="there"))
    await bob.until('id="there"')
    assert caplog.records == []


@pytest.mark.parametrize("sender", ["@bad@", "a" * 50_000, "", " ", "\U0001f600@localhost/\u0378"])
async def test_c14_senders_that_are_none_at_a_server(connect: Connect, sender: str) -> None:
    """A sender that is no address is no reason to believe it: the server writes its own, or ends the stream of who has
    sent that."""
    alice, bob = await connect("alice"), await connect("bob")
    alice.send(f"<message from='{sender}' to='bob@localhost/r'><body>x</body></message>" + PING.format(id="after"))
    if "<stream:error" in await alice.until(">"):
        assert "<invalid-from" in await alice.rest()
    else:
        assert 'from="alice@localhost/r"' in await bob.until("</message>")
    bob.send(PING.format(id="there"))
    await bob.until('id="there"')


async def test_d15_components_in_the_name_of_others() -> None:
    """A component speaks for its own domain and nobody else: of another sender nothing is passed on, and the stream
    ends."""
    async with EmbeddedServer(
        users={"alice": SECRET}, tls=False, components={"echo.localhost": SECRET}, component_port=0
    ) as server:
        alice = Raw(*await asyncio.open_connection(server.host, server.port))
        await alice.login("alice")
        await alice.bind("r")
        for forged in (
            "boss@localhost",
            "localhost",
            "alice@localhost/r",
            "evil.example",
            "x@other.localhost",
            "@",
        ):
            component = Raw(*await asyncio.open_connection(server.host, server.component_port))
            component.send(
                TO_SERVER.replace("jabber:client", "jabber:component:accept").replace("'localhost'", "'echo.localhost'")
            )
            opened = (await component.until("<stream:stream")) + await component.until(">")
            id = opened.partition(" id='")[2].partition("'")[0]
            assert id
            component.send(f"<handshake>{hashlib.sha1(f'{id}{SECRET}'.encode()).hexdigest()}</handshake>")
            await component.until("<handshake")
            component.send(f"<message from='{forged}' to='alice@localhost/r'><body>forged</body></message>")
            assert "<invalid-from" in await component.rest()
            component.writer.close()
        alice.send(PING.format(id="there"))
        assert "forged" not in await alice.until('id="there"')
        alice.writer.close()


async def test_d15_two_that_go_on_with_one_session(connect: Connect) -> None:
    """Of two connections that go on with the same session the later one has it, and the earlier one ends with
    `conflict`."""
    alice = await connect("alice")
    alice.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    enabled = (await alice.until("/>")).replace("'", '"')
    name = enabled.partition(' id="')[2].partition('"')[0]
    alice.writer.transport.abort()
    first, second = await connect(), await connect()
    for session in (first, second):
        await session.login("alice")
        session.send(f"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{name}'/>")
        await session.until("<resumed ")
    assert "<conflict " in await first.rest()
    second.send(PING.format(id="there"))
    await second.until('id="there"')


@pytest.mark.parametrize("again", ["header", "auth", "bind"])
async def test_d15_half_a_login(connect: Connect, again: str) -> None:
    """Who repeats a step of the login, or leaves one out, does not get further by it."""
    stranger = await connect()
    if again == "header":
        stranger.send(TO_SERVER)
        await stranger.until("</stream:features>")
        stranger.send(f"{HEADER}</stream:stream>")
        assert "<stream:error" in await stranger.rest()
    elif again == "auth":
        stranger.send(f"{TO_SERVER}<auth xmlns='{SASL}' mechanism='PLAIN'>{login('alice', SECRET)}</auth>")
        await stranger.until("<success")
        stranger.send(f"{TO_SERVER}<auth xmlns='{SASL}' mechanism='PLAIN'>{login('bob', SECRET)}</auth>")
        assert "<unsupported-stanza-type" in await stranger.rest()
    else:
        stranger.send(f"{TO_SERVER}<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        assert "<not-authorized" in await stranger.rest()
