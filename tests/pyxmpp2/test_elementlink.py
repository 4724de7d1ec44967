# SPDX-License-Identifier: MIT
"""A transport of the program's own, which carries elements: both ends of a stream, without sockets and bytes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.pyxmpp2.clientstream import ClientStream
from xmppkit.pyxmpp2.constants import STREAM_ROOT_TAG
from xmppkit.pyxmpp2.exceptions import SASLAuthenticationFailed, StreamParseError
from xmppkit.pyxmpp2.interfaces import XMPPTransport
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamevents import ConnectedEvent, DisconnectedEvent

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Elements(XMPPTransport):
    """Hands elements to the transport at the other end, when `Wire` says so."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.target: Any = None
        self.other: Elements | None = None
        self.connected = True
        self.restarts = 0

    def set_target(self, stream: Any) -> None:
        self.target = stream
        stream.event(ConnectedEvent("elements"))

    def send_stream_head(
        self,
        stanza_namespace: str,
        stream_from: str | None,
        stream_to: str | None,
        stream_id: str | None = None,
        version: str = "1.0",
        language: str | None = None,
    ) -> None:
        said = {"from": stream_from, "to": stream_to, "id": stream_id, "version": version, XML_LANG: language}
        head = Element(STREAM_ROOT_TAG, {name: value for name, value in said.items() if value is not None})
        self._tell("stream_start", head)

    def restart(self) -> None:
        self.restarts += 1

    def send_stream_tail(self) -> None:
        self._tell("stream_end")

    def send_element(self, element: Element) -> None:
        self._tell("stream_element", copy.deepcopy(element))

    def _tell(self, method: str, *args: Any) -> None:
        assert self.other is not None
        self.wire.waiting.append(lambda: getattr(self.other.target, method)(*args))

    def is_connected(self) -> bool:
        return self.connected

    def disconnect(self) -> None:
        if self.connected:
            self.connected = False
            self.target.event(DisconnectedEvent("elements"))

    @property
    def auth_properties(self) -> dict[str, Any]:
        return {"security-layer": "TLS"}  # as a local pipe may say


class Wire:
    """Two streams and what is on its way between them."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.waiting: list[Callable[[], None]] = []
        self.ours, self.theirs = Elements(self), Elements(self)
        self.ours.other, self.theirs.other = self.theirs, self.ours
        self.client = ClientStream(
            JID("alice@localhost/desk"), network.client_route, self._handlers("client"), network.client_settings
        )
        self.server = ClientStream(
            JID("localhost"), network.server_route, self._handlers("server"), network.server_settings
        )
        self.server.receive(self.theirs)
        self.client.initiate(self.ours)

    def _handlers(self, end: str) -> list[object]:
        make: Callable[[XMPPSettings], list[object]] = getattr(self.network, f"{end}_handlers")
        return make(getattr(self.network, f"{end}_settings"))

    def run(self) -> None:
        self.network.loop.check_events()
        while self.waiting:
            self.waiting.pop(0)()
            self.network.loop.check_events()


@pytest.fixture
def wire(polled) -> Wire:
    polled.start()
    return Wire(polled)


def test_a_session_over_elements(wire) -> None:
    network = wire.network
    network.recorder.acts["AuthorizedEvent"] = lambda event: (
        event.stream.send(Message(to_jid="localhost", body="hello <&>")) if event.stream.initiator else None
    )
    network.server_route.act = lambda stanza: stanza.return_path.send(Message(body="answer"))
    network.client_route.act = lambda stanza: stanza.return_path.disconnect()
    wire.run()
    assert [stanza.body for stanza in network.server_route.stanzas] == ["hello <&>"]
    assert [stanza.body for stanza in network.client_route.stanzas] == ["answer"]
    assert network.names() == [
        "Connected",
        "StreamConnected",
        "GotFeatures",
        "Authenticated",
        "StreamRestarted",
        "GotFeatures",
        "BindingResource",
        "Authorized",
        "Disconnected",
    ]
    assert (wire.ours.restarts, wire.theirs.restarts) == (1, 1)
    assert not wire.client.is_connected()


def test_a_login_that_fails(wire) -> None:
    wire.client.close()
    other = Wire(wire.network)
    other.network.server_settings["user_passwords"] = {}
    with pytest.raises(SASLAuthenticationFailed):
        other.run()


def test_the_end_without_a_closing_tag(wire) -> None:
    wire.run()
    wire.client.stream_eof()
    assert wire.client.error is not None
    assert not wire.ours.connected


def test_what_is_not_xml(wire) -> None:
    wire.run()
    with pytest.raises(StreamParseError, match="nonsense"):
        wire.client.stream_parse_error("nonsense")
    wire.run()
    assert not wire.ours.connected
    assert wire.server.error is not None


def test_closing_at_once(wire) -> None:
    wire.run()
    wire.client.close()
    assert not wire.ours.connected
