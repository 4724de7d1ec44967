# SPDX-License-Identifier: MIT
"""Stream management (XEP-0198): the elements by which two ends of a stream tell what they have handled."""

from __future__ import annotations

from typing import ClassVar
from xml.etree.ElementTree import Element

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.codecs import IntegerCodec
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.fields import Attr, Flag
from xmppkit.stanza.registry import register_root
from xmppkit.stanza.stream_error import StreamError
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM_MANAGEMENT

__all__ = [
    "COUNT",
    "Ack",
    "Enable",
    "Enabled",
    "Failed",
    "HandledCountTooHigh",
    "RequestAck",
    "Resume",
    "Resumed",
    "StreamManagement",
]

#: A count of stanzas, which begins at zero again after 2³²-1 (§4).
COUNT = IntegerCodec(0, 2**32 - 1)


class StreamManagement(ElementBase, parents=(StreamFeatures,)):
    """The offer (§2)."""

    __slots__ = ()

    name = "sm"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "sm"
    interfaces: ClassVar[set[str]] = set()

    required = Flag(doc="COMPAT(slixmpp 1.17): nothing goes on without it; no server says so any more")
    optional = Flag(doc="COMPAT(slixmpp 1.17): one may do without it, as always")


@register_root
class Enable(StanzaBase):
    """The client asks for stream management (§3)."""

    __slots__ = ()

    name = "enable"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "enable"
    interfaces: ClassVar[set[str]] = set()

    max = Attr(int, minimum=1, doc="seconds for which it would like to be able to resume; None: as the server likes")
    resume = Attr(bool, default=False, doc="whether it may want to resume")


@register_root
class Enabled(StanzaBase):
    """From here on stanzas are counted (§3)."""

    __slots__ = ()

    name = "enabled"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "enabled"
    interfaces: ClassVar[set[str]] = set()

    id = Attr(str, doc="what names the session when it is resumed; None: it cannot be")
    location = Attr(str, doc="where to connect for that, as host or host:port; None: as always")
    max = Attr(int, minimum=1, doc="seconds for which a session without a connection is kept; None: it is not said")
    resume = Attr(bool, default=False, doc="whether the session can be resumed")


@register_root
class Resume(StanzaBase):
    """The client wants to go on with an earlier session (§5)."""

    __slots__ = ()

    name = "resume"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "resume"
    interfaces: ClassVar[set[str]] = set()

    h = Attr(COUNT, doc="how many of the server's stanzas it has handled")
    previd = Attr(str, doc="the id of that session")


@register_root
class Resumed(StanzaBase):
    """The earlier session goes on (§5)."""

    __slots__ = ()

    name = "resumed"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "resumed"
    interfaces: ClassVar[set[str]] = set()

    h = Attr(COUNT, doc="how many of the client's stanzas the server has handled")
    previd = Attr(str, doc="the id of that session")


@register_root
class Failed(Error, StanzaBase):
    """There will be no stream management, or no resumption (§6); the condition is that of a stanza error."""

    __slots__ = ()

    name = "failed"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "failed"
    follows_namespace = False
    interfaces: ClassVar[set[str]] = {"condition", "text"}

    h = Attr(COUNT, doc="how many stanzas of a session that cannot be resumed were handled; None: nobody knows")

    def setup(self, xml: Element | None = None) -> bool:
        """Make the element if there is none."""
        return ElementBase.setup(self, xml)


@register_root
class RequestAck(StanzaBase):
    """How many stanzas have you handled? (§4)"""

    __slots__ = ()

    name = "r"
    namespace = STREAM_MANAGEMENT
    interfaces: ClassVar[set[str]] = set()


@register_root
class Ack(StanzaBase):
    """So many stanzas have been handled (§4)."""

    __slots__ = ()

    name = "a"
    namespace = STREAM_MANAGEMENT
    interfaces: ClassVar[set[str]] = set()

    h = Attr(COUNT, doc="the number of stanzas since stream management was enabled, modulo 2³²")


class HandledCountTooHigh(ElementBase, parents=(StreamError,)):
    """What a stream ends with whose other end acknowledges more stanzas than were sent (§4):
    ``error['handled_count_too_high'].h``."""

    __slots__ = ()

    name = "handled-count-too-high"
    namespace = STREAM_MANAGEMENT
    plugin_attrib = "handled_count_too_high"

    h = Attr(COUNT, doc="how many stanzas were acknowledged")
    send_count = Attr(COUNT, name="send-count", doc="how many were sent")
