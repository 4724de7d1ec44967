# SPDX-License-Identifier: MIT
"""What all fields of stanza classes have in common: `Field`. The kinds of fields are in `xmppkit.stanza.fields`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypedDict, TypeVar, overload
from xml.etree.ElementTree import Element

from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.stanza.matching import fix_ns

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["Field", "FieldMethod", "FieldOptions", "child_reader", "give_methods", "method_of"]

V = TypeVar("V")

# Paths of a field by the root's tag. A class has one or two root tags (a stanza's namespace depends on the
# stream); an element that a program wraps in a class it does not belong to can bring others.
_PATHS_SIZE: Final = 16


class FieldOptions(TypedDict, total=False):
    """What can be said about a field besides its type.

    :ivar name: the name in the XML, where it differs from the key; for texts of children it may be a path,
        ``N/FAMILY``, or a qualified name.
    :ivar key: the key of slixmpp's dict view, where it differs from the attribute's name without its trailing
        underscore; ``''`` for a field that the dict view does not have.
    :ivar namespace: the namespace of the child, where it is not the element's own.
    :ivar minimum: the smallest whole number.
    :ivar maximum: the largest whole number.
    :ivar raw: the dict view shows the text as it stands in the XML.
    :ivar absent: what the dict view shows when there is no value.
    :ivar keep: the dict view stores an empty string instead of removing the value.
    :ivar doc: what the value means, with its unit.
    """

    name: str
    key: str
    namespace: str
    minimum: int
    maximum: int
    raw: bool
    absent: object
    keep: bool
    doc: str


class Field(ABC, Generic[V]):
    """What all fields have in common. `V` is the type of the attribute.

    :ivar attribute: the attribute's name in the class.
    :ivar key: the key of the dict view; empty when there is none.
    :ivar name: the name in the XML.
    :ivar doc: what the value means.
    """

    __slots__ = ("_path_name", "_paths", "attribute", "doc", "key", "name", "namespace")

    #: Whether the value is the text of a child, the presence of a child, a text in several languages.
    in_child = False
    is_flag = False
    has_languages = False

    def __init__(
        self, name: str | None = None, key: str | None = None, namespace: str | None = None, doc: str = ""
    ) -> None:
        self.attribute = ""
        self._path_name = name
        self.name = name or ""
        self.key = key
        self.namespace = namespace
        self.doc = doc
        self._paths: dict[str, tuple[str, ...]] = {}

    def __set_name__(self, owner: type[ElementBase], name: str) -> None:
        self.attribute = name
        plain = name[:-1] if name.endswith("_") else name
        if self.key is None:
            self.key = plain
        if self._path_name is None:
            self.name = self.key or plain

    @overload
    def __get__(self, stanza: None, owner: object = None) -> Self: ...
    @overload
    def __get__(self, stanza: ElementBase, owner: object = None) -> V: ...
    def __get__(self, stanza: ElementBase | None, owner: object = None) -> Self | V:
        return self if stanza is None else self.get(stanza)

    def __set__(self, stanza: ElementBase, value: V | None) -> None:
        if value is None:
            self.delete(stanza)
        else:
            self.set(stanza, value)

    def __delete__(self, stanza: ElementBase) -> None:
        self.delete(stanza)

    # --- the typed view -------------------------------------------------------------------------------------

    @abstractmethod
    def get(self, stanza: ElementBase) -> V:
        """The value; None, the default or an empty collection when there is none."""

    @abstractmethod
    def set(self, stanza: ElementBase, value: V) -> None:
        """Store a value; InvalidValue when the field cannot hold it, InvalidJID when it is to be an address."""

    @abstractmethod
    def delete(self, stanza: ElementBase) -> None:
        """Remove the value; nothing happens when there is none."""

    # --- the dict view --------------------------------------------------------------------------------------

    def read_item(self, stanza: ElementBase) -> Any:
        """What ``stanza[key]`` gives."""
        return self.get(stanza)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        """What ``stanza[key] = value`` does, for all values but None."""
        self.set(stanza, value)

    def delete_item(self, stanza: ElementBase) -> None:
        """What ``del stanza[key]`` does."""
        self.delete(stanza)

    @abstractmethod
    def present(self, stanza: ElementBase) -> bool:
        """What ``key in stanza`` gives: whether there is anything in the XML, readable or not."""

    # --- helpers --------------------------------------------------------------------------------------------

    def _refuse(self, stanza: ElementBase, error: ValueError | TypeError) -> InvalidValue | InvalidJID:
        if isinstance(error, InvalidJID):
            return error  # it says what is wrong with the address, and programs expect it (COMPAT(slixmpp 1.17))
        return InvalidValue(str(error), f"{type(stanza).__name__}.{self.attribute}")

    def path(self, xml: Element) -> tuple[str, ...]:
        """The way from the root to the child: qualified names."""
        path = self._paths.get(xml.tag)
        if path is None:
            namespace = self.namespace
            if namespace is None:
                namespace = xml.tag[1 : xml.tag.find("}")] if xml.tag[:1] == "{" else ""
            path = tuple(fix_ns(self.name, split=True, default_ns=namespace))
            if len(self._paths) >= _PATHS_SIZE:
                self._paths.clear()
            self._paths[xml.tag] = path
        return path


class FieldMethod:
    """COMPAT(slixmpp 1.17): ``get_x``, ``set_x`` or ``del_x`` of the field x, for programs that call it.

    Every class with fields gets them where it defines none; the library itself does not use them.

    :param field: the field.
    :param verb: ``read``, ``write`` or ``delete``.
    """

    __slots__ = ("_verb", "field")

    def __init__(self, field: Field[Any], verb: str) -> None:
        self.field = field
        self._verb = verb

    def __get__(self, stanza: ElementBase | None, owner: type | None = None) -> Any:
        return self if stanza is None else partial(self, stanza)

    def __call__(self, stanza: ElementBase, *values: Any, **options: Any) -> Any:
        return getattr(self.field, f"{self._verb}_item")(stanza, *values, **options)


#: What the methods' names begin with, and what they do.
_VERBS: Final = (("get_", "read"), ("set_", "write"), ("del_", "delete"))


def give_methods(cls: type[ElementBase]) -> None:
    """Give a class each `FieldMethod` that it lacks."""
    for key, field in cls._fields.items():
        for action, verb in _VERBS:
            name = action + key.lower()
            present = getattr(cls, name, None)
            if present is None or (isinstance(present, FieldMethod) and present.field is not field):
                setattr(cls, name, FieldMethod(field, verb))


def child_reader(key: str) -> Callable[[Any], Any]:
    """How to read a child stanza of a key, which a `methodcaller` would do with a detour through C."""
    return lambda stanza: stanza.get_plugin(key)


def method_of(cls: type[ElementBase], name: str) -> Any:
    """A method with which a class computes a value, as ``get_x``; None if it has none of that name."""
    found = getattr(cls, name, None)
    return None if isinstance(found, FieldMethod) else found
