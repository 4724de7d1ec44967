# SPDX-License-Identifier: MIT
"""`Client` against the embedded server, on every main loop."""

from __future__ import annotations

import asyncio
import logging
import queue
from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit import ClientXMPP
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0199.stanza import Ping
from xmppkit.pyxmpp2 import exceptions
from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.interfaces import (
    QUIT,
    Event,
    EventHandler,
    XMPPFeatureHandler,
    event_handler,
    iq_get_stanza_handler,
    message_stanza_handler,
)
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop.asyncio import AsyncioMainLoop
from xmppkit.pyxmpp2.mainloop.epoll import EpollMainLoop
from xmppkit.pyxmpp2.mainloop.interfaces import MainLoop
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.mainloop.select import SelectMainLoop
from xmppkit.pyxmpp2.mainloop.threads import ThreadPool
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.roster import RosterClient, RosterReceivedEvent
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, DisconnectedEvent
from xmppkit.server import EmbeddedServer

LOOPS: list[type[Any]] = [SelectMainLoop, PollMainLoop, EpollMainLoop, ThreadPool, AsyncioMainLoop]
BOT = JID("bot@localhost/test")
#: Seconds for any one step.
PATIENCE = 60.0


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    users = {"alice": "wonderland", "bot": "staple"}
    async with EmbeddedServer(domain="localhost", users=users) as server:
        yield server


@pytest.fixture
def settings(server: EmbeddedServer) -> XMPPSettings:
    return XMPPSettings(
        {
            "password": "staple",
            "server": server.host,
            "c2s_port": server.port,
            "tls_cacert_file": str(server.ca_file),
        }
    )


class Recorder(EventHandler):
    """Notes events, does what it is told to on some, and ends the loop with the connection."""

    def __init__(self, **acts: Callable[[Any], Any]) -> None:
        self.events: list[Event] = []
        self.acts = acts

    @event_handler()
    def note(self, event: Event) -> Any:
        self.events.append(event)
        act = self.acts.get(type(event).__name__)
        return None if act is None else act(event)

    @event_handler(DisconnectedEvent)
    def over(self, event: DisconnectedEvent) -> Event:
        return QUIT

    @property
    def names(self) -> list[str]:
        return [type(event).__name__.removesuffix("Event") for event in self.events]


async def run(client: Client) -> None:
    """Run a client to its end, in a thread as its program would."""

    def whole() -> None:
        client.connect()
        client.run(PATIENCE)

    await asyncio.to_thread(whole)
    if isinstance(client.main_loop, ThreadPool):
        client.main_loop.stop(join=True, timeout=PATIENCE)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so that nobody reports: what happens in another thread, or in the server."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def leave(client: Callable[[], Client]) -> Callable[[Any], None]:
    return lambda event: client().disconnect()


SESSION = (
    "Connecting Connected StreamConnected GotFeatures TLSConnecting TLSConnected StreamRestarted "
    "GotFeatures Authenticated StreamRestarted GotFeatures BindingResource Authorized RosterReceived Disconnected"
)


@pytest.mark.parametrize("loop", LOOPS)
async def test_a_session(settings: XMPPSettings, loop: type[Any]) -> None:
    seen: dict[str, Any] = {}

    def authorized(event: AuthorizedEvent) -> None:
        seen.update(stream=event.stream, me=client.me, peer=client.peer)

    def disconnected(event: DisconnectedEvent) -> None:
        seen["last stream"] = client.stream

    recorder = Recorder(
        AuthorizedEvent=authorized, RosterReceivedEvent=leave(lambda: client), DisconnectedEvent=disconnected
    )
    client = Client(BOT, [recorder], settings, loop(settings))
    await run(client)
    assert recorder.names == SESSION.split()
    assert (seen["me"], seen["peer"]) == (BOT, JID("localhost"))
    assert seen["last stream"] is seen["stream"]
    assert client.stream is None
    assert client.roster is not None
    assert len(client.roster) == 0


