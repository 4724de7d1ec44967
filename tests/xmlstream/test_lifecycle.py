# SPDX-License-Identifier: MIT
"""Connections of a stream: how they begin, end, and come back. On a virtual clock, with a server in memory."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionLost,
    ConnectionRefused,
    HostNotFound,
    LocalProtocolError,
    MalformedStream,
    NotConnectedError,
    StreamClosed,
    StreamErrorReceived,
)
from xmppkit.protocol import ReceiverStream, StreamOptions, TlsPolicy, events
from xmppkit.sasl import AccountRecord, SaslPolicy
from xmppkit.settings.settings import Settings
from xmppkit.stanza.message import Message
from xmppkit.testing import clock
from xmppkit.transports.memory import MemoryConnector
from xmppkit.transports.resolver import SrvRecord, StaticResolver
from xmppkit.xmlstream.lifecycle import GOOD_SESSION, TASK_GRACE, Lifecycle
from xmppkit.xmlstream.xmlstream import XMLStream

OPTIONS = StreamOptions(
    domain="localhost", tls=TlsPolicy.DISABLED, sasl=SaslPolicy(("PLAIN",), plain_without_tls=True), close_timeout=60.0
)


class Server:
    """Lets everybody in."""

    def __init__(self) -> None:
        self.drivers: list[AsyncioDriver] = []
        self.events: list[Any] = []
        self.open = True

    def accept(self) -> AsyncioDriver:
        stream = ReceiverStream(OPTIONS, now=asyncio.get_running_loop().time())
        driver = AsyncioDriver(stream, functools.partial(self.take, stream))
        self.drivers.append(driver)
        return driver

    def take(self, stream: ReceiverStream, event: Any) -> None:
        self.events.append(event)
        if isinstance(event, events.AccountNeeded):
            stream.provide_account(AccountRecord("secret"))
        elif isinstance(event, events.BindRequested):
            stream.accept_bind(stream.jid.replace(resource="r"))

    @property
    def bodies(self) -> list[str]:
        return [event["body"] for event in self.events if isinstance(event, Message)]

    async def connect(self, endpoint: Any, factory: Any) -> Any:
        """As a connector; while the server is not `open` nobody listens."""
        listeners = {("server", 5222): self.accept} if self.open else {}
        return await MemoryConnector(listeners).connect(endpoint, factory)


def make(server: Any, **kwargs: Any) -> ClientXMPP:
    client = ClientXMPP("alice@localhost/r", "secret", host="server", port=5222, **kwargs)
    client.plugin["feature_mechanisms"].unencrypted_plain = True
    client.enable_direct_tls = client.enable_starttls = False
    client.enable_plaintext = True
    client.whitespace_keepalive = False
    client.transport_connector = server
    client._connector.jitter = lambda: 1.0
    return client


def recorded(stream: XMLStream, *names: str) -> list[Any]:
    """A list that fills with the names and payloads of events."""
    seen: list[Any] = []
    for name in names:
        stream.add_event_handler(name, functools.partial(lambda name, data: seen.append((name, data)), name))
    return seen


def virtual(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test that runs on a virtual clock, for an hour at most."""

    @functools.wraps(test)
    def run() -> None:
        async def main() -> None:
            async with asyncio.timeout(3600):
                await test()

        clock.run(main())

    del run.__wrapped__  # for pytest it is no coroutine function
    return run


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


# --- where to connect -----------------------------------------------------------------------------------------


@virtual
async def test_an_address_of_ones_own() -> None:
    stream = XMLStream("server", 5269)
    assert [str(each) for each in await stream.find_endpoints()] == ["server:5269"]
    stream.enable_starttls = False
    assert [each.direct_tls for each in await stream.find_endpoints()] == [True]
    stream.enable_plaintext = True
    assert [each.direct_tls for each in await stream.find_endpoints()] == [False]
    assert XMLStream("server").custom_address is None, "half an address is none"


