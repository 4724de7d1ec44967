# SPDX-License-Identifier: MIT
"""The datatypes of XML Schema that forms use (XEP-0122 §7.2.2.2), and their order."""

from __future__ import annotations

from typing import Any, Final

from xmppkit.stanza.codecs import BOOLEAN, DATETIME, FLOAT, INTEGER, LANGUAGE, Codec, IntegerCodec
from xmppkit.stanza.moments import DATE, TIME

__all__ = ["DATATYPES", "compare"]

#: What is here is checked. All others are text, ``xs:anyURI`` too: every text is one, by the letter of its definition.
DATATYPES: Final[dict[str, Codec[Any]]] = {
    "xs:boolean": BOOLEAN,
    "xs:byte": IntegerCodec(-(2**7), 2**7 - 1),
    "xs:date": DATE,
    "xs:dateTime": DATETIME,
    "xs:decimal": FLOAT,
    "xs:double": FLOAT,
    "xs:float": FLOAT,
    "xs:int": IntegerCodec(-(2**31), 2**31 - 1),
    "xs:integer": INTEGER,
    "xs:language": LANGUAGE,
    "xs:long": IntegerCodec(-(2**63), 2**63 - 1),
    "xs:negativeInteger": IntegerCodec(maximum=-1),
    "xs:nonNegativeInteger": IntegerCodec(minimum=0),
    "xs:nonPositiveInteger": IntegerCodec(maximum=0),
    "xs:positiveInteger": IntegerCodec(minimum=1),
    "xs:short": IntegerCodec(-(2**15), 2**15 - 1),
    "xs:time": TIME,
    "xs:unsignedByte": IntegerCodec(0, 2**8 - 1),
    "xs:unsignedInt": IntegerCodec(0, 2**32 - 1),
    "xs:unsignedLong": IntegerCodec(0, 2**64 - 1),
    "xs:unsignedShort": IntegerCodec(0, 2**16 - 1),
}
#: Those that have no order.
_UNORDERED: Final = (BOOLEAN, LANGUAGE)


def compare(codec: Codec[Any], text: str, limit: str) -> int:
    """Less than 0, 0 or more than 0, as a value is before, at or behind a limit. 0 where that cannot be said: the
    limit is no value of the datatype, or one of the two has a time zone and the other has none."""
    if codec in _UNORDERED:
        return 0
    try:
        value, bound = codec.decode(text), codec.decode(limit)
        return int(value > bound) - int(value < bound)
    except (ValueError, TypeError):
        return 0
