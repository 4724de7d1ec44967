# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.services`: XEP-0030, XEP-0092, XEP-0199, and what has no service."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.version import __version__

CARBONS = "urn:xmpp:carbons:2"
INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
PING = "<ping xmlns='urn:xmpp:ping'/>"
VERSION = "<query xmlns='jabber:iq:version'/>"


def said(answer: Element) -> tuple[set[tuple[str, str]], set[str]]:
    """The identities and features of an answer."""
    query = answer[0]
    identities = {(each.get("category", ""), each.get("type", "")) for each in query.findall(f"{{{INFO}}}identity")}
    return identities, {each.get("var", "") for each in query.findall(f"{{{INFO}}}feature")}


def items(answer: Element) -> list[str]:
    return [each.get("jid", "") for each in answer[0]]


async def test_discovery_of_the_server(place: Any) -> None:
    alice = await place.login("alice", "a")
    identities, features = said(await alice.ask(f"<query xmlns='{INFO}'/>", to="localhost"))
    assert identities == {("server", "im")}
    assert features == {INFO, ITEMS, "urn:xmpp:ping", "jabber:iq:version", "jabber:iq:roster", CARBONS, "msgoffline"}
    assert items(await alice.ask(f"<query xmlns='{ITEMS}'/>", to="localhost")) == ["echo.localhost"]


@pytest.mark.parametrize("to", ["", "alice@localhost"])
async def test_discovery_of_the_own_account(place: Any, to: str) -> None:
    alice = await place.login("alice", "a")
    await place.login("alice", "b")
    identities, features = said(await alice.ask(f"<query xmlns='{INFO}'/>", to=to))
    assert identities == {("account", "registered")}
    assert features == {INFO, ITEMS, "urn:xmpp:ping", "jabber:iq:version"}
    assert items(await alice.ask(f"<query xmlns='{ITEMS}'/>", to=to)) == ["alice@localhost/a", "alice@localhost/b"]


async def test_discovery_of_other_accounts(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    for namespace in (INFO, ITEMS):
        answer = await alice.ask(f"<query xmlns='{namespace}'/>", to="bob@localhost")
        assert tools.brief(answer) == "iq[error] bob@localhost service-unavailable"
    await place.friends("alice", "bob")
    assert said(await alice.ask(f"<query xmlns='{INFO}'/>", to="bob@localhost"))[0] == {("account", "registered")}
    assert items(await alice.ask(f"<query xmlns='{ITEMS}'/>", to="bob@localhost")) == []


@pytest.mark.parametrize("namespace", [INFO, ITEMS])
async def test_there_are_no_nodes(place: Any, tools: Any, namespace: str) -> None:
    alice = await place.login("alice", "a")
    answer = await alice.ask(f"<query xmlns='{namespace}' node='n'/>", to="localhost")
    assert tools.brief(answer) == "iq[error] localhost item-not-found"


@pytest.mark.parametrize("to", ["", "localhost", "alice@localhost", "bob@localhost"])
async def test_ping(place: Any, to: str) -> None:
    alice = await place.login("alice", "a")
    answer = await alice.ask(PING, to=to)
    assert (answer.get("type"), len(answer), answer.get("from", "")) == ("result", 0, to)


async def test_version(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    for to in ("localhost", "alice@localhost"):
        answer = await alice.ask(VERSION, to=to)
        assert [(each.tag, each.text) for each in answer[0]] == [
            ("{jabber:iq:version}name", "xmppkit"),
            ("{jabber:iq:version}version", __version__),
        ]
    assert tools.brief(await alice.ask(VERSION, to="bob@localhost")) == "iq[error] bob@localhost service-unavailable"


async def test_a_session_is_one_already(place: Any) -> None:
    """RFC 3921 §3, whenever a client asks for it."""
    alice = await place.login("alice", "a", presence="<presence/>")
    session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
    assert (await alice.ask(session, kind="set")).get("type") == "result"


async def test_what_cannot_be_asked_for(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    assert tools.brief(await alice.ask(bind, kind="set")) == "iq[error] not-allowed"
    assert tools.brief(await alice.ask(PING, to="localhost", kind="set")) == "iq[error] localhost service-unavailable"


async def test_a_component_is_answered(place: Any, tools: Any) -> None:
    component = await place.component("echo.localhost")
    assert tools.brief(await component.ask(PING, to="localhost")) == "iq[result] localhost"
    answer = await component.ask(f"<query xmlns='{INFO}'/>", to="alice@localhost")
    assert tools.brief(answer) == "iq[error] alice@localhost service-unavailable"
