# SPDX-License-Identifier: MIT
"""Whatever a peer sends, in whatever pieces: no exception, one end, no secret, and the same as in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import LocalProtocolError, RemoteError
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import (
    AccountNeeded,
    Authenticated,
    BindRequested,
    Event,
    Negotiated,
    SecretNeeded,
    StreamEnded,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing.pair import deterministic, shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from xmppkit.protocol.connection import Connection

SECRET = "pencil-in-the-drawer"
OPTIONS = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(scram_without_tls=True, min_iterations=1),
    credentials=Credentials("alice", SECRET),
)
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
FRAGMENTS = [
    "<?xml version='1.0'?>",
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' "
    "to='localhost' version='1.0'>",
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
    "from='localhost' to='localhost'>",
    f"<stream:features><mechanisms xmlns='{SASL}'><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>",
    f"<stream:features><mechanisms xmlns='{SASL}'><mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    f"<challenge xmlns='{SASL}'>cj1pZDFpZDIscz1jMkZzZEE9PSxpPTE=</challenge>",
    f"<success xmlns='{SASL}'/>",
    f"<success xmlns='{SASL}'>dj1hYWFh</success>",
    f"<failure xmlns='{SASL}'><not-authorized/></failure>",
    f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>biwsbj1hbGljZSxyPWFiYw==</auth>",
    f"<auth xmlns='{SASL}' mechanism='PLAIN'/>",
    f"<response xmlns='{SASL}'>Yz1iaXdzLHI9YWJjLHA9YWFhYQ==</response>",
    f"<abort xmlns='{SASL}'/>",
    "<handshake>0000</handshake>",
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    "<iq type='result' id='id1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@b/c</jid></bind></iq>",
    "<message from='x@y'><body>hello</body></message>",
    "<presence from=' '/>",
    "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    "<stream:error/>",
    "</stream:stream>",
    "HTTP/1.1 200 OK\r\n\r\n",
    "<!DOCTYPE x>",
    "<!-- -->",
    " ",
    "<",
    "&",
    "\ud7ff\U0001f600",
]
PIECES = st.lists(
    st.one_of(st.sampled_from(FRAGMENTS).map(str.encode), st.binary(max_size=20)), min_size=1, max_size=12
)
STREAMS: dict[str, Callable[[], Connection]] = {
    "client": lambda: ClientStream("alice@localhost", deterministic(OPTIONS), now=0.0),
    "component": lambda: ComponentStream("localhost", SECRET, deterministic(OPTIONS), now=0.0),
    "server": lambda: ReceiverStream(deterministic(OPTIONS), now=0.0),
    "component's server": lambda: ComponentReceiverStream(deterministic(OPTIONS), now=0.0),
}
SESSIONS: dict[str, Callable[[], Connection]] = {
    "client": lambda: ClientStream.negotiated("alice@localhost/x", OPTIONS, now=0.0),
    "component": lambda: ComponentStream.negotiated("echo.localhost", OPTIONS, now=0.0),
    "server": lambda: ReceiverStream.negotiated("alice@localhost/x", OPTIONS, now=0.0),
    "component's server": lambda: ComponentReceiverStream.negotiated("echo.localhost", OPTIONS, now=0.0),
}


def take(stream: Connection) -> list[Event | StanzaBase]:
    """The events, of which the questions are answered."""
    events = []
    while fresh := stream.events():
        events += fresh
        for event in fresh:
            if isinstance(event, AccountNeeded) and isinstance(stream, ReceiverStream):
                stream.provide_account(AccountRecord(SECRET))
            elif isinstance(event, BindRequested) and isinstance(stream, ReceiverStream):
                stream.accept_bind(stream.jid.replace(resource="x"))
            elif isinstance(event, SecretNeeded) and isinstance(stream, ComponentReceiverStream):
                stream.provide_secret(SECRET)
    return events


def judge(stream: Connection, events: list[Event | StanzaBase], written: bytes) -> None:
    ends = [event for event in events if isinstance(event, StreamEnded)]
    assert len(ends) == stream.closed
    if ends:
        assert events[-1] is ends[0]
        assert isinstance(ends[0].error, RemoteError | None)
        assert ends[0].error is stream.error
        assert SECRET not in f"{ends[0].error} {ends[0].error!r} {ends[0].reason}"
    # The password is only ever proved, for the policy lets no mechanism show it.
    assert SECRET.encode() not in written
    assert SECRET not in f"{stream!r} {events!r}"
    if stream.state.step is not Step.NEW and Fact.AUTHENTICATED not in stream.facts:
        assert not any(isinstance(event, StanzaBase | Negotiated | Authenticated) for event in events)


@pytest.mark.parametrize("kind", STREAMS)
@given(pieces=PIECES)
@settings(max_examples=150, deadline=None)
def test_before_a_session(kind: str, pieces: list[bytes]) -> None:
    stream = STREAMS[kind]()
    stream.open()
    events, written = take(stream), stream.data_to_send()
    for piece in pieces:
        stream.receive_data(piece)
        events += take(stream)
        written += stream.data_to_send()
    # Nobody here knows the secret, so nobody gets in.
    assert Fact.AUTHENTICATED not in stream.facts
    judge(stream, events, written)
    stream.receive_eof()
    events += take(stream)
    assert stream.closed
    judge(stream, events, written + stream.data_to_send())


@pytest.mark.parametrize("kind", SESSIONS)
@given(pieces=PIECES, cut=st.integers(min_value=1, max_value=40))
@settings(max_examples=100, deadline=None)
def test_in_a_session(kind: str, pieces: list[bytes], cut: int) -> None:
    """The same bytes give the same events, however they are cut. Only which of two broken rules is named may depend on
    it: how much of a document is looked at once something is wrong."""
    reports = []
    data = b"".join(pieces)
    for size in (len(data), cut, 1):
        stream = SESSIONS[kind]()
        events: list[Event | StanzaBase] = []
        for start in range(0, len(data), max(size, 1)):
            stream.receive_data(data[start : start + size])
            events += take(stream)
        judge(stream, events, stream.data_to_send())
        reports.append([shape(event) for event in events if not isinstance(event, StreamEnded)])
        reports[-1].append(f"{stream.state.step} {type(stream.error)}")
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("kind", SESSIONS)
@given(
    deeds=st.lists(
        st.one_of(
            st.sampled_from(FRAGMENTS[-16:]),
            st.sampled_from(["close", "abort", "timer", "eof", "send", "error"]),
        ),
        max_size=12,
    )
)
@settings(max_examples=100, deadline=None)
def test_with_an_application_that_does_things_too(kind: str, deeds: list[str]) -> None:
    stream = SESSIONS[kind]()
    events: list[Event | StanzaBase] = []
    now = 0.0
    for deed in deeds:
        now += 10.0
        if deed in ("send", "error"):
            try:
                stream.send("<presence/>") if deed == "send" else stream.close_with_error("reset")
            except LocalProtocolError:
                assert not stream.ready
        elif deed in ("close", "abort"):
            getattr(stream, deed)()
        elif deed == "timer":
            stream.handle_timer(now)
        elif deed == "eof":
            stream.receive_eof()
        else:
            stream.receive_data(deed.encode())
        events += take(stream)
    judge(stream, events, stream.data_to_send())
    stream.abort()
    events += take(stream)
    assert [type(event) for event in events].count(StreamEnded) == 1
    assert stream.deadline() is None
