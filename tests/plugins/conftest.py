# SPDX-License-Identifier: MIT
"""Streams without connections, joined by a network in memory that stamps and routes as a server does.

A station is a real stream: stanzas pass its handlers, filters and pending IQs; what it sends is written as XML and
read again at the other end.
"""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.basexmpp import BaseXMPP
from xmppkit.jid.address import JID
from xmppkit.xml.names import CLIENT
from xmppkit.xml.parser import StreamParser
from xmppkit.xml.serializer import serialize

HEADER = f"<stream:stream xmlns='{CLIENT}' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>".encode()


def element(text: str) -> ET.Element:
    """The element that a stream would yield for `text`."""
    parser = StreamParser()
    parser.feed(HEADER)
    (found,) = parser.feed(text.encode())
    assert isinstance(found, ET.Element), found
    return found


class Network:
    """Knows the stations by full address, and keeps what was sent."""

    def __init__(self) -> None:
        self.stations: dict[str, Station] = {}
        self.sent: list[str] = []
        #: Addresses that never answer.
        self.silent: set[str] = set()

    def join(self, jid: str, *plugins: str, component: bool = False, **config: Any) -> Station:
        """A new station at `jid`, with plugins enabled."""
        station = Station(self, jid, component, config)
        for name in plugins:
            station.register_plugin(name)
        station.bind(jid)
        return station

    def deliver(self, sender: Station, xml: ET.Element) -> None:
        """Stamp what a station has sent and bring it to whom it is for, in a later turn of the loop."""
        if not sender.is_component or not xml.get("from"):
            xml.set("from", sender.boundjid.full)
        self.sent.append(serialize(xml, default_namespace=CLIENT))
        to = JID(xml.get("to", ""))
        receiver = self.stations.get(to.full) or self.stations.get(to.domain)
        if receiver is not None and receiver.on:
            asyncio.get_running_loop().call_soon(receiver.take, self.sent[-1])
        elif xml.tag.endswith("}iq") and xml.get("type") in ("get", "set") and to.full not in self.silent:
            refusal = (
                f"<iq type='error' id='{xml.get('id')}' from='{to or sender.boundjid.bare}' to='{xml.get('from')}'>"
                "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
            asyncio.get_running_loop().call_soon(sender.take, refusal)


class Station(BaseXMPP):
    """One end."""

    def __init__(self, network: Network, jid: str, component: bool, config: dict[str, Any]) -> None:
        super().__init__(jid)
        self.network = network
        self.is_component = component
        if not component:
            self.register_feature = self.unregister_feature = self._negotiate_nothing
        self.plugin_config = config
        self.on = True
        self.faults: list[BaseException] = []
        self.reconnects: list[tuple[Any, ...]] = []

    def bind(self, jid: str) -> None:
        self.network.stations.pop(self.boundjid.full, None)
        self.network.stations[jid] = self
        self._bind(JID(jid))

    def send(self, data: Any, use_filters: bool = True) -> None:
        self.network.deliver(self, element(serialize(data.xml, default_namespace=CLIENT)))

    def take(self, text: str) -> None:
        """Receive XML."""
        self.recv_stanza(self._intake.build(element(text)))

    def _negotiate_nothing(self, *_: Any, **__: Any) -> None:
        """There is no server."""

    def exception(self, exception: BaseException, /) -> None:
        self.faults.append(exception)

    def reconnect(self, *args: Any, **kwargs: Any) -> None:
        self.reconnects.append(args)

    async def settle(self) -> None:
        """Let everything happen that can happen now."""
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
def network() -> Network:
    return Network()
