# SPDX-License-Identifier: MIT
"""Offering commands: step by step with handlers, as slixmpp's programs do."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, IqError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0050 import Command, CommandInfo, Offer
from xmppkit.plugins.xep_0050.stanza import COMMANDS
from xmppkit.settings import Settings
from xmppkit.testing import clock

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
THIEF = "thief@verona.lit/x"


@pytest.fixture
def offering(network: Any) -> Any:
    """Juliet's stream, which offers; Romeo and a thief are there."""
    network.join(ROMEO, "xep_0050")
    network.join(THIEF, "xep_0050")
    return network.join(JULIET, "xep_0050")


async def step(network: Any, who: str = ROMEO, **values: Any) -> Command:
    """Ask for one step, and give the answer's command."""
    plugin = network.stations[who].plugin["xep_0050"]
    answer = await plugin.send_command(JULIET, values.pop("node", "config"), **values)
    return answer["command"]


def form(kind: str = "submit", **values: str) -> Form:
    made = Form()
    made["type"] = kind
    made["values"] = values
    return made


def ask(iq: Any, session: Any, seen: list[Any]) -> Any:
    """Stage 1 of the XEP's example."""
    seen.append(("begin", iq["command"]["node"], session["from"], session["to"]))
    session["payload"] = form("form", service="")
    session["next"], session["has_next"] = partial(second, seen=seen), True
    session["cancel"] = partial(cancelled, seen=seen)
    return session


async def second(payload: Any, session: Any, seen: list[Any]) -> Any:
    seen.append(("second", payload["values"]["service"]))
    session["payload"] = [form("form", state="")]
    session["next"], session["has_next"] = partial(third, seen=seen), False
    session["prev"], session["allow_prev"] = partial(back, seen=seen), True
    return session


def back(payload: Any, session: Any, seen: list[Any]) -> Any:
    seen.append(("back", payload))
    session["allow_prev"], session["prev"] = False, None
    session["next"], session["has_next"] = partial(second, seen=seen), True
    session["payload"] = form("form", service="")
    return session


def third(payload: Any, session: Any, seen: list[Any]) -> None:
    seen.append(("third", payload["values"]["state"]))
    session["payload"] = None
    session["notes"] = [("info", "configured")]


def cancelled(iq: Any, session: Any, seen: list[Any]) -> None:
    seen.append(("cancelled", session["id"]))


async def test_stages(network: Any, offering: Any) -> None:
    """XEP-0050 §2.4.2"""
    seen: list[Any] = []
    told: list[str] = []
    for name in ("command", "command_execute", "command_next", "command_prev"):
        offering.add_event_handler(name, lambda iq, name=name: told.append(name))
    plugin = offering.plugin["xep_0050"]
    plugin.add_command(node="config", name="Configure", handler=partial(ask, seen=seen))
    one = await step(network)
    assert (one["status"], one["actions"], one["node"]) == ("executing", ["next"], "config")
    key = one["sessionid"]
    two = await step(network, sessionid=key, payload=form(service="httpd"))
    assert (two["status"], two["actions"], two["sessionid"]) == ("executing", ["prev", "complete"], key)
    again = await step(network, sessionid=key, action="prev")
    assert again["actions"] == ["next"]
    await step(network, sessionid=key, action="next", payload=[form(service="jabberd")])
    done = await step(network, sessionid=key, action="complete", payload=form(state="on"))
    assert (done["status"], done["notes"], len(done.payload_elements())) == ("completed", [("info", "configured")], 0)
    assert seen == [
        ("begin", "config", ROMEO, JULIET),
        ("second", "httpd"),
        ("back", []),
        ("second", "jabberd"),
        ("third", "on"),
    ]
    assert told == [
        each for action in ("execute", "execute", "prev", "next") for each in ("command", f"command_{action}")
    ] + ["command"]
    assert dict(plugin.sessions) == {}
    with pytest.raises(IqError, match="not-allowed") as caught:
        await step(network, sessionid=key)
    assert caught.value.iq.xml.find(f".//{{{COMMANDS}}}session-expired") is not None
    assert offering.faults == []


