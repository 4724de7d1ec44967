# SPDX-License-Identifier: MIT
"""ComponentXMPP: namespaces, senders, where it connects."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConnectionRefused, XMPPError
from xmppkit.testing.wire import Wire


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
