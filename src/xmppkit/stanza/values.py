# SPDX-License-Identifier: MIT
"""A stanza as plain values, and back: what `ElementBase.values` gives and takes.

Interfaces and ``lang`` stand under their keys, texts in all languages under ``key|*``, the values of a child under the
child's key (``key|de`` if its language is another than the stanza's), those of the iterables as a list under
``substanzas``, where ``__childtag__`` says what each is.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.exceptions import InvalidJID
from xmppkit.stanza import tables

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["assign", "collect", "same"]


def collect(stanza: ElementBase) -> dict[str, Any]:
    """The values of `stanza`. Never raises, whatever a peer sent."""
    values: dict[str, Any] = {"lang": stanza["lang"]}
    for key in sorted(stanza.interfaces):
        try:
            values[key] = stanza[key]
        except InvalidJID:
            values[key] = stanza.xml.get(key, "")
        if key in stanza.lang_interfaces:
            values[f"{key}|*"] = stanza[f"{key}|*"]
    for (name, lang), child in stanza.plugins.items():
        values[f"{name}|{lang}" if lang else name] = collect(child)
    children = []
    for child in stanza.iterables:
        tag = child.xml.tag
        if tag in stanza._iterable_tags or tag not in stanza.plugin_tag_map:
            children.append(collect(child) | {"__childtag__": tag})
        # Others were appended, and stand under their own keys.
    if children:
        values["substanzas"] = children
    return values


def assign(stanza: ElementBase, values: Mapping[str, Any]) -> None:
    """Set values of `stanza`; what `values` does not have stays, unknown keys are passed over."""
    for full_key, value in values.items():
        key, _, lang = full_key.partition("|")
        if key == "substanzas":
            _assign_children(stanza, value)
        elif key == "lang" and value == stanza.get_lang():
            continue  # it may be the parent's
        elif stanza._is_interface(key):
            empty = not (isinstance(value, Element) or value)  # an element is not asked for its truth
            if empty and "set_" + key.lower() in stanza.plugin_overrides and key not in stanza:
                continue  # to set nothing would make the child that overrides
            if not empty or lang or f"{key}|*" not in values:
                stanza[full_key] = _own(value)
        elif key in stanza.plugin_attrib_map or (tables.find(key) and key in stanza.plugin_attrib_map):
            if isinstance(value, Mapping):
                assign(stanza.init_plugin(key, lang or None), value)
            else:
                stanza[full_key] = value


def same(one: Any, other: Any) -> bool:
    """Whether two results of `collect` are equal; the elements in them, as those of a payload, are if they say the
    same."""
    if one == other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Element) and isinstance(other, Element):
        return (one.tag, one.attrib, one.text or "", one.tail or "") == (
            (other.tag, other.attrib, other.text or "", other.tail or "")
        ) and same(list(one), list(other))
    return False


def _own(value: Any) -> Any:
    """A value without the elements of another stanza, of which each has one parent."""
    if isinstance(value, Element) or (isinstance(value, list) and any(isinstance(each, Element) for each in value)):
        return copy.deepcopy(value)
    return value


def _assign_children(stanza: ElementBase, children: Iterable[Mapping[str, Any]]) -> None:
    while stanza.iterables:
        stanza.pop()
    for values in children:
        tag = values.get("__childtag__", "")
        plugin = stanza._iterable_tags.get(tag)
        if plugin is not None:
            child = plugin() if plugin.tag_name() == tag else plugin(xml=Element(tag))
            stanza.append(child)
            assign(child, values)
