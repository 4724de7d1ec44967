# SPDX-License-Identifier: MIT
"""What settings take: text, numbers, choices, lists, each with its description and its form as text.

A kind is asked twice: `check` takes a Python value, as from a call, and `parse` takes text, as from an environment
variable or a command line. No XEP; the words that describe a kind are in the errors and tables that users see.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from xmppkit.stanza.codecs import BOOLEAN, FLOAT, LANGUAGE, TEXT, Codec, IntegerCodec

__all__ = [
    "ANYTHING",
    "NONE",
    "SECONDS",
    "SWITCH",
    "TAG",
    "Choice",
    "Coded",
    "Kind",
    "Maybe",
    "Several",
    "text",
    "whole",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: How None is written in an environment variable and on the command line.
NONE = "none"
#: A regular expression for text that is not empty.
ANYTHING = "(?s).+"


class Kind(Protocol[T_co]):
    """What a knob takes. `description` completes the sentence "it takes …"; `metavar` stands for a value in help."""

    description: str
    metavar: str

    def check(self, value: Any, /) -> T_co:
        """`value`, in the form in which it is kept; ValueError or TypeError for what the knob does not take."""

    def parse(self, text: str, /) -> T_co:
        """The value that `text` stands for; ValueError or TypeError if there is none."""


class Coded(Generic[T]):
    """What a codec reads and writes.

    :param accept: what is true of all values.
    """

    __slots__ = ("_accept", "_codec", "description", "metavar")

    def __init__(
        self, codec: Codec[T], metavar: str, description: str = "", accept: Callable[[T], bool] = lambda value: True
    ) -> None:
        self._accept = accept
        self._codec = codec
        self.description = description or codec.description
        self.metavar = metavar

    def check(self, value: Any) -> T:
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        if isinstance(value, str) is not (self._codec in _TEXTUAL):
            raise TypeError  # numbers as text are for `parse`
        return self.parse(self._codec.encode(value))

    def parse(self, text: str) -> T:
        value = self._codec.decode(text.lower() if self._codec is BOOLEAN else text)
        if not self._accept(value):
            raise ValueError
        return value


_TEXTUAL: tuple[Codec[Any], ...] = (TEXT, LANGUAGE)
SWITCH = Coded(BOOLEAN, "VALUE")
SECONDS = Coded(FLOAT, "SECONDS", "a number of seconds above 0", lambda value: value > 0)
TAG = Coded(LANGUAGE, "TAG")


def whole(minimum: int) -> Coded[int]:
    """A whole number, at least `minimum`."""
    return Coded(IntegerCodec(minimum), "NUMBER")


def text(description: str, metavar: str, pattern: str = ANYTHING) -> Coded[str]:
    """Text that is not empty, or a path."""
    return Coded(TEXT, metavar, description, lambda value: re.fullmatch(pattern, value) is not None)


class Choice(Generic[T]):
    """One of some values, each of which has a name."""

    __slots__ = ("_values", "description", "metavar")

    def __init__(self, **values: T) -> None:
        self._values = {name.strip("_").replace("_", "."): value for name, value in values.items()}
        self.description = "one of " + ", ".join(self._values)
        self.metavar = "|".join(self._values)

    def check(self, value: Any) -> T:
        if value not in self._values.values():
            raise ValueError
        return value  # type: ignore[no-any-return]  # it is one of them

    def parse(self, text: str) -> T:
        if text not in self._values:
            raise ValueError
        return self._values[text]


class Several:
    """One or more texts. As text they are separated by `separator`.

    :param allowed: what each must be; empty allows everything.
    :param also: what else it may be, at the moment.
    :param pattern: a regular expression for each.
    """

    __slots__ = ("_allowed", "_also", "_item", "_separator", "description", "metavar")

    def __init__(
        self,
        description: str,
        metavar: str,
        separator: str,
        allowed: tuple[str, ...] = (),
        also: Callable[[], Iterable[str]] = tuple,
        pattern: str = ANYTHING,
    ) -> None:
        self._allowed = allowed
        self._also = also
        self._item = text(description, metavar, pattern)
        self._separator = separator
        self.description = f"{description}, or several" + (f", of {', '.join(allowed)}" if allowed else "")
        self.metavar = f"{metavar}[{separator}…]"

    def check(self, value: Any) -> tuple[str, ...]:
        items = (value,) if isinstance(value, str | os.PathLike) else tuple(value)
        found = tuple(self._item.check(item) for item in items)
        if not found or (self._allowed and not set(found) <= {*self._allowed, *self._also()}):
            raise ValueError
        return found

    def parse(self, text: str) -> tuple[str, ...]:
        return self.check(item.strip() for item in text.split(self._separator))


class Maybe(Generic[T]):
    """What another kind takes, or None with its meaning."""

    __slots__ = ("_kind", "description", "metavar")

    def __init__(self, kind: Kind[T], meaning: str) -> None:
        self._kind = kind
        self.description = f"{kind.description}, or {NONE} ({meaning})"
        self.metavar = kind.metavar

    def check(self, value: Any) -> T | None:
        return None if value is None else self._kind.check(value)

    def parse(self, text: str) -> T | None:
        return None if text.lower() == NONE else self._kind.parse(text)
