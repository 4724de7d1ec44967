# SPDX-License-Identifier: MIT
"""The handlers of one stream, and which of them a stanza concerns.

A program with all plugins has more than a hundred handlers, of which a stanza concerns one or two. So no
stanza is shown to all of them:

1. What each matcher is known to require (`MatcherBase.requirements`) files its handler in a `CompiledIndex`
   under root tag and payload tag. What nothing is known of is filed apart and asked about every stanza.
2. Stanzas of one shape (root tag, type, tags of the children) have the same candidates. They are worked out
   once and remembered, for a bounded number of shapes: a peer chooses the shapes.
3. A compiled index holds positions, not handlers. Streams whose matchers require the same in the same order
   (all clients of a program, as a rule) share one, with all it remembers.

Matchers that look for an id (`MatcherId`, `MatchIDSender`) come and go with every request. They are found
through a dict by id and stay out of the compiled index, which therefore remains valid.

The order of registration is kept over all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from weakref import WeakValueDictionary

from xmppkit.dispatch.handlers import BaseHandler
from xmppkit.dispatch.matchers import (
    ANYTHING,
    Matchable,
    MatcherId,
    MatchIDSender,
    Requirement,
    known_requirements,
)
from xmppkit.exceptions import LocalProtocolError
from xmppkit.stanza import registry, tables

__all__ = ["CompiledIndex", "HandlerIndex", "compiled_index"]

#: Shapes of stanza that one compiled index remembers. Ordinary traffic has dozens; past the limit all are
#: forgotten, so that a peer that invents shapes costs time (a few microseconds each), never memory.
MAX_PLANS = 1024
#: Children up to which a stanza's shape is remembered; a longer one is worked out each time.
MAX_SHAPE = 16
#: Compiled indexes that are kept although no stream uses them at the moment: a waiter that comes and goes
#: brings its stream back to an index that was compiled before.
KEPT_INDEXES = 8

_tag_of = attrgetter("tag")

#: (position of the handler, its matcher need not be asked)
Plan = tuple[tuple[int, bool], ...]
Needs = tuple[Requirement, ...]


class CompiledIndex:
    """Positions of handlers by what they require. Immutable but for what it remembers; shared by streams.

    :param needs: the requirements of each handler, in order of registration.
    """

    __slots__ = ("__weakref__", "_anywhere", "_by_payload", "_by_root", "needs", "plans")

    def __init__(self, needs: tuple[Needs, ...]) -> None:
        #: What it was compiled from.
        self.needs = needs
        #: Alternatives that name a root and no payload, by root; those that name a payload, by payload; the
        #: rest.
        self._by_root: dict[str, list[tuple[int, Requirement]]] = {}
        self._by_payload: dict[str, list[tuple[int, Requirement]]] = {}
        self._anywhere: list[tuple[int, Requirement]] = []
        #: The candidates that were worked out, by shape; what is not there, `plan` finds.
        self.plans: dict[tuple[str | None, ...], Plan] = {}
        for position, alternatives in enumerate(needs):
            for need in alternatives:
                entry = (position, need)
                if need.payloads is not None:
                    for tag in need.payloads:
                        self._by_payload.setdefault(tag, []).append(entry)
                elif need.roots is not None:
                    for tag in need.roots:
                        self._by_root.setdefault(tag, []).append(entry)
                else:
                    self._anywhere.append(entry)

    def plan(self, shape: tuple[str | None, ...]) -> Plan:
        """Work out the candidates for stanzas of a shape: root tag, type, then the tag of each child."""
        found = self._work_out(shape)
        if len(shape) <= MAX_SHAPE + 2:
            if len(self.plans) >= MAX_PLANS:
                self.plans.clear()
            self.plans[shape] = found
        return found

    def _work_out(self, shape: tuple[str | None, ...]) -> Plan:
        root, kind = shape[0] or "", shape[1]
        names = {root, root[root.find("}") + 1 :]}
        entries = list(self._anywhere)
        for name in names:
            entries += self._by_root.get(name, ())
        for tag in {tag for tag in shape[2:] if tag}:
            entries += self._by_payload.get(tag, ())
        plan: dict[int, bool] = {}
        for position, need in entries:
            if need.roots is not None and need.roots.isdisjoint(names):
                continue
            if need.types is not None and kind not in need.types:
                continue
            plan[position] = plan.get(position, False) or need.sufficient
        return tuple(sorted(plan.items()))


_shared: WeakValueDictionary[tuple[tuple[Needs, ...], object], CompiledIndex] = WeakValueDictionary()
_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_kept: list[CompiledIndex] = []


def compiled_index(needs: tuple[Needs, ...], sleepers: object = None) -> CompiledIndex:
    """The compiled index for handlers with these requirements: the one that exists, or a new one.

    It is a function of its arguments alone, so that streams which share one cannot notice each other.

    :param sleepers: who is woken by shapes that the index does not remember yet.
    """
    index = _shared.get((needs, sleepers))
    if index is None:
        index = _shared[needs, sleepers] = CompiledIndex(needs)
        _kept.append(index)
        del _kept[:-KEPT_INDEXES]
    return index


class HandlerIndex:
    """The handlers of one stream, in order, and the way from a stanza to those it concerns."""

    __slots__ = (
        "_by_id",
        "_compiled",
        "_expected",
        "_handlers",
        "_needs",
        "_place",
        "_serial",
        "_sleepers",
        "_version",
        "_wake",
    )

    def __init__(self) -> None:
        self._handlers: list[BaseHandler] = []
        #: What each requires; None until it is asked for, because in the meantime classes may be registered.
        self._needs: tuple[Needs | None, ...] = ()
        self._compiled: CompiledIndex | None = None
        self._version = registry.version()
        #: Handlers that look for an id, each with the number of others that come before it, and its number among
        #: its kind.
        self._by_id: dict[str, list[tuple[int, int, BaseHandler]]] = {}
        self._serial = 0
        #: Where the next handler is registered; None: at the end.
        self._place: int | None = None
        self._sleepers: object = None
        self._expected: Mapping[str, tuple[str, ...]] = _NOTHING
        self._wake: Callable[[tuple[str, ...]], object] | None = None

    def expect(
        self,
        sleepers: object,
        tags: Mapping[str, tuple[str, ...]],
        wake: Callable[[tuple[str, ...]], object],
    ) -> None:
        """Call `wake` before a stanza is handled that has a child with one of the tags: handlers may come with that.

        :param sleepers: for whom, as something that can be hashed. It comes with the same `tags`.
        :param tags: what `wake` is called with, by tag.
        """
        self._sleepers, self._expected, self._wake = sleepers, tags, wake
        self._compiled = None

    @property
    def count(self) -> int:
        """The number of handlers but for those that look for an id."""
        return len(self._handlers)

    def place(self, place: int | None) -> int | None:
        """Register handlers at a place from now on, one behind the other. None: at the end again.

        :returns: where they were registered until now.
        """
        before, self._place = self._place, place
        return before

    # --- registration ---------------------------------------------------------------------------------------

    def add(self, handler: BaseHandler, before: str | None = None, after: str | None = None) -> None:
        """Register a handler, at the end unless said otherwise.

        :param before: name of a registered handler that is to come after this one.
        :param after: name of a registered handler that is to come before this one.

        A name that nobody bears is ignored: the order is a wish between plugins of which either may be
        absent. Raises LocalProtocolError when both are given and contradict each other.
        """
        if (before is not None or after is not None) and self._add_between(handler, before, after):
            return
        wanted = _wanted_id(handler)
        if wanted is not None:
            self._serial += 1
            self._by_id.setdefault(wanted, []).append((len(self._handlers), self._serial, handler))
            return
        self._compiled = None
        if self._place is None or self._place >= len(self._handlers):
            self._handlers.append(handler)
            self._needs = (*self._needs, None)
            return
        position, self._place = self._place, self._place + 1
        self._handlers.insert(position, handler)
        self._needs = (*self._needs[:position], None, *self._needs[position:])
        for wanted, entries in self._by_id.items():
            self._by_id[wanted] = [(at + (at > position), serial, each) for at, serial, each in entries]

    def _add_between(self, handler: BaseHandler, before: str | None, after: str | None) -> bool:
        """Register a handler next to others. False when none of the names is known."""
        everyone = list(self)
        names = [other.name for other in everyone]
        first = names.index(after) if after in names else None
        last = names.index(before) if before in names else None
        if first is not None and last is not None and first >= last:
            raise LocalProtocolError(
                f"no handler can come after {after!r} and before {before!r}: they stand the other way"
            )
        if last is not None:
            place = last
        elif first is not None:
            place = first + 1
        else:
            return False
        behind = {id(other) for other in everyone[place:]}
        position = place - sum(id(entry[2]) not in behind for entries in self._by_id.values() for entry in entries)
        self._handlers.insert(position, handler)
        self._needs = (*self._needs[:position], None, *self._needs[position:])
        self._compiled = None
        for wanted, entries in self._by_id.items():
            self._by_id[wanted] = [(at + (id(each) in behind), serial, each) for at, serial, each in entries]
        return True

    def remove(self, which: str | BaseHandler) -> bool:
        """Drop a handler, given itself or its name; of several of one name the first. False when there is
        none."""
        for position, handler in enumerate(self._handlers):
            if handler is which or handler.name == which:
                del self._handlers[position]
                self._needs = self._needs[:position] + self._needs[position + 1 :]
                self._compiled = None
                for wanted, entries in self._by_id.items():
                    self._by_id[wanted] = [(at - (at > position), serial, each) for at, serial, each in entries]
                return True
        for wanted, entries in self._by_id.items():
            for entry in entries:
                if entry[2] is which or entry[2].name == which:
                    entries.remove(entry)
                    if not entries:
                        del self._by_id[wanted]
                    return True
        return False

    def __iter__(self) -> Iterator[BaseHandler]:
        """The handlers in order of registration, from a copy."""
        merged = list(self._handlers)
        late = sorted((entry for entries in self._by_id.values() for entry in entries), key=lambda entry: entry[:2])
        for position, _, handler in reversed(late):
            merged.insert(position, handler)
        return iter(merged)

    def __len__(self) -> int:
        return len(self._handlers) + sum(map(len, self._by_id.values()))

    def __contains__(self, which: object) -> bool:
        return any(handler is which or handler.name == which for handler in self)

    # --- dispatch ------------------------------------------------------------------------------------

    def matching(self, stanza: Matchable) -> list[BaseHandler]:
        """The handlers that want a stanza, in order."""
        xml = stanza.xml
        compiled = self._compiled
        if compiled is None or self._version != tables.changes:
            compiled = self._compile()
        shape = (xml.tag, xml.get("type"), *map(_tag_of, xml))
        plan = compiled.plans.get(shape)
        if plan is None:
            if self._wake is not None and self._awaken(shape):
                return self.matching(stanza)
            plan = compiled.plan(shape)
        found = []
        if plan:  # for what answers a request there is none, as a rule
            handlers = self._handlers
            found = [handlers[position] for position, sure in plan if sure or handlers[position].match(stanza)]
        if self._by_id:
            entries = self._by_id.get(xml.get("id", ""))
            if entries is not None:
                return self._with_id(stanza, entries, found)
        return found

    def _awaken(self, shape: tuple[str | None, ...]) -> bool:
        """Whether somebody has been woken by stanzas of a new shape."""
        names = {name for tag in shape[2:] if tag for name in self._expected.get(tag, ())}
        before = self._sleepers
        if names and self._wake is not None:
            self._wake(tuple(sorted(names)))
        return self._sleepers is not before

    def _with_id(
        self, stanza: Matchable, entries: list[tuple[int, int, BaseHandler]], found: list[BaseHandler]
    ) -> list[BaseHandler]:
        wanted = [(at, 0, handler) for at, _, handler in entries if handler.match(stanza)]
        if not wanted:
            return found
        places = {id(handler): place for place, handler in enumerate(self._handlers)}
        others = [(places[id(handler)], 1, handler) for handler in found]
        return [handler for *_, handler in sorted(wanted + others, key=lambda entry: entry[:2])]

    def _compile(self) -> CompiledIndex:
        version = registry.version()
        if self._version != version:
            # A payload class was registered since: a StanzaPath may now name tags that it could not name
            # before.
            self._needs = (None,) * len(self._handlers)
            self._version = version
        known = zip(self._needs, self._handlers, strict=True)
        needs = tuple(_needs_of(handler) if need is None else need for need, handler in known)
        self._compiled = compiled = compiled_index(needs, self._sleepers)
        self._needs = compiled.needs  # equal, and shared
        return compiled

    def dispatch(self, stanza: Matchable, report: Callable[[Exception, Matchable], object]) -> bool:
        """Give a stanza to all handlers that want it. False when none does.

        :param report: takes an exception that a handler raised, and the stanza; the other handlers still run.
        """
        found = self.matching(stanza)
        if not found:
            return False
        for handler in found:
            if handler.plain:
                continue
            try:
                handler.prerun(stanza)
            except Exception as exc:  # a user's code: reported, and the other handlers still run
                report(exc, stanza)
            if handler.check_delete():
                self.remove(handler)  # what it does in its run() may bring the next stanza in
        for handler in found:
            try:
                handler.run(stanza)
            except Exception as exc:  # as above
                report(exc, stanza)
            if not handler.plain and handler.check_delete():
                self.remove(handler)
        return True


def _wanted_id(handler: BaseHandler) -> str | None:
    """The id a handler looks for, None when it looks for something else or decides for itself."""
    matcher = handler.matcher
    if isinstance(matcher, MatcherId | MatchIDSender) and type(matcher) in (MatcherId, MatchIDSender):
        return matcher.id if type(handler).match is BaseHandler.match else None
    return None


def _needs_of(handler: BaseHandler) -> Needs:
    if type(handler).match is not BaseHandler.match:
        return ANYTHING  # the handler decides for itself, its matcher's word means nothing
    return known_requirements(handler.matcher)
