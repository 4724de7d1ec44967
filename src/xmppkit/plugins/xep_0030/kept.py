# SPDX-License-Identifier: MIT
"""What somebody has answered (XEP-0030 §3), in the form in which it is kept.

An answer may have hundreds of features. As elements they take four times the memory that their names take, and every
round of the garbage collector looks at each of them. So the names are kept, and elements made when somebody asks.
"""

from __future__ import annotations

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
        self._rest = rest = Element(xml.tag, xml.attrib)
        identities = xml.findall(_IDENTITY)
        if len(identities) + len(features) == len(xml):
            rest.extend([Element(_IDENTITY, element.attrib) for element in identities])
        else:  # there is more, as forms are (XEP-0128)
            rest.extend([element.__deepcopy__({}) for element in xml if element.tag != _FEATURE])
        self.weight = _FIXED + _weight(rest) + _EACH * len(features) + len("".join(features))

    def info(self) -> DiscoInfo:
        """The answer, for whoever asked to do with it what they like."""
        xml = self._rest.__deepcopy__({})
        position = len(xml.findall(_IDENTITY))
        xml[position:position] = [Element(_FEATURE, {"var": name}) for name in self._features]
        return DiscoInfo(xml=xml)


def _weight(element: Element) -> int:
    weight = 0
    for each in element.iter():
        weight += _EACH + len("".join(each.attrib.values())) + len(each.text or "") + len(each.tail or "")
    return weight
