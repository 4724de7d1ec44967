# SPDX-License-Identifier: MIT
"""What a plugin class declares: typed options, and what its methods handle.

The decorators leave a declaration on the method and nothing else. `BasePlugin` reads the declarations of
the class and registers the bound methods when a plugin is enabled. A method that overrides a decorated
one, without a decorator of its own, is registered in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast, overload

from xmppkit.dispatch.handlers import Matcher
from xmppkit.exceptions import ConfigurationError

__all__ = [
    "Declaration",
    "EventDeclaration",
    "FilterDeclaration",
    "HandlerDeclaration",
    "OperationDeclaration",
    "Option",
    "api_operation",
    "declarations_of",
    "filters",
    "handles",
    "listens",
]

T = TypeVar("T")
V = TypeVar("V")
F = TypeVar("F", bound=Callable[..., Any])


class _Configured(Protocol):
    _config: dict[str, Any] | None

    @property
    def default_config(self) -> Mapping[str, Any]: ...

    @property
    def config(self) -> dict[str, Any]: ...


class Option(Generic[T]):
    """A typed setting of a plugin: declared on the class, read and written as an attribute, kept in
    ``config``.

    :param type_: what the value must be; an int is accepted where a float is declared.
    :param default: the value when the configuration names none. With None, None is always allowed.
    :param doc: what it means, with its unit.
    :param minimum: the least value allowed; None: unbounded.
    :param maximum: the greatest value allowed; None: unbounded.
    :param choices: the only values allowed; None: all.

    Writing another value raises `ConfigurationError`, naming plugin and option.
    """

    __slots__ = ("choices", "default", "doc", "maximum", "minimum", "name", "owner", "type")

    @overload
    def __init__(
        self: Option[T],
        type_: type[T],
        default: T,
        *,
        doc: str = ...,
        minimum: float | None = ...,
        maximum: float | None = ...,
        choices: Collection[Any] | None = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: Option[V | None],
        type_: type[V],
        default: None = None,
        *,
        doc: str = ...,
        minimum: float | None = ...,
        maximum: float | None = ...,
        choices: Collection[Any] | None = ...,
    ) -> None: ...

    def __init__(
        self,
        type_: type[Any],
        default: Any = None,
        *,
        doc: str = "",
        minimum: float | None = None,
        maximum: float | None = None,
        choices: Collection[Any] | None = None,
    ) -> None:
        self.type = type_
        self.default = default
        self.doc = doc
        self.minimum = minimum
        self.maximum = maximum
        self.choices = choices
        self.name = ""
        self.owner = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name
        self.owner = owner.__name__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Option[T]: ...

    @overload
    def __get__(self, instance: _Configured, owner: type[Any]) -> T: ...

    def __get__(self, instance: _Configured | None, owner: type[Any]) -> Option[T] | T:
        if instance is None:
            return self
        config = instance._config
        value: T = (instance.default_config if config is None else config)[self.name]
        return value

    def __set__(self, instance: _Configured, value: T) -> None:
        instance.config[self.name] = self.check(value)

    def check(self, value: Any) -> Any:
        """`value`, if the option may hold it; otherwise raises `ConfigurationError`."""
        if value is None and self.default is None:
            return value
        fits: type[Any] | tuple[type[Any], ...] = (int, float) if self.type is float else self.type
        if not isinstance(value, fits) or (isinstance(value, bool) and self.type in (int, float)):
            raise self._refuse(value, f"it takes {self.type.__name__}")
        if self.minimum is not None and value < self.minimum:
            raise self._refuse(value, f"at least {self.minimum}")
        if self.maximum is not None and value > self.maximum:
            raise self._refuse(value, f"at most {self.maximum}")
        if self.choices is not None and value not in self.choices:
            raise self._refuse(value, "one of " + ", ".join(map(repr, self.choices)))
        return value

    def _refuse(self, value: Any, rule: str) -> ConfigurationError:
        return ConfigurationError(f"{self.owner}.{self.name} cannot be {value!r}: {rule}")


@dataclass(frozen=True, slots=True)
class HandlerDeclaration:
    """The method handles stanzas; see `handles`."""

    matcher: Matcher | str | Callable[[Any], Matcher]
    name: str | None
    instream: bool
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class EventDeclaration:
    """The method handles an event; see `listens`."""

    event: str


@dataclass(frozen=True, slots=True)
class FilterDeclaration:
    """The method filters stanzas; see `filters`."""

    mode: str
    order: int | None


@dataclass(frozen=True, slots=True)
class OperationDeclaration:
    """The method is the default handler of an API operation; see `api_operation`."""

    op: str


Declaration: TypeAlias = HandlerDeclaration | EventDeclaration | FilterDeclaration | OperationDeclaration

_MARK = "_xmppkit_declarations"


def declarations_of(method: object) -> tuple[Declaration, ...]:
    """What the decorators of a method declare, in the order in which they are written."""
    return cast("tuple[Declaration, ...]", getattr(method, _MARK, ()))


def _declare(method: F, declaration: Declaration) -> F:
    # Decorators apply from the inside out; in front keeps the order in which they are written.
    setattr(method, _MARK, (declaration, *declarations_of(method)))
    return method


def handles(
    matcher: Matcher | str | Callable[[Any], Matcher],
    name: str | None = None,
    *,
    instream: bool = False,
    before: str | None = None,
    after: str | None = None,
) -> Callable[[F], F]:
    """The method handles stanzas. It may be a coroutine function.

    :param matcher: a matcher; a string for `StanzaPath`; or a function that takes the plugin and returns
        a matcher, for what depends on the stream (``lambda plugin: MatchXPath('{%s}presence' %
        plugin.xmpp.default_ns)``).
    :param name: the handler's name; None: the plugin's name and the method's.
    :param instream: run it before the handlers that are registered earlier.
    :param before: the name of the handler to register it before.
    :param after: the name of the handler to register it after.
    """
    declaration = HandlerDeclaration(matcher, name, instream, before, after)
    return lambda method: _declare(method, declaration)


def listens(event: str) -> Callable[[F], F]:
    """The method handles an event. It may be a coroutine function.

    :param event: the event's name, as ``session_start``.
    """
    return lambda method: _declare(method, EventDeclaration(event))


def filters(mode: str, order: int | None = None) -> Callable[[F], F]:
    """The method filters stanzas: it takes one and returns it, another, or None to drop it.

    :param mode: ``in``, ``out``, ``out_sync`` or ``out_sce``.
    :param order: the position among the filters; None: the last.
    """
    return lambda method: _declare(method, FilterDeclaration(mode, order))


def api_operation(op: str | None = None) -> Callable[[F], F]:
    """The method is the default handler of an operation of the plugin's API. It takes (jid, node, ifrom,
    args) and may be a coroutine function.

    :param op: the operation's name; None: the method's, without leading underscores.
    """

    def decorator(method: F) -> F:
        return _declare(method, OperationDeclaration(op or method.__name__.lstrip("_")))

    return decorator