@virtual
async def test_what_dns_says() -> None:
    client = ClientXMPP("alice@example.org", "x")
    client.resolver = StaticResolver({
        "_xmpp-client._tcp.example.org": [SrvRecord(2, 0, 5222, "two.example.")],
        "_xmpps-client._tcp.example.org": [SrvRecord(1, 0, 443, "one.example.")],
    })  # fmt: skip
    assert [str(each) for each in await client.find_endpoints()] == ["one.example:443 (direct TLS)", "two.example:5222"]
    client.enable_direct_tls = False
    assert [str(each) for each in await client.find_endpoints()] == ["two.example:5222"]
    client.resolver = StaticResolver({"_xmpp-client._tcp.example.org": [SrvRecord(0, 0, 0, ".")]})
    with pytest.raises(HostNotFound):
        await client.find_endpoints()


@virtual
async def test_without_a_resolver_it_is_the_systems() -> None:
    client = ClientXMPP("alice@localhost", "x")
    assert [str(each) for each in await client.find_endpoints()] == ["localhost:5222"]
    assert client.resolver is not None


@virtual
async def test_no_way_to_connect_is_enabled() -> None:
    client = make(Server())
    client.enable_plaintext = False
    client.enable_direct_tls = True
    client.custom_address = None
    client.resolver = StaticResolver()
    client.enable_direct_tls = False
    with pytest.raises(ConfigurationError):
        await client.connect()
    client.custom_address = ("server", 5222)
    with pytest.raises(ConfigurationError, match="enable_starttls"):
        await client.connect()
    assert isinstance(client.last_error, ConfigurationError)


@virtual
async def test_a_stream_without_a_protocol() -> None:
    with pytest.raises(LocalProtocolError, match="use ClientXMPP or ComponentXMPP"):
        await XMLStream("server", 5222).connect()
    bare: Any = Lifecycle()
    for call in (
        lambda: bare._stream_opened(None),
        lambda: bare._stream_error(None),
        lambda: bare._session_ended(),
        lambda: bare._session_over(ConnectionLost("")),
        bare._queued,
    ):
        with pytest.raises(NotImplementedError):
            call()
    with pytest.raises(NotImplementedError):
        await bare._sent()


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"use_ssl": True}, (True, False, False)),
        ({"use_ssl": False}, (False, True, False)),
        ({"force_starttls": True}, (True, True, False)),
        ({"force_starttls": False}, (True, True, True)),
        ({"disable_starttls": True}, (True, False, True)),
        ({"disable_starttls": False}, (True, True, False)),
        ({"address": ("h", 1)}, (True, True, False)),
        ({"address": ()}, (True, True, False)),
    ],
)
async def test_older_forms_of_connect(kwargs: dict[str, Any], expected: tuple[bool, ...]) -> None:
    client = ClientXMPP("alice@localhost", "x")
    with pytest.warns(DeprecationWarning, match="connect"):
        attempt = client.connect(**kwargs)
    assert (client.enable_direct_tls, client.enable_starttls, client.enable_plaintext) == expected
    assert client.custom_address == (kwargs.get("address") or None)
    client.cancel_connection_attempt()
    assert attempt.cancelled()


@pytest.mark.parametrize(
    ("args", "address", "expected"),
    [
        ((("h", 1),), ("h", 1), (True, True, False)),
        ((["h", 1],), ("h", 1), (True, True, False)),
        (((), False, True), None, (False, True, False)),
        ((("h", 1), True), ("h", 1), (True, False, False)),
        ((("h", 1), False, False), ("h", 1), (False, True, True)),
        ((("h", 1), False, False, True), ("h", 1), (False, False, True)),
        (("h", 1, True), ("h", 1), (True, False, False)),
        (("h", 1, False, False, True), ("h", 1), (False, False, True)),
    ],
)
@pytest.mark.parametrize("component", [False, True])
async def test_older_forms_of_connect_by_position(
    args: Any, address: tuple[str, int] | None, expected: tuple[bool, ...], component: bool
) -> None:
    stream = ComponentXMPP("a.localhost", "x", "c", 2) if component else ClientXMPP("alice@localhost", "x")
    if component:
        stream.enable_direct_tls, stream.enable_starttls, stream.enable_plaintext = True, True, False
    with pytest.warns(DeprecationWarning, match="connect"):
        attempt = stream.connect(*args)
    assert (stream.enable_direct_tls, stream.enable_starttls, stream.enable_plaintext) == expected
    assert stream.custom_address == (address or (("c", 2) if component else None))
    stream.cancel_connection_attempt()
    assert attempt.cancelled()


