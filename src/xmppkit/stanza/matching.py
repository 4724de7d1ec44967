# SPDX-License-Identifier: MIT
"""StanzaPath: a condition on a stanza by the names of its interfaces and children, as ``iq@type=get/disco_info``.

``name@key=value@key=value/child@key=value/grandchild``. The first step names the stanza itself: its element name,
its `plugin_attrib`, or a child that is there. Each further step names a child by its `plugin_attrib`, its
`plugin_multi_attrib` or, where it is one of the iterables, its element name; the last may be a text interface that
is not empty. ``@key=value`` compares what ``stanza[key]`` gives, ``@key`` asks that it is not empty. A step may carry
a ``{namespace}``. Matching never creates what is not there.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppkit.exceptions import InvalidJID
from xmppkit.xml.names import clark, split

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["Step", "fix_ns", "matches", "parse_path", "split_path"]

#: Paths that are kept in parsed form. They come from programs, not from peers.
_PATHS_SIZE: Final = 1024


class Step(NamedTuple):
    """One step of a path.

    :ivar name: what is named; empty for anything.
    :ivar namespace: the namespace it must have; None for any.
    :ivar conditions: keys with the value each must have, None for any that is not empty.
    """

    name: str
    namespace: str | None
    conditions: tuple[tuple[str, str | None], ...]


def split_path(path: str) -> list[str]:
    """The steps of a path: slashes within braces divide nothing."""
    steps: list[str] = []
    depth = start = 0
    for position, character in enumerate(path):
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == "/" and depth <= 0:
            steps.append(path[start:position])
            start = position + 1
    steps.append(path[start:])
    return [step for step in steps if step]


def fix_ns(xpath: str, split: bool = False, propagate_ns: bool = True, default_ns: str = "") -> str | list[str]:
    """Give each step of a path of element names its namespace: ``{ns}a/b`` becomes ``{ns}a/{ns}b``.

    :param xpath: the path.
    :param split: return the steps as a list, instead of the path.
    :param propagate_ns: a step without a namespace takes that of the step before; otherwise `default_ns`.
    :param default_ns: the namespace before the first that is named; empty for none.
    """
    namespace = default_ns
    fixed = []
    for step in split_path(xpath):
        if step[0] == "{":
            namespace = step[1 : step.find("}")]
            fixed.append(step)
        elif step[0] in "@*":
            fixed.append(step)  # an attribute or a wildcard is in no namespace
        else:
            fixed.append(clark(namespace if propagate_ns else default_ns, step))
    return fixed if split else "/".join(fixed)


@lru_cache(maxsize=_PATHS_SIZE)
def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a StanzaPath."""
    steps = []
    for text in split_path(path):
        namespace = None
        if text[0] == "{":
            namespace, _, text = text[1:].partition("}")
        name, *conditions = text.split("@")
        pairs = []
        for condition in conditions:
            key, equals, value = condition.partition("=")
            pairs.append((key, value if equals else None))
        steps.append(Step(name, namespace, tuple(pairs)))
    return tuple(steps)


def matches(stanza: ElementBase, steps: tuple[Step, ...]) -> bool:
    """Whether a stanza fulfils a path."""
    return bool(steps) and _names(stanza, steps[0]) and _fulfils(stanza, steps, 0)


def _names(stanza: ElementBase, step: Step) -> bool:
    namespace, local = split(stanza.xml.tag)
    if step.namespace is not None and step.namespace not in (namespace, stanza.namespace):
        return False
    return step.name in ("", "*", local, stanza.plugin_attrib) or stanza.get_plugin(step.name, check=True) is not None


def _fulfils(stanza: ElementBase, steps: tuple[Step, ...], index: int) -> bool:
    """Whether the conditions of a step, which names `stanza`, and all further steps hold."""
    if not all(_has(stanza, key, value) for key, value in steps[index].conditions):
        return False
    index += 1
    if index == len(steps):
        return True
    step = steps[index]
    for child in stanza._children_named(step.name):
        if step.namespace in (None, split(child.xml.tag)[0]) and _fulfils(child, steps, index):
            return True
    if step.conditions or index + 1 < len(steps) or step.name not in stanza.sub_interfaces:
        return False
    return bool(stanza[step.name])


def _has(stanza: ElementBase, key: str, wanted: str | None) -> bool:
    if key in stanza.interfaces or key == "lang":
        try:
            value: Any = stanza[key]
        except InvalidJID:
            value = stanza.xml.get(key)  # a peer's mistake: it is compared as it stands
    else:
        value = stanza.xml.get(key)
    if wanted is None:
        return bool(value) or (value == 0 and value is not False)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return wanted in (("true", "1", "True") if value else ("false", "0", "False"))
    return str("" if value is None else value) == wanted
