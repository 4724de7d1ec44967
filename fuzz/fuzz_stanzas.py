# SPDX-License-Identifier: MIT
"""Access to stanzas: whatever a peer has written, every interface of every class, those of all plugins too, can be
read, and reading changes nothing that would be sent.

    python fuzz/fuzz_stanzas.py --seconds 60
"""

from __future__ import annotations

import copy
import importlib
import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from _runner import main

import xmppkit.plugins
from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field
from xmppkit.stanza.registry import ROOTS, build_stanza
from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import StreamParser
from xmppkit.xml.serializer import serialize

#: What may leave the code under test: an attribute or a key that shows an address, or a value, that is none.
ALLOWED = (InvalidJID, InvalidValue)
HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
LIMITS = Limits.client().replace(stanza_bytes=20_000)


def classes(base: type[ElementBase] = ElementBase) -> Iterator[type[ElementBase]]:
    """All classes of stanzas."""
    for cls in base.__subclasses__():
        yield cls
        yield from classes(cls)


def load() -> list[type[ElementBase]]:
    """All that there are, once all plugins are loaded."""
    for path in sorted(Path(xmppkit.plugins.__path__[0]).glob("xep_*/__init__.py")):
        importlib.import_module(f"xmppkit.plugins.{path.parent.name}")
    return [cls for cls in dict.fromkeys(classes()) if cls.__module__.startswith("xmppkit.")]


def fields(cls: type[ElementBase]) -> tuple[str, ...]:
    """The attributes that are fields or properties."""
    found = {name: each for base in reversed(cls.__mro__) for name, each in vars(base).items()}
    return tuple(sorted(name for name, each in found.items() if isinstance(each, Field | property) and name[0] != "_"))


CLASSES = load()
BY_TAG = {cls.tag_name(): cls for cls in CLASSES if cls.tag_name() not in ROOTS}
FIELDS = {cls: fields(cls) for cls in (ElementBase, *CLASSES)}


def told(value: object) -> str:
    """A value as text that is the same for equal ones: sets have no order, and `repr` shows the one in which they were
    filled."""
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(told, value)))}}}"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {told(each)}' for key, each in value.items())}}}"
    if type(value) in (list, tuple):
        return f"[{', '.join(map(told, value))}]"
    return repr(value)


def read(stanza: ElementBase) -> dict[str, str]:
    """What its interfaces say, by their key, and its fields, by ``.`` and their name; an exception that is allowed is
    what one says, too."""
    said = {}
    for key in sorted(stanza.interfaces):
        try:
            said[key] = told(stanza[key])[:200]
        except ALLOWED as error:
            said[key] = type(error).__name__
    for name in FIELDS[type(stanza)]:
        try:
            said[f".{name}"] = told(getattr(stanza, name))[:200]
        except ALLOWED as error:
            said[f".{name}"] = type(error).__name__
    return said


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The keys of two readings at which they differ, with what each says."""
    keys = sorted(one.keys() | other.keys())
    return [f"{key}: {one.get(key)} != {other.get(key)}" for key in keys if one.get(key) != other.get(key)]


def look(element: Element, chance: random.Random) -> None:
    """Read an element as the stanza it is, its parts as what they are, and each as if it were something else."""
    before = serialize(element)
    stanza = build_stanza(element)
    assert str(stanza)
    assert repr(stanza)
    read(stanza)
    for child in stanza.iterables:
        read(child)
    for each in list(element.iter())[1:]:
        read(BY_TAG.get(each.tag, ElementBase)(xml=each))
    assert serialize(element) == before, "reading has changed a stanza"
    for each in list(element.iter()):
        cls = chance.choice(CLASSES)
        other = copy.deepcopy(each)
        other.tag = cls.tag_name()
        payload = cls(xml=other)
        before = serialize(other)  # a new IQ gets an id
        unsteady = differences(read(payload), read(payload))
        assert not unsteady, f"a {cls.__name__} read twice says two things: {unsteady}"
        assert serialize(other) == before, f"reading has changed a {cls.__name__}"


def target(data: bytes) -> None:
    """One input."""
    chance = random.Random(len(data))
    for item in StreamParser(LIMITS).feed(HEADER + data):
        if isinstance(item, Element):
            look(item, chance)


if __name__ == "__main__":
    logging.disable()
    sys.exit(main(target, "stanzas", allowed=ALLOWED, pace=60))
