# SPDX-License-Identifier: MIT
"""Plugins that are enabled and sleep, and what wakes them. Those of the library are used as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import PluginNotFound
from xmppkit.plugins.base import manager as module
from xmppkit.plugins.base import manifest, sleeping
from xmppkit.plugins.base.manager import PLUGIN_REGISTRY
from xmppkit.plugins.base.plugin import BasePlugin
from xmppkit.plugins.base.sleeping import Sketch
from xmppkit.stanza.presence import Presence
from xmppkit.testing.wire import Wire

PING = "<iq type='get' id='{0}' from='a@b/c'><ping xmlns='urn:xmpp:ping'/></iq>"
INFO = "<iq type='get' id='{0}' from='a@b/c'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    for each in (
        sleeping.with_sleeper,
        sleeping.without_sleeper,
        sleeping.shifted,
        sleeping.sleepers_of,
    ):
        each.cache_clear()


def make(*names: str, **config: Any) -> Any:
    client: Any = ClientXMPP("me@localhost/here", "secret", plugin_config=config)
    client.auto_reconnect = False
    client.faults = []
    client.exception = client.faults.append
    for name in names:
        client.register_plugin(name)
    return client


def asleep(client: Any) -> list[str]:
    """The extensions that sleep; most stream features do as well."""
    names = [each.name for each in client.plugin._sleepers.entries]
    return [name for name in names if not name.startswith("feature_")]


def features(answer: Any) -> set[str]:
    return {each.get("var") for each in answer.iter("{http://jabber.org/protocol/disco#info}feature")}


def test_it_sleeps_with_those_it_depends_on() -> None:
    client = make("xep_0199")
    assert asleep(client) == ["xep_0030", "xep_0199"]
    assert "xep_0199" in client.plugin
    assert client.plugin.enabled("xep_0030")
    assert client.plugin.registered("xep_0199")
    assert not client.plugin.registered("xep_9999")
    assert set(client.plugin) >= {"xep_0030", "xep_0199"}
    assert len(client.plugin) == len(client.plugin.keys())
    client.register_plugin("xep_0199")
    assert asleep(client) == ["xep_0030", "xep_0199"]
    assert client.plugin.awake("xep_0199") is None
    assert client.plugin.get("xep_9999") is None
    with pytest.raises(PluginNotFound):
        client.plugin["xep_9999"]


def test_who_asks_for_it_wakes_it() -> None:
    client = make("xep_0199")
    ping = client.plugin["xep_0199"]
    assert ping.name == "xep_0199"
    assert client.plugin.awake("xep_0199") is ping is client.plugin.get("xep_0199")
    assert asleep(client) == ["xep_0030"]


def test_whoever_has_a_configuration_does_not_sleep() -> None:
    client = make("xep_0199", xep_0199={"timeout": 7.0})
    assert client.plugin.awake("xep_0199").timeout == 7.0
    client = make("xep_0199")
    client.register_plugin("xep_0199", {"timeout": 8.0})
    assert client.plugin.awake("xep_0199").timeout == 8.0
    client = make()
    client.register_plugin("xep_0092", {"os": "Plan 9"})
    assert client.plugin.awake("xep_0092").os == "Plan 9"


def test_a_class_of_the_programs_own_is_used() -> None:
    from xmppkit.plugins.xep_0092 import XEP_0092

    class Mine(XEP_0092):
        pass

    client = make()
    try:
        client.plugin.register(Mine)
        assert type(client.plugin.awake("xep_0092")) is Mine
    finally:
        PLUGIN_REGISTRY["xep_0092"] = XEP_0092


def test_disabling_who_sleeps() -> None:
    client = make("xep_0199", "xep_0410")
    client.plugin.disable("xep_0199")
    assert not {"xep_0199", "xep_0410"} & set(client.plugin)
    client.plugin.disable("xep_0030")
    assert set(asleep(client)) == {"xep_0082", "xep_0203"}  # which need nobody


async def test_what_comes_wakes_it_and_its_handlers_stand_where_they_would() -> None:
    client = make("xep_0092")
    client.register_handler(module_handler("before"))
    client.register_plugin("xep_0199")
    client.register_handler(module_handler("after"))
    wire = Wire(client)
    wire.receive("<message from='a@b'><body>ping</body></message>")
    assert client.plugin.awake("xep_0199") is None
    wire.receive(PING.format(1))
    [answer] = await wire.stanzas()
    assert (answer.get("type"), answer.get("id")) == ("result", "1")
    names = [each.name for each in client._handlers]
    place = names.index("before")
    assert names[place:] == ["before", "Ping", "after"] or names[place + 1].startswith(("xep_0199", "Ping"))
    assert client.plugin["xep_0092"].name == "xep_0092"
    names = [each.name for each in client._handlers]
    assert names.index("Software Version") < names.index("before")
    assert client.faults == []
    await wire.end()


def module_handler(name: str) -> Any:
    from xmppkit.dispatch.handlers import Callback
    from xmppkit.dispatch.matchers import StanzaPath

    return Callback(name, StanzaPath("iq@type=get/no_such_thing"), lambda stanza: None)


@pytest.mark.parametrize(("name", "sleeps"), [("xep_0172", False), ("xep_0085", True)])
async def test_who_wants_to_be_notified_does_not_sleep_in_a_session(name: str, sleeps: bool) -> None:
    """The server must hear of it (XEP-0163 §4.2)."""
    client = make("xep_0115", name)
    assert {"xep_0115", name} <= set(asleep(client))
    client = make("xep_0115")
    wire = Wire(client)
    client.send_presence()
    await wire.stanzas()
    client.register_plugin(name)
    assert (name in asleep(client)) is sleeps
    presences = [each for each in await wire.stanzas() if each.tag.endswith("}presence")]
    assert len(presences) == (0 if sleeps else 1)
    client.abort()
    await wire.end()


async def test_service_discovery_tells_of_those_that_sleep() -> None:
    client = make("xep_0199", "xep_0085", "xep_0308")
    wire = Wire(client)
    wire.receive(INFO.format(1))
    [answer] = await wire.stanzas()
    everything = {"urn:xmpp:ping", "http://jabber.org/protocol/chatstates", "urn:xmpp:message-correct:0"}
    assert features(answer) >= everything
    assert {"xep_0199", "xep_0085"} <= set(asleep(client))
    client.register_plugin("xep_0203")  # which has no features
    client.register_plugin("xep_0092")  # in a session, with service discovery awake
    assert client.plugin["xep_0199"]
    client.plugin.disable("xep_0085")
    wire.receive(INFO.format(2))
    [answer] = await wire.stanzas()
    assert "jabber:iq:version" in features(answer)
    assert "urn:xmpp:ping" in features(answer)
    assert "http://jabber.org/protocol/chatstates" not in features(answer)
    await wire.end()


async def test_a_presence_wakes_who_adds_to_it() -> None:
    client = make("xep_0115", "xep_0199")
    wire = Wire(client)
    client.send_message("a@b", "hello")
    assert client.plugin.awake("xep_0115") is None
    client.send_presence()
    assert client.plugin.awake("xep_0115") is not None
    assert client.plugin.awake("xep_0199") is None
    client.send_presence()
    assert isinstance(Presence(), Presence)
    await wire.sent()
    await wire.end()


def test_a_connection_wakes_who_has_a_say_in_it() -> None:
    client = make("xep_0115", "xep_0199")
    client.plugin.connecting()
    assert client.plugin.awake("xep_0115") is not None
    assert client.plugin.awake("xep_0199") is None


# --- with sketches of plugins that are made up ------------------------------------------------------------------------


class Made(BasePlugin):
    """A plugin that listens."""

    heard: list[tuple[str, Any]]

    def plugin_init(self) -> None:
        if self.xmpp.breaks:
            raise RuntimeError("it cannot be made")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A plugin ``xep_9001`` that wakes on the event ``tea``; what it hears."""
    heard: list[Any] = []

    class XEP_9001(Made):
        name = "xep_9001"

        @module_listens("session_start")
        async def begin(self, data: Any) -> None:
            heard.append(("session_start", data))

        @module_listens("tea")
        def told(self, data: Any) -> None:
            heard.append(("tea", data))

        @module_listens("milk")
        def milk(self, data: Any) -> None:
            raise AssertionError("a subclass takes it away")

    class Sub(XEP_9001):
        milk = None  # type: ignore[assignment]

    Sub.__module__ = "xmppkit.plugins.xep_9001.tea"
    monkeypatch.setitem(manifest.SKETCHES, "xep_9001", Sketch(events=("tea", "milk")))
    monkeypatch.setattr(ClientXMPP, "breaks", False, raising=False)
    module.register_plugin(Sub)
    yield heard
    del PLUGIN_REGISTRY["xep_9001"]
    sleeping._expect.cache_clear()


