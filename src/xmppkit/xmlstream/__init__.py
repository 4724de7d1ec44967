# SPDX-License-Identifier: MIT
"""The stream as a program holds it: `xmppkit.xmlstream.xmlstream.XMLStream` and its parts.

slixmpp's names and modules that programs reach from here are loaded when they are first used. Only `tostring` is
loaded at once: its module has the same name, and whoever imports that first must not take the function's place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xmppkit.xmlstream.tostring import tostring as tostring

if TYPE_CHECKING:
    from xmppkit.dispatch.handlers import RESPONSE_TIMEOUT as RESPONSE_TIMEOUT
    from xmppkit.jid.address import JID as JID
    from xmppkit.stanza.base import StanzaBase as StanzaBase
    from xmppkit.stanza.element import ElementBase as ElementBase
    from xmppkit.stanza.registry import register_stanza_plugin as register_stanza_plugin
    from xmppkit.xml.pretty import highlight as highlight
    from xmppkit.xmlstream.xmlstream import XMLStream as XMLStream

_HOMES = {
    "ET": ("xml.etree.ElementTree", ""),
    "ElementBase": ("xmppkit.stanza.element", "ElementBase"),
    "JID": ("xmppkit.jid.address", "JID"),
    "RESPONSE_TIMEOUT": ("xmppkit.dispatch.handlers", "RESPONSE_TIMEOUT"),
    "StanzaBase": ("xmppkit.stanza.base", "StanzaBase"),
    "XMLStream": ("xmppkit.xmlstream.xmlstream", "XMLStream"),
    "highlight": ("xmppkit.xml.pretty", "highlight"),
    "register_stanza_plugin": ("xmppkit.stanza.registry", "register_stanza_plugin"),
}

#: Submodules that programs reach as attributes.
_MODULES = frozenset({"cert", "handler", "matcher", "resolver", "stanzabase", "xmlstream"})

__all__ = ["tostring", *_HOMES]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(home[0])
    value: object = getattr(module, home[1]) if home[1] else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
