# SPDX-License-Identifier: MIT
"""The loggers ``xmppkit.IN`` and ``xmppkit.OUT``: what a stream receives and sends, at level DEBUG.

Nothing is formatted unless the level is enabled. Passwords, tokens and authentication exchanges are masked, and
control characters are written as escapes, so that no peer can forge a log line.
"""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.xml.serializer import serialize

__all__ = ["IN", "OUT", "wire_text"]

IN = logging.getLogger("xmppkit.IN")
OUT = logging.getLogger("xmppkit.OUT")


def wire_text(item: Any, namespace: str) -> str:
    """A stanza, an element or text, as it may stand in a log.

    :param namespace: the stream's default namespace, whose declaration is left out.
    """
    if not isinstance(item, str):
        element = item if isinstance(item, ET.Element) else item.xml
        item = serialize(element, default_namespace=namespace)
    from xmppkit.xml.pretty import mask_secrets, printable  # only where the wire is logged

    return printable(mask_secrets(item))
