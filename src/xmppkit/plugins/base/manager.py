# SPDX-License-Identifier: MIT
"""The registry of plugin classes, and the plugins that one stream has enabled."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from xmppkit.exceptions import PluginNotFound
from xmppkit.jid.address import JID
from xmppkit.plugins.base import lookup
from xmppkit.plugins.base.plugin import BasePlugin
from xmppkit.plugins.base.sleeping import (
    Sleeper,
    Sleepers,
    home_of,
    shifted,
    sketch_of,
    sleepers_of,
    with_sleeper,
    without_sleeper,
)

__all__ = [
    "PLUGIN_DEPENDENTS",
    "PLUGIN_REGISTRY",
    "PluginManager",
    "load_plugin",
    "register_plugin",
]

log = logging.getLogger(__name__)

#: Every plugin class that is known, by name. Classes enter it when their module is imported.
PLUGIN_REGISTRY: dict[str, type[Any]] = {}
#: The names of the plugins that depend on a plugin, by its name.
PLUGIN_DEPENDENTS: dict[str, set[str]] = {}
#: Where `load_plugin` looks for a plugin's module, in order.
_PACKAGES = ("xmppkit.plugins", "xmppkit.features")


def register_plugin(cls: type[Any], name: str | None = None) -> None:
    """Make a plugin class known under its name. Repeating it replaces the class.

    :param name: the name to use when the class states none, or another one.
    """
    known = name or cls.name
    cls.name = known
    PLUGIN_REGISTRY[known] = cls
    PLUGIN_DEPENDENTS.setdefault(known, set())
    for dependency in getattr(cls, "dependencies", ()):
        PLUGIN_DEPENDENTS.setdefault(dependency, set()).add(known)


def load_plugin(name: str, module: ModuleType | str | None = None) -> bool:
    """Import the module of a plugin, so that `PLUGIN_REGISTRY` has its class.

    :param name: the plugin's name.
    :param module: the module, or its dotted name. None looks in ``xmppkit.plugins`` and ``xmppkit.features``.
    :returns: whether there is such a plugin. An error inside its module is raised as it is.

    A class that does not register itself is found by being called like the plugin, or by its ``name``. One in a module
    that is named here takes the place of the library's plugin of the same name.
    """
    if isinstance(module, ModuleType):
        found: ModuleType | None = module
    elif module is not None:
        found = importlib.import_module(module)
    else:
        found = next(filter(None, (_import(f"{package}.{name}") for package in _PACKAGES)), None)
    if found is None:
        return False
    classes = [value for value in vars(found).values() if isinstance(value, type)]
    cls = getattr(found, name, None)
    if cls not in classes:
        cls = next((each for each in classes if getattr(each, "name", None) == name), None)
    replaces = module is not None and cls is not None and cls.__module__ == found.__name__
    if name not in PLUGIN_REGISTRY or replaces:
        if cls is None:
            return False
        register_plugin(cls, name)
    return True


def _import(path: str) -> ModuleType | None:
    """The module, or None when it does not exist; a failing import inside of it is no such case."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as exc:
        if exc.name is not None and (path == exc.name or path.startswith(exc.name + ".")):
            return None
        raise


