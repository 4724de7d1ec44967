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
from xmppkit.stanza.moments import offset_of, zone_text

__all__ = ["EntityTime", "OffsetCodec"]

_HOUR: Final = datetime.timedelta(hours=1)
_ZONE: Final = re.compile(r"Z|[+-][0-9]{2}:[0-9]{2}")


class OffsetCodec(Codec[datetime.timezone]):
    """Offsets from UTC (XEP-0082 §3.2): ``-06:00``, or ``Z`` for none. A number is hours."""

    __slots__ = ()

    description = "an offset from UTC"

    def decode(self, text: str) -> datetime.timezone:
        stripped = text.strip()
        if not _ZONE.fullmatch(stripped):
            raise ValueError("it is no offset from UTC")
        return datetime.timezone(offset_of(stripped))

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        offset = value
        if isinstance(value, datetime.tzinfo):
            offset = value.utcoffset(None)
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 24:
            offset = value * _HOUR
        if not isinstance(offset, datetime.timedelta):
            raise TypeError(f"it takes a timezone, a timedelta or hours, not {value!r}")
        return zone_text(offset)


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
