# SPDX-License-Identifier: MIT
"""XMPP for Python: clients, components and the server end of a stream.

::

    from xmppkit import ClientXMPP

What programs need most is here, and loaded when it is first used; everything has a home below, which its name says:
`xmppkit.clientxmpp`, `xmppkit.stanza`, `xmppkit.jid`, `xmppkit.exceptions`, `xmppkit.plugins` …
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    from xmppkit.basexmpp import BaseXMPP
    from xmppkit.clientxmpp import ClientXMPP
    from xmppkit.compat import install_as_pyxmpp2, install_as_slixmpp
    from xmppkit.componentxmpp import ComponentXMPP
    from xmppkit.dispatch.handlers import (
        Callback,
        Collector,
        CoroutineCallback,
        Waiter,
        XMLCallback,
        XMLWaiter,
    )
    from xmppkit.dispatch.matchers import MatcherId, MatchMany, MatchXMLMask, MatchXPath, StanzaPath
    from xmppkit.exceptions import InvalidJID
    from xmppkit.jid.address import JID
    from xmppkit.stanza.element import ElementBase
    from xmppkit.stanza.iq import Iq
    from xmppkit.stanza.message import Message
    from xmppkit.stanza.presence import Presence
    from xmppkit.stanza.registry import register_stanza_plugin
    from xmppkit.version import __version__, __version_info__
    from xmppkit.xmlstream.xmlstream import XMLStream

#: The home of each name.
_HOMES = {
    "BaseXMPP": "basexmpp",
    "Callback": "dispatch.handlers",
    "ClientXMPP": "clientxmpp",
    "Collector": "dispatch.handlers",
    "ComponentXMPP": "componentxmpp",
    "CoroutineCallback": "dispatch.handlers",
    "ElementBase": "stanza.element",
    "InvalidJID": "exceptions",
    "Iq": "stanza.iq",
    "JID": "jid.address",
    "MatchMany": "dispatch.matchers",
    "MatchXMLMask": "dispatch.matchers",
    "MatchXPath": "dispatch.matchers",
    "MatcherId": "dispatch.matchers",
    "Message": "stanza.message",
    "Presence": "stanza.presence",
    "StanzaPath": "dispatch.matchers",
    "Waiter": "dispatch.handlers",
    "XMLCallback": "dispatch.handlers",
    "XMLStream": "xmlstream.xmlstream",
    "XMLWaiter": "dispatch.handlers",
    "__version__": "version",
    "__version_info__": "version",
    "install_as_pyxmpp2": "compat",
    "install_as_slixmpp": "compat",
    "register_stanza_plugin": "stanza.registry",
}
#: Submodules that programs reach as attributes.
_MODULES = frozenset({
    "api", "basexmpp", "clientxmpp", "componentxmpp", "exceptions", "features", "jid", "plugins", "pluginsdict",
    "roster", "stanza", "stringprep", "test", "thirdparty", "types", "util", "version", "xmlstream",
})  # fmt: skip

__all__ = [
    "ET",
    "JID",
    "BaseXMPP",
    "Callback",
    "ClientXMPP",
    "Collector",
    "ComponentXMPP",
    "CoroutineCallback",
    "ElementBase",
    "InvalidJID",
    "Iq",
    "MatchMany",
    "MatchXMLMask",
    "MatchXPath",
    "MatcherId",
    "Message",
    "Presence",
    "StanzaPath",
    "Waiter",
    "XMLCallback",
    "XMLStream",
    "XMLWaiter",
    "__version__",
    "__version_info__",
    "install_as_pyxmpp2",
    "install_as_slixmpp",
    "register_stanza_plugin",
]


def __getattr__(name: str) -> object:
    value: object
    if name in _HOMES:
        value = getattr(import_module(f"xmppkit.{_HOMES[name]}"), name)
    elif name == "ET":
        value = import_module("xml.etree.ElementTree")
    elif name in _MODULES:
        return import_module(f"xmppkit.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
