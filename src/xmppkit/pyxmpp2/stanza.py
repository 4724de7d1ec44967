# SPDX-License-Identifier: MIT
"""`Stanza`: what messages, presences and IQs have in common (RFC 6120 §8), with PyXMPP2's surface.

A stanza is a face of an element. `from_engine` and `as_engine` go over from and to the stanzas of `xmppkit.stanza`
with the same element: nothing is copied.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.protocol.options import random_id
from xmppkit.pyxmpp2.constants import STANZA_CLIENT_NS, STANZA_NAMESPACES, XML_LANG_QNAME
from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.etree import ElementClass, element_to_unicode
from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError, JIDError, JIDMalformedProtocolError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.stanzahandlers import StanzaPayload
from xmppkit.pyxmpp2.stanzapayload import (
    Payload,
    XMLPayload,
    copy_payload,
    make_payload,
    payload_element_names_for_class,
    payload_factory,
    payload_xml,
)
from xmppkit.pyxmpp2.stanzapayload import payload_key as _key
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import build_stanza
from xmppkit.xml.names import split

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanzahandlers import StanzaRoute

__all__ = ["Stanza"]

P = TypeVar("P", bound=Payload)


class Stanza:
    """A stanza.

    :param element: the element, or the name of a new one.
    :param from_jid: the sender. This and all that follows override what the element says.
    :param to_jid: the receiver.
    :param stanza_type: the type.
    :param stanza_id: the id; other things than text become text.
    :param error: with type ``error``: what went wrong.
    :param error_cond: with type ``error``: the name of the condition, in place of `error`.
    :param return_path: where the stanza came from, and where answers go to; not kept alive.
    :param language: the language of what is in it.
    :raises ValueError: the element has no namespace.
    :raises BadRequestProtocolError: its namespace is no stanza's, or an error stanza does not say what went wrong.
    :raises JIDMalformedProtocolError: an address in the element is none.

    :ivar element_name: ``message``, ``presence``, ``iq``, or what it is.
    """

    #: Whether children in the stanza's own namespace are payload.
    _own_children_are_payload: ClassVar[bool] = True

    element_name: str

    def __init__(
        self,
        element: Element | str,
        from_jid: JID | str | None = None,
        to_jid: JID | str | None = None,
        stanza_type: str | None = None,
        stanza_id: object = None,
        error: StanzaErrorElement | None = None,
        error_cond: str | None = None,
        return_path: StanzaRoute | None = None,
        language: str | None = None,
    ) -> None:
        self._error: StanzaErrorElement | None = None
        self._from_jid: JID | None = None
        self._to_jid: JID | None = None
        self._stanza_type: str | None = None
        self._stanza_id: str | None = None
        self._language: str | None = None
        self._payload: list[Payload] | None = []
        self._element: Element | None = None
        self._dirty = True
        self._return_path = weakref.ref(return_path) if return_path is not None else None
        if isinstance(element, str):
            self._ns_prefix = f"{{{STANZA_CLIENT_NS}}}"
            self.element_name = element
        else:
            self._read(element)
        overridden = (from_jid, to_jid, stanza_type, stanza_id, error, error_cond, language)
        if any(value is not None for value in overridden):
            self._override(from_jid, to_jid, stanza_type, stanza_id, language)
        if self.stanza_type == "error":
            self._error = self._error_of(error, error_cond)

    # --- from the element and to it -------------------------------------------------------------------

    def _read(self, element: Element) -> None:
        given: object = element
        if not isinstance(given, ElementClass):
            raise TypeError(f"a stanza is made of an element or a name, not of {type(given).__name__}")
        namespace, self.element_name = split(element.tag)
        if not namespace:
            raise ValueError(f"the element <{element.tag}/> has no namespace")
        if namespace not in STANZA_NAMESPACES:
            raise BadRequestProtocolError(f"{namespace!r} is not the namespace of a stanza")
        self._ns_prefix = f"{{{namespace}}}"
        self._element, self._dirty, self._payload = element, False, None
        self._from_jid = _address(element.get("from"))
        self._to_jid = _address(element.get("to"))
        self._stanza_type = element.get("type")
        self._stanza_id = element.get("id")
        self._language = element.get(XML_LANG_QNAME)

    def _override(
        self,
        from_jid: JID | str | None,
        to_jid: JID | str | None,
        stanza_type: str | None,
        stanza_id: object,
        language: str | None,
    ) -> None:
        self.mark_dirty()
        if from_jid is not None:
            self._from_jid = JID(from_jid)
        if to_jid is not None:
            self._to_jid = JID(to_jid)
        if stanza_type is not None:
            self._stanza_type = stanza_type
        if stanza_id is not None:
            self._stanza_id = str(stanza_id)
        if language is not None:
            self._language = language

    def _error_of(self, error: StanzaErrorElement | None, error_cond: str | None) -> StanzaErrorElement:
        if error is not None:
            return StanzaErrorElement(error)
        if error_cond is not None:
            return StanzaErrorElement(error_cond)
        found = None if self._element is None else self._element.find(f"{self._ns_prefix}error")
        if found is None:
            raise BadRequestProtocolError("an error stanza without an <error/>")
        try:
            return StanzaErrorElement(found)
        except ValueError:
            # RFC 6120 §8.3.2: what is not known means as much as undefined-condition.
            return StanzaErrorElement("undefined-condition", error_type=found.get("type"))

    def as_xml(self) -> Element:
        """The stanza as a new element, that shares nothing with it.

        In order: attributes, payloads, the error, and what is special to the kind of stanza. A stanza of an element
        that nobody has changed, or looked into, is a copy of that element.
        """
        if self._element is not None and not self._dirty and self._payload is None:
            return copy.deepcopy(self._element)
        element = Element(self._ns_prefix + self.element_name, self._attributes())
        for payload in self._payloads():
            element.append(copy.deepcopy(payload_xml(payload)))
        if self._error is not None:
            element.append(self._error.as_xml(self._ns_prefix[1:-1]))
        self._write(element)
        return element

    def _attributes(self) -> dict[str, str]:
        values = {
            "from": self._from_jid,
            "to": self._to_jid,
            "type": self._stanza_type,
            "id": self._stanza_id,
            XML_LANG_QNAME: self._language,
        }
        known = {name: str(value) for name, value in values.items() if value is not None}
        others = {} if self._element is None else self._element.attrib
        return {**known, **{name: value for name, value in others.items() if name not in values}}

    def _write(self, element: Element) -> None:
        """Append what is special to the kind of stanza."""

    def get_xml(self) -> Element:
        """The stanza's element, which is not to be changed: that which it was made of, until it is changed."""
        if self._element is None or self._dirty:
            self._element = self.as_xml()
            self._dirty = False
        return self._element

    def serialize(self) -> str:
        """The stanza as text."""
        return element_to_unicode(self.as_xml() if self._payload else self.get_xml())

    def mark_dirty(self) -> None:
        """Say that something has changed: `get_xml` makes its element anew."""
        self._payloads()
        self._dirty = True

    @classmethod
    def from_engine(cls, stanza: StanzaBase, return_path: StanzaRoute | None = None) -> Self:
        """The face of a stanza of `xmppkit.stanza`; both have the same element from now on.

        Use `xmppkit.pyxmpp2.stanzaprocessor.stanza_factory` with ``stanza.xml`` when it may be of any kind.
        """
        return cls(stanza.xml, return_path=return_path)  # type: ignore[call-arg,unused-ignore]

    def as_engine(self) -> StanzaBase:
        """This as a stanza of `xmppkit.stanza`, with the element of `get_xml`."""
        return build_stanza(self.get_xml())

    def copy(self) -> Self:
        """An independent copy, with the same return path."""
        other = copy.copy(self)
        other._payload = None if self._payload is None else [copy_payload(payload) for payload in self._payload]
        other._element = None if self._element is None else copy.deepcopy(self._element)
        other._error = None if self._error is None else StanzaErrorElement(self._error)
        return other

    @classmethod
    def gen_id(cls) -> str:
        """A new id, which nobody can guess: an answer with it comes from who has seen the question."""
        return random_id()

    # --- properties -----------------------------------------------------------------------------------

    @property
    def from_jid(self) -> JID | None:
        """The sender; text that is assigned becomes a JID."""
        return self._from_jid

    @from_jid.setter
    def from_jid(self, value: JID | str | None) -> None:
        address = None if value is None else JID(value)
        self.mark_dirty()
        self._from_jid = address

    @property
    def to_jid(self) -> JID | None:
        """The receiver; text that is assigned becomes a JID."""
        return self._to_jid

    @to_jid.setter
    def to_jid(self, value: JID | str | None) -> None:
        address = None if value is None else JID(value)
        self.mark_dirty()
        self._to_jid = address

    @property
    def stanza_type(self) -> str | None:
        """The type; None if there is none."""
        return self._stanza_type

    @stanza_type.setter
    def stanza_type(self, value: str | None) -> None:
        self.mark_dirty()
        self._stanza_type = value

    @property
    def stanza_id(self) -> str | None:
        """The id; None if there is none. What is assigned becomes text."""
        return self._stanza_id

    @stanza_id.setter
    def stanza_id(self, value: object) -> None:
        self.mark_dirty()
        self._stanza_id = None if value is None else str(value)

    @property
    def error(self) -> StanzaErrorElement | None:
        """What went wrong, of a stanza of type ``error``; None otherwise."""
        return self._error

    @error.setter
    def error(self, value: StanzaErrorElement | None) -> None:
        self.mark_dirty()
        self._error = value

    @property
    def return_path(self) -> StanzaRoute | None:
        """Where it came from; None if that is gone, or if it did not come from anywhere."""
        return None if self._return_path is None else self._return_path()

    # --- payload --------------------------------------------------------------------------------------

    def _payloads(self) -> list[Payload]:
        if self._payload is None:
            self._payload = [XMLPayload(child) for child in self._payload_elements()]
        return self._payload

    def decode_payload(self, specialize: bool = False) -> None:
        """Make payloads of the element's children, if that has not happened yet.

        :param specialize: of the classes that were declared for them, instead of `XMLPayload`.
        """
        payloads = self._payloads()
        if specialize:
            payloads[:] = [_specialized(payload) for payload in payloads]

    def _payload_elements(self) -> Iterable[Element]:
        assert self._element is not None  # otherwise there is a list from the start
        error = f"{self._ns_prefix}error" if self._stanza_type == "error" else None
        for child in self._element:
            own = child.tag.startswith(self._ns_prefix)
            if child.tag != error and (self._own_children_are_payload or not own):
                yield child

    def set_payload(self, payload: Element | Payload) -> None:
        """Replace all payload by one."""
        made = _payload_of(payload)
        self.mark_dirty()
        self._payload = [made]

    def add_payload(self, payload: Element | Payload) -> None:
        """Add payload: an element, a `StanzaPayload`, or a stanza class of a plugin.

        :raises TypeError: it is none of these.
        """
        made = _payload_of(payload)
        self.mark_dirty()
        self._payloads().append(made)

    def get_all_payload(self, specialize: bool = False) -> list[Any]:
        """All payloads, in a new list.

        :param specialize: of the classes that were declared for them, instead of `XMLPayload`.
        """
        self.decode_payload(specialize)
        return list(self._payloads())

    def get_payload(self, payload_class: type[P] | None, payload_key: object = None, specialize: bool = False) -> Any:
        """The first payload of a class; None if there is none.

        Raw payload becomes an object of `payload_class` if that stands for such elements; asking again gives the same
        object.

        :param payload_class: `XMLPayload`, a class that was declared, or a stanza class of a plugin; None takes the
            first payload, whatever it is.
        :param payload_key: only one with this key; an `XMLPayload`'s is its qualified name.
        :param specialize: with None: make an object of the class that was declared for it.
        """
        payloads = self._payloads()
        if payload_class is None:
            if payloads and specialize:
                payloads[0] = _specialized(payloads[0])
            return payloads[0] if payloads else None
        names = payload_element_names_for_class(payload_class)
        for index, payload in enumerate(payloads):
            found = payload
            if (
                isinstance(payload, XMLPayload)
                and payload_class is not XMLPayload
                and payload.xml_element_name in names
            ):
                found = make_payload(payload_class, payload.element)
            if isinstance(found, payload_class) and (payload_key is None or _key(found) == payload_key):
                payloads[index] = found
                return found
        return None

    # --- answers --------------------------------------------------------------------------------------

    def _answer(self, **values: Any) -> dict[str, Any]:
        """What an answer has: the addresses the other way round, the same id."""
        return {
            "from_jid": self._to_jid,
            "to_jid": self._from_jid,
            "stanza_id": self._stanza_id,
            "return_path": self.return_path,
            **values,
        }

    def _copy_payload_to(self, other: Stanza) -> None:
        for payload in self._payloads():
            other.add_payload(copy_payload(payload))

    def __repr__(self) -> str:
        said = f" type={self._stanza_type!r}" if self._stanza_type else ""
        return f"<{type(self).__name__}{said} id={self._stanza_id!r} from={self._from_jid!s} to={self._to_jid!s}>"


def _address(text: str | None) -> JID | None:
    """The address in an attribute."""
    if not text:
        return None
    try:
        return JID(text)
    except JIDError as error:
        raise JIDMalformedProtocolError(str(error)) from error


def _specialized(payload: Payload) -> Payload:
    return payload_factory(payload.element) if isinstance(payload, XMLPayload) else payload


def _payload_of(value: object) -> Payload:
    if isinstance(value, StanzaPayload | ElementBase):
        return value
    if isinstance(value, Element):
        return XMLPayload(value)
    raise TypeError(f"payload is an element, a StanzaPayload or a stanza class of a plugin, not {type(value).__name__}")
