# SPDX-License-Identifier: MIT
"""Which part of a result is wanted, and which part this is (XEP-0059 §2)."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element

from xmppkit.plugins.xep_0030.stanza.items import DiscoItems
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText, ValueField
from xmppkit.xml.names import clark

__all__ = ["Set"]

RSM: Final = "http://jabber.org/protocol/rsm"


class _FirstIndex(ValueField["int | None"]):
    """The attribute ``index`` of the child ``first``."""

    __slots__ = ()

    _first: Final = clark(RSM, "first")

    def __init__(self, doc: str) -> None:
        self._declare(int, None, {"minimum": 0, "doc": doc, "raw": True})

    def text(self, xml: Element) -> str | None:
        """The text of the attribute."""
        first = xml.find(self._first)
        return None if first is None else first.get("index")

    def write(self, xml: Element, text: str) -> None:
        """Write the attribute; it needs the child."""
        first = xml.find(self._first)
        if first is None:
            first = Element(self._first)
            xml.append(first)
        first.set("index", text)

    def remove(self, xml: Element) -> None:
        """Take the attribute away."""
        first = xml.find(self._first)
        if first is not None:
            first.attrib.pop("index", None)


class Set(ElementBase, parents=(DiscoItems,)):
    """In a question: how much is wanted, and from where. In an answer: what part of the whole it is. Ids are those of
    whoever answers, and mean nothing but a position.

    In the dict view numbers are texts, and ``before`` is True where it is there without an id.
    """

    __slots__ = ()

    name = "set"
    namespace = RSM
    plugin_attrib = "rsm"

    max = ChildText(int, minimum=0, raw=True, doc="how many are wanted at most; 0: only the count")
    after = ChildText(str, doc="those behind this id")
    before = ChildText(str, keep=True, doc="the last of those before this id; empty: the last of all")
    index = ChildText(int, minimum=0, raw=True, doc="those from this position on; the first has 0")
    first = ChildText(str, doc="the id of the first in this answer")
    first_index = _FirstIndex(
        doc="the position of the first in this answer, perhaps not exactly; the first of all has 0"
    )
    last = ChildText(str, doc="the id of the last in this answer")
    count = ChildText(int, minimum=0, raw=True, doc="how many there are in all, perhaps not exactly")

    def get_before(self) -> str | bool:
        """The id; True where the last of all are wanted; ``''`` where nothing is said."""
        text = type(self).before.text(self.xml)
        return "" if text is None else text or True

    def set_before(self, value: Any) -> None:
        """Set the id; True wants the last of all; ``''`` and False say nothing."""
        if value is True:
            type(self).before.set(self, "")
        elif value:
            type(self).before.set(self, value)
        else:
            self.del_before()

    def del_before(self) -> None:
        """Say nothing."""
        type(self).before.delete(self)
