# SPDX-License-Identifier: MIT
"""Fixtures for pytest. In a ``conftest.py``::

    pytest_plugins = ["xmppkit.testing.fixtures"]

and a test takes what it needs by name::

    async def test_the_bot_answers(embedded_server, client_of):
        async with client_of("alice") as alice, client_of("bot") as bot:
            ...

They need pytest-asyncio.

===========================  ==========================================================================================
fixture                      what it is
===========================  ==========================================================================================
``embedded_server``          a running `EmbeddedServer` of ``localhost``; its accounts are alice, bob and bot
``client_of``                a function that makes a client of it, by account name; the password is `PASSWORD`
``xmpp_pair``                a client's and a server's stream (`Pair`) that have negotiated, in the clear
``simulated_network``        a `SimulatedNetwork`
``virtual_time``             `xmppkit.testing.clock.run`: runs a coroutine on a virtual clock
===========================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.sasl.scram import make_scram_record
from xmppkit.server.server import EmbeddedServer
from xmppkit.testing import clock
from xmppkit.testing.network import SimulatedNetwork
from xmppkit.testing.pair import Answers, Pair, deterministic

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["PASSWORD", "client_of", "embedded_server", "simulated_network", "virtual_time", "xmpp_pair"]

#: Of every account.
PASSWORD = "secret"  # noqa: S105  # of nobody
_USERS = ("alice", "bob", "bot")


@pytest_asyncio.fixture
async def embedded_server() -> AsyncIterator[EmbeddedServer]:
    """A running server."""
    async with EmbeddedServer(users=dict.fromkeys(_USERS, PASSWORD)) as server:
        yield server


@pytest.fixture
def client_of(embedded_server: EmbeddedServer) -> Callable[[str], ClientXMPP]:
    """Makes a client of the server, which is not connected yet."""
    return partial(_client, embedded_server)


def _client(server: EmbeddedServer, name: str) -> ClientXMPP:
    client = ClientXMPP(f"{name}@{server.domain}/test", PASSWORD)
    client.auto_reconnect = False
    client.ca_certs = server.ca_file
    client.custom_address = (server.host, server.port)
    return client


@pytest.fixture
def xmpp_pair() -> Pair:
    """Two streams that have negotiated: the client is ``alice@localhost/test``."""
    mechanism = "SCRAM-SHA-256"
    clear = StreamOptions(tls=TlsPolicy.DISABLED, sasl=SaslPolicy((mechanism,), scram_without_tls=True))
    answers = Answers(
        accounts={"alice": AccountRecord(scram={mechanism: make_scram_record(mechanism, PASSWORD, iterations=4096)})}
    )
    client = deterministic(clear.replace(credentials=Credentials("alice", PASSWORD)), "c")
    server = deterministic(clear.replace(domain="localhost"), "s")
    pair = Pair(ClientStream("alice@localhost/test", client, now=0.0), ReceiverStream(server, now=0.0), answers)
    return pair.run()


@pytest.fixture
def simulated_network() -> SimulatedNetwork:
    """A network without delays; set its `conditions`."""
    return SimulatedNetwork()


@pytest.fixture
def virtual_time() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on a virtual clock, for tests that are no coroutines themselves."""
    return clock.run
