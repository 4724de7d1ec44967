# SPDX-License-Identifier: MIT
"""The time at an entity: in UTC, and how far it is from there (XEP-0202 §2)."""

from __future__ import annotations

import datetime
import re
from typing import Final

from xmppkit.stanza.codecs import Codec
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.iq import Iq

__all__ = ["EntityTime", "OffsetCodec"]

_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")
_MINUTE: Final = datetime.timedelta(minutes=1)
#: XML Schema part 2, §3.2.7.3: no offset is larger.
_LARGEST: Final = datetime.timedelta(hours=14)


class OffsetCodec(Codec[datetime.timezone]):
    """Offsets from UTC (XEP-0082 §3.2): ``-06:00``, or ``Z`` for none. A number is hours."""

    __slots__ = ()

    description = "an offset from UTC"

    def decode(self, text: str) -> datetime.timezone:
        stripped = text.strip()
        if stripped == "Z":
            return datetime.UTC
        found = _OFFSET.fullmatch(stripped)
        if found is None:
            raise ValueError("it is no offset from UTC")
        offset = datetime.timedelta(hours=int(found[2]), minutes=int(found[3]))
        if offset > _LARGEST or int(found[3]) > 59:
            raise ValueError(f"no offset is as large as {stripped}")
        return datetime.timezone(-offset if found[1] == "-" else offset)

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        offset = value
        if isinstance(value, datetime.tzinfo):
            offset = value.utcoffset(None)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            offset = datetime.timedelta(hours=value) if abs(value) <= 14 else _LARGEST * 2
        if not isinstance(offset, datetime.timedelta):
            raise TypeError(f"it takes a timezone, a timedelta or hours, not {type(value).__name__}")
        if abs(offset) > _LARGEST:
            raise ValueError("an offset from UTC has at most 14 hours")
        if not offset:
            return "Z"
        minutes = round(abs(offset) / _MINUTE)
        return f"{'-' if offset < datetime.timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


class EntityTime(ElementBase, parents=(Iq,)):
    """The question, which is empty, and the answer. ``entity_time['time']`` is both in one: an aware datetime."""

    __slots__ = ()

    name = "time"
    namespace = "urn:xmpp:time"
    plugin_attrib = "entity_time"

    utc = ChildText(datetime.datetime, doc="the moment, in UTC")
    tzo = ChildText(OffsetCodec(), doc="how far the entity's clock is from UTC")
    time = Derived(datetime.datetime, doc="what the entity's clock shows; None where one of the two is not said")

    def get_time(self) -> datetime.datetime | str:
        """What the entity's clock shows; ``''`` where that is not said."""
        moment, zone = self.utc, self.tzo
        if moment is None or zone is None:
            return ""
        try:
            return moment.astimezone(zone)
        except OverflowError:  # at the ends of time
            return ""

    def set_time(self, value: datetime.datetime | str) -> None:
        """Say what the clock shows, by an aware datetime, or by one without a zone or a text of XEP-0082 for UTC."""
        offset = value.utcoffset() if isinstance(value, datetime.datetime) else None
        type(self).utc.write_item(self, value)
        self.tzo = datetime.timezone(offset) if offset else datetime.UTC

    def del_time(self) -> None:
        """Say nothing."""
        self.utc = self.tzo = None
