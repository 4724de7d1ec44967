# SPDX-License-Identifier: MIT
"""`StanzaBase`: the stanzas at a stream's first level (RFC 6120 §8), which have addresses and belong to a stream."""

from __future__ import annotations

import copy
import logging
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self
from xml.etree.ElementTree import Element

from xmppkit.exceptions import NotConnectedError
from xmppkit.jid.address import canonical
from xmppkit.stanza.codecs import STRICT_ADDRESS
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.xml.names import STANZA_NAMESPACES, known_clark

if TYPE_CHECKING:
    from xmppkit.types import JidStr, StanzaStream

__all__ = ["StanzaBase"]

log = logging.getLogger(__name__)


class StanzaBase(ElementBase):
    """An element of a stream's first level.

    :param stream: the stream that it came from or will be sent on.
    :param xml: the element; None makes a new one, in the stream's namespace.
    :param stype: the type of a new one.
    :param sto: the address it goes to.
    :param sfrom: the address it comes from.
    :param sid: its id.
    :param parent: the stanza it is a child of, as a forwarded one.
    :param recv: it was received: nothing is filled in.
    """

    __slots__ = ("stream",)

    name = "stanza"
    plugin_attrib = "stanza"
    interfaces: ClassVar[set[str]] = {"type", "to", "from", "id", "payload"}
    #: The values of `type` that there are; empty: any.
    types: ClassVar[set[str]] = set()

    to = Attr(STRICT_ADDRESS, doc="the address it goes to; None: to the server, or to our own account")
    from_ = Attr(STRICT_ADDRESS, key="from", doc="the address it comes from; None: from the server")
    id = Attr(str, doc="what relates an answer to its request (RFC 6120 §8.1.3)")

    stream: StanzaStream | None

    #: Whether a subclass has its own way to make an object.
    _has_constructor: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._has_constructor = (
            cls._has_setup or cls.__init__ is not StanzaBase.__init__ or cls.__new__ is not object.__new__
        )

    @classmethod
    def received(cls, stream: StanzaStream | None, xml: Element) -> Self:
        """The stanza of an element that is complete already, as one that came: nothing is filled in.

        The hot path: what it costs, every stanza costs.
        """
        if cls._has_constructor:
            return cls(stream, xml, recv=True)
        stanza = object.__new__(cls)
        stanza.stream = stream
        stanza.xml = xml
        stanza._plugins = stanza._iterables = stanza.parent = None
        return stanza

    def __init__(
        self,
        stream: StanzaStream | None = None,
        xml: Element | None = None,
        stype: str | None = None,
        sto: JidStr | None = None,
        sfrom: JidStr | None = None,
        sid: str | None = None,
        parent: ElementBase | weakref.ref[ElementBase] | None = None,
        recv: bool = False,
    ) -> None:
        self.stream = stream
        cls = type(self)
        name = self.name
        if xml is None and parent is None and not self._has_setup and "/" not in name:
            self._plugins = self._iterables = self.parent = None
            namespace = self.namespace
            if stream is not None and namespace in STANZA_NAMESPACES and stream.default_ns in STANZA_NAMESPACES:
                namespace = stream.default_ns  # as in `_namespace_under`
            self.xml = Element(known_clark(namespace, name))
        else:
            super().__init__(xml, parent)
        ours = not cls.plugin_overrides  # then what `set_type` and `set_to` do, if they are ours, is done without them
        if stype is not None:
            if ours and type(stype) is str and stype in cls.types and cls.set_type is cls._plain_set_type:
                self.xml.set("type", stype)
            else:
                self["type"] = stype
        if sto is not None:
            if ours and sto and type(sto) is str and cls.set_to is StanzaBase.set_to:
                self.xml.set("to", canonical(sto))
            else:
                self["to"] = sto
        if sfrom is not None:
            self["from"] = sfrom
        if sid is not None:
            self["id"] = sid
        if not recv:
            self._fill_in()

    def _fill_in(self) -> None:
        """Give a stanza of our own what its class gives it unasked."""

    def _namespace_under(self, above: ElementBase | None) -> str:
        # A stanza has the namespace of its stream (RFC 6120 §4.8.2).
        stream = self.stream
        if stream is not None and self.namespace in STANZA_NAMESPACES and stream.default_ns in STANZA_NAMESPACES:
            return stream.default_ns
        return super()._namespace_under(above)

    def set_type(self, value: Any) -> Self:
        """Set the type. COMPAT(slixmpp 1.17): one that is none of `types` is not set, with a warning."""
        text = self._text_of("type", value)
        if text and text in self.types:
            self.xml.set("type", text)
        elif not text or not self.types:
            self._set_attr("type", text)
        else:
            log.warning("%s has no type %r", type(self).__name__, value)
        return self

    #: The `set_type` that only writes what is one of `types`, where it is that.
    _plain_set_type: ClassVar[Any] = set_type

    def set_to(self, value: JidStr) -> Self:
        """Set the address it goes to; ``''`` removes it. InvalidJID when it is none."""
        StanzaBase.to.write_item(self, value)
        return self

    def set_from(self, value: JidStr) -> Self:
        """Set the address it comes from; ``''`` removes it. InvalidJID when it is none."""
        StanzaBase.from_.write_item(self, value)
        return self

    @property
    def payload(self) -> list[Element]:
        """The child elements; assigning replaces them."""
        return self.get_payload()

    @payload.setter
    def payload(self, value: list[Element]) -> None:
        self.set_payload(value)

    @payload.deleter
    def payload(self) -> None:
        self.del_payload()

    def get_payload(self) -> list[Element]:
        """The child elements."""
        return list(self.xml)

    def set_payload(self, value: Element | ElementBase | Iterable[Element | ElementBase]) -> Self:
        """Replace the children."""
        children = [value] if isinstance(value, (Element, ElementBase)) else list(value)
        self.clear()
        for child in children:
            self.append(child)
        return self

    def del_payload(self) -> Self:
        """Remove the children."""
        return self.clear()

    # --- answering ------------------------------------------------------------------------------------------------

    def reply(self, clear: bool = True) -> Self:
        """A new stanza that goes back: same id, addresses exchanged.

        On a client's stream it has no sender address, since the server stamps it; a component says who answers.

        :param clear: leave the children out.
        """
        answer = Element(self.xml.tag, self._returned())
        if not clear:
            self._copy_content(answer)
        return self.received(self.stream, answer)

    def _returned(self) -> dict[str, str]:
        """The attributes of a stanza that goes back."""
        attributes = self.xml.attrib.copy()
        sender, receiver = attributes.pop("from", None), attributes.pop("to", None)
        if sender:
            attributes["to"] = sender
        if receiver and self.stream is not None and self.stream.is_component:
            attributes["from"] = receiver
        return attributes

    def _copy_content(self, answer: Element) -> None:
        answer.text = self.xml.text
        answer.extend(copy.deepcopy(child) for child in self.xml)

    def error(self) -> Self:
        """Make this an error stanza: sets the type."""
        self["type"] = "error"
        return self

    def unhandled(self) -> None:
        """Called when no handler matched the stanza."""

    def exception(self, e: BaseException) -> None:
        """Called with what a handler of the stanza has raised."""
        self._report(e)

    def _report(self, error: BaseException) -> None:
        if self.stream is not None and isinstance(error, Exception):
            self.stream.exception(error)
        else:
            log.error("a handler of a %s failed", self.name, exc_info=error)

    def send(self) -> None:
        """Send it on its stream.

        :raises NotConnectedError: it has no stream.
        :raises UnserializableXML: XML 1.0 cannot express it.
        """
        if self.stream is None:
            raise NotConnectedError(
                f"this {self.name} belongs to no stream: make it with the stream's factory, as xmpp.make_message(), "
                "or give it to xmpp.send()"
            )
        self.stream.send(self)

    def pretty_print(self) -> str:
        """Print it on standard output, indented.

        :returns: what was printed.
        """
        from xmppkit.xml.pretty import pretty  # for people: a program may never come here

        text = pretty(self.xml)
        print(text)
        return text

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickled is the XML. What comes back belongs to no stream."""
        return type(self).received, (None, self.xml)

    def __copy__(self) -> Self:
        return type(self)(self.stream, copy.deepcopy(self.xml), parent=self.parent, recv=True)
