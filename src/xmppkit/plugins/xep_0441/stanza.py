# SPDX-License-Identifier: MIT
"""What is archived, by contact (XEP-0441 §2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.jid.address import JID
from xmppkit.stanza.codecs import ADDRESS
from xmppkit.stanza.declaration import Field
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr
from xmppkit.xml.names import clark

__all__ = ["Default", "Preferences"]

ARCHIVE: Final = "urn:xmpp:mam:2"
_JID: Final = clark(ARCHIVE, "jid")


class Default(StrEnum):
    """Whose messages are archived, of those who are in no list (§2.1.1)."""

    ALWAYS = "always"
    NEVER = "never"
    ROSTER = "roster"


class _Addresses(Field["set[JID]"]):
    """The addresses in a child of a given name. Those that are none are left out. The dict view has ``''`` where there
    is no such child, since an empty one says that nobody is in the list."""

    __slots__ = ()

    in_child = True

    def _child(self, stanza: ElementBase) -> Element | None:
        return stanza.xml.find(clark(ARCHIVE, self.name))

    def get(self, stanza: ElementBase) -> set[JID]:
        found = set()
        child = self._child(stanza)
        for element in () if child is None else child.iterfind(_JID):
            try:
                found.add(ADDRESS.decode(element.text or ""))
            except ValueError:
                continue
        return found

    def set(self, stanza: ElementBase, value: Iterable[JidStr]) -> None:
        if isinstance(value, (str, JID)):
            raise self._refuse(stanza, TypeError("it takes several addresses, not one"))
        try:
            texts = sorted({ADDRESS.encode(each) for each in value})
        except TypeError as error:
            raise self._refuse(stanza, error) from None
        self.delete(stanza)
        child = SubElement(stanza.xml, clark(ARCHIVE, self.name))
        for text in texts:
            SubElement(child, _JID).text = text

    def read_item(self, stanza: ElementBase) -> Any:
        return "" if self._child(stanza) is None else self.get(stanza)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if isinstance(value, str) and not value:
            self.delete(stanza)
        else:
            self.set(stanza, value or ())

    def delete(self, stanza: ElementBase) -> None:
        child = self._child(stanza)
        if child is not None:
            stanza.xml.remove(child)

    def present(self, stanza: ElementBase) -> bool:
        return self._child(stanza) is not None


class Preferences(ElementBase, parents=(Iq,)):
    """The preferences. A server changes all of them together."""

    __slots__ = ()

    name = "prefs"
    namespace = ARCHIVE
    plugin_attrib = "mam_prefs"
    interfaces: ClassVar[set[str]] = {"always", "default", "never"}

    default = Attr(Default, doc="what holds for those who are in neither list")
    always = _Addresses(doc="whose messages are archived")
    never = _Addresses(doc="whose messages are not")
