# SPDX-License-Identifier: MIT
"""The server keeps approvals of requests to come (RFC 6121 §3.4.1)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import PRE_APPROVAL

__all__ = ["PreApproval"]


class PreApproval(ElementBase):
    """The server keeps approvals of requests to come (RFC 6121 §3.4.1)."""

    __slots__ = ()

    name = "sub"
    namespace = PRE_APPROVAL
    plugin_attrib = "preapproval"
    interfaces: ClassVar[set[str]] = set()


register_stanza_plugin(StreamFeatures, PreApproval)
