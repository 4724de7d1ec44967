# SPDX-License-Identifier: MIT
"""Headers of a stanza, as those of mail and of the web (XEP-0131 §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.xml.names import clark

__all__ = ["SHIM", "Headers"]

SHIM: Final = "http://jabber.org/protocol/shim"
_HEADER: Final = clark(SHIM, "header")


class _HeadersByName(Field["dict[str, str | list[str]]"]):
    """The headers by name. One that is there several times, as the ``SubID`` of a message for several subscriptions
    (XEP-0060 §7.1.2.4), has a list; those without a name are left out."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> dict[str, str | list[str]]:
        found: dict[str, str | list[str]] = {}
        for element in stanza.xml.findall(_HEADER):
            name, text = element.get("name"), element.text or ""
            if not name:
                continue
            known = found.setdefault(name, text)
            if isinstance(known, list):
                known.append(text)
            elif known is not text:
                found[name] = [known, text]
        return found

    def set(self, stanza: ElementBase, value: Mapping[str, Any]) -> None:
        if not isinstance(value, Mapping):
            raise self._refuse(stanza, TypeError(f"it takes headers by name, not {type(value).__name__}"))
        made = []
        for name, texts in value.items():
            for text in texts if isinstance(texts, (list, tuple)) else (texts,):
                made.append(Element(_HEADER, {"name": stanza._text_of("headers", name)}))
                made[-1].text = stanza._text_of("headers", text)
        self.delete(stanza)
        stanza.xml.extend(made)

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_HEADER):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_HEADER) is not None


class Headers(ElementBase, parents=(Message, Presence, DiscoInfo)):
    """The headers of a message or a presence: ``message['headers'] = {'Urgency': 'high'}``. In an IQ they belong into
    the payload (§4), whose class registers them; that of disco#info does (example 8)."""

    __slots__ = ()

    name = "headers"
    namespace = SHIM
    plugin_attrib = "headers"
    is_extension = True

    headers = _HeadersByName(doc="texts by the headers' names; a list of texts where there are several of a name")

    def values_of(self, header: str) -> list[str]:
        """The texts of all headers of one name, in order; empty if there is none."""
        return [element.text or "" for element in self.xml.findall(_HEADER) if element.get("name") == header]

    def add(self, header: str, text: str) -> None:
        """Add a header, beside others of the same name."""
        SubElement(self.xml, _HEADER, {"name": header}).text = text
