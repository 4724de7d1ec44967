# SPDX-License-Identifier: MIT
"""A message's text with markup (XEP-0071 §5). The class is `xmppkit.stanza.htmlim.HTMLIM`."""

from __future__ import annotations

from xmppkit.stanza.htmlim import HTMLIM as XHTML_IM
from xmppkit.stanza.xhtml import XHTML as XHTML_NS
from xmppkit.stanza.xhtml import sanitize

__all__ = ["XHTML_IM", "XHTML_NS", "sanitize"]
