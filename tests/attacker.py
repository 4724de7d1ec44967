# SPDX-License-Identifier: MIT
"""One end of a stream, and an attacker at the other: bytes in, and what comes of them."""

from __future__ import annotations

import asyncio
import base64
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import Event, StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.settings import Settings
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import Answers, deterministic
from xmppkit.testing.wire import Wire

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection

__all__ = [
    "HEADER",
    "MIB",
    "SASL",
    "SECRET",
    "TLS",
    "TO_SERVER",
    "Attacked",
    "Program",
    "Raw",
    "bounded",
    "client",
    "component",
    "encoded",
    "features",
    "flooded",
    "login",
    "receiver",
    "sessions",
]

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='s1' "
    "version='1.0'>"
)
#: The password of alice, and the secret of the component; in no bytes, text or representation.
SECRET = "pencil-in-the-drawer"


MIB = 1024 * 1024


@contextmanager
def bounded(memory: int | None = 4 * MIB, seconds: float = 20.0) -> Iterator[None]:
    """What happens within takes no more than so many bytes at a time, and so many seconds of the processor.

    :param memory: None measures the time alone, without what measuring memory takes.
    :param seconds: many more than it takes, and far fewer than what is not linear would.
    """
    peak = before = 0
    if memory is not None:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
    began = time.process_time()
    try:
        yield
        took = time.process_time() - began
        if memory is not None:
            peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < (memory or 1), f"{peak / MIB:.1f} MiB"
    assert took < seconds, f"{took:.1f} s"


class Attacked:
    """The end that is attacked.

    :param stream: that end; it is opened here if it is new.
    :ivar events: everything it has reported.
    :ivar wrote: everything it has written.
    """

    def __init__(self, stream: Connection, answers: Callable[..., None] | None = None) -> None:
        self.stream: Any = stream
        self.events: list[Event | StanzaBase] = []
        self.wrote = b""
        self._answers = answers or Answers(accounts={"alice": AccountRecord(SECRET)}, secrets={"localhost": SECRET})
        if not stream.ready:
            stream.open()
        self._collect()

    def hear(self, data: str | bytes, *, piece: int | None = None) -> str:
        """What it writes when `data` arrives, in pieces of so many bytes."""
        before = len(self.wrote)
        raw = data if isinstance(data, bytes) else data.encode()
        size = piece or max(1, len(raw))
        for start in range(0, len(raw), size):
            self.stream.receive_data(raw[start : start + size])
            self._collect()
        self._collect()
        return self.wrote[before:].decode("utf-8", "replace")

    def _collect(self) -> None:
        while fresh := self.stream.events():
            self.events += fresh
            for event in fresh:
                self._answers(self.stream, event)
        self.wrote += self.stream.data_to_send()

    @property
    def stanzas(self) -> list[StanzaBase]:
        """What reached the application."""
        return [event for event in self.events if isinstance(event, StanzaBase)]

    @property
    def error(self) -> Exception | None:
        """Why the stream has ended."""
        ends = [event for event in self.events if isinstance(event, StreamEnded)]
        assert len(ends) == 1, f"the stream has ended {len(ends)} times"
        return ends[0].error

    def refused(self, condition: str) -> bool:
        """Whether the stream has ended with this stream error, and nothing came to the application."""
        said = f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'".replace("'", '"')
        return self.stream.closed and said in self.wrote.decode().replace("'", '"') and not self.stanzas

    def goes_on(self, stanza: str) -> bool:
        """Whether nothing has come to the application, or was written, and `stanza` does come."""
        before = bool(self.stanzas or self.wrote)
        self.hear(stanza)
        return not before and not self.stream.closed and len(self.stanzas) == 1


def flooded(attacked: Attacked, start: str, unit: str, size: int, *, piece: int = 16 * 1024) -> int:
    """Send `start`, and `unit` again and again, until the stream ends or so many characters were sent.

    :param unit: a number stands for ``{n}`` in it, so that each is another one.
    :returns: how many were read.
    """
    attacked.hear(start)
    sent = number = 0
    while sent < size and not attacked.stream.closed:
        data = ""
        while len(data) < piece:
            many = 1 if "{n}" in unit else piece // len(unit) + 1
            data += unit.replace("{n}", str(number)) * many
            number += 1
        attacked.hear(data)
        sent += len(data)
    return sent


