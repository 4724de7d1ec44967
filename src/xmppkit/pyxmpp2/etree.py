# SPDX-License-Identifier: MIT
"""The ElementTree module that elements are made with: always the standard library's.

from xmppkit.pyxmpp2.etree import ElementTree
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xmppkit.xml.names import CLIENT
from xmppkit.xml.serializer import serialize

__all__ = ["ElementClass", "ElementTree", "element_to_unicode"]


@runtime_checkable
class ElementClass(Protocol):
    """What counts as an element: ``isinstance(x, ElementClass)`` asks whether it has a `tag`."""

    tag: str


def element_to_unicode(element: Element) -> str:
    """`element` as text. ``jabber:client`` is the default namespace, which is not declared.

    :raises UnserializableXML: XML 1.0 cannot express it.
    """
    return serialize(element, default_namespace=CLIENT)
