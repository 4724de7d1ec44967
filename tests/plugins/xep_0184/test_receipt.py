# SPDX-License-Identifier: MIT
"""Receipts: the wire, giving, asking, and whose are believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0184 import Received, Request
from xmppkit.plugins.xep_0184 import receipt as module
from xmppkit.settings import Settings
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
ROOM = "verona@chat.lit"
NS = "urn:xmpp:receipts"
ASK = f"<request xmlns='{NS}'/>"


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Romeo's client."""
    client = ClientXMPP(ROMEO, "secret", lang=None)
    client.auto_reconnect = False
    client.register_plugin("xep_0184")
    made = Wire(client)
    yield made
    await made.end()


def receipt(id_: str = "m1", sender: str = JULIET, kind: str = "chat") -> str:
    return f"<message from='{sender}' type='{kind}' to='{ROMEO}'><received xmlns='{NS}' id='{id_}'/></message>"


def ask(sender: str = JULIET, kind: str = "chat", more: str = "", id_: str = "id='m1'") -> str:
    return f"<message from='{sender}' to='{ROMEO}' type='{kind}' {id_}><body>hello</body>{ASK}{more}</message>"


def told(wire: Wire) -> list[Any]:
    found: list[Any] = []
    wire.stream.add_event_handler(
        "receipt_received", lambda message: found.append((message["from"], message["receipt"]))
    )
    return found


def send(wire: Wire, to: str = JULIET, id_: str = "m1", kind: str = "chat") -> None:
    message = wire.stream.make_message(to, "hello", mtype=kind)
    message["request_receipt"], message["id"] = True, id_
    message.send()


def join(wire: Wire) -> None:
    """Make it believe that the room is joined."""

    class Rooms:
        def is_heard(self, stanza: Any) -> bool:
            return bool(stanza["from"].bare == ROOM)

    plugins = wire.stream.plugin
    original = plugins.get
    plugins.get = lambda name, default=None: Rooms() if name == "xep_0045" else original(name, default)  # type: ignore[method-assign]


def test_the_wire() -> None:
    message = Message()
    assert (message["request_receipt"], message["receipt"]) == (False, "")
    assert Request.of(message) is None
    message["request_receipt"] = True
    message["receipt"] = "m1"
    assert [(child.tag, child.attrib) for child in message.xml] == [
        (f"{{{NS}}}request", {}),
        (f"{{{NS}}}received", {"id": "m1"}),
    ]
    found = Received.of(message)
    assert found is not None
    assert (found.receipt, message["receipt"], message["request_receipt"]) == ("m1", "m1", True)
    message["request_receipt"] = False
    del message["receipt"]
    assert len(message.xml) == 0


# --- giving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["chat", "normal", "headline"])
async def test_who_asks_gets_a_receipt(wire: Wire, kind: str) -> None:
    wire.receive(ask(kind=kind))
    (answer,) = await wire.stanzas()
    assert (answer.get("to"), answer.get("type", "normal"), answer.get("from")) == (JULIET, kind, None)
    assert [(child.tag, child.attrib) for child in answer] == [(f"{{{NS}}}received", {"id": "m1"})]
    assert answer.get("id") != "m1"


@pytest.mark.parametrize(
    "text",
    [
        ask(kind="groupchat"),
        ask(kind="error"),
        ask(more=f"<received xmlns='{NS}' id='m0'/>"),
        ask(id_=""),
    ],
)
async def test_who_gets_none(wire: Wire, text: str) -> None:
    wire.receive(text)
    assert await wire.stanzas() == []


@pytest.mark.parametrize("more", ["", ASK])
async def test_what_comes_twice_is_confirmed_twice(wire: Wire, more: str) -> None:
    """It was sent again because the receipt was lost; the program is given it once."""
    assert wire.stream.plugin["xep_0184"].auto_ack
    messages: list[Message] = []
    wire.stream.add_event_handler("message", messages.append)
    wire.stream.drop_doubles()
    text = (
        f"<message from='{JULIET}' to='{ROMEO}' type='chat' id='m1'><body>hello</body>{more}"
        "<origin-id xmlns='urn:xmpp:sid:0' id='m1'/></message>"
    )
    wire.receive(text, text)
    answers = [each for each in await wire.stanzas() if each.tag.endswith("message")]
    assert [child.get("id") for each in answers for child in each] == ["m1", "m1"] * bool(more)
    assert len(messages) == 1


async def test_what_came_to_an_earlier_process_is_confirmed(wire: Wire) -> None:
    """Nothing has woken the plugin before."""
    wire.stream.drop_doubles()
    doubles = wire.stream._doubles
    assert doubles is not None
    text = ask(more="<origin-id xmlns='urn:xmpp:sid:0' id='m1'/>")
    doubles.filter(Message(xml=fromstring(text.replace("<message", "<message xmlns='jabber:client'"))))
    assert not wire.stream.plugin.awake("xep_0184")
    wire.receive(text)
    (answer,) = await wire.stanzas()
    assert [child.get("id") for child in answer] == ["m1"]


