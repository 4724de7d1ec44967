# SPDX-License-Identifier: MIT
"""A stream that is fed by hand, and slixmpp's other names for its inside.

COMPAT(slixmpp 1.17): an `XMLStream` is an asyncio protocol. One may be given to ``loop.create_connection``, or its
methods be called by a test. `XMLStream.connect` does not go this way: there, an engine and a driver of its own belong
to each connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from xmppkit.exceptions import NotConnectedError
from xmppkit.protocol import events
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.registry import build_stanza
from xmppkit.xml import names
from xmppkit.xmlstream.link import LinkDriver
from xmppkit.xmlstream.running import Running
from xmppkit.xmlstream.security import tls_policy

__all__ = ["ByHand", "SendQueue"]


class SendQueue:
    """What waits for a filter on its way out; it leaves by itself.

    :param length: how much that is.
    :param join: waits until it is nothing.
    :param send: takes a stanza and whether it is filtered.
    """

    __slots__ = ("_join", "_length", "_send")

    def __init__(
        self, length: Callable[[], bool], join: Callable[[], Any], send: Callable[[Any, bool], object]
    ) -> None:
        self._length = length
        self._join = join
        self._send = send

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._length()

    async def join(self) -> None:
        """Wait until nothing waits."""
        await self._join()

    def put_nowait(self, item: tuple[Any, bool]) -> None:
        """Send: (stanza, whether it is filtered)."""
        self._send(*item)

    async def put(self, item: tuple[Any, bool]) -> None:
        """The same."""
        self.put_nowait(item)


class ByHand(Running, asyncio.Protocol):
    """The stream as an asyncio protocol."""

    default_ns: str
    default_lang: str | None
    stream_ns: str
    is_component: bool = False

    #: The opening tag of the peer's stream; None when none is open.
    xml_root: Element | None = None
    _silent = False

    # --- what a transport calls -------------------------------------------------------------------------

    def connection_made(self, transport: Any, send_event: bool = True) -> None:
        """There is a connection: begin to negotiate on it.

        :param transport: an `asyncio.Transport`, or what is like one.
        :param send_event: raise `event_when_connected`.
        """
        policy = tls_policy(direct=False, starttls=self.enable_starttls, plaintext=self.enable_plaintext)
        engine = self._make_engine(policy)
        self._silent = not send_event
        try:
            self._adopt(engine, transport)
        finally:
            self._silent = False

    def transport_up(self, driver: LinkDriver) -> None:
        """See `Lifecycle.transport_up`."""
        self.init_parser()
        self.configure_socket()
        if self._silent:
            self._driver = driver
        else:
            super().transport_up(driver)

    def _by_hand(self) -> LinkDriver | None:
        """The present connection, or the last, as long as its transport is there."""
        driver = self._driver or self._ending
        return None if driver is None or driver.gone else driver

    def data_received(self, data: bytes | str) -> None:
        """Bytes came, or text.

        :raises NotConnectedError: there is no connection.
        """
        driver = self._by_hand()
        if driver is None:
            raise NotConnectedError("there is no connection: call connection_made() first")
        driver.data_received(data.encode() if isinstance(data, str) else data)

    def eof_received(self) -> bool:
        """The peer sends no more. Without a connection nothing happens."""
        driver = self._by_hand()
        return driver.eof_received() if driver is not None else False

    def connection_lost(self, exception: Exception | None) -> None:
        """The transport is gone. Without a connection nothing happens."""
        driver = self._by_hand()
        if driver is not None:
            driver.connection_lost(exception)

    def resume_writing(self) -> None:
        """What was written has left."""
        driver = self._by_hand()
        if driver is not None:
            driver.resume_writing()

    # --- what may be overridden -------------------------------------------------------------------------

    def configure_socket(self) -> None:
        """Called when there is a connection, whose `socket` may be adjusted. Does nothing; may be overridden."""

    def start_stream_handler(self, xml: Element) -> None:
        """Called when the peer has opened its stream, or opened it again. Does nothing; may be overridden.

        :param xml: the opening tag.
        """

    def _stream_opened(self, event: events.StreamOpened) -> None:
        attributes = {"id": event.id, "from": event.from_, "to": event.to, "version": event.version}
        attributes[names.XML_LANG] = event.lang
        root = Element(
            names.clark(self.stream_ns, "stream"), {key: value for key, value in attributes.items() if value}
        )
        self.xml_root = root
        self.start_stream_handler(root)

    # --- the inside -------------------------------------------------------------------------------------

    def init_parser(self) -> None:
        """Forget the peer's stream. Each connection has a parser of its own."""
        self.xml_root = None

    @property
    def parser(self) -> object | None:
        """What parses the present connection; None when there is none."""
        return self.engine

    @property
    def xml_depth(self) -> int:
        """1 while the peer's stream is open, else 0: nothing that is below it is ever incomplete in a handler."""
        return 0 if self.xml_root is None or self.engine is None else 1

    @property
    def stream_header(self) -> str:
        """The tag that opens our stream, as far as it is the same for every connection."""
        lang = f" xml:lang='{self.default_lang}'" if self.default_lang else ""
        version = "" if self.is_component else " version='1.0'"
        content = names.COMPONENT if self.is_component else self.default_ns  # also with ``use_jc_ns``
        return (
            f"<stream:stream to='{self.default_domain}' xmlns:stream='{self.stream_ns}' xmlns='{content}'"
            f"{lang}{version}>"
        )

    @property
    def stream_footer(self) -> str:
        """The tag that closes our stream."""
        return "</stream:stream>"

    @property
    def waiting_queue(self) -> SendQueue:
        """What waits for a filter on its way out."""
        return SendQueue(self._queued, self._sent, self.send)

    async def run_filters(self) -> None:
        """Wait until nothing waits for a filter on its way out. Nobody has to call this: what is sent passes the
        filters by itself."""
        await self._sent()

    def _build_stanza(self, xml: Element, default_ns: str | None = None) -> StanzaBase:
        """COMPAT(slixmpp 1.17): the stanza object of an element.

        :param default_ns: the namespace of an element that has none; None: the stream's.
        """
        if not xml.tag.startswith("{"):
            xml.tag = names.clark(default_ns or self.default_ns, xml.tag)
        return build_stanza(xml, self)

    async def start_tls(self) -> bool:
        """Wait until TLS is up. STARTTLS is negotiated by itself, where the server offers it and `enable_starttls` is
        set, and cannot be had later.

        :returns: whether it is. False when it never will be.
        :raises NotConnectedError: there is no connection.
        """
        engine = self.engine
        if engine is None:
            raise NotConnectedError("there is no connection that could have TLS")
        if engine.secure or engine.ready:
            return engine.secure
        over: asyncio.Future[bool] = self.loop.create_future()

        def done(_: Any) -> None:
            if not over.done():
                over.set_result(engine.secure)

        with (
            self.event_handler("tls_success", done),
            self.event_handler("session_start", done),
            self.event_handler("disconnected", done),
        ):
            return await over

    def send(self, data: Any, use_filters: bool = True) -> Any:
        """Send a stanza."""
        raise NotImplementedError
