# SPDX-License-Identifier: MIT
"""Clients and the embedded server over a network that cuts; the clock is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import ConfigurationError, NotConnectedError, QueueFull
from xmppkit.plugins.xep_0198 import XEP_0198
from xmppkit.plugins.xep_0198.stanza import Failed
from xmppkit.protocol.events import ManagementFailed
from xmppkit.protocol.management import ManagedSession
from xmppkit.server.limits import ServerLimits
from xmppkit.server.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.testing import clock
from xmppkit.testing.network import Conditions, Cut, Direction, Link, SimulatedNetwork

SETTINGS = Settings(enable_plaintext=True, scram_without_tls=True, reconnect_delay=0.5, max_reconnect_delay=8.0)
EVENTS = (
    "session_start", "session_resumed", "session_end", "sm_enabled", "sm_disabled", "sm_failed", "disconnected",
)  # fmt: skip


class Bot(ClientXMPP):
    """Notes what happens."""

    def __init__(self, jid: str, **config: Any) -> None:
        super().__init__(jid, "secret", settings=SETTINGS, plugin_config={"xep_0198": config})
        self.log: list[str] = []
        self.got: list[str] = []
        self.acked: list[Any] = []
        self.unknown: list[Any] = []
        for name in EVENTS:
            self.add_event_handler(name, lambda _, name=name: self.log.append(name))
        self.add_event_handler("message", lambda message: self.got.append(message["body"]))
        self.add_event_handler("stanza_acked", self.acked.append)
        self.add_event_handler("stanza_not_acked", self.unknown.append)
        self.register_plugin("xep_0198")

    @property
    def sm(self) -> XEP_0198:
        plugin: XEP_0198 = self["xep_0198"]
        return plugin

    def say(self, to: str, *texts: str) -> None:
        for text in texts:
            self.send_message(to, text, mtype="chat")


class House:
    """A server, its network, and who comes."""

    def __init__(self, **limits: int) -> None:
        self.network = SimulatedNetwork(Conditions(latency=0.01), seed=1)
        users = dict.fromkeys(("alice", "bob"), "secret")
        self.server = EmbeddedServer(users=users, tls=False, limits=ServerLimits(**limits))
        self.open()

    def open(self) -> None:
        self.network.listen("localhost", 5222, self.server._accept_client)

    def shut(self) -> None:
        """The server is out of reach."""
        self.network.unlisten("localhost", 5222)

    def bot(self, name: str, **config: Any) -> Bot:
        bot = Bot(f"{name}@localhost/here", **config)
        bot.transport_connector = self.network
        bot._connector.jitter = lambda: 1.0
        bot.custom_address = ("localhost", 5222)
        return bot

    def link(self, number: int = 0) -> Link:
        return self.network.links[number]


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on the virtual clock."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        clock.run(test(*args, **kwargs))

    return run


@asynccontextmanager
async def session(house: House, name: str = "alice", **config: Any) -> AsyncIterator[Bot]:
    """A client that is available, and the server has handled that."""
    async with house.bot(name, **config) as bot:
        bot.send_presence()
        await asyncio.sleep(4)
        yield bot


def ping(bot: Bot) -> asyncio.Future[Iq]:
    iq = bot.make_iq_get(ito="localhost", queryxmlns="http://jabber.org/protocol/disco#info")
    future: asyncio.Future[Iq] = iq.send(timeout=1000)
    return future


class TestAcknowledgements:
    @virtual
    async def test_what_the_server_has(self) -> None:
        async with session(House(), window=3) as bot:
            assert bot.log == ["sm_enabled", "session_start"]
            messages = [bot.make_message("alice@localhost", str(number)) for number in range(3)]
            for message in messages:
                message.send()
            await asyncio.sleep(0.1)
            assert bot.acked[-3:] == messages
            assert bot.sm.seq == bot.sm.last_ack == 4
            assert bot.sm.handled > 0
            assert bot.sm.sm_id

    @virtual
    async def test_asked_by_time(self) -> None:
        async with session(House(), window=100, request_delay=3.0) as bot:
            await asyncio.sleep(10)
            bot.acked.clear()
            bot.say("alice@localhost", "hello")
            await asyncio.sleep(2.9)
            assert bot.acked == []
            await asyncio.sleep(0.2)
            assert [stanza["body"] for stanza in bot.acked] == ["hello"]

    @virtual
    async def test_asked_and_told_by_the_program(self) -> None:
        async with session(House(), window=0, request_delay=100.0, ack_delay=100.0) as bot:
            bot.acked.clear()
            bot.sm.request_ack()
            bot.sm.send_ack()
            await asyncio.sleep(0.1)
            assert len(bot.acked) == 1
            (there,) = bot_sessions(bot)
            assert there.acked == there.sent
        bot.sm.request_ack()  # there is no connection, and nobody minds
        bot.sm.send_ack()

    @virtual
    async def test_what_is_handled(self) -> None:
        async with session(House(), ack_delay=1.0) as bot, session(HOUSES[-1], "bob") as bob:
            there = next(each for each in bot_sessions(bot) if each.jid.user == "alice")
            gate = asyncio.Event()

            async def slow(stanza: Any) -> Any:
                await gate.wait()
                return None if stanza["body"] == "dropped" else stanza

            await asyncio.sleep(5)
            before = there.acked
            bot.add_filter("in", slow)
            bob.say(bot.boundjid.full, "one", "dropped", "three")
            await asyncio.sleep(5)
            assert bot.sm.session is not None
            assert bot.sm.session.in_hand == 3
            assert there.acked == before
            gate.set()
            await asyncio.sleep(5)
            assert bot.got == ["one", "three"]
            assert there.acked == before + 3

    @virtual
    async def test_what_cannot_be_answered_is_handled_too(self) -> None:
        async with session(House()) as bot:
            await asyncio.sleep(5)
            before = bot.sm.handled
            (there,) = HOUSES[-1].server._router.all_sessions()
            there.driver.send("<message from='@@' to='alice@localhost/here'><body>nonsense</body></message>")
            await asyncio.sleep(1)
            assert bot.got == []
            assert bot.sm.handled == before + 1

    @virtual
    async def test_raw_text_is_counted(self) -> None:
        async with session(House()) as bot:
            before = bot.sm.seq
            bot.send_raw("<message to='alice@localhost'/><message to='alice@localhost'/> ")
            assert bot.sm.seq == before + 2
            await asyncio.sleep(5)
            assert bot.sm.last_ack == before + 2


#: The houses of the test that runs, so that helpers find them.
HOUSES: list[House] = []


@pytest.fixture(autouse=True)
def houses(monkeypatch: pytest.MonkeyPatch) -> None:
    HOUSES.clear()
    make = House.__init__

    def note(self: House, **limits: int) -> None:
        make(self, **limits)
        HOUSES.append(self)

    monkeypatch.setattr(House, "__init__", note)


def bot_sessions(bot: Bot) -> list[ManagedSession]:
    """What the server counts."""
    found = [each.managed for each in HOUSES[-1].server._router.all_sessions()]
    return [each for each in found if each is not None]


class TestResumption:
    @virtual
    async def test_it_is_as_if_nothing_had_happened(self) -> None:
        house = House()
        async with session(house) as bot, session(house, "bob") as bob:
            name, roster = bot.sm.sm_id, bot.client_roster
            asked = ping(bot)
            house.link(0).cut(Cut.RESET)
            await asyncio.sleep(0.1)
            assert not bot.is_connected()
            assert bot.sm.sm_id == name
            asked_later = ping(bot)
            bot.say(bob.boundjid.full, "while away")
            bob.say(bot.boundjid.full, "are you there?")
            await asyncio.sleep(5)
            assert bot.log == ["sm_enabled", "session_start", "disconnected", "session_resumed"]
            assert (await asked)["type"] == (await asked_later)["type"] == "result"
            assert bot.got == ["are you there?"]
            assert bob.got == ["while away"]
            assert (bot.sm.sm_id, bot.client_roster, bot.sentpresence) == (name, roster, True)
            assert bot.end_session_on_disconnect is False
        assert bot.log[-3:] == ["sm_disabled", "session_end", "disconnected"]
        assert bot.end_session_on_disconnect is True
        assert bot.unknown == []

    @virtual
    async def test_little_is_under_way_when_it_goes_on(self) -> None:
        """One message a round trip, for a second; then more and more."""
        house = House()
        async with session(house, pace=1) as bot, session(house, "bob") as bob:
            options = bot.sm.make_options()
            assert (options.pace, options.pace_seconds, options.pace_new) == (1, 1.0, False)
            house.link(0).cut(Cut.RESET)
            bot.say(bob.boundjid.full, *map(str, range(200)))
            await bot.wait_until("session_resumed")
            await asyncio.sleep(0.5)
            assert 10 < len(bob.got) < 40
            await asyncio.sleep(1)
            assert bob.got == [str(number) for number in range(200)]
            assert bot.sm.make_options().pace_new
            bot.sm.pace_always = True
            assert bot.sm.make_options().pace_seconds is None

    @virtual
    async def test_nothing_is_lost_doubled_or_reordered(self) -> None:
        house = House()
        house.network.conditions = Conditions(latency=0.02, jitter=0.05, piece=400, random_pieces=True)
        chance = house.network.chance
        config = {"ack_timeout": 10.0, "window": 7}
        async with session(house, **config) as bot, session(house, "bob", **config) as bob:
            for number in range(600):
                bot.say(bob.boundjid.full, str(number))
                bob.say(bot.boundjid.full, str(number))
                if number % 10 == 5 and house.network.links:
                    how = (Cut.RESET, Cut.END, Cut.HALF, Cut.SILENCE)[number // 10 % 4]
                    direction = chance.choice((Direction.UP, Direction.DOWN))
                    chance.choice(house.network.links).cut(how, after=chance.randint(0, 20_000), direction=direction)
                await asyncio.sleep(chance.random())
            await asyncio.sleep(120)
            expected = [str(number) for number in range(600)]
            assert bot.got == expected
            assert bob.got == expected
            assert bot.log.count("session_resumed") + bob.log.count("session_resumed") > 20
            for each in (bot, bob):
                assert each.log.count("session_start") == 1
                assert each.unknown == []
                assert [stanza["body"] for stanza in each.acked if isinstance(stanza, Message)] == expected

    @virtual
    async def test_a_program_that_connects_by_itself(self) -> None:
        house = House()
        async with session(house) as bot:
            bot.auto_reconnect = False
            asked = ping(bot)
            house.link().cut(Cut.RESET)
            await asyncio.sleep(30)
            assert bot.log[-1] == "disconnected"
            assert not asked.done()
            bot.connect()
            await asyncio.sleep(1)
            assert bot.log[-1] == "session_resumed"
            assert (await asked)["type"] == "result"

    @virtual
    async def test_reconnect_goes_on_with_the_session(self) -> None:
        async with session(House()) as bot:
            reasons = []
            bot.add_event_handler("disconnected", reasons.append)
            bot.reconnect(reason="a ping was not answered")
            await asyncio.sleep(2)
            assert bot.log[-2:] == ["disconnected", "session_resumed"]
            assert reasons == ["a ping was not answered"]
            assert bot.sm.session is not None
            bot.sm.session.closed = True
            bot.reconnect()
            await asyncio.sleep(5)
            assert bot.log[-1] == "session_start"

    @virtual
    async def test_what_was_given_up_with_a_connection_comes_again(self) -> None:
        house = House()
        async with session(house) as bot, session(house, "bob") as bob:
            assert bot._driver is not None
            bot._driver.pause_reading()
            bob.say(bot.boundjid.full, "one", "two")
            await asyncio.sleep(1)
            bot.connect()
            await asyncio.sleep(2)
            assert bot.got == ["one", "two"]
            assert bot.log[-1] == "session_resumed"

    @virtual
    async def test_another_process(self) -> None:
        house = House()
        first = house.bot("alice")
        first.auto_reconnect = False
        first.connect()
        await asyncio.sleep(1)
        first.send_presence()
        await asyncio.sleep(6)
        counts = {name: getattr(first.sm, name) for name in ("sm_id", "handled", "seq", "last_ack")}
        first.abort()
        await asyncio.sleep(1)
        second = house.bot("alice", **counts)
        second.connect()
        await asyncio.sleep(1)
        assert second.log == ["session_resumed"]
        assert second.is_bound()
        assert {name: getattr(second.sm, name) for name in counts} == counts
        await second.disconnect()
        assert second.log == ["session_resumed", "sm_disabled", "session_end", "disconnected"]
        first.sm.session_end()
        assert first.log[-2:] == ["sm_disabled", "session_end"]

    @virtual
    async def test_only_if_it_is_wanted(self) -> None:
        house = House()
        async with session(house, allow_resume=False) as bot:
            assert bot.sm.sm_id is None
            assert bot.end_session_on_disconnect is True
            asked = ping(bot)
            bot.say("bob@localhost", "hello")
            house.link().cut(Cut.RESET)
            with pytest.raises(Exception, match="without a closing tag"):
                await asked
            await asyncio.sleep(5)
            begun = ["sm_enabled", "session_start"]
            assert bot.log == [*begun, "sm_disabled", "session_end", "disconnected", *begun]
            assert len(house.server._router.offline.take("bob@localhost")) == 1


class TestTheEnd:
    async def lost(self, house: House, bot: Bot, bob: Bot) -> asyncio.Future[Iq]:
        """A session of which the server knows nothing any more, with something of everything in it."""
        house.link(0).conditions = Conditions(latency=1000)  # it never arrives
        bot.say(bob.boundjid.full, "first")
        error = bot.make_message(bob.boundjid, mtype="error")
        error.send()
        bot.send_presence(pstatus="busy")
        asked = ping(bot)
        house.link(0).cut(Cut.RESET)
        await asyncio.sleep(0.2)
        house.server._resumption.give_up()
        bot.say(bob.boundjid.full, "second")
        return asked

    @virtual
    async def test_the_server_does_not_know_it(self) -> None:
        house = House()
        async with session(house) as bot, session(house, "bob") as bob:
            asked = await self.lost(house, bot, bob)
            late = ping(bot)
            seen: list[Message] = []
            bob.add_event_handler("message", seen.append)
            await asyncio.sleep(5)
            assert bot.log == [
                "sm_enabled", "session_start", "disconnected", "sm_disabled", "session_end", "sm_failed", "sm_enabled",
                "session_start",
            ]  # fmt: skip
            for each in (asked, late):
                with pytest.raises(NotConnectedError, match="not been resumed"):
                    await each
            assert bob.got == ["first", "second"]
            delays = [message.xml.find("{urn:xmpp:delay}delay") for message in seen]
            assert delays[0] is not None
            assert abs(datetime.fromisoformat(delays[0].get("stamp", "")) - datetime.now(UTC)).total_seconds() < 60
            assert delays[1] is None
            assert [stanza.name for stanza in bot.unknown] == ["message", "presence", "iq", "iq"]
            assert "first" in [stanza["body"] for stanza in bot.acked if isinstance(stanza, Message)]

    @virtual
    async def test_nothing_is_sent_again_unless_it_is_wanted(self) -> None:
        house = House()
        async with session(house, resend=False) as bot, session(house, "bob") as bob:
            await self.lost(house, bot, bob)
            await asyncio.sleep(5)
            assert bob.got == ["second"]
            assert [stanza.name for stanza in bot.unknown] == ["message", "message", "presence", "iq"]

    @virtual
    async def test_a_server_that_does_not_count_any_more(self) -> None:
        house = House()
        async with session(house) as bot:
            failures: list[Any] = []
            bot.add_event_handler("sm_failed", failures.append)
            house.server._management = lambda: None  # type: ignore[method-assign, assignment, return-value]
            house.link().cut(Cut.RESET)
            await asyncio.sleep(5)
            assert bot.log[2:] == ["disconnected", "sm_disabled", "session_end", "sm_failed", "session_start"]
            assert failures == [{}]
            assert bot.sm.session is None

    @virtual
    async def test_a_plugin_that_was_disabled_meanwhile(self) -> None:
        house = House()
        async with session(house) as bot:
            house.link().cut(Cut.RESET)
            await asyncio.sleep(0.1)
            bot.plugin.disable("xep_0198")
            await asyncio.sleep(5)
            assert bot.log[2:] == ["disconnected", "sm_disabled", "session_end", "session_start"]

    @virtual
    async def test_the_time_is_over(self) -> None:
        house = House(resume_seconds=60)
        async with session(house) as bot:
            asked = ping(bot)
            house.shut()
            house.link().cut(Cut.RESET)
            await asyncio.sleep(59)
            assert not asked.done()
            assert "session_end" not in bot.log
            await asyncio.sleep(2)
            assert asked.done()
            assert bot.log[-2:] == ["sm_disabled", "session_end"]
            house.open()
            bot.say("bob@localhost", "later")
            await asyncio.sleep(10)
            assert bot.log[-2:] == ["sm_enabled", "session_start"]

    @virtual
    async def test_the_time_is_over_while_the_server_is_asked(self) -> None:
        house = House(resume_seconds=60)
        async with session(house) as bot:
            assert bot.sm.session is not None
            bot.sm.session.max_seconds = 3  # as if its clock were slower than ours
            house.network.conditions = Conditions(latency=1.0)
            house.link().cut(Cut.RESET)
            await asyncio.sleep(60)
            assert bot.log[2:] == ["disconnected", "session_resumed"]

    @virtual
    async def test_the_program_asks_for_less_time(self) -> None:
        async with session(House(), max_seconds=7) as bot:
            assert bot.sm.session is not None
            assert bot.sm.session.max_seconds == 7

    @pytest.mark.parametrize("how", ["disconnect", "leave"])
    @virtual
    async def test_the_program_leaves_while_there_is_no_connection(self, how: str) -> None:
        house = House()
        async with session(house) as bot:
            house.shut()
            bot.say("bob@localhost", "perhaps")
            house.link().cut(Cut.RESET)
            await asyncio.sleep(0.1)
            if how == "disconnect":
                await bot.disconnect()
                assert "session_end" in bot.log
        assert [stanza["body"] for stanza in bot.unknown] == ["perhaps"]
        assert bot.log.count("session_end") == 1
        assert bot.end_session_on_disconnect is True

    @virtual
    async def test_what_was_not_acknowledged_at_the_end_is_told(self) -> None:
        house = House()
        async with session(house) as bot:
            house.link().cut(Cut.SILENCE)
            bot.say("bob@localhost", "perhaps")
        assert [stanza["body"] for stanza in bot.unknown] == ["perhaps"]
        assert bot.log[-3:] == ["sm_disabled", "session_end", "disconnected"]

    @virtual
    async def test_a_server_that_goes_down_in_order(self) -> None:
        house = House()
        async with session(house) as bot:
            there = next(iter(house.server._router.all_sessions()))
            house.link().conditions = Conditions(latency=1000)
            bot.say("bob@localhost", "hello")
            house.link().conditions = house.network.conditions
            there.close("system-shutdown", "back soon")
            await asyncio.sleep(10)
            assert bot.log[-2:] == ["sm_enabled", "session_start"]
            assert "session_resumed" not in bot.log
            (kept,) = house.server._router.offline.take("bob@localhost")
            assert kept.findtext("{*}body") == "hello"
            assert bot.unknown == []

    @virtual
    async def test_a_program_that_begins_anew(self) -> None:
        house = House()
        async with session(house, allow_resume=False) as bot:
            house.link().conditions = Conditions(latency=1000)
            bot.say("bob@localhost", "hello")
            bot.reconnect()
            await asyncio.sleep(20)
            assert bot.log[-2:] == ["sm_enabled", "session_start"]
            assert len(house.server._router.offline.take("bob@localhost")) == 1

    @virtual
    async def test_a_server_that_does_not_answer(self) -> None:
        house = House()
        async with session(house, ack_timeout=15.0) as bot:
            await asyncio.sleep(10)
            house.link().cut(Cut.SILENCE)
            bot.say("bob@localhost", "perhaps")
            await asyncio.sleep(16.9)
            assert bot.is_connected()
            await asyncio.sleep(2)
            assert bot.log[-2:] == ["disconnected", "session_resumed"]
            await asyncio.sleep(1)
            assert len(house.server._router.offline.take("bob@localhost")) == 1

    @virtual
    async def test_a_session_that_is_refused(self) -> None:
        async with session(House()) as bot:
            bot.take_event(ManagementFailed("internal-server-error", Failed()))
            assert bot.log[-1] == "sm_failed"


class TestFull:
    @virtual
    async def test_what_is_too_much_waits(self) -> None:
        house = House()
        async with session(house, max_unacked=5) as bot, session(house, "bob") as bob:
            bot.say(bob.boundjid.full, *map(str, range(200)))
            assert bot._sender.waiting
            await bot.drain()
            assert not bot._sender.waiting
            await asyncio.sleep(1)
            assert bob.got == [str(number) for number in range(200)]

    @virtual
    async def test_it_waits_for_the_next_connection_too(self) -> None:
        house = House()
        async with session(house, max_unacked=5) as bot, session(house, "bob") as bob:
            bot.say(bob.boundjid.full, *map(str, range(20)))
            drained = asyncio.ensure_future(bot.drain())
            await asyncio.sleep(0)
            house.link(0).cut(Cut.RESET)
            bot.say(bob.boundjid.full, *map(str, range(20, 40)))
            await asyncio.sleep(30)
            assert bob.got == [str(number) for number in range(40)]
            await asyncio.wait([drained])
            assert drained.exception() is None or isinstance(drained.exception(), Exception)

    @virtual
    async def test_or_it_is_refused(self) -> None:
        async with session(House(), max_unacked=5, when_full="raise") as bot:
            with pytest.raises(QueueFull, match="5 stanzas wait"):
                bot.say("bob@localhost", *map(str, range(20)))
            await asyncio.sleep(5)
            bot.say("bob@localhost", "now")

    @virtual
    async def test_what_was_taken_once_is_not_refused(self) -> None:
        house = House()
        async with session(house, max_unacked=5, when_full="raise") as bot, session(house, "bob") as bob:
            house.link(0).cut(Cut.RESET)
            await asyncio.sleep(0.1)
            bot.say(bob.boundjid.full, *map(str, range(20)))
            await asyncio.sleep(10)
            assert bob.got == [str(number) for number in range(20)]

    @virtual
    async def test_there_is_an_end_to_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xmppkit.xmlstream.sending.MAX_PARKED", 10)
        async with session(House(), max_unacked=5) as bot:
            bot._sender._limit = 10
            with pytest.raises(QueueFull, match="10 stanzas wait"):
                bot.say("bob@localhost", *map(str, range(20)))


class TestPlaces:
    @pytest.mark.parametrize(("secure", "place"), [(True, "other.localhost:5333"), (False, ""), (True, "no host!")])
    @virtual
    async def test_where_the_server_wants_it(self, secure: bool, place: str) -> None:
        house = House()
        async with session(house) as bot:
            assert bot.sm.session is not None
            bot.sm.session.location = place
            house.link().cut(Cut.RESET)
            await asyncio.sleep(0)
            places = [(each.host, each.port) for each in await bot.find_endpoints()]
            again = [(each.host, each.port) for each in await bot.find_endpoints()]
            assert again == [("localhost", 5222)]
            assert places == ([("other.localhost", 5333)] if ":" in place else []) + again

    @virtual
    async def test_it_is_not_believed_in_the_clear(self) -> None:
        house = House()
        options = house.server._management()
        house.server._management = lambda: type(options)(  # type: ignore[method-assign]
            location="evil.example", max_seconds=60, by_hand=True
        )
        async with session(house) as bot:
            assert bot.sm.session is not None
            assert bot.sm.session.location == ""


class TestOptions:
    def test_what_they_take(self) -> None:
        bot = Bot("alice@localhost")
        wrong = {
            "window": -1,
            "order": 10000,
            "resume_order": 10000,
            "max_seconds": 0,
            "when_full": "no",
            "handled": 2**32,
        }
        for name, value in wrong.items():
            with pytest.raises(ConfigurationError, match=name):
                setattr(bot.sm, name, value)
        assert (bot.sm.sm_id, bot.sm.handled, bot.sm.seq, bot.sm.last_ack) == (None, 0, 0, 0)
        assert XEP_0198.sm_id.doc
        bot.sm.disconnected({})

    @virtual
    async def test_other_orders(self) -> None:
        house = House()
        async with session(house, order=20000, resume_order=9500) as bot:
            house.link().cut(Cut.RESET)
            await asyncio.sleep(5)
            assert bot.log[-1] == "session_resumed"

    @virtual
    async def test_a_component_has_none(self) -> None:
        component = ComponentXMPP("echo.localhost", "secret", "localhost", 5347)
        component.register_plugin("xep_0198")
        plugin = component["xep_0198"]
        assert plugin.session is None
        assert (plugin.sm_id, plugin.seq) == (None, 0)
        plugin.session_end()
        plugin.request_ack({})
