# SPDX-License-Identifier: MIT
"""The time on the wire."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0202.stanza import EntityTime

UTC = datetime.UTC
CHICAGO = datetime.timezone(datetime.timedelta(hours=-6))
INDIA = datetime.timezone(datetime.timedelta(hours=5.5))
MOMENT = datetime.datetime(2006, 12, 19, 17, 58, 35, tzinfo=UTC)


def of(tzo: str, utc: str = "2006-12-19T17:58:35Z") -> EntityTime:
    return EntityTime(xml=fromstring(f"<time xmlns='urn:xmpp:time'><tzo>{tzo}</tzo><utc>{utc}</utc></time>"))


@pytest.mark.parametrize(
    ("text", "zone"), [("-06:00", CHICAGO), ("+05:30", INDIA), ("Z", UTC), (" +00:00 ", UTC), ("+14:00", None)]
)
def test_reading(text: str, zone: datetime.timezone | None) -> None:
    found = of(text)
    assert (found.utc, found["utc"]) == (MOMENT, MOMENT)
    assert found.tzo is not None
    assert found.time is not None
    if zone is not None:
        assert (found.tzo, found["tzo"]) == (zone, zone)
        assert found.time.utcoffset() == zone.utcoffset(None)
    assert found.time == found["time"] == MOMENT


@pytest.mark.parametrize("text", ["", "6", "-6:00", "+14:01", "+05:60", "+99:99", "CST", "-06:00:00"])
def test_nonsense(text: str) -> None:
    found = of(text)
    assert found.tzo is None
    assert found.time is None
    assert found["time"] == ""
    assert of("Z", "soon").time is None


def test_the_end_of_time() -> None:
    assert of("+14:00", "9999-12-31T23:00:00Z").time is None


@pytest.mark.parametrize(
    ("value", "utc", "tzo"),
    [
        (MOMENT.astimezone(CHICAGO), "2006-12-19T17:58:35Z", "-06:00"),
        (MOMENT.astimezone(INDIA), "2006-12-19T17:58:35Z", "+05:30"),
        (MOMENT, "2006-12-19T17:58:35Z", "Z"),
        (MOMENT.replace(tzinfo=None), "2006-12-19T17:58:35Z", "Z"),
        ("2006-12-19T11:58:35-06:00", "2006-12-19T17:58:35Z", "Z"),
    ],
)
def test_writing(value: Any, utc: str, tzo: str) -> None:
    time = EntityTime()
    time["time"] = value
    assert [(child.tag[15:], child.text) for child in time.xml] == [("utc", utc), ("tzo", tzo)]
    assert time.time == MOMENT
    del time["time"]
    assert len(time.xml) == 0


def test_an_offset_of_hours() -> None:
    time = EntityTime()
    time["tzo"] = -6
    assert (time.xml[0].text, time.tzo) == ("-06:00", CHICAGO)
    with pytest.raises(InvalidValue, match=r"EntityTime\.tzo"):
        time["tzo"] = "noon"


@pytest.mark.parametrize("value", ["noon", 7])
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(InvalidValue):
        EntityTime()["time"] = value
    with pytest.raises(InvalidValue):
        EntityTime().time = value
