# SPDX-License-Identifier: MIT
"""What is known of the library's plugins without importing them.

A plugin that is enabled sleeps until something concerns it: the program asks for it, an element comes that one of its
handlers wants, an event happens that it listens to, a presence goes out that it adds to. Then it is imported, made and
enabled as any other. So what a client does not use costs neither time nor memory, and a handler that has slept stands
where it would have stood. When a stanza is asked for a key of its classes, its module is imported.

The sketches of the plugins are in `xmppkit.plugins.base.manifest`, which ``tools/manifest.py`` makes from the classes.
A plugin that cannot sleep says so (`BasePlugin.sleeps`); one with a configuration of its own never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from xmppkit.stanza import tables

__all__ = [
    "Host",
    "Sketch",
    "Sleeper",
    "expected_tags",
    "shifted",
    "sketch_of",
    "with_sleeper",
    "without_sleeper",
    "woken_by_connecting",
    "woken_by_presence",
]


class Sketch(NamedTuple):
    """What is known of a plugin.

    :ivar dependencies: the plugins that are enabled before it.
    :ivar features: what it announces (XEP-0030), with its options as they are by default.
    :ivar tags: the children of stanzas that wake it.
    :ivar keys: the keys of its stanza classes.
    :ivar events: the events that wake it.
    :ivar presence: a presence that is sent wakes it.
    :ivar connect: a connection that is about to be made wakes it.
    """

    dependencies: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    presence: bool = False
    connect: bool = False


class Sleeper(NamedTuple):
    """A plugin that sleeps.

    :ivar name: its name.
    :ivar place: how many handlers stand before its own.
    """

    name: str
    place: int


class Host(Protocol):
    """What a stream offers to the manager, so that plugins can sleep."""

    @property
    def handler_count(self) -> int:
        """How many handlers there are, but for those that look for an id."""

    def expect_payloads(self, sleepers: tuple[Sleeper, ...], tags: Mapping[str, tuple[str, ...]], wake: Any, /) -> None:
        """Call `wake` with names before a stanza with one of the tags is handled."""

    def place_handlers(self, place: int | None, /) -> int | None:
        """Register handlers at a place, one behind the other; None: at the end. Returns where they were registered."""


@cache
def _expect(name: str) -> None:
    """Have the plugin imported when a stanza is asked for one of its keys."""
    sketch = sketch_of(name)
    if sketch is not None:
        tables.expect(sketch.keys, f"xmppkit.plugins.{name}")


def sketch_of(name: str) -> Sketch | None:
    """What is known of a plugin of the library; None if it is none, or cannot sleep."""
    from xmppkit.plugins.base.manifest import SKETCHES

    return SKETCHES.get(name)


# All streams of a program enable the same plugins: they share these tuples. How many there are is bounded, since peers
# have a say in who is woken when.


@lru_cache(512)
def with_sleeper(sleepers: tuple[Sleeper, ...], name: str, place: int) -> tuple[Sleeper, ...]:
    """Another one sleeps, behind the others."""
    _expect(name)
    return (*sleepers, Sleeper(name, place))


@lru_cache(512)
def without_sleeper(sleepers: tuple[Sleeper, ...], name: str) -> tuple[Sleeper, ...]:
    """One of them sleeps no more."""
    return tuple(each for each in sleepers if each.name != name)


@lru_cache(512)
def shifted(sleepers: tuple[Sleeper, ...], place: int, count: int) -> tuple[Sleeper, ...]:
    """So many handlers were registered at a place, by one that has been woken."""
    return tuple(Sleeper(each.name, each.place + count * (each.place > place)) for each in sleepers)


@lru_cache(512)
def expected_tags(sleepers: tuple[Sleeper, ...]) -> Mapping[str, tuple[str, ...]]:
    """The names of those whom a tag wakes, by tag."""
    found: dict[str, tuple[str, ...]] = {}
    for each in sleepers:
        sketch = sketch_of(each.name)
        for tag in sketch.tags if sketch is not None else ():
            found[tag] = (*found.get(tag, ()), each.name)
    return found


@lru_cache(512)
def woken_by_connecting(sleepers: tuple[Sleeper, ...]) -> tuple[str, ...]:
    """The names of those whom a connection that is about to be made wakes."""
    sketches = {each.name: sketch_of(each.name) for each in sleepers}
    return tuple(name for name, sketch in sketches.items() if sketch is not None and sketch.connect)


@lru_cache(512)
def woken_by_presence(sleepers: tuple[Sleeper, ...]) -> tuple[str, ...]:
    """The names of those whom a presence that is sent wakes."""
    sketches = {each.name: sketch_of(each.name) for each in sleepers}
    return tuple(name for name, sketch in sketches.items() if sketch is not None and sketch.presence)
