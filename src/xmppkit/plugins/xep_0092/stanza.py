# SPDX-License-Identifier: MIT
"""Which software somebody runs (XEP-0092 §2)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.iq import Iq

__all__ = ["Version"]


class Version(ElementBase, parents=(Iq,)):
    """The question, which is empty, and the answer."""

    __slots__ = ()

    name = "query"
    namespace = "jabber:iq:version"
    plugin_attrib = "software_version"

    name_ = ChildText(str, key="name", name="name", doc="the software's name")
    version = ChildText(str, doc="its version")
    os = ChildText(str, doc="the operating system; None where it is not told")
