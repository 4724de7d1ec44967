# SPDX-License-Identifier: MIT
"""A stream for rosters: it keeps what is sent and which events are raised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.presence import Presence


class RosterHost:
    """What rosters need of a stream."""

    default_ns = "jabber:client"
    default_lang = None
    peer_default_lang = None
    use_message_ids = use_presence_ids = False

    def __init__(self, *, is_component: bool = False) -> None:
        self.is_component = is_component
        self.boundjid = JID("comp.example.org" if is_component else "me@example.org/here")
        self.sent: list[Any] = []
        self.iqs: list[tuple[Iq, Any, Any]] = []
        self.events: list[tuple[str, Any]] = []
        self.exceptions: list[Exception] = []

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def wrap(self, awaitable: Awaitable[Any], /) -> asyncio.Future[Any]:
        return asyncio.ensure_future(awaitable)

    def work_changed(self) -> None:
        pass

    def exception(self, exception: Exception, /) -> None:
        self.exceptions.append(exception)

    def new_id(self) -> str:
        return "id"

    def send(self, data: Any, use_filters: bool = True) -> None:
        self.sent.append(data)

    def send_iq(
        self, iq: Iq, callback: Any = None, timeout: Any = None, timeout_callback: Any = None
    ) -> asyncio.Future[Any]:
        self.iqs.append((iq, callback, timeout))
        return self.loop.create_future()

    def event(self, name: str, data: Any = None) -> None:
        self.events.append((name, data))

    def make_presence(self, pto: Any = None, pfrom: Any = None, ptype: Any = None, **more: Any) -> Presence:
        presence = Presence(stream=self, sto=pto, sfrom=pfrom)
        if ptype:
            presence["type"] = ptype
        for key, value in more.items():
            presence[key.removeprefix("p")] = value
        return presence

    def send_presence(self, **kwargs: Any) -> None:
        self.make_presence(**kwargs).send()

    def make_iq_set(self) -> Iq:
        return Iq(stream=self, stype="set")

    def take(self) -> list[tuple[str, str, str]]:
        """(type, to, from) of what was sent since the last call."""
        taken = [(each["type"], each["to"].full, each["from"].full) for each in self.sent]
        self.sent.clear()
        return taken

    def raised(self) -> list[str]:
        """The names of the events since the last call."""
        names = [name for name, _ in self.events]
        self.events.clear()
        return names


class MemoryBackend:
    """A backend in a dict."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.versions: dict[str, str] = {}

    def load(self, owner: str, jid: str, db_state: dict[str, Any]) -> Any:
        db_state["loaded"] = db_state.get("loaded", 0) + 1
        return self.rows.get((owner, jid))

    def save(self, owner: str, jid: str, item_state: Any, db_state: dict[str, Any]) -> None:
        if item_state["removed"]:
            self.rows.pop((owner, jid), None)
        else:
            self.rows[owner, jid] = item_state

    def entries(self, owner: str, db_state: dict[str, Any]) -> list[str]:
        return [jid for own, jid in self.rows if own == owner]

    def version(self, owner: str) -> str | None:
        return self.versions.get(owner)

    def set_version(self, owner: str, version: str) -> None:
        self.versions[owner] = version


class SlowBackend:
    """The same, to be awaited."""

    def __init__(self) -> None:
        self.inner = MemoryBackend()

    async def load(self, *args: Any) -> Any:
        await asyncio.sleep(0)
        return self.inner.load(*args)

    async def save(self, *args: Any) -> None:
        await asyncio.sleep(0)
        self.inner.save(*args)

    async def entries(self, *args: Any) -> list[str]:
        await asyncio.sleep(0)
        return self.inner.entries(*args)


@pytest.fixture
def client() -> RosterHost:
    return RosterHost()


@pytest.fixture
def component() -> RosterHost:
    return RosterHost(is_component=True)


@pytest.fixture
def memory() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def slow() -> SlowBackend:
    return SlowBackend()
