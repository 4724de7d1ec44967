# SPDX-License-Identifier: MIT
"""Slotted dataclasses that cost little until they are used; the language's own, not XMPP's.

`dataclasses.dataclass` writes and compiles up to six methods for a class when it is defined: a third of a millisecond,
whether or not the class is ever used, and a program uses few of the classes that it imports. `record` is used in the
same way and makes the same classes, but leaves each method unwritten until it is first called; then `dataclasses`
writes it, and from there on it is that method. For type checkers `record` simply is `dataclasses.dataclass`, and
everything in `dataclasses` takes its classes, `field` and `replace` included::

    @record(frozen=True, slots=True)
    class Point:
        \"""A place.\"""

        x: int
        y: int = 0
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

__all__ = ["record"]

T = TypeVar("T")

_FIELDS = "__dataclass_fields__"
_RECIPE = "__record__"

#: What every dataclass has.
_ALWAYS = (
    _FIELDS,
    "__dataclass_params__",
    "__match_args__",
    *(("__replace__",) if sys.version_info >= (3, 13) else ()),
)

#: What `dataclass` is asked for, so that it writes this method or attribute; it writes the others in any case.
_ORDERS: dict[str, dict[str, bool]] = {
    "__match_args__": {"match_args": True},
    # With slots it also sets a field that has a default and is no argument.
    "__init__": {"init": True, "slots": True},
    "__repr__": {"repr": True},
    "__eq__": {"eq": True},
    "__hash__": {"eq": True, "unsafe_hash": True},
}


class _Recipe(NamedTuple):
    """What the class said, kept until a method is written.

    :ivar fields: the fields that the class itself declares, with their annotations.
    :ivar defaults: their defaults, or what `dataclasses.field` returned.
    """

    fields: dict[str, Any]
    defaults: dict[str, Any]
    frozen: bool
    kw_only: bool


class _Unwritten:
    """Stands in a record for a method or attribute that nobody has used yet, and is replaced by it at the first use."""

    __slots__ = ("_name", "_owner")

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        written = vars(_template(self._owner, self._name))[self._name]
        setattr(self._owner, self._name, written)
        return written.__get__(instance, owner) if hasattr(written, "__get__") else written


def _template(owner: type, name: str) -> type:
    """A dataclass with the fields of the record `owner`, which has the method or attribute called `name`."""
    recipe: _Recipe = vars(owner)[_RECIPE]
    fields = {
        field.name: field
        for base in reversed(owner.__mro__[1:])
        if _FIELDS in vars(base)
        for field in dataclasses.fields(base)
    }
    annotations = {inherited.name: inherited.type for inherited in fields.values()}
    for own, annotation in recipe.fields.items():
        default = recipe.defaults.get(own, dataclasses.MISSING)
        field = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        if field.kw_only is dataclasses.MISSING:
            field.kw_only = recipe.kw_only
        fields[own] = field
        annotations[own] = annotation
    namespace = {
        "__annotations__": annotations,
        "__doc__": owner.__doc__ or owner.__name__,  # where there is none, dataclass looks up the signature for it
        "__module__": owner.__module__,
        "__qualname__": owner.__qualname__,
        **fields,
    }
    if hasattr(owner, "__post_init__"):
        namespace["__post_init__"] = None  # that there is one is all that the constructor has to know
    # Whether it is frozen makes a difference to these only, and costs two methods more.
    frozen = recipe.frozen and name in ("__init__", "__dataclass_params__")
    order = {"init": False, "repr": False, "eq": False, "match_args": False, **_ORDERS.get(name, {})}
    make: Callable[..., Callable[[type], type]] = dataclasses.dataclass
    return make(frozen=frozen, **order)(type(owner.__name__, (), namespace))


# --- frozen ones ------------------------------------------------------------------------------------------


def _is_field(instance: object, name: str) -> bool:
    """Whether frozen records guard `name`: a subclass that is no record may have attributes of its own."""
    kind = type(instance)
    return _RECIPE in vars(kind) or name in getattr(kind, _FIELDS)


def _set(self: object, name: str, value: object) -> None:
    if _is_field(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _delete(self: object, name: str) -> None:
    if _is_field(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _get_state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_FROZEN = {"__setattr__": _set, "__delattr__": _delete, "__getstate__": _get_state, "__setstate__": _set_state}

# --- the decorator ----------------------------------------------------------------------------------------


def _record(
    *, slots: Literal[True], frozen: bool = False, eq: bool = True, repr: bool = True, kw_only: bool = False
) -> Callable[[type[T]], type[T]]:
    """Make a class a slotted dataclass whose methods are written when they are first used.

    The arguments are those of `dataclasses.dataclass`; the others of them, `InitVar` and `KW_ONLY` are not offered.
    As there, the class is made a second time, so its methods cannot use `super()` without arguments, and methods that
    it defines itself are kept. A default that is mutable, and a field without default behind one with, are reported
    when the class is first used.

    :raises TypeError: a frozen record inherits from one that is not, or the other way round; an `InitVar`.
    """
    del slots  # says to the reader, and to type checkers, what always holds

    def decorate(cls: type[T]) -> type[T]:
        for base in cls.__mro__[1:]:
            if _RECIPE in vars(base) and vars(base)[_RECIPE].frozen is not frozen:
                raise TypeError(f"{cls.__qualname__} and its base {base.__qualname__} must both be frozen, or neither")
        return _made_again(cls, frozen=frozen, eq=eq, repr=repr, kw_only=kw_only)

    return decorate


def _made_again(cls: type[T], *, frozen: bool, eq: bool, repr: bool, kw_only: bool) -> type[T]:
    """`cls` with slots for its fields, and with the methods of a dataclass."""
    namespace = dict(vars(cls))
    fields = {name: annotation for name, annotation in cls.__annotations__.items() if _is_instances(name, annotation)}
    defaults = {name: namespace.pop(name) for name in fields if name in namespace}
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace[_RECIPE] = _Recipe(fields, defaults, frozen, kw_only)
    namespace["__qualname__"] = cls.__qualname__
    slots = [name for name in fields if not isinstance(getattr(super(cls, cls), name, None), MemberDescriptorType)]
    namespace["__slots__"] = tuple(slots)  # those of the bases are there already
    if eq and "__eq__" in namespace and namespace["__hash__"] is None:
        del namespace["__hash__"]  # it was not written down: a class gets that with an __eq__ of its own
    made: dict[str, object] = {name: _Unwritten() for name in (*_ALWAYS, "__init__")}
    if repr:
        made["__repr__"] = _Unwritten()
    if eq:
        made |= {"__eq__": _Unwritten(), "__hash__": _Unwritten() if frozen else None}
    if frozen:
        made |= _FROZEN
    make: Callable[..., type[T]] = type(cls)
    return make(cls.__name__, cls.__bases__, {**made, **namespace})


def _is_instances(name: str, annotation: object) -> bool:
    """Whether what is annotated is a field; otherwise it belongs to the class."""
    said = str(annotation)
    if "InitVar" in said or "KW_ONLY" in said:
        raise TypeError(f"{name}: a record has no {said}")
    return not said.startswith(("ClassVar", "typing.ClassVar"))


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record
