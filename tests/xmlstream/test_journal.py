# SPDX-License-Identifier: MIT
"""Sessions that outlive their process; the clock is virtual. (With processes that are killed: interop.)"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from houses import House, virtual

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import StorageError
from xmppkit.jid.address import JID
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.storage.base import Storage
from xmppkit.storage.claims import _CLAIMED
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.records import Scope
from xmppkit.testing.network import Cut
from xmppkit.xmlstream.journal import PAUSE, Journal

ME = JID("alice@localhost/here")
OPTIONS = ManagementOptions()
MESSAGE = "<message to='bob@localhost'><body>%s</body></message>"
EVENTS = ("session_start", "session_resumed", "session_end", "sm_enabled", "sm_failed", "sm_disabled")


@pytest.fixture(autouse=True)
def nothing_claimed() -> Iterator[None]:
    """Each test has processes of its own."""
    yield
    _CLAIMED.clear()


def make(element: Element) -> StanzaBase:
    return StanzaBase(None, element)


def say(session: ManagedSession, *texts: str) -> None:
    for text in texts:
        xml = MESSAGE % text
        session.put(make(fromstring(xml)), xml, 1000.0)


def said(session: ManagedSession) -> list[str]:
    return [unacked.text.partition("<body>")[2].partition("<")[0] for unacked in session]


class Failing(MemoryStorage):
    """Cannot be written, or read, when it is told so."""

    fails = False
    refuses = False

    async def _apply(self, *args: Any) -> list[int]:
        if self.fails:
            raise StorageError("the disk is full")
        return await super()._apply(*args)

    async def _read(self, *args: Any) -> Any:
        if self.refuses:
            raise StorageError("the disk is gone")
        return await super()._read(*args)


async def kept(storage: Storage) -> list[str]:
    """The numbers of the stanzas that are there."""
    return await storage.collection("session.unacked", Scope(ME.bare, node=ME.resource)).keys()


async def opened(storage: Storage) -> Journal:
    """A journal that nothing was left to."""
    journal = Journal(storage, ME, make)
    await journal.recall(OPTIONS)
    return journal


def new_session(**values: Any) -> ManagedSession:
    return ManagedSession(ME, OPTIONS, **{"id": "x", "location": "there:5222", "max_seconds": 300, **values})


@virtual
async def test_what_is_kept() -> None:
    storage = MemoryStorage()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    say(session, "one", "two", "three")
    session.settle(1)
    for _ in range(5):
        session.came()
    journal.handled(3)
    assert (session.handled, journal.pending) == (0, 3), "nobody is told before it is written"
    await asyncio.sleep(PAUSE + 0.01)
    assert (session.handled, journal.pending) == (3, 0)
    assert await kept(storage) == ["2", "3"]
    journal.release()
    later = await Journal(storage, ME, make).recall(OPTIONS)
    assert later is not None
    assert (later.id, later.jid, later.location, later.max_seconds) == ("x", ME, "there:5222", 300)
    assert (later.acked, later.sent, later.handled, later.in_hand) == (1, 3, 3, 0)
    assert said(later) == ["two", "three"]
    assert [unacked.at for unacked in later] == [1000.0, 1000.0]
    assert later.resumable


@virtual
async def test_what_is_acknowledged_is_not_kept() -> None:
    storage = MemoryStorage()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    for number in range(10):
        say(session, str(number))
        journal.touch()
        if number % 3 == 2:
            session.settle(number)
            journal.touch()
        await asyncio.sleep(0.04)
    await journal.settled()
    assert await kept(storage) == [str(number) for number in range(session.settled + 1, 11)]
    session.settle(10)
    say(session, "again")
    session.settle(11)
    journal.touch()
    await journal.settled()
    assert await kept(storage) == []


@virtual
async def test_another_session_takes_its_place() -> None:
    storage = MemoryStorage()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    say(session, "one", "two")
    await journal.settled()
    other = new_session(id="y", location="", max_seconds=None)
    journal.begin(other)
    say(other, "three")
    await journal.settled()
    assert await kept(storage) == ["1"]
    journal.end()
    await journal.settled()
    await journal.settled()
    assert await kept(storage) == []
    journal.release()
    journal.release()
    assert await Journal(storage, ME, make).recall(OPTIONS) is None


@virtual
async def test_more_may_have_left_than_is_kept() -> None:
    storage = MemoryStorage()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    say(session, "one", "two")
    await journal.settled()
    journal.release()
    for h, rest in ((4, []), (1, ["two"])):
        journal = Journal(storage, ME, make)
        later = await journal.recall(OPTIONS)
        assert later is not None
        assert later.settle(h) is not None
        assert (later.acked, said(later)) == (h, rest)
        assert later.settle(5) is None, "once is enough"
        journal.release()


@virtual
async def test_of_two_with_one_address_the_first_keeps_its_session(caplog: pytest.LogCaptureFixture) -> None:
    storage = MemoryStorage()
    journal = await opened(storage)
    other = Journal(storage, ME, make)
    assert await other.recall(OPTIONS) is None
    assert not other.claimed
    assert "will not be kept" in caplog.text
    other.begin(new_session())
    await other.settled()
    assert await kept(storage) == []
    journal.release()
    assert await other.recall(OPTIONS) is None
    assert other.claimed


@virtual
async def test_a_storage_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    storage = Failing()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    await journal.settled()
    storage.fails = True
    say(session, "one")
    session.came()
    journal.handled(1)
    await asyncio.sleep(1)
    assert "cannot be kept" in caplog.text
    assert session.handled == 1, "the server does not wait for ever"
    storage.fails = False
    await asyncio.sleep(6)
    assert await kept(storage) == ["1"]
    storage.fails = True
    journal.touch()
    await journal.settled()
    storage.fails, storage.refuses = False, True
    journal.release()
    assert await Journal(storage, ME, make).recall(OPTIONS) is None
    assert "cannot be read" in caplog.text


@virtual
async def test_closing_waits_for_nothing() -> None:
    journal, session = await opened(MemoryStorage()), new_session()
    journal.hasten()
    journal.begin(session)
    session.came()
    journal.handled(1)
    journal.hasten()
    assert session.handled == 1
    await journal.settled()
    assert session.handled == 1


@pytest.mark.parametrize(
    "state",
    [
        "nonsense",
        {},
        {"id": "x", "jid": "@@", "location": "", "max": None, "acked": 0, "handled": 0},
        {"id": "x", "jid": "a@b/c", "location": "", "max": None, "acked": "many", "handled": 0},
    ],
)
def test_what_cannot_be_understood(state: Any) -> None:
    @virtual
    async def test() -> None:
        storage = MemoryStorage()
        scope = Scope(ME.bare, node=ME.resource)
        await storage.collection("session", scope).put("session", state)
        journal = Journal(storage, ME, make)
        assert await journal.recall(OPTIONS) is None
        journal.begin(new_session())
        await journal.settled()
        journal.release()
        assert await Journal(storage, ME, make).recall(OPTIONS) is not None

    test()


@virtual
async def test_stanzas_that_cannot_be_understood() -> None:
    storage = MemoryStorage()
    journal, session = await opened(storage), new_session()
    journal.begin(session)
    say(session, "one")
    await journal.settled()
    unacked = storage.collection("session.unacked", Scope(ME.bare, node=ME.resource))
    for number, value in enumerate(("x", ["<"], [1, 2], ["", None], ["<a>", None], [MESSAGE % "two", None]), 2):
        await unacked.put(str(number), value)  # type: ignore[arg-type]
    journal.release()
    later = await Journal(storage, ME, make).recall(OPTIONS)
    assert later is not None
    assert said(later) == ["one", "two"]
    await unacked.put("no number", "x")
    journal._claim = None
    assert await Journal(MemoryStorage(), ME, make).recall(OPTIONS) is None


# --- with a server ------------------------------------------------------------------------------------------------


class Bot:
    """A process, as far as that goes: it can be killed, and there is another."""

    def __init__(self, house: House, storage: Storage | None, name: str = "alice", **config: Any) -> None:
        self.house = house
        self.client: ClientXMPP = house.client(name, xep_0198=config)
        if storage is not None:
            self.client.use_storage(storage)
        self.client.register_plugin("xep_0198")
        self.log: list[str] = []
        self.got: list[Message] = []
        self.unknown: list[Any] = []
        for event in EVENTS:
            self.client.add_event_handler(event, partial(self._note, event))
        self.client.add_event_handler("message", self.got.append)
        self.client.add_event_handler("stanza_not_acked", self.unknown.append)

    def _note(self, event: str, payload: object) -> None:
        self.log.append(event)

    @property
    def bodies(self) -> list[str]:
        return [message["body"] for message in self.got]

    def say(self, to: str, *texts: str) -> None:
        for text in texts:
            self.client.send_message(to, text, mtype="chat")

    async def start(self) -> None:
        self.client.connect()
        await self.client.wait_until("session_start", timeout=100)
        self.client.send_presence()
        await asyncio.sleep(3)

    def kill(self, *, silent: bool = False) -> None:
        """It does nothing more, and what it had claimed is free."""
        client = self.client
        link = self.house.link(client)
        client.auto_reconnect = False
        journal, client._journal = client._journal, None
        if journal is not None:
            if journal._task is not None:
                journal._task.cancel()
            journal._changed = False
            journal.release()
        client._intake._acknowledge = lambda count: None
        client.discard = True  # type: ignore[attr-defined]
        for handlers in list(client._bus._handlers):
            client._bus._handlers.pop(handlers)
        link.cut(Cut.RESET)


@virtual
async def test_another_process_goes_on() -> None:
    house, storage = House(), MemoryStorage()
    bob = Bot(house, None, "bob")
    await bob.start()
    first = Bot(house, storage)
    await first.start()
    name = first.client["xep_0198"].sm_id
    bob.say("alice@localhost/here", "before")
    await asyncio.sleep(1)
    assert first.bodies == ["before"]
    first.kill()
    bob.say("alice@localhost/here", "between")
    await asyncio.sleep(1)
    second = Bot(house, storage)
    await second.start()
    assert second.log == ["session_resumed", "session_start"]
    assert second.client["xep_0198"].sm_id == name
    assert second.client.boundjid == ME
    assert second.bodies == ["between"]
    second.say("bob@localhost/here", "from the second")
    await asyncio.sleep(1)
    assert bob.bodies == ["from the second"]
    await second.client.disconnect()
    assert second.log[-1] == "session_end"
    assert second.client._journal is not None
    await second.client._journal.settled()
    second.client._journal.release()
    third = Bot(house, storage)
    await third.start()
    assert third.log == ["sm_enabled", "session_start"], "a clean end leaves nothing"
    await third.client.disconnect()
    await bob.client.disconnect()


@virtual
async def test_what_was_not_acknowledged_is_sent_by_the_next() -> None:
    house, storage = House(), MemoryStorage()
    bob, first = Bot(house, None, "bob"), Bot(house, storage)
    await bob.start()
    await first.start()
    link = house.link(first.client)
    link.cut(Cut.SILENCE)
    first.say("bob@localhost/here", "one", "two")
    await asyncio.sleep(0.2)
    first.kill()
    second = Bot(house, storage)
    await second.start()
    assert second.log[0] == "session_resumed"
    assert bob.bodies == ["one", "two"]
    await second.client.disconnect()
    await bob.client.disconnect()


@virtual
async def test_a_server_that_has_forgotten_the_session() -> None:
    house, storage = House(), MemoryStorage()
    bob, first = Bot(house, None, "bob"), Bot(house, storage)
    await bob.start()
    await first.start()
    link = house.link(first.client)
    link.cut(Cut.SILENCE)
    first.say("bob@localhost/here", "one", "two")
    first.client.make_iq_get("urn:x", "localhost").send()
    await asyncio.sleep(0.2)
    first.kill()
    await bob.client.disconnect()
    house.restart()
    bob = Bot(house, None, "bob")
    await bob.start()
    second = Bot(house, storage)
    await second.start()
    assert second.log == ["sm_disabled", "sm_failed", "sm_enabled", "session_start"]
    assert bob.bodies == ["one", "two"]
    assert all(message.xml.find("{urn:xmpp:delay}delay") is not None for message in bob.got)
    assert [stanza.xml.tag for stanza in second.unknown] == ["{jabber:client}iq"]
    await asyncio.sleep(5)
    assert second.client._journal is not None
    await second.client._journal.settled()
    assert await kept(storage) == []
    await second.client.disconnect()
    await bob.client.disconnect()


@virtual
async def test_a_session_that_cannot_be_resumed_leaves_its_messages() -> None:
    house, storage = House(), MemoryStorage()
    bob, first = Bot(house, None, "bob"), Bot(house, storage, allow_resume=False)
    await bob.start()
    await first.start()
    link = house.link(first.client)
    link.cut(Cut.SILENCE)
    first.say("bob@localhost/here", "one")
    await asyncio.sleep(0.2)
    first.kill()
    second = Bot(house, storage, allow_resume=False)
    await second.start()
    assert second.log == ["sm_disabled", "sm_enabled", "session_start"]
    assert bob.bodies == ["one"]
    await second.client.disconnect()
    await bob.client.disconnect()


@pytest.mark.parametrize("marked", [False, True])
@virtual
async def test_what_is_being_handled_comes_again(marked: bool) -> None:
    """Also when messages bear ids of their author, and what has come before would be dropped."""
    house, storage = House(), MemoryStorage()
    bob, first = Bot(house, None, "bob"), Bot(house, storage)
    bob.client.use_origin_id = marked
    gate = asyncio.Event()

    async def slow(message: Message) -> None:
        if message["body"] != "one":
            await gate.wait()

    first.client.add_event_handler("message", slow)
    await bob.start()
    await first.start()
    bob.say("alice@localhost/here", "one", "two", "three")
    await asyncio.sleep(10)
    assert first.bodies == ["one", "two", "three"]
    first.kill()
    second = Bot(house, storage)
    await second.start()
    assert second.bodies == ["two", "three"]
    gate.set()
    await second.client.disconnect()
    await bob.client.disconnect()


@virtual
async def test_the_same_process_goes_on_while_something_is_written() -> None:
    house, storage = House(), MemoryStorage()
    bob, bot = Bot(house, None, "bob"), Bot(house, storage)
    await bob.start()
    await bot.start()
    for round_ in range(20):
        bob.say("alice@localhost/here", *(f"{round_}.{number}" for number in range(5)))
        await asyncio.sleep(0.015)
        if bot.client.is_connected():
            house.link(bot.client).cut(Cut.RESET)
        await asyncio.sleep(1.0)
    await asyncio.sleep(100)
    assert bot.bodies == [f"{round_}.{number}" for round_ in range(20) for number in range(5)]
    session = bot.client["xep_0198"].session
    assert session is not None
    assert session.in_hand == bot.client._intake.in_hand == 0
    assert bot.log.count("session_start") == 1
    await bot.client.disconnect()
    await bob.client.disconnect()


@virtual
async def test_it_can_be_turned_off() -> None:
    house, storage = House(), MemoryStorage()
    bot = Bot(house, storage, persist=False)
    await bot.start()
    assert bot.client._journal is None
    await bot.client.disconnect()


@virtual
async def test_a_server_without_stream_management() -> None:
    house, storage = House(), MemoryStorage()
    first = Bot(house, storage)
    await first.start()
    first.kill()
    second = Bot(house, storage)
    journal = Journal(storage, ME, make)
    second.client._journal = journal
    second.client.plugin.disable("xep_0198")
    await journal.recall(OPTIONS)
    await second.start()
    await journal.settled()
    journal.release()
    assert await Journal(storage, ME, make).recall(OPTIONS) is None
    await second.client.disconnect()


@virtual
async def test_who_is_not_connected_has_nothing_to_keep() -> None:
    house, storage = House(), MemoryStorage()
    first = Bot(house, storage)
    await first.start()
    first.kill()
    house.shut()
    second = Bot(house, storage)
    second.client.connect()
    await asyncio.sleep(1)
    assert second.client.continued().revived
    second.client.disconnect()
    assert second.client._journal is not None
    await second.client._journal.settled()
    second.client._journal.release()
    assert await Journal(storage, ME, make).recall(OPTIONS) is None
