# SPDX-License-Identifier: MIT
"""xmppkit.pyxmpp2.transport, resolver and server.listener: finding a server, connecting, and misuse."""

from __future__ import annotations

import resource
import socket
import threading
from typing import Any

import pytest

from xmppkit.pyxmpp2 import resolver
from xmppkit.pyxmpp2.clientstream import ClientStream
from xmppkit.pyxmpp2.exceptions import DNSError, FatalStreamError, PyXMPPIOError
from xmppkit.pyxmpp2.interfaces import Resolver
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop.epoll import EpollMainLoop
from xmppkit.pyxmpp2.mainloop.interfaces import HandlerReady, PrepareAgain
from xmppkit.pyxmpp2.mainloop.poll import PollMainLoop
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.resolver import (
    BlockingResolver,
    DumbBlockingResolver,
    ThreadedResolver,
    is_ipv4_available,
    is_ipv6_available,
    reorder_srv,
)
from xmppkit.pyxmpp2.server.listener import TCPListener
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.transport import State, TCPTransport
from xmppkit.transports.resolver import SrvRecord


class Names(Resolver):
    """Knows what it was given.

    :param later: answer from another thread.
    """

    def __init__(self, srv: Any = (), addresses: Any = None, *, later: bool = False) -> None:
        self.srv, self.addresses, self.later = list(srv), addresses or {}, later

    def _answer(self, callback: Any, found: Any) -> None:
        if self.later:
            threading.Timer(0.01, callback, (found,)).start()
        else:
            callback(found)

    def resolve_srv(self, domain: str, service: str, protocol: str, callback: Any) -> None:
        assert (domain, service, protocol) == ("example.org", "xmpp-client", "tcp")
        self._answer(callback, self.srv)

    def resolve_address(self, hostname: str, callback: Any, allow_cname: bool = True) -> None:
        self._answer(callback, self.addresses.get(hostname, []))


def look_up(network: Any, names: Names, *, port: int | None = None, service: str | None = "xmpp-client") -> Any:
    """A client that looks its server up."""
    network.client_settings["dns_resolver"] = names
    transport = TCPTransport(network.client_settings)
    stream = ClientStream(JID("alice@localhost"), network.client_route, [], network.client_settings)
    stream.initiate(transport)
    network.loop.add_handler(transport)
    transport.connect("example.org", port, service)
    return transport


def bare(network: Any) -> None:
    for settings in (network.server_settings, network.client_settings):
        settings.update({"tls_require": False, "starttls": False})
    network.server_handlers = network.client_handlers = lambda settings: []
    network.recorder.acts["GotFeaturesEvent"] = lambda event: event.stream.disconnect()


@pytest.mark.parametrize("later", [False, True])
def test_a_server_is_looked_up(network, later) -> None:
    bare(network)
    port = network.start()
    wrong = ("wrong.example.org", port)
    names = Names(
        [wrong, ("right.example.org", port)],
        {"right.example.org": [(socket.AF_INET, "127.0.0.1")]},
        later=later,
    )
    transport = look_up(network, names)
    network.run()
    assert network.loop.finished
    assert network.names() == [
        "ResolvingSRV",
        "ResolvingAddress",
        "ResolvingAddress",
        "Connecting",
        "Connected",
        "StreamConnected",
        "GotFeatures",
        "Disconnected",
    ]
    assert transport.auth_properties["service-domain"] == "example.org"
    assert transport.auth_properties["service-hostname"] == "right.example.org"
    assert transport.auth_properties["remote-ip"] == "127.0.0.1"
    texts = [str(event) for event in network.recorder.events]
    assert texts[0] == "Resolving SRV record of 'xmpp-client' for 'example.org'..."
    assert texts[1] == "Resolving address of 'wrong.example.org'..."
    assert texts[3] == f"Connecting to 127.0.0.1:{port}..."


def test_without_srv_records_the_port_counts(polled) -> None:
    bare(polled)
    port = polled.start()
    look_up(polled, Names([], {"example.org": [(socket.AF_INET, "127.0.0.1")]}), port=port)
    polled.run()
    assert polled.names()[-1] == "Disconnected"