async def test_cancelling(network: Any, offering: Any) -> None:
    """XEP-0050 §2.4.3"""
    seen: list[Any] = []
    plugin = offering.plugin["xep_0050"]
    plugin.add_command(node="config", handler=partial(ask, seen=seen))
    key = (await step(network))["sessionid"]
    over = await step(network, sessionid=key, action="cancel")
    assert (over["status"], over["actions"]) == ("canceled", [])
    assert seen[-1] == ("cancelled", key)
    plugin.add_command(node="quiet", handler=lambda iq, session: {**session, "next": third})
    key = (await step(network, node="quiet"))["sessionid"]
    assert (await step(network, node="quiet", sessionid=key, action="cancel"))["status"] == "canceled"


@pytest.mark.parametrize(
    ("values", "condition", "specific"),
    [
        ({"node": "nowhere"}, "item-not-found", None),
        ({"node": ""}, "item-not-found", None),
        ({"action": "cancel"}, "bad-request", "bad-sessionid"),
        ({"action": "next", "sessionid": "made-up"}, "bad-request", "bad-sessionid"),
        ({"action": "prev", "sessionid": True}, "bad-request", "bad-action"),
        ({"action": "complete", "sessionid": True}, "bad-request", "bad-action"),
        ({"node": "other", "sessionid": True}, "bad-request", "bad-sessionid"),
    ],
)
async def test_what_cannot_be_done(
    network: Any, offering: Any, values: dict[str, Any], condition: str, specific: str | None
) -> None:
    """XEP-0050 §4.4"""
    offering.plugin["xep_0050"].add_command(node="config", handler=partial(ask, seen=[]))
    if values.get("sessionid") is True:
        values = {**values, "sessionid": (await step(network))["sessionid"]}
    with pytest.raises(IqError, match=condition) as caught:
        await step(network, **values)
    found = [child.tag for child in caught.value.iq.xml.find("{*}error")]
    assert (f"{{{COMMANDS}}}{specific}" in found) is (specific is not None)
    assert offering.faults == []


async def test_an_action_that_is_none(network: Any, offering: Any) -> None:
    romeo = network.stations[ROMEO]
    iq = romeo.make_iq_set(ito=JULIET)
    iq["command"]["node"] = "config"
    iq["command"].xml.set("action", "explode")
    with pytest.raises(IqError, match="bad-request") as caught:
        await iq.send()
    assert caught.value.iq.xml.find(f".//{{{COMMANDS}}}malformed-action") is not None


async def test_spoof_an_execution_is_its_beginners(network: Any, offering: Any) -> None:
    seen: list[Any] = []
    offering.plugin["xep_0050"].add_command(node="config", handler=partial(ask, seen=seen))
    key = (await step(network))["sessionid"]
    for action in ("execute", "cancel"):
        with pytest.raises(IqError, match="bad-request"):
            await step(network, THIEF, sessionid=key, action=action, payload=form(service="x"))
    assert [each[0] for each in seen] == ["begin"]
    assert (await step(network, sessionid=key, payload=form(service="y")))["status"] == "executing"
    await step(network, sessionid=key, action="cancel")
    with pytest.raises(IqError, match="bad-request"):  # not even whether it was there
        await step(network, THIEF, sessionid=key)


async def test_who_may(network: Any, offering: Any) -> None:
    plugin = offering.plugin["xep_0050"]

    async def friends(jid: JID) -> bool:
        return jid.domain == "montague.lit"

    def run(iq: Any, session: Any) -> None:
        session["notes"] = [("info", "done")]

    for node, allow in (("a", ["montague.lit"]), ("b", [JID(ROMEO).bare]), ("c", friends), ("d", [JID(ROMEO)])):
        plugin.add_command(node=node, name=node.upper(), handler=run, allow=allow)
        assert (await step(network, node=node))["notes"] == [("info", "done")]
        with pytest.raises(IqError, match="forbidden"):
            await step(network, THIEF, node=node)
    plugin.add_command(node="open", handler=run)
    assert (await step(network, THIEF, node="open"))["status"] == "completed"
    ask_romeo, ask_thief = (network.stations[each].plugin["xep_0050"] for each in (ROMEO, THIEF))
    assert await ask_thief.list_commands(JULIET) == [CommandInfo("open", "")]
    assert CommandInfo("a", "A") in await ask_romeo.list_commands(JULIET)
    offering.settings = Settings.strict()
    with pytest.raises(IqError, match="forbidden"):
        await step(network, THIEF, node="open")
    with pytest.raises(IqError, match="service-unavailable"):  # strangers are not even told that somebody is there
        await ask_thief.list_commands(JULIET)


