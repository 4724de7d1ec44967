# SPDX-License-Identifier: MIT
"""ComponentXMPP: namespaces, senders, where it connects."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConnectionRefused, XMPPError
from xmppkit.roster import multi
from xmppkit.testing.wire import Wire
from xmppkit.xmlstream.xmlstream import MANY_TASKS


def make(**kwargs: Any) -> ComponentXMPP:
    component = ComponentXMPP("echo.localhost", "secret", **kwargs)
    component.auto_reconnect = False
    return component


async def test_replies_come_from_the_address_that_was_asked() -> None:
    component = make()
    wire = Wire(component)
    component.add_event_handler("message", lambda m: m.reply("again").send())
    wire.receive("<message from='a@localhost/x' to='me@echo.localhost'><body>x</body></message>")
    (answer,) = await wire.stanzas()
    assert (answer.get("from"), answer.get("to")) == ("me@echo.localhost", "a@localhost/x")
    assert answer.tag == "{jabber:component:accept}message"
    await wire.end()


async def test_errors_are_in_the_streams_namespace() -> None:
    component = make(fix_error_ns=True)
    wire = Wire(component)

    def refuse(message: object) -> None:
        raise XMPPError("forbidden")

    component.add_event_handler("message", refuse)
    wire.receive("<message from='a@localhost/x' to='me@echo.localhost'><body>x</body></message>")
    assert '<error type="auth"><forbidden' in await wire.sent()
    await wire.end()


async def test_stanzas_of_jabber_client_are_put_into_the_streams_namespace() -> None:
    component = make()
    wire = Wire(component)
    inner = "<message xmlns='jabber:client'><body>inner</body></message>"
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"
    xml = f"<message xmlns='jabber:client' from='a@localhost'><body>outer</body>{forwarded}</message>"
    element = component.incoming_filter(ET.fromstring(xml))
    assert element.tag == "{jabber:component:accept}message"
    assert element[0].tag == "{jabber:component:accept}body"
    assert element[1][0].tag == "{jabber:client}message", "what is forwarded stays as it is"
    await wire.end()


async def test_a_component_may_speak_jabber_client() -> None:
    component = make(use_jc_ns=True)
    assert component.default_ns == "jabber:client"
    wire = Wire(component)
    bodies: list[str] = []
    component.add_event_handler("message", lambda m: bodies.append(m["body"]))
    wire.receive("<message from='a@localhost' to='x@echo.localhost'><body>x</body></message>")
    assert bodies == ["x"]
    await wire.end()


async def test_presence_says_who_it_is_from() -> None:
    component = make()
    wire = Wire(component)
    component.send_presence(pto="a@localhost")
    component.send_presence(pto="a@localhost", pfrom="me@echo.localhost")
    first, second = await wire.stanzas()
    assert first.get("from") == "echo.localhost"
    assert second.get("from") == "me@echo.localhost"
    await wire.end()


async def test_whatever_names_no_sender_is_from_the_component() -> None:
    component = make()
    wire = Wire(component)
    component.make_iq_get("urn:x", ito="a@localhost").send()
    component.send_message("a@localhost", "x")
    component.send_message("a@localhost", "x", mfrom="me@echo.localhost")
    component.send(ET.Element("{jabber:component:accept}presence", {"to": "a@localhost"}))
    component.send(ET.Element("{urn:x}other"))
    *stanzas, other = await wire.stanzas()
    own = "echo.localhost"
    assert [each.get("from") for each in stanzas] == [own, own, "me@echo.localhost", own]
    assert other.get("from") is None
    await wire.end()


@pytest.mark.parametrize(
    ("given", "called", "expected"),
    [
        (("h", 1), (None, None), ("h", 1)),
        ((None, None), (None, None), ("echo.localhost", 5347)),
        (("h", 1), ("g", 2), ("g", 2)),
    ],
)
async def test_where_it_connects(
    given: tuple[str | None, int | None], called: tuple[str | None, int | None], expected: tuple[str, int]
) -> None:
    component = make(host=given[0], port=given[1])
    assert not component.is_connecting()
    attempt = component.connect(*called)
    assert component.is_connecting()
    assert component.custom_address == expected
    component.cancel_connection_attempt()
    with pytest.raises(asyncio.CancelledError):
        await attempt


async def test_a_refused_port_is_one_clear_error(unused_tcp_port: int) -> None:
    component = make(host="127.0.0.1", port=unused_tcp_port)
    with pytest.raises(ConnectionRefused, match=str(unused_tcp_port)):
        async with component:
            raise AssertionError("it cannot be connected")


# --- thousands of addresses -------------------------------------------------------------------------------------


class Shelf:
    """A roster backend in a dict, to be awaited; it can fail, and it can be slow."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.saved: list[tuple[str, str]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def entries(self, owner: str, db_state: Any) -> list[str]:
        await self.open.wait()
        return [jid for own, jid in self.rows if own == owner]

    async def load(self, owner: str, jid: str, db_state: Any) -> Any:
        await self.open.wait()
        return self.rows.get((owner, jid))

    async def save(self, owner: str, jid: str, state: dict[str, Any], db_state: Any) -> None:
        await self.open.wait()
        if state["name"] == "unsaveable":
            raise OSError("the disk is full")
        self.rows[owner, jid] = state
        self.saved.append((jid, state["subscription"]))


