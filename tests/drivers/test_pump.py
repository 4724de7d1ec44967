# SPDX-License-Identifier: MIT
"""xmppkit.drivers.pump, over real streams that are ready."""

from __future__ import annotations

import pytest

from xmppkit.drivers.pump import BURST, Pump
from xmppkit.protocol.events import StreamEnded
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.sasl.derivation import AT_ONCE, Derivation
from xmppkit.testing.pair import Answers


@pytest.fixture
def pumped(tools):
    """A ready stream, its pump, and what was delivered."""
    seen: list[str] = []
    stream = tools.ready_client()
    return stream, Pump(stream, lambda event: seen.append(tools.brief(event))), seen


def test_bytes_become_events_in_order(pumped, tools) -> None:
    _, pump, seen = pumped
    pump.receive(tools.message(1) + tools.message(2) + tools.message(3)[:10], 0.0)
    assert seen == ["1", "2"]
    pump.receive(tools.message(3)[10:], 0.0)
    assert seen == ["1", "2", "3"]
    assert len(pump) == 0


def test_what_is_sent_is_taken_once_and_as_one(pumped) -> None:
    stream, pump, _ = pumped
    stream.send("<message id='1'/>")
    stream.send("<message id='2'/>")
    assert pump.data_to_send() == b"<message id='1'/><message id='2'/>"
    assert pump.data_to_send() == b""


def test_answers_of_the_sink_to_one_read_are_one_write(tools) -> None:
    stream = tools.ready_client()
    pump = Pump(stream, lambda event: stream.send(f"<message id='{tools.brief(event)}'/>"))
    pump.receive(tools.message(1) + tools.message(2), 0.0)
    assert pump.data_to_send() == b"<message id='1'/><message id='2'/>"


def test_open(tools) -> None:
    stream = ClientStream("alice@localhost", tools.clear(), now=0.0)
    pump = Pump(stream, print)
    pump.open(0.0)
    assert b"<stream:stream" in pump.data_to_send()
    assert pump.deadline() == 30.0


def test_end_of_file(pumped) -> None:
    stream, pump, seen = pumped
    pump.receive_eof(0.0)
    assert seen == ["StreamEnded"]
    assert stream.closed
    assert pump.deadline() is None


def test_the_timer_begins_and_ends_with_turn(pumped) -> None:
    stream, pump, seen = pumped
    assert pump.deadline() is None
    stream.close()
    assert pump.deadline() == 0.0  # it begins as soon as it is told the time
    pump.turn(100.0)
    assert pump.deadline() == 105.0
    pump.turn(104.9)
    assert seen == []
    pump.turn(105.0)
    assert seen == ["StreamEnded"]
    assert pump.deadline() is None


def test_events_that_the_sink_causes_come_after_it_returns(tools) -> None:
    order: list[str] = []
    stream = tools.ready_client()

    def sink(event: object) -> None:
        order.append(f"begin {tools.brief(event)}")
        if not isinstance(event, StreamEnded):
            stream.abort()
            pump.turn(0.0)
        order.append(f"end {tools.brief(event)}")

    pump = Pump(stream, sink)
    pump.receive(tools.message(1), 0.0)
    assert order == ["begin 1", "end 1", "begin StreamEnded", "end StreamEnded"]


def test_a_burst_gives_the_turn_back(pumped, tools) -> None:
    _, pump, seen = pumped
    pump.receive(b"".join(map(tools.message, range(BURST + 3))), 0.0)
    assert len(seen) == BURST
    assert len(pump) == 3
    pump.turn(0.0)
    assert seen == [str(number) for number in range(BURST + 3)]
    assert len(pump) == 0


def test_a_burst_ends_before_what_its_last_event_has_caused(tools) -> None:
    seen: list[str] = []
    stream = tools.ready_client()

    def sink(event: object) -> None:
        seen.append(tools.brief(event))
        if len(seen) == BURST:
            stream.receive_data(tools.message(BURST))

    pump = Pump(stream, sink)
    pump.receive(b"".join(map(tools.message, range(BURST))), 0.0)
    assert (len(seen), len(pump)) == (BURST, 1)
    pump.turn(0.0)
    assert seen == [str(number) for number in range(BURST + 1)]


