# SPDX-License-Identifier: MIT
"""Peers that follow a script."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.testing.script import (
    ScriptedPeer,
    ScriptFailure,
    Step,
    answer,
    any_order,
    close,
    expect,
    expect_close,
    expect_header,
    send,
    send_header,
    wait,
)
from xmppkit.transports.memory import memory_pair

HELLO = "<message from='alice@localhost/x' type='chat'><body>hello</body></message>"


@pytest.fixture
async def bot() -> ClientXMPP:
    bot = ClientXMPP("bot@localhost/here", "secret", lang=None)
    bot.auto_reconnect = False
    bot.add_event_handler("session_start", lambda _: bot.send_presence())
    bot.add_event_handler("message", lambda message: message.reply(message["body"]).send())
    return bot


async def play(bot: Any, *steps: Step, patience: float = 0.1) -> None:
    await ScriptedPeer(*steps, patience=patience).play(bot)


async def fails(bot: Any, *steps: Step) -> str:
    with pytest.raises(ScriptFailure) as caught:
        await play(bot, *steps)
    bot.abort()
    return str(caught.value)


async def test_a_conversation(bot: ClientXMPP) -> None:
    over = bot.disconnected
    await play(
        bot,
        expect("<presence/>"),
        send(HELLO),
        expect("<message to='alice@localhost/x'><body>hello</body></message>"),
        wait(0.01),
        close(),
    )
    await over


async def test_a_component() -> None:
    component = ComponentXMPP("echo.localhost", "secret")
    component.auto_reconnect = False
    component.add_event_handler("session_start", lambda _: component.send_presence(pto="alice@localhost"))
    component.add_event_handler("presence", lambda _: component.disconnect())
    await play(component, expect("<presence to='alice@localhost'/>"), send("<presence from='a@b'/>"), expect_close())


async def test_iqs_and_matchers(bot: ClientXMPP) -> None:
    results = []

    async def ask() -> None:
        results.append(await bot.make_iq_get("urn:example", ito="alice@localhost/x").send(timeout=5))

    bot.add_event_handler("session_start", lambda _: bot.spawn(ask()))
    await play(
        bot,
        any_order(lambda element: element.tag.endswith("}iq"), StanzaPath("presence")),
        close(footer=False),
    )
    bot.abort()
    await play(bot, any_order("<iq type='get'><query xmlns='urn:example'/></iq>", "<presence/>"), close())
    await play(bot, expect("<presence/>"), expect("<iq to='alice@localhost/x'/>"), answer("<a xmlns='b'/>"), wait(0.05))
    assert [iq.xml[0].tag for iq in results] == ["{b}a"]
    bot.abort()


async def test_what_differs_is_shown(bot: ClientXMPP) -> None:
    text = await fails(bot, expect("<presence/>"), send(HELLO), expect("<message><body>good bye</body></message>"))
    assert text.startswith("step 3 of 3: expected\n<message>\n  <body>good bye</body>\n</message>\nbut this came\n")
    assert "\n-  <body>good bye</body>\n" in text
    assert "\n+  <body>hello</body>\n" in text


async def test_nothing_comes(bot: ClientXMPP) -> None:
    text = await fails(bot, expect("<presence/>"), expect(StanzaPath("iq")))
    assert "expected\nStanzaPath('iq')\nbut nothing came within 0.1 s; before that came\n<presence" in text


async def test_the_order_of_some(bot: ClientXMPP) -> None:
    text = await fails(bot, any_order("<iq/>", "<message/>"))
    assert "expected\n<iq />\nor\n<message />\nbut this came\n<presence" in text


async def test_the_end(bot: ClientXMPP) -> None:
    assert "expected the end of the stream, but this came\n<presence" in await fails(bot, expect_close())
    bot.add_event_handler("message", lambda _: bot.disconnect())
    text = await fails(bot, expect("<presence/>"), send(HELLO), expect("<message/>"), expect("<iq/>"))
    assert "expected\n<iq />\nbut this came\n</stream:stream>" in text
    assert "this came\nthe end of the connection" in await fails(
        bot, expect("<presence/>"), _Abort(bot), expect("<iq/>")
    )


class _Abort:
    def __init__(self, bot: ClientXMPP) -> None:
        self.bot = bot

    async def perform(self, peer: ScriptedPeer) -> None:
        self.bot.abort()


@pytest.mark.parametrize(
    ("sent", "steps", "text"),
    [
        ("<stream:stream xmlns:stream='s' to='b'>", [expect_header("a")], "expected a stream header to 'a'"),
        ("<stream:stream xmlns:stream='s'/>x", [expect_header(), expect_header()], "expected a stream header, but"),
        ("", [expect_header()], "but nothing came within 0.1 s; before that came\nnothing"),
    ],
)
async def test_headers(sent: str, steps: list[Step], text: str) -> None:
    peer = ScriptedPeer(*steps, patience=0.1)
    transport, _ = memory_pair(asyncio.Protocol(), peer)
    await asyncio.sleep(0)
    transport.write(sent.encode())
    with pytest.raises(ScriptFailure, match=text):
        await peer.finish()


async def test_nobody_is_there() -> None:
    with pytest.raises(ScriptFailure, match="nothing has connected"):
        await ScriptedPeer(send_header()).finish()


async def test_back_pressure_reaches_the_stream(bot: ClientXMPP) -> None:
    peer = ScriptedPeer(expect("<presence/>"))
    await peer.play(bot)
    peer.transport.pause_reading()
    bot.send_message("alice@localhost", "x" * 100_000)
    sent = asyncio.ensure_future(bot.drain())
    await asyncio.sleep(0.01)
    assert not sent.done()
    peer.transport.resume_reading()
    await sent
    bot.abort()
