# SPDX-License-Identifier: MIT
"""A server in memory that follows a script, without TLS: for what a client does with the features it offers."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.transports.memory import MemoryConnector
from xmppkit.xml.parser import StreamHeader, StreamParser

__all__ = ["BIND", "FAILURE", "HEADER", "PLAIN", "SUCCESS", "Script", "make_client"]

HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='localhost' id='s1' version='1.0'>"
)
PLAIN = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
FAILURE = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>"


class Script(asyncio.Protocol):
    """The server.

    :ivar first: features that it offers before the login, beside PLAIN.
    :ivar then: features that it offers after the login, beside binding.
    :ivar passwords: those that it accepts.
    :ivar heard: the elements that came, but for those of the login.
    :ivar logins: what was said in PLAIN: (authzid, name, password).
    :ivar streams: how many streams were opened.
    """

    def __init__(self) -> None:
        self.first = ""
        self.then = ""
        self.mechanisms = PLAIN
        self.passwords = {"secret"}
        self.heard: list[ET.Element] = []
        self.logins: list[tuple[str, ...]] = []
        self.streams = 0
        self.answer: Callable[[ET.Element], str] = lambda element: ""
        self.known = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.known = False
        self.parser = StreamParser()

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"<?xml"):  # each stream is a document of its own
            self.parser = StreamParser()
        for item in self.parser.feed(data):
            self.take(item)

    def take(self, item: Any) -> None:
        if isinstance(item, StreamHeader):
            self.streams += 1
            offers = self.then + BIND if self.known else self.first + self.mechanisms
            self.say(f"{HEADER}<stream:features>{offers}</stream:features>")
        elif isinstance(item, ET.Element):
            self.take_element(item)

    def take_element(self, element: ET.Element) -> None:
        local = element.tag.rpartition("}")[2]
        if local == "auth":
            self.logins.append(tuple(base64.b64decode(element.text or "").decode().split("\0")))
            self.known = self.logins[-1][2] in self.passwords
            self.say(SUCCESS if self.known else FAILURE)
        elif local == "iq" and len(element) and element[0].tag.endswith("}bind"):
            jid = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost/r</jid></bind>"
            self.say(f"<iq type='result' id='{element.get('id')}'>{jid}</iq>")
        else:
            self.heard.append(element)
            self.say(self.answer(element))

    def say(self, text: str) -> None:
        self.transport.write(text.encode())


def make_client(script: Script, **mechanisms: Any) -> ClientXMPP:
    """A client of that server, which may log in without TLS."""
    config = {"feature_mechanisms": {"unencrypted_plain": True, **mechanisms}}
    client = ClientXMPP("alice@localhost/r", "secret", plugin_config=config)
    client.enable_direct_tls = client.enable_starttls = False
    client.enable_plaintext = True
    client.whitespace_keepalive = False
    client.auto_reconnect = False
    client.transport_connector = MemoryConnector({("server", 5222): lambda: script})
    client.custom_address = ("server", 5222)
    return client
