# SPDX-License-Identifier: MIT
"""Every call and every input in every step, on real streams: the tests are made from the tables in state.py.

A new row, call or input is tested without a change here, or fails because nobody says yet how to get there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import pytest

from xmppkit.exceptions import LocalProtocolError, MalformedStream, TLSFailed
from xmppkit.protocol.component import ComponentReceiverStream, ComponentStream
from xmppkit.protocol.events import StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import Sasl2Options, UserAgent
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.negotiation import host_feature
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import TABLES, VIOLATIONS, Call, Fact, Half, Input, Role, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.sasl.derivation import AT_ONCE
from xmppkit.testing.pair import Answers, Pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Tls

    from xmppkit.protocol.connection import Connection

ROWS = [(role, step) for role, rows in TABLES.items() for step in rows]
EXTRA = "{urn:example:extra}extra"
CREDENTIALS = Credentials("alice", "secret")
ACCOUNT = AccountRecord(scram={"SCRAM-SHA-256": make_scram_record("SCRAM-SHA-256", "secret", iterations=4096)})
MANY = AccountRecord(scram={"SCRAM-SHA-256": make_scram_record("SCRAM-SHA-256", "secret", iterations=AT_ONCE + 1)})
ANSWERS = {
    "credentials": (CREDENTIALS,),
    "accounts": {"alice": ACCOUNT},
    "secrets": {"echo.localhost": "secret"},
}

CALLS: dict[Call, Callable[..., object]] = {
    Call.OPEN: lambda stream: stream.open(),
    Call.RECEIVE_DATA: lambda stream: stream.receive_data(b" "),
    Call.RECEIVE_EOF: lambda stream: stream.receive_eof(),
    Call.SEND: lambda stream: stream.send(Element("{jabber:client}presence")),
    Call.SEND_NEGOTIATION: lambda stream: stream.send_negotiation(Element("{jabber:client}iq")),
    Call.FEATURE_DONE: lambda stream: stream.feature_done("extra"),
    Call.PROVIDE_CREDENTIALS: lambda stream: stream.provide_credentials(CREDENTIALS),
    Call.PROVIDE_ACCOUNT: lambda stream: stream.provide_account(ACCOUNT),
    Call.PROVIDE_TOKEN: lambda stream: stream.provide_token("a-token"),
    Call.ACCEPT_BIND: lambda stream: stream.accept_bind("alice@localhost/here"),
    Call.REFUSE_BIND: lambda stream: stream.refuse_bind("conflict"),
    Call.ACCEPT_RESUME: lambda stream: stream.accept_resume(ManagedSession("alice@localhost/here", id="earlier")),
    Call.REFUSE_RESUME: lambda stream: stream.refuse_resume(),
    Call.PROVIDE_SECRET: lambda stream: stream.provide_secret("secret"),
    Call.CLOSE: lambda stream: stream.close(),
    Call.CLOSE_WITH_ERROR: lambda stream: stream.close_with_error("reset"),
    Call.ABORT: lambda stream: stream.abort(),
}

INPUTS: dict[Input, str] = {
    Input.HEADER: "<stream:stream to='localhost' version='1.0'/>",
    Input.FEATURES: "<stream:features/>",
    Input.ANSWER: "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    Input.REQUEST: "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>",
    Input.STANZA: "<message to='echo.localhost' from='echo.localhost'><body>hello</body></message>",
    Input.MANAGEMENT: "<a xmlns='urn:xmpp:sm:3' h='0'/>",
    Input.NONZA: "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    Input.ERROR: "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    Input.FOOTER: "</stream:stream>",
}


def options(tls: Tls, *, direct: bool, server: bool, managed: bool, sasl2: bool) -> StreamOptions:
    return StreamOptions(
        sasl2=Sasl2Options(user_agent=UserAgent("a-client")) if sasl2 else None,
        management=ManagementOptions() if managed else None,
        domain="localhost" if server else "",
        tls=TlsPolicy.DIRECT if direct else TlsPolicy.DISABLED,
        ssl_context=tls.server if server else tls.client,
        server_name="localhost",
        sasl=SaslPolicy(("SCRAM-SHA-256",), scram_without_tls=True),
        announce=(Element(EXTRA),),
        features=(host_feature("extra", 5000, tag=EXTRA, needs={Fact.AUTHENTICATED}),),
    )


def streams(role: Role, tls: Tls, *, direct: bool, resume: bool, sasl2: bool = False) -> tuple[Connection, Connection]:
    """An initiator and a receiver of which one has `role`.

    :param resume: the client wants to go on with an earlier session.
    :param sasl2: it logs in by SASL2.
    """
    near = options(tls, direct=direct, server=False, managed=resume, sasl2=sasl2)
    far = options(tls, direct=direct, server=True, managed=resume, sasl2=sasl2)
    if role in (Role.CLIENT, Role.RECEIVER):
        earlier = ManagedSession("alice@localhost/here", id="earlier") if resume else None
        pair = ClientStream("alice@localhost", near, now=0.0, resume=earlier), ReceiverStream(far, now=0.0)
        if sasl2:
            for stream in pair:
                stream.learn(Fact.SECURE)  # as if there were TLS, through which these tests could not speak
        return pair
    return (
        ComponentStream("echo.localhost", "secret", near, now=0.0),
        ComponentReceiverStream(far, now=0.0),
    )


def reach(role: Role, step: Step, tls: Tls) -> Connection:
    """A stream of `role` that has come to `step`."""
    before = {Step.LEAVING: Step.READY, Step.CLOSING: Step.EXCHANGE, Step.ENDED: Step.READY}.get(step)
    if before is not None:
        stream = reach(role, before, tls)
        if step is Step.ENDED:
            stream.abort()
        else:
            stream.close()
    else:
        sasl2 = step in (Step.FOLLOWING, Step.TOKEN)
        pair = streams(role, tls, direct=step is Step.SECURING, resume=step is Step.RESUMING, sasl2=sasl2)
        stream = pair[role in (Role.RECEIVER, Role.COMPONENT_RECEIVER)]
        answers = dict(ANSWERS)
        if step is Step.DERIVING:
            stream.defer()
            wrong = role is Role.RECEIVER  # what is right it knows without
            answers |= {"accounts": {"alice": MANY}, "credentials": (Credentials("alice", "x" if wrong else "secret"),)}
        if step is not Step.NEW:
            joined = Pair(*pair, Answers(**answers), piece=1)
            assert joined.run_until(lambda: stream.state.step is step), f"no way to {step}"
    assert stream.state.step is step
    stream.events()
    stream.data_to_send()
    return stream


def assert_ended_once(stream: Connection) -> StreamEnded:
    events = stream.events()
    assert stream.closed
    assert [isinstance(event, StreamEnded) for event in events].count(True) == 1
    ended = events[-1]
    assert isinstance(ended, StreamEnded)
    assert stream.error is ended.error
    assert stream.deadline() is None
    return ended


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize(("role", "step"), ROWS)
def test_calls(role: Role, step: Step, call: Call, tls: Tls) -> None:
    stream = reach(role, step, tls)
    permitted = call in TABLES[role][step].calls
    if not hasattr(stream, call.value):
        assert not permitted
        return
    if permitted:
        CALLS[call](stream)
        return
    before = repr(stream)
    with pytest.raises(LocalProtocolError) as caught:
        CALLS[call](stream)
    assert f"{call.value}()" in str(caught.value)
    assert step.value in str(caught.value)
    assert repr(stream) == before
    assert stream.events() == []
    assert stream.data_to_send() == b""


ILLEGAL = [
    (role, step, item)
    for role, step in ROWS
    for item in Input
    if item not in TABLES[role][step].inputs and step not in (Step.NEW, Step.SECURING, Step.HEADER)
]


@pytest.mark.parametrize("piece", [1, None])
@pytest.mark.parametrize(("role", "step", "item"), ILLEGAL)
def test_illegal_inputs(role: Role, step: Step, item: Input, piece: int | None, tls: Tls) -> None:
    stream = reach(role, step, tls)
    can_speak = stream.state.ours is not Half.CLOSED
    data = INPUTS[item].encode()
    for start in range(0, len(data), piece or len(data)):
        stream.receive_data(data[start : start + (piece or len(data))])
    condition = VIOLATIONS[item]
    error = assert_ended_once(stream).error
    assert isinstance(error, MalformedStream)
    assert error.condition == condition
    assert step.value in str(error)
    written = stream.data_to_send().decode()
    if can_speak:
        assert f'<{condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams" />' in written
        assert written.endswith("</stream:stream>")
    else:
        assert written == ""
    stream.receive_data(data)
    stream.receive_eof()
    assert stream.events() == []


@pytest.mark.parametrize("item", [item for item in Input if item is not Input.HEADER])
@pytest.mark.parametrize("role", Role)
def test_inputs_before_the_header_are_no_stream(role: Role, item: Input, tls: Tls) -> None:
    stream = reach(role, Step.HEADER, tls)
    data = INPUTS[item]
    if item is not Input.FOOTER:
        data = data.replace(">", " xmlns:stream='http://etherx.jabber.org/streams'>", 1).replace("/ xmlns", " xmlns")
    stream.receive_data(data.encode())
    error = assert_ended_once(stream).error
    assert isinstance(error, MalformedStream)
    assert error.condition == ("not-well-formed" if item is Input.FOOTER else "bad-format")
    written = stream.data_to_send().decode()
    # RFC 6120 §4.9.1.2: the receiver opens its own stream to say so.
    assert written.startswith("<?xml") is (role in (Role.RECEIVER, Role.COMPONENT_RECEIVER))
    assert f'<{error.condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams" />' in written


@pytest.mark.parametrize("item", Input)
@pytest.mark.parametrize("role", Role)
def test_inputs_in_the_handshake_are_no_tls(role: Role, item: Input, tls: Tls) -> None:
    stream = reach(role, Step.SECURING, tls)
    stream.receive_data(INPUTS[item].encode())
    assert isinstance(assert_ended_once(stream).error, TLSFailed)
    assert b"stream" not in stream.data_to_send()


@pytest.mark.parametrize("item", Input)
@pytest.mark.parametrize("role", Role)
def test_inputs_before_open_are_the_hosts_fault(role: Role, item: Input, tls: Tls) -> None:
    stream = reach(role, Step.NEW, tls)
    with pytest.raises(LocalProtocolError, match="not opened yet"):
        stream.receive_data(INPUTS[item].encode())


@pytest.mark.parametrize("item", [Input.ERROR, Input.FOOTER])
@pytest.mark.parametrize(
    ("role", "step"),
    [(role, step) for role, step in ROWS if Input.FOOTER in TABLES[role][step].inputs and step is not Step.ENDED],
)
def test_the_peer_may_end_it(role: Role, step: Step, item: Input, tls: Tls) -> None:
    stream = reach(role, step, tls)
    stream.receive_data(INPUTS[item].encode())
    if item is Input.ERROR and step is Step.CLOSING:
        assert not stream.closed
        stream.receive_data(INPUTS[Input.FOOTER].encode())
    assert_ended_once(stream)
    assert stream.state.theirs is (Half.CLOSED if item is Input.FOOTER or step is Step.CLOSING else Half.OPEN)


@pytest.mark.parametrize(("role", "step"), ROWS)
def test_the_connection_may_be_lost(role: Role, step: Step, tls: Tls) -> None:
    stream = reach(role, step, tls)
    if step is Step.NEW:
        with pytest.raises(LocalProtocolError):
            stream.receive_eof()
    elif step is not Step.ENDED:
        stream.receive_eof()
        error = assert_ended_once(stream).error
        if step in (Step.LEAVING, Step.CLOSING):
            assert error is None
        else:
            assert error is not None
            assert type(error).__name__ in ("ConnectionLost", "TLSFailed")
        assert stream.data_to_send() == b""


@pytest.mark.parametrize("end", ["close", "abort"])
@pytest.mark.parametrize(("role", "step"), [row for row in ROWS if row[1] is not Step.ENDED])
def test_it_can_be_ended(role: Role, step: Step, end: str, tls: Tls) -> None:
    stream = reach(role, step, tls)
    getattr(stream, end)()
    if not stream.closed:
        assert stream.state.step in (Step.LEAVING, Step.CLOSING)
        deadline = stream.deadline()
        assert deadline is not None
        stream.handle_timer(deadline)
        deadline = stream.deadline()
        assert deadline is not None
        stream.handle_timer(deadline)
    assert assert_ended_once(stream).error is None
    stream.close()
    stream.abort()
    assert stream.events() == []


@pytest.mark.parametrize(("role", "step"), ROWS)
def test_time(role: Role, step: Step, tls: Tls) -> None:
    """Whoever waits for the peer waits for a bounded time; the application may take its time; a session too."""
    stream = reach(role, step, tls)
    stream.handle_timer(1000.0)
    if step in (Step.NEW, Step.READY, Step.ENDED, Step.CREDENTIALS, Step.HOST):
        assert stream.deadline() is None
        stream.handle_timer(1e9)
        assert stream.state.step is step
        return
    leaving = step in (Step.LEAVING, Step.CLOSING)
    wait = stream.options.close_timeout if leaving else stream.options.negotiation_timeout
    assert stream.deadline() == 1000.0 + wait
    stream.handle_timer(1000.0 + wait - 0.001)
    assert stream.state.step is step
    stream.handle_timer(1000.0 + wait)
    error = assert_ended_once(stream).error
    if leaving:
        assert error is None
    else:
        assert error is not None
        assert type(error).__name__ == "NegotiationTimeout"
        assert f"{wait:g} s" in str(error)
        assert (b"connection-timeout" in stream.data_to_send()) is (step is not Step.SECURING)
