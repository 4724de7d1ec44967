# SPDX-License-Identifier: MIT
"""Conditions on a stanza: what decides whether a handler runs.

A matcher answers two questions. `MatcherBase.match` says whether one stanza fits.
`MatcherBase.requirements` says, without a stanza, what every stanza that fits has in common: root tag,
type, tag of a payload. The handler index (`xmppkit.dispatch.index`) files handlers by the second and asks
the first only of those that remain.

A matcher written by a user needs only ``match``; it is then asked about every stanza. If it overrides
``requirements`` in the same class, it takes part in the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from xmppkit.dispatch.paths import path_requirements
from xmppkit.dispatch.requirements import ANYTHING, Requirement
from xmppkit.dispatch.senders import may_answer
from xmppkit.jid.address import JID

__all__ = [
    "ANYTHING",
    "MatchIDSender",
    "MatchMany",
    "MatchXMLMask",
    "MatchXPath",
    "Matchable",
    "MatcherBase",
    "MatcherId",
    "Requirement",
    "StanzaPath",
    "known_requirements",
]


class Matchable(Protocol):
    """What a matcher needs of a stanza object."""

    @property
    def xml(self) -> ET.Element: ...

    def match(self, xpath: Any, /) -> bool: ...


def element_of(item: Matchable | ET.Element) -> ET.Element:
    """The element behind a stanza object; an element stands for itself."""
    return item if isinstance(item, ET.Element) else item.xml


class MatcherBase:
    """The root of all matchers; by itself it accepts nothing.

    :param criteria: what the matcher looks for; its type depends on the matcher.
    """

    __slots__ = ("_criteria",)

    def __init__(self, criteria: Any) -> None:
        self._criteria = criteria

    def match(self, xml: Any) -> bool:
        """Whether a stanza object (or a bare element, where the matcher needs no more) fits."""
        return False

    def requirements(self) -> tuple[Requirement, ...]:
        """What every stanza that fits has in common, as alternatives. Must not promise too much: a stanza
        that satisfies none of them is never shown to `match`."""
        return ANYTHING

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._criteria!r})"


def known_requirements(matcher: object) -> tuple[Requirement, ...]:
    """The requirements of a matcher, or `ANYTHING` when they may not be trusted: when it is no
    `MatcherBase`, or when a class nearer to it than the one that states the requirements has a ``match`` of
    its own."""
    if not isinstance(matcher, MatcherBase):
        return ANYTHING
    said = next(cls for cls in type(matcher).__mro__ if "requirements" in cls.__dict__ or "match" in cls.__dict__)
    return matcher.requirements() if "requirements" in said.__dict__ else ANYTHING


class MatcherId(MatcherBase):
    """Accepts the stanzas with one id. COMPAT(slixmpp 1.17): it looks at nothing else, least of all at the
    sender; answers to IQs are found by `xmppkit.dispatch.pending`, which does.

    :param criteria: the id.
    """

    __slots__ = ()

    @property
    def id(self) -> str:
        """The id that is looked for."""
        return str(self._criteria)

    def match(self, xml: Matchable | ET.Element) -> bool:
        return bool(element_of(xml).get("id") == self._criteria)


class MatchIDSender(MatcherBase):
    """Accepts the stanzas with one id that come from whom the request went to (RFC 6120 §8.1.2.1).

    :param criteria: a mapping with ``id``, ``self`` (the stream's own JID) and ``peer`` (the request's
        ``to``).
    """

    __slots__ = ()

    _criteria: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id that is looked for."""
        return str(self._criteria["id"])

    def match(self, xml: Matchable | ET.Element) -> bool:
        element = element_of(xml)
        if element.get("id") != self._criteria["id"]:
            return False
        return may_answer(element.get("from"), JID(self._criteria["peer"]).full, JID(self._criteria["self"]))


class MatchMany(MatcherBase):
    """Accepts what any of several matchers accepts.

    :param criteria: the matchers, asked in order.
    """

    __slots__ = ()

    def __init__(self, criteria: Iterable[MatcherBase]) -> None:
        super().__init__(tuple(criteria))

    def match(self, xml: Any) -> bool:
        return any(matcher.match(xml) for matcher in self._criteria)

    def requirements(self) -> tuple[Requirement, ...]:
        return tuple(need for matcher in self._criteria for need in known_requirements(matcher))


class StanzaPath(MatcherBase):
    """Accepts stanza objects by the names of their interfaces and plugins: ``iq@type=get/disco_info``.

    :param criteria: ``name@attribute=value/plugin@attribute=value/…``; each name may carry a ``{namespace}``.
    """

    __slots__ = ()

    def __init__(self, criteria: str) -> None:
        super().__init__(criteria)

    def match(self, xml: Matchable) -> bool:
        return xml.match(self._criteria)

    def requirements(self) -> tuple[Requirement, ...]:
        return path_requirements(self._criteria)


