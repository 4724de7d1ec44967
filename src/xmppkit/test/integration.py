# SPDX-License-Identifier: MIT
"""`SlixIntegration`: unittest cases with clients that are logged in at a real server.

Which server and which accounts, the environment says:

=======================================  =======================================================================
variable                                 what
=======================================  =======================================================================
``CI_ACCOUNT1``, ``CI_ACCOUNT2`` …       addresses of accounts, by convention
``CI_ACCOUNT1_PASSWORD`` …               their passwords
``CI_MUC_SERVER``                        the domain of a service for chat rooms
``CI_SERVER_HOST``, ``CI_SERVER_PORT``   where all clients connect; unset: what DNS says of their domains
``CI_CA_CERTS``                          a file with certificates to trust; unset: the system's
=======================================  =======================================================================
"""

from __future__ import annotations

import asyncio
import os
import unittest
from typing import TYPE_CHECKING

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.jid.address import JID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

__all__ = ["SlixIntegration"]

#: Seconds that a client may take to log in.
LOGIN_TIMEOUT = 30.0


class SlixIntegration(unittest.IsolatedAsyncioTestCase):
    """A test case with clients::

        class TestPing(SlixIntegration):
            async def asyncSetUp(self):
                self.add_client(self.envjid("CI_ACCOUNT1"), self.envstr("CI_ACCOUNT1_PASSWORD"))
                self.register_plugins(["xep_0199"])
                await self.connect_clients()

            async def test_the_server_answers(self):
                await self.clients[0]["xep_0199"].ping(self.clients[0].boundjid.domain)

    :ivar clients: those that `add_client` has made, in order. They are aborted when the test is over.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clients: list[ClientXMPP] = []

    def envstr(self, name: str, default: str | None = None) -> str:
        """A variable of the environment.

        :param default: its value when it is not set; None skips the test, or fails it where ``XMPPKIT_REQUIRE_SERVERS``
            is 1.
        """
        value = os.environ.get(name, default)
        if value is not None:
            return value
        missing = f"{name} is not set: it says with what to test"
        if os.environ.get("XMPPKIT_REQUIRE_SERVERS") == "1":
            self.fail(missing)
        self.skipTest(missing)

    def envjid(self, name: str, default: str | None = None) -> JID:
        """A variable that is an address; see `envstr`."""
        return JID(self.envstr(name, default))

    def add_client(self, jid: JID, password: str) -> None:
        """One more client, at the end of `clients`; it is not connected yet."""
        client = ClientXMPP(jid, password)
        client.auto_reconnect = False
        if authorities := os.environ.get("CI_CA_CERTS"):
            client.ca_certs = authorities
        if host := os.environ.get("CI_SERVER_HOST"):
            client.custom_address = (host, int(os.environ.get("CI_SERVER_PORT", client.default_port)))
        self.clients.append(client)
        self.addAsyncCleanup(self._end, client)

    async def _end(self, client: ClientXMPP) -> None:
        over = client.disconnected
        if client.is_connected() or client.is_connecting():
            client.abort()
            await over

    def register_plugins(self, plugins: Iterable[str], configs: Sequence[Mapping[str, Any]] | None = None) -> None:
        """Enable plugins in all clients.

        :param configs: their configurations, in the same order.
        """
        names = list(plugins)
        unsaid: Sequence[Mapping[str, Any] | None] = [None] * len(names)
        for client in self.clients:
            for name, config in zip(names, configs or unsaid, strict=True):
                client.register_plugin(name, config)

    async def connect_clients(self) -> None:
        """Connect all clients and wait until their sessions have started.

        :raises TimeoutError: one of them was not let in within half a minute.
        """
        started = [asyncio.ensure_future(each.wait_until("session_start", LOGIN_TIMEOUT)) for each in self.clients]
        await asyncio.sleep(0)  # from here on they listen
        for client in self.clients:
            client.connect()
        await asyncio.gather(*started)
