# SPDX-License-Identifier: MIT
"""What stanzas carry: raw elements, classes that programs declare, and every stanza class of xmppkit.

A payload is an object with `StanzaPayload`'s methods, or an object of a class of ``xmppkit.plugins.xep_NNNN.stanza``
(any `ElementBase`). The latter need no declaration: their class says which element they stand for, and an object holds
the very element of the stanza.
"""

from __future__ import annotations

import copy
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.etree import ElementClass
from xmppkit.pyxmpp2.payloadregistry import STANZA_PAYLOAD_CLASSES, STANZA_PAYLOAD_ELEMENTS
from xmppkit.pyxmpp2.stanzahandlers import StanzaPayload
from xmppkit.stanza.element import ElementBase
from xmppkit.xml.names import clark

__all__ = [
    "STANZA_PAYLOAD_CLASSES",
    "STANZA_PAYLOAD_ELEMENTS",
    "Payload",
    "XMLPayload",
    "copy_payload",
    "make_payload",
    "payload_class_for_element_name",
    "payload_element_names_for_class",
    "payload_factory",
    "payload_key",
    "payload_xml",
]

#: What a stanza holds.
Payload = StanzaPayload | ElementBase

P = TypeVar("P", bound=Payload)


class XMLPayload(StanzaPayload):
    """A payload that is its element.

    :param data: the element, or another payload, whose element is copied.

    :ivar element: the element.
    :ivar xml_element_name: its qualified name.
    """

    element: Element
    xml_element_name: str

    def __init__(self, data: Element | Payload) -> None:
        if isinstance(data, StanzaPayload | ElementBase):
            data = copy.deepcopy(payload_xml(data))
        if not isinstance(data, ElementClass):
            raise TypeError(f"a payload is an element or a StanzaPayload, not {type(data).__name__}")
        self.xml_element_name = data.tag
        self.element = data

    @classmethod
    def from_xml(cls, element: Element) -> XMLPayload:
        """The payload of `element`."""
        return cls(element)

    def as_xml(self) -> Element:
        """The element itself, not a copy."""
        return self.element

    @property
    def handler_key(self) -> str:
        """What handlers of raw payloads are found by: the qualified name."""
        return self.xml_element_name


def payload_class_for_element_name(element_name: str) -> type[Any]:
    """The class that was declared for elements of this qualified name; `XMLPayload` if there is none."""
    return STANZA_PAYLOAD_CLASSES.get(element_name, XMLPayload)


def payload_element_names_for_class(payload_class: type[Any]) -> list[str]:
    """The qualified names of the elements that `payload_class` stands for."""
    if issubclass(payload_class, ElementBase) and payload_class not in STANZA_PAYLOAD_ELEMENTS:
        return [clark(payload_class.namespace, payload_class.name)]
    return list(STANZA_PAYLOAD_ELEMENTS.get(payload_class, ()))


def payload_factory(element: Element) -> Payload:
    """The payload of `element`, of the class that was declared for it."""
    made: Payload = make_payload(payload_class_for_element_name(element.tag), element)
    return made


def make_payload(payload_class: type[P], element: Element) -> P:
    """The payload of `element` as an object of `payload_class`, without looking at what the class was declared for."""
    make: Any = payload_class  # of two kinds, which are made differently
    made: P = make(xml=element) if issubclass(payload_class, ElementBase) else make.from_xml(element)
    return made


def payload_xml(payload: Payload) -> Element:
    """The element of a payload, which may be the payload's own."""
    return payload.xml if isinstance(payload, ElementBase) else payload.as_xml()


def payload_key(payload: Payload) -> object:
    """What handlers find the payload by, beside its class."""
    return None if isinstance(payload, ElementBase) else payload.handler_key


def copy_payload(payload: Payload) -> Payload:
    """An independent copy."""
    return copy.copy(payload) if isinstance(payload, ElementBase) else payload.copy()
