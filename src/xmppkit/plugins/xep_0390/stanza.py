# SPDX-License-Identifier: MIT
"""What an entity can do, as hashes of what it answers to service discovery (XEP-0390 §5.4)."""

from __future__ import annotations

from typing import Final

from xmppkit.plugins.xep_0300.stanza import Hash
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Children
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["CAPS2", "Capabilities2", "Hash"]

CAPS2: Final = "urn:xmpp:caps"


class Capabilities2(ElementBase, parents=(Presence, StreamFeatures, Iq)):
    """A set of hashes of one answer, each of another function. Nothing of it is proved before somebody has asked."""

    __slots__ = ()

    name = "c"
    namespace = CAPS2
    plugin_attrib = "caps2"

    hashes = Children(Hash, doc="the hashes")
