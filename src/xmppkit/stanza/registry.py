# SPDX-License-Identifier: MIT
"""Which class stands for which element: child classes of a stanza class, and the classes of a stream's first level.

Registrations hold for the process. They are made once, when the module of a stanza class is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.stanza import tables
from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.names import STANZA_NAMESPACES, clark

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["build_stanza", "register_root", "register_stanza_plugin", "root_tags", "version"]

version = tables.version

_roots: dict[str, type[StanzaBase]] = {}


def register_stanza_plugin(
    stanza: type[ElementBase], plugin: type[ElementBase], iterable: bool = False, overrides: bool = False
) -> None:
    """Make `plugin` a child class of `stanza` and of its subclasses, whenever those were made. May be repeated.

    :param iterable: children of the class stand in ``stanza['substanzas']``; and ``stanza[key]`` is the list of them
        if the class has that key as `plugin_multi_attrib`.
    :param overrides: the methods that the class names in `overrides` take the place of the parent's.
    """
    tables.register(stanza, plugin, iterable, overrides)


def root_tags(cls: type[StanzaBase]) -> tuple[str, ...]:
    """The tags that elements of a first-level class have: in each of the namespaces of streams, or in its own."""
    if cls.namespace in STANZA_NAMESPACES:
        return tuple(clark(namespace, cls.name) for namespace in sorted(STANZA_NAMESPACES))
    return (cls.tag_name(),)


def register_root(cls: type[StanzaBase]) -> type[StanzaBase]:
    """Make `cls` the class of the first-level elements of its name, for all streams. May decorate the class."""
    for tag in root_tags(cls):
        _roots[tag] = cls
    return cls


def build_stanza(element: Element, stream: Any = None) -> StanzaBase:
    """The stanza object of a received first-level element: of its class, or a `StanzaBase` if it has none."""
    return _roots.get(element.tag, StanzaBase)(stream, element, recv=True)