async def test_a_word_that_connect_does_not_know() -> None:
    with pytest.warns(DeprecationWarning, match="connect"), pytest.raises(TypeError, match="colour"):
        ClientXMPP("alice@localhost", "x").connect(colour=True)


# --- a session ------------------------------------------------------------------------------------------------


@virtual
async def test_the_events_of_a_session_in_their_order() -> None:
    client = make(Server())
    names = "connecting", "connected", "session_bind", "session_start", "session_end", "disconnected", "eof_received"
    seen = recorded(client, *names)
    over = client.disconnected
    assert not client.is_connecting()
    started = client.connect()
    assert client.is_connecting()
    assert await started is True
    assert client.is_connected()
    await client.wait_until("session_start")
    assert client.socket is None, "memory has none"
    assert client.transport is not None
    assert client.tls_info is None
    assert client.boundjid == "alice@localhost/r"
    assert (client.stream_version, bool(client.stream_id)) == ("1.0", True)
    client.disconnect(reason="enough")
    assert await over == "enough"
    assert client.disconnected is not over
    assert [name for name, _ in seen] == [*names[:6]]
    assert seen[5] == ("disconnected", "enough")
    assert client.last_error is None
    await turns()
    assert not client.is_connected()


@virtual
async def test_disconnecting_without_a_connection_is_told_at_once() -> None:
    client = make(Server())
    seen = recorded(client, "disconnected")
    assert await client.disconnect(reason="never was") == "never was"
    client.disconnect()
    assert seen == [("disconnected", "never was"), ("disconnected", None)]


@virtual
async def test_disconnecting_while_it_waits_to_connect() -> None:
    server = Server()
    server.open = False
    client = make(server)
    attempt = client.connect()
    await client.wait_until("reconnect_delay")
    assert await client.disconnect(reason="no more") == "no more"
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert not client.is_connecting()


class Hanging:
    """A network that never answers."""

    async def connect(self, endpoint: Any, factory: Any) -> Any:
        factory()
        await asyncio.Event().wait()


@pytest.mark.parametrize("way", ["disconnect", "abort"])
def test_ending_in_the_middle_of_connecting(way: str) -> None:
    @virtual
    async def test() -> None:
        client = make(Hanging())
        seen = recorded(client, "disconnected")
        over = client.disconnected
        attempt = client.connect()
        await turns(5)
        getattr(client, way)()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        assert await over is None
        assert len(seen) == 1
        assert not client.is_connected()
        assert not client.is_connecting()

    test()


@virtual
async def test_a_handler_may_give_up_while_an_attempt_fails() -> None:
    server = Server()
    server.open = False
    client = make(server)
    seen = recorded(client, "disconnected", "reconnect_delay")
    client.add_event_handler("connection_failed", lambda _: client.disconnect(reason="enough"))
    client.connect()
    await turns()
    assert seen == [("disconnected", "enough")]
    assert not client.is_connecting()


@virtual
async def test_a_program_that_runs_ends_when_the_attempt_is_given_up() -> None:
    server = Server()
    server.open = False
    for give_up in (ClientXMPP.abort, ClientXMPP.cancel_connection_attempt, ClientXMPP.disconnect):
        client = make(server)
        client.add_event_handler(
            "reconnect_delay", functools.partial(lambda end, client, _: end(client), give_up, client)
        )
        await client._run()
        assert not client.is_connecting()


@virtual
async def test_what_waits_in_a_filter_is_sent_before_the_end() -> None:
    server = Server()
    client = make(server)

    async def slow(stanza: Any) -> Any:
        await asyncio.sleep(1)
        return stanza

    async with client:
        client.add_filter("out", slow)
        client.send_message("bob@localhost", "in time")
        await client.disconnect()
    assert server.bodies == ["in time"]


@pytest.mark.parametrize("ignore", [False, True])
def test_what_takes_too_long_or_is_ignored_is_not_sent(ignore: bool, caplog: pytest.LogCaptureFixture) -> None:
    @virtual
    async def test() -> None:
        server = Server()
        client = make(server)

        async def slow(stanza: Any) -> Any:
            await asyncio.sleep(8)
            return stanza

        async with client:
            unsent = recorded(client, "stanza_not_sent")
            client.add_filter("out", slow)
            client.send_message("bob@localhost", "too late")
            await client.disconnect(wait=3, ignore_send_queue=ignore)
            assert client.loop.time() == (0 if ignore else 3)
        assert server.bodies == []
        assert len(unsent) <= 1

    test()
    assert ("still waits" in caplog.text) is not ignore