@pytest.mark.parametrize("loop", LOOPS)
async def test_messages_both_ways(server: EmbeddedServer, settings: XMPPSettings, loop: type[Any]) -> None:
    class Echo(Recorder, XMPPFeatureHandler):
        @message_stanza_handler()
        def echo(self, stanza: Message) -> Any:
            if stanza.body == "bye":
                client.disconnect()
                return True
            return Message(to_jid=stanza.from_jid, body=stanza.body, stanza_type=stanza.stanza_type)

    client = Client(BOT, [Echo()], settings, loop(settings))
    alice = ClientXMPP("alice@localhost/test", "wonderland")
    alice.ca_certs = server.ca_file
    alice.custom_address = (server.host, server.port)
    async with asyncio.timeout(PATIENCE), alice:
        there = asyncio.create_task(run(client))
        await until(lambda: client.roster is not None)
        for text in ("hello", "<ü & 🎉>", "x" * 50_000):
            answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
            await asyncio.sleep(0)
            alice.send_message(str(BOT), text, mtype="chat")
            assert (await answer)["body"] == text
        alice.send_message(str(BOT), "bye", mtype="chat")
        await there


async def test_what_is_sent_after_the_login(settings: XMPPSettings, caplog: pytest.LogCaptureFixture) -> None:
    """The program's stanzas, the roster's request, the presence."""
    caplog.set_level(logging.DEBUG, "pyxmpp2.OUT")
    recorder = Recorder(
        AuthorizedEvent=lambda event: client.send(Message(to_jid=BOT.bare(), body="mine")),
        RosterReceivedEvent=leave(lambda: client),
    )
    client = Client(BOT, [recorder], settings)
    await run(client)
    out = [record.getMessage() for record in caplog.records if record.name == "pyxmpp2.OUT"]
    order = [
        next(i for i, text in enumerate(out) if part in text) for part in ("mine", "jabber:iq:roster", "<presence")
    ]
    assert order == sorted(order)
    assert 'type="unavailable"' in out[-1] or any('type="unavailable"' in text for text in out[-2:])
    assert "staple" not in "".join(out)


async def test_a_handler_may_keep_an_event_to_itself(settings: XMPPSettings) -> None:
    def keep(event: AuthorizedEvent) -> bool:
        client.main_loop.delayed_call(0.05, client.disconnect)
        return True

    recorder = Recorder(AuthorizedEvent=keep)
    client = Client(BOT, [recorder], settings)
    await run(client)
    assert client.roster is None
    assert "RosterReceived" not in recorder.names


async def test_without_a_roster_and_without_presence(server: EmbeddedServer, settings: XMPPSettings) -> None:
    class Rosterless(Client):
        def roster_client_factory(self) -> RosterClient | None:
            return None

    settings["initial_presence"] = None
    recorder = Recorder(AuthorizedEvent=lambda event: client.main_loop.delayed_call(0.05, client.disconnect))
    client = Rosterless(BOT, [recorder], settings)
    await run(client)
    assert client.roster is client.roster_client is None
    assert recorder.names[-2:] == ["Authorized", "Disconnected"]
    assert "Roster" not in "".join(recorder.names)


async def test_connecting_again(settings: XMPPSettings) -> None:
    recorder = Recorder(RosterReceivedEvent=leave(lambda: client))
    client = Client(BOT, [recorder], settings)
    for count in (1, 2):
        await run(client)
        assert recorder.names.count("Disconnected") == recorder.names.count("RosterReceived") == count


@pytest.mark.parametrize("loop", LOOPS)
async def test_connecting_again_after_a_failure(settings: XMPPSettings, loop: type[Any]) -> None:
    recorder = Recorder(RosterReceivedEvent=leave(lambda: client))
    client = Client(BOT, [recorder], settings, loop(settings))
    settings["password"] = "wrong"
    with pytest.raises(exceptions.SASLAuthenticationFailed):
        await run(client)
    settings["password"] = "staple"
    await run(client)
    assert recorder.names.count("Disconnected") == 2  # that of the failure ends nothing any more
    assert recorder.names.index("AuthenticationFailed") < recorder.names.index("Disconnected")
    assert recorder.names[-2:] == ["RosterReceived", "Disconnected"]
    if isinstance(client.main_loop, ThreadPool):
        client.main_loop.stop(join=True, timeout=PATIENCE)


async def test_two_clients_with_the_same_settings(settings: XMPPSettings) -> None:
    """PyXMPP2's shared one queue for the whole process."""
    recorders = [Recorder(RosterReceivedEvent=lambda event: event.roster_client.client.disconnect()) for _ in range(2)]
    clients = []
    for number, recorder in enumerate(recorders):
        client = Client(JID(f"bot@localhost/{number}"), [recorder], settings.own_view() if number else settings)
        client.roster_client.client = client  # type: ignore[union-attr]
        clients.append(client)
    assert clients[0].settings["event_queue"] is not clients[1].settings["event_queue"]
    await asyncio.gather(*map(run, clients))
    assert [recorder.names for recorder in recorders] == [SESSION.split()] * 2