async def test_disco(network: Any, offering: Any) -> None:
    """XEP-0050 §2.2"""
    plugin, disco = offering.plugin["xep_0050"], network.stations[ROMEO].plugin["xep_0030"]
    plugin.add_command(node="config", name="Configure Service", handler=partial(ask, seen=[]), allow=[JID(ROMEO).bare])
    assert await disco.supports(JULIET, feature=COMMANDS)
    listed = (await disco.get_info(JULIET, COMMANDS))["disco_info"]
    assert {each[:2] for each in listed["identities"]} == {("automation", "command-list")}
    one = (await disco.get_info(JULIET, "config"))["disco_info"]
    assert {each[:2] for each in one["identities"]} == {("automation", "command-node")}
    assert one["features"] == {COMMANDS, "jabber:x:data"}
    with pytest.raises(IqError, match="forbidden"):
        await network.stations[THIEF].plugin["xep_0030"].get_info(JULIET, "config")
    assert (await disco.get_items(JULIET, COMMANDS))["disco_items"]["items"] == {
        (JULIET, "config", "Configure Service")
    }
    plugin.remove("config")
    plugin.remove("config")
    with pytest.raises(IqError, match="item-not-found"):
        await disco.get_info(JULIET, "config", cached=False)
    assert (await disco.get_items(JULIET, COMMANDS))["disco_items"]["items"] == set()


async def test_spoof_items_of_somebody_else(network: Any, offering: Any) -> None:
    assert offering.plugin["xep_0050"].commands == {}
    disco = offering.plugin["xep_0030"]
    disco.set_node_handler("get_items", None, COMMANDS, None)
    await disco.add_item(jid="bank@verona.lit", name="Pay", node=COMMANDS, subnode="pay")
    await disco.add_item(jid=JULIET, name="Own", node=COMMANDS, subnode="own")
    disco.del_node_handler("get_items", None, COMMANDS)
    assert await network.stations[ROMEO].plugin["xep_0050"].list_commands(JULIET) == [CommandInfo("own", "Own")]


async def test_errors_of_handlers(network: Any, offering: Any) -> None:
    plugin = offering.plugin["xep_0050"]

    def refuse(iq: Any, session: Any) -> None:
        raise XMPPError("conflict", "not now")

    def fail(iq: Any, session: Any) -> None:
        raise RuntimeError("a secret")

    def first(iq: Any, session: Any) -> Any:
        session["next"] = picky
        return session

    def picky(payload: Any, session: Any) -> None:
        if payload["values"]["x"] != "right":
            raise XMPPError("not-acceptable", "try again")

    plugin.add_command(node="refuse", handler=refuse)
    plugin.add_command(node="fail", handler=fail)
    plugin.add_command(node="picky", handler=first)
    with pytest.raises(IqError, match="conflict"):
        await step(network, node="refuse")
    with pytest.raises(IqError) as caught:
        await step(network, node="fail")
    assert "secret" not in str(caught.value)
    assert dict(plugin.sessions) == {}
    assert [type(fault) for fault in offering.faults] == [RuntimeError]
    key = (await step(network, node="picky"))["sessionid"]
    for _ in range(2):
        with pytest.raises(IqError, match="try again"):
            await step(network, node="picky", sessionid=key, payload=form(x="wrong"))
    assert (await step(network, node="picky", sessionid=key, payload=form(x="right")))["status"] == "completed"