@virtual
async def test_a_server_that_does_not_close_is_not_waited_for() -> None:
    server = Server()
    client = make(server)
    async with client:
        server.drivers[0].pause_reading()
        await turns()
        over = client.disconnected
        assert client.disconnect(wait=4) is over
        assert client.disconnect(wait=4) is over, "it is under way"
        await over
        assert client.loop.time() == 4


@virtual
async def test_aborting() -> None:
    client = make(Server())
    client.abort()
    async with client:
        seen = recorded(client, "killed", "session_end", "disconnected")
        client.abort()
        await turns()
        assert [name for name, _ in seen] == ["killed", "session_end", "disconnected"]
        client.abort()
        assert len(seen) == 3
        assert not client.is_connecting(), "what was asked for does not come back"


@virtual
async def test_a_new_connection_in_place_of_the_old_one() -> None:
    server = Server()
    client = make(server)
    async with client:
        seen = recorded(client, "session_end", "disconnected", "session_start")
        answer = client.make_iq_get("urn:x", ito="bob@localhost").send()
        await client.connect()
        with pytest.raises(NotConnectedError, match="for a new one"):
            await answer
        await client.wait_until("session_start")
        assert [name for name, _ in seen] == ["session_end", "disconnected", "session_start"]
        await turns()
        assert server.drivers[0].stream.closed
        assert not server.drivers[1].stream.closed


@virtual
async def test_the_server_ends_its_direction() -> None:
    server = Server()
    client = make(server)
    client.auto_reconnect = False
    async with client:
        seen = recorded(client, "eof_received", "disconnected")
        over = client.disconnected
        server.drivers[0].transport.write_eof()  # type: ignore[union-attr]
        assert isinstance(await over, ConnectionLost)
        assert [name for name, _ in seen] == ["eof_received", "disconnected"]


@virtual
async def test_a_stream_error_is_an_event() -> None:
    server = Server()
    client = make(server)
    async with client:
        seen = recorded(client, "stream_error", "disconnected")
        over = client.disconnected
        server.drivers[0].stream.close_with_error("conflict", "there is another")
        server.drivers[0].wake()
        error = await over
        assert isinstance(error, StreamErrorReceived)
        assert [name for name, _ in seen] == ["stream_error", "disconnected"]
        assert seen[0][1]["condition"] == "conflict"
        assert not client.is_connecting(), "two would take the resource from each other for ever"


class Ancient(asyncio.Protocol):
    """A server from before RFC 3920."""

    def connection_made(self, transport: Any) -> None:
        namespaces = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        transport.write(f"<stream:stream {namespaces} from='localhost' id='1'>".encode())


@virtual
async def test_a_server_older_than_xmpp() -> None:
    client = make(MemoryConnector({("server", 5222): Ancient}))
    seen = recorded(client, "legacy_protocol", "disconnected")
    over = client.disconnected
    client.connect()
    error = await over
    assert isinstance(error, MalformedStream)
    assert seen == [("legacy_protocol", {}), ("disconnected", error)]


# --- coming back ----------------------------------------------------------------------------------------------


@virtual
async def test_a_session_that_was_lost_comes_back_with_pauses_that_grow() -> None:
    server = Server()
    client = make(server, settings=Settings(idle_timeout=None))  # it answers no pings
    async with client:
        times: list[float] = []
        client.add_event_handler("reconnect_delay", times.append)
        server.open = False
        server.drivers[0].abort("restart")
        await turns()
        await asyncio.sleep(10)
        assert times == [1, 3, 7]
        server.open = True
        await client.wait_until("session_start")
        assert client.last_error is None
        server.drivers[-1].abort("restart")
        await client.wait_until("session_start")
        assert times == [1, 3, 7, 3], "a server that throws us out at once is not asked every second"
        await asyncio.sleep(GOOD_SESSION)
        server.drivers[-1].abort("restart")
        await client.wait_until("session_start")
        assert times == [1, 3, 7, 3, 1], "after a good session it begins anew"


