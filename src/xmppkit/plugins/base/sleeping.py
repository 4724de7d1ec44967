# SPDX-License-Identifier: MIT
"""What is known of the library's plugins without importing them.

A plugin that is enabled sleeps until something concerns it: the program asks for it, an element comes that one of its
handlers wants, an event happens that it listens to, a stanza goes out that it adds to. One that does nothing but
raise events (`BasePlugin.only_tells`) sleeps until somebody listens to one of them. Then it is imported, made and
enabled as any other. So what a client does not use costs neither time nor memory, and a handler that has slept stands
where it would have stood. When a stanza is asked for a key of its classes, its module is imported.

The sketches of the plugins are in `xmppkit.plugins.base.manifest`, which ``tools/manifest.py`` makes from the classes.
A plugin that cannot sleep says so (`BasePlugin.sleeps`); one with a configuration of its own never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from xmppkit.stanza import tables

__all__ = [
    "Host",
    "Sketch",
    "Sleeper",
    "Sleepers",
    "home_of",
    "shifted",
    "sketch_of",
    "sleepers_of",
    "with_sleeper",
    "without_sleeper",
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
    :ivar sends: children of messages that are sent that wake it.
    :ivar tells: all that its handlers do is to raise these events: they wake it when somebody listens to one, and its
        tags do not.
    :ivar given: attributes of the stream; it sleeps only if they are true when it is enabled.
    """

    dependencies: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    presence: bool = False
    connect: bool = False
    sends: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


class Sleeper(NamedTuple):
    """A plugin that sleeps.

    :ivar name: its name.
    :ivar place: how many handlers stand before its own.
    """

    name: str
    place: int


class Sleepers:
    """All plugins of a stream that sleep, and who of them is woken by what: names, by what it is. It is never changed.
    All streams of a program enable the same plugins, and share these.

    :ivar entries: the plugins, in order.
    :ivar names: what they are called.
    :ivar tags: who is woken by the children of a stanza that came.
    :ivar sends: who is woken by the children of a message that is sent.
    :ivar listeners: who is woken when an event gets a handler.
    :ivar presence: who is woken by a presence that is sent.
    :ivar connecting: who is woken by a connection that is about to be made.
    """

    __slots__ = ("connecting", "entries", "listeners", "names", "presence", "sends", "tags")

    def __init__(self, entries: tuple[Sleeper, ...]) -> None:
        self.entries = entries
        self.names = frozenset(each.name for each in entries)
        known = [(each.name, sketch) for each in entries if (sketch := sketch_of(each.name)) is not None]
        self.tags = _woken((name, () if sketch.tells else sketch.tags) for name, sketch in known)
        # The same for many, of which few have such plugins.
        self.sends = _shared(tuple((name, sketch.sends) for name, sketch in known if sketch.sends))
        self.listeners = _shared(tuple((name, sketch.tells) for name, sketch in known if sketch.tells))
        self.presence = tuple(name for name, sketch in known if sketch.presence)
        self.connecting = tuple(name for name, sketch in known if sketch.connect)


def _woken(sleepers: Iterable[tuple[str, tuple[str, ...]]]) -> Mapping[str, tuple[str, ...]]:
    """The names of those whom something wakes, by what does."""
    found: dict[str, tuple[str, ...]] = {}
    for name, keys in sleepers:
        for key in keys:
            found[key] = (*found.get(key, ()), name)
    return found


_shared = lru_cache(512)(_woken)


class Host(Protocol):
    """What a stream offers to the manager, so that plugins can sleep."""

    @property
    def handler_count(self) -> int:
        """How many handlers there are, but for those that look for an id."""

    def event_handled(self, name: str, /) -> int:
        """How many handlers an event has."""

    def expect(self, sleepers: Sleepers, wake: Any, /) -> None:
        """Call `wake` with names before a stanza is handled, or sent, or when an event gets a handler, that concerns
        them."""

    def place_handlers(self, place: int | None, /) -> int | None:
        """Register handlers at a place, one behind the other; None: at the end. Returns where they were registered."""


def home_of(name: str) -> str:
    """The package of a plugin of the library."""
    return f"xmppkit.{'features' if name.startswith('feature_') else 'plugins'}.{name}"


@cache
def _expect(name: str) -> None:
    """Have the plugin imported when a stanza is asked for one of its keys."""
    sketch = sketch_of(name)
    if sketch is not None:
        tables.expect(sketch.keys, home_of(name))


def sketch_of(name: str) -> Sketch | None:
    """What is known of a plugin of the library; None if it is none, or cannot sleep."""
    return _sketches().get(name)


@cache
def _sketches() -> dict[str, Sketch]:
    from xmppkit.plugins.base.manifest import SKETCHES  # which imports this module

    return SKETCHES


# How many are remembered is bounded, since peers have a say in who is woken when.


@lru_cache(512)
def sleepers_of(entries: tuple[Sleeper, ...]) -> Sleepers:
    """The one object for these."""
    return Sleepers(entries)


@lru_cache(512)
def with_sleeper(sleepers: Sleepers, name: str, place: int) -> Sleepers:
    """Another one sleeps, behind the others."""
    _expect(name)
    return sleepers_of((*sleepers.entries, Sleeper(name, place)))


@lru_cache(512)
def without_sleeper(sleepers: Sleepers, name: str) -> Sleepers:
    """One of them sleeps no more."""
    return sleepers_of(tuple(each for each in sleepers.entries if each.name != name))


@lru_cache(512)
def shifted(sleepers: Sleepers, place: int, count: int) -> Sleepers:
    """So many handlers were registered at a place, by one that has been woken."""
    return sleepers_of(
        tuple(Sleeper(each.name, each.place + count * (each.place > place)) for each in sleepers.entries)
    )
