# SPDX-License-Identifier: MIT
"""The typed attribute of a value that methods compute: `Derived`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.declaration import Field

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["Derived"]

T = TypeVar("T")


class Derived(Field["T | None"], Generic[T]):
    """A value that the class's methods ``get_x``, ``set_x`` and ``del_x`` make of the XML, where ``x`` is the key.

    The dict view calls the methods, as it does for classes without fields. The attribute calls them too, and has None
    where ``get_x`` has ``''``.

    :param kind: the type of the value.
    :param among: the attribute of the class that holds the values which ``set_x`` takes; others raise `InvalidValue`.
    """

    __slots__ = ("among", "kind")

    def __init__(self, kind: type[T], *, key: str | None = None, among: str = "", doc: str = "") -> None:
        super().__init__(None, key, None, doc)
        self.kind = kind
        self.among = among

    def _method(self, stanza: ElementBase, action: str) -> Any:
        return getattr(stanza, f"{action}_{self.key}")

    def get(self, stanza: ElementBase) -> T | None:
        value = self._method(stanza, "get")()
        return None if value == "" else cast("T | None", value)

    def set(self, stanza: ElementBase, value: T | None) -> None:
        if not isinstance(value, self.kind):
            raise self._refuse(stanza, TypeError(f"it takes {self.kind.__name__}, not {type(value).__name__}"))
        if self.among:
            values: Collection[T] = getattr(stanza, self.among)
            if value not in values:
                raise self._refuse(stanza, InvalidValue(f"{value!r} is none of {self.among}"))
        self._method(stanza, "set")(value)

    def delete(self, stanza: ElementBase) -> None:
        self._method(stanza, "del")()

    def present(self, stanza: ElementBase) -> bool:
        return self.get(stanza) is not None
