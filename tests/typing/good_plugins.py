# SPDX-License-Identifier: MIT
"""Plugins by name: the library's have their class, others are a BasePlugin."""

from __future__ import annotations

from typing import Any, assert_type

from xmppkit import ClientXMPP, ComponentXMPP, Iq
from xmppkit.dispatch.events import Event
from xmppkit.features.feature_bind import FeatureBind
from xmppkit.plugins import BasePlugin, PluginManager, load_plugin, register_plugin
from xmppkit.plugins.base import Option, api_operation, handles, listens
from xmppkit.plugins.xep_0030 import XEP_0030
from xmppkit.plugins.xep_0199 import XEP_0199
from xmppkit.plugins.xep_0231 import XEP_0231
from xmppkit.pluginsdict import PluginsDict


class Weather(BasePlugin):
    name = "weather"
    description = "Weather"
    dependencies = frozenset({"xep_0030"})
    events = (Event("rain", float, "it rains: millimetres"),)

    public = Option(bool, True, doc="whether strangers get an answer")
    station = Option(str, doc="where it is measured; None: nowhere")

    @handles("iq@type=get/weather", "Weather")
    async def _answer(self, iq: Iq) -> None:
        iq.reply().send()

    @listens("session_start")
    def _begin(self, event: dict[str, Any]) -> None: ...

    @api_operation()
    def get_degrees(self, jid: object, node: object, ifrom: object, args: object) -> int:
        return 20


def register(client: ClientXMPP, name: str) -> None:
    register_plugin(Weather)
    register_plugin(Weather, "weather_of_today")
    client.register_plugin("xep_0030")
    client.register_plugin("weather", {"public": False})
    client.register_plugin(name, module="plugins.weather")
    client.plugin.register(Weather, enable=False)
    assert_type(load_plugin("weather", __name__), bool)


def find(client: ClientXMPP, component: ComponentXMPP, manager: PluginManager, name: str) -> None:
    assert_type(client.plugin, PluginManager)
    assert_type(client.plugin["xep_0030"], XEP_0030)
    assert_type(client["xep_0030"], XEP_0030)
    assert_type(client.plugin.get("xep_0030"), XEP_0030 | None)
    assert_type(client.get("xep_0199", None), XEP_0199 | None)
    assert_type(component.plugin["xep_0231"], XEP_0231)
    assert_type(manager["feature_bind"], FeatureBind)
    assert_type(manager["weather"], BasePlugin)
    assert_type(manager[name], BasePlugin)
    assert_type(manager.get("weather"), BasePlugin | None)
    weather = client.plugin["weather"]
    assert isinstance(weather, Weather)
    assert_type(weather.public, bool)
    assert_type(weather.station, str | None)
    weather.public = False


def by_dict(plugins: PluginsDict) -> None:
    assert_type(plugins["xep_0030"], XEP_0030)


async def use(client: ClientXMPP) -> None:
    disco = client.plugin["xep_0030"]
    disco.add_feature("urn:example:weather")
    assert_type(await client.plugin["xep_0199"].ping("example.org"), float)
