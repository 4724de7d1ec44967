# SPDX-License-Identifier: MIT
"""Streams that are ready, and what an application keeps of their events."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.protocol.events import Event
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.stanza.base import StanzaBase

JID = "alice@localhost/desk"


def clear(**changes: Any) -> StreamOptions:
    """Options for streams without TLS."""
    return StreamOptions(tls=TlsPolicy.DISABLED, domain="localhost", **changes)


def ready_client(**changes: Any) -> ClientStream:
    return ClientStream.negotiated(JID, clear(**changes), now=0.0)


def ready_receiver(**changes: Any) -> ReceiverStream:
    return ReceiverStream.negotiated(JID, clear(**changes), now=0.0)


def brief(event: Event | StanzaBase) -> str:
    """An event in a word: its type, or the body of the message that it is."""
    return type(event).__name__ if isinstance(event, Event) else str(event["body"])


def message(body: object) -> bytes:
    return f"<message><body>{body}</body></message>".encode()


class Tools:
    clear = staticmethod(clear)
    ready_client = staticmethod(ready_client)
    ready_receiver = staticmethod(ready_receiver)
    brief = staticmethod(brief)
    message = staticmethod(message)


@pytest.fixture
def tools() -> type[Tools]:
    return Tools
