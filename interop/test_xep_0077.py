# SPDX-License-Identifier: MIT
"""In-Band Registration: accounts at real servers, and a component that registers users."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, at, failure, make_client, make_component, seen, settled

from xmppkit import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, IqError, XMPPError
from xmppkit.plugins.xep_0077 import Registration
from xmppkit.stanza.iq import Iq

_numbers = itertools.count(1)


def newcomer(server: Server, domain: str | None = None, password: str = "a secret") -> ClientXMPP:
    """A client for an account that is not there yet."""
    jid = f"new{next(_numbers)}@{domain or server.register_domain}"
    client = at(server, ClientXMPP(jid, password))
    client.register_plugin("xep_0077")
    client.auto_reconnect = False
    return client


def registering(client: ClientXMPP, told: list[Any]) -> Callable[[Iq], Any]:
    """A handler that registers the account the client is for."""

    async def register(offer: Iq) -> None:
        told.append(Registration.of(offer))
        try:
            values = {"username": client.requested_jid.local, "password": client.password}
            await client.plugin["xep_0077"].register(values, offer=offer)
        except XMPPError as error:
            told.append(error)

    client.add_event_handler("register", register)
    return register


async def test_an_account_from_its_beginning_to_its_end(server: Server) -> None:
    client = newcomer(server)
    told: list[Any] = []
    registering(client, told)
    async with asyncio.timeout(TIMEOUT):
        async with client:
            [offer] = told
            assert {"username", "password"} <= set(offer.fields)
            assert (offer.form is not None) == (server.name == "Prosody")
            plugin = client.plugin["xep_0077"]
            known = Registration.of(await plugin.get_registration())
            assert known.registered
            await plugin.change_password("another secret")
            assert client.password == "another secret"
        async with client:  # with the new password, and without asking again
            assert len(told) == 1
            ended = seen(client, "disconnected")
            assert (await client.plugin["xep_0077"].cancel_registration())["type"] == "result"
            await ended.get()
        gone = at(server, ClientXMPP(client.requested_jid, "another secret"))
        gone.auto_reconnect = False
        assert isinstance(await failure(gone), AuthenticationFailed)


async def test_a_name_that_is_taken(server: Server) -> None:
    first = newcomer(server)
    told: list[Any] = []
    registering(first, told)
    async with asyncio.timeout(TIMEOUT):
        async with first:
            assert len(told) == 1
        second = at(server, ClientXMPP(first.requested_jid, "not the password"))
        second.register_plugin("xep_0077")
        second.auto_reconnect = False
        registering(second, told)
        assert isinstance(await failure(second), AuthenticationFailed)
    error = told[-1]
    assert isinstance(error, IqError)
    assert error.condition == "conflict"


async def test_a_server_that_lets_nobody_register(server: Server) -> None:
    told: list[Any] = []
    client = newcomer(server, server.domain)
    registering(client, told)
    async with asyncio.timeout(TIMEOUT):
        assert isinstance(await failure(client), AuthenticationFailed)
        assert told == []
        client = newcomer(server, server.domain)
        client.plugin["xep_0077"].force_registration = True
        registering(client, told)
        await failure(client)
    assert told == []


async def test_a_component_registers_users(server: Server) -> None:
    component, alice = make_component(server), make_client(server)
    for each in (component, alice):
        each.register_plugin("xep_0077")
    joined = seen(component, "user_register")
    left = seen(component, "user_unregister")
    async with asyncio.timeout(TIMEOUT), component, alice:
        await settled(server, component)
        plugin = alice.plugin["xep_0077"]
        assert await alice.plugin["xep_0030"].supports(server.component_domain, feature="jabber:iq:register")
        offer = Registration.of(await plugin.get_registration(server.component_domain))
        assert (offer.registered, set(offer.fields)) == (False, {"username", "password"})
        await plugin.register({"username": "a", "password": "b"}, server.component_domain)
        assert (await joined.get())["from"] == alice.boundjid
        offer = Registration.of(await plugin.get_registration(server.component_domain))
        assert (offer.registered, offer.fields) == (True, {"username": "a", "password": ""})
        await plugin.cancel_registration(server.component_domain)
        await left.get()
        with pytest.raises(IqError) as caught:
            await plugin.cancel_registration(server.component_domain)
        assert caught.value.condition == "registration-required"
