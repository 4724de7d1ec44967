# SPDX-License-Identifier: MIT
"""A service that answers what it is told to answer, and keeps what it was asked."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import XMPPError
from xmppkit.stanza.iq import Iq
from xmppkit.xml.serializer import serialize

SERVICE = "pubsub.shakespeare.lit"
FRANCISCO = "francisco@denmark.lit/barracks"


class Service:
    """The service, and somebody who asks it."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.client = network.join(FRANCISCO, "xep_0060")
        self.pubsub = self.client.plugin["xep_0060"]
        self.station = network.join(SERVICE, component=True)
        self.station.register_handler(Callback("asked", StanzaPath("iq"), self._answer))
        #: What was asked, as text.
        self.asked: list[Iq] = []
        #: What is answered, in order: the payload, or an error; nothing: an empty result.
        self.answers: list[str | XMPPError] = []

    def _answer(self, iq: Iq) -> None:
        if iq["type"] not in ("get", "set"):
            return
        self.asked.append(iq)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, XMPPError):
            raise answer
        reply = iq.reply()
        if answer:
            reply.appendxml(ET.fromstring(answer))
        reply.send()

    @property
    def payload(self) -> str:
        """The payload of the only question so far, or of the last one."""
        return serialize(self.asked[-1].xml[0])

    async def tell(self, *children: str, kind: str = "headline", sender: str = SERVICE, beside: str = "") -> None:
        """Send the client a notification."""
        inner = "".join(children)
        self.client.take(
            f"<message from='{sender}' type='{kind}'><event xmlns='http://jabber.org/protocol/pubsub#event'>{inner}"
            f"</event>{beside}</message>"
        )
        await self.client.settle()


@pytest.fixture
def service(network: Any) -> Service:
    return Service(network)


@pytest.fixture
def told(service: Service) -> list[tuple[str, Any]]:
    """The events of all kinds that have come, with their messages."""
    found: list[tuple[str, Any]] = []
    for name in ("pubsub", "musing"):
        for kind in ("publish", "retract", "purge", "delete", "config", "subscription"):
            event = f"{name}_{kind}"
            service.client.add_event_handler(event, lambda message, event=event: found.append((event, message)))
    return found
