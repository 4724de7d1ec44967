# SPDX-License-Identifier: MIT
"""Opening one connection of a stream: the fastest of its endpoints, and TLS where that comes first (RFC 6120 §3.2,
RFC 8305, XEP-0368). `xmppkit.xmlstream.lifecycle` builds on it.

While there are other endpoints, one has taken us only when TLS is up, or, where TLS is not required, when the server
has opened its stream: one that accepts connections and closes them is passed over (RFC 6120 §3.2.1).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence

from xmppkit.settings.settings import Settings
from xmppkit.transports.connecting import connect
from xmppkit.transports.endpoints import Endpoint
from xmppkit.xmlstream.hub import Hub
from xmppkit.xmlstream.link import LinkDriver
from xmppkit.xmlstream.places import Places

__all__ = ["Failed", "Opening"]

#: Told of each endpoint that did not take us, and why.
Failed = Callable[[Endpoint, Exception], object]


class Opening(Places, Hub):
    """The part of a stream that opens connections.

    :param host: see `Places`, as for `port`, `ssl_context` and `settings`.
    :param loop: the event loop.
    """

    _driver: LinkDriver | None = None
    #: Where the present connection leads; None when it was not made by `connect`.
    _endpoint: Endpoint | None = None
    #: The attempt that waits for the endpoint to take us.
    _established: asyncio.Future[None] | None = None

    def __init__(
        self,
        host: str,
        port: int,
        ssl_context: ssl.SSLContext | None,
        settings: Settings,
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        Places.__init__(self, host, port, ssl_context, settings)
        Hub.__init__(self, loop)

    def _make_driver(self, endpoint: Endpoint) -> LinkDriver:
        """A driver with an engine, for a connection to this endpoint."""
        raise NotImplementedError

    async def open_link(self, endpoints: Sequence[Endpoint], failed: Failed) -> None:
        """Connect to the first of these endpoints that takes us.

        :param failed: told of each that does not.
        :raises RemoteError: none did, or the one that was the fastest has ended the connection before it had taken us.
        """
        # Made at once, so that a mistake in the program is told without a network.
        drivers = {endpoints[0]: self._make_driver(endpoints[0])}

        def make(endpoint: Endpoint) -> LinkDriver:
            if endpoint not in drivers:
                drivers[endpoint] = self._make_driver(endpoint)
            self._driver, self._endpoint = drivers[endpoint], endpoint
            waits = endpoint.direct_tls or endpoint.encrypted or len(endpoints) > 1
            self._established = self.loop.create_future() if waits else None
            return drivers[endpoint]

        connector, delay = self.make_connector(self.loop), self.settings.happy_eyeballs_delay
        try:
            await connect(endpoints, connector, make, on_failure=failed, delay=delay)
            if self._established is not None and self._endpoint is not None:
                await self._wait(self._established, self._endpoint, failed)
        except BaseException:
            for driver in drivers.values():
                if self._driver is driver:
                    self._driver = None
                driver.discard()
            raise
        finally:
            self._established = None

    async def _wait(self, established: asyncio.Future[None], endpoint: Endpoint, failed: Failed) -> None:
        try:
            await established
        except Exception as error:
            failed(endpoint, error)
            raise
