# SPDX-License-Identifier: MIT
"""`StreamFeatures`: what a server offers to negotiate (RFC 6120 §4.3.2)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_root
from xmppkit.xml.names import STREAM

__all__ = ["StreamFeatures"]


@register_root
class StreamFeatures(StanzaBase):
    """The features that a server announces, each as a child stanza if its class is registered here."""

    __slots__ = ()

    name = "features"
    namespace = STREAM
    plugin_attrib = "features"
    interfaces: ClassVar[set[str]] = {"features", "required", "optional"}

    @property
    def features(self) -> dict[str, ElementBase]:
        """The features, by name, in the order of the announcement."""
        return self.get_features()

    @property
    def required(self) -> list[ElementBase]:
        """The features that the server insists on."""
        return self.get_required()

    @property
    def optional(self) -> list[ElementBase]:
        """The features that the server does not insist on."""
        return self.get_optional()

    def get_features(self) -> dict[str, ElementBase]:
        """The features, by name, in the order of the announcement."""
        found: dict[str, ElementBase] = {}
        for element in self.xml:
            plugin = self.plugin_tag_map.get(element.tag)
            if plugin is not None and plugin.plugin_attrib not in found:
                found[plugin.plugin_attrib] = self._adopt(plugin.plugin_attrib, None, element, plugin)
        return found

    def set_features(self, value: object) -> None:
        """Nothing: they are the children, each under its own key."""

    set_required = set_optional = set_features

    def del_features(self) -> None:
        """Nothing: each is removed under its own key."""

    del_required = del_optional = del_features

    def get_required(self) -> list[ElementBase]:
        """The features that the server insists on."""
        return [feature for feature in self.get_features().values() if self._insists(feature)]

    def get_optional(self) -> list[ElementBase]:
        """The features that the server does not insist on."""
        return [feature for feature in self.get_features().values() if not self._insists(feature)]

    @staticmethod
    def _insists(feature: ElementBase) -> bool:
        return "required" in feature.interfaces and bool(feature["required"])
