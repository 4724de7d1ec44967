# SPDX-License-Identifier: MIT
"""Which class stands for which payload element: filled by `interfaces.payload_element_name`, read by
`stanzapayload`, which has both registries under PyXMPP2's names."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

__all__ = ["STANZA_PAYLOAD_CLASSES", "STANZA_PAYLOAD_ELEMENTS"]

#: Qualified name of an element to the class that stands for it.
STANZA_PAYLOAD_CLASSES: Final[dict[str, type[Any]]] = {}
#: A class to the qualified names of the elements that it stands for.
STANZA_PAYLOAD_ELEMENTS: Final[defaultdict[type[Any], list[str]]] = defaultdict(list)