async def test_thousands_of_own_addresses_have_contacts() -> None:
    component = make()
    wire = Wire(component)
    component.auto_authorize, component.auto_subscribe = True, True
    number = 5000
    answers: list[Any] = []

    async def receive(attributes: str) -> None:
        for start in range(0, number, 500):
            numbers = range(start, start + 500)
            wire.receive(*[f"<presence {attributes} />".replace("#", str(n)) for n in numbers])
            answers.extend((each.get("from"), each.get("to"), each.get("type")) for each in await wire.stanzas())

    await receive("from='a#@x.org' to='u#@echo.localhost' type='subscribe'")
    assert len(component.roster) == number + 1
    for n in (0, 1, 2500, number - 1):
        node = component.roster[f"u{n}@echo.localhost"]
        assert node[f"a{n}@x.org"]["from"]
        mine = [kind for sender, to, kind in answers if (sender, to) == (f"u{n}@echo.localhost", f"a{n}@x.org")]
        assert mine == ["subscribed", None, "subscribe"]
    await receive("from='a#@x.org' to='u#@echo.localhost' type='subscribed'")
    await receive("from='a#@x.org/r' to='u#@echo.localhost'")
    node = component.roster["u7@echo.localhost"]
    assert (node["a7@x.org"]["subscription"], list(node.presence("a7@x.org"))) == ("both", ["r"])
    node.send_presence(pshow="away")
    wire.receive(*[f"<presence from='a{n}@x.org/r' to='u{n}@echo.localhost' type='probe'/>" for n in (7, 8)])
    _, seventh, eighth = await wire.stanzas()
    assert (seventh.get("from"), seventh.findtext("{jabber:component:accept}show")) == ("u7@echo.localhost", "away")
    assert (eighth.get("from"), eighth.get("type")) == ("u8@echo.localhost", None)
    component.abort()
    await wire.end()


@pytest.mark.parametrize("kind", ["", "type='subscribe'", "type='probe'", "type='unavailable'", "type='unsubscribe'"])
async def test_strangers_cannot_make_it_remember_ever_more_addresses(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multi, "MAX_PASSING", 500)
    component = make()
    wire = Wire(component)
    component.add_event_handler("presence_available", lambda presence: presence.reply().send())
    component.roster["mine@echo.localhost"].add("friend@x.org", ato=True)
    wire.receive("<presence from='friend@x.org/r' to='mine@echo.localhost'/>")
    for turn in range(3):
        for n in range(500):
            wire.receive(f"<presence from='evil{n % 7}@x.org/{turn}' to='v{turn}-{n}@echo.localhost' {kind}/>")
        await wire.sent()
    assert sorted(component.roster) == ["echo.localhost", "mine@echo.localhost"]
    assert len(component.roster._passing) == 500
    assert len(component.roster._strangers) <= 2 * 500
    assert list(component.roster["mine@echo.localhost"].presence("friend@x.org")) == ["r"], "who is known is kept"
    component.abort()
    await wire.end()


async def test_a_roster_backend_may_be_slow_and_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    component, shelf = make(), Shelf()
    errors: list[BaseException] = []
    monkeypatch.setattr(component, "exception", errors.append)
    shelf.rows["u@echo.localhost", "old@x.org"] = {"name": "Old", "subscription": "to"}
    component.roster.set_backend(shelf)
    component.auto_authorize = True
    component.auto_subscribe = False
    wire = Wire(component)
    shelf.open.clear()
    node = component.roster["u@echo.localhost"]
    node["old@x.org"]["groups"] = ["Friends"]
    node["old@x.org"].save()
    node.add("unsaveable@x.org", "unsaveable", save=True)
    wire.receive("<presence from='new@x.org' to='u@echo.localhost' type='subscribe'/>")
    assert shelf.saved == []
    shelf.open.set()
    await component.roster.settled()
    assert [str(error) for error in errors] == ["the disk is full"]
    assert shelf.saved == [("old@x.org", "to"), ("new@x.org", "from")]
    old = shelf.rows["u@echo.localhost", "old@x.org"]
    assert (old["name"], old["groups"]) == ("Old", ["Friends"])
    await wire.end()


@pytest.mark.parametrize("hangs", [False, True])
async def test_what_is_to_be_saved_outlives_the_stream(
    hangs: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppkit.basexmpp._SAVING", 0.01 if hangs else 10.0)
    component, shelf = make(), Shelf()
    wire = Wire(component)
    component.roster.set_backend(shelf)
    shelf.open.clear()
    component.roster["u@echo.localhost"].add("last@x.org", ato=True, save=True)
    component.abort()
    await wire.end()
    if not hangs:
        component.loop.call_later(0.01, shelf.open.set)
    await component.__aexit__(None, None, None)
    assert shelf.saved == ([] if hangs else [("last@x.org", "to")])
    assert ("backend has not saved" in caplog.text) is hangs


async def test_who_is_faster_than_the_backend_has_to_wait() -> None:
    component, shelf = make(), Shelf()
    wire = Wire(component)
    component.roster.set_backend(shelf)
    await component.roster.settled()
    shelf.open.clear()
    for number in range(MANY_TASKS + 5):
        wire.receive(f"<presence from='evil@x.org/r' to='v{number}@echo.localhost'/>")
    assert not wire.transport.reading
    assert component.roster.backlog <= MANY_TASKS
    shelf.open.set()
    await component.roster.settled()
    assert wire.transport.reading
    assert component.roster.backlog == 0
    await wire.end()
