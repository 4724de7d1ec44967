# SPDX-License-Identifier: MIT
"""Two streams in memory that behave as if TLS protected them: for what is there over TLS only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring

from xmppkit.protocol.events import Event
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import Sasl2Options, UserAgent
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.testing.pair import Answers, Pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppkit.sasl.policy import SaslPolicy

__all__ = [
    "AGENT",
    "ALICE",
    "HEADER",
    "BoundClient",
    "BoundReceiver",
    "client",
    "logged_in",
    "of",
    "one",
    "parse",
    "server",
]

AGENT = UserAgent("d4565fa7-4d72-4749-b3d3-740edbf87770", "A Program", "A Device")
ALICE = Credentials("alice", "secret")
HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' "
    "version='1.0'>"
)


class BoundClient(ClientStream):
    """A client whose channel has bindings."""

    bindings: Mapping[str, bytes] = {}

    def channel_binding(self, kind: str) -> bytes | None:
        return self.bindings.get(kind)


class BoundReceiver(ReceiverStream):
    """A server whose channel has bindings."""

    bindings: Mapping[str, bytes] = {}

    def channel_binding(self, kind: str) -> bytes | None:
        return self.bindings.get(kind)


def client(
    sasl2: Sasl2Options | None = None,
    *,
    jid: str = "alice@localhost",
    credentials: Credentials | None = ALICE,
    resume: ManagedSession | None = None,
    kind: type[ClientStream] = BoundClient,
    management: ManagementOptions | None = None,
    **options: Any,
) -> ClientStream:
    """A client's stream. It uses SASL2 with Bind 2 and tokens unless told otherwise."""
    made = StreamOptions(
        tls=TlsPolicy.DISABLED,
        credentials=credentials,
        management=management,
        sasl2=sasl2 if sasl2 is not None else Sasl2Options(user_agent=AGENT),
        **options,
    )
    stream = kind(jid, made, now=0.0, resume=resume)
    stream.learn(Fact.SECURE)
    return stream


def server(
    sasl2: Sasl2Options | None = None,
    *,
    kind: type[ReceiverStream] = BoundReceiver,
    management: ManagementOptions | None = None,
    sasl: SaslPolicy | None = None,
    **options: Any,
) -> ReceiverStream:
    """A server's stream, for accounts of localhost."""
    made = StreamOptions(
        domain="localhost",
        tls=TlsPolicy.DISABLED,
        management=management,
        sasl2=sasl2 if sasl2 is not None else Sasl2Options(),
        **({"sasl": sasl} if sasl is not None else {}),
        **options,
    )
    stream = kind(made, now=0.0)
    stream.learn(Fact.SECURE)
    return stream


def logged_in(near: ClientStream, far: ReceiverStream, *, piece: int | None = None, **answers: Any) -> Pair:
    """The two of them, after everything that they have to say."""
    known = {"accounts": {"alice": AccountRecord("secret")}, **answers}
    return Pair(near, far, Answers(**known), piece=piece).run()


def of(events: list[Any], kind: type[Any]) -> list[Any]:
    """Those events that are of one kind."""
    return [event for event in events if isinstance(event, kind)]


def one(events: list[Any], kind: type[Event]) -> Any:
    """The only event of a kind."""
    (found,) = of(events, kind)
    return found


def parse(data: bytes | str) -> Element:
    """What was written, or is to be read, as the children of one element."""
    text = data.decode() if isinstance(data, bytes) else data
    return fromstring(f"<x xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>{text}</x>")
