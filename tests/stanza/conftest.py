# SPDX-License-Identifier: MIT
"""What the tests of stanzas share: a stream that remembers what was sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.xml.names import CLIENT, COMPONENT


class Stream:
    """What stanzas need of a stream (`xmppkit.types.StanzaStream`)."""

    default_lang: str | None = None
    peer_default_lang: str | None = None
    use_message_ids = True
    use_presence_ids = True
    use_origin_id = False
    strict_interfaces = False

    def __init__(self, default_ns: str = CLIENT, **settings: Any) -> None:
        self.default_ns = default_ns
        self.is_component = default_ns == COMPONENT
        self.boundjid = JID("echo.example.org" if self.is_component else "romeo@montague.lit/orchard")
        self.sent: list[Any] = []
        self.iqs: list[tuple[Any, ...]] = []
        self.answer = object()
        self.exceptions: list[BaseException] = []
        self._number = 0
        self.__dict__.update(settings)

    def new_id(self) -> str:
        self._number += 1
        return f"n{self._number}"

    def send(self, data: Any, use_filters: bool = True) -> None:
        str(data)  # whatever is sent can be written
        self.sent.append(data)

    def send_iq(
        self,
        iq: Any,
        callback: Callable[[Any], object] | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[Any], object] | None = None,
    ) -> object:
        str(iq)
        self.sent.append(iq)
        self.iqs.append((iq, callback, timeout, timeout_callback))
        return self.answer

    def exception(self, exception: Exception) -> None:
        self.exceptions.append(exception)


@pytest.fixture
def make_stream() -> Callable[..., Stream]:
    """Make a stream, with a default namespace and attributes other than the usual."""
    return Stream


@pytest.fixture
def stream() -> Stream:
    """A client's stream."""
    return Stream()


@pytest.fixture
def component() -> Stream:
    """A component's stream."""
    return Stream(COMPONENT)