def test_the_next_address_is_tried(polled) -> None:
    bare(polled)
    port = polled.start()
    names = Names([("host", port)], {"host": [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET, "127.0.0.1")]})
    look_up(polled, names)
    polled.run()
    assert polled.names().count("Connecting") == 2
    assert polled.names()[-1] == "Disconnected"


@pytest.mark.parametrize("later", [False, True])
def test_the_next_host_is_tried(polled, later) -> None:
    bare(polled)
    port = polled.start()
    addresses = {"one": [(socket.AF_INET, "127.0.0.2")], "two": [(socket.AF_INET, "127.0.0.1")]}
    look_up(polled, Names([("one", port), ("two", port)], addresses, later=later))
    polled.run()
    assert polled.names()[-1] == "Disconnected"


@pytest.mark.parametrize(
    ("srv", "port"),
    [([], None), ([(".", 0)], None), ([(".", 0)], 5222), ([("nowhere", 5222)], None)],
)
def test_a_server_that_is_not_found(polled, srv, port) -> None:
    bare(polled)
    polled.start()
    transport = look_up(polled, Names(srv), port=port)
    with pytest.raises(DNSError):
        polled.run()
    assert transport.state is State.ABORTED
    assert transport.fileno() is None


def test_an_address_that_does_not_answer(polled, monkeypatch) -> None:
    bare(polled)
    polled.start()
    polled.client_settings["connect_timeout"] = 0.01
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    others = [socket.socket() for _ in range(3)]
    for each in others:  # until the system's queue for it is full
        each.setblocking(False)
        each.connect_ex(full.getsockname())
    look_up(polled, Names([("host", full.getsockname()[1])], {"host": [(socket.AF_INET, "127.0.0.1")]}))
    with pytest.raises(TimeoutError, match=rf"127\.0\.0\.1:{full.getsockname()[1]}"):
        polled.run()
    for each in (full, *others):
        each.close()


@pytest.mark.skipif(not is_ipv6_available(), reason="there is no IPv6 here")
def test_an_address_that_refuses_is_named(polled) -> None:
    polled.start()
    look_up(polled, Names([("host", 1)], {"host": [(socket.AF_INET6, "::1")]}))
    with pytest.raises(OSError, match=r"\[::1\]:1"):  # refused, or there is no way to it
        polled.run()


def test_a_server_that_says_nothing(polled) -> None:
    polled.client_settings["negotiation_timeout"] = 0.02
    silent = socket.create_server(("127.0.0.1", 0))
    polled.start()
    transport = TCPTransport(polled.client_settings)
    stream = ClientStream(JID("alice@localhost"), None, [], polled.client_settings)
    transport.connect("127.0.0.1", silent.getsockname()[1])
    stream.initiate(transport)
    polled.loop.add_handler(transport)
    with pytest.raises(FatalStreamError, match="nothing came"):
        polled.run()
    silent.close()


def test_a_broken_connection_is_an_oserror(polled) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    polled.start()
    transport = TCPTransport(polled.client_settings)
    stream = ClientStream(JID("alice@localhost"), None, [], polled.client_settings)
    transport.connect("127.0.0.1", server.getsockname()[1])
    stream.initiate(transport)
    polled.loop.add_handler(transport)

    def reset(event: Any) -> None:
        sock, _ = server.accept()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    polled.recorder.acts["ConnectedEvent"] = reset
    with pytest.raises(ConnectionResetError):
        polled.run()
    polled.run()
    assert polled.names()[-1] == "Disconnected"


@pytest.mark.parametrize("data", [b"<nonsense", b"GET / HTTP/1.1\r\n\r\n", b"<!DOCTYPE x><x/>"])
def test_what_a_client_does_wrong_does_not_end_the_server(polled, data) -> None:
    port = polled.start()
    polled.loop.loop_iteration(0)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        polled.recorder.acts["DisconnectedEvent"] = lambda event: polled.loop.quit()
        polled.run()
    assert polled.loop.finished
    assert polled.names(initiator=False)[-1] == "Disconnected"
    assert polled.accepted[0].error is not None