async def test_no_more_than_so_many(network: Any) -> None:
    network.join(ROMEO, "xep_0050")
    juliet = network.join(JULIET, "xep_0050", xep_0050={"max_sessions": 2})
    juliet.plugin["xep_0050"].add_command(node="config", handler=partial(ask, seen=[]))
    keys = [(await step(network))["sessionid"] for _ in range(2)]
    with pytest.raises(IqError, match="resource-constraint"):
        await step(network)
    await step(network, sessionid=keys[0], action="cancel")
    assert (await step(network))["status"] == "executing"


def test_they_end_when_nothing_comes(network: Any) -> None:
    late: list[Any] = []

    async def main() -> None:
        network.join(ROMEO, "xep_0050")
        plugin = network.join(JULIET, "xep_0050", xep_0050={"session_timeout": 100.0}).plugin["xep_0050"]

        async def too_late(iq: Any, session: Any) -> None:
            late.append((iq["from"], session["node"]))

        plugin.add_command(node="config", handler=partial(ask, seen=[]), timeout=10, timeout_handler=too_late)
        plugin.add_command(node="slow", handler=partial(ask, seen=[]))
        key = (await step(network))["sessionid"]
        slow = (await step(network, node="slow"))["sessionid"]
        await asyncio.sleep(9)
        await step(network, sessionid=key, payload=form(service="x"))
        await asyncio.sleep(9)
        assert key in plugin.sessions
        await asyncio.sleep(2)
        assert late == [(ROMEO, "config")]
        assert list(plugin.sessions) == [slow]
        with pytest.raises(IqError, match="not-allowed"):
            await step(network, sessionid=key)
        await asyncio.sleep(100)
        assert dict(plugin.sessions) == {}

    clock.run(main())


def test_a_step_that_takes_long_does_not_end_it(network: Any) -> None:
    """The other side is not late while it waits for us."""

    async def first(iq: Any, session: Any) -> Any:
        session["next"], session["has_next"] = slow, True
        return session

    async def slow(payload: Any, session: Any) -> Any:
        await asyncio.sleep(20)
        if payload["values"]["x"] != "right":
            raise XMPPError("not-acceptable", "try again")
        session["next"], session["has_next"] = third, False
        return session

    async def main() -> None:
        network.join(ROMEO, "xep_0050")
        plugin = network.join(JULIET, "xep_0050").plugin["xep_0050"]
        plugin.add_command(node="config", handler=first, timeout=10)
        key = (await step(network))["sessionid"]
        with pytest.raises(IqError, match="try again"):
            await step(network, sessionid=key, payload=form(x="wrong"))
        assert (await step(network, sessionid=key, payload=form(x="right")))["status"] == "executing"
        await asyncio.sleep(11)
        assert dict(plugin.sessions) == {}
        key = (await step(network))["sessionid"]
        with pytest.raises(IqError, match="try again"):
            await step(network, sessionid=key, payload=form(x="wrong"))
        await asyncio.sleep(11)
        assert dict(plugin.sessions) == {}, "after an error too"

    clock.run(main())


async def test_disabling_ends_a_step_that_is_being_done(network: Any, offering: Any) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(iq: Any, session: Any) -> Any:
        began.set()
        await go.wait()
        if session["payload"] is not None:
            raise XMPPError("conflict", "not now")
        return session

    offering.plugin["xep_0050"].add_command(node="slow", handler=slow)
    asked = [asyncio.ensure_future(step(network, node="slow", payload=payload)) for payload in (None, form(x="y"))]
    await began.wait()
    await offering.settle()
    offering.plugin.disable("xep_0050")
    go.set()
    for answer, condition in zip(asked, ("not-allowed", "conflict"), strict=True):
        with pytest.raises(IqError, match=condition):
            await answer
    assert offering.faults == []


