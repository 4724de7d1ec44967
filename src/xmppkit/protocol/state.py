# SPDX-License-Identifier: MIT
"""The state of a stream: three small machines and five facts (RFC 6120 §4; XEP-0114 §3).

An XMPP connection carries two streams, one in each direction, and both are opened anew when a feature such as
STARTTLS or SASL asks for a restart. So there are two machines of the same shape, `OURS` and `THEIRS`::

    UNOPENED ──header──▶ OPEN ──footer──▶ CLOSED
        ▲                  │
        └─────restart──────┘

A third machine says how far the negotiation has come: the `Step`. It is always in exactly one, and each
step has a `Row` that lists

- which calls of the application are permitted (`Row.calls`); any other raises `LocalProtocolError`, which
  names the step and the call, and changes nothing;
- which inputs of the peer are permitted (`Row.inputs`); any other is answered with the stream error that
  `VIOLATIONS` gives it, and the stream ends;
- which steps may follow (`Row.then`). Nothing else can; an attempt is a bug of this package and says so.

There is one table of rows for each `Role`. A client goes ::

    NEW ─▶ [SECURING] ─▶ HEADER ─▶ FEATURES ─▶ (EXCHANGE | CREDENTIALS | HOST)* ─▶ READY ─▶ LEAVING ─▶ ENDED
              ▲            ▲          ▲                 │
              └──STARTTLS──┴──restart─┴──────SASL2──────┘

(after a login by SASL2 that has bound the address along with it, FOLLOWING takes the place of FEATURES)

and the server's end of the same stream ::

    NEW ─▶ [SECURING] ─▶ HEADER ─▶ OFFERED ─▶ (EXCHANGE | a question)* ─▶ READY ─▶ LEAVING ─▶ ENDED

where the questions are ACCOUNT, TOKEN, RESUMING and BINDING. At either end a login may be DERIVING between two times
EXCHANGE, if its driver computes what takes long (`Connection.defer`).

A component sends its handshake after the header, with no features between: HEADER ─▶ EXCHANGE ─▶ READY; its
server asks for the secret in between: HEADER ─▶ SECRET ─▶ EXCHANGE ─▶ READY.

From every step the stream can end at once. `close` leads to LEAVING if the session was ready (stanzas that
the peer had under way are still delivered) and else to CLOSING (nothing is); both wait for the peer's
closing tag.

Apart from the machines there are facts: SECURE, AUTHENTICATED, BOUND, RESUMED, MANAGED. A fact, once learned, holds
until the stream ends. Features say which facts they need and which they forbid; the application's flags are
computed from them. A stream that goes on with an earlier session (XEP-0198 §5) is BOUND and RESUMED; the
session itself, with its counts, is no state of the stream: see `xmppkit.protocol.management`.

Only `StreamState` assigns any of this, and only in `move`, `learn`, `ours_does` and `theirs_does`.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from xmppkit.exceptions import LocalProtocolError
from xmppkit.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "OURS",
    "TABLES",
    "THEIRS",
    "VIOLATIONS",
    "Call",
    "Fact",
    "Half",
    "Input",
    "Mark",
    "Role",
    "Row",
    "Step",
    "StreamState",
]


class Role(Enum):
    """Which end of which kind of stream this is."""

    CLIENT = "client"
    COMPONENT = "component"
    RECEIVER = "receiver"
    """The server's end of a client's stream."""
    COMPONENT_RECEIVER = "component receiver"
    """The server's end of a component's stream."""


class Half(Enum):
    """One direction of the connection."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"


class Mark(Enum):
    """What opens, closes or restarts one direction."""

    HEADER = "header"
    FOOTER = "footer"
    RESTART = "restart"


class Fact(Enum):
    """What holds for the rest of the stream, once learned."""

    SECURE = "secure"
    """TLS protects the stream, and the peer's certificate passed the policy of our context."""
    AUTHENTICATED = "authenticated"
    BOUND = "bound"
    """The stream has an address of its own."""
    RESUMED = "resumed"
    """The session continues an earlier one (XEP-0198 §5), with its address; nothing is bound again."""
    MANAGED = "managed"
    """Stanzas are counted (XEP-0198 §4)."""


