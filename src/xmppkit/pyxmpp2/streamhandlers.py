# SPDX-License-Identifier: MIT
"""The handler objects of a stream, sorted by what they are to it, and what they make of the engine's options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.binding import ResourceBindingHandler
from xmppkit.pyxmpp2.constants import STREAM_QNP
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandled, StreamFeatureHandler, StreamFeatureNotHandled
from xmppkit.pyxmpp2.mainloop.events import marked_methods
from xmppkit.pyxmpp2.session import SessionHandler
from xmppkit.pyxmpp2.streamsasl import StreamSASLHandler
from xmppkit.pyxmpp2.streamtls import StreamTLSHandler, tls_options
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.protocol.options import StreamOptions
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["StreamHandlers"]

T = TypeVar("T")

_BUILT_IN = (StreamTLSHandler, StreamSASLHandler, ResourceBindingHandler, SessionHandler)
# Turns of the engine's features: TLS 0, SASL 100, binding 10000. A handler's comes behind those in front of it.
_BEFORE_SASL, _BEFORE_BINDING, _LAST = 50, 5000, 20_000


class StreamHandlers:
    """The handlers of one stream.

    :ivar sasl: the one that logs in, or lets log in; None: nobody does.
    :ivar binding: the one that binds; None: nobody does.
    """

    def __init__(self, stream: StreamBase) -> None:
        self._stream = stream
        self.sasl = self._first(StreamSASLHandler)
        self.binding = self._first(ResourceBindingHandler)
        self._session = self._first(SessionHandler) is not None
        self._own: dict[str, tuple[int, StreamFeatureHandler]] = {}
        order = _BEFORE_SASL
        for number, handler in enumerate(stream.handlers):
            if isinstance(handler, StreamSASLHandler):
                order = max(order, _BEFORE_BINDING)
            elif isinstance(handler, ResourceBindingHandler):
                order = _LAST
            elif isinstance(handler, StreamFeatureHandler) and not isinstance(handler, _BUILT_IN):
                self._own[f"pyxmpp2 handler {number}"] = (order, handler)

    def _first(self, kind: type[T]) -> T | None:
        return next((handler for handler in self._stream.handlers if isinstance(handler, kind)), None)

    # --- for the engine -------------------------------------------------------------------------------

    def without(self) -> list[str]:
        """The engine's features that no handler stands for."""
        missing = [("mechanisms", self.sasl), ("bind", self.binding)]
        return [name for name, handler in missing if handler is None]

    def turns(self) -> list[tuple[str, int]]:
        """The features of the program's own handlers, and when their turns come."""
        return [(name, order) for name, (order, _) in self._own.items()]

    def element_tags(self) -> frozenset[str]:
        """The elements that handlers take, beside stanzas."""
        return frozenset(tag for tag, _ in self._element_methods())

    @property
    def stanzas_early(self) -> bool:
        """Receiver: whether there is anybody for stanzas of clients that have not logged in."""
        if self.sasl is None:
            return True
        for handler in self._stream.handlers:
            for method, _ in marked_methods(handler, "_pyxmpp_stanza_handled"):
                if getattr(method, "_pyxmpp_usage_restriction", None) != "post-auth":
                    return True
        return False

    def initiator_options(self, domain: str) -> StreamOptions:
        """The engine's options for who opens the stream."""
        stream, settings = self._stream, self._stream.settings
        changes: dict[str, Any] = tls_options(settings, initiator=True)
        if self.sasl is not None:
            changes["credentials"] = self.sasl.credentials(stream)
        if self.binding is not None:
            changes["resource"] = self.binding.wanted(stream) or ""
        return self._options(Limits.client(), domain=domain, session=self._session, **changes)

    def receiver_options(self, domain: str) -> StreamOptions:
        """The engine's options for who accepts the stream."""
        changes = tls_options(self._stream.settings, initiator=False)
        changes["languages"] = tuple(self._stream.settings["languages"])
        if self.sasl is not None:
            changes["sasl"] = self.sasl.policy(self._stream)
        return self._options(Limits.server(), domain=domain, session=self._session, offers=frozenset(), **changes)

    def _options(self, role: Limits, **changes: Any) -> StreamOptions:
        settings = self._stream.settings
        changes.setdefault("sasl", settings.sasl_policy)
        return settings.as_settings().stream_options(role, accepts=self.element_tags(), **changes)

    # --- their methods --------------------------------------------------------------------------------

    def offer(self, name: str, features: Element) -> StreamFeatureHandled | StreamFeatureNotHandled | None:
        """It is a handler's turn."""
        return self._own[name][1].handle_stream_features(self._stream, features)

    def announcements(self) -> tuple[Element, ...]:
        """What handlers announce now."""
        features = Element(STREAM_QNP + "features")
        for _, handler in self._own.values():
            handler.make_stream_features(self._stream, features)
        return tuple(features)

    def take_element(self, element: Element) -> bool:
        """Give an element to the first handler that takes it."""
        for tag, method in self._element_methods():
            if tag == element.tag:
                return bool(method(self._stream, element))
        return False

    def _element_methods(self) -> list[tuple[str, Callable[[StreamBase, Element], object]]]:
        unwanted = "receiver" if self._stream.initiator else "initiator"
        return [
            (tag, method)
            for handler in self._stream.handlers
            for method, tag in marked_methods(handler, "_pyxmpp_stream_element_handled")
            if getattr(method, "_pyxmpp_usage_restriction", None) != unwanted
        ]
