# SPDX-License-Identifier: MIT
"""XML as streams need it: a parser with limits, a serializer, names."""

from __future__ import annotations

from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import serialize, stream_footer, stream_header

__all__ = [
    "Limits",
    "Malformed",
    "StreamFooter",
    "StreamHeader",
    "StreamParser",
    "serialize",
    "stream_footer",
    "stream_header",
]
