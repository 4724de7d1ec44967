# SPDX-License-Identifier: MIT
"""A peer that follows a script: it expects and sends what it was told, and says readably where the other end differs.

::

    peer = ScriptedPeer(
        expect("<presence/>"),
        send("<message from='alice@localhost/x' type='chat'><body>hello</body></message>"),
        expect("<message to='alice@localhost/x'><body>hello</body></message>"),
        close(),
    )
    await peer.play(bot)

`ScriptedPeer.play` begins with a session; for a script of the negotiation as well let something connect to the peer,
which is a receiver (`xmppkit.transports.base.Receiver`) for one connection.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree.ElementTree import Element

from xmppkit.dispatch.matchers import MatchXMLMask
from xmppkit.stanza.registry import build_stanza
from xmppkit.transports.memory import memory_pair
from xmppkit.xml.names import CLIENT
from xmppkit.xml.parser import Item, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.pretty import pretty
from xmppkit.xml.serializer import stream_footer, stream_header

if TYPE_CHECKING:
    from xmppkit.basexmpp import BaseXMPP

__all__ = [
    "ScriptFailure",
    "ScriptedPeer",
    "Step",
    "answer",
    "any_order",
    "close",
    "expect",
    "expect_close",
    "expect_header",
    "send",
    "send_header",
    "wait",
]

#: Seconds that a step waits for the other end, unless the peer is told otherwise.
PATIENCE = 5.0


class Matcher(Protocol):
    """What `expect` takes beside XML: the matchers of `xmppkit.dispatch.matchers`."""

    def match(self, xml: Any) -> bool: ...


Pattern = str | Matcher | Callable[[Element], bool]


class ScriptFailure(AssertionError):
    """The other end has not followed the script; the text says where and in what."""


class Step(Protocol):
    """A step of a script."""

    async def perform(self, peer: ScriptedPeer) -> None:
        """Do it.

        :raises ScriptFailure: the other end did not do its part.
        """


@dataclass(frozen=True, slots=True)
class _Expect:
    pattern: Pattern

    def fits(self, element: Element) -> bool:
        if isinstance(self.pattern, str):
            return MatchXMLMask(self.pattern, _namespace(element)).match(element)
        if callable(self.pattern):
            return bool(self.pattern(element))
        return self.pattern.match(build_stanza(element))

    def __str__(self) -> str:
        return _shown(self.pattern)

    async def perform(self, peer: ScriptedPeer) -> None:
        element = await peer.next_element(str(self))
        if not self.fits(element):
            raise peer.failure(f"expected\n{self}\nbut this came\n{_shown(element)}", str(self), _shown(element))
        peer.last = element


@dataclass(frozen=True, slots=True)
class _AnyOrder:
    steps: tuple[_Expect, ...]

    async def perform(self, peer: ScriptedPeer) -> None:
        missing = list(self.steps)
        while missing:
            wanted = "\nor\n".join(map(str, missing))
            element = await peer.next_element(wanted)
            found = next((step for step in missing if step.fits(element)), None)
            if found is None:
                raise peer.failure(f"expected\n{wanted}\nbut this came\n{_shown(element)}", wanted, _shown(element))
            missing.remove(found)
            peer.last = element


@dataclass(frozen=True, slots=True)
class _Send:
    data: str | Callable[[Element], str]

    async def perform(self, peer: ScriptedPeer) -> None:
        peer.write(self.data if isinstance(self.data, str) else self.data(peer.last))


@dataclass(frozen=True, slots=True)
class _Wait:
    seconds: float

    async def perform(self, peer: ScriptedPeer) -> None:
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class _Close:
    footer: bool

    async def perform(self, peer: ScriptedPeer) -> None:
        if self.footer:
            peer.write(stream_footer())
        peer.transport.close()


@dataclass(frozen=True, slots=True)
class _ExpectClose:
    async def perform(self, peer: ScriptedPeer) -> None:
        item = await peer.next_item("the end of the stream")
        if item is not None and not isinstance(item, StreamFooter):
            raise peer.failure(f"expected the end of the stream, but this came\n{_shown(item)}")


@dataclass(frozen=True, slots=True)
class _ExpectHeader:
    to: str | None

    async def perform(self, peer: ScriptedPeer) -> None:
        peer.restart()
        item = await peer.next_item("a stream header")
        if not isinstance(item, StreamHeader):
            raise peer.failure(f"expected a stream header, but this came\n{_shown(item)}")
        if self.to is not None and item.attributes.get("to") != self.to:
            raise peer.failure(f"expected a stream header to {self.to!r}, but it has {item.attributes}")


def expect(pattern: Pattern) -> _Expect:
    """The next element must fit.

    :param pattern: XML, of which the element must have at least the tags, attributes and texts; or a matcher, as
        ``StanzaPath("iq@type=get/ping")``; or a function of the element.
    """
    return _Expect(pattern)


def any_order(*patterns: Pattern) -> Step:
    """The next elements must fit the patterns, one each, in whatever order."""
    return _AnyOrder(tuple(map(_Expect, patterns)))


def send(data: str | Callable[[Element], str]) -> Step:
    """Send XML.

    :param data: the text; or a function that makes it of the element that was expected last.
    """
    return _Send(data)


def answer(payload: str = "", type: str = "result") -> Step:
    """Answer the IQ that was expected last: with its id, and from whom it went to.

    :param payload: the XML within.
    :param type: ``result`` or ``error``.
    """

    def text(iq: Element) -> str:
        swapped = {"to": iq.get("from"), "from": iq.get("to"), "id": iq.get("id"), "type": type}
        attributes = "".join(f" {name}='{value}'" for name, value in swapped.items() if value)
        return f"<iq{attributes}>{payload}</iq>"

    return _Send(text)


def wait(seconds: float) -> Step:
    """Let time pass."""
    return _Wait(seconds)


def close(*, footer: bool = True) -> Step:
    """End the connection.

    :param footer: end the stream in order before.
    """
    return _Close(footer)


def expect_close() -> Step:
    """The other end must end the stream, or the connection."""
    return _ExpectClose()


def expect_header(to: str | None = None) -> Step:
    """The other end must open its stream, or open it again.

    :param to: the domain; None: any.
    """
    return _ExpectHeader(to)


def send_header(from_: str = "localhost", id: str = "scripted", namespace: str = CLIENT) -> Step:
    """Open our stream, or open it again."""
    attributes = {"from": from_, "id": id, "version": "1.0"}
    return _Send(stream_header(default_namespace=namespace, attributes=attributes))


class ScriptedPeer(asyncio.Protocol):
    """The peer, for one connection.

    :param steps: what it does, one after the other.
    :param patience: seconds that a step waits for the other end.
    :ivar last: the element that was expected last.
    """

    def __init__(self, *steps: Step, patience: float = PATIENCE) -> None:
        self._steps = steps
        self._patience = patience
        self._place = 0
        self._parser: StreamParser | None = None
        self._items: deque[Item | None] = deque()  # None: the connection is over
        self._arrived = asyncio.Event()
        self._before: list[str] = []
        self._late: _Late | None = None
        self.last = Element("nothing")
        self.transport: Any = None

    async def play(self, stream: BaseXMPP, jid: str | None = None) -> None:
        """Give a client or a component a session, and go through the script.

        :param jid: the full address that is bound; None: the one that was asked for.
        :raises ScriptFailure: the stream did not do its part.
        """
        self.restart()
        header = stream_header(default_namespace=stream.default_ns, attributes={})
        assert self._parser is not None
        self._parser.feed(header.encode())
        # The stream gets its transport before the transport can know who reads it.
        self._late = _Late()
        near, self.transport = memory_pair(self._late, self)
        self._late.receiver = stream.adopt(near, jid)
        await self.finish()

    async def finish(self) -> None:
        """Go through the script with whoever has connected, or does so yet.

        :raises ScriptFailure: the other end did not do its part.
        """
        for step in self._steps:
            self._place += 1
            await step.perform(self)

    def failure(self, what: str, expected: str = "", came: str = "") -> ScriptFailure:
        """What to raise when the other end does not follow: `what`, with the difference of two texts."""
        text = f"step {self._place} of {len(self._steps)}: {what}"
        difference = difflib.unified_diff(expected.splitlines(), came.splitlines(), "expected", "came", lineterm="")
        return ScriptFailure("\n".join([text, *difference]))

    # --- what steps do --------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Send."""
        if self.transport is None:
            raise self.failure("there is nobody to send to: nothing has connected")
        self.transport.write(text.encode())

    def restart(self) -> None:
        """What comes next is the beginning of a stream."""
        if self._parser is None or not self._items:
            self._parser = StreamParser()

    async def next_item(self, wanted: str) -> Item | None:
        """What comes next: a header, an element, the closing tag, or None for the end of the connection.

        :raises ScriptFailure: nothing came in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                while not self._items:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            came = "\n".join(self._before) or "nothing"
            text = f"expected\n{wanted}\nbut nothing came within {self._patience:g} s; before that came\n{came}"
            raise self.failure(text) from None
        item = self._items.popleft()
        self._before.append(_shown(item))
        return item

    async def next_element(self, wanted: str) -> Element:
        """The element that comes next; as `next_item`."""
        item = await self.next_item(wanted)
        if not isinstance(item, Element):
            raise self.failure(f"expected\n{wanted}\nbut this came\n{_shown(item)}")
        return item

    # --- what the transport calls ---------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Somebody has connected."""
        self.transport = transport
        if self._parser is None:
            self.restart()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        assert self._parser is not None
        self._items.extend(self._parser.feed(data))
        self._arrived.set()

    def eof_received(self) -> None:
        """The other end has closed its direction."""
        self._items.append(None)
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.eof_received()


class _Late(asyncio.Protocol):
    """A receiver that is known a moment later than its transport."""

    def __init__(self) -> None:
        self.receiver = asyncio.Protocol()  # nobody yet

    def data_received(self, data: bytes) -> None:
        self.receiver.data_received(data)

    def eof_received(self) -> bool | None:
        return self.receiver.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.receiver.connection_lost(exc)

    def pause_writing(self) -> None:
        self.receiver.pause_writing()

    def resume_writing(self) -> None:
        self.receiver.resume_writing()


def _namespace(element: Element) -> str:
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def _shown(item: object) -> str:
    if item is None:
        return "the end of the connection"
    if isinstance(item, StreamFooter):
        return stream_footer()
    if isinstance(item, Element):
        return pretty(item)
    if isinstance(item, str) and item.lstrip().startswith("<"):
        return pretty(item)
    return str(item)