async def test_what_is_remembered_of_the_ended_is_bounded(
    network: Any, offering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0050.provider.ENDED", 1)
    offering.plugin["xep_0050"].add_command(node="x", handler=lambda iq, session: None)
    keys = [(await step(network, node="x"))["sessionid"] for _ in range(2)]
    for key, condition in zip(keys, ("bad-request", "not-allowed"), strict=True):
        with pytest.raises(IqError, match=condition):
            await step(network, node="x", sessionid=key)


async def test_two_requests_at_once_are_done_in_turn(network: Any, offering: Any) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(payload: Any, session: Any) -> None:
        began.set()
        await go.wait()

    offering.plugin["xep_0050"].add_command(node="x", handler=lambda iq, session: {**session, "next": slow})
    key = (await step(network, node="x"))["sessionid"]
    first = asyncio.ensure_future(step(network, node="x", sessionid=key))
    await began.wait()
    second_one = asyncio.ensure_future(step(network, node="x", sessionid=key))
    await network.stations[ROMEO].settle()
    go.set()
    assert (await first)["status"] == "completed"
    with pytest.raises(IqError, match="not-allowed"):
        await second_one


async def test_components_offer_by_address(network: Any) -> None:
    network.join(ROMEO, "xep_0050")
    plugin = network.join("shop.lit", "xep_0050", component=True).plugin["xep_0050"]
    plugin.add_command("tea@shop.lit", "brew", "Brew", lambda iq, session: {**session, "notes": [("info", "tea")]})
    romeo = network.stations[ROMEO].plugin["xep_0050"]
    answer = await romeo.send_command("tea@shop.lit", "brew")
    assert (answer["from"], answer["command"]["notes"]) == ("tea@shop.lit", [("info", "tea")])
    with pytest.raises(IqError, match="item-not-found"):
        await romeo.send_command("coffee@shop.lit", "brew")
    assert await romeo.list_commands("tea@shop.lit") == [CommandInfo("brew", "Brew")]


async def test_the_programs_own_operations(network: Any, offering: Any) -> None:
    plugin = offering.plugin["xep_0050"]

    async def own(jid: Any, node: Any, ifrom: Any, args: Any) -> Any:
        return ("Own", lambda iq, session: {**session, "notes": [("warn", node)]}) if node == "mine" else (None, None)

    plugin.api.register(own, "get_command")
    assert (await step(network, node="mine"))["notes"] == [("warn", "mine")]
    with pytest.raises(IqError, match="item-not-found"):
        await step(network, node="other")
    await plugin.api["set_command"]("", "plain", None, ("Plain", lambda iq, session: None))
    assert isinstance(plugin.commands["", "plain"], Offer)


async def test_another_place_for_executions(network: Any) -> None:
    kept: dict[str, Any] = {}
    network.join(ROMEO, "xep_0050")
    plugin = network.join(JULIET, "xep_0050", xep_0050={"session_db": kept}).plugin["xep_0050"]
    plugin.prep_handlers([ask])
    plugin.add_command(node="config", handler=partial(ask, seen=[]))
    key = (await step(network))["sessionid"]
    assert list(kept) == [key]
    kept.clear()  # as a place may that forgets
    with pytest.raises(IqError, match="not-allowed"):
        await step(network, sessionid=key)
    other: dict[str, Any] = {}
    plugin.set_backend(other)
    assert (await step(network))["sessionid"] in other


def test_a_command_needs_a_node_and_a_handler(offering: Any) -> None:
    plugin = offering.plugin["xep_0050"]
    for values in ({"node": "x"}, {"handler": print}):
        with pytest.raises(ConfigurationError, match="node and a handler"):
            plugin.add_command(**values)


async def test_nothing_is_left(network: Any, offering: Any) -> None:
    plugin, disco = offering.plugin["xep_0050"], network.stations[ROMEO].plugin["xep_0030"]
    plugin.add_command(node="config", handler=partial(ask, seen=[]))
    await step(network)
    offering.plugin.disable("xep_0050")
    assert (dict(plugin.sessions), plugin.commands) == ({}, {})
    for node in ("config", COMMANDS):
        with pytest.raises(IqError, match="item-not-found"):
            await disco.get_info(JULIET, node, cached=False)
