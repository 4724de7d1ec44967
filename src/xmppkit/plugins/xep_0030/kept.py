# SPDX-License-Identifier: MIT
"""What somebody has answered (XEP-0030 §3), in the form in which it is kept.

An answer may have hundreds of features. As elements they take four times the memory that their names take, and every
round of the garbage collector looks at each of them. So the names are kept, and elements made when somebody asks.
"""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import Final
from xml.etree.ElementTree import Element

from xmppkit.plugins.xep_0030.stanza.info import DiscoInfo
from xmppkit.xml.names import clark

__all__ = ["KeptInfo"]

_IDENTITY: Final = clark(DiscoInfo.namespace, "identity")
_FEATURE: Final = clark(DiscoInfo.namespace, "feature")
_FIXED: Final = 500
_EACH: Final = 100


class KeptInfo:
    """One answer. It is a copy: what becomes of `info` makes no difference.

    :param info: the answer.
    :ivar weight: about the bytes that it takes in memory.
    """

    __slots__ = ("_features", "_rest", "weight")

    def __init__(self, info: DiscoInfo) -> None:
        xml = info.xml
        self._features = features = tuple(info.features)
        others = xml.findall(_IDENTITY)
        if len(others) + len(features) != len(xml):  # there is more, as forms are (XEP-0128)
            others = [child for child in xml if child.tag != _FEATURE]
        self._rest = rest = Element(xml.tag, xml.attrib)
        rest.extend([element.__deepcopy__({}) for element in others])
        self.weight = _FIXED + _weight(rest) + _EACH * len(features) + len("".join(features))

    def info(self) -> DiscoInfo:
        """The answer, for whoever asked to do with it what they like."""
        xml = self._rest.__deepcopy__({})
        position = len(xml.findall(_IDENTITY))
        xml[position:position] = [Element(_FEATURE, {"var": name}) for name in self._features]
        return DiscoInfo(xml=xml)


def _weight(element: Element) -> int:
    elements = [*element.iter()]
    values = chain.from_iterable(map(dict.values, map(attrgetter("attrib"), elements)))
    return _EACH * len(elements) + sum(map(len, element.itertext())) + sum(map(len, values))
