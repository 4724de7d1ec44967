# SPDX-License-Identifier: MIT
"""`Iq`: a request and its answer (RFC 6120 §8.2.3)."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import NotConnectedError
from xmppkit.jid.address import JID, canonical
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.registry import register_root
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.xml.names import CLIENT, STANZA_NAMESPACES, clark, split

if TYPE_CHECKING:
    from asyncio import Future

    from xmppkit.types import JidStr, StanzaStream

__all__ = ["Iq", "IqType"]

_TAGS = {namespace: clark(namespace, "iq") for namespace in STANZA_NAMESPACES}
_TIMEOUT_CALLBACK = "timeout_callback is deprecated: await the future, which raises IqTimeout"


class IqType(StrEnum):
    """What an IQ is."""

    GET = "get"
    SET = "set"
    RESULT = "result"
    ERROR = "error"


@register_root
class Iq(RootStanza):
    """A request (``get``, ``set``) with one payload, or the answer to one (``result``, ``error``)."""

    __slots__ = ()

    name = "iq"
    namespace = CLIENT
    plugin_attrib = "iq"
    interfaces: ClassVar[set[str]] = {"type", "to", "from", "id", "query"}
    types: ClassVar[set[str]] = {kind.value for kind in IqType}
    _never_answered = frozenset({"error", "result"})

    type_ = Attr(IqType, key="type", doc="what it is")
    query = Derived(str, doc="the namespace of the payload, if that is a query")

    @classmethod
    def request(cls, stream: StanzaStream, kind: str, to: JidStr | None = None) -> Self:
        """What the constructor makes of a stream, a type and a recipient, at half of its cost: requests are made again
        and again.

        :param kind: ``get`` or ``set``.
        :param to: the recipient.
        :raises InvalidJID: `to` is none.
        """
        tag = _TAGS.get(stream.default_ns)
        if tag is None or cls._has_constructor or cls.plugin_overrides:
            return cls(stream, None, kind, to)
        if to:
            address = canonical(to) if type(to) is str else JID(to).full
            attributes = {"type": kind, "to": address, "id": stream.new_id()}
        else:
            attributes = {"type": kind, "id": stream.new_id()}
        return cls.received(stream, Element(tag, attributes))

    def _fill_in(self) -> None:
        if self.xml.get("id") is None:
            self.xml.set("id", "0" if self.stream is None else self.stream.new_id())

    def unhandled(self) -> None:
        """Answer a request that nothing here understands."""
        if self.stream is not None and self.xml.get("type") in ("get", "set"):
            answer: Any = self.reply()
            # COMPAT(slixmpp 1.17): RFC 6120 §8.4 has service-unavailable; the child's defaults are these.
            answer["error"]["condition"] = "feature-not-implemented"
            answer["error"]["text"] = "No handlers registered for this request."
            answer.send()

    def get_query(self) -> str:
        """The namespace of the payload, if that is a ``query``; else ``''``."""
        for child in self.xml:
            namespace, local = split(child.tag)
            if local == "query":
                return namespace
        return ""

    def set_query(self, value: str) -> Self:
        """Make the payload a ``query`` of a namespace, in place of another query."""
        if self.get_query() != value:
            self.del_query()
            if value:
                self._iterables = None
                SubElement(self.xml, clark(value, "query"))
        return self

    def del_query(self) -> Self:
        """Remove the ``query``."""
        for child in [child for child in self.xml if split(child.tag)[1] == "query"]:
            self._remove(child)
        return self

    def reply(self, clear: bool = True) -> Self:
        """A new IQ of type ``result`` that goes back.

        :param clear: leave the payload out.
        """
        answer = super().reply(clear)
        answer.xml.set("type", "result")
        return answer

    def send(  # type: ignore[override]  # an IQ is the only stanza that is answered
        self,
        callback: Callable[[Any], Any] | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> Future[Iq]:
        """Send it.

        :param callback: called with the answer, be it a result or an error; a function or a coroutine function.
        :param timeout: seconds to wait for the answer; None: 120.
        :param timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`. Deprecated, with a warning.
        :returns: a future of the answer. It raises `IqError`, `IqTimeout`, or what ended the stream. For an IQ that is
            an answer itself, a future of None that is done.
        :raises NotConnectedError: it has no stream.
        :raises UnserializableXML: XML 1.0 cannot express it.
        :raises TypeError: the timeout is no number.
        """
        if timeout_callback is not None:
            warnings.warn(_TIMEOUT_CALLBACK, DeprecationWarning, stacklevel=2)
        if self.stream is None:
            raise NotConnectedError(
                "this iq belongs to no stream: make it with the stream's factory, as xmpp.make_iq_get()"
            )
        return self.stream.send_iq(self, callback, timeout, timeout_callback)
