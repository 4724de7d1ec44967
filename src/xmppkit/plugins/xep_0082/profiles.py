# SPDX-License-Identifier: MIT
"""Text for dates and times, and back: the functions of XEP-0082, and the plugin that holds them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, overload

from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.stanza.codecs import DATETIME
from xmppkit.stanza.moments import DATE, TIME, zone_text

__all__ = [
    "XEP_0082",
    "date",
    "datetime",
    "format_date",
    "format_datetime",
    "format_time",
    "parse",
    "parse_date",
    "parse_time",
    "time",
]

#: Seconds that the zone is ahead of UTC, or the zone.
Zone = float | dt.tzinfo | None


def parse(time_str: str) -> dt.datetime:
    """The moment that a text of any of the profiles stands for, in UTC.

    A date alone is its first moment in UTC, a time alone is that time of the present day in UTC, and what names no zone
    is in UTC. The form without hyphens of older protocols (§4) is understood too.

    :raises ValueError: it is none of them.
    """
    for codec in (DATE, TIME):
        try:
            found: dt.date | dt.time = codec.decode(time_str)
        except ValueError:
            continue
        if isinstance(found, dt.time):
            return dt.datetime.combine(dt.datetime.now(dt.UTC), found, dt.UTC)
        return dt.datetime.combine(found, dt.time(), dt.UTC)
    return DATETIME.decode(time_str)


def parse_date(text: str) -> dt.date:
    """The day that a text of the profile Date stands for (§3.1). Raises ValueError if it is none."""
    return DATE.decode(text)


def parse_time(text: str) -> dt.time:
    """The time of day that a text of the profile Time stands for (§3.3), in UTC if it names a zone and naive if it does
    not. Raises ValueError if it is none."""
    return TIME.decode(text)


def format_date(time_obj: dt.date) -> str:
    """A date as ``CCYY-MM-DD``; of a datetime the day in its own zone. Raises TypeError for anything else."""
    return DATE.encode(time_obj)


def format_time(time_obj: dt.time | dt.datetime) -> str:
    """A time as ``hh:mm:ss[.sss]``. What has a zone is converted to UTC, and ends in ``Z``; so is a naive datetime, as
    if it were in UTC. Raises TypeError for anything else."""
    if isinstance(time_obj, dt.datetime) and time_obj.utcoffset() is None:
        time_obj = time_obj.replace(tzinfo=dt.UTC)
    return TIME.encode(time_obj)


def format_datetime(time_obj: dt.datetime) -> str:
    """A moment as ``CCYY-MM-DDThh:mm:ss[.sss]Z``, converted to UTC; a naive datetime is taken to be in UTC. Raises
    TypeError for anything else."""
    return DATETIME.encode(time_obj)


@overload
def date(year: int | None = ..., month: int | None = ..., day: int | None = ..., obj: Literal[False] = ...) -> str: ...
@overload
def date(year: int | None = ..., month: int | None = ..., day: int | None = ..., *, obj: Literal[True]) -> dt.date: ...
def date(year: int | None = None, month: int | None = None, day: int | None = None, obj: bool = False) -> str | dt.date:
    """A date. What is not said is as it is now, in UTC.

    :param obj: return a date, not text.
    :raises ValueError: there is no such day.
    """
    made = _moment(None, year=year, month=month, day=day).date()
    return made if obj else format_date(made)


@overload
def time(
    hour: int | None = ...,
    min: int | None = ...,
    sec: int | None = ...,
    micro: int | None = ...,
    offset: Zone = ...,
    obj: Literal[False] = ...,
) -> str: ...
@overload
def time(
    hour: int | None = ...,
    min: int | None = ...,
    sec: int | None = ...,
    micro: int | None = ...,
    offset: Zone = ...,
    *,
    obj: Literal[True],
) -> dt.time: ...
def time(
    hour: int | None = None,
    min: int | None = None,
    sec: int | None = None,
    micro: int | None = None,
    offset: Zone = None,
    obj: bool = False,
) -> str | dt.time:
    """A time of day. What is not said is as it is now, in the zone; fractions of a second are left out.

    :param offset: the zone, which may reveal where somebody is (§6): seconds that it is ahead of UTC, or a tzinfo;
        None: UTC. The text names it.
    :param obj: return an aware time, not text.
    :raises ValueError: there is no such time, or no such zone.
    """
    made = _moment(offset, hour=hour, minute=min, second=sec, microsecond=micro)
    return made.timetz() if obj else _text(made).partition("T")[2]


@overload
def datetime(
    year: int | None = ...,
    month: int | None = ...,
    day: int | None = ...,
    hour: int | None = ...,
    min: int | None = ...,
    sec: int | None = ...,
    micro: int | None = ...,
    offset: Zone = ...,
    separators: bool = ...,
    obj: Literal[False] = ...,
) -> str: ...
@overload
def datetime(
    year: int | None = ...,
    month: int | None = ...,
    day: int | None = ...,
    hour: int | None = ...,
    min: int | None = ...,
    sec: int | None = ...,
    micro: int | None = ...,
    offset: Zone = ...,
    separators: bool = ...,
    *,
    obj: Literal[True],
) -> dt.datetime: ...
def datetime(
    year: int | None = None,
    month: int | None = None,
    day: int | None = None,
    hour: int | None = None,
    min: int | None = None,
    sec: int | None = None,
    micro: int | None = None,
    offset: Zone = None,
    separators: bool = True,
    obj: bool = False,
) -> str | dt.datetime:
    """A moment. What is not said is as it is now, in the zone; fractions of a second are left out.

    :param offset: as for `time`.
    :param separators: False writes the form of older protocols, ``CCYYMMDDThh:mm:ss`` in UTC (§4).
    :param obj: return an aware datetime, not text.
    :raises ValueError: there is no such moment, or no such zone.
    """
    made = _moment(offset, year=year, month=month, day=day, hour=hour, minute=min, second=sec, microsecond=micro)
    if obj:
        return made
    return _text(made) if separators else made.astimezone(dt.UTC).strftime("%Y%m%dT%H:%M:%S")


def _moment(offset: Zone, **parts: int | None) -> dt.datetime:
    """The present moment in a zone, to the second, but for what is said."""
    if isinstance(offset, dt.tzinfo):
        zone = offset
    else:
        zone = dt.timezone(dt.timedelta(seconds=offset or 0))
    said = {name: value for name, value in parts.items() if value is not None}
    return dt.datetime.now(zone).replace(microsecond=0).replace(**said)  # type: ignore[arg-type]


def _text(moment: dt.datetime) -> str:
    offset = moment.utcoffset() or dt.timedelta()
    bare = moment.replace(tzinfo=None)
    text = bare.isoformat()
    return (text.rstrip("0") if bare.microsecond else text) + zone_text(offset)


class XEP_0082(BasePlugin):  # noqa: N801  # slixmpp's name
    """XMPP Date and Time Profiles: the module's functions as methods. It handles nothing."""

    name = "xep_0082"
    description = "XEP-0082: XMPP Date and Time Profiles"

    parse = staticmethod(parse)
    parse_date = staticmethod(parse_date)
    parse_time = staticmethod(parse_time)
    format_date = staticmethod(format_date)
    format_time = staticmethod(format_time)
    format_datetime = staticmethod(format_datetime)
    date = staticmethod(date)
    time = staticmethod(time)
    datetime = staticmethod(datetime)


register_plugin(XEP_0082)
