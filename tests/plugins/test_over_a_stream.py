# SPDX-License-Identifier: MIT
"""The first plugins on real streams: what a server sends, and what comes back. The requests are those of the XEPs."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.testing import clock
from xmppkit.testing.wire import Wire
from xmppkit.version import __version__

JULIET = "juliet@capulet.lit/balcony"
PLUGINS = ("xep_0030", "xep_0092", "xep_0199", "xep_0231")
FEATURES = {"http://jabber.org/protocol/disco#info", "jabber:iq:version", "urn:xmpp:ping", "urn:xmpp:bob"}
INFO = "http://jabber.org/protocol/disco#info"


def make(kind: str) -> Wire:
    """A session with the plugins: of a client, or of a component."""
    stream = ClientXMPP(JULIET, "secret", lang=None) if kind == "client" else ComponentXMPP("capulet.lit", "secret")
    stream.auto_reconnect = False
    stream.plugin_whitelist = list(PLUGINS)
    stream.register_plugins()
    return Wire(stream, JULIET if kind == "client" else None)


@pytest.fixture(params=["client", "component"])
async def wire(request: pytest.FixtureRequest) -> Wire:
    return make(request.param)


async def ask(wire: Wire, payload: str, kind: str = "get") -> ET.Element:
    """The answer to a request of Romeo's."""
    wire.receive(f"<iq from='romeo@montague.lit/home' to='{JULIET}' id='x1' type='{kind}'>{payload}</iq>")
    (answer,) = await wire.stanzas()
    assert (answer.get("id"), answer.get("to")) == ("x1", "romeo@montague.lit/home")
    # A component says who answers; a client leaves that to its server.
    assert answer.get("from") == (JULIET if wire.stream.is_component else None)
    return answer


async def test_ping(wire: Wire) -> None:
    answer = await ask(wire, "<ping xmlns='urn:xmpp:ping'/>")
    assert (answer.get("type"), len(answer)) == ("result", 0)
    await wire.end()


async def test_version(wire: Wire) -> None:
    answer = await ask(wire, "<query xmlns='jabber:iq:version'/>")
    (query,) = answer
    assert [(child.tag, child.text) for child in query] == [
        ("{jabber:iq:version}name", "xmppkit"),
        ("{jabber:iq:version}version", __version__),
    ]
    await wire.end()


async def test_disco(wire: Wire) -> None:
    if wire.stream.is_component:
        # What a component says of itself is not what it says of all its addresses.
        for feature in FEATURES:
            wire.stream.plugin["xep_0030"].add_feature(feature, jid=JULIET)
    answer = await ask(wire, f"<query xmlns='{INFO}'/>")
    (query,) = answer
    assert query.tag == f"{{{INFO}}}query"
    assert {child.get("var") for child in query.findall(f"{{{INFO}}}feature")} == FEATURES
    (identity,) = query.findall(f"{{{INFO}}}identity")
    expected = ("component", "generic") if wire.stream.is_component else ("client", "bot")
    assert (identity.get("category"), identity.get("type")) == expected
    answer = await ask(wire, f"<query xmlns='{INFO}' node='nowhere'/>")
    error = answer.find("{*}error")
    assert error is not None
    assert [child.tag for child in error] == ["{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found"]
    await wire.end()


async def test_bits_of_binary(wire: Wire) -> None:
    cid = await wire.stream.plugin["xep_0231"].set_bob(b"coucou", "text/plain", max_age=86400)
    answer = await ask(wire, f"<data xmlns='urn:xmpp:bob' cid='{cid}'/>")
    (data,) = answer
    assert (data.tag, data.attrib, data.text) == (
        "{urn:xmpp:bob}data",
        {"cid": cid, "max-age": "86400", "type": "text/plain"},
        "Y291Y291",
    )
    for unknown in ("../../etc/passwd", cid.replace("5", "6")):
        answer = await ask(wire, f"<data xmlns='urn:xmpp:bob' cid='{unknown}'/>")
        assert answer.get("type") == "error"
        assert answer.find("{*}error/{*}item-not-found") is not None
    await wire.end()


async def test_asking_for_bits_of_binary(wire: Wire) -> None:
    future = asyncio.ensure_future(
        wire.stream.plugin["xep_0231"].get_bob(
            "romeo@montague.lit/home", "sha1+5ed25af7b1ed23fb00122e13d7f74c4d8262acd8@bob.xmpp.org", ifrom=JULIET
        )
    )
    (request,) = await wire.stanzas()
    (data,) = request
    wire.receive(
        f"<iq type='result' id='{request.get('id')}' from='romeo@montague.lit/home' to='{JULIET}'>"
        f"<data xmlns='urn:xmpp:bob' cid='{data.get('cid')}' type='text/plain'>Y291Y291</data></iq>"
    )
    assert (await future)["bob"]["data"] == b"coucou"
    await wire.end()


def test_a_silent_server_is_left() -> None:
    async def main() -> None:
        wire = make("client")
        events: list[Any] = []
        wire.stream.add_event_handler("disconnected", events.append)
        wire.stream.connect = lambda *_: None  # type: ignore[method-assign]
        wire.stream._connect = lambda **_: events.append("connecting")
        wire.stream.plugin["xep_0199"].enable_keepalive(interval=60, timeout=10)
        await asyncio.sleep(61)
        (ping,) = [each for each in await wire.stanzas() if each.tag.endswith("}iq")]
        assert ping.get("to") == "capulet.lit"
        await asyncio.sleep(10)
        await asyncio.sleep(0)
        assert "</stream:stream>" in await wire.sent()
        await wire.end()
        assert events[-1] == "connecting"
        assert not wire.stream.scheduled_events

    clock.run(main())
