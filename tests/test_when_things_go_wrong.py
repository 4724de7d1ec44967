# SPDX-License-Identifier: MIT
"""Whatever goes wrong ends in one clear error: what, where, what to do; in bounded time, with nothing leaked.

The peers here are real sockets on loopback: a small server made of the engine's receiving end, or something that is no
XMPP server at all. docs/errors.rst has the same table in words.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import (
    AuthenticationFailed,
    CertificateExpired,
    CertificateUntrusted,
    CertificateWrongHost,
    ConnectionLost,
    ConnectionRefused,
    HostNotFound,
    InvalidCABundle,
    InvalidJID,
    NegotiationTimeout,
    NotXMPP,
    StreamErrorReceived,
    TLSFailed,
    TLSRequired,
    UnserializableXML,
    XMPPKitError,
)
from xmppkit.protocol import ComponentReceiverStream, ReceiverStream, StreamOptions, TlsPolicy, events
from xmppkit.sasl import AccountRecord
from xmppkit.testing import clock
from xmppkit.testing.wire import Wire
from xmppkit.transports import certificates

PASSWORD = "correct horse battery staple"
#: Seconds that anything here may take, except silence.
PATIENCE = 60.0


class SmallServer:
    """One account, one domain, real sockets."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = certificates.make_authority(directory / "ca")
        self.ca_file = self.authority.files.certificate
        self.servers: list[asyncio.Server] = []
        self.drivers: list[AsyncioDriver] = []
        self.received: list[bytes] = []

    async def listen(self, name: str = "localhost", *, tls: TlsPolicy = TlsPolicy.REQUIRED, **period: Any) -> int:
        """Serve clients, with a certificate for `name`; the port."""
        files = certificates.make_certificate(self.authority, self.directory / name, name, **period)
        context = certificates.server_context(files.certificate, files.key)
        options = StreamOptions(domain="localhost", ssl_context=context, tls=tls)
        return await self._serve(lambda now: ReceiverStream(options, now=now))

    async def listen_for_components(self) -> int:
        """Serve components; the port."""
        options = StreamOptions(domain="localhost", tls=TlsPolicy.DISABLED)
        return await self._serve(lambda now: ComponentReceiverStream(options, now=now))

    async def _serve(self, make: Callable[[float], Any]) -> int:
        loop = asyncio.get_running_loop()

        def accept() -> AsyncioDriver:
            driver = AsyncioDriver(make(loop.time()), lambda event: self.take(driver, event))
            self.drivers.append(driver)
            return driver

        server = await loop.create_server(accept, "127.0.0.1", 0)
        self.servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    def take(self, driver: AsyncioDriver, event: Any) -> None:
        """Answer what the engine asks."""
        stream: Any = driver.stream
        if isinstance(event, events.AccountNeeded):
            stream.provide_account(AccountRecord(PASSWORD) if event.username == "alice" else None)
        elif isinstance(event, events.BindRequested):
            stream.accept_bind(stream.jid.replace(resource=event.resource or "r"))
        elif isinstance(event, events.SecretNeeded):
            stream.provide_secret("secret")

    async def close(self) -> None:
        for driver in self.drivers:
            driver.abort("the server goes")
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SmallServer]:
    server = SmallServer(tmp_path)
    yield server
    await server.close()