class Step(Enum):
    """How far the negotiation has come. The value completes the sentence "the stream is …"."""

    NEW = "not opened yet"
    SECURING = "in the TLS handshake"
    HEADER = "waiting for the peer's stream header"
    FEATURES = "waiting for the server's stream features"
    FOLLOWING = "waiting for the stream features behind a login"
    """The stream has its address already, and stanzas may come (XEP-0386)."""
    OFFERED = "waiting for the client to take up a stream feature"
    EXCHANGE = "negotiating a stream feature"
    CREDENTIALS = "waiting for the application's credentials"
    HOST = "waiting for the application's own stream feature"
    DERIVING = "deriving a key from a password"
    """The peer may give up meanwhile, and nothing else: it is our turn."""
    ACCOUNT = "waiting for the application to look up an account"
    TOKEN = "waiting for the application to make a token"  # noqa: S105 - a sentence
    BINDING = "waiting for the application to assign a resource"
    RESUMING = "waiting for the application to find an earlier session"
    SECRET = "waiting for the application to look up a component's secret"  # noqa: S105 - a sentence
    READY = "ready"
    LEAVING = "closing, after a session"
    CLOSING = "closing, before any session"
    ENDED = "over"


class Call(Enum):
    """A call of the application. The value is the method's name."""

    OPEN = "open"
    RECEIVE_DATA = "receive_data"
    RECEIVE_EOF = "receive_eof"
    SEND = "send"
    SEND_NEGOTIATION = "send_negotiation"
    FEATURE_DONE = "feature_done"
    PROVIDE_CREDENTIALS = "provide_credentials"
    PROVIDE_ACCOUNT = "provide_account"
    PROVIDE_TOKEN = "provide_token"  # noqa: S105 - a method's name
    ACCEPT_BIND = "accept_bind"
    REFUSE_BIND = "refuse_bind"
    ACCEPT_RESUME = "accept_resume"
    REFUSE_RESUME = "refuse_resume"
    PROVIDE_SECRET = "provide_secret"  # noqa: S105 - a method's name
    CLOSE = "close"
    CLOSE_WITH_ERROR = "close_with_error"
    ABORT = "abort"


class Input(Enum):
    """What a peer can send, as the current step sees it. The value is the peer's deed in words."""

    HEADER = "another stream header"
    FEATURES = "stream features"
    ANSWER = "an answer in a stream feature's negotiation"
    REQUEST = "a request for a stream feature"
    STANZA = "a stanza"
    MANAGEMENT = "an element of stream management"
    NONZA = "an element that is no stanza"
    ERROR = "a stream error"
    FOOTER = "the closing tag"


VIOLATIONS: Mapping[Input, str] = {
    # RFC 6120 §4.9.3.1: a stream within a stream cannot be processed.
    Input.HEADER: "bad-format",
    Input.FEATURES: "unsupported-stanza-type",
    Input.ANSWER: "unsupported-stanza-type",
    Input.REQUEST: "unsupported-stanza-type",
    # RFC 6120 §4.9.3.12: "attempted to send XML stanzas … before the stream has been authenticated".
    Input.STANZA: "not-authorized",
    Input.MANAGEMENT: "unsupported-stanza-type",
    # RFC 6120 §4.9.3.24: "a first-level child … not supported by the server".
    Input.NONZA: "unsupported-stanza-type",
    Input.ERROR: "bad-format",
    Input.FOOTER: "bad-format",
}
"""The stream error (RFC 6120 §4.9.3) that answers an input which the step's row does not list."""


_HALF: Mapping[Half, Mapping[Mark, Half]] = {
    Half.UNOPENED: {Mark.HEADER: Half.OPEN},
    Half.OPEN: {Mark.FOOTER: Half.CLOSED, Mark.RESTART: Half.UNOPENED},
    Half.CLOSED: {},
}

OURS: Mapping[Half, Mapping[Mark, Half]] = _HALF
"""What we may write when."""

THEIRS: Mapping[Half, Mapping[Mark, Half]] = _HALF
"""What the peer may write when."""


@record(frozen=True, slots=True)
class Row:
    """What one step permits, and which steps may follow it."""

    calls: frozenset[Call]
    inputs: frozenset[Input]
    then: frozenset[Step]


def _row(calls: set[Call] | None = None, inputs: set[Input] | None = None, then: set[Step] | None = None) -> Row:
    """A row of a stream under way: it may always be fed, left and aborted, and may always end."""
    always = {Call.RECEIVE_DATA, Call.RECEIVE_EOF, Call.CLOSE, Call.ABORT}
    return Row(
        frozenset(always | (calls or set())),
        frozenset(inputs or set()),
        frozenset({Step.ENDED} | (then or set())),
    )


