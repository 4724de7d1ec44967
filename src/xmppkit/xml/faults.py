# SPDX-License-Identifier: MIT
"""From expat's errors to the conditions of stream errors (RFC 6120 §4.9.3)."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import ParseError

__all__ = ["explain"]

# Numbers from expat.h (XML_ERROR_…): everything else that expat finds is not-well-formed.
_CONDITIONS: Final = {
    11: "restricted-xml",  # undefined entity: only the five predefined ones exist without a DTD
    17: "restricted-xml",  # XML declaration in the middle of the document
    27: "bad-namespace-prefix",  # unbound prefix
    28: "bad-namespace-prefix",  # prefix undeclared
    38: "bad-namespace-prefix",  # the reserved prefix xml rebound
    39: "bad-namespace-prefix",  # the reserved prefix xmlns used
    40: "bad-namespace-prefix",  # a prefix bound to a reserved namespace
}
_INVALID_TOKEN: Final = 4
_DECLARATION_MARKUP: Final = rb"<!(?!\[CDATA\[|--)[A-Za-z]"


def explain(exception: ParseError, data: bytes) -> tuple[str, str]:
    """The condition and the text of the stream error for what expat found in `data`."""
    condition = _CONDITIONS.get(exception.code, "not-well-formed")
    if exception.code == _INVALID_TOKEN and re.search(_DECLARATION_MARKUP, data):
        condition = "restricted-xml"  # a DTD inside the document, which expat takes for an invalid token
    return condition, str(exception).partition(":")[0]
