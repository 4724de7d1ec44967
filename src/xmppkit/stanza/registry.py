# SPDX-License-Identifier: MIT
"""Which class stands for which element: child classes of a stanza class, and the classes of a stream's first level.

Registrations hold for the process. They are made once, when the module of a stanza class is imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.stanza import tables
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.xml.names import STANZA_NAMESPACES, clark

__all__ = ["ROOTS", "build_stanza", "multifactory", "register_root", "register_stanza_plugin", "root_tags", "version"]

version = tables.version

Root = TypeVar("Root", bound=type[StanzaBase])

#: The classes of the first-level elements, by tag.
ROOTS: dict[str, type[StanzaBase]] = {}


def register_stanza_plugin(
    stanza: type[ElementBase], plugin: type[ElementBase], iterable: bool = False, overrides: bool = False
) -> None:
    """Make `plugin` a child class of `stanza` and of its subclasses, whenever those were made. May be repeated.

    :param iterable: children of the class stand in ``stanza['substanzas']``; and ``stanza[key]`` is the list of them
        if the class has that key as `plugin_multi_attrib`.
    :param overrides: the methods that the class names in `overrides` take the place of the parent's.
    """
    tables.register(stanza, plugin, iterable, overrides)


def multifactory(stanza: type[ElementBase], plugin_attrib: str) -> type[ElementBase]:
    """A virtual extension whose value is the list of a parent's children of one class.

    `register_stanza_plugin` needs none: a class registered as iterable has the list under its `plugin_multi_attrib`.

    :param stanza: the children's class; to be registered with the parent as iterable.
    :param plugin_attrib: the key of the list; it takes a language, as ``parent['items|de']``.
    :returns: the class to register with the parent.
    """

    def setup(self: ElementBase, xml: Element | None = None) -> bool:
        self.xml = Element("")
        return True

    def above(self: ElementBase) -> ElementBase:
        parent = self.parent() if self.parent is not None else None
        return self if parent is None else parent

    def get(self: ElementBase, lang: str | None = None) -> list[ElementBase]:
        found = [child for child in above(self).iterables if isinstance(child, stanza)]
        return [child for child in found if lang in (None, "*", child.get_lang())]

    def put(self: ElementBase, values: Iterable[ElementBase | Element], lang: str | None = None) -> None:
        above(self)._replace_children(stanza, values, lang)

    def remove(self: ElementBase, lang: str | None = None) -> None:
        above(self)._replace_children(stanza, (), lang)

    attributes: dict[str, Any] = {
        "__doc__": f"The list of all {stanza.__name__} children.",
        "name": "",
        "namespace": "",
        "plugin_attrib": plugin_attrib,
        "interfaces": {plugin_attrib},
        "lang_interfaces": {plugin_attrib},
        "is_extension": True,
        "setup": setup,
        f"get_{plugin_attrib.lower()}": get,
        f"set_{plugin_attrib.lower()}": put,
        f"del_{plugin_attrib.lower()}": remove,
    }
    return type(f"Multi{stanza.__name__}", (ElementBase,), attributes)


def root_tags(cls: type[StanzaBase]) -> tuple[str, ...]:
    """The tags that elements of a first-level class have: in each of the namespaces of streams, or in its own."""
    if cls.namespace in STANZA_NAMESPACES:
        return tuple(clark(namespace, cls.name) for namespace in sorted(STANZA_NAMESPACES))
    return (cls.tag_name(),)


def register_root(cls: Root) -> Root:
    """Make `cls` the class of the first-level elements of its name, for all streams. May decorate the class."""
    for tag in root_tags(cls):
        ROOTS[tag] = cls
    return cls


def build_stanza(element: Element, stream: Any = None) -> StanzaBase:
    """The stanza object of a received first-level element: of its class, or a `StanzaBase` if it has none."""
    return ROOTS.get(element.tag, StanzaBase).received(stream, element)