@virtual
async def test_a_server_that_lets_us_in_and_throws_us_out_is_not_asked_often() -> None:
    server = Server()
    client = make(server)
    client.add_event_handler("session_start", lambda _: server.drivers[-1].abort("enough"))
    client.connect()
    await asyncio.sleep(60)
    assert 4 <= len(server.drivers) <= 10
    client.cancel_connection_attempt()


@pytest.mark.parametrize("way", ["connect", "reconnect"])
@pytest.mark.parametrize("later", [False, True])
def test_a_program_that_connects_whenever_it_is_disconnected_is_no_storm(way: str, later: bool) -> None:
    @virtual
    async def test() -> None:
        server = Server()
        client = make(server)
        client.auto_reconnect = later
        client.add_event_handler("connected", lambda _: server.drivers[-1].abort("enough"))

        async def in_a_task(_: Any) -> None:
            getattr(client, way)()

        def at_once(_: Any) -> None:
            getattr(client, way)()

        again = in_a_task if later else at_once
        client.add_event_handler("disconnected", again)
        client.connect()
        await asyncio.sleep(60)
        assert 4 <= len(server.drivers) <= 10
        client.del_event_handler("disconnected", again)
        client.abort()
        await asyncio.sleep(1000)
        started = len(server.drivers)
        client.connect()
        await turns()
        assert len(server.drivers) == started + 1, "after a long time there is no pause"

    test()


@virtual
async def test_another_place_is_tried_at_once() -> None:
    server = Server()
    client = make(server)
    client.connect("nowhere", 1)
    await turns()
    client.connect("server", 5222)
    await turns()
    assert len(server.drivers) == 1
    server.drivers[0].abort("enough")
    await turns()
    client.connect("server", 5222)
    await turns()
    assert len(server.drivers) == 1
    await asyncio.sleep(10)
    assert len(server.drivers) == 2
    client.abort()


@pytest.mark.parametrize("end", [True, False])
def test_a_session_may_outlive_its_connection(end: bool) -> None:
    @virtual
    async def test() -> None:
        server = Server()
        client = make(server)
        client.end_session_on_disconnect = end
        async with client:
            seen = recorded(client, "session_end", "disconnected")
            answer = client.make_iq_get("urn:example:nothing", "alice@localhost").send()
            server.drivers[0].abort("restart")
            await client.wait_until("disconnected")
            assert [name for name, _ in seen] == (["session_end"] if end else []) + ["disconnected"]
            assert answer.done() is end, "what may be resumed may still be answered"
            assert client.session_bind_event.is_set() is not end
            await client.wait_until("session_start")
        with pytest.raises((ConnectionLost, NotConnectedError)):
            await answer

    test()


@virtual
async def test_a_server_that_closes_the_stream() -> None:
    server = Server()
    client = make(server)
    client.auto_reconnect = False
    async with client:
        server.drivers[0].close()
        error = await client.disconnected
    assert isinstance(error, StreamClosed)
    assert client.disconnect_reason == "End of stream"


@virtual
async def test_sessions_that_are_lost_before_they_begin_have_pauses_that_grow_too() -> None:
    server = Server()
    client = make(server)
    async with client:
        times: list[float] = []
        client.add_event_handler("reconnect_delay", times.append)
        client.add_event_handler("connected", lambda _: server.drivers[-1].abort("restart"))
        server.drivers[0].abort("restart")
        await asyncio.sleep(25)
        assert times == [1, 3, 7, 15]


@virtual
async def test_it_can_be_hurried_and_stopped() -> None:
    server = Server()
    client = make(server)
    async with client:
        server.drivers[0].abort("restart")
        await client.wait_until("reconnect_delay")
        await turns()
        client.reschedule_connection_attempt()
        await client.wait_until("session_start")
        assert client.loop.time() == 0
        server.drivers[1].abort("restart")
        await client.wait_until("reconnect_delay")
        client.cancel_connection_attempt()
        await asyncio.sleep(60)
        assert len(server.drivers) == 2


@virtual
async def test_a_handler_may_connect_again_by_itself() -> None:
    server = Server()
    client = make(server)
    async with client:
        client.add_event_handler("disconnected", lambda _: client.connect(), disposable=True)
        pauses = recorded(client, "reconnect_delay")
        server.drivers[0].abort("restart")
        await client.wait_until("session_start")
        assert [seconds for _, seconds in pauses] == [1.0]


