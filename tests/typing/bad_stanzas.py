# SPDX-License-Identifier: MIT
"""Fields that take something else."""

from __future__ import annotations

from xmppkit import JID, ClientXMPP, ElementBase, Iq, Message
from xmppkit.stanza.fields import Attr


class Weather(ElementBase):
    name = "weather"
    namespace = "urn:example:weather"

    degrees = Attr(int)
    wrong = Attr(int, minimum="0")  # error: a number


def write(message: Message, weather: Weather) -> None:
    message.body = 5  # error: a text
    weather.degrees = "warm"  # error: a number
    weather.degrees = 1.5  # error: a whole number
    length: int = len(message.body)  # error: may be None
    print(length)


async def ask(client: ClientXMPP, iq: Iq) -> None:
    answer: Message = await iq.send()  # error: an IQ
    client.send_message(5, "hello")  # error: an address
    client.send(5)  # error: no stanza
    print(answer)


def addresses(jid: JID) -> None:
    JID(5)  # error: a text
    jid.replace(resource=5)  # error: a text
    node: int = jid.node  # error: a text
    print(node)
