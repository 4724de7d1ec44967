# SPDX-License-Identifier: MIT
"""Handlers that take something else than their event has."""

from __future__ import annotations

from xmppkit import JID, ClientXMPP, Iq, Message, Presence


class Bot(ClientXMPP):
    def __init__(self) -> None:
        super().__init__("bot@example.org", "secret")
        self.add_event_handler("message", self.presence)  # error: takes presence
        self.add_event_handler("presence", self.presence)

    def presence(self, presence: Presence) -> None: ...


def iq(iq: Iq) -> None: ...


def message(message: Message) -> None: ...


def jid(jid: JID) -> None: ...


def nothing() -> None: ...


def two(one: Message, other: Message) -> None: ...


async def number(number: int) -> None: ...


def listen(client: ClientXMPP) -> None:
    client.add_event_handler("message", iq)  # error: takes an IQ
    client.add_event_handler("message", nothing)  # error: takes no payload
    client.add_event_handler("message", two)  # error: takes too much
    client.add_event_handler("message", "message")  # error: not even callable
    client.add_event_handler("session_start", jid)  # error: there is no JID in that
    client.add_event_handler("reconnect_delay", number)  # error: seconds are a float
    client.add_event_handler("disco_info", message)  # error: an IQ
    client.add_event_handler("bob", message)  # error: may be an IQ or a presence
    client.add_event_handler("tea_is_ready", nothing)  # error: takes no payload
    client.add_event_handler("message", message, disposable="yes")  # error: a bool
    client.del_event_handler("message", iq)  # error: takes an IQ
    with client.event_handler("message", iq):  # error: takes an IQ
        pass


def decorate(client: ClientXMPP) -> None:
    client.on("message")(iq)  # error: takes an IQ
    client.on("session_bind")(message)  # error: a JID
    client.on("tea_is_ready")(nothing)  # error: takes no payload
    client.on(3)  # error: no name


async def wait(client: ClientXMPP) -> None:
    got: Message = await client.wait_until("presence")  # error: a presence
    start: str = await client.wait_until("session_start")  # error: a dict
    print(got, start)