class MatchXMLMask(MatcherBase):
    """Accepts what contains a given XML: its tags, attributes and texts, and maybe more.

    :param criteria: the XML, as text or as an element.
    :param default_ns: the namespace of tags in the mask that name none.
    """

    __slots__ = ("_default_ns", "_mask")

    def __init__(self, criteria: str | ET.Element, default_ns: str = "jabber:client") -> None:
        super().__init__(criteria)
        self._default_ns = default_ns
        # The mask is written by the program, not by a peer.
        self._mask = ET.fromstring(criteria) if isinstance(criteria, str) else criteria  # noqa: S314

    def _tag(self, mask: ET.Element) -> str:
        return mask.tag if mask.tag.startswith("{") else f"{{{self._default_ns}}}{mask.tag}"

    def _contains(self, source: ET.Element, mask: ET.Element) -> bool:
        if source.tag not in (mask.tag, self._tag(mask)):
            return False
        if mask.text and mask.text.strip() and mask.text.strip() != (source.text or "").strip():
            return False
        if any(source.get(name) != value for name, value in mask.items()):
            return False
        return all(any(self._contains(child, part) for child in source) for part in mask)

    def match(self, xml: Matchable | ET.Element) -> bool:
        return self._contains(element_of(xml), self._mask)

    def requirements(self) -> tuple[Requirement, ...]:
        mask = self._mask
        types = frozenset({mask.get("type")}) if "type" in mask.attrib else None
        payloads = frozenset({mask[0].tag, self._tag(mask[0])}) if len(mask) else None
        return (Requirement(frozenset({mask.tag, self._tag(mask)}), types, payloads),)


#: One step of an XPath that names a tag and nothing else.
_PLAIN_STEP = re.compile(r"(?:\{[^{}*]+\})?[^{}/*@\[\]().:'\"=\s]+")
#: The same at the beginning of an XPath, with whatever may follow; compiled when there is such a path.
_PLAIN_ROOT = _PLAIN_STEP.pattern + r"(?=[/\[]|$)"
#: The steps of an XPath: a slash inside braces or inside a predicate divides nothing.
_STEP = re.compile(r"(?:\{[^{}]*\}|\[[^\[\]]*\]|[^/{}\[\]])+")


class MatchXPath(MatcherBase):
    """Accepts what an XPath finds: ``{jabber:client}message/{urn:xmpp:ping}ping``, in ElementTree's subset
    of XPath.

    The first step names the stanza itself. A step without a namespace takes that of the step before it.

    :param criteria: the XPath.
    """

    __slots__ = ("_path", "_plain")

    def __init__(self, criteria: str) -> None:
        super().__init__(criteria)
        self._path, self._plain = _parse_xpath(criteria)

    def match(self, xml: Matchable | ET.Element) -> bool:
        element = element_of(xml)
        if self._plain is not None:
            if element.tag != self._plain[0]:
                return False
            return _has_path(element, self._plain, 1)
        above = ET.Element("above")
        above.append(element)
        return above.find(self._path) is not None

    def requirements(self) -> tuple[Requirement, ...]:
        if self._plain is not None:
            payloads = frozenset(self._plain[1:2]) or None
            # A root without a namespace stands for itself here, but for that name in any namespace in the index.
            sure = len(self._plain) <= 2 and self._plain[0].startswith("{")
            return (Requirement(frozenset(self._plain[:1]), None, payloads, sure),)
        root = re.match(_PLAIN_ROOT, self._path)
        if root is None:
            return ANYTHING
        return (Requirement(frozenset({root.group()})),)


def _has_path(element: ET.Element, tags: tuple[str, ...], index: int) -> bool:
    if index == len(tags):
        return True
    return any(child.tag == tags[index] and _has_path(child, tags, index + 1) for child in element)


@lru_cache(maxsize=1024)
def _parse_xpath(criteria: str) -> tuple[str, tuple[str, ...] | None]:
    """The path with all namespaces written out, and its tags when it consists of nothing else (such a path is
    followed without the XPath machinery). Remembered, because every client of a program has the same
    paths."""
    namespace = ""
    steps: list[str] = []

    def qualified(match: re.Match[str]) -> str:
        nonlocal namespace
        step = match.group()
        if step.startswith("{"):
            namespace = step[: step.index("}") + 1]
        elif _PLAIN_STEP.match(step):
            step = namespace + step
        steps.append(step)
        return step

    path = _STEP.sub(qualified, criteria)
    if path.startswith("/"):
        path = "." + path  # an XPath of ElementTree is never absolute
    plain = "//" not in path and all(map(_PLAIN_STEP.fullmatch, steps))
    return path, tuple(steps) if plain else None
