# SPDX-License-Identifier: MIT
"""Text for dates and times, and back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from xmppkit.plugins import xep_0082

MOON = dt.datetime(1969, 7, 21, 2, 56, 15, tzinfo=dt.UTC)
HOUSTON = dt.timezone(-dt.timedelta(hours=5))


@pytest.mark.parametrize(
    "text",
    [
        "1969-07-21T02:56:15Z",  # XEP-0082 §3.2
        "1969-07-20T21:56:15-05:00",
        "1969-07-21T02:56:15.000",
        "19690721T02:56:15",  # §4
    ],
)
def test_moments_are_read(text: str) -> None:
    found = xep_0082.parse(text)
    assert (found, found.utcoffset()) == (MOON, dt.timedelta())


def test_parts_of_moments_are_read() -> None:
    assert xep_0082.parse("1969-07-21") == dt.datetime(1969, 7, 21, tzinfo=dt.UTC)
    today = dt.datetime.now(dt.UTC).date()
    found = xep_0082.parse("16:00:00")
    assert found.timetz() == dt.time(16, tzinfo=dt.UTC)
    assert abs(found.date() - today) <= dt.timedelta(days=1)
    assert xep_0082.parse_date("1776-07-04") == dt.date(1776, 7, 4)
    assert xep_0082.parse_time("16:00:00") == dt.time(16)


@pytest.mark.parametrize("text", ["", "yesterday", "1969-07-21T02:56Z", "1969-13-01", "9999-99-99T99:99:99Z"])
def test_nonsense(text: str) -> None:
    for read in (xep_0082.parse, xep_0082.parse_date, xep_0082.parse_time):
        with pytest.raises(ValueError):
            read(text)


def test_what_is_written_is_in_utc() -> None:
    houston = MOON.astimezone(HOUSTON)
    assert xep_0082.format_datetime(houston) == "1969-07-21T02:56:15Z"
    assert xep_0082.format_datetime(MOON.replace(tzinfo=None)) == "1969-07-21T02:56:15Z"
    assert xep_0082.format_time(houston) == "02:56:15Z"
    assert xep_0082.format_time(houston.replace(tzinfo=None)) == "21:56:15Z"
    assert xep_0082.format_time(dt.time(16)) == "16:00:00"
    assert xep_0082.format_date(houston) == "1969-07-20"


def test_moments_are_made() -> None:
    parts: dict[str, Any] = {"year": 1969, "month": 7, "day": 21, "hour": 2, "min": 56, "sec": 15}
    assert xep_0082.datetime(**parts) == "1969-07-21T02:56:15Z"
    assert xep_0082.datetime(**parts, obj=True) == MOON
    assert xep_0082.datetime(**parts, micro=500) == "1969-07-21T02:56:15.0005Z"
    assert xep_0082.datetime(**parts, separators=False) == "19690721T02:56:15"
    parts |= {"day": 20, "hour": 21}
    assert xep_0082.datetime(**parts, offset=-5 * 3600) == "1969-07-20T21:56:15-05:00"
    assert xep_0082.datetime(**parts, offset=HOUSTON, obj=True) == MOON
    assert xep_0082.datetime(**parts, offset=HOUSTON, separators=False) == "19690721T02:56:15"
    assert xep_0082.time(16, 0, 0) == "16:00:00Z"
    assert xep_0082.time(16, 0, 0, offset=3600) == "16:00:00+01:00"
    assert xep_0082.time(16, 0, 0, obj=True) == dt.time(16, tzinfo=dt.UTC)
    assert xep_0082.date(1776, 7, 4) == "1776-07-04"
    assert xep_0082.date(1776, 7, 4, obj=True) == dt.date(1776, 7, 4)


def test_what_is_not_said_is_now() -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    made = xep_0082.datetime(obj=True)
    assert before <= made <= dt.datetime.now(dt.UTC)
    assert made.microsecond == 0
    assert xep_0082.parse(xep_0082.datetime()) >= before
    assert xep_0082.date(obj=True) >= before.date()
    assert xep_0082.time(min=0, sec=0, obj=True).tzinfo is dt.UTC


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError):
        xep_0082.date(month=13)
    with pytest.raises(ValueError):
        xep_0082.time(offset=3600 * 15)
    with pytest.raises(TypeError, match="not int"):
        xep_0082.format_datetime(1)  # type: ignore[arg-type]  # that is the test


async def test_the_plugin_has_the_functions(network: Any) -> None:
    plugin = network.join("juliet@capulet.lit/chamber", "xep_0082").plugin["xep_0082"]
    for name in xep_0082.__all__[1:]:
        assert getattr(plugin, name) is getattr(xep_0082, name)