def test_misuse() -> None:
    transport = TCPTransport(XMPPSettings())
    assert isinstance(transport.prepare(), PrepareAgain)
    assert transport.fileno() is None
    assert not transport.is_connected()
    assert not transport.is_readable()
    assert not transport.is_writable()
    assert transport.deadline() is None
    transport.handle_timer()
    transport.handle_read()
    with pytest.raises(ValueError, match="port"):
        transport.connect("127.0.0.1")
    with pytest.raises(ValueError, match="port"):
        transport.connect("example.org")
    transport.connect("::1", 5222)
    with pytest.raises(ValueError, match="once"):
        transport.connect("127.0.0.1", 5222)
    with pytest.raises(ValueError, match="settings"):
        transport.starttls()
    with pytest.raises(ValueError, match="no TLS"):
        transport.getpeercert()
    transport.send_stream_head("jabber:client", None, None)
    transport.restart()
    transport.wake()
    transport.disconnect()
    transport.disconnect()
    transport.close()
    transport.handle_nval()
    assert transport.state is State.ABORTED


def test_a_transport_carries_one_stream() -> None:
    ours, theirs = socket.socketpair()
    transport = TCPTransport(XMPPSettings(), ours)
    settings = XMPPSettings({"tls_require": False, "starttls": False})
    stream = ClientStream(JID("localhost"), None, [], settings)
    stream.receive(transport)
    with pytest.raises(ValueError, match="one stream"):
        transport.set_target(stream)
    assert transport.prepare() == HandlerReady()
    assert transport.is_connected()
    with pytest.raises(PyXMPPIOError, match="somebody else"):
        transport.handle_nval()
    with theirs:
        assert theirs.recv(10) == b""


def test_the_certificate_of_the_server(polled) -> None:
    found: list[Any] = []

    def leave(event: Any) -> None:
        if event.stream.initiator:
            found.append(event.stream.transport)
            event.stream.transport.disconnect()

    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    polled.run()
    [transport] = found
    assert transport.getpeercert().validated
    assert transport.getpeercert().verify_server("localhost")
    assert transport.auth_properties["security-layer"] == "TLS"


def test_elements_by_way_of_the_transport(polled) -> None:
    bare(polled)

    def say(event: Any) -> None:
        event.stream.transport.send_element(Message(body="hello").as_xml())
        event.stream.transport.send_stream_tail()

    polled.recorder.acts["GotFeaturesEvent"] = say
    polled.client()
    polled.run()
    assert [stanza.body for stanza in polled.server_route.stanzas] == ["hello"]