def module_listens(event: str) -> Any:
    from xmppkit.plugins.base.declarations import listens

    return listens(event)


async def test_an_event_wakes_it(made: list[Any]) -> None:
    client = make("xep_9001")
    wire = Wire(client)
    assert client.plugin.awake("xep_9001") is None
    client.event("tea", "green")
    client.event("tea", "black")
    client.event("milk", "cold")
    await asyncio.sleep(0)
    assert made == [("tea", "green"), ("session_start", {}), ("tea", "black")] or made == [
        ("tea", "green"),
        ("tea", "black"),
        ("session_start", {}),
    ]
    assert client.event_handled("tea") == 1
    await wire.end()


async def test_disabled_it_does_not_hear(made: list[Any]) -> None:
    client = make("xep_9001")
    client.plugin.disable("xep_9001")
    client.event("tea", "green")
    assert made == []
    assert client.event_handled("tea") == 0


async def test_one_that_cannot_be_woken_is_reported(made: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientXMPP, "breaks", True)
    client = make("xep_9001")
    client.event("tea", "green")
    assert [type(fault) for fault in client.faults] == [RuntimeError]
    assert "xep_9001" not in client.plugin
    client = make("xep_9001")
    with pytest.raises(RuntimeError):
        client.plugin["xep_9001"]
    assert "xep_9001" not in client.plugin


