# SPDX-License-Identifier: MIT
"""`SlixTest`: unittest cases about a stream without a server. Tests that were written for slixmpp's run unchanged.

::

    class TestVersion(SlixTest):
        def setUp(self):
            self.stream_start(plugins=["xep_0092"], plugin_config={"xep_0092": {"name": "bot", "version": "1"}})

        def test_it_is_told(self):
            self.recv("<iq type='get' id='v' from='a@localhost'><query xmlns='jabber:iq:version'/></iq>")
            self.send('''
              <iq type='result' id='v' to='a@localhost'>
                <query xmlns='jabber:iq:version'><name>bot</name><version>1</version></query>
              </iq>''')

Methods are called by the test outside of the event loop, which runs while they do. Seconds are skipped where nothing
happens. Names and parameters are slixmpp's.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from xmppkit.basexmpp import BaseXMPP
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.protocol.state import Step
from xmppkit.stanza.element import ElementBase
from xmppkit.test import comparing
from xmppkit.test.checks import Checks, read_header
from xmppkit.test.live import LiveConnector
from xmppkit.test.loop import HastyLoop
from xmppkit.test.transport import TestTransport
from xmppkit.xml.names import CLIENT, STREAM

__all__ = ["SlixTest", "TestTransport"]

T = TypeVar("T")

#: Turns of the event loop that what is ready gets.
_TURNS = 100
#: Seconds that a live connection may take to come about.
_CONNECT_TIMEOUT = 10.0
#: The id of the stream, where a test names none.
_STREAM_ID = "slixtest"
_BEGINNINGS = ("<?xml", "<stream:stream")
_FEATURES = "<stream:features"
_STANZAS = ("<message", "<presence", "<iq")


class SlixTest(Checks):
    """A test case with a stream, which is `xmpp` after `stream_start`."""

    _transport: TestTransport | None = None
    _live = False
    _header = ""

    # --- the stream -----------------------------------------------------------------------------------

    def stream_start(
        self,
        mode: str = "client",
        skip: bool = True,
        header: str | None = None,
        socket: str = "mock",
        jid: str = "tester@localhost/resource",
        password: str = "test",  # noqa: S107  # of nobody
        server: str = "localhost",
        port: int = 5222,
        sasl_mech: str | None = None,
        plugins: Iterable[str] | None = None,
        plugin_config: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Make a stream, `xmpp`, with a server's end that is in the hands of the test.

        Stanzas can be sent and received at once, and its address is bound; the event ``session_start`` does not come.
        Ids are counted, "1", "2" …, and messages and presences are given none.

        :param mode: ``client`` or ``component``; anything else raises ValueError.
        :param skip: drop our stream header. False leaves it to `send_header`, and negotiates really: what comes next
            are stream features. (A stanza in their place brings the session about, as stream features do for a
            negotiation when `skip` is true.)
        :param header: the server's stream header; None: one with an id of ours.
        :param socket: ``mock``, or ``live`` to connect to a real server, over TCP without TLS, where `recv` asserts
            what the server has sent. Anything else raises ValueError.
        :param jid: the address.
        :param password: the account's, or the component's secret.
        :param server: where to connect, with `port`, when live.
        :param port: see `server`.
        :param sasl_mech: the one SASL mechanism to use.
        :param plugins: names of plugins to enable; None: all that there are.
        :param plugin_config: their configurations, by name.
        """
        if socket not in ("mock", "live"):
            raise ValueError(f"there is no socket {socket!r}; there are 'mock' and 'live'")
        if mode not in ("client", "component"):
            raise ValueError(f"there is no mode {mode!r}; there are 'client' and 'component'")
        if self.xmpp is not None:
            self._clean_up(self.xmpp.loop)
        self._live = socket == "live"
        loop = asyncio.SelectorEventLoop() if self._live else HastyLoop()
        asyncio.set_event_loop(loop)
        self.addCleanup(self._clean_up, loop)
        xmpp: BaseXMPP
        if mode == "client":
            xmpp = ClientXMPP(jid, password, sasl_mech=sasl_mech, plugin_config=plugin_config, loop=loop)
        else:
            xmpp = ComponentXMPP(jid, password, server, port, plugin_config=plugin_config, loop=loop)
        self.xmpp = xmpp
        ids = itertools.count(1)
        xmpp.new_id = lambda: str(next(ids))  # type: ignore[method-assign]
        xmpp.use_message_ids = xmpp.use_presence_ids = False
        xmpp.default_lang = xmpp.peer_default_lang = None
        xmpp.auto_reconnect = False
        xmpp.enable_direct_tls, xmpp.enable_plaintext = False, True
        if plugins is None:
            xmpp.register_plugins()
        else:
            for name in plugins:
                xmpp.register_plugin(name)
        xmpp.use_message_ids = False  # plugins may have seen to it that messages have ids
        self._header = header or self.make_header(
            sto=jid,
            sfrom=xmpp.boundjid.domain,
            sid=_STREAM_ID,
            default_ns=xmpp.default_ns,
            default_lang="",
        )
        if self._live:
            self._connect(server, port, skip=skip)
        elif skip:
            self._begin_session()
        else:
            self._negotiate()
            self._feed(self._header)

    def _begin_session(self) -> None:
        """A session on a new connection, nothing negotiated."""
        transport = self._new_transport()
        self._run(self._adopt(transport))
        attributes = read_header(self._header)
        if attributes is not None:
            self.xmpp.stream_id = attributes.attributes.get("id")
            self.xmpp.stream_version = attributes.attributes.get("version")

    async def _adopt(self, transport: TestTransport) -> None:
        transport.receiver = self.xmpp.adopt(transport, announce=False)
        await _turns()

    def _negotiate(self) -> None:
        """A new connection, of which our header has been written."""

        async def begin() -> None:
            transport = self._new_transport()
            self.xmpp.connection_made(transport)
            transport.receiver = self.xmpp._driver
            await _turns()

        self.xmpp.session_bind_event.clear()
        self.xmpp._session_started = self.xmpp._always_send_everything = False
        self._run(begin())

    def _new_transport(self) -> TestTransport:
        """The transport of a new connection. That of another one is taken away without anybody noticing."""
        driver, self.xmpp._driver = self.xmpp._driver, None
        before, self._transport = self._transport, TestTransport(self.xmpp)
        self._transport.socket.wait = self._wait_until
        if before is not None and driver is not None:
            self._transport.socket = before.socket
            driver.discard()
        return self._transport

    def _connect(self, server: str, port: int, *, skip: bool) -> None:
        self.xmpp.transport_connector = connector = LiveConnector(self.xmpp.loop)
        self.xmpp.enable_starttls = False
        self._run(asyncio.wait_for(self.xmpp.connect(server, port), _CONNECT_TIMEOUT))
        self._live_socket = connector.socket
        if skip:
            self._next_sent(_CONNECT_TIMEOUT)
            self._next_received(_CONNECT_TIMEOUT)

    # --- time -----------------------------------------------------------------------------------------

    def _run(self, awaitable: Any) -> Any:
        return self.xmpp.loop.run_until_complete(awaitable)

    def run_coro(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; its result is returned, and its exception raised."""
        result: T = self._run(coro)
        return result

    def wait_(self, timeout: float | None = None) -> None:
        """Let the event loop do what is ready.

        :param timeout: seconds that pass; None: none, but a hundred turns.
        """
        self._run(_turns() if timeout is None else asyncio.sleep(timeout))

    def wait_for_send_queue(self) -> None:
        """Wait until what is being sent has passed the filters."""
        self._run(self.xmpp.waiting_queue.join())
        self.wait_()

    def _wait_until(self, condition: Callable[[], bool], timeout: float) -> None:
        """Run until a condition holds, seconds at most."""

        async def watch() -> None:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + timeout
            turns = 0
            while not condition() and loop.time() < deadline:
                # The first turns cost no time; after that what waits for a timer, or for the network, gets some.
                await asyncio.sleep(0 if turns < _TURNS else min(0.01, timeout))
                turns += 1

        if not condition():
            self._run(watch())

    # --- what is received -----------------------------------------------------------------------------

    def recv(
        self,
        data: str | bytes,
        defaults: Iterable[str] | None = None,
        method: str = "exact",
        use_values: bool = True,
        timeout: float = 1,
    ) -> None:
        """Let the stream receive something. On a live connection assert what it has received.

        :param data: the XML; live: the criteria.
        :param defaults: live only: see `check`, as `method` and `use_values` are.
        :param timeout: live only: seconds to wait for it.
        """
        if self._live:
            self.check(self._stanza(self._received(timeout)), data, method, defaults, use_values)
            return
        text = data.decode() if isinstance(data, bytes) else data
        self._prepare(text.lstrip())
        self._feed(text)

    def _prepare(self, text: str) -> None:
        """See to it that the stream is where what comes makes sense."""
        engine = self.xmpp.engine
        if engine is None:
            return
        step = engine.state.step
        if text.startswith(_BEGINNINGS):
            if step is not Step.HEADER:
                self._negotiate_again()
        elif text.startswith(_FEATURES):
            if step is Step.READY:
                self._negotiate_again()
                self._feed(self._header)
        elif text.startswith(_STANZAS) and step in (Step.HEADER, Step.FEATURES):
            self._begin_session()

    def _negotiate_again(self) -> None:
        self._negotiate()
        self.xmpp.socket.next_sent()  # our header, of which the test knows nothing

    def _feed(self, text: str) -> None:
        async def feed() -> None:
            self.xmpp.data_received(text)
            await _turns()

        self._run(feed())

    def _received(self, timeout: float) -> str:
        text = self._next_received(timeout)
        if text is None:
            self.fail(f"nothing came within {timeout:g} s")
        return text

    def _next_received(self, timeout: float) -> str | None:
        return self._next(self._live_socket.recv_buffer, self._live_socket.next_recv, timeout)

    def recv_header(
        self,
        sto: str = "",
        sfrom: str = "",
        sid: str = "",
        stream_ns: str = STREAM,
        default_ns: str = CLIENT,
        default_lang: str = "en",
        version: str = "1.0",
        xml_header: bool = False,
        timeout: float = 1,
    ) -> None:
        """Let the stream receive a stream header. On a live connection assert the one that it has received: what is
        empty is not looked at. Parameters as for `make_header`."""
        header = self.make_header(
            sto,
            sfrom,
            sid if self._live else sid or _STREAM_ID,
            stream_ns,
            default_ns,
            default_lang,
            version,
            xml_header,
        )
        if self._live:
            self._check_header(self._received(timeout), header)
        else:
            self.recv(header)

    def recv_feature(self, data: str, method: str = "mask", use_values: bool = True, timeout: float = 1) -> None:
        """Let the stream receive what belongs to the negotiation: stream features, or the server's part of one. On a
        live connection assert that it has received it; parameters as for `send_feature`."""
        if self._live:
            self._check_feature(self._received(timeout), data, method)
        else:
            self.recv(data)

    # --- what is sent ---------------------------------------------------------------------------------

    def send(
        self,
        data: Any,
        defaults: Iterable[str] | None = None,
        use_values: bool = True,
        timeout: float = 0.5,
        method: str = "exact",
    ) -> None:
        """Assert what the stream sends next.

        :param data: what, as the criteria of `check`; None: nothing.
        :param defaults: see `check`, as `use_values` and `method` are.
        :param timeout: seconds to wait for it.
        """
        sent = self._next_sent(timeout)
        while sent is not None and not sent.strip():
            sent = self._next_sent(timeout)  # white space that keeps the connection alive
        if data is None:
            if sent is not None:
                self.fail("nothing was to be sent" + comparing.describe(sent=self.parse_xml(sent)))
            return
        if sent is None:
            self.fail(f"nothing was sent within {timeout:g} s" + comparing.describe(expected=_shown(data)))
        self.check(self._stanza(sent), data, method, defaults, use_values)

    def send_header(
        self,
        sto: str = "",
        sfrom: str = "",
        sid: str = "",
        stream_ns: str = STREAM,
        default_ns: str = CLIENT,
        default_lang: str = "en",
        version: str = "1.0",
        xml_header: bool = False,
        timeout: float = 1,
    ) -> None:
        """Assert that the stream sends a stream header next: what is empty is not looked at. Parameters as for
        `make_header`."""
        header = self.make_header(sto, sfrom, sid, stream_ns, default_ns, default_lang, version, xml_header)
        sent = self._next_sent(timeout)
        if sent is None:
            self.fail(f"no stream header was sent within {timeout:g} s")
        self._check_header(sent, header)

    def send_feature(self, data: str, method: str = "mask", use_values: bool = True, timeout: float = 1) -> None:
        """Assert what the stream sends next, in a negotiation.

        :param method: ``mask``: at least what `data` has; ``exact``: nothing else. Anything else raises ValueError.
        :param use_values: without effect; what belongs to a negotiation is compared as XML.
        :param timeout: seconds to wait for it.
        """
        sent = self._next_sent(timeout)
        if sent is None:
            self.fail(f"nothing was sent within {timeout:g} s" + comparing.describe(expected=data))
        self._check_feature(sent, data, method)

    def _next_sent(self, timeout: float) -> str | None:
        if self._live:
            return self._next(self._live_socket.send_buffer, self._live_socket.next_sent, timeout)
        assert self._transport is not None
        self.wait_()
        return self._transport.next_sent(timeout)

    def _next(self, buffer: Any, take: Callable[[], str | None], timeout: float) -> str | None:
        self._wait_until(lambda: not buffer.empty(), timeout)
        return take()

    # --- the end --------------------------------------------------------------------------------------

    def stream_close(self) -> None:
        """The server closes the stream, and the connection ends. May be repeated."""
        xmpp = self.xmpp
        if xmpp is None or xmpp.loop.is_closed() or xmpp.engine is None:
            return

        async def close() -> None:
            if not self._live:
                xmpp.data_received(xmpp.stream_footer)
            xmpp.disconnect()
            await _turns()
            xmpp.abort()
            await _turns()

        self._run(close())

    def stream_disconnect(self) -> None:
        """The connection is lost."""
        xmpp = self.xmpp
        if xmpp is None or xmpp.engine is None:
            return

        async def lose() -> None:
            if self._transport is not None:
                self._transport.socket.disconnect_error()
                self._transport.lose(ConnectionResetError("the test has cut the connection"))
            else:
                xmpp.abort()
            await _turns()

        self._run(lose())

    def tearDown(self) -> None:
        """Close the stream, if there is one."""
        self.stream_close()

    def _clean_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what the event loop still does, and close it; also where a test has a `tearDown` of its own."""
        if loop.is_closed():
            return
        self.stream_close()

        async def end() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await loop.shutdown_default_executor()

        loop.run_until_complete(end())
        loop.close()
        asyncio.set_event_loop(None)
        self.xmpp = self._transport = None


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _shown(data: Any) -> ET.Element | str:
    if isinstance(data, ElementBase):
        return data.xml
    return data if isinstance(data, ET.Element) else str(data)
