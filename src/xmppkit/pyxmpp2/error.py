# SPDX-License-Identifier: MIT
"""Errors of stanzas and streams as objects (RFC 6120 §4.9, §8.3)."""

from __future__ import annotations

import copy
from typing import ClassVar, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import XMPPError
from xmppkit.pyxmpp2.constants import (
    PYXMPP_ERROR_NS,
    STANZA_CLIENT_NS,
    STANZA_ERROR_NS,
    STREAM_ERROR_NS,
    STREAM_NS,
    XML_LANG_QNAME,
)
from xmppkit.pyxmpp2.etree import element_to_unicode
from xmppkit.stanza.error import ErrorType
from xmppkit.stanza.stream_error import STREAM_CONDITIONS
from xmppkit.xml.names import clark, split

__all__ = [
    "OBSOLETE_CONDITIONS",
    "STANZA_ERRORS",
    "STANZA_ERRORS_Q",
    "STREAM_ERRORS",
    "STREAM_ERRORS_Q",
    "UNDEFINED_STANZA_CONDITION",
    "UNDEFINED_STREAM_CONDITION",
    "ErrorElement",
    "StanzaErrorElement",
    "StreamErrorElement",
]

_STREAM_TEXTS: Final[dict[str, str]] = {
    "bad-format": "The XML cannot be processed.",
    "bad-namespace-prefix": "A namespace prefix is missing or cannot be used.",
    "conflict": "A new stream takes the place of this one.",
    "connection-timeout": "The other side has been silent for too long.",
    "host-gone": "The domain is not served here any more.",
    "host-unknown": "The domain is not served here.",
    "improper-addressing": "A stanza between servers lacks an address.",
    "internal-server-error": "Something went wrong within the server.",
    "invalid-from": "The sender's address does not belong to this stream.",
    "invalid-namespace": "The namespace of the stream is wrong.",
    "invalid-xml": "The XML is not valid.",
    "not-authorized": "Data came before authentication, or without permission.",
    "not-well-formed": "The XML is not well-formed.",
    "policy-violation": "A rule of this service was broken.",
    "remote-connection-failed": "Another server that is needed cannot be reached.",
    "reset": "The stream has to be negotiated anew.",
    "resource-constraint": "There are not enough resources to serve the stream.",
    "restricted-xml": "The XML has what XMPP does not allow.",
    "see-other-host": "Connect to another host.",
    "system-shutdown": "The server is being shut down.",
    "undefined-condition": "An error that has no name.",
    "unsupported-encoding": "The encoding is not UTF-8.",
    "unsupported-feature": "A mandatory stream feature is not supported.",
    "unsupported-stanza-type": "The element is no stanza that is known here.",
    "unsupported-version": "The version of XMPP is not supported.",
}
#: Condition of a stream error to a tuple of its text.
STREAM_ERRORS: Final = {name: (_STREAM_TEXTS[name],) for name in sorted(STREAM_CONDITIONS)}
#: The same by qualified name.
STREAM_ERRORS_Q: Final = {clark(STREAM_ERROR_NS, name): about for name, about in STREAM_ERRORS.items()}

_STANZA_TEXTS: Final[dict[str, str]] = {
    "bad-request": "The request is malformed.",
    "conflict": "There is something of that name already.",
    "feature-not-implemented": "The feature is not implemented.",
    "forbidden": "You are not allowed to do that.",
    "gone": "The recipient has another address now.",
    "internal-server-error": "Something went wrong within the server.",
    "item-not-found": "There is no such item.",
    "jid-malformed": "An address is malformed.",
    "not-acceptable": "The request is not acceptable here.",
    "not-allowed": "Nobody is allowed to do that.",
    "not-authorized": "You have to log in first.",
    "policy-violation": "A rule of this service was broken.",
    "recipient-unavailable": "The recipient is not available.",
    "redirect": "The recipient is at another address for now.",
    "registration-required": "You have to register first.",
    "remote-server-not-found": "The recipient's server does not exist or cannot be reached.",
    "remote-server-timeout": "The recipient's server cannot be reached in time.",
    "resource-constraint": "There are not enough resources for that.",
    "service-unavailable": "The service is not available.",
    "subscription-required": "You have to subscribe first.",
    "undefined-condition": "An error that has no name.",
    "unexpected-request": "The request was not expected at this moment.",
}
# Where PyXMPP2 had another type than the rest of the library.
_TYPES: Final = {"policy-violation": "cancel", "unexpected-request": "wait"}
#: Condition of a stanza error to its text and its usual type.
STANZA_ERRORS: Final = {
    name: (text, _TYPES.get(name, XMPPError.default_types[name])) for name, text in sorted(_STANZA_TEXTS.items())
}
#: The same by qualified name.
STANZA_ERRORS_Q: Final = {clark(STANZA_ERROR_NS, name): about for name, about in STANZA_ERRORS.items()}

#: Conditions of RFC 3920 to those that stand for them now, by qualified name.
OBSOLETE_CONDITIONS: Final = {
    clark(STREAM_ERROR_NS, "xml-not-well-formed"): clark(STREAM_ERROR_NS, "not-well-formed"),
    clark(STREAM_ERROR_NS, "invalid-id"): clark(STREAM_ERROR_NS, "undefined-condition"),
    clark(STANZA_ERROR_NS, "payment-required"): clark(STANZA_ERROR_NS, "undefined-condition"),
}
UNDEFINED_STREAM_CONDITION: Final = clark(STREAM_ERROR_NS, "undefined-condition")
UNDEFINED_STANZA_CONDITION: Final = clark(STANZA_ERROR_NS, "undefined-condition")