def _options(**changes: Any) -> StreamOptions:
    told: dict[str, Any] = {
        "domain": "localhost",
        "tls": TlsPolicy.DISABLED,
        "sasl": SaslPolicy(scram_without_tls=True),
        "credentials": Credentials("alice", SECRET),
        **changes,
    }
    return deterministic(StreamOptions(**told), "c")


def client(**changes: Any) -> Attacked:
    """A client that logs in as ``alice@localhost``; without TLS, unless `changes` says otherwise."""
    return Attacked(ClientStream("alice@localhost/r", _options(**changes), now=0.0))


def component(**changes: Any) -> Attacked:
    """A component ``localhost``."""
    return Attacked(ComponentStream("localhost", SECRET, _options(**changes), now=0.0))


def receiver(*, of_components: bool = False, answers: Callable[..., None] | None = None, **changes: Any) -> Attacked:
    """A server's end."""
    kind = ComponentReceiverStream if of_components else ReceiverStream
    return Attacked(kind(_options(**changes), now=0.0), answers)


#: Each role in its session, by name.
sessions: dict[str, Callable[..., Attacked]] = {
    "client": lambda **changes: Attacked(ClientStream.negotiated("alice@localhost/r", _options(**changes), now=0.0)),
    "component": lambda **changes: Attacked(ComponentStream.negotiated("localhost", _options(**changes), now=0.0)),
    "server": lambda **changes: Attacked(ReceiverStream.negotiated("alice@localhost/r", _options(**changes), now=0.0)),
    "component's server": lambda **changes: Attacked(
        ComponentReceiverStream.negotiated("localhost", _options(**changes), now=0.0)
    ),
}


def features(*mechanisms: str, more: str = "") -> str:
    """A server's header, and features that offer mechanisms."""
    offers = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    sasl = f"<mechanisms xmlns='{SASL}'>{offers}</mechanisms>" if mechanisms else ""
    return f"{HEADER}<stream:features>{more}{sasl}</stream:features>"


def encoded(text: str | bytes) -> str:
    """In base64."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


class Program:
    """A program in its session, whose server sends what an attacker wants it to.

    :param kind: ``client`` (``alice@localhost/r``) or ``component`` (``localhost``).
    :param plugins: those that it has.
    :ivar told: the events that it was told of, as (name, payload).
    :ivar failures: what handlers have raised.
    """

    def __init__(self, kind: str = "client", *plugins: str, settings: Settings | None = None, **config: Any) -> None:
        self.stream: Any
        if kind == "client":
            self.stream = ClientXMPP("alice@localhost/r", SECRET, settings=settings, plugin_config=config)
        else:
            self.stream = ComponentXMPP("localhost", SECRET, settings=settings, plugin_config=config)
        self.failures: list[BaseException] = []
        self.told: list[tuple[str, Any]] = []
        self.stream.exception = self.failures.append
        for name in plugins:
            self.stream.register_plugin(name)
        self.wire = Wire(self.stream)

    def listens(self, *names: str) -> None:
        """Note these events in `told`."""
        for name in names:
            self.stream.add_event_handler(name, lambda payload, name=name: self.told.append((name, payload)))

    async def hear(self, *texts: str) -> list[ET.Element]:
        """What it sends when the server says this, and what it had not said before; nothing fails."""
        self.wire.receive(*texts)
        sent = await self.wire.stanzas()
        assert self.failures == []
        assert self.stream.is_connected()
        return sent

    async def leave(self) -> None:
        """The session is over."""
        self.stream.abort()
        await self.wire.end()


#: Seconds in which a server that does anything has done it, however busy the machine is.
PATIENCE = 60.0
#: A client's header.
TO_SERVER = HEADER.replace("from=", "to=").replace("id='s1' ", "")


def login(name: str, password: str) -> str:
    """What PLAIN says."""
    return encoded(f"\0{name}\0{password}")


class Raw:
    """A connection to a server without TLS that sends anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def until(self, text: str) -> str:
        return (await asyncio.wait_for(self.reader.readuntil(text.encode()), PATIENCE)).decode()

    async def rest(self) -> str:
        return (await asyncio.wait_for(self.reader.read(), PATIENCE)).decode()

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def login(self, name: str) -> None:
        self.send(f"{TO_SERVER}<auth xmlns='{SASL}' mechanism='PLAIN'>{login(name, SECRET)}</auth>")
        await self.until("<success")
        self.send(TO_SERVER)
        await self.until("</stream:features>")

    async def bind(self, resource: str) -> None:
        bind = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind>"
        self.send(f"<iq type='set' id='b'>{bind}</iq>")
        await self.until("</iq>")
