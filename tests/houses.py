# SPDX-License-Identifier: MIT
"""The embedded server, its network, and who comes; the clock is virtual."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from xmppkit.basexmpp import BaseXMPP
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.server.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.testing import clock
from xmppkit.testing.network import Conditions, Link, SimulatedNetwork

__all__ = ["SETTINGS", "House", "virtual"]

SETTINGS = Settings(enable_plaintext=True, scram_without_tls=True)


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on the virtual clock."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        clock.run(test(*args, **kwargs))

    return run


class House:
    """A server, its network, and who comes."""

    def __init__(self, **server: Any) -> None:
        self.network = SimulatedNetwork(Conditions(latency=0.01), seed=1)
        self.options = {
            "users": dict.fromkeys(("alice", "bob"), "secret"),
            "components": {"echo.localhost": "secret"},
            "tls": False,
            **server,
        }
        self.server = EmbeddedServer(**self.options)
        self.open()

    def open(self) -> None:
        self.network.listen("localhost", 5222, self.server._accept_client)
        self.network.listen("localhost", 5347, self.server._accept_component)

    def shut(self) -> None:
        """The server is out of reach."""
        self.network.unlisten("localhost", 5222)
        self.network.unlisten("localhost", 5347)

    def restart(self) -> None:
        """The server has forgotten everybody."""
        self.server = EmbeddedServer(**self.options)
        self.open()

    @staticmethod
    def link(stream: BaseXMPP) -> Link:
        """The present connection of a stream."""
        link: Link = stream.transport.link
        return link

    def settle(self, stream: BaseXMPP) -> None:
        """A stream that connects over this network, without chance."""
        stream.transport_connector = self.network
        stream._connector.jitter = lambda: 1.0

    def client(self, name: str = "alice", settings: Settings = SETTINGS, **config: Any) -> ClientXMPP:
        client = ClientXMPP(f"{name}@localhost/here", "secret", settings=settings, plugin_config=config)
        self.settle(client)
        client.custom_address = ("localhost", 5222)
        return client

    def component(self, settings: Settings = SETTINGS) -> ComponentXMPP:
        component = ComponentXMPP("echo.localhost", "secret", "localhost", 5347, settings=settings)
        self.settle(component)
        return component