# What may follow while a feature is negotiated: the next one, the application's turn, TLS, a restart, or
# the session.
_CLIENT_GOES_ON = {
    Step.SECURING,
    Step.HEADER,
    Step.FEATURES,
    Step.FOLLOWING,
    Step.EXCHANGE,
    Step.CREDENTIALS,
    Step.HOST,
    Step.READY,
    Step.CLOSING,
}
_RECEIVER_GOES_ON = {
    Step.SECURING,
    Step.HEADER,
    Step.OFFERED,
    Step.EXCHANGE,
    Step.ACCOUNT,
    Step.TOKEN,
    Step.BINDING,
    Step.RESUMING,
    Step.READY,
    Step.CLOSING,
}
_ENDS = {Input.ERROR, Input.FOOTER}
_ERROR = {Call.CLOSE_WITH_ERROR}
_DERIVING = _row(_ERROR, {Input.ANSWER} | _ENDS, {Step.EXCHANGE, Step.CLOSING})

_COMMON: Mapping[Step, Row] = {
    # Nothing can be fed to a stream before it is opened; the peer of a receiver speaks first, after `open`.
    Step.NEW: Row(
        frozenset({Call.OPEN, Call.CLOSE, Call.ABORT}),
        frozenset(),
        frozenset({Step.SECURING, Step.HEADER, Step.READY, Step.ENDED}),
    ),
    # Bytes are TLS records here; there is no XML to judge, and no stream to put an error into.
    Step.SECURING: _row(then={Step.HEADER}),
    Step.READY: _row({Call.SEND} | _ERROR, {Input.STANZA, Input.MANAGEMENT} | _ENDS, {Step.LEAVING}),
    Step.LEAVING: _row(inputs={Input.STANZA, Input.MANAGEMENT} | _ENDS),
    Step.CLOSING: _row(inputs=set(Input)),
    # `close` and `abort` may be repeated, and late bytes are dropped: a driver need not ask first.
    Step.ENDED: Row(
        frozenset({Call.RECEIVE_DATA, Call.RECEIVE_EOF, Call.CLOSE, Call.ABORT}),
        frozenset(Input),
        frozenset(),
    ),
}

TABLES: Mapping[Role, Mapping[Step, Row]] = {
    Role.CLIENT: {
        **_COMMON,
        Step.HEADER: _row(_ERROR, {Input.HEADER}, {Step.FEATURES, Step.CLOSING}),
        Step.FEATURES: _row(_ERROR, {Input.FEATURES} | _ENDS, _CLIENT_GOES_ON),
        Step.FOLLOWING: _row(_ERROR, {Input.FEATURES, Input.STANZA, Input.MANAGEMENT} | _ENDS, _CLIENT_GOES_ON),
        # XEP-0198 §4: stream management may be enabled, and features follow.
        Step.EXCHANGE: _row(_ERROR, {Input.ANSWER, Input.MANAGEMENT} | _ENDS, _CLIENT_GOES_ON | {Step.DERIVING}),
        Step.DERIVING: _DERIVING,
        Step.CREDENTIALS: _row(
            {Call.PROVIDE_CREDENTIALS} | _ERROR, _ENDS, {Step.EXCHANGE, Step.CREDENTIALS, Step.CLOSING}
        ),
        Step.HOST: _row(
            {Call.SEND_NEGOTIATION, Call.FEATURE_DONE} | _ERROR,
            {Input.ANSWER, Input.MANAGEMENT} | _ENDS,
            _CLIENT_GOES_ON,
        ),
    },
    Role.COMPONENT: {
        **_COMMON,
        Step.HEADER: _row(_ERROR, {Input.HEADER}, {Step.EXCHANGE, Step.CLOSING}),
        Step.EXCHANGE: _row(_ERROR, {Input.ANSWER} | _ENDS, {Step.READY, Step.CLOSING}),
    },
    Role.RECEIVER: {
        **_COMMON,
        Step.HEADER: _row(_ERROR, {Input.HEADER}, {Step.OFFERED, Step.CLOSING}),
        Step.OFFERED: _row(_ERROR, {Input.REQUEST} | _ENDS, _RECEIVER_GOES_ON),
        Step.EXCHANGE: _row(_ERROR, {Input.ANSWER} | _ENDS, _RECEIVER_GOES_ON | {Step.DERIVING}),
        Step.DERIVING: _DERIVING,
        Step.ACCOUNT: _row({Call.PROVIDE_ACCOUNT} | _ERROR, _ENDS, _RECEIVER_GOES_ON | {Step.DERIVING}),
        Step.TOKEN: _row(
            {Call.PROVIDE_TOKEN} | _ERROR, _ENDS, {Step.RESUMING, Step.BINDING, Step.OFFERED, Step.CLOSING}
        ),
        Step.BINDING: _row(
            {Call.ACCEPT_BIND, Call.REFUSE_BIND} | _ERROR, _ENDS, {Step.OFFERED, Step.READY, Step.CLOSING}
        ),
        Step.RESUMING: _row(
            {Call.ACCEPT_RESUME, Call.REFUSE_RESUME} | _ERROR,
            _ENDS,
            {Step.BINDING, Step.OFFERED, Step.READY, Step.CLOSING},
        ),
    },
    Role.COMPONENT_RECEIVER: {
        **_COMMON,
        Step.HEADER: _row(_ERROR, {Input.HEADER}, {Step.SECRET, Step.CLOSING}),
        Step.SECRET: _row({Call.PROVIDE_SECRET} | _ERROR, _ENDS, {Step.EXCHANGE, Step.CLOSING}),
        Step.EXCHANGE: _row(_ERROR, {Input.ANSWER} | _ENDS, {Step.READY, Step.CLOSING}),
    },
}
"""The rows of each role's steps. A step without a row does not exist for that role."""


