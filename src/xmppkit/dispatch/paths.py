# SPDX-License-Identifier: MIT
"""What a StanzaPath requires, as far as that can be told without a stanza.

``iq@type=get/disco_info`` can only fit an element of the local name ``iq``, of the type ``get``, with a child that has
the tag of a class that is called ``disco_info``. The names are slixmpp's keys, so that what they stand for depends on
which classes there are: the answer holds until `xmppkit.stanza.registry.version` changes.

Where anything else might fit, nothing is said, and the matcher is asked. That is rarely the case, but classes are
open: a subclass may read its type in its own way, a child may be virtual, an unknown element of the local name
``message`` is a plain `StanzaBase`.

One thing is taken for granted: that the element of a stanza object has one of the tags of its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

from xmppkit.dispatch.requirements import ANYTHING, Requirement
from xmppkit.stanza import registry, tables
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.matching import Step, parse_path
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.stanza.tables import child_tags
from xmppkit.xml.names import STANZA_NAMESPACES, clark

__all__ = ["path_requirements"]

E = TypeVar("E", bound=ElementBase)

_ROOTS: dict[str, type[RootStanza]] = {"iq": Iq, "message": Message, "presence": Presence}
#: What a class may not have written anew, for its objects to match as all others do.
_WAYS = ("__getitem__", "_children_named", "get_plugin", "iterables", "match")


def path_requirements(path: str) -> tuple[Requirement, ...]:
    """The alternatives that every stanza that fulfils `path` satisfies one of."""
    return _requirements(path, registry.version())


# Remembered, since every client of a program has the same paths.
@lru_cache(maxsize=1024)
def _requirements(path: str, version: int) -> tuple[Requirement, ...]:
    steps = parse_path(path)
    if not steps or steps[0].name not in _ROOTS:
        return ANYTHING
    first = steps[0]
    bearers = _first_level(first.name)
    if bearers is None:
        return ANYTHING
    own = first.namespace is not None and all(cls.namespace != first.namespace for cls in bearers)
    # The namespace of a class stands for that of any stream.
    roots = frozenset({clark(first.namespace, first.name) if own and first.namespace else first.name})
    types = _types(_ROOTS[first.name], bearers, first)
    sure = first.namespace is None and (not first.conditions or (types is not None and len(first.conditions) == 1))
    if len(steps) == 1:
        return (Requirement(roots, types, None, sure),)
    general = Requirement(roots, types, _payloads(bearers, steps[1], version))
    plain = _plain_payloads(_ROOTS[first.name], bearers, steps) if sure else None
    if plain is None:
        return (general,)
    tags = frozenset(clark(namespace, first.name) for namespace in STANZA_NAMESPACES)
    return (Requirement(tags, types, plain, True), general)


def _family(cls: type[E]) -> Iterator[type[E]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _family(subclass)


def _first_level(name: str) -> list[type[StanzaBase]] | None:
    """The classes that elements of a local name may have at the first level. None when the first step of a path may
    mean something else than the local name, or when one of the classes has its own way to match."""
    bearers = []
    for cls in _family(StanzaBase):
        if name in cls.plugin_attrib_map:
            return None  # the name of a child
        if cls.name == name or cls is StanzaBase:
            if any(getattr(cls, way) is not getattr(ElementBase, way) for way in _WAYS):
                return None
            bearers.append(cls)
        elif cls.plugin_attrib == name:
            return None
    return bearers


def _types(root: type[RootStanza], bearers: list[type[StanzaBase]], step: Step) -> frozenset[str | None] | None:
    """The values that the attribute ``type`` may have; None when that is not what the path compares."""
    value = next((value for key, value in step.conditions if key == "type"), None)
    if not value or not all(_reads_type_as(cls, root) for cls in bearers):
        return None
    # These stand for the absence of a type, or for a show value.
    if (root is Message and value == "normal") or (root is Presence and value in {"available", *Presence.showtypes}):
        return None
    # A class may take a type for another one that it does not know.
    if root is not Iq and any(value not in cls.types for cls in bearers if cls is not StanzaBase):
        return None
    return frozenset({value})


def _reads_type_as(cls: type[StanzaBase], root: type[RootStanza]) -> bool:
    if "get_type" in cls.plugin_overrides:
        return False
    if cls is StanzaBase:
        return True  # it reads the attribute
    return _reader(cls) == _reader(root)


def _reader(cls: type[StanzaBase]) -> tuple[Any, Any]:
    return getattr(cls, "get_type", None), cls._fields.get("type")


@lru_cache(maxsize=1)
def _called(version: int) -> dict[str, frozenset[str]]:
    """The tags of the classes that a step may mean, by each of their names. All classes there are: a stanza object
    may be appended to any other, and is then found by its own names."""
    found: dict[str, set[str]] = {}
    for cls in _family(ElementBase):
        names = {cls.name, cls.plugin_attrib, *(getattr(base, "plugin_multi_attrib", "") for base in cls.__mro__)}
        tags = child_tags(cls)
        for name in names:
            found.setdefault(name, set()).update(tags)
    return {name: frozenset(tags) for name, tags in found.items()}


def _payloads(bearers: list[type[StanzaBase]], step: Step, version: int) -> frozenset[str] | None:
    """The tags of the children that a step may mean; None when it may mean something that has no tag of its own."""
    tables.find(step.name)
    tags = set(_called(version).get(step.name, ()))
    for cls in bearers:
        if step.name in cls.sub_interfaces:
            return None
        child = cls.plugin_attrib_map.get(step.name)
        if child is not None:
            if _may_be_virtual(child):
                return None
            tags.update(child_tags(child))
        several = cls.plugin_multi_map.get(step.name)
        if several is not None:
            for kind in _family(several):
                tags.update(child_tags(kind))
    return frozenset(tags) or None


def _may_be_virtual(child: type[ElementBase]) -> bool:
    """Whether a child may be there without an element: if its class makes its own XML, or none."""
    return child._has_setup or (child.is_extension and not child._is_plain)


def _plain_payloads(
    root: type[RootStanza], bearers: list[type[StanzaBase]], steps: tuple[Step, ...]
) -> frozenset[str] | None:
    """The tags of which each at once fulfils the rest of the path; None when there is more to it."""
    step = steps[1]
    tables.find(step.name)
    if len(steps) > 2 or step.namespace is not None or step.conditions:
        return None
    plugin = root.plugin_attrib_map.get(step.name)
    if plugin is None or _may_be_virtual(plugin):
        return None
    tags = frozenset(child_tags(plugin))
    for cls in bearers:
        if cls is StanzaBase:
            continue  # not in the namespaces of streams
        if not issubclass(cls, root) or cls.plugin_attrib_map.get(step.name) is not plugin:
            return None
        # A tag of the iterables may belong to another class, which does not have the name.
        if step.name in cls.plugin_multi_map or not tags.isdisjoint(cls._iterable_tags):
            return None
    return tags
