# SPDX-License-Identifier: MIT
"""Extensions as users of slixmpp write them, for several tests of stanzas."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.element import ElementBase


class Nick(ElementBase):
    """An extension: the parent's key is the value."""

    name, namespace, plugin_attrib, is_extension = "nick", "urn:nick", "nick", True
    interfaces = {"nick"}

    def get_nick(self, lang: str | None = None) -> str:
        return self.xml.text or ""

    def set_nick(self, value: str) -> None:
        self.xml.text = value

    def del_nick(self) -> None:
        self.xml.text = ""


class Shout(ElementBase):
    """A virtual extension: it has no XML and works on its parent's."""

    name, namespace, plugin_attrib, is_extension = "shout", "", "shout", True
    interfaces = {"shout"}
    lang_interfaces = {"shout"}

    def setup(self, xml: ET.Element | None = None) -> bool:
        self.xml = ET.Element("")
        return True

    def _parent(self) -> Any:
        assert self.parent is not None
        return self.parent()

    def get_shout(self, lang: str | None = None) -> str:
        return f"{self._parent()['method']}!{lang or ''}"

    def set_shout(self, value: str, lang: str | None = None) -> None:
        self._parent()["method"] = value.rstrip("!") + (lang or "")

    def del_shout(self) -> None:
        del self._parent()["method"]