class PluginManager:
    """The plugins of one stream, by name: ``xmpp.plugin['xep_0030']``.

    :param xmpp: the stream.
    :param config: configurations by plugin name; None: the stream's ``plugin_config``.
    """

    def __init__(self, xmpp: Any, config: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.xmpp = xmpp
        self.config = config
        self._plugins: dict[str, Any] = {}
        #: Those whose `plugin_init` has not returned.
        self._incomplete: tuple[str, ...] = ()
        #: Those that are being disabled: plugins may depend on each other.
        self._leaving: tuple[str, ...] = ()
        #: Those that are enabled and sleep (`xmppkit.plugins.base.sleeping`).
        self._sleepers = sleepers_of(())
        #: What the stream calls to wake them.
        self._waken = self._wake_all

    def register(self, plugin: type[Any], enable: bool = True) -> None:
        """Make a class known (see `register_plugin`) and, unless told otherwise, enable it."""
        register_plugin(plugin)
        if enable:
            self.enable(plugin.name)

    def enable(self, name: str, config: Mapping[str, Any] | None = None) -> None:
        """Enable a plugin, after the plugins it depends on. May be repeated.

        :param config: values for its options. None: those of the stream's ``plugin_config``. For a plugin
            that is enabled already they are merged in, without a second `plugin_init`.

        Raises `PluginNotFound` for a name, its own or a dependency's, that no plugin has, and whatever
        the plugin's module or `plugin_init` raises. Then nothing stays enabled that was not before.
        """
        if name in self._plugins or name in self._sleepers.names:
            if config:
                _merge(self[name], config)
        elif not self._sleeps(name, config):
            self._enable_now(name, config)

    def _enable_now(self, name: str, config: Mapping[str, Any] | None) -> None:
        fresh: list[str] = []
        sleepers = self._sleepers.names
        try:
            self._enable(name, config, fresh)
            ready = fresh if len(fresh) == 1 else [each for each in self._plugins if each in fresh]
            for each in ready:
                _call(self._plugins[each], "post_init")
            if self.xmpp.is_bound():
                for each in ready:
                    _bound(self._plugins[each], self.xmpp.boundjid)
        except BaseException:
            self._roll_back(fresh)
            for sleeper in self._sleepers.names - sleepers:
                self._forget(sleeper)
            raise

    def _enable(self, name: str, config: Mapping[str, Any] | None, fresh: list[str]) -> None:
        if name not in PLUGIN_REGISTRY and not load_plugin(name):
            raise PluginNotFound(name)
        if config is None:
            config = (self.xmpp.plugin_config if self.config is None else self.config).get(name)
        plugin = PLUGIN_REGISTRY[name](self.xmpp, dict(config or {}))
        fresh.append(name)
        # Entered before its dependencies, which may depend on it in turn; then moved behind them.
        self._plugins[name] = plugin
        self._incomplete = (*self._incomplete, name)
        dependencies = getattr(plugin, "dependencies", ())
        for dependency in sorted(dependencies) if dependencies else ():
            if dependency not in self and not self._sleeps(dependency, None):
                self._enable(dependency, None, fresh)
        self._plugins[name] = self._plugins.pop(name)
        _call(plugin, "_init" if isinstance(plugin, BasePlugin) else "plugin_init")
        self._incomplete = _without(self._incomplete, name)
        log.debug("enabled plugin %s", name)

    def session_bound(self, jid: JID) -> None:
        """Tell the plugins that the stream has been bound to an address. For the event ``session_bind``."""
        for name, plugin in tuple(self._plugins.items()):
            if name not in self._incomplete:
                try:
                    _bound(plugin, jid)
                except Exception as exc:  # a user's code: reported, and the other plugins are told still
                    self.xmpp.exception(exc)
        self._announce(self._sleepers.entries)

    def _roll_back(self, fresh: list[str]) -> None:
        for name in fresh:
            try:
                self._remove(name)
            except Exception as exc:  # the failure that led here is the one to report
                log.debug("plugin %s did not end cleanly", name, exc_info=exc)

    def enable_all(
        self, names: Iterable[str] | None = None, config: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Enable several plugins; None: all that are registered.

        :param config: configurations by name.
        """
        configs = config or {}
        for name in list(PLUGIN_REGISTRY if names is None else names):
            self.enable(name, configs.get(name))

    def disable(self, name: str) -> None:
        """Disable a plugin, after the plugins that depend on it. May be repeated.

        Raises what its ``plugin_end`` raises; what it registered is undone all the same.
        """
        if name not in self or name in self._leaving:
            return
        self._leaving = (*self._leaving, name)
        asleep = [each for each in self._sleepers.names if name in _dependencies(each)]
        try:
            for dependent in sorted({*PLUGIN_DEPENDENTS.get(name, ()), *asleep}):
                self.disable(dependent)
        finally:
            self._leaving = _without(self._leaving, name)
        if name in self._plugins:
            self._remove(name)
        else:
            self._forget(name)
            log.debug("disabled plugin %s", name)

    def _remove(self, name: str) -> None:
        plugin = self._plugins.pop(name)
        complete = name not in self._incomplete
        self._incomplete = _without(self._incomplete, name)
        if isinstance(plugin, BasePlugin):
            plugin._end(complete=complete)
        elif complete:
            _call(plugin, "plugin_end")
        log.debug("disabled plugin %s", name)

    def enabled(self, name: str) -> bool:
        """Whether the plugin is enabled on this stream."""
        return name in self

    def registered(self, name: str) -> bool:
        """Whether a plugin class of that name is known, enabled or not."""
        return name in PLUGIN_REGISTRY or sketch_of(name) is not None

    def awake(self, name: str) -> Any:
        """The plugin, if it is enabled and does not sleep; None otherwise."""
        return self._plugins.get(name)

    @lookup.getter
    def get(self, name: str, default: Any = None) -> Any:
        """The plugin, or `default` when it is not enabled."""
        if name not in self:
            return default
        return self[name]

    def keys(self) -> list[str]:
        """The names of the enabled plugins. One that is awake stands after those it depends on which are, too."""
        return [*self._plugins, *(each.name for each in self._sleepers.entries)]

    @lookup.item
    def __getitem__(self, name: str) -> Any:
        """The plugin. Raises `PluginNotFound` when it is not enabled."""
        plugin = self._plugins.get(name)
        if plugin is not None:
            return plugin
        if name not in self:
            raise PluginNotFound(name)
        self._wake(name)
        return self._plugins[name]

    def __contains__(self, name: object) -> bool:
        return name in self._plugins or name in self._sleepers.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._plugins) + len(self._sleepers.names)

    # --- sleeping -----------------------------------------------------------------------------------------

    def _sleeps(self, name: str, config: Mapping[str, Any] | None) -> bool:
        """Enable a plugin that is imported when something concerns it; whether it can be."""
        sketch = sketch_of(name)
        xmpp = self.xmpp
        if sketch is None or config or not hasattr(xmpp, "place_handlers"):
            return False
        configured = xmpp.plugin_config if self.config is None else self.config
        if configured and configured.get(name):
            return False
        if xmpp.is_bound() and any(feature.endswith("+notify") for feature in sketch.features):
            return False  # the server must hear of it now, by a presence (XEP-0163 §4.2)
        known = PLUGIN_REGISTRY.get(name)
        if known is not None and not _is_ours(known.__module__, name):
            return False
        for needed in sketch.given:
            if not getattr(xmpp, needed, False):
                return False
        for dependency in sketch.dependencies:
            if dependency not in self._sleepers.names and dependency not in self._plugins:
                self.enable(dependency)
        self._set(with_sleeper(self._sleepers, name, xmpp.handler_count))
        for event in sketch.events:
            xmpp.add_event_handler(event, Waker(self, name, event))
        if xmpp.is_bound():
            self._announce(self._sleepers.entries[-1:])
        if sketch.tells and any(map(xmpp.event_handled, sketch.tells)):
            self._wake_all((name,))
        return True

    def _set(self, sleepers: Sleepers) -> None:
        self._sleepers = sleepers
        self.xmpp.expect(sleepers, self._waken)

    def _forget(self, name: str, *, wakes: bool = False) -> Sleeper:
        """It does not sleep any more.

        :param wakes: it says itself, in a moment, what was announced for it.
        """
        sleeper = next(each for each in self._sleepers.entries if each.name == name)
        self._set(without_sleeper(self._sleepers, name))
        sketch = sketch_of(name)
        for event in sketch.events if sketch is not None else ():
            self.xmpp.del_event_handler(event, Waker(self, name, event))
        disco = self.awake("xep_0030")
        if disco is not None and sketch is not None and sketch.features:
            (disco.static.hand_over if wakes else disco.withdraw)(sketch.features)
        return sleeper

    def _wake(self, name: str) -> None:
        """Import a plugin that sleeps, and enable it. Raises what its module or its `plugin_init` raises; then it is
        disabled."""
        sleeper = self._forget(name, wakes=True)
        before = self.xmpp.handler_count
        outer = self.xmpp.place_handlers(sleeper.place)
        try:
            self._enable_now(name, None)
        finally:
            count = self.xmpp.handler_count - before
            # Somebody else may be in the middle of waking, further down.
            self.xmpp.place_handlers(outer if outer is None or outer < sleeper.place else outer + count)
            if count:
                self._set(shifted(self._sleepers, sleeper.place, count))
        plugin = self._plugins[name]
        if name == "xep_0030" and self.xmpp.is_bound():
            # The others have found nobody to tell.
            for other in list(self._plugins.values()):
                if isinstance(other, BasePlugin) and other.disco_features:
                    plugin.announce(other.disco_features)
            self._announce(self._sleepers.entries)
        if isinstance(plugin, BasePlugin) and getattr(self.xmpp, "sessionstarted", False):
            plugin.hear("session_start", {})
        log.debug("woke plugin %s", name)

    def _wake_all(self, names: Iterable[str]) -> None:
        """What somebody else has sent wakes plugins: what goes wrong is reported."""
        for name in names:
            if name in self._sleepers.names:
                try:
                    self._wake(name)
                except Exception as exc:  # a plugin that cannot be had; the stream goes on
                    self.xmpp.exception(exc)

    def wake_by_event(self, name: str, event: str, data: Any) -> None:
        """An event happens that wakes a plugin, which hears of it."""
        self._wake_all((name,))
        plugin = self.awake(name)
        if plugin is not None and event != "session_start":  # which it has heard of
            plugin.hear(event, data)

    def connecting(self) -> None:
        """A connection is about to be made: wake those that have a say in it."""
        self._wake_all(self._sleepers.connecting)

    def presence_sent(self) -> None:
        """A presence is about to be sent: wake those that add something to it."""
        if self._sleepers.presence:
            self._wake_all(self._sleepers.presence)

    def _announce(self, sleepers: Iterable[Sleeper]) -> None:
        """Have service discovery, if it is awake, announce what sleeps."""
        disco = self.awake("xep_0030")
        for each in sleepers if disco is not None else ():
            sketch = sketch_of(each.name)
            if sketch is not None and sketch.features:
                disco.announce(sketch.features)


class Waker(NamedTuple):
    """A handler of an event that wakes a plugin. Two of the same are equal, so that it can be taken away."""

    manager: PluginManager
    name: str
    event: str

    def __call__(self, data: Any) -> None:
        self.manager.wake_by_event(self.name, self.event, data)


@lru_cache(512)
def _is_ours(module: str, name: str) -> bool:
    """Whether a class of a module is the library's plugin of that name."""
    return module.startswith(f"{home_of(name)}.")


def _dependencies(name: str) -> tuple[str, ...]:
    sketch = sketch_of(name)
    return () if sketch is None else sketch.dependencies


def _merge(plugin: Any, config: Mapping[str, Any]) -> None:
    if isinstance(plugin, BasePlugin):
        BasePlugin.configure(plugin, config)
    else:
        plugin.config = {**getattr(plugin, "config", {}), **config}


def _bound(plugin: Any, jid: JID) -> None:
    if isinstance(plugin, BasePlugin):
        plugin._bound(jid)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple([each for each in names if each != name])


def _call(plugin: Any, method: str) -> None:
    """Call a life-cycle method, which a plugin whose class is no `BasePlugin` may lack."""
    called = getattr(plugin, method, None)
    if called is not None:
        called()
