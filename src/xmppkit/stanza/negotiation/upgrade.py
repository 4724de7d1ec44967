# SPDX-License-Identifier: MIT
"""SASL upgrade tasks (XEP-0480): giving a server what it needs to know of a password for a better mechanism."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text, ElementText
from xmppkit.stanza.negotiation.sasl2 import Authenticate, Authentication, TaskData
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import SASL_UPGRADE, SCRAM_UPGRADE

__all__ = ["Hash", "Salt", "Upgrade"]


class Upgrade(ElementBase):
    """A task that the server can do (§2.1), and that the client wants to be done (§2.2)."""

    __slots__ = ()

    name = "upgrade"
    namespace = SASL_UPGRADE
    plugin_attrib = "upgrade"
    plugin_multi_attrib = "upgrades"

    task = ElementText(str, doc="its name, as ``UPGR-SCRAM-SHA-256``")


class Salt(ElementBase, parents=(TaskData,)):
    """What the client needs for making the SaltedPassword of RFC 5802 §3 (§3)."""

    __slots__ = ()

    name = "salt"
    namespace = SCRAM_UPGRADE
    plugin_attrib = "salt"

    iterations = Attr(int, minimum=1, doc="rounds of PBKDF2")
    value = Base64Text(doc="the salt")


class Hash(ElementBase, parents=(TaskData,)):
    """The SaltedPassword of RFC 5802 §3 (§3); as good as a password."""

    __slots__ = ()

    name = "hash"
    namespace = SCRAM_UPGRADE
    plugin_attrib = "hash"

    value = Base64Text(doc="the SaltedPassword")


register_stanza_plugin(Authentication, Upgrade, iterable=True)
register_stanza_plugin(Authenticate, Upgrade, iterable=True)
