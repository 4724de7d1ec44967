# SPDX-License-Identifier: MIT
"""The base class of all plugins; see the package for how it is used."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from xmppkit.dispatch.events import Event
from xmppkit.dispatch.handlers import BaseHandler, Callback, Matcher, SharedCallback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.jid.address import JID
from xmppkit.plugins.base.declarations import (
    Declaration,
    EventDeclaration,
    FilterDeclaration,
    HandlerDeclaration,
    OperationDeclaration,
    Option,
    declarations_of,
)

if TYPE_CHECKING:
    from xmppkit.storage.base import Storage

__all__ = ["BasePlugin", "awake"]

log = logging.getLogger(__name__)


class BasePlugin:
    """The root of all plugins.

    :param xmpp: the stream that the plugin belongs to.
    :param config: values for the plugin's options. Raises `ConfigurationError` for one that its option
        refuses.

    ``self.xmpp`` is the stream, ``self.config`` the options by name, ``self.api`` the plugin's operations.
    """

    #: The name it is enabled by, as ``xep_0092``.
    name: str = ""
    #: One line for people.
    description: str = ""
    #: The names of the plugins that are enabled before this one.
    dependencies: Collection[str] = frozenset()
    #: slixmpp's form of options: untyped defaults. Each key is readable and writable as an attribute.
    #: Each `Option` enters it by itself.
    default_config: Mapping[str, Any] = {}
    #: The module of the plugin's stanza classes.
    stanza: Any = None
    #: Features that service discovery (xep_0030, if it is enabled) announces while the plugin is enabled.
    disco_features: tuple[str, ...] = ()
    #: The events that the plugin raises.
    events: tuple[Event, ...] = ()

    #: Whether a plugin of the library may sleep until something concerns it (`xmppkit.plugins.base.sleeping`). Not one
    #: whose `plugin_init` changes what the stream does.
    sleeps: ClassVar[bool] = True
    #: Children of stanzas that wake it, beside those that its handlers name.
    wakes_on: ClassVar[tuple[str, ...]] = ()
    #: Children of messages that are sent that wake it.
    wakes_on_sending: ClassVar[tuple[str, ...]] = ()
    #: Whether a connection that is about to be made wakes it: it has a say in the stream's features.
    wakes_on_connect: ClassVar[bool] = False
    #: Whether a presence that is sent wakes it.
    wakes_on_presence: ClassVar[bool] = False
    #: Events that it listens to and that need not wake it: as long as it sleeps there is nothing to do.
    sleeps_through: ClassVar[frozenset[str]] = frozenset()

    #: Attributes of the stream: it sleeps only if they are true when it is enabled.
    sleeps_given: ClassVar[tuple[str, ...]] = ()
    #: Whether all that its handlers do is to raise `events`: it sleeps until somebody listens to one of them.
    only_tells: ClassVar[bool] = False

    _options: ClassVar[Mapping[str, Option[Any]]] = {}
    _declared: ClassVar[tuple[tuple[str, Declaration], ...]] = ()

    #: The stream. A plugin narrows the type where it wants: ``xmpp: ClientXMPP``.
    xmpp: Any
    #: An `xmppkit.api.APIWrapper`.
    api: Any
    #: The options by name, once they differ from `default_config`; many plugins never need a dict of their own.
    _config: dict[str, Any] | None = None
    #: What is undone in the end, beside the declarations: functions of this module, which take the plugin, with their
    #: other arguments.
    _undo: list[tuple[Any, ...]] | None = None
    #: How many of the declarations have been registered.
    _registered: int = 0
    #: What `register_store` was told.
    _stores: tuple[tuple[frozenset[str], Callable[[Storage], object]], ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        options: dict[str, Option[Any]] = {}
        declared: dict[str, tuple[Declaration, ...]] = {}
        for base in reversed(cls.__mro__):
            for key, value in vars(base).items():
                if isinstance(value, Option):
                    options[key] = value
                    continue
                options.pop(key, None)
                if declarations_of(value):
                    declared[key] = declarations_of(value)
        cls._options = options
        cls._declared = tuple((key, each) for key, marks in declared.items() for each in marks)
        if options:
            own = vars(cls).get("default_config", {})
            defaults = {key: option.default for key, option in options.items()}
            cls.default_config = {**cls.default_config, **defaults, **own}

    def __init__(self, xmpp: Any, config: Mapping[str, Any] | None = None) -> None:
        # Not by self.x = …, which may be an option; and not by way of vars(), which would make a dictionary of every
        # plugin of every stream.
        place = super().__setattr__
        place("xmpp", xmpp)
        if config:
            BasePlugin.configure(self, config)

    @property
    def config(self) -> dict[str, Any]:
        """The options by name."""
        config = self._config
        if config is None:
            config = dict(self.default_config)
            super().__setattr__("_config", config)
        return config

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        super().__setattr__("_config", config)

    def __getattr__(self, key: str) -> Any:
        if key == "api":  # made when it is needed: most plugins have no operations
            self.api = self.xmpp.api.wrap(self.name)
            return self.api
        defaults = type(self).default_config
        if key in defaults:
            return (defaults if self._config is None else self._config)[key]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {key!r}")

    def __setattr__(self, key: str, value: Any) -> None:
        cls = type(self)
        if key in cls.default_config and key not in cls._options:
            self.config[key] = value
        else:
            super().__setattr__(key, value)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Set several options. Raises `ConfigurationError` for a value that its option refuses."""
        options = self._options
        for key, value in config.items():
            if key in options:
                self.config[key] = options[key].check(value)
                continue
            if options and key not in self.default_config:
                log.warning("%s has no option %r", self.name or type(self).__name__, key)
            self.config[key] = value

    # What a plugin overrides. All four may be left out.

    def plugin_init(self) -> None:
        """Called when the plugin is enabled, after its dependencies."""

    def post_init(self) -> None:
        """Called when the plugin and everything that was enabled together with it have had their
        `plugin_init`."""

    def session_bind(self, jid: JID) -> Any:
        """Called with the full JID whenever the stream is bound to one; may be a coroutine function."""

    def plugin_end(self) -> None:
        """Called when the plugin is disabled, before what it registered is undone."""

    # What a plugin registers while it runs, undone when it is disabled. Declarations end here as well.
    # The base class calls these as BasePlugin.x(self, …): a user's plugin may have methods of the same names.

    def register_handler(self, handler: BaseHandler, before: str | None = None, after: str | None = None) -> None:
        """Register a stream handler.

        :param before: the name of the handler to register it before.
        :param after: the name of the handler to register it after.
        """
        self.xmpp.register_handler(handler, before, after)
        self._record(_remove_handler, handler)

    def add_event_handler(self, event: str, pointer: Callable[..., Any]) -> None:
        """Register an event handler: a function or a coroutine function that takes the event's payload."""
        self.xmpp.add_event_handler(event, pointer)
        self._record(_remove_event_handler, event, pointer)

    def add_filter(self, mode: str, handler: Callable[..., Any], order: int | None = None) -> None:
        """Add a filter; see the decorator `filters`."""
        self.xmpp.add_filter(mode, handler, order)
        self._record(_remove_filter, mode, handler)

    def register_api(self, handler: Callable[..., Any], op: str) -> None:
        """Make `handler` the default of the operation `op`. Handlers that the program has registered stay."""
        self.api.register_default(handler, op)
        self._record(_remove_operations, (op,))

    def register_store(self, operations: Iterable[str], memory: object, stored: Callable[[Storage], object]) -> None:
        """Make two objects the defaults of operations that keep something: each has a method for each operation, of the
        same name. Handlers that the program has registered stay.

        :param operations: the names of the operations.
        :param memory: keeps it in memory: the default as long as the stream has no storage.
        :param stored: makes the object that keeps it in a storage: the default from `BaseXMPP.use_storage` on.
        """
        names = frozenset(operations)
        BasePlugin.register_operations(self, memory, names)
        self._stores = (*self._stores, (names, stored))
        storage: Storage | None = getattr(self.xmpp, "storage", None)
        if storage is not None:
            self.api.register_defaults(stored(storage), names)

    def register_operations(self, provider: object, operations: Iterable[str]) -> None:
        """Make the methods of an object the defaults of the operations of the same names. Handlers that the program has
        registered stay."""
        self.api.register_defaults(provider, operations)
        self._record(_remove_operations, operations)

    def register_feature(
        self, name: str, handler: Callable[..., Any], restart: bool = False, order: int = 5000, *, tag: str = ""
    ) -> None:
        """Register a stream feature; see `ClientXMPP.register_feature`."""
        self.xmpp.register_feature(name, handler, restart, order, **({"tag": tag} if tag else {}))
        self._record(_remove_feature, name, order)

    def schedule(
        self,
        name: str,
        seconds: float,
        callback: Callable[..., Any],
        args: Iterable[Any] = (),
        *,
        repeat: bool = False,
    ) -> None:
        """Call `callback` with `args` in `seconds`, or every `seconds`.

        Raises ValueError when something else is scheduled under that name.
        """
        self.xmpp.schedule(name, seconds, callback, args=tuple(args), repeat=repeat)
        self._record(_cancel_schedule, name)

    def _record(self, *step: Any) -> None:
        if self._undo is None:
            super().__setattr__("_undo", [step])
        else:
            self._undo.append(step)

    def on_end(self, callback: Callable[[], Any]) -> None:
        """Call `callback` when the plugin is disabled. What was recorded last is called first."""
        self._record(_call_back, callback)

    # What the stream and the manager call.

    def use_storage(self, storage: Storage) -> None:
        """Keep in a storage, from now on, what was registered with `register_store`. What was kept before stays
        where it is. Called by `BaseXMPP.use_storage`."""
        for names, stored in self._stores:
            self.api.register_defaults(stored(storage), names)

    def _init(self) -> None:
        """Register what the class declares, then `plugin_init`."""
        place = super().__setattr__
        for number, (key, declaration) in enumerate(self._declared, 1):
            method = getattr(self, key)
            if method is not None:  # a subclass may take a handler away: answer = None
                self._bind(key, declaration, method)
            place("_registered", number)
        self.plugin_init()

    def _bind(self, key: str, declaration: Declaration, method: Callable[..., Any]) -> None:
        match declaration:
            case HandlerDeclaration(matcher, name, instream, before, after):
                if isinstance(matcher, str):
                    handler = _shared(self.name, key, name or f"{self.name}.{method.__name__}", matcher, instream)
                    self.xmpp.register_handler(handler, before, after)
                else:
                    made = cast(Matcher, matcher if hasattr(matcher, "match") else matcher(self))
                    own = Callback(name or f"{self.name}.{method.__name__}", made, method, instream=instream)
                    BasePlugin.register_handler(self, own, before, after)
            case EventDeclaration(event):
                self.xmpp.add_event_handler(event, method)
            case FilterDeclaration(mode, order):
                self.xmpp.add_filter(mode, method, order)
            case _:
                self.api.register_default(method, declaration.op)

    def _unbind(self, key: str, declaration: Declaration) -> None:
        """Undo what `_bind` does and does not record."""
        method = getattr(self, key)
        if method is None:
            return
        match declaration:
            case HandlerDeclaration(str(matcher), name, instream):
                title = name or f"{self.name}.{method.__name__}"
                self.xmpp.remove_handler(_shared(self.name, key, title, matcher, instream))
            case EventDeclaration(event):
                self.xmpp.del_event_handler(event, method)
            case FilterDeclaration(mode, _):
                self.xmpp.del_filter(mode, method)
            case OperationDeclaration(op):
                self.api.unregister_defaults((op,))

    def hear(self, event: str, data: Any) -> None:
        """Call what the class declares for an event, as if it happened now. For the manager, which has woken the
        plugin."""
        for key, declaration in self._declared:
            if isinstance(declaration, EventDeclaration) and declaration.event == event:
                method = getattr(self, key)
                result = method(data) if method is not None else None
                if inspect.isawaitable(result):
                    self.xmpp.spawn(result)

    def _bound(self, jid: JID) -> None:
        """The stream has been bound to an address, now or before the plugin was enabled."""
        if self.disco_features:
            disco = awake(self.xmpp, "xep_0030")
            if disco is not None:
                disco.announce(self.disco_features)
        if type(self).session_bind is not BasePlugin.session_bind:
            result = self.session_bind(jid)
            if inspect.isawaitable(result):
                self.xmpp.spawn(result)

    def _end(self, *, complete: bool) -> None:
        """Undo whatever is recorded, after `plugin_end` if `plugin_init` had been completed. A step that
        fails does not stop the others; the first failure is raised in the end."""
        failure: Exception | None = None
        place = super().__setattr__
        steps = list(reversed(self._undo or ()))
        steps += [(BasePlugin._unbind, *each) for each in reversed(self._declared[: self._registered])]
        place("_undo", None)
        place("_registered", 0)
        self._stores = ()
        if complete:
            steps.insert(0, (_call_back, self.plugin_end))
            if self.disco_features:
                steps.insert(1, (_withdraw,))
        for undo, *about in steps:
            try:
                undo(self, *about)
            except Exception as exc:
                failure = failure or exc
        if failure is not None:
            raise failure