def test_pause_keeps_what_was_received(pumped, tools) -> None:
    _, pump, seen = pumped
    assert not pump.paused
    pump.pause()
    assert pump.paused
    pump.receive(tools.message(1), 0.0)
    pump.receive(tools.message(2), 0.0)
    assert seen == []
    pump.resume()
    assert seen == []
    pump.turn(0.0)
    assert seen == ["1", "2"]


def test_the_sink_may_pause(tools) -> None:
    seen: list[str] = []
    stream = tools.ready_client()

    def sink(event: object) -> None:
        seen.append(tools.brief(event))
        pump.pause()

    pump = Pump(stream, sink)
    pump.receive(tools.message(1) + tools.message(2), 0.0)
    assert seen == ["1"]
    assert len(pump) == 1
    pump.resume()
    pump.turn(0.0)
    assert seen == ["1", "2"]


def test_a_paused_pump_still_writes_and_keeps_time(pumped) -> None:
    stream, pump, seen = pumped
    pump.pause()
    stream.send("<message/>")
    stream.close()
    assert pump.data_to_send() == b"<message/></stream:stream>"
    pump.turn(1.0)
    pump.turn(6.0)
    assert stream.closed
    assert seen == []


def test_a_sink_that_raises_loses_only_its_event(tools) -> None:
    seen: list[str] = []
    stream = tools.ready_client()

    def sink(event: object) -> None:
        if tools.brief(event) == "1":
            raise ZeroDivisionError
        seen.append(tools.brief(event))

    pump = Pump(stream, sink)
    with pytest.raises(ZeroDivisionError):
        pump.receive(tools.message(1) + tools.message(2), 0.0)
    pump.turn(0.0)
    assert seen == ["2"]


class TestKeys:
    """A key that takes long to derive, during a login of a client."""

    def login(self, tools, offload=None) -> tuple[Pump, ReceiverStream, list[str]]:
        """A client's pump, and the server's end; both as they are when the server has sent its challenge."""
        record = make_scram_record("SCRAM-SHA-256", "pencil", b"salt of alice...", AT_ONCE + 1)
        answers = Answers(accounts={"alice": AccountRecord(scram={"SCRAM-SHA-256": record})})
        options = tools.clear(sasl=SaslPolicy(("SCRAM-SHA-256",), scram_without_tls=True))
        server = ReceiverStream(options, now=0.0)
        server.open()
        seen: list[str] = []
        client = ClientStream("alice@localhost", options.replace(credentials=Credentials("alice", "pencil")), now=0.0)
        pump = Pump(client, lambda event: seen.append(tools.brief(event)), offload)
        pump.open(0.0)
        for _ in range(2):
            server.receive_data(pump.data_to_send())
            for event in server.events():
                answers(server, event)
            pump.receive(server.data_to_send(), 0.0)
        return pump, server, seen

    def test_it_is_derived_where_the_pump_is(self, tools) -> None:
        pump, server, _ = self.login(tools)
        server.receive_data(pump.data_to_send())
        assert "Authenticated" in [tools.brief(event) for event in server.events()]

    def test_it_is_derived_elsewhere(self, tools) -> None:
        given = []
        pump, server, _ = self.login(tools, lambda *what: given.append(what))
        pump.turn(0.0)
        [(work, give)] = given  # once
        assert pump.data_to_send() == b""
        assert give(work.compute(), 0.0) == 30.0
        server.receive_data(pump.data_to_send())
        assert "Authenticated" in [tools.brief(event) for event in server.events()]

    def test_another_thread_ends_the_stream_before_it_begins(self, tools, monkeypatch) -> None:
        pump, _, seen = self.login(tools, print)
        take = ClientStream.take_work

        def late(stream: ClientStream) -> Derivation | None:
            stream.abort()
            return take(stream)

        monkeypatch.setattr(ClientStream, "take_work", late)
        pump.stream.work = Derivation("sha256", b"", b"", 1)
        pump.turn(0.0)
        assert pump.stream.work is None
        pump.turn(0.0)  # the other thread has woken the driver
        assert seen[-1] == "StreamEnded"
