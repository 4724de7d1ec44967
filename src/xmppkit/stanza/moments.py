# SPDX-License-Identifier: MIT
"""Days, times of day and time zones as text: the profiles Date and Time of XEP-0082 (§3.1, §3.3), and the zones of them
all (§3.2). The third profile, DateTime, is `codecs.DATETIME`.

Fields take them as ``ChildText(DATE)``.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from xmppkit.stanza.codecs import Codec

__all__ = ["DATE", "OFFSET", "TIME", "DateCodec", "OffsetCodec", "TimeCodec", "offset_of", "zone_text"]

_ZONE: Final = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
#: Also without the hyphens, as in the older protocols (§4).
_DATE: Final = re.compile(rf"([0-9]{{4}})(-?)([0-9]{{2}})\2([0-9]{{2}}){_ZONE}")
_TIME: Final = re.compile(rf"([0-9]{{2}}):([0-9]{{2}}):([0-9]{{2}})(?:\.([0-9]{{1,20}}))?{_ZONE}")
_OFFSET: Final = re.compile(r"Z|[+-][0-9]{2}:[0-9]{2}")
_SPACE: Final = " \t\r\n"
_HOUR: Final = datetime.timedelta(hours=1)
#: Zones are at most so far from UTC (XML Schema part 2, §3.2.7.3).
_FARTHEST: Final = datetime.timedelta(hours=14)


def offset_of(zone: str) -> datetime.timedelta:
    """How far a time zone is ahead of UTC: ``Z``, ``+01:00`` or ``-05:00``. ValueError if there is no such zone."""
    if zone == "Z":
        return datetime.timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    offset = datetime.timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > _FARTHEST:
        raise ValueError(f"{zone} is no time zone")
    return -offset if zone[0] == "-" else offset


def zone_text(offset: datetime.timedelta) -> str:
    """A time zone as text, by how far it is ahead of UTC: the reverse of `offset_of`.

    :raises ValueError: it is no whole number of minutes, or more than 14 hours.
    """
    minutes, rest = divmod(offset, datetime.timedelta(minutes=1))
    if rest or abs(offset) > _FARTHEST:
        raise ValueError(f"a time zone is up to 14 hours from UTC, in whole minutes; {offset} is not")
    return "Z" if not minutes else f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


class DateCodec(Codec[datetime.date]):
    """Days (XEP-0082 §3.1). A zone, which XML Schema allows, is read and dropped; of a datetime, which is a date to
    Python, the day is written that it has in its own zone."""

    __slots__ = ()

    description = "a date"

    def decode(self, text: str) -> datetime.date:
        found = _DATE.fullmatch(text.strip(_SPACE))
        if found is None:
            raise ValueError(f"{text[:60]!r} is no date of XEP-0082")
        year, _, month, day, zone = found.groups()
        if zone:
            offset_of(zone)
        return datetime.date(int(year), int(month), int(day))

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        if isinstance(value, datetime.datetime):
            value = value.date()
        if not isinstance(value, datetime.date):
            raise TypeError(f"it takes a date, not {type(value).__name__}")
        return value.isoformat()


class TimeCodec(Codec[datetime.time]):
    """Times of day (XEP-0082 §3.3). Those with a zone are aware and in UTC, those without are naive: at that time
    wherever one is. Of a datetime the time is written."""

    __slots__ = ()

    description = "a time of day"

    def decode(self, text: str) -> datetime.time:
        found = _TIME.fullmatch(text.strip(_SPACE))
        if found is None:
            raise ValueError(f"{text[:60]!r} is no time of XEP-0082")
        hour, minute, second, fraction, zone = found.groups()
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        value = datetime.time(int(hour), int(minute), int(second), micro)
        return value if zone is None else _in_utc(value, offset_of(zone))

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        if isinstance(value, datetime.datetime):
            value = value.timetz()
        if not isinstance(value, datetime.time):
            raise TypeError(f"it takes a time, not {type(value).__name__}")
        offset = value.utcoffset()
        if offset is not None:
            value = _in_utc(value.replace(tzinfo=None), offset)
        text = value.replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if value.microsecond else text) + ("" if offset is None else "Z")


def _in_utc(value: datetime.time, offset: datetime.timedelta) -> datetime.time:
    """A naive time of a zone as the time that it is then in UTC, on whichever day."""
    day = datetime.date(2000, 1, 2)  # any but the first and the last there are
    return (datetime.datetime.combine(day, value, datetime.UTC) - offset).timetz()


class OffsetCodec(Codec[datetime.timezone]):
    """Offsets from UTC (XEP-0082 §3.2): ``-06:00``, or ``Z`` for none. A number is hours."""

    __slots__ = ()

    description = "an offset from UTC"

    def decode(self, text: str) -> datetime.timezone:
        stripped = text.strip(_SPACE)
        if not _OFFSET.fullmatch(stripped):
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


DATE: Final = DateCodec()
TIME: Final = TimeCodec()
OFFSET: Final = OffsetCodec()
