# SPDX-License-Identifier: MIT
"""XMPP Ping: the wire, between stations, and the connection that is kept alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import ConfigurationError, ConnectionLost, IqError, IqTimeout
from xmppkit.plugins.xep_0199 import XEP_0199, Ping, stanza
from xmppkit.settings import Settings
from xmppkit.stanza.iq import Iq
from xmppkit.testing import clock

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
SERVER = "montague.lit"


def test_the_wire() -> None:
    iq = Iq(xml=ET.fromstring("<iq xmlns='jabber:client' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"), recv=True)
    assert isinstance(iq.get_plugin("ping", check=True), Ping)
    assert iq.match("iq@type=get/ping")
    assert str(stanza.Ping()) == '<ping xmlns="urn:xmpp:ping" />'
    assert stanza.Ping.interfaces == set()


async def test_client_to_client(network: Any) -> None:
    """XEP-0199 §4.4"""
    romeo, _ = network.join(ROMEO, "xep_0199"), network.join(JULIET, "xep_0199")
    told: list[Any] = []
    answer = await romeo.plugin["xep_0199"].send_ping(JULIET, callback=told.append)
    request, pong = (ET.fromstring(text) for text in network.sent)
    assert (request.get("type"), request.get("to"), [child.tag for child in request]) == (
        "get",
        JULIET,
        ["{urn:xmpp:ping}ping"],
    )
    assert (pong.get("type"), pong.get("to"), pong.get("id"), len(pong)) == ("result", ROMEO, request.get("id"), 0)
    assert told == [answer]
    assert 0 <= await romeo.plugin["xep_0199"].ping(JULIET) < 5


async def test_component_to_client(network: Any) -> None:
    """XEP-0199 §4.5"""
    component = network.join("chat.lit", "xep_0199", component=True)
    network.join(JULIET, "xep_0199")
    answer = await component.plugin["xep_0199"].send_ping(JULIET, ifrom="room@chat.lit")
    assert answer["to"] == "room@chat.lit"
    assert await component.plugin["xep_0199"].ping() >= 0  # by way of the server, to itself


async def test_who_does_not_know_pings(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0199")
    with pytest.raises(IqError, match="service-unavailable"):
        await romeo.plugin["xep_0199"].ping(JULIET)
    for own in (None, SERVER):
        assert await romeo.plugin["xep_0199"].ping(own) >= 0  # a server that answers at all is alive


@pytest.mark.filterwarnings("ignore:timeout_callback:DeprecationWarning")
async def test_nobody_answers(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0199", xep_0199={"timeout": 0.1})
    network.silent |= {JULIET, SERVER}
    late: list[Any] = []
    with pytest.raises(IqTimeout):
        await romeo.plugin["xep_0199"].ping()
    with pytest.raises(IqTimeout):
        await romeo.plugin["xep_0199"].send_ping(JULIET, timeout=0.01, timeout_callback=late.append)
    assert len(late) == 1


async def test_it_is_announced_and_withdrawn(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0199"), network.join(JULIET, "xep_0199")
    disco = romeo.plugin["xep_0030"]
    assert await disco.supports(JULIET, feature="urn:xmpp:ping", cached=False)
    juliet.plugin.disable("xep_0199")
    assert not await disco.supports(JULIET, feature="urn:xmpp:ping", cached=False)
    with pytest.raises(IqError, match="feature-not-implemented"):
        await romeo.plugin["xep_0199"].ping(JULIET)


# --- keepalive --------------------------------------------------------------------------------------------------------


def play(network: Any, story: Callable[[Any, XEP_0199], Coroutine[Any, Any, None]], **config: Any) -> None:
    """Run `story` with Romeo's stream and plugin in virtual time."""

    async def main() -> None:
        romeo = network.join(ROMEO, "xep_0199", xep_0199=config)
        romeo.event("session_start")
        await story(romeo, romeo.plugin["xep_0199"])
        romeo.plugin.disable("xep_0199")
        assert not romeo.scheduled_events
        assert romeo.faults == []

    clock.run(main())


def pings(network: Any) -> int:
    return sum("urn:xmpp:ping" in text for text in network.sent)


def test_nothing_is_sent_unasked(network: Any) -> None:
    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(1000)
        assert pings(network) == 0

    play(network, story)


