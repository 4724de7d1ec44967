# SPDX-License-Identifier: MIT
"""The loggers ``xmppkit.IN`` and ``xmppkit.OUT``: what a stream receives and sends, at level DEBUG.

Nothing is formatted unless the level is enabled. Passwords, tokens and authentication exchanges are masked, and
control characters are written as escapes, so that no peer can forge a log line.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.xml.serializer import serialize

__all__ = ["IN", "IN_LEVELS", "OUT", "OUT_LEVELS", "wire_text"]

IN = logging.getLogger("xmppkit.IN")
OUT = logging.getLogger("xmppkit.OUT")


def _levels(logger: logging.Logger) -> Mapping[int, bool]:
    return getattr(logger, "_cache", {})


#: Which levels the loggers have been found to be enabled for, or not. `logging` itself forgets it whenever a level
#: changes anywhere; what is not there, it must be asked. To look here first costs a stanza half as much.
IN_LEVELS, OUT_LEVELS = _levels(IN), _levels(OUT)


def wire_text(item: Any, namespace: str) -> str:
    """A stanza, an element or text, as it may stand in a log.

    :param namespace: the stream's default namespace, whose declaration is left out.
    """
    if not isinstance(item, str):
        element = item if isinstance(item, ET.Element) else item.xml
        item = serialize(element, default_namespace=namespace)
    from xmppkit.xml.pretty import mask_secrets, printable  # only where the wire is logged

    return printable(mask_secrets(item))
