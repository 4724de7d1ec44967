# SPDX-License-Identifier: MIT
"""The facade of the plugins."""

from __future__ import annotations

import pytest

from xmppkit import plugins
from xmppkit.plugins import base


def test_what_base_has_is_reachable() -> None:
    for name in ("BasePlugin", "PluginManager", "PluginNotFound", "load_plugin", "register_plugin"):
        plugins.__dict__.pop(name, None)  # as in a program that has not asked for it yet
        assert getattr(plugins, name) is getattr(base, name)
        assert name in dir(plugins)


def test_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        plugins.no_such  # noqa: B018


def test_the_list() -> None:
    assert "xep_0030" in plugins.PLUGINS
    assert len(set(plugins.PLUGINS)) == len(plugins.PLUGINS)