async def test_two_clients_in_one_loop(settings: XMPPSettings) -> None:
    gone: list[Any] = []

    class Both(EventHandler):
        @event_handler(RosterReceivedEvent)
        def received(self, event: RosterReceivedEvent) -> bool:
            next(c for c in clients if c.roster_client is event.roster_client).disconnect()
            return True

        @event_handler(DisconnectedEvent)
        def disconnected(self, event: DisconnectedEvent) -> Event | None:
            gone.append(event.stream)
            return QUIT if len(gone) == 2 else None

    loop = PollMainLoop(settings)
    both, clients = Both(), list[Client]()
    for name in "ab":
        own = XMPPSettings({**settings, "resource": name, "event_queue": loop.event_queue})
        clients.append(Client(JID("bot@localhost"), [both] if name == "a" else [], own, loop))
    for client in clients:
        client.connect()
    await asyncio.to_thread(loop.loop, PATIENCE)
    assert len(gone) == 2


# --- what goes wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", LOOPS)
async def test_a_wrong_password(server: EmbeddedServer, settings: XMPPSettings, loop: type[Any]) -> None:
    settings["password"] = "battery"
    client = Client(BOT, [Recorder()], settings, loop(settings))
    with pytest.raises(exceptions.SASLAuthenticationFailed) as raised:
        await run(client)
    assert "battery" not in str(raised.value)
    assert client.stream is None
    if isinstance(client.main_loop, ThreadPool):
        client.main_loop.stop(join=True, timeout=PATIENCE)
    await until(lambda: not server.sessions)


async def test_a_certificate_that_nobody_trusts(settings: XMPPSettings) -> None:
    del settings["tls_cacert_file"]
    with pytest.raises(exceptions.TLSError):
        await run(Client(BOT, [Recorder()], settings))


async def test_a_server_for_another_domain(settings: XMPPSettings) -> None:
    """The certificate is for localhost, and so is the stream."""
    with pytest.raises(exceptions.FatalStreamError):
        await run(Client(JID("bot@evil.example"), [Recorder()], settings))


async def test_a_server_without_tls(caplog: pytest.LogCaptureFixture) -> None:
    async with EmbeddedServer(domain="localhost", users={"bot": "staple"}, tls=False) as server:
        plain = {"password": "staple", "server": server.host, "c2s_port": server.port}
        with pytest.raises(exceptions.TLSNegotiationFailed):
            await run(Client(BOT, [Recorder()], XMPPSettings(plain)))
        recorder = Recorder(RosterReceivedEvent=leave(lambda: client))
        client = Client(BOT, [recorder], XMPPSettings({**plain, "starttls": False, "tls_require": False}))
        await run(client)
        assert "TLSConnected" not in recorder.names
        only_plain = {**plain, "tls_require": False, "sasl_mechanisms": ["PLAIN"]}
        with pytest.raises(exceptions.StreamAuthenticationError):
            await run(Client(BOT, [Recorder()], XMPPSettings(only_plain)))


@pytest.mark.parametrize("loop", LOOPS)
async def test_what_a_handler_raises(server: EmbeddedServer, settings: XMPPSettings, loop: type[Any]) -> None:
    def fail(event: Any) -> None:
        raise ZeroDivisionError

    client = Client(BOT, [Recorder(RosterReceivedEvent=fail)], settings, loop(settings))
    with pytest.raises(ZeroDivisionError):
        await run(client)
    if isinstance(client.main_loop, ThreadPool):
        client.main_loop.stop(join=True, timeout=PATIENCE)
    assert client.stream is None
    await until(lambda: not server.sessions)


async def test_nobody_listens(unused_tcp_port: int) -> None:
    settings = XMPPSettings({"password": "x", "server": "127.0.0.1", "c2s_port": unused_tcp_port})
    with pytest.raises(OSError):
        await run(Client(BOT, [Recorder()], settings))


async def test_sending_without_a_connection(settings: XMPPSettings) -> None:
    client = Client(BOT, [], settings)
    with pytest.raises(exceptions.NoRouteError):
        client.send(Presence())
    client.disconnect()
    client.close_stream()


