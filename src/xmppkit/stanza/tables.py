# SPDX-License-Identifier: MIT
"""What stanza classes know of themselves and of their children: tables on the classes, derived when a class is made.

A class states `interfaces` and its relatives as sets, or declares fields, or both; and child classes are registered
with it at any time. slixmpp's programs read the result from the class (`interfaces`, `plugin_attrib_map` …), so it is
kept there. Each class has tables of its own, in which those of its bases are merged. A registration reaches the
subclasses too, whenever they were made; of several for one name the nearest in the order of inheritance counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from xmppkit.stanza.declaration import give_methods
from xmppkit.stanza.fields import Child, Children, Field
from xmppkit.xml.names import STANZA_NAMESPACES, clark, split

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["MAPS", "child_tags", "expect", "find", "meet", "prepare", "register", "version"]

#: What `version` gives, for who looks at it with each stanza.
changes = 0
#: Modules that are imported when a key is asked for.
_expected: dict[str, list[str]] = {}

#: The tables that a class inherits entry by entry.
MAPS: Final = ("plugin_attrib_map", "plugin_tag_map", "plugin_overrides", "plugin_multi_map")
#: The sets of names that fields contribute to, each with the property of a field that decides.
_SETS: Final = (
    ("interfaces", None),
    ("sub_interfaces", "in_child"),
    ("bool_interfaces", "is_flag"),
    ("lang_interfaces", "has_languages"),
)


def version() -> int:
    """A number that grows with every class and every registration. What was derived from the tables holds while it
    stays."""
    return changes


def expect(keys: Iterable[str], module: str) -> None:
    """Have `find` import a module when somebody asks for one of the keys, of whatever stanza."""
    for key in keys:
        _expected.setdefault(key, []).append(module)


def find(key: str) -> bool:
    """Import what is expected to have a child class with a key. Whether there was anything to import."""
    modules = _expected.pop(key, None)
    for module in modules or ():
        import_module(module)
    return modules is not None


def meet(stanza: ElementBase) -> bool:
    """Import what is expected to have classes for the children of a stanza of which nobody knows what they are: who
    looks at all of them has asked for no key. Whether there was anything to import."""
    if not _expected:
        return False
    known, own = stanza.plugin_tag_map, stanza.namespace
    strange = [split(element.tag) for element in stanza.xml if element.tag not in known]
    found = [find(name) for namespace, name in strange if namespace != own]  # each of them
    return any(found)


def child_tags(plugin: type[ElementBase]) -> tuple[str, ...]:
    """The tags that an element of class `plugin` may have as a child; the first is its usual one."""
    # Not kept with the class, whose namespace may be assigned later.
    return _child_tags(plugin.namespace, plugin.name, plugin.follows_namespace, plugin.other_names)


@lru_cache(maxsize=1024)
def _child_tags(namespace: str, name: str, follows_namespace: bool, others: tuple[str, ...]) -> tuple[str, ...]:
    if others:
        return tuple(clark(namespace, each) for each in dict.fromkeys((name, *others)))
    local = name.partition("/")[0]
    usual = clark(namespace, local)
    if follows_namespace:
        return (usual, *(clark(space, local) for space in sorted(STANZA_NAMESPACES - {namespace})))
    return (usual,)


def prepare(cls: type[ElementBase]) -> None:
    """Derive the tables of a new class."""
    global changes
    changes += 1
    own = {name: value for name, value in cls.__dict__.items() if isinstance(value, Field)}
    for name in own:
        for base in cls.__mro__[1:-1]:
            if name in base.__dict__ and not isinstance(base.__dict__[name], Field):
                raise TypeError(
                    f"{cls.__name__}.{name} hides {base.__name__}.{name}: write {name}_, the key stays {name!r}"
                )
    fields: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(base.__dict__.get("_own_fields", {}))
    cls._own_fields = {field.key: field for field in own.values() if field.key}
    # A subclass may put something else in a field's place, or give it another key.
    cls._fields = {
        key: field for key, field in (fields | cls._own_fields).items() if getattr(cls, field.attribute, None) is field
    }
    _derive_sets(cls)
    give_methods(cls)
    _inherit_maps(cls)
    cls._readers, cls._writers = {}, {}
    for value in own.values():
        if isinstance(value, Child):
            register(cls, value.plugin, overrides=value.overrides)
        elif isinstance(value, Children):
            register(cls, value.plugin, iterable=True)


def _derive_sets(cls: type[ElementBase]) -> None:
    for name, condition in _SETS:
        stated = cls.__dict__.get(name)
        if stated is None and not cls._own_fields:
            continue  # what it inherits is right
        if stated is not None:
            names = set(stated)
        elif getattr(cls, name) is cls._default_interfaces:
            names = set()
        else:
            names = set(getattr(cls, name))
        names |= {key for key, field in cls._fields.items() if condition is None or getattr(field, condition)}
        setattr(cls, name, names)


def _inherit_maps(cls: type[ElementBase]) -> None:
    own: dict[str, dict[str, Any]] = {}
    for name in MAPS:
        own[name] = dict(cls.__dict__.get(name, {}))
        merged: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            merged.update(base.__dict__.get("_own_maps", {}).get(name, {}))
        setattr(cls, name, merged | own[name])
    cls._own_maps = own
    stated = cls.__dict__.get("plugin_iterables", ())
    cls.plugin_iterables = set(stated).union(*(getattr(base, "plugin_iterables", ()) for base in cls.__bases__))
    cls._iterable_tags = {tag: plugin for plugin in cls.plugin_iterables for tag in child_tags(plugin)}


def _family(cls: type[ElementBase]) -> Iterator[type[ElementBase]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _family(subclass)


def register(
    stanza: type[ElementBase], plugin: type[ElementBase], iterable: bool = False, overrides: bool = False
) -> None:
    """Make `plugin` a child class of `stanza` and its subclasses; see `xmppkit.stanza.registry`."""
    global changes
    changes += 1
    tags = child_tags(plugin)
    entered: dict[str, dict[str, Any]] = {
        "plugin_attrib_map": {plugin.plugin_attrib: plugin},
        "plugin_tag_map": dict.fromkeys(tags, plugin),
        "plugin_multi_map": {},
        "plugin_overrides": {},
    }
    if iterable and plugin.plugin_multi_attrib:
        entered["plugin_multi_map"][plugin.plugin_multi_attrib] = plugin
    if overrides:
        entered["plugin_overrides"] = dict.fromkeys(plugin.overrides, plugin.plugin_attrib)
    for name, entries in entered.items():
        stanza._own_maps[name].update(entries)
    for cls in _family(stanza):
        for name, entries in entered.items():
            getattr(cls, name).update({key: _nearest(cls, name, key) for key in entries})
        if iterable:
            cls.plugin_iterables.add(plugin)
            cls._iterable_tags.update(dict.fromkeys(tags, plugin))
        cls._readers.clear()
        cls._writers.clear()


def _nearest(cls: type[ElementBase], name: str, key: str) -> Any:
    maps = (base.__dict__["_own_maps"][name] for base in cls.__mro__ if "_own_maps" in base.__dict__)
    return next(own[key] for own in maps if key in own)
