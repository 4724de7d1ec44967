# SPDX-License-Identifier: MIT
"""Keys that take long to derive are derived outside the stream, which goes on meanwhile; at both ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from longlogins import LONG, MANY, PLAIN, SALT, SASL, deriving, finish, login

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.exceptions import ConnectionLost, MalformedStream, NegotiationTimeout, StreamClosed, StreamErrorReceived
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.events import Authenticated, Negotiated, StreamEnded
from xmppkit.protocol.state import Step
from xmppkit.sasl.derivation import Derivation

ERROR = "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"


def test_without_it_everything_is_done_within_the_calls() -> None:
    pair = login().run()
    assert isinstance(pair.initiator_events[-1], Negotiated)
    assert pair.initiator.take_work() is None


def test_a_client_goes_on_when_the_key_is_there() -> None:
    pair, client = deriving("client")
    assert b"<response" not in pair.initiator_wrote
    assert client.work == LONG
    finish(pair, client)
    assert isinstance(pair.initiator_events[-1], Negotiated)
    assert pair.initiator_wrote.count(b"<response") == 1


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
def test_a_server_refuses_when_the_key_is_there(mechanism: str) -> None:
    pair, server = deriving("server", mechanism=mechanism, password="pen")
    assert b"<failure" not in pair.receiver_wrote
    # Who does not know the password is not let in any sooner with one that is known to be wrong.
    assert server.work == Derivation("sha256", server.work.password, SALT, MANY)
    finish(pair, server)
    assert b"<failure" in pair.receiver_wrote
    assert isinstance(pair.initiator.error, Refused)


def test_a_server_lets_in_when_the_key_is_there() -> None:
    pair, server = deriving("server", **PLAIN)
    assert server.work == LONG
    assert b"<success" not in pair.receiver_wrote
    finish(pair, server)
    assert isinstance(pair.initiator_events[-1], Negotiated)
    assert any(isinstance(event, Authenticated) for event in pair.receiver_events)


def test_work_is_taken_once() -> None:
    _, client = deriving("client")
    assert client.take_work() == LONG
    assert client.work is None
    assert client.take_work() is None


def test_a_key_counts_for_what_was_taken() -> None:
    _, client = deriving("client")
    client.take_work()
    client.provide_key(Derivation("sha256", b"pencil", SALT, MANY), bytes(32))
    assert client.state.step is Step.DERIVING
    assert client.data_to_send() == b""


def test_a_key_counts_once() -> None:
    _, client = deriving("client")
    work = client.take_work()
    assert work is not None
    client.provide_key(work, work.compute())
    first = client.data_to_send()
    client.provide_key(work, work.compute())
    assert first.startswith(b"<response")
    assert client.data_to_send() == b""


ENDS: dict[str, tuple[Callable[[Connection], object], type[Exception] | None]] = {
    "the connection is cut": (lambda stream: stream.receive_eof(), ConnectionLost),
    "the application aborts": (lambda stream: stream.abort(), None),
    "the application ends the stream": (lambda stream: stream.close_with_error("reset"), None),
    "the peer ends the stream": (lambda stream: stream.receive_data(b"</stream:stream>"), StreamClosed),
    "the peer reports an error": (lambda stream: stream.receive_data(ERROR.encode()), StreamErrorReceived),
    "the peer speaks out of turn": (lambda stream: stream.receive_data(b"<message/>"), MalformedStream),
    "the time is over": (lambda stream: (stream.handle_timer(100.0), stream.handle_timer(130.0)), NegotiationTimeout),
}


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("end", ["client", "server"])
def test_an_end_meanwhile_drops_it(end: str, how: str, taken: bool) -> None:
    _, stream = deriving(end, **(PLAIN if end == "server" else {}))
    work = stream.take_work() if taken else LONG
    does, error = ENDS[how]
    if end == "server" and error is StreamClosed:
        error = None  # a client that leaves is no fault
    does(stream)
    ended = stream.events()[-1]
    assert isinstance(ended, StreamEnded)
    assert isinstance(ended.error, error or type(None))
    assert b"<response" not in stream.data_to_send()
    assert stream.take_work() is None
    assert stream._derived is None  # with the password that is in it
    stream.provide_key(work, LONG.compute())
    assert stream.events() == []
    assert stream.data_to_send() == b""


def test_closing_meanwhile_drops_it() -> None:
    pair, client = deriving("client")
    work = client.take_work()
    client.close()
    assert client._derived is None
    client.provide_key(work, LONG.compute())
    pair.run()
    assert pair.initiator_wrote.endswith(b"</stream:stream>")
    assert b"<response" not in pair.initiator_wrote
    assert pair.initiator_events[-1] == StreamEnded("closed", None)


def test_the_time_runs_meanwhile() -> None:
    _, client = deriving("client")
    client.handle_timer(100.0)
    client.take_work()
    assert client.deadline() == 130.0
    client.handle_timer(130.0)
    assert "the stream was deriving a key from a password for 30 s" in str(client.error)


@pytest.mark.parametrize(
    ("end", "said"), [("client", f"<success xmlns='{SASL}'/>"), ("server", f"<response xmlns='{SASL}'/>")]
)
def test_nothing_else_goes_on_meanwhile(end: str, said: str) -> None:
    _, stream = deriving(end, **(PLAIN if end == "server" else {}))
    stream.receive_data(said.encode())
    assert isinstance(stream.error, MalformedStream)
