# SPDX-License-Identifier: MIT
"""The same over STARTTLS, direct TLS, WebSocket and BOSH, at Prosody, ejabberd and the embedded server: logging in,
talking, rosters, services, and how sessions end. Stream management is in test_xep_0198.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sessions import TIMEOUT, Way, available, every_way, failure, make_client, new_account, seen
from test_echo import TEXTS

from xmppkit import Callback, ClientXMPP, MatchXPath
from xmppkit.exceptions import AuthenticationFailed, CertificateUntrusted, IqError, NotConnectedError
from xmppkit.transports.endpoints import TransportKind

EVENTS = (
    "connecting", "connected", "ssl_cert", "tls_success", "auth_success", "session_bind", "session_start",
    "session_end", "disconnected", "failed_auth", "no_auth", "failed_all_auth", "connection_failed", "stream_error",
)  # fmt: skip
KINDS = {Way.WEBSOCKET: TransportKind.WEBSOCKET, Way.BOSH: TransportKind.BOSH}


@pytest.fixture(params=["prosody", "ejabberd", "embedded"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each in turn."""
    return request.getfixturevalue(request.param)


# --- logging in ---------------------------------------------------------------------------------------------


@every_way
async def test_a_session(server: Any, way: Way) -> None:
    client = make_client(server, resource="r")
    events: list[str] = []
    for name in EVENTS:
        client.add_event_handler(name, lambda _, name=name: events.append(name))
    async with asyncio.timeout(TIMEOUT), client:
        assert client.boundjid == f"alice@{server.domain}/r"
        assert client.authenticated
        assert client.tls_info is not None
        assert client.tls_info.version in ("TLSv1.2", "TLSv1.3")
        assert client.tls_info.certificate
        assert client._endpoint is not None
        assert client._endpoint.kind is KINDS.get(way, TransportKind.TCP)
    assert events == [
        "connecting", "connected", "ssl_cert", "tls_success", "auth_success", "session_bind", "session_start",
        "session_end", "disconnected",
    ]  # fmt: skip
    assert client.last_error is None


@every_way
async def test_a_wrong_password(server: Any) -> None:
    error = await failure(make_client(server, password="wrong"))
    assert isinstance(error, AuthenticationFailed)


@every_way
async def test_a_certificate_of_nobody(server: Any) -> None:
    client = make_client(server)
    client.ca_certs = None
    refused = seen(client, "ssl_invalid_chain")
    assert isinstance(await failure(client), CertificateUntrusted)
    assert refused.qsize() <= 1


# --- talking ------------------------------------------------------------------------------------------------


def echoing(server: Any) -> ClientXMPP:
    """A client that sends each message back."""
    bot = make_client(server, "bob")
    bot.add_event_handler("message", lambda message: message.reply(message["body"]).send())
    return bot


@every_way
async def test_messages(server: Any) -> None:
    """Short ones, and one of 100 KB, with characters of one to four bytes and such as are escaped."""
    texts = (*TEXTS, "<grüße & 世界 🐝>" * 4500)
    async with asyncio.timeout(TIMEOUT), echoing(server) as bot, make_client(server) as alice:
        answers = seen(alice, "message")
        for text in texts:
            alice.send_message(bot.boundjid, text, mtype="chat")
            assert (await answers.get())["body"] == text


@every_way
async def test_many_messages_both_ways_at_once_keep_their_order(server: Any) -> None:
    texts = [f"{number} ü" for number in range(200)]
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice, make_client(server, "bob") as bob:
        to_alice, to_bob = seen(alice, "message"), seen(bob, "message")
        for text in texts:
            alice.send_message(bob.boundjid, f"a{text}", mtype="chat")
            bob.send_message(alice.boundjid, f"b{text}", mtype="chat")
        assert [(await to_bob.get())["body"] for _ in texts] == [f"a{text}" for text in texts]
        assert [(await to_alice.get())["body"] for _ in texts] == [f"b{text}" for text in texts]


@every_way
async def test_white_space_disturbs_nobody(server: Any) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice:
        for _ in range(3):
            alice.send_raw(" ")
            await alice.get_roster()
        assert alice.is_connected()


# --- rosters and services -----------------------------------------------------------------------------------


@every_way
async def test_a_roster(server: Any) -> None:
    name = await new_account(server)
    contact = f"friend@{server.domain}"
    async with asyncio.timeout(TIMEOUT), make_client(server, name) as one:
        await one.get_roster()
        changes = seen(one, "roster_update")
        await one.update_roster(contact, name="Fränd <&>", groups=["a", "b & c"])
        await changes.get()
        async with make_client(server, name, resource="other") as other:
            await other.get_roster()
            assert other.client_roster[contact]["name"] == "Fränd <&>"
            assert sorted(other.client_roster[contact]["groups"]) == ["a", "b & c"]


@every_way
async def test_services(server: Any) -> None:
    clients = [make_client(server, name) for name in ("alice", "bob")]
    for client in clients:
        for plugin in ("xep_0030", "xep_0092", "xep_0199"):
            client.register_plugin(plugin)
    alice, bob = clients
    async with asyncio.timeout(TIMEOUT), alice, bob:
        assert await alice["xep_0199"].ping(server.domain) < TIMEOUT
        assert await alice["xep_0199"].ping(bob.boundjid) < TIMEOUT
        info = await alice["xep_0030"].get_info(server.domain)
        assert "http://jabber.org/protocol/disco#info" in info["disco_info"]["features"]
        assert (await bob["xep_0092"].get_version(alice.boundjid))["software_version"]["name"]
        with pytest.raises(IqError) as caught:
            await alice.make_iq_get("urn:never", ito=server.domain).send()
        assert caught.value.condition in ("service-unavailable", "feature-not-implemented")


# --- endings ------------------------------------------------------------------------------------------------


@every_way
async def test_a_clean_close(server: Any) -> None:
    """What was sent before is delivered; the server closes its direction in answer, at once."""
    async with asyncio.timeout(TIMEOUT), make_client(server, "bob") as bob:
        alice = make_client(server)
        received, asked = seen(bob, "message"), asyncio.Queue[Any]()
        bob.register_handler(Callback("Silent", MatchXPath("{jabber:client}iq/{urn:never}query"), asked.put_nowait))
        async with alice:
            await available(alice)
            waiting = alice.make_iq_get("urn:never", ito=bob.boundjid).send()
            await asked.get()
            for number in range(50):
                alice.send_message(bob.boundjid, str(number))
            assert await alice.disconnect(wait=10 * TIMEOUT, reason="done") == "done"
        assert alice.last_error is None
        with pytest.raises(NotConnectedError):
            await waiting
        assert [(await received.get())["body"] for _ in range(50)] == [str(number) for number in range(50)]
        assert alice.transport is None


@every_way
async def test_another_takes_the_resource(server: Any) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server, resource="same") as first:
        errors, lost = seen(first, "stream_error"), seen(first, "disconnected")
        async with make_client(server, resource="same"):
            assert (await errors.get())["condition"] == "conflict"
            assert (await lost.get()).condition == "conflict"


@every_way
async def test_a_connection_that_is_cut_comes_back(server: Any) -> None:
    client = make_client(server)
    client._return_delay = client._connector.first = 0.01
    started = seen(client, "session_start")
    async with asyncio.timeout(TIMEOUT), client:
        await started.get()
        client.transport.abort()
        await started.get()
        assert client.is_connected()