# --- many -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop_class", [PollMainLoop, EpollMainLoop])
def test_a_thousand_idle_clients_in_one_thread(network_class, loop_class, certificates) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2300:
        pytest.skip(f"the system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2300), hard))
    network = network_class(loop_class, certificates)
    bare(network)
    count = 1000
    ready: list[Any] = []

    def more() -> None:
        for number in range(100):
            network.client(f"alice@localhost/{number}")

    def note(event: Any) -> None:
        ready.append(event.stream)
        if len(ready) == count:
            network.loop.quit()
        elif len(ready) % 100 == 0:
            more()  # not all at once, for the system drops what waits too long to be accepted

    network.recorder.acts["GotFeaturesEvent"] = note
    try:
        threads = threading.active_count()
        more()
        network.run(300)
        assert len(ready) == count
        network.loop.again()
        network.server_route.act = lambda stanza: network.loop.quit()
        ready[500].send(Message(body="still here"))
        network.run(300)
        assert [stanza.body for stanza in network.server_route.stanzas] == ["still here"]
        assert threading.active_count() == threads
    finally:
        network.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# --- resolvers ------------------------------------------------------------------------------------------


def resolve(one: Resolver, hostname: str) -> Any:
    found: list[Any] = []
    one.resolve_address(hostname, found.append)
    return found[0]


def test_addresses(monkeypatch) -> None:
    settings = XMPPSettings({"ipv4": True, "ipv6": True, "prefer_ipv6": False})
    one = DumbBlockingResolver(settings)
    answers = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    ]
    monkeypatch.setattr(resolver.socket, "getaddrinfo", lambda *args, **options: answers)
    v4, v6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")
    assert resolve(one, "host.example") == [v4, v6]
    settings["prefer_ipv6"] = True
    assert resolve(one, "host.example") == [v6, v4]
    settings["ipv6"] = False
    assert resolve(one, "host.example") == [v4]
    assert resolve(one, "[::1]") == []
    assert resolve(one, "127.0.0.1") == [v4]

    def fails(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(resolver.socket, "getaddrinfo", fails)
    assert resolve(one, "host.example") == []
    with pytest.raises(NotImplementedError, match="SRV"):
        one.resolve_srv("example.org", "xmpp-client", "tcp", print)


def test_srv_records(monkeypatch) -> None:
    import dns.resolver
    from dns.exception import Timeout
    from dns.rdtypes.IN.SRV import SRV

    records = [(10, 0, 5222, "second.example."), (5, 0, 5222, "first.example."), (20, 0, 0, ".")]
    answer = [SRV("IN", "SRV", *each) for each in records]
    monkeypatch.setattr(dns.resolver, "resolve", lambda *args, **options: answer)
    found: list[Any] = []
    one = BlockingResolver()
    one.resolve_srv("example.org", "xmpp-client", "tcp", found.append)
    assert found == [[("first.example", 5222), ("second.example", 5222), (".", 0)]]

    def fails(*args: Any, **options: Any) -> Any:
        raise Timeout

    monkeypatch.setattr(dns.resolver, "resolve", fails)
    one.resolve_srv("example.org", "xmpp-client", "tcp", found.append)
    assert found[1] == []


def test_the_order_of_records() -> None:
    records = [SrvRecord(1, 0, port, "x") for port in range(3)] + [SrvRecord(0, weight, 9, "y") for weight in (1, 5)]
    ordered = reorder_srv(records)
    assert sorted(record.port for record in ordered[2:]) == [0, 1, 2]
    assert {record.target for record in ordered[:2]} == {"y"}


def test_a_resolver_in_threads(caplog) -> None:
    one = ThreadedResolver(XMPPSettings())
    done = threading.Event()
    found: list[Any] = []

    def take(addresses: Any) -> None:
        found.append((addresses, threading.current_thread().name))
        done.set()

    one.resolve_address("127.0.0.1", lambda addresses: 1 / 0)
    one.resolve_address("127.0.0.1", take)
    assert done.wait(10)
    assert found == [([(socket.AF_INET, "127.0.0.1")], "pyxmpp2 resolver")]
    done.clear()
    one.make_resolver = lambda: Names([("host", 1)])  # type: ignore[method-assign]
    one.resolve_srv("example.org", "xmpp-client", "tcp", take)
    assert done.wait(10)
    assert found[1][0] == [("host", 1)]
    one.stop()
    assert "a look-up failed" in caplog.text


def test_a_thread_that_has_nothing_to_do_ends(monkeypatch) -> None:
    monkeypatch.setattr(resolver, "IDLE", 0.01)
    one = XMPPSettings()["dns_resolver"]
    assert isinstance(one, ThreadedResolver)
    found: list[Any] = []
    for _ in range(2):
        one.resolve_address("127.0.0.1", found.append)
        for thread in tuple(one._threads):
            thread.join(10)
        assert one._threads == []
    assert len(found) == 2


def test_families(monkeypatch) -> None:
    assert is_ipv4_available()
    assert is_ipv6_available() in (True, False)

    def fails(family: int) -> Any:
        raise OSError("no such family")

    monkeypatch.setattr(resolver.socket, "socket", fails)
    assert not is_ipv4_available()


# --- the listener ---------------------------------------------------------------------------------------


def test_a_listener() -> None:
    seen: list[Any] = []
    listener = TCPListener(socket.AF_INET, ("127.0.0.1", 0), lambda sock, address: seen.append((sock, address)))
    assert not listener.is_readable()
    assert listener.prepare() == HandlerReady()
    assert not listener.is_writable()
    assert not listener.wait_for_writability()
    listener.handle_write()
    listener.handle_read()
    clients = [socket.create_connection(listener.sockname) for _ in range(10)]
    assert listener.wait_for_readability()
    listener.handle_read()
    assert [address for _, address in seen] == [client.getsockname() for client in clients]
    for each in (*clients, *(sock for sock, _ in seen)):
        each.close()
    with pytest.raises(OSError, match="in use"):
        TCPListener(socket.AF_INET, listener.sockname, print)
    listener.handle_nval()
    assert listener.sockname is None
    assert listener.fileno() is None
    assert not listener.wait_for_readability()
    listener.handle_read()
    listener.handle_hup()
