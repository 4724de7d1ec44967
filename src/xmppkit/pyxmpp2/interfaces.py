# SPDX-License-Identifier: MIT
"""What programs implement, in one place: handlers and their decorators, payloads, transports, resolvers.

Those of main loops (`EventHandler`, `event_handler`, `TimeoutHandler`, `timeout_handler`, `Event`, `QUIT`) are here
too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from xmppkit.pyxmpp2.mainloop.interfaces import (
    QUIT,
    Event,
    EventHandler,
    TimeoutHandler,
    event_handler,
    timeout_handler,
)
from xmppkit.pyxmpp2.stanzahandlers import (
    NO_CHANGE,
    StanzaPayload,
    StanzaRoute,
    XMPPFeatureHandler,
    feature_uri,
    iq_get_stanza_handler,
    iq_set_stanza_handler,
    message_stanza_handler,
    payload_element_name,
    presence_stanza_handler,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = [
    "NO_CHANGE",
    "QUIT",
    "Event",
    "EventHandler",
    "Resolver",
    "StanzaPayload",
    "StanzaRoute",
    "StreamFeatureHandled",
    "StreamFeatureHandler",
    "StreamFeatureNotHandled",
    "TimeoutHandler",
    "XMPPFeatureHandler",
    "XMPPTransport",
    "event_handler",
    "feature_uri",
    "iq_get_stanza_handler",
    "iq_set_stanza_handler",
    "message_stanza_handler",
    "payload_element_name",
    "presence_stanza_handler",
    "stream_element_handler",
    "timeout_handler",
]

F = TypeVar("F", bound=Callable[..., Any])


# --- resolvers and transports ---------------------------------------------------------------------------


class Resolver(ABC):
    """Looks names up. The callbacks may be called before the method returns, or later, in any thread."""

    @abstractmethod
    def resolve_srv(
        self, domain: str, service: str, protocol: str, callback: Callable[[list[tuple[str, int]]], object]
    ) -> None:
        """Look up where a service is.

        :param service: as ``xmpp-client``.
        :param protocol: as ``tcp``.
        :param callback: gets hosts and ports, the best first; none if there are none or the look-up failed; a host
            called ``.`` if the domain says that it has no such service.
        """

    @abstractmethod
    def resolve_address(
        self, hostname: str, callback: Callable[[list[tuple[int, str]]], object], allow_cname: bool = True
    ) -> None:
        """Look up the addresses of a host.

        :param callback: gets families (`socket.AF_INET` …) and addresses, the best first; none if the look-up failed.
        :param allow_cname: whether the name may be an alias. The resolvers here follow aliases whatever it says.
        """


class XMPPTransport(ABC):
    """Carries a stream's elements. `xmppkit.pyxmpp2.transport.TCPTransport` is one; a program may have its own.

    It calls its target's `stream_start`, `stream_element`, `stream_end`, `stream_eof`, `stream_parse_error`, and
    its target's `event` with `ConnectedEvent` and `DisconnectedEvent`.
    """

    @abstractmethod
    def set_target(self, stream: StreamBase) -> None:
        """The stream that is carried from now on.

        :raises ValueError: there is one already.
        """

    @abstractmethod
    def send_stream_head(
        self,
        stanza_namespace: str,
        stream_from: str | None,
        stream_to: str | None,
        stream_id: str | None = None,
        version: str = "1.0",
        language: str | None = None,
    ) -> None:
        """Send the opening tag of a stream."""

    @abstractmethod
    def restart(self) -> None:
        """What comes next is a new stream."""

    @abstractmethod
    def send_stream_tail(self) -> None:
        """Send the closing tag."""

    @abstractmethod
    def send_element(self, element: Element) -> None:
        """Send an element of the stream."""

    @abstractmethod
    def is_connected(self) -> bool:
        """Whether there is a connection."""

    @abstractmethod
    def disconnect(self) -> None:
        """End the connection in order."""

    @property
    def auth_properties(self) -> Mapping[str, Any]:
        """What the connection contributes to authentication, as ``security-layer``: ``TLS`` if it is encrypted."""
        return {}


# --- stream features ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamFeatureHandled:
    """A stream feature is being negotiated by who returned this.

    :ivar mandatory: whether it has to be negotiated.
    """

    feature_name: str
    mandatory: bool = False

    def __str__(self) -> str:
        return self.feature_name


@dataclass(frozen=True, slots=True)
class StreamFeatureNotHandled:
    """A stream feature is on offer, and cannot be negotiated.

    :ivar mandatory: whether it has to be; then the stream ends.
    """

    feature_name: str
    mandatory: bool = False

    def __str__(self) -> str:
        return self.feature_name


class StreamFeatureHandler:
    """The base of objects that negotiate a stream feature of the program's own."""

    def handle_stream_features(
        self, stream: StreamBase, features: Element
    ) -> StreamFeatureHandled | StreamFeatureNotHandled | None:
        """The end that opened the stream: these features are on offer, and it is the handler's turn.

        To negotiate one send what it asks for with `StreamBase.write_element`, take answers with methods marked with
        `stream_element_handler`, and go on with `StreamBase.set_authenticated` or `StreamBase.restart_stream`.

        :returns: whether one is being negotiated; None if none is the handler's.
        """
        return None

    def make_stream_features(self, stream: StreamBase, features: Element) -> None:
        """The other end: append to `features` what is on offer now."""


def stream_element_handler(element_name: str, usage_restriction: str | None = None) -> Callable[[F], F]:
    """Mark a method of a `StreamFeatureHandler` as handler of top-level elements that are no stanzas.

    It gets the stream and the element, and returns whether it took it.

    :param element_name: ``{namespace}name``.
    :param usage_restriction: ``initiator`` or ``receiver``: only on streams of which we are that; None: on both.
    """

    def mark(function: F) -> F:
        marked: Any = function
        marked._pyxmpp_stream_element_handled = element_name
        marked._pyxmpp_usage_restriction = usage_restriction
        return function

    return mark
