# SPDX-License-Identifier: MIT
"""The server's end by hand."""

from __future__ import annotations

import asyncio

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConnectionLost
from xmppkit.testing.wire import RecordingTransport, Wire


async def test_the_session_starts_at_once() -> None:
    client = ClientXMPP("bot@localhost", "secret")
    wire = Wire(client, "bot@localhost/bound")
    assert client.sessionstarted
    assert client.boundjid == "bot@localhost/bound"
    assert client.transport is wire.transport
    await wire.end()
    assert isinstance(client.last_error, ConnectionLost)


async def test_a_conversation() -> None:
    client = ClientXMPP("bot@localhost/here", "secret", lang=None)
    client.add_event_handler("message", lambda message: message.reply("again").send())
    wire = Wire(client)
    wire.receive("<message from='a@localhost'><body>1</body>", "</message>", "<presence/>")
    (answer,) = await wire.stanzas()
    assert (answer.tag, answer.get("to")) == ("{jabber:client}message", "a@localhost")
    assert await wire.stanzas() == [], "each is told once"
    assert await wire.sent() == ""
    await wire.end()


async def test_what_tasks_send_is_waited_for() -> None:
    component = ComponentXMPP("echo.localhost", "secret")
    wire = Wire(component)

    async def later() -> None:
        await asyncio.sleep(0)
        component.send_presence(pto="a@localhost")

    component.spawn(later())
    (presence,) = await wire.stanzas()
    assert presence.tag == "{jabber:component:accept}presence"
    component.abort()
    await wire.end()


async def test_the_transport() -> None:
    transport = RecordingTransport()
    assert transport.get_extra_info("socket") is None
    transport.write(bytearray(b"a"))
    transport.write(memoryview(b"b"))
    assert transport.written == [b"a", b"b"]
    transport.set_write_buffer_limits(high=0)
    assert transport.get_write_buffer_size() == 0
    assert transport.can_write_eof() is False
    seen = [transport.reading]
    for call in (transport.pause_reading, transport.resume_reading):
        call()
        seen.append(transport.reading)
    assert seen == [True, False, True]
    closing = [transport.is_closing()]
    transport.abort()
    assert [*closing, transport.is_closing()] == [False, True]
