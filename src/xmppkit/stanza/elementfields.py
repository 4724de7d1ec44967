# SPDX-License-Identifier: MIT
"""The fields that say something of the element itself: which of its names it has (`ElementName`), and that it is there
at all (`Present`).

They are for classes with `is_extension`, whose value the parent has under their key::

    class ChatState(ElementBase, parents=(Message,)):
        name, other_names = 'active', ('composing', 'paused', 'inactive', 'gone')
        plugin_attrib, is_extension = 'chat_state', True
        chat_state = ElementName(State)

    message['chat_state'] = 'paused'          # <paused/>, whatever was there
    ChatState.of(message).chat_state          # State.PAUSED
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from xmppkit.stanza.codecs import EnumCodec
from xmppkit.stanza.declaration import Field
from xmppkit.xml.names import clark, split

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["ElementName", "Present"]

E = TypeVar("E", bound=Enum)


def _is_there(stanza: ElementBase) -> bool:
    """Whether an element is in its parent, if it has one. What was made only to be asked is not."""
    parent = stanza.parent() if stanza.parent is not None else None
    return parent is None or any(child is stanza.xml for child in parent.xml)


def _take_away(stanza: ElementBase) -> None:
    parent = stanza.parent() if stanza.parent is not None else None
    if parent is not None and _is_there(stanza):
        parent._remove(stanza.xml)


def _put_back(stanza: ElementBase) -> None:
    parent = stanza.parent() if stanza.parent is not None else None
    if parent is not None and not _is_there(stanza):
        parent._replace_children(type(stanza), (stanza,))


class ElementName(Field["E | None"], Generic[E]):
    """The element's own name, as a member of an enumeration whose values are the class's `name` and `other_names`.

    None where the element is not there. Removing the value removes the element from its parent.
    """

    __slots__ = ("codec",)

    def __init__(self, enum: type[E], *, key: str | None = None, doc: str = "") -> None:
        super().__init__(None, key, None, doc)
        self.codec = EnumCodec(enum)

    def get(self, stanza: ElementBase) -> E | None:
        if not _is_there(stanza):
            return None
        try:
            return self.codec.decode(split(stanza.xml.tag)[1])
        except ValueError:
            return None

    def set(self, stanza: ElementBase, value: E | None) -> None:
        try:
            stanza.xml.tag = clark(stanza.namespace, self.codec.encode(value))
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        _put_back(stanza)

    def delete(self, stanza: ElementBase) -> None:
        _take_away(stanza)

    def read_item(self, stanza: ElementBase) -> Any:
        value = self.get(stanza)
        return "" if value is None else self.codec.show(value)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if isinstance(value, str) and not value:
            self.delete(stanza)
        else:
            self.set(stanza, value)

    def present(self, stanza: ElementBase) -> bool:
        return self.get(stanza) is not None


class Present(Field[bool]):
    """Whether the element is there. Setting it to False removes the element from its parent, to True puts it back."""

    __slots__ = ()

    is_flag = True

    def __init__(self, *, key: str | None = None, doc: str = "") -> None:
        super().__init__(None, key, None, doc)

    def get(self, stanza: ElementBase) -> bool:
        return _is_there(stanza)

    def set(self, stanza: ElementBase, value: bool) -> None:
        if value:
            _put_back(stanza)
        else:
            _take_away(stanza)

    def delete(self, stanza: ElementBase) -> None:
        _take_away(stanza)

    def present(self, stanza: ElementBase) -> bool:
        return _is_there(stanza)
