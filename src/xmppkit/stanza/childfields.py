# SPDX-License-Identifier: MIT
"""The fields that hold child stanzas: one (`Child`), or all of a class (`Children`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from xmppkit.stanza.declaration import Field

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["Child", "Children"]

S = TypeVar("S", bound="ElementBase")


class Child(Field["S | None"], Generic[S]):
    """A child stanza: None when there is none. Assigning one replaces what was there.

    The class is registered with the declaring class, as `register_stanza_plugin` does. The dict view has it under
    the class's `plugin_attrib`, where reading creates it, as in slixmpp.

    :param plugin: the child's class.
    :param overrides: the class's `overrides` take effect on the declaring class.
    """

    __slots__ = ("overrides", "plugin")

    def __init__(self, plugin: type[S], *, overrides: bool = False, doc: str = "") -> None:
        super().__init__(plugin.name, "", None, doc)
        self.plugin = plugin
        self.overrides = overrides

    def get(self, stanza: ElementBase) -> S | None:
        return stanza._find_plugin(self.plugin)

    def set(self, stanza: ElementBase, value: S | None) -> None:
        if not isinstance(value, self.plugin):
            raise self._refuse(stanza, TypeError(f"it takes a {self.plugin.__name__}"))
        stanza._replace_children(self.plugin, (value,))

    def delete(self, stanza: ElementBase) -> None:
        stanza._replace_children(self.plugin, ())

    def present(self, stanza: ElementBase) -> bool:
        return self.get(stanza) is not None


class Children(Field["list[S]"], Generic[S]):
    """All child stanzas of one class, in order. Assigning a collection replaces them.

    The class is registered with the declaring class, as iterable. The dict view has the list under the class's
    `plugin_multi_attrib`.

    :param plugin: the children's class.
    """

    __slots__ = ("plugin",)

    def __init__(self, plugin: type[S], *, doc: str = "") -> None:
        super().__init__(plugin.name, "", None, doc)
        self.plugin = plugin

    def get(self, stanza: ElementBase) -> list[S]:
        return [child for child in stanza.iterables if isinstance(child, self.plugin)]

    def set(self, stanza: ElementBase, value: Iterable[S]) -> None:
        children = list(value)
        for child in children:
            if not isinstance(child, self.plugin):
                raise self._refuse(stanza, TypeError(f"it takes {self.plugin.__name__} objects"))
        stanza._replace_children(self.plugin, children)

    def delete(self, stanza: ElementBase) -> None:
        stanza._replace_children(self.plugin, ())

    def present(self, stanza: ElementBase) -> bool:
        return bool(self.get(stanza))