class ErrorElement:
    """An error: a condition, maybe with a text and with conditions of applications.

    :param element_or_cond: the error's element, the name of a condition, or another error to copy.
    :param text: a sentence for a human; None takes the element's.
    :param language: the language of `text`.

    :ivar condition: the element of the condition.
    :ivar custom_condition: elements of applications.
    """

    error_qname: ClassVar[str] = clark(PYXMPP_ERROR_NS, "error")
    text_qname: ClassVar[str] = clark(PYXMPP_ERROR_NS, "text")
    cond_ns: ClassVar[str] = PYXMPP_ERROR_NS

    condition: Element
    text: str | None
    language: str | None
    custom_condition: list[Element]

    def __init__(
        self, element_or_cond: Element | str | ErrorElement, text: str | None = None, language: str | None = None
    ) -> None:
        self.text = text
        self.language = language
        self.custom_condition = []
        if isinstance(element_or_cond, ErrorElement):
            element_or_cond = element_or_cond.as_xml()
        if isinstance(element_or_cond, str):
            self.condition = Element(self._known(clark(self.cond_ns, element_or_cond)))
        else:
            self._from_xml(element_or_cond)

    def _from_xml(self, element: Element) -> None:
        found: Element | None = None
        for child in element:
            if child.tag == self.text_qname:
                if self.text is None:
                    self.text = child.text or ""
                    self.language = self.language or child.get(XML_LANG_QNAME)
            elif split(child.tag)[0] == self.cond_ns:
                if found is None:
                    found = Element(self._known(child.tag), dict(child.attrib))
                    found.text = child.text
            else:
                self.custom_condition.append(copy.deepcopy(child))
        self.condition = Element(clark(self.cond_ns, "undefined-condition")) if found is None else found

    def _known(self, tag: str) -> str:
        """The qualified name of a condition as it is written now.

        :raises ValueError: there is none of that name.
        """
        return OBSOLETE_CONDITIONS.get(tag, tag)

    @property
    def condition_name(self) -> str:
        """The condition without its namespace."""
        return split(self.condition.tag)[1]

    def add_custom_condition(self, element: Element) -> None:
        """Add an application's condition."""
        self.custom_condition.append(element)

    def serialize(self) -> str:
        """The error as text."""
        return element_to_unicode(self.as_xml())

    def as_xml(self) -> Element:
        """The error as a new element."""
        return self._fill(Element(self.error_qname))

    def _fill(self, element: Element) -> Element:
        element.append(copy.deepcopy(self.condition))
        if self.text:
            said = SubElement(element, self.text_qname)
            said.text = self.text
            if self.language:
                said.set(XML_LANG_QNAME, self.language)
        element.extend(copy.deepcopy(custom) for custom in self.custom_condition)
        return element

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.condition_name}>"


class StreamErrorElement(ErrorElement):
    """A stream error (RFC 6120 §4.9).

    :raises ValueError: the condition is none of those that the RFC defines.
    """

    error_qname = clark(STREAM_NS, "error")
    text_qname = clark(STREAM_ERROR_NS, "text")
    cond_ns = STREAM_ERROR_NS

    def _known(self, tag: str) -> str:
        tag = super()._known(tag)
        if tag not in STREAM_ERRORS_Q:
            raise ValueError(f"{split(tag)[1]!r} is no condition of a stream error")
        return tag

    def get_message(self) -> str | None:
        """What the condition means, in English."""
        return STREAM_ERRORS[self.condition_name][0]


class StanzaErrorElement(ErrorElement):
    """A stanza error (RFC 6120 §8.3).

    :param error_type: ``auth``, ``cancel``, ``continue``, ``modify`` or ``wait``; None takes the element's, or what is
        usual for the condition.
    :raises ValueError: the element is none of a stanza error, or the condition none that the RFC defines.
    """

    error_qname = clark(STANZA_CLIENT_NS, "error")
    text_qname = clark(STANZA_ERROR_NS, "text")
    cond_ns = STANZA_ERROR_NS

    error_type: str

    def __init__(
        self,
        element_or_cond: Element | str | ErrorElement,
        text: str | None = None,
        language: str | None = None,
        error_type: str | None = None,
    ) -> None:
        if isinstance(element_or_cond, StanzaErrorElement):
            error_type = error_type or element_or_cond.error_type
        super().__init__(element_or_cond, text, language)
        self.error_type = error_type or self._type_of(element_or_cond) or STANZA_ERRORS[self.condition_name][1]

    @staticmethod
    def _type_of(source: Element | str | ErrorElement) -> str | None:
        found = source.get("type") if isinstance(source, Element) else None
        return found if found in set(ErrorType) else None

    def _from_xml(self, element: Element) -> None:
        if split(element.tag)[1] != "error":
            raise ValueError(f"an element <{split(element.tag)[1]}/> is no stanza error")
        super()._from_xml(element)

    def _known(self, tag: str) -> str:
        tag = super()._known(tag)
        if tag not in STANZA_ERRORS_Q:
            raise ValueError(f"{split(tag)[1]!r} is no condition of a stanza error")
        return tag

    def get_message(self) -> str | None:
        """What the condition means, in English."""
        return STANZA_ERRORS[self.condition_name][0]

    def as_xml(self, stanza_namespace: str | None = None) -> Element:
        """The error as a new element.

        :param stanza_namespace: that of the stanza; None takes ``jabber:client``.
        """
        element = Element(clark(stanza_namespace or STANZA_CLIENT_NS, "error"), {"type": self.error_type})
        return self._fill(element)
