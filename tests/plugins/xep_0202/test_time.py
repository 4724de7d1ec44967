# SPDX-License-Identifier: MIT
"""Asking for the time, and telling it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, IqError
from xmppkit.settings import Settings

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
CHICAGO = datetime.timezone(datetime.timedelta(hours=-6))
NOON = datetime.datetime(2006, 12, 19, 12, tzinfo=CHICAGO)


async def test_the_system_clock(network: Any) -> None:
    romeo, _ = network.join(ROMEO, "xep_0202"), network.join(JULIET, "xep_0202", xep_0202={"tz_offset": -6})
    told: list[Any] = []
    before = datetime.datetime.now(datetime.UTC)
    answer = await romeo.plugin["xep_0202"].get_entity_time(JULIET, callback=told.append)
    time = answer["entity_time"]
    assert before <= time["time"] <= datetime.datetime.now(datetime.UTC)
    assert time.tzo == CHICAGO
    assert told == [answer]
    assert await romeo.plugin["xep_0030"].supports(JULIET, feature="urn:xmpp:time")


@pytest.mark.parametrize("later", [False, True])
async def test_a_clock_of_its_own(network: Any, later: bool) -> None:
    asked: list[Any] = []

    def clock(jid: Any) -> datetime.datetime:
        asked.append(jid)
        return NOON

    async def slow_clock(jid: Any) -> datetime.datetime:
        return clock(jid)

    romeo = network.join(ROMEO, "xep_0202")
    network.join(JULIET, "xep_0202", xep_0202={"local_time": slow_clock if later else clock})
    answer = await romeo.plugin["xep_0202"].get_entity_time(JULIET)
    assert answer["entity_time"]["time"] == NOON
    assert answer["entity_time"]["time"].hour == 12
    assert asked == [JULIET]


async def test_strangers(network: Any) -> None:
    """The time tells that somebody is there."""
    romeo, juliet = network.join(ROMEO, "xep_0202"), network.join(JULIET, "xep_0202")
    juliet.settings = Settings.strict()
    with pytest.raises(IqError, match="service-unavailable"):
        await romeo.plugin["xep_0202"].get_entity_time(JULIET)
    juliet.client_roster.add("romeo@montague.lit", afrom=True)
    assert await romeo.plugin["xep_0202"].get_entity_time(JULIET)


def test_options(network: Any) -> None:
    plugin = network.join(ROMEO, "xep_0202").plugin["xep_0202"]
    with pytest.raises(ConfigurationError, match="tz_offset"):
        plugin.tz_offset = 15
    with pytest.raises(ConfigurationError, match="local_time"):
        plugin.local_time = "noon"
