# SPDX-License-Identifier: MIT
"""The limits that a server announces (XEP-0478)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.negotiation.limits import Limits
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM_LIMITS

#: What is inside; the typed values; what the dict view has.
ROWS: list[tuple[str, tuple[int | None, int | None], tuple[object, object]]] = [
    ("<max-bytes>262144</max-bytes><idle-seconds>1800</idle-seconds>", (262144, 1800), (262144, 1800)),
    ("<max-bytes>0</max-bytes>", (0, None), (0, "")),
    ("", (None, None), ("", "")),
    ("<max-bytes>-1</max-bytes><idle-seconds>long</idle-seconds>", (None, None), ("-1", "long")),
]


@pytest.mark.parametrize(("inside", "typed", "items"), ROWS)
def test_reading(inside: str, typed: tuple[object, object], items: tuple[object, object]) -> None:
    limits = Limits(xml=ET.fromstring(f"<limits xmlns='{STREAM_LIMITS}'>{inside}</limits>"))
    assert (limits.max_bytes, limits.idle_seconds) == typed
    assert (limits["max-bytes"], limits["idle-seconds"]) == items


def test_announcing() -> None:
    features: Any = StreamFeatures()
    features["limits"]["max-bytes"] = 10000
    features["limits"].idle_seconds = 60
    assert str(features["limits"]) == (
        f'<limits xmlns="{STREAM_LIMITS}"><max-bytes>10000</max-bytes><idle-seconds>60</idle-seconds></limits>'
    )
    with pytest.raises(InvalidValue):
        features["limits"].max_bytes = -1
