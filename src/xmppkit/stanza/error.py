# SPDX-License-Identifier: MIT
"""`Error`: what an error stanza says about the error (RFC 6120 §8.3)."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Any, ClassVar, Self
from xml.etree.ElementTree import Element

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, LangText
from xmppkit.xml.names import CLIENT, STANZA_ERRORS, clark, split

__all__ = ["Error", "ErrorType"]

log = logging.getLogger(__name__)


class ErrorType(StrEnum):
    """What the sender of the failed stanza should do (RFC 6120 §8.3.2)."""

    AUTH = "auth"
    CANCEL = "cancel"
    CONTINUE = "continue"
    MODIFY = "modify"
    WAIT = "wait"


class Error(ElementBase):
    """A stanza error. As a child it makes its stanza one of type ``error``, and begins as
    ``feature-not-implemented``, ``cancel``."""

    __slots__ = ()

    name = "error"
    namespace = CLIENT
    plugin_attrib = "error"
    follows_namespace = True
    interfaces: ClassVar[set[str]] = {"code", "condition", "text", "type", "gone", "redirect", "by"}
    sub_interfaces: ClassVar[set[str]] = {"text"}
    #: The defined conditions (§8.3.3).
    conditions: ClassVar[set[str]] = set(XMPPError.default_types)
    #: The namespace of conditions and texts.
    condition_ns: ClassVar[str] = STANZA_ERRORS
    types: ClassVar[set[str]] = {kind.value for kind in ErrorType}

    code = Attr(str, doc="the number of the error before RFC 3920, where the peer still sends one")
    type_ = Attr(ErrorType, key="type", doc="what the sender should do")
    condition = Derived(str, among="conditions", doc="what went wrong (§8.3.3)")
    by = Attr(JID, doc="who found the error")
    text = LangText(namespace=STANZA_ERRORS, doc="a sentence for a human")
    gone = Derived(str, doc="the new address, as a URI, of the condition gone (§8.3.3.5)")
    redirect = Derived(str, doc="the address, as a URI, of the condition redirect (§8.3.3.14)")

    def setup(self, xml: Element | None = None) -> bool:
        """Make the element if there is none, with its defaults."""
        made = super().setup(xml)
        if made:
            self["type"] = "cancel"
            self["condition"] = "feature-not-implemented"
        above = self.parent() if self.parent is not None else None
        if made and above is not None:
            above["type"] = "error"
        return made

    def _condition(self) -> Element | None:
        text = clark(self.condition_ns, "text")
        for child in self.xml:
            if split(child.tag)[0] == self.condition_ns and child.tag != text:
                return child
        return None

    def get_condition(self) -> str:
        """The condition; ``''`` when none is there. A peer may have sent one that the RFC does not define."""
        found = self._condition()
        return "" if found is None else split(found.tag)[1]

    def set_condition(self, value: str) -> Self:
        """Set the condition. One that is none of `conditions` is not set, with a warning."""
        if value not in self.conditions:
            log.warning("%s has no condition %r", type(self).__name__, value)
            return self
        self.del_condition()
        self.xml.insert(0, Element(clark(self.condition_ns, value)))
        return self

    def del_condition(self) -> Self:
        """Remove the condition."""
        while (found := self._condition()) is not None:
            self.xml.remove(found)
        return self

    def set_type(self, value: Any) -> Self:
        """Set the type. One that is none of `types` is not set, with a warning."""
        if value in self.types:
            self._set_attr("type", value)
        else:
            log.warning("%s has no type %r", type(self).__name__, value)
        return self

    def _detail(self, condition: str) -> str:
        found = self.xml.find(clark(self.condition_ns, condition))
        return "" if found is None else (found.text or "").strip()

    def _set_detail(self, condition: str, value: str) -> None:
        if not value:
            self._del_detail(condition)
            return
        if self.get_condition() != condition:
            self.set_condition(condition)
        found = self.xml.find(clark(self.condition_ns, condition))
        if found is not None:
            found.text = self._text_of(condition, value)

    def _del_detail(self, condition: str) -> None:
        found = self.xml.find(clark(self.condition_ns, condition))
        if found is not None:
            found.text = None

    def get_gone(self) -> str:
        """The new address that the condition ``gone`` names, as a URI (§8.3.3.5); ``''`` without one."""
        return self._detail("gone")

    def set_gone(self, value: str) -> None:
        """Make the condition ``gone``, with the new address as a URI."""
        self._set_detail("gone", value)

    def del_gone(self) -> None:
        """Remove the new address, not the condition."""
        self._del_detail("gone")

    def get_redirect(self) -> str:
        """The address that the condition ``redirect`` names, as a URI (§8.3.3.14); ``''`` without one."""
        return self._detail("redirect")

    def set_redirect(self, value: str) -> None:
        """Make the condition ``redirect``, with an address as a URI."""
        self._set_detail("redirect", value)

    def del_redirect(self) -> None:
        """Remove the address, not the condition."""
        self._del_detail("redirect")
