# SPDX-License-Identifier: MIT
"""The registry of plugin classes, and the plugins that one stream has enabled."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from xmppkit.exceptions import PluginNotFound
from xmppkit.jid.address import JID
from xmppkit.plugins.base import lookup
from xmppkit.plugins.base.plugin import BasePlugin

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
        if name in self._plugins:
            if config:
                _merge(self._plugins[name], config)
            return
        fresh: list[str] = []
        try:
            self._enable(name, config, fresh)
            ready = [each for each in self._plugins if each in fresh]
            for each in ready:
                _call(self._plugins[each], "post_init")
            if self.xmpp.is_bound():
                for each in ready:
                    _bound(self._plugins[each], self.xmpp.boundjid)
        except BaseException:
            self._roll_back(fresh)
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
        for dependency in sorted(getattr(plugin, "dependencies", ())):
            if dependency not in self._plugins:
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
        if name not in self._plugins or name in self._leaving:
            return
        self._leaving = (*self._leaving, name)
        try:
            for dependent in sorted(PLUGIN_DEPENDENTS.get(name, ())):
                self.disable(dependent)
        finally:
            self._leaving = _without(self._leaving, name)
        self._remove(name)

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
        return name in self._plugins

    def registered(self, name: str) -> bool:
        """Whether a plugin class of that name is known, enabled or not."""
        return name in PLUGIN_REGISTRY

    @lookup.getter
    def get(self, name: str, default: Any = None) -> Any:
        """The plugin, or `default` when it is not enabled."""
        return self._plugins.get(name, default)

    def keys(self) -> list[str]:
        """The names of the enabled plugins, each after those it depends on."""
        return list(self._plugins)

    @lookup.item
    def __getitem__(self, name: str) -> Any:
        """The plugin. Raises `PluginNotFound` when it is not enabled."""
        try:
            return self._plugins[name]
        except KeyError:
            raise PluginNotFound(name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._plugins

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._plugins))

    def __len__(self) -> int:
        return len(self._plugins)


def _merge(plugin: Any, config: Mapping[str, Any]) -> None:
    if isinstance(plugin, BasePlugin):
        BasePlugin.configure(plugin, config)
    else:
        plugin.config = {**getattr(plugin, "config", {}), **config}


def _bound(plugin: Any, jid: JID) -> None:
    if isinstance(plugin, BasePlugin):
        plugin._bound(jid)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


def _call(plugin: Any, method: str) -> None:
    """Call a life-cycle method, which a plugin whose class is no `BasePlugin` may lack."""
    called = getattr(plugin, method, None)
    if called is not None:
        called()
