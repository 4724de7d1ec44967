# SPDX-License-Identifier: MIT
"""Streams: settings, handlers, filters, schedules, the API registry, storage."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from xmppkit import Callback, ClientXMPP, CoroutineCallback, Iq, MatchXPath, Message, StanzaPath
from xmppkit.exceptions import IqError, IqTimeout
from xmppkit.settings import Settings
from xmppkit.stanza.base import StanzaBase
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage

settings = Settings(connect_timeout=5.0, sasl_mechanisms=("SCRAM-SHA-256",))
assert_type(settings.connect_timeout, float)


def on_message(message: Message) -> None: ...


async def on_iq(iq: Iq) -> None: ...


def filter_all(stanza: StanzaBase) -> StanzaBase | None:
    return stanza


async def filter_slowly(stanza: StanzaBase) -> StanzaBase | None:
    return None


def get_degrees(jid: object, node: object, ifrom: object, args: object) -> int:
    return 20


def every_minute(cups: int) -> None: ...


def use(client: ClientXMPP, path: Path) -> None:
    client.register_handler(Callback("Message", StanzaPath("message/body"), on_message))
    client.register_handler(CoroutineCallback("Iq", MatchXPath("{jabber:client}iq"), on_iq))
    assert_type(client.remove_handler("Message"), bool)
    client.add_filter("in", filter_all)
    client.add_filter("out", filter_slowly, order=0)
    client.del_filter("in", filter_all)
    client.schedule("tea", 60.0, every_minute, (3,), repeat=True)
    client.cancel_schedule("tea")
    client.api.register(get_degrees, "weather", "get_degrees")
    storage: Storage = MemoryStorage()
    print(storage)


async def run(client: ClientXMPP) -> None:
    async with ClientXMPP("juliet@example.org", "secret", settings=settings) as other:
        assert_type(other, ClientXMPP)
    try:
        await client.get_roster()
    except IqError as error:
        assert_type(error.condition, str)
    except IqTimeout:
        pass
    await client.drain()