class StreamState:
    """Where one stream stands. Read it freely; only the streams of this package call its methods.

    :ivar role: which table applies.
    :ivar step: how far the negotiation has come.
    :ivar ours: our direction of the stream.
    :ivar theirs: the peer's direction.
    :ivar facts: what holds.
    """

    __slots__ = ("_rows", "facts", "ours", "role", "row", "step", "theirs")

    def __init__(self, role: Role) -> None:
        self.role = role
        self._rows = TABLES[role]
        self.step = Step.NEW
        self.row = self._rows[Step.NEW]
        self.ours = Half.UNOPENED
        self.theirs = Half.UNOPENED
        self.facts: frozenset[Fact] = frozenset()

    def __repr__(self) -> str:
        facts = ", ".join(sorted(fact.value for fact in self.facts)) or "no facts"
        halves = f"ours {self.ours.value}, theirs {self.theirs.value}"
        return f"<{self.role.value}: {self.step.value}; {halves}; {facts}>"

    def check(self, call: Call) -> None:
        """Return if the application may make `call` now.

        :raises LocalProtocolError: it may not; the message names the call and the step.
        """
        if call not in self.row.calls:
            raise LocalProtocolError(f"{call.value}() cannot be called now: the stream is {self.step.value}")

    def violation(self, item: Input) -> str | None:
        """The stream error condition that `item` deserves now, or None if the peer may send it."""
        return None if item in self.row.inputs else VIOLATIONS[item]

    def move(self, step: Step) -> None:
        """Go to `step`.

        :raises LocalProtocolError: the table knows no such way; a bug of this package.
        """
        if step not in self.row.then:
            raise LocalProtocolError(
                f"a {self.role.value} stream that is {self.step.value} cannot become one that is {step.value}"
            )
        self.step = step
        self.row = self._rows[step]

    def learn(self, *facts: Fact) -> None:
        """From here on `facts` hold."""
        self.facts = _with(self.facts, facts)

    def ours_does(self, mark: Mark) -> None:
        """We wrote `mark`.

        :raises LocalProtocolError: our direction does not permit it; a bug of this package.
        """
        self.ours = _follow("our", self.ours, OURS, mark)

    def theirs_does(self, mark: Mark) -> None:
        """The peer wrote `mark`.

        :raises LocalProtocolError: its direction does not permit it; a bug of this package.
        """
        self.theirs = _follow("the peer's", self.theirs, THEIRS, mark)


@cache
def _with(known: frozenset[Fact], more: tuple[Fact, ...]) -> frozenset[Fact]:
    return known.union(more)  # one object for all streams of which the same holds


def _follow(whose: str, half: Half, table: Mapping[Half, Mapping[Mark, Half]], mark: Mark) -> Half:
    following = table[half].get(mark)
    if following is None:
        raise LocalProtocolError(f"{whose} direction of the stream is {half.value} and takes no {mark.value}")
    return following
