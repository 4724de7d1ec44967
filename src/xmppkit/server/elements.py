# SPDX-License-Identifier: MIT
"""Stanzas as the server handles them: bare elements, in the namespace ``jabber:client``."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import XMPPError
from xmppkit.xml.names import CLIENT, STANZA_ERRORS, clark

__all__ = ["ERROR", "IQ", "MESSAGE", "PRESENCE", "answer", "copy_to", "error_answer", "presence"]

MESSAGE = clark(CLIENT, "message")
PRESENCE = clark(CLIENT, "presence")
IQ = clark(CLIENT, "iq")
ERROR = clark(CLIENT, "error")


def copy_to(element: Element, to: str | None = None, *, sender: str | None = None) -> Element:
    """A copy that shares the children, with another recipient or sender; None leaves them as they are."""
    attributes = dict(element.attrib)
    if to is not None:
        attributes["to"] = to
    if sender is not None:
        attributes["from"] = sender
    copy = Element(element.tag, attributes)
    copy.text = element.text
    copy.extend(element)
    return copy


def presence(kind: str | None, sender: str, to: str) -> Element:
    """A presence without children; None is the type of availability."""
    element = Element(PRESENCE, {"from": sender, "to": to})
    if kind is not None:
        element.set("type", kind)
    return element


def answer(request: Element, payload: Element | None = None) -> Element:
    """The result of an IQ."""
    element = Element(IQ, {"type": "result"})
    for name, source in (("id", "id"), ("to", "from"), ("from", "to")):
        value = request.get(source)
        if value is not None:
            element.set(name, value)
    if payload is not None:
        element.append(payload)
    return element


def error_answer(stanza: Element, condition: str, *, payload: Iterable[Element] = ()) -> Element | None:
    """The error that answers a stanza (RFC 6120 §8.3); None if it must not be answered, being an answer itself."""
    kind = stanza.get("type")
    if kind == "error" or (stanza.tag == IQ and kind == "result"):
        return None
    element = Element(stanza.tag, {"type": "error"})
    for name, source in (("id", "id"), ("to", "from"), ("from", "to")):
        value = stanza.get(source)
        if value is not None:
            element.set(name, value)
    element.extend(payload)
    error = SubElement(element, ERROR, {"type": XMPPError.default_types[condition]})
    SubElement(error, clark(STANZA_ERRORS, condition))
    return element
