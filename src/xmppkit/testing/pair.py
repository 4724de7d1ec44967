# SPDX-License-Identifier: MIT
"""Two streams joined in memory: what one writes, the other reads, whole or in pieces of any size.

No clock, no sockets and, with the factories of `deterministic`, no randomness: a run can be repeated byte for byte
(but for TLS, whose records differ each time).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from xmppkit.jid.address import JID
from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.events import (
    AccountNeeded,
    BindRequested,
    Event,
    FeatureOffered,
    PasswordNeeded,
    ResumeRequested,
    SecretNeeded,
    TokenRequested,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.receiver import ReceiverStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.sasl.credentials import AccountRecord, Credentials
    from xmppkit.stanza.base import StanzaBase

__all__ = ["Answers", "Pair", "deterministic", "shape"]


def deterministic(options: StreamOptions, prefix: str = "") -> StreamOptions:
    """`options` with ids and nonces that are counted instead of drawn: for comparing two runs."""
    ids, nonces = count(1), count(1)
    return options.replace(
        id_factory=lambda: f"{prefix}id{next(ids)}", nonce_factory=lambda: f"{prefix}nonce{next(nonces)}"
    )


def shape(event: Event | StanzaBase) -> str:
    """An event in a form that can be compared with that of another run: stanzas by their XML."""
    if not isinstance(event, Event):
        return str(event)
    fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return f"{type(event).__name__}({', '.join(f'{name}={value!s}' for name, value in fields.items())})"


class Answers:
    """What an application answers to a stream's questions, from tables.

    :param credentials: given to `PasswordNeeded`, one after the other; when there are no more, the stream is closed.
    :param accounts: what a server knows of its accounts.
    :param secrets: of a server's components, by domain.
    :param bind: makes the full JID from the account's JID and the resource that was asked for; None refuses with
        `conflict`.
    :param sessions: those that clients can resume, by their id.
    :param token: makes the token that a client is given (XEP-0484); None: it gets none.
    :param feature: called for `FeatureOffered`; by default the feature is done at once.
    """

    def __init__(
        self,
        *,
        credentials: tuple[Credentials, ...] = (),
        accounts: Mapping[str, AccountRecord] | None = None,
        secrets: Mapping[str, str] | None = None,
        bind: Callable[[JID, str | None], JID | None] | None = None,
        sessions: Mapping[str, ManagedSession] | None = None,
        token: Callable[[TokenRequested], str | None] | None = None,
        feature: Callable[[ClientStream, FeatureOffered], None] | None = None,
    ) -> None:
        self._credentials = iter(credentials)
        self._accounts = accounts or {}
        self._secrets = secrets or {}
        self._bind = bind or (lambda jid, resource: jid.replace(resource=resource or "chosen"))
        self._resumable = sessions or {}
        self._token = token or (lambda request: None)
        self._feature = feature or (lambda stream, offered: stream.feature_done(offered.name))

    def __call__(self, stream: Connection, event: Event | StanzaBase) -> None:
        """Answer `event` if it is a question."""
        if isinstance(stream, ClientStream):
            if isinstance(event, PasswordNeeded):
                credentials = next(self._credentials, None)
                if credentials is None:
                    stream.close()
                else:
                    stream.provide_credentials(credentials)
            elif isinstance(event, FeatureOffered):
                self._feature(stream, event)
        elif isinstance(stream, ReceiverStream):
            if isinstance(event, AccountNeeded):
                stream.provide_account(self._accounts.get(event.username))
            elif isinstance(event, BindRequested):
                jid = self._bind(stream.jid, event.resource)
                if jid is None:
                    stream.refuse_bind("conflict")
                else:
                    stream.accept_bind(jid)
            elif isinstance(event, TokenRequested):
                stream.provide_token(self._token(event))
            elif isinstance(event, ResumeRequested):
                session = self._resumable.get(event.previd)
                if session is None or session.jid.bare != stream.jid.bare:
                    stream.refuse_resume()
                else:
                    stream.accept_resume(session)
        elif isinstance(stream, ComponentReceiverStream) and isinstance(event, SecretNeeded):
            stream.provide_secret(self._secrets.get(event.domain))


class _End:
    """One end of a pair."""

    def __init__(self, stream: Connection) -> None:
        self.stream = stream
        self.events: list[Event | StanzaBase] = []
        self.written = b""
        self.unread = b""
        self.hung_up = False


class Pair:
    """An initiator and a receiver, joined.

    :param initiator: the end that opens; `open` is called here.
    :param receiver: the other.
    :param answers: called with each event of either end, in order.
    :param piece: how many bytes arrive at once; None delivers whatever one end has written at once.
    :ivar initiator_events: everything the initiator reported.
    :ivar receiver_events: everything the receiver reported.
    :ivar initiator_wrote: its bytes, as they went over the wire.
    :ivar receiver_wrote: likewise.
    """

    def __init__(
        self,
        initiator: Connection,
        receiver: Connection,
        answers: Callable[[Connection, Event | StanzaBase], None] | None = None,
        *,
        piece: int | None = None,
    ) -> None:
        self._answers = answers or Answers()
        self._piece = piece
        self._near, self._far = _End(initiator), _End(receiver)
        self.initiator, self.receiver = initiator, receiver
        receiver.open()
        initiator.open()

    @property
    def initiator_events(self) -> list[Event | StanzaBase]:
        return self._near.events

    @property
    def receiver_events(self) -> list[Event | StanzaBase]:
        return self._far.events

    @property
    def initiator_wrote(self) -> bytes:
        return self._near.written

    @property
    def receiver_wrote(self) -> bytes:
        return self._far.written

    def run(self) -> Pair:
        """Go on until neither end has anything to say; the pair itself is returned."""
        for _ in self.moves():
            continue
        return self

    def run_until(self, reached: Callable[[], bool]) -> bool:
        """Go on until `reached()` is true, looking after every piece and before every answer; whether it was."""
        return reached() or any(reached() for _ in self.moves())

    def moves(self) -> Iterator[None]:
        """The single moves of a run: an event was taken and is about to be answered, or a piece has arrived."""
        busy = True
        while busy:
            busy = False
            for end, other in ((self._near, self._far), (self._far, self._near)):
                for event in end.stream.events():
                    busy = True
                    end.events.append(event)
                    yield
                    self._answers(end.stream, event)
                data = end.stream.data_to_send()
                end.written += data
                other.unread += data
                if other.unread:
                    busy = True
                    size = self._piece or len(other.unread)
                    piece, other.unread = other.unread[:size], other.unread[size:]
                    other.stream.receive_data(piece)
                    yield
                elif end.stream.closed and not end.hung_up:
                    busy = end.hung_up = True
                    other.stream.receive_eof()
                    yield