@virtual
async def test_reconnecting() -> None:
    server = Server()
    client = make(server)
    client.reconnect()
    await client.wait_until("session_start")
    over = client.disconnected
    client.reconnect(reason="because")
    assert await over == "because"
    await client.wait_until("session_start")
    assert len(server.drivers) == 2
    await client.disconnect()


# --- tasks ----------------------------------------------------------------------------------------------------


@virtual
async def test_tasks_end_with_the_stream_after_a_grace_but_for_the_one_that_ended_it() -> None:
    client = make(Server())
    client.connect()
    await client.wait_until("session_start")

    async def leave() -> float:
        await client.disconnect()
        await asyncio.sleep(2 * TASK_GRACE)
        return client.loop.time()

    other = client.wrap(asyncio.sleep(100))
    assert await client.wrap(leave()) == 2 * TASK_GRACE
    assert other.cancelled()


@virtual
async def test_tasks_go_on_if_the_stream_comes_back() -> None:
    client = make(Server())
    client.connect()
    await client.wait_until("session_start")
    task = client.wrap(asyncio.sleep(100))
    await client.disconnect()
    client.connect()
    await asyncio.sleep(2 * TASK_GRACE)
    assert not task.done()
    await client.disconnect()
    await asyncio.sleep(2 * TASK_GRACE)
    assert task.cancelled()


@virtual
async def test_disconnecting_outside_of_any_task() -> None:
    client = make(Server())
    over = client.disconnected
    client.connect()
    client.add_event_handler("session_start", lambda _: client.loop.call_later(1, client.disconnect))
    await over
    assert client.loop.time() == 1


# --- async with -----------------------------------------------------------------------------------------------


@virtual
async def test_async_with_tries_once() -> None:
    server = Server()
    server.open = False
    client = make(server)
    with pytest.raises(ConnectionRefused):
        async with client:
            raise AssertionError("there should be no session")
    assert client.loop.time() == 0
    assert not client.is_connecting()


@virtual
async def test_async_with_ends_tasks_and_connection_also_with_an_error() -> None:
    client = make(Server())
    tasks: list[asyncio.Future[None]] = []

    async def fail() -> None:
        async with client:
            tasks.append(client.wrap(asyncio.sleep(100)))
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        await fail()
    await turns()
    assert tasks[0].cancelled()
    assert not client.is_connected()


@virtual
async def test_async_with_a_stream_that_was_left_within() -> None:
    client = make(Server())
    async with client:
        await client.disconnect()
        seen = recorded(client, "disconnected")
    assert seen == [], "not told twice"


@virtual
async def test_async_with_that_is_closed_before_the_session() -> None:
    client = make(Server())
    client.add_event_handler("connected", lambda _: client.disconnect(reason="changed my mind"))
    with pytest.raises(NotConnectedError, match="before the session"):
        async with client:
            raise AssertionError("there should be no session")


@virtual
async def test_async_with_that_is_left_to_wait() -> None:
    client = make(Hanging())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5), client:
            raise AssertionError("there should be no session")
    assert not client.is_connecting()
    assert not client.is_connected()


# --- components -----------------------------------------------------------------------------------------------


@virtual
async def test_a_component_that_is_refused() -> None:
    component = ComponentXMPP("echo.localhost", "secret", "nowhere", 5347)
    component.transport_connector = Server()
    with pytest.raises(ConnectionRefused):
        async with component:
            raise AssertionError("there should be no session")


def test_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    @virtual
    async def test() -> None:
        server = Server()
        client = make(server)
        client.auto_reconnect = False
        async with client:
            over = client.disconnected
            server.drivers[0].abort("restart")
            await over

    caplog.set_level(logging.WARNING)
    test()
    assert len([each for each in caplog.records if each.name.startswith("xmppkit")]) == 1


async def test_disconnecting_before_any_event_loop_runs() -> None:
    loop = asyncio.new_event_loop()
    client = ClientXMPP("alice@localhost", "x", loop=loop)
    told: list[asyncio.Future[Any]] = []
    thread = threading.Thread(target=lambda: told.append(client.disconnect(reason="never ran")))
    thread.start()
    thread.join()
    assert told[0].result() == "never ran"
    loop.close()
