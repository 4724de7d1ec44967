# SPDX-License-Identifier: MIT
"""Plugins: what they declare, and what enables and disables them.

A plugin declares; the base class binds, records and undoes::

    class XEP_0092(BasePlugin):
        name, description = 'xep_0092', 'XEP-0092: Software Version'
        dependencies = {'xep_0030'}
        disco_features = ('jabber:iq:version',)
        software_name = Option(str, 'xmppkit', doc='the name that is told')

        @handles('iq@type=get/software_version')
        def answer(self, iq: Iq) -> None: ...

        @listens('session_start')
        async def greet(self, _: object) -> None: ...

        @api_operation()
        def get_version(self, jid, node, ifrom, args): ...

What is not known when the class is written goes through `BasePlugin.register_handler` and its neighbours,
which record as well. When the plugin is disabled everything recorded is undone in reverse order;
``plugin_end`` is for what is not registered anywhere.

Plugins written for slixmpp work as they are: ``plugin_init``, ``plugin_end``, ``post_init``,
``session_bind`` and ``default_config`` mean what they mean there. Two differences: ``session_bind`` of a
plugin that is enabled in a running session is called after ``plugin_init`` and ``post_init``, not before
them; and a configuration given for a plugin that is enabled already (as another's dependency, say) is
merged into its own instead of being ignored.

Modules of plugins are imported when their plugin is enabled, never before. These files are imported with the package
because whoever wants one of them needs all: ``declarations`` (options and decorators), ``plugin`` (the base class),
``manager`` (the registry of classes, and the plugins of one stream), ``requests`` (what methods that send an IQ take).
``origin`` (who may say what) is imported by those plugins that ask it.
"""

from __future__ import annotations

from xmppkit.exceptions import PluginNotFound
from xmppkit.plugins.base.declarations import Option, api_operation, filters, handles, listens
from xmppkit.plugins.base.manager import (
    PLUGIN_DEPENDENTS,
    PLUGIN_REGISTRY,
    PluginManager,
    load_plugin,
    register_plugin,
)
from xmppkit.plugins.base.plugin import BasePlugin
from xmppkit.plugins.base.requests import IqOptions, heard, told

__all__ = [
    "PLUGIN_DEPENDENTS",
    "PLUGIN_REGISTRY",
    "BasePlugin",
    "IqOptions",
    "Option",
    "PluginManager",
    "PluginNotFound",
    "api_operation",
    "filters",
    "handles",
    "heard",
    "listens",
    "load_plugin",
    "register_plugin",
    "told",
]