async def test_by_hand(wire: Wire) -> None:
    plugin = wire.stream.plugin["xep_0184"]
    plugin.auto_ack = False
    messages: list[Message] = []
    wire.stream.add_event_handler("message", messages.append)
    wire.stream.add_event_handler("groupchat_message", messages.append)
    wire.receive(ask(), ask(f"{ROOM}/nick", "groupchat"))
    assert await wire.stanzas() == []
    for message in messages:
        plugin.ack(message)
    assert [(each.get("to"), each.get("type")) for each in await wire.stanzas()] == [
        (JULIET, "chat"),
        (ROOM, "groupchat"),
    ]
    with pytest.raises(InvalidValue, match="id"):
        plugin.ack(Message())


async def test_strangers(wire: Wire) -> None:
    """XEP-0184 §8"""
    wire.stream.settings = Settings.strict()
    wire.receive(ask())
    assert await wire.stanzas() == []
    wire.stream.client_roster.add("juliet@capulet.lit", afrom=True)
    wire.receive(ask(), ask("romeo@montague.lit/other"))
    assert len(await wire.stanzas()) == 2


async def test_a_component_says_who_it_is() -> None:
    component = ComponentXMPP("montague.lit", "secret")
    component.auto_reconnect = False
    component.register_plugin("xep_0184")
    wire = Wire(component)
    wire.receive(ask())
    (answer,) = await wire.stanzas()
    assert (answer.get("from"), answer.get("to")) == (ROMEO, JULIET)
    found = told(wire)
    message = component.make_message(JULIET, "hello", mfrom=ROMEO)
    message["request_receipt"], message["id"] = True, "m1"
    message.send()
    wire.receive(receipt().replace(ROMEO, "paris@montague.lit"), receipt())
    await wire.sent()
    assert found == [(JULIET, "m1")]
    answer = component.make_message(ROMEO, mfrom=JULIET)
    answer["receipt"] = "m1"
    assert component.plugin["xep_0184"].applies(message, answer)
    answer["to"] = "paris@montague.lit"
    assert not component.plugin["xep_0184"].applies(message, answer)
    await wire.end()


# --- getting ----------------------------------------------------------------------------------------------


async def test_a_receipt(wire: Wire) -> None:
    found = told(wire)
    send(wire)
    (message,) = await wire.stanzas()
    assert message.find(f"{{{NS}}}request") is not None
    wire.receive(receipt(), receipt(sender="juliet@capulet.lit/balcony", kind="normal"))
    await wire.sent()
    assert found == [(JULIET, "m1"), ("juliet@capulet.lit/balcony", "m1")]


async def test_a_message_with_a_receipt_has_an_id(wire: Wire) -> None:
    wire.stream.use_message_ids = False
    found = told(wire)
    send(wire, id_="")
    (message,) = await wire.stanzas()
    wire.receive(receipt(message.get("id", "")))
    await wire.sent()
    assert found == [(JULIET, message.get("id"))]


async def test_receipts_of_the_own_account(wire: Wire) -> None:
    found = told(wire)
    message = wire.stream.Message()
    message["request_receipt"], message["id"] = True, "m1"
    message.send()
    wire.receive(receipt(sender="romeo@montague.lit/other"), receipt(sender="romeo@montague.lit"))
    await wire.sent()
    assert len(found) == 2


async def test_spoof_receipts(wire: Wire) -> None:
    found = told(wire)
    send(wire)
    wire.receive(
        receipt(sender="tybalt@capulet.lit/chamber"),
        receipt(sender="capulet.lit"),
        receipt("m2"),
        receipt(""),
        receipt(kind="error"),
        f"<message from='{JULIET}'><received xmlns='{NS}'/></message>",
    )
    await wire.sent()
    assert found == []


async def test_spoof_another_occupant(wire: Wire) -> None:
    join(wire)
    found = told(wire)
    send(wire, f"{ROOM}/juliet")
    wire.receive(receipt(sender=f"{ROOM}/tybalt"), receipt(sender=ROOM))
    await wire.sent()
    assert found == []
    wire.receive(receipt(sender=f"{ROOM}/juliet"))
    send(wire, ROOM, "m2", "groupchat")
    wire.receive(receipt("m2", f"{ROOM}/tybalt", "groupchat"))
    await wire.sent()
    assert found == [(f"{ROOM}/juliet", "m1"), (f"{ROOM}/tybalt", "m2")]


async def test_what_is_waited_for_is_bounded(wire: Wire) -> None:
    wire.stream.plugin["xep_0184"].max_pending = 2
    found = told(wire)
    for id_ in ("m1", "m2", "m3"):
        send(wire, id_=id_)
    wire.receive(*(receipt(id_) for id_ in ("m1", "m2", "m3")))
    await wire.sent()
    assert [id_ for _, id_ in found] == ["m2", "m3"]


