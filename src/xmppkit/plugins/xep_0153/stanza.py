# SPDX-License-Identifier: MIT
"""What a presence says of an avatar (XEP-0153 §3.1, §4.1)."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.presence import Presence

__all__ = ["VCardTempUpdate"]


class VCardTempUpdate(ElementBase, parents=(Presence,)):
    """Which avatar is in the vCard."""

    __slots__ = ()

    name = "x"
    namespace = "vcard-temp:x:update"
    plugin_attrib = "vcard_temp_update"

    photo = ChildText(
        str, absent=None, keep=True, doc="the SHA-1 of the picture, in hexadecimal; '': there is none; None: not said"
    )
