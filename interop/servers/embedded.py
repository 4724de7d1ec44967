# SPDX-License-Identifier: MIT
"""The embedded server, in a thread of its own: for tests that treat it as one more server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from xmppkit.server import EmbeddedServer
from xmppkit.server.limits import ServerLimits

__all__ = ["Xmppkit"]

#: Seconds for anything that is asked of it.
PATIENCE = 60.0


class Xmppkit:
    """What tests need of a server; see `servers.base.Server`."""

    name = "xmppkit"
    domain = "localhost"

    def __init__(self, limits: ServerLimits | None = None) -> None:
        limits = limits or ServerLimits()
        self.resume_seconds = limits.resume_seconds
        self.users = {"alice": "wonderland", "bob": "builder"}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded server", daemon=True)
        self._server = EmbeddedServer(domain=self.domain, users=self.users, http_port=0, limits=limits)
        self.host = self._server.host
        self.port = self.direct_tls_port = 0
        self.websocket_url = self.bosh_url = ""
        self.ca_file = ""

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self._do(self._server.start())
        self.port, self.ca_file = self._server.port, str(self._server.ca_file)
        self.direct_tls_port = self._server.direct_tls_port or 0
        place = f"{self.domain}:{self._server.http_port}"
        self.websocket_url, self.bosh_url = f"wss://{place}/xmpp-websocket", f"https://{place}/http-bind"

    def stop(self) -> None:
        """Serve no longer."""
        self._do(self._server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def add_user(self, name: str, password: str) -> None:
        """Another account."""

        async def add() -> None:
            self._server.add_user(name, password)

        self._do(add())
        self.users[name] = password

    def _do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)
