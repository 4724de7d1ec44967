# SPDX-License-Identifier: MIT
"""Days and times of day as text."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.stanza.moments import DATE, OFFSET, TIME, offset_of, zone_text

BANGKOK = dt.timezone(dt.timedelta(hours=7))


HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1776-07-04", dt.date(1776, 7, 4)),  # XEP-0082 §3.1
        ("17760704", dt.date(1776, 7, 4)),
        (" 1776-07-04\n", dt.date(1776, 7, 4)),
        ("1776-07-04Z", dt.date(1776, 7, 4)),
        ("1776-07-04-05:00", dt.date(1776, 7, 4)),
    ],
)
def test_dates(text: str, day: dt.date) -> None:
    assert DATE.decode(text) == day
    assert DATE.encode(day) == DATE.encode(text) == "1776-07-04"


@pytest.mark.parametrize(
    "text", ["", "1776-07", "1776-0704", "1776-02-30", "1776-07-04T", "76-07-04", "2020-01-01+15:00"]
)
def test_no_dates(text: str) -> None:
    with pytest.raises(ValueError):
        DATE.decode(text)


def test_the_day_of_a_datetime_is_that_of_its_zone() -> None:
    assert DATE.encode(dt.datetime(2020, 1, 1, 2, tzinfo=BANGKOK)) == "2020-01-01"
    with pytest.raises(TypeError, match="not int"):
        DATE.encode(1)


@pytest.mark.parametrize(
    ("text", "time", "written"),
    [
        ("16:00:00", dt.time(16), "16:00:00"),  # XEP-0082 §3.3
        ("16:00:00Z", dt.time(16, tzinfo=dt.UTC), "16:00:00Z"),
        ("19:00:00+07:00", dt.time(12, tzinfo=dt.UTC), "12:00:00Z"),
        ("05:00:00-07:00", dt.time(12, tzinfo=dt.UTC), "12:00:00Z"),
        ("01:30:00+02:00", dt.time(23, 30, tzinfo=dt.UTC), "23:30:00Z"),
        ("16:00:00.5", dt.time(16, microsecond=500_000), "16:00:00.5"),
        ("16:00:00.123456789Z", dt.time(16, microsecond=123_456, tzinfo=dt.UTC), "16:00:00.123456Z"),
    ],
)
def test_times(text: str, time: dt.time, written: str) -> None:
    found = TIME.decode(text)
    assert (found, found.tzinfo) == (time, time.tzinfo)
    assert TIME.encode(time) == TIME.encode(text) == written


@pytest.mark.parametrize("text", ["", "16:00", "16:00:60", "25:00:00", "16:00:00.", "16:00:00+7", "16:00:00+14:01"])
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError):
        TIME.decode(text)


def test_times_of_other_things() -> None:
    assert TIME.encode(dt.time(19, tzinfo=BANGKOK)) == "12:00:00Z"
    assert TIME.encode(dt.datetime(2020, 1, 1, 19, tzinfo=BANGKOK)) == "12:00:00Z"
    with pytest.raises(TypeError, match="not date"):
        TIME.encode(dt.date(2020, 1, 1))


@pytest.mark.parametrize(("text", "minutes"), [("Z", 0), ("+07:00", 420), ("-05:30", -330), ("+14:00", 840)])
def test_zones(text: str, minutes: int) -> None:
    offset = dt.timedelta(minutes=minutes)
    assert offset_of(text) == offset
    assert zone_text(offset) == text


@pytest.mark.parametrize("offset", [dt.timedelta(seconds=30), dt.timedelta(hours=15), -dt.timedelta(hours=15)])
def test_no_zones(offset: dt.timedelta) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        zone_text(offset)


@pytest.mark.parametrize("zone", ["+00:60", "-14:01", "+99:00"])
def test_no_zone_texts(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        offset_of(zone)


@given(st.dates())
def test_dates_come_back(day: dt.date) -> None:
    assert DATE.decode(DATE.encode(day)) == day


@given(st.times(timezones=st.sampled_from([None, dt.UTC])))
def test_times_come_back(time: dt.time) -> None:
    assert TIME.decode(TIME.encode(time)) == time


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Z", dt.UTC),
        (" +00:00 ", dt.UTC),
        ("-06:00", dt.timezone(-6 * HOUR)),
        ("+05:30", dt.timezone(5.5 * HOUR)),
    ],
)
def test_offsets(text: str, zone: dt.timezone) -> None:
    assert OFFSET.decode(text) == zone


@pytest.mark.parametrize("text", ["", "6", "-6:00", "+14:01", "+05:60", "CST", "-06:00:00"])
def test_no_offsets(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|zone"):
        OFFSET.decode(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("+01:00", "+01:00"),
        (-3, "-03:00"),
        (5.5, "+05:30"),
        (0, "Z"),
        (2 * HOUR, "+02:00"),
        (dt.timezone(5.5 * HOUR), "+05:30"),
    ],
)
def test_writing_offsets(value: object, text: str) -> None:
    assert OFFSET.encode(value) == text


@pytest.mark.parametrize("value", ["noon", 15, -1e300, 15 * HOUR, True, [], float("nan")])
def test_what_is_no_offset(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        OFFSET.encode(value)