def test_the_server_is_pinged(network: Any) -> None:
    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(1000)
        assert pings(network) == 3
        assert romeo.reconnects == []
        plugin.disable_keepalive()
        plugin.disable_keepalive({})
        await asyncio.sleep(1000)
        assert pings(network) == 3
        romeo.event("session_start")
        await asyncio.sleep(1000)
        assert pings(network) == 3

    play(network, story, keepalive=True)


def test_a_silent_server_is_left(network: Any, caplog: pytest.LogCaptureFixture) -> None:
    network.silent.add(SERVER)

    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(49.9)
        assert romeo.reconnects == []
        await asyncio.sleep(0.2)
        assert romeo.reconnects == [(0.0, "Ping timeout")]
        assert "has not answered a ping for 20 s" in caplog.text

    play(network, story, keepalive=True, interval=30, timeout=20)


def test_one_ping_at_a_time(network: Any) -> None:
    network.silent.add(SERVER)

    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(9.5)
        assert pings(network) == 1

    play(network, story, keepalive=True, interval=1, timeout=10)


def test_enabled_by_the_program(network: Any) -> None:
    async def story(romeo: Any, plugin: XEP_0199) -> None:
        plugin.enable_keepalive(10, 5)
        assert (plugin.interval, plugin.timeout, plugin.keepalive) == (10, 5, True)
        await asyncio.sleep(25)
        assert pings(network) == 2
        plugin.enable_keepalive(20)  # in place of the first
        await asyncio.sleep(25)
        assert pings(network) == 3
        plugin.enable_keepalive({})  # type: ignore[arg-type]  # as a handler of an event
        assert plugin.interval == 20
        with pytest.raises(ConfigurationError):
            plugin.enable_keepalive(-1)

    play(network, story)


def test_it_lives_with_the_session(network: Any) -> None:
    network.silent.add(SERVER)

    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(15)
        assert pings(network) == 1
        romeo.session_bind_event.clear()
        romeo.event("session_end")
        romeo.event("disconnected")
        await asyncio.sleep(100)
        assert pings(network) == 1
        assert romeo.reconnects == []
        plugin.enable_keepalive()  # for the next session
        await asyncio.sleep(100)
        assert pings(network) == 1
        romeo.event("session_resumed")
        await asyncio.sleep(11)
        assert pings(network) == 2

    play(network, story, keepalive=True, interval=10)


def test_the_connection_ends_while_a_ping_waits(network: Any) -> None:
    network.silent.add(SERVER)

    async def story(romeo: Any, plugin: XEP_0199) -> None:
        await asyncio.sleep(15)
        romeo._pending.fail_all(ConnectionLost("gone"))
        await asyncio.sleep(1)
        assert romeo.reconnects == []

    play(network, story, keepalive=True, interval=10)


def test_enabled_within_a_session(network: Any) -> None:
    async def main() -> None:
        romeo = network.join(ROMEO)
        romeo.register_plugin("xep_0199", {"keepalive": True, "interval": 5})
        await asyncio.sleep(11)
        assert pings(network) == 2
        romeo.plugin.disable("xep_0199")
        await asyncio.sleep(11)
        assert pings(network) == 2

    clock.run(main())


def test_reconnecting_ends_the_schedule_from_within_the_ping(network: Any) -> None:
    network.silent.add(SERVER)

    async def story(romeo: Any, plugin: XEP_0199) -> None:
        ended: list[str] = []

        def reconnect(*args: Any) -> None:
            romeo.event("disconnected")
            ended.append("here")

        romeo.reconnect = reconnect
        await asyncio.sleep(31)
        assert ended == ["here"]

    play(network, story, keepalive=True, interval=10, timeout=20)


async def test_strangers_are_not_told_that_we_are_there(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0199"), network.join(JULIET, "xep_0199")
    juliet.settings = Settings.strict()
    with pytest.raises(IqError, match="service-unavailable"):
        await romeo.plugin["xep_0199"].send_ping(JULIET)
    juliet.client_roster.add("romeo@montague.lit", afrom=True)
    assert (await romeo.plugin["xep_0199"].send_ping(JULIET))["type"] == "result"
