# SPDX-License-Identifier: MIT
"""Handlers of events, by the events' names."""

from __future__ import annotations

from typing import Any, assert_type
from xml.etree.ElementTree import Element

from xmppkit import JID, ClientXMPP, ComponentXMPP, Iq, Message, Presence
from xmppkit.exceptions import CertificateInvalid
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.stream_error import StreamError


class Bot(ClientXMPP):
    def __init__(self) -> None:
        super().__init__("bot@example.org", "secret")
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.answer)
        self.add_event_handler("presence_subscribe", self.asked, disposable=True)
        self.add_event_handler("roster_update", self.roster_came)
        self.add_event_handler("session_bind", self.bound_to)
        self.add_event_handler("tea_is_ready", self.tea)
        self.del_event_handler("message", self.answer)

    async def start(self, event: dict[str, Any]) -> None:
        self.send_presence()
        await self.get_roster()

    def answer(self, message: Message) -> None:
        message.reply(message.body or "").send()

    def asked(self, presence: Presence) -> None: ...

    def roster_came(self, iq: Iq) -> None: ...

    def bound_to(self, jid: JID) -> None: ...

    def tea(self, cups: int) -> None: ...


def whatever(payload: object) -> None: ...


def anything(payload: Any) -> None: ...


def any_stanza(stanza: Message | Presence | Iq) -> None: ...


def over(reason: str | Exception | None) -> None: ...


def untrusted(error: CertificateInvalid) -> None: ...


def stays(stanza: StanzaBase | Element | str) -> None: ...


def broken(error: StreamError) -> None: ...


def listen(client: ClientXMPP, component: ComponentXMPP, name: str) -> None:
    for handler in (whatever, anything):
        client.add_event_handler("message", handler)
        component.add_event_handler("disco_info", handler)
    client.add_event_handler("message", any_stanza)
    client.add_event_handler("message", lambda message: message.reply("hello").send())
    client.add_event_handler("disconnected", over)
    client.add_event_handler("ssl_invalid_chain", untrusted)
    client.add_event_handler("stanza_not_sent", stays)
    client.add_event_handler("stream_error", broken)
    client.add_event_handler("bob", any_stanza)
    client.add_event_handler(name, any_stanza)
    with client.event_handler("got_online", any_stanza), client.event_handler("tea_is_ready", whatever):
        client.event("tea_is_ready", 3)


def decorate(client: ClientXMPP) -> None:
    @client.on("message")
    async def answer(message: Message) -> int:
        return len(message.body or "")

    @client.on("tea_is_ready", disposable=True)
    def drink(cups: int) -> None: ...

    @client.on("message")
    @client.on("presence")
    def either(stanza: Message | Presence) -> None: ...

    drink(3)
    either(Message())


async def wait(client: ClientXMPP, name: str) -> None:
    assert_type(await client.wait_until("session_start"), dict[str, Any])
    assert_type(await client.wait_until("message", timeout=5.0), Message)
    assert_type(await client.wait_until("got_offline", 5), Presence)
    assert_type(await client.wait_until("disco_info"), Iq)
    assert_type(await client.wait_until("session_bind"), JID)
    assert_type(await client.wait_until("disconnected"), str | Exception | None)
    assert_type(await client.wait_until("reconnect_delay"), float)
    assert_type(await client.wait_until(name), Any)
