# SPDX-License-Identifier: MIT
"""A set that remembers in which order its elements came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet, Reversible
from typing import TypeVar

__all__ = ["OrderedSet"]

T = TypeVar("T")


class OrderedSet(MutableSet[T], Reversible[T]):
    """A set in the order of insertion. Equal to another `OrderedSet` with the same order, and to any other set with the
    same elements.

    :param iterable: the first elements.
    """

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, iterable: Iterable[T] | None = None) -> None:
        self._elements: dict[T, None] = dict.fromkeys(iterable or ())

    def __contains__(self, value: object) -> bool:
        return value in self._elements

    def __iter__(self) -> Iterator[T]:
        return iter(self._elements)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._elements)

    def __len__(self) -> int:
        return len(self._elements)

    def add(self, value: T) -> None:
        """Add an element at the end; one that is there stays where it is."""
        self._elements[value] = None

    def discard(self, value: T) -> None:
        """Remove an element if it is there."""
        self._elements.pop(value, None)

    def pop(self, last: bool = True) -> T:
        """Remove the last element, or the first, and return it. Raises KeyError when there is none."""
        if not self._elements:
            raise KeyError("the set is empty")
        value = next(reversed(self._elements) if last else iter(self._elements))
        del self._elements[value]
        return value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderedSet):
            return list(self) == list(other)
        return super().__eq__(other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"