def test_what_fails_leaves_nobody_asleep_either(made: list[Any]) -> None:
    class Broken(BasePlugin):
        name = "broken"
        dependencies = frozenset({"xep_0199"})

        def plugin_init(self) -> None:
            raise RuntimeError

    client = make()
    with pytest.raises(RuntimeError):
        client.plugin.register(Broken)
    assert asleep(client) == []
    del PLUGIN_REGISTRY["broken"]


def test_who_wakes_another_while_it_wakes(made: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The handlers of both stand where they would have."""
    client = make("xep_0199")
    client.register_handler(module_handler("between"))
    client.register_plugin("xep_9001")
    monkeypatch.setattr(Made, "plugin_init", lambda self: self.xmpp.plugin["xep_0199"] and None)
    assert client.plugin["xep_9001"]
    names = [each.name for each in client._handlers]
    assert [name for name in names if "ing" in name or name == "between"][-1] == "between"


async def test_waking_by_several_names_at_once() -> None:
    client = make("xep_0199", "xep_0092")
    client.plugin._wake_all(("xep_0199", "xep_0199", "xep_0092", "xep_9999"))
    assert client.plugin.awake("xep_0199")
    assert client.plugin.awake("xep_0092")
    assert client.faults == []


ACTIVE = "<message from='a@b/c'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>"


async def test_who_only_tells_sleeps_until_somebody_listens() -> None:
    client = make("xep_0085")
    wire = Wire(client)
    wire.receive(ACTIVE)
    assert asleep(client) == ["xep_0030", "xep_0085"]
    seen: list[str] = []
    client.add_event_handler("chatstate_active", lambda message: seen.append(message["chat_state"]))
    assert asleep(client) == ["xep_0030"]
    wire.receive(ACTIVE)
    assert seen == ["active"]


async def test_who_only_tells_is_awake_if_somebody_listens_already() -> None:
    client = make()
    client.add_event_handler("message_correction", print)
    client.register_plugin("xep_0308")
    assert client.plugin.awake("xep_0308")
    assert "xep_0308" not in asleep(client)


async def test_what_is_sent_wakes() -> None:
    client = make("xep_0184")
    wire = Wire(client)
    client.send_message("a@b/c", "no receipt, please")
    assert "xep_0184" in asleep(client)
    message = client.make_message("a@b/c", "a receipt, please")
    message.xml.append(ET.Element("{urn:xmpp:receipts}request"))
    message.send()
    assert client.plugin.awake("xep_0184")
    assert len(await wire.stanzas()) == 2
    assert (await client.plugin["xep_0184"].api["get_request"](message["to"], None, None, message["id"])) == "a@b/c"


def test_what_must_be_given_for_sleeping() -> None:
    client = make()
    client.use_message_ids = False
    client.register_plugin("xep_0308")
    assert client.plugin.awake("xep_0308")
    assert client.use_message_ids
    assert "xep_0308" in asleep(make("xep_0308"))
