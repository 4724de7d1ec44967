# SPDX-License-Identifier: MIT
"""What the stanzas of XEP-0060 have in common: the closed vocabularies, and fields for payload, form, redirection."""

from __future__ import annotations

from copy import copy
from enum import StrEnum
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field, Flag, ValueField
from xmppkit.xml.names import clark

__all__ = [
    "PUBSUB",
    "PUBSUB_ERRORS",
    "PUBSUB_EVENT",
    "PUBSUB_OWNER",
    "AffiliationKind",
    "FormOf",
    "NodeType",
    "OptionalSetting",
    "Payload",
    "Redirect",
    "SubscriptionState",
]

PUBSUB: Final = "http://jabber.org/protocol/pubsub"
PUBSUB_ERRORS: Final = PUBSUB + "#errors"
PUBSUB_EVENT: Final = PUBSUB + "#event"
PUBSUB_OWNER: Final = PUBSUB + "#owner"


class AffiliationKind(StrEnum):
    """What somebody may do at a node (§4.1)."""

    OWNER = "owner"
    PUBLISHER = "publisher"
    PUBLISH_ONLY = "publish-only"
    MEMBER = "member"
    NONE = "none"
    OUTCAST = "outcast"


class SubscriptionState(StrEnum):
    """Whether somebody is told what is published at a node (§4.2)."""

    NONE = "none"
    PENDING = "pending"
    UNCONFIGURED = "unconfigured"
    SUBSCRIBED = "subscribed"


class NodeType(StrEnum):
    """What a node holds (§4.4): items, or other nodes (XEP-0248)."""

    LEAF = "leaf"
    COLLECTION = "collection"


class Payload(Field["Element | None"]):
    """The element that an item holds (§7.1.3.6: one at most); None when it holds none.

    Setting it takes an element or a stanza. What has a class that is registered with the item's class is under the
    class's key, too.
    """

    __slots__ = ()

    def get(self, stanza: ElementBase) -> Element | None:
        xml = stanza.xml
        return xml[0] if len(xml) else None

    read_item = get

    def set(self, stanza: ElementBase, value: Element | ElementBase | None) -> None:
        xml = value.xml if isinstance(value, ElementBase) else value
        if not isinstance(xml, Element):
            raise self._refuse(stanza, TypeError(f"it takes an element or a stanza, not {type(value).__name__}"))
        self.delete(stanza)
        stanza.xml.append(xml)

    def delete(self, stanza: ElementBase) -> None:
        for child in list(stanza.xml):
            stanza._remove(child)

    def present(self, stanza: ElementBase) -> bool:
        return len(stanza.xml) > 0


class FormOf(Field["Form | None"]):
    """The form that an element holds, under a key of the element's own; None when there is none. The class must have
    `Form` among its children."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> Form | None:
        return Form.of(stanza)

    def set(self, stanza: ElementBase, value: Form | Element | None) -> None:
        form = Form(xml=value) if isinstance(value, Element) else value
        if not isinstance(form, Form):
            raise self._refuse(stanza, TypeError(f"it takes a form, not {type(value).__name__}"))
        above = form.parent() if form.parent is not None else None
        if above is not None and above is not stanza:
            form = copy(form)  # an element has one parent
        stanza._replace_children(Form, (form,))

    def delete(self, stanza: ElementBase) -> None:
        stanza._replace_children(Form, ())

    def read_item(self, stanza: ElementBase) -> Form | str:
        form = self.get(stanza)
        return "" if form is None else form

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if isinstance(value, str) and not value:
            self.delete(stanza)
        else:
            self.set(stanza, value)

    def present(self, stanza: ElementBase) -> bool:
        return self.get(stanza) is not None


class Redirect(ValueField["str | None"]):
    """The URI of the child ``redirect``."""

    __slots__ = ()

    def __init__(self, *, doc: str) -> None:
        self._declare(str, None, {"doc": doc})

    def _tag(self, xml: Element) -> str:
        return clark(xml.tag[1 : xml.tag.find("}")], "redirect")

    def text(self, xml: Element) -> str | None:
        found = xml.find(self._tag(xml))
        return None if found is None else found.get("uri")

    def write(self, xml: Element, text: str) -> None:
        found = xml.find(self._tag(xml))
        (SubElement(xml, self._tag(xml)) if found is None else found).set("uri", text)

    def remove(self, xml: Element) -> None:
        for found in xml.findall(self._tag(xml)):
            xml.remove(found)


class OptionalSetting(ElementBase):
    """What may be required."""

    __slots__ = ()

    required = Flag(doc="whether there is no going on without it")

    def set_required(self, value: Any) -> None:
        """Say whether it is required; ``'true'``, ``'1'`` and True say so."""
        type(self).required.set(self, value in (True, "true", "1", "required"))
