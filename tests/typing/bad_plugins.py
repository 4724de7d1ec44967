# SPDX-License-Identifier: MIT
"""Plugins taken for others, and options for what they are not."""

from __future__ import annotations

from xmppkit import ClientXMPP
from xmppkit.plugins.base import BasePlugin, Option
from xmppkit.plugins.xep_0030 import XEP_0030
from xmppkit.plugins.xep_0199 import XEP_0199
from xmppkit.pluginsdict import PluginsDict


class Weather(BasePlugin):
    name = 9999  # error: a name is a str
    public = Option(bool, True)
    wrong = Option(True, bool)  # error: the type comes first


def find(client: ClientXMPP) -> None:
    ping: XEP_0199 = client.plugin["xep_0030"]  # error: another plugin
    other: XEP_0199 = client["xep_0030"]  # error: another plugin
    sure: XEP_0030 = client.plugin.get("xep_0030")  # error: may be None
    unknown: XEP_0030 = client.plugin["weather"]  # error: a BasePlugin
    client.plugin[30]  # error: no name
    print(ping, other, sure, unknown)


def register(client: ClientXMPP) -> None:
    client.register_plugin(Weather)  # error: by its name
    client.register_plugin("xep_0030", "config")  # error: a mapping


def configure(weather: Weather, plugins: PluginsDict) -> None:
    weather.public = "no"  # error: a bool
    ping: XEP_0199 = plugins["xep_0030"]  # error: another plugin
    print(ping)
