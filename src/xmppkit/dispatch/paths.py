# SPDX-License-Identifier: MIT
"""What a StanzaPath requires, as far as that can be told without a stanza.

``iq@type=get/disco_info`` can only fit an element of the local name ``iq``, of the type ``get``, with a child that has
the tag of the class registered as ``disco_info``. The names are slixmpp's keys, so that what they stand for depends on
which classes are registered: the answer holds until `xmppkit.stanza.registry.version` changes.

Where anything else might fit, nothing is said: the matcher is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from xmppkit.dispatch.requirements import ANYTHING, Requirement
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.matching import Step, parse_path
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.stanza.tables import child_tags
from xmppkit.xml.names import clark

__all__ = ["path_requirements"]

_ROOTS: dict[str, type[RootStanza]] = {"iq": Iq, "message": Message, "presence": Presence}


def _family(cls: type[RootStanza]) -> Iterator[type[RootStanza]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _family(subclass)


def path_requirements(path: str) -> tuple[Requirement, ...]:
    """The alternatives that every stanza that fulfils `path` satisfies one of."""
    steps = parse_path(path)
    if not steps:
        return ANYTHING
    first = steps[0]
    root = _ROOTS.get(first.name)
    if root is None or any(first.name in cls.plugin_attrib_map for kind in _ROOTS.values() for cls in _family(kind)):
        return ANYTHING  # the first step may also name a child
    family = tuple(_family(root))
    roots = frozenset({first.name if first.namespace is None else clark(first.namespace, first.name)})
    if first.namespace is not None and first.namespace == root.namespace:
        roots = frozenset({first.name})  # the class's own namespace stands for that of any stream
    types = _types(root, first)
    payloads = _payloads(family, steps[1]) if len(steps) > 1 else None
    if len(steps) > 1 and payloads is None:
        return (Requirement(roots, types),)
    sufficient = _sufficient(root, first, types) and len(steps) <= 2 and (len(steps) == 1 or steps[1][1:] == (None, ()))
    return (Requirement(roots, types, payloads, sufficient),)


def _types(root: type[RootStanza], step: Step) -> frozenset[str | None] | None:
    """The values that the attribute ``type`` may have."""
    wanted = [value for key, value in step.conditions if key == "type"]
    if not wanted or wanted[0] is None or "get_type" in root.plugin_overrides:
        return None
    value = wanted[0]
    if root is Iq or (root is Message and value != "normal" and value in Message.types):
        return frozenset({value})
    if root is Presence and value in Presence.types - {"available"}:
        return frozenset({value})
    return None


def _sufficient(root: type[RootStanza], step: Step, types: frozenset[str | None] | None) -> bool:
    """Whether the conditions of the first step are those on the type, and nothing more."""
    if step.namespace is not None:
        return False
    return not step.conditions or (types is not None and len(step.conditions) == 1)


def _payloads(family: tuple[type[RootStanza], ...], step: Step) -> frozenset[str] | None:
    """The tags of the children that a step may mean; None when it may mean something that has no tag of its own."""
    tags: set[str] = set()
    for cls in family:
        if step.name in cls.sub_interfaces:
            return None
        plugin = cls.plugin_attrib_map.get(step.name)
        several = cls.plugin_multi_map.get(step.name)
        for child in (plugin, several, *(each for each in cls.plugin_iterables if each.name == step.name)):
            if child is None:
                continue
            if child.is_extension:
                return None  # it may be there without an element
            tags.update(child_tags(child))
    return frozenset(tags) or None
