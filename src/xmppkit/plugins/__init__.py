# SPDX-License-Identifier: MIT
"""The plugins: what XMPP extensions (XEPs) add to a stream.

``PLUGINS`` names those that `BaseXMPP.register_plugins` enables when it is not told which. The base class
and the manager are in ``xmppkit.plugins.base`` and are reachable from here; everything is imported when
it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.plugins.base import (
        BasePlugin,
        PluginManager,
        PluginNotFound,
        load_plugin,
        register_plugin,
    )
    from xmppkit.plugins.base.names import PLUGINS

__all__ = [
    "PLUGINS",
    "BasePlugin",
    "PluginManager",
    "PluginNotFound",
    "load_plugin",
    "register_plugin",
]

_BASE = "xmppkit.plugins.base"


def __getattr__(name: str) -> object:
    if name == "base":
        return importlib.import_module(_BASE)
    if name in __all__:
        home = f"{_BASE}.names" if name == "PLUGINS" else _BASE
        value: object = getattr(importlib.import_module(home), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