async def something_else(
    answer: bytes, *, then_close: bool = True, came: asyncio.Event | None = None
) -> tuple[asyncio.Server, int, list[bytes]]:
    """A server that says `answer` to whatever comes, and sets `came` when something has."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        if came is not None:
            came.set()
        writer.write(answer)
        if not then_close:
            while data := await reader.read(65536):
                heard.append(data)
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    return listening, listening.sockets[0].getsockname()[1], heard


def make_client(server: SmallServer, jid: str = "alice@localhost/x", password: str = PASSWORD) -> ClientXMPP:
    client = ClientXMPP(jid, password)
    client.ca_certs = server.ca_file
    return client


async def failure(stream: ClientXMPP | ComponentXMPP, port: int, host: str = "127.0.0.1") -> BaseException:
    """The error with which a login ends; it must be told everywhere alike, and once."""
    told: list[Any] = []
    stream.add_event_handler("disconnected", told.append)
    stream.custom_address = (host, port)
    with pytest.raises(XMPPKitError) as caught:
        async with asyncio.timeout(PATIENCE), stream:
            raise AssertionError("there should be no session")
    assert told == [caught.value]
    assert stream.last_error is caught.value
    assert not stream.is_connected()
    assert not stream.is_connecting()
    return caught.value


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:  # type: ignore[misc]  # a plain generator
    """No secret is in the log, nor a traceback; what went wrong is in one line of it."""
    caplog.set_level(logging.DEBUG, "xmppkit")
    yield
    assert PASSWORD not in caplog.text
    assert "hunter2" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records), caplog.text


def assert_clear(error: BaseException, *words: str) -> None:
    """The text names what and where, and says in parentheses what to do."""
    text = str(error)
    for word in words:
        assert word in text
    assert re.search(r"\(.+\)$", text), text
    assert "\n" not in text
    assert "Traceback" not in text


# --- logging in -----------------------------------------------------------------------------------------------


async def test_the_small_server_lets_the_right_one_in(server: SmallServer) -> None:
    client = make_client(server)
    seen: list[str] = []
    for name in ("connecting", "connected", "tls_success", "auth_success", "session_bind", "session_start"):
        client.add_event_handler(name, lambda _, name=name: seen.append(name))
    client.add_event_handler("stream_negotiated", lambda _: seen.append("stream_negotiated"))
    client.add_event_handler("ssl_cert", lambda pem: seen.append("ssl_cert" if "BEGIN" in pem else pem))
    client.custom_address = ("127.0.0.1", await server.listen())
    async with asyncio.timeout(PATIENCE), client:
        assert client.mechanism == "SCRAM-SHA-512"
        assert client.tls_info is not None
        assert client.boundjid == "alice@localhost/x"
    assert seen == [
        "connecting", "connected", "ssl_cert", "tls_success", "auth_success", "session_bind", "session_start",
        "stream_negotiated",
    ]  # fmt: skip


@pytest.mark.parametrize(("jid", "password"), [("alice@localhost", "hunter2"), ("nobody@localhost", PASSWORD)])
async def test_wrong_password_and_unknown_account_look_the_same(server: SmallServer, jid: str, password: str) -> None:
    client = make_client(server, jid, password)
    seen: list[str] = []
    for name in ("failed_auth", "failed_all_auth", "no_auth"):
        client.add_event_handler(name, lambda _, name=name: seen.append(name))
    error = await failure(client, await server.listen())
    assert isinstance(error, AuthenticationFailed)
    assert error.condition == "not-authorized"
    assert_clear(error, "localhost", "refused the login", "check the JID and the password")
    assert seen == ["failed_auth", "failed_all_auth"]


async def test_no_mechanism_may_be_used(server: SmallServer) -> None:
    client = ClientXMPP("alice@localhost", PASSWORD, sasl_mech="EXTERNAL")
    client.ca_certs = server.ca_file
    seen: list[Any] = []
    client.add_event_handler("no_auth", seen.append)
    error = await failure(client, await server.listen())
    assert isinstance(error, AuthenticationFailed)
    assert_clear(error, "SCRAM-SHA-256", "the policy does not allow it")
    assert seen == [{}]


async def test_a_wrong_component_secret(server: SmallServer) -> None:
    component = ComponentXMPP("echo.localhost", "hunter2")
    error = await failure(component, await server.listen_for_components())
    assert isinstance(error, StreamErrorReceived)
    assert_clear(error, "echo.localhost", "not-authorized", "component's secret")


async def test_the_right_component_secret(server: SmallServer) -> None:
    component = ComponentXMPP("echo.localhost", "secret")
    component.custom_address = ("127.0.0.1", await server.listen_for_components())
    async with asyncio.timeout(PATIENCE), component:
        assert component.sessionstarted


# --- finding the server ---------------------------------------------------------------------------------------


async def test_no_such_host(server: SmallServer) -> None:
    error = await failure(make_client(server), 5222, "no-such-host.invalid")
    assert isinstance(error, HostNotFound)
    assert_clear(error, "no-such-host.invalid:5222", "does not resolve", "check the domain")


async def test_a_refused_port(server: SmallServer, unused_tcp_port: int) -> None:
    error = await failure(make_client(server), unused_tcp_port)
    assert isinstance(error, ConnectionRefused)
    assert_clear(error, f"127.0.0.1:{unused_tcp_port}", "nothing listens", "check host and port")


async def test_refused_again_and_again_is_told_once_in_the_log(
    server: SmallServer, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(server)
    client._connector.jitter = lambda: 0.0
    client._connector.limit = 4
    pauses: list[float] = []
    client.add_event_handler("reconnect_delay", pauses.append)
    with pytest.raises(ConnectionRefused):
        await client.connect("127.0.0.1", unused_tcp_port)
    assert len(pauses) == 3
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1


# --- a peer that is something else ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "what"),
    [(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "HTTP"), (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH")],
)
async def test_a_server_that_is_not_xmpp(server: SmallServer, answer: bytes, what: str) -> None:
    other, port, heard = await something_else(answer)
    error = await failure(make_client(server), port)
    assert isinstance(error, NotXMPP)
    assert_clear(error, what, "check the port")
    assert PASSWORD.encode() not in b"".join(heard)
    other.close()


async def test_a_server_that_hangs_up(server: SmallServer) -> None:
    other, port, _ = await something_else(b"")
    error = await failure(make_client(server), port)
    assert isinstance(error, ConnectionLost)
    assert_clear(error, "before it sent anything", "check the port")
    other.close()


def test_silence_ends_after_thirty_seconds() -> None:
    """On a virtual clock, over memory: nothing but time can end this."""
    from xmppkit.transports.memory import MemoryConnector

    class Silent(asyncio.Protocol):
        pass

    async def main() -> None:
        client = ClientXMPP("alice@localhost", PASSWORD)
        client.transport_connector = MemoryConnector({("server", 5222): Silent})
        client.custom_address = ("server", 5222)
        with pytest.raises(NegotiationTimeout) as caught:
            async with client:
                raise AssertionError("there should be no session")
        assert_clear(caught.value, "nothing came for 30 s", "check that an XMPP server listens")
        assert 30.0 <= asyncio.get_running_loop().time() < 31.0

    clock.run(main())


@pytest.mark.parametrize("direct_tls", [False, True])
async def test_who_does_not_want_to_wait_leaves_no_connection(server: SmallServer, direct_tls: bool) -> None:
    came = asyncio.Event()
    other, port, _ = await something_else(b"", then_close=False, came=came)
    client = make_client(server)
    client.enable_starttls = not direct_tls
    client.custom_address = ("127.0.0.1", port)

    async def enter() -> None:
        async with client:
            raise AssertionError("there should be no session")

    entering = asyncio.create_task(enter())
    async with asyncio.timeout(PATIENCE):
        await came.wait()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    for _ in range(3):  # turns of the event loop, in which the transport ends
        await asyncio.sleep(0)
    assert client.transport is None
    assert not client.is_connected()
    assert not client.is_connecting()
    other.close()


# --- TLS ------------------------------------------------------------------------------------------------------


async def test_an_untrusted_certificate(server: SmallServer, tmp_path: Path) -> None:
    client = make_client(server)
    client.ca_certs = certificates.make_authority(tmp_path / "another").files.certificate
    seen: list[Any] = []
    client.add_event_handler("ssl_invalid_chain", seen.append)
    error = await failure(client, await server.listen())
    assert isinstance(error, CertificateUntrusted)
    assert_clear(error, "localhost", "not trusted", "ca_certs")
    assert seen == [error]


async def test_an_expired_certificate(server: SmallServer) -> None:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    port = await server.listen(begin=now - 20 * day, end=now - 10 * day)
    error = await failure(make_client(server), port)
    assert isinstance(error, CertificateExpired)
    assert_clear(error, "localhost", "expired", "renew")


async def test_a_certificate_for_another_name(server: SmallServer) -> None:
    error = await failure(make_client(server), await server.listen("other.example"))
    assert isinstance(error, CertificateWrongHost)
    assert_clear(error, "localhost", "another name", "check the domain")


async def test_starttls_is_not_offered(server: SmallServer) -> None:
    features = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    header = (
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
        b"from='localhost' version='1.0'><stream:features>" + features + b"</stream:features>"
    )
    other, port, heard = await something_else(header, then_close=False)
    error = await failure(make_client(server), port)
    assert isinstance(error, TLSRequired)
    assert_clear(error, "does not offer STARTTLS", "enable_plaintext")
    assert b"<auth" not in b"".join(heard)
    other.close()


async def test_direct_tls_to_a_port_without(server: SmallServer) -> None:
    client = make_client(server)
    client.enable_starttls = False
    error = await failure(client, await server.listen())
    assert isinstance(error, TLSFailed)
    assert_clear(error, "not TLS", "5223")


async def test_direct_tls(server: SmallServer) -> None:
    client = make_client(server)
    client.enable_starttls = False
    client.custom_address = ("127.0.0.1", await server.listen(tls=TlsPolicy.DIRECT))
    async with asyncio.timeout(PATIENCE), client:
        assert client.tls_info is not None
        assert client.tls_info.alpn == "xmpp-client"


async def test_a_ca_file_that_does_not_exist(server: SmallServer) -> None:
    client = make_client(server)
    client.ca_certs = "/nowhere/ca.pem"
    error = await failure(client, await server.listen())
    assert isinstance(error, InvalidCABundle)
    assert "/nowhere/ca.pem" in str(error)


# --- the program's own mistakes -------------------------------------------------------------------------------


def test_a_malformed_jid() -> None:
    with pytest.raises(InvalidJID, match="domain"):
        ClientXMPP("alice@local host", PASSWORD)


async def test_characters_that_xml_forbids(server: SmallServer) -> None:
    client = make_client(server)
    client.custom_address = ("127.0.0.1", await server.listen())
    async with asyncio.timeout(PATIENCE), client:
        with pytest.raises(UnserializableXML, match=r"body.*U\+0007"):
            client.send_message("bob@localhost", "ring \a")
        client.send_message("bob@localhost", "after")
        await client.drain()
        assert client.is_connected()


# --- the server goes away -------------------------------------------------------------------------------------


async def test_the_server_restarts_in_the_middle(server: SmallServer) -> None:
    client = make_client(server)
    client._connector.jitter = lambda: 0.0
    told: list[Any] = []
    client.add_event_handler("disconnected", told.append)
    port = await server.listen()
    client.custom_address = ("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE), client:
        waiting = client.make_iq_get("urn:never", ito="bob@localhost").send()
        again = asyncio.ensure_future(client.wait_until("session_start"))
        await asyncio.sleep(0)
        server.drivers[-1].abort("restart")
        with pytest.raises(ConnectionLost) as caught:
            await waiting
        assert_clear(caught.value, "localhost")
        await again
        assert len(told) == 1, "one event for one loss"
        assert client.is_connected()


async def test_the_server_closes_the_stream_with_an_error(server: SmallServer) -> None:
    client = make_client(server)
    port = await server.listen()
    client.custom_address = ("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE), client:
        over = client.disconnected
        server.drivers[-1].stream.close_with_error("conflict", "another one came")
        server.drivers[-1].wake()
        error = await over
    assert isinstance(error, StreamErrorReceived)
    assert_clear(error, "conflict", "another one came", "same resource")


@pytest.mark.parametrize("by", ["us", "the server"])
async def test_behind_async_with_no_socket_is_open(server: SmallServer, by: str) -> None:
    client = make_client(server)
    client.auto_reconnect = False
    client.custom_address = ("127.0.0.1", await server.listen())
    async with asyncio.timeout(PATIENCE), client:
        socket = client.transport.get_extra_info("socket")
        assert socket.fileno() > 0
        if by == "the server":
            over = client.disconnected
            server.drivers[-1].stream.close_with_error("reset", "")
            server.drivers[-1].wake()
            await over
    assert socket.fileno() == -1


async def test_behind_a_login_that_fails_no_socket_is_open(server: SmallServer) -> None:
    client = make_client(server, password="hunter2")
    sockets: list[Any] = []
    client.add_event_handler("failed_auth", lambda _: sockets.append(client.transport.get_extra_info("socket")))
    await failure(client, await server.listen())
    assert [each.fileno() for each in sockets] == [-1]


async def test_nothing_of_a_login_is_in_the_log(server: SmallServer, caplog: pytest.LogCaptureFixture) -> None:
    client = make_client(server)
    client.custom_address = ("127.0.0.1", await server.listen())
    async with asyncio.timeout(PATIENCE), client:
        client.send_presence()
    assert "<presence" in caplog.text, "the wire is in the log"


async def test_a_handler_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    client = ClientXMPP("bot@localhost/here", PASSWORD, lang=None)
    client.auto_reconnect = False
    failures: list[BaseException] = []
    client.exception = failures.append  # type: ignore[method-assign,assignment]
    wire = Wire(client)

    def fail(_: object) -> None:
        raise RuntimeError("a bug of the program")

    client.add_event_handler("message", fail)
    wire.receive("<message from='a@localhost'><body>x</body></message>")
    assert [str(each) for each in failures] == ["a bug of the program"]
    assert client.is_connected()
    await wire.end()
