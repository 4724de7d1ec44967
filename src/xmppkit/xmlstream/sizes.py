# SPDX-License-Identifier: MIT
"""How much memory stanzas take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["size_of"]

#: What an element takes beside its text, about.
_ELEMENT: Final = 256


def size_of(element: Element) -> int:
    """About how many bytes an element takes, with all that it contains, as long as it is ASCII."""
    size = 0
    for each in element.iter():
        size += _ELEMENT + len(each.text or "") + len(each.tail or "")
        for value in each.attrib.values():
            size += len(value)
    return size