@cache
def _shared(plugin: str, method: str, title: str, path: str, instream: bool) -> SharedCallback:
    """The handler of a method: the same for all streams."""

    def call(stream: Any, stanza: Any) -> Any:
        return getattr(stream.plugin[plugin], method)(stanza)

    return SharedCallback(title, StanzaPath(path), call, instream=instream)


# What undoes the registrations of a plugin.


def _remove_handler(plugin: BasePlugin, handler: BaseHandler) -> None:
    plugin.xmpp.remove_handler(handler)


def _remove_event_handler(plugin: BasePlugin, event: str, pointer: Callable[..., Any]) -> None:
    plugin.xmpp.del_event_handler(event, pointer)


def _remove_filter(plugin: BasePlugin, mode: str, handler: Callable[..., Any]) -> None:
    plugin.xmpp.del_filter(mode, handler)


def _remove_operations(plugin: BasePlugin, operations: Iterable[str]) -> None:
    plugin.api.unregister_defaults(operations)


def _remove_feature(plugin: BasePlugin, name: str, order: int) -> None:
    plugin.xmpp.unregister_feature(name, order)


def _cancel_schedule(plugin: BasePlugin, name: str) -> None:
    plugin.xmpp.cancel_schedule(name)


def _call_back(plugin: BasePlugin, callback: Callable[[], Any]) -> None:
    callback()


def _withdraw(plugin: BasePlugin) -> None:
    disco = awake(plugin.xmpp, "xep_0030")
    if disco is not None:
        disco.withdraw(plugin.disco_features)


def awake(xmpp: Any, name: str) -> Any:
    """A plugin of a stream, if it is enabled and does not sleep; None otherwise."""
    plugins = xmpp.plugin
    return plugins.awake(name) if hasattr(plugins, "awake") else plugins.get(name, None)