async def test_ctrl_c_and_goodbye(server: EmbeddedServer, settings: XMPPSettings) -> None:
    def interrupt(event: Any) -> None:
        raise KeyboardInterrupt

    recorder = Recorder(RosterReceivedEvent=interrupt)
    client = Client(BOT, [recorder], settings)

    def program() -> None:
        client.connect()
        try:
            client.run(PATIENCE)
        except KeyboardInterrupt:
            client.disconnect()
            client.run(timeout=2)

    await asyncio.to_thread(program)
    assert recorder.names[-1] == "Disconnected"
    assert server.sessions == []


@pytest.mark.parametrize("jid", ["bot@localhost", None])
def test_a_jid_is_a_jid(jid: Any) -> None:
    with pytest.raises(TypeError, match="JID"):
        Client(jid, [])


def test_a_loop_of_the_program_keeps_the_settings() -> None:
    settings = XMPPSettings()
    loop: MainLoop = PollMainLoop(settings)
    assert Client(BOT, [], settings, loop).settings is settings
    other = PollMainLoop()
    assert Client(BOT, [], settings, other).settings["event_queue"] is other.event_queue
    chosen = XMPPSettings({"event_queue": queue.Queue()})
    assert Client(BOT, [], chosen, other).settings["event_queue"] is chosen["event_queue"]
    own = Client(BOT)
    assert isinstance(own.settings["event_queue"], queue.Queue)
    assert own.main_loop.event_queue is own.settings["event_queue"]  # type: ignore[attr-defined]


async def test_a_loop_with_settings_of_its_own_gets_the_events(settings: XMPPSettings, loop_class: Any) -> None:
    recorder = Recorder(AuthorizedEvent=lambda event: event.stream.disconnect())
    client = Client(BOT, [recorder], settings, loop_class())
    await run(client)
    assert recorder.names[-1] == "Disconnected"
    assert client.main_loop.finished
    if isinstance(client.main_loop, ThreadPool):
        client.main_loop.stop(join=True, timeout=PATIENCE)


async def test_events_of_another_stream_are_passed_over(settings: XMPPSettings) -> None:
    client = Client(BOT, [], settings)
    event = AuthorizedEvent(BOT)
    client._authorized(event)
    client.note_login(event, "post-auth")
    client._disconnected(DisconnectedEvent(("127.0.0.1", 1)))
    assert client.me is None


# --- stanza classes of plugins --------------------------------------------------------------------------


class Pinger(Recorder, XMPPFeatureHandler):
    """Asks the server with classes of two plugins, and answers with one."""

    client: Client

    def __init__(self) -> None:
        super().__init__(RosterReceivedEvent=self.begin)
        self.features: set[str] = set()
        self.pinged = 0

    def ask(self, payload: Any, to: JID, then: Callable[[Iq], Any]) -> None:
        iq = Iq(stanza_type="get", to_jid=to)
        iq.add_payload(payload)
        self.client.set_response_handlers(iq, then, then)
        self.client.send(iq)

    def begin(self, event: Any) -> None:
        self.ask(DiscoInfo(), JID("localhost"), self.informed)

    def informed(self, stanza: Iq) -> None:
        self.features = set(stanza.get_payload(DiscoInfo)["features"])
        self.ask(Ping(), BOT, self.answered)

    def answered(self, stanza: Iq) -> None:
        assert stanza.stanza_type == "result"
        self.client.disconnect()

    @iq_get_stanza_handler(Ping)
    def ping(self, stanza: Iq) -> Iq:
        self.pinged += isinstance(stanza.get_payload(Ping), Ping)
        return stanza.make_result_response()


async def test_stanza_classes_of_plugins(settings: XMPPSettings) -> None:
    pinger = Pinger()
    pinger.client = Client(BOT, [pinger], settings)
    await run(pinger.client)
    assert "http://jabber.org/protocol/disco#info" in pinger.features
    assert pinger.pinged == 1


async def test_a_malformed_stanza_ends_nothing(server: EmbeddedServer, settings: XMPPSettings) -> None:
    def provoke(event: Any) -> None:
        presence = Element("{jabber:client}presence", {"to": str(BOT)})
        priority = Element("{jabber:client}priority")
        priority.text = "nonsense"
        presence.append(priority)
        client.stream.write_element(presence)  # type: ignore[union-attr]
        client.main_loop.delayed_call(0.1, client.disconnect)

    recorder = Recorder(RosterReceivedEvent=provoke)
    client = Client(BOT, [recorder], settings)
    await run(client)
    assert recorder.names[-1] == "Disconnected"