@pytest.mark.parametrize(
    ("to", "sender", "receipt", "kind", "right"),
    [
        (JULIET, JULIET, "m1", "chat", True),
        (JULIET, "juliet@capulet.lit/balcony", "m1", "normal", True),
        ("", "romeo@montague.lit/other", "m1", "chat", True),
        ("", "", "m1", "chat", True),
        (f"{ROOM}/juliet", f"{ROOM}/juliet", "m1", "chat", True),
        (ROOM, f"{ROOM}/juliet", "m1", "groupchat", True),
        (JULIET, JULIET, "m2", "chat", False),
        (JULIET, JULIET, "", "chat", False),
        (JULIET, JULIET, "m1", "error", False),
        (JULIET, "tybalt@capulet.lit/x", "m1", "chat", False),
        (f"{ROOM}/juliet", f"{ROOM}/tybalt", "m1", "chat", False),
    ],
)
async def test_spoof_what_is_kept_longer(
    wire: Wire, to: str, sender: str, receipt: str, kind: str, right: bool
) -> None:
    join(wire)
    original, answer = Message(), Message()
    original["to"], original["id"] = to, "m1"
    answer["from"], answer["type"], answer["receipt"] = sender, kind, receipt
    assert wire.stream.plugin["xep_0184"].applies(original, answer) is right
    original["id"] = ""
    assert not wire.stream.plugin["xep_0184"].applies(original, answer)


# --- asking by itself -------------------------------------------------------------------------------------


def say(wire: Wire, to: str = JULIET, **more: Any) -> None:
    wire.stream.make_message(to, **{"mbody": "hello", "mtype": "chat", **more}).send()


async def asked(wire: Wire) -> list[bool]:
    """Which of the messages that were sent ask for a receipt."""
    return [each.find(f"{{{NS}}}request") is not None for each in await wire.stanzas()]


async def answer_info(wire: Wire, features: str) -> None:
    (iq,) = [each for each in await wire.stanzas() if each.tag.endswith("iq")]
    assert iq.get("to") == JULIET
    wire.receive(
        f"<iq type='result' id='{iq.get('id')}' from='{JULIET}'>"
        f"<query xmlns='http://jabber.org/protocol/disco#info'>{features}</query></iq>"
    )
    await wire.sent()


@pytest.fixture
def asking(wire: Wire) -> Wire:
    wire.stream.plugin["xep_0184"].auto_request = True
    return wire


async def test_an_account_is_asked(asking: Wire) -> None:
    say(asking, "juliet@capulet.lit")
    say(asking, "juliet@capulet.lit", mtype=None)
    say(asking, ROOM, mtype="groupchat")
    say(asking, "juliet@capulet.lit", mbody="")
    wrong = asking.stream.make_message("juliet@capulet.lit", "hello", mtype="error")
    wrong.send()
    assert await asked(asking) == [True, True, False, False, False]


async def test_a_receipt_asks_for_none(asking: Wire) -> None:
    asking.receive(ask("juliet@capulet.lit"))
    assert await asked(asking) == [False]


@pytest.mark.parametrize(("features", "expected"), [(f"<feature var='{NS}'/>", True), ("", False)])
async def test_a_client_is_asked_if_it_gives_receipts(asking: Wire, features: str, expected: bool) -> None:
    say(asking)
    say(asking)
    await answer_info(asking, features)
    say(asking)
    assert await asked(asking) == [expected]
    asking.receive(f"<presence type='unavailable' from='{JULIET}'/>")
    say(asking)
    assert await asked(asking) == [False], "another client may have come"
    say(asking)
    assert await asked(asking) == [expected]


async def test_a_client_that_goes_before_it_answers(asking: Wire) -> None:
    say(asking)
    asking.receive(f"<presence type='unavailable' from='{JULIET}'/>")
    await answer_info(asking, f"<feature var='{NS}'/>")
    assert not asking.stream.plugin["xep_0184"]._clients


async def test_nobody_answers(asking: Wire) -> None:
    say(asking)
    (iq,) = [each for each in await asking.stanzas() if each.tag.endswith("iq")]
    asking.receive(
        f"<iq type='error' id='{iq.get('id')}' from='{JULIET}'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    say(asking)
    assert await asked(asking) == [False]


async def test_what_is_known_of_clients_is_bounded(asking: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLIENTS", 1)
    say(asking)
    say(asking, f"{ROOM}/nick")
    assert len(await asking.stanzas()) == 4
    plugin = asking.stream.plugin["xep_0184"]
    assert list(plugin._clients) == [f"{ROOM}/nick"]
    asking.stream.event("session_end")
    await asking.sent()
    assert not plugin._clients


async def test_disabled(wire: Wire) -> None:
    wire.stream.plugin["xep_0184"].auto_request = True
    wire.stream.plugin.disable("xep_0184")
    wire.receive(ask())
    say(wire, "juliet@capulet.lit")
    assert await asked(wire) == [False]
