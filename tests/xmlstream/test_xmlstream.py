# SPDX-License-Identifier: MIT
"""XMLStream in a session: what is sent and received, filters, events, IQs, backpressure, the end."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.dispatch.handlers import Callback, Waiter
from xmppkit.dispatch.matchers import MatcherId, StanzaPath
from xmppkit.exceptions import (
    ConnectionLost,
    IqError,
    IqTimeout,
    LocalProtocolError,
    NotConnectedError,
    UnserializableXML,
    XMPPError,
)
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire
from xmppkit.xmlstream.xmlstream import FEW_TASKS, KEEPALIVE, MANY_TASKS, XMLStream


def own(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the library has logged."""
    return [record for record in caplog.records if record.name.startswith("xmppkit")]


HELLO = "<message from='alice@localhost/x' id='m1' type='chat'><body>hello</body></message>"


# --- sending ------------------------------------------------------------------------------------------------


async def test_of_what_is_sent_in_one_turn_the_first_leaves_at_once_and_the_rest_in_one_write(wire: Wire) -> None:
    for body in ("one", "two", "three"):
        wire.stream.send_message("a@localhost", body)
    assert len(wire.transport.written) == 1
    await asyncio.sleep(0)
    assert len(wire.transport.written) == 2
    text = await wire.sent()
    assert text.index("one") < text.index("two") < text.index("three")


async def test_answers_to_one_read_leave_in_one_write(wire: Wire) -> None:
    wire.stream.add_event_handler("message", lambda message: message.reply("again").send())
    wire.receive(HELLO, HELLO)
    assert len(wire.transport.written) == 1
    assert wire.transport.written[0].count(b"again") == 2


async def test_elements_and_text_are_sent_as_they_are(wire: Wire) -> None:
    wire.stream.send(ET.Element("{jabber:client}presence"))
    wire.stream.send("<message/>")
    wire.stream.send_xml(ET.Element("{jabber:client}iq", {"type": "get", "id": "1"}))
    wire.stream.send_raw(b" <presence/>")
    assert await wire.sent() == '<presence /><message/><iq type="get" id="1" /> <presence/>'


async def test_raw_text_is_logged_without_its_secrets(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xmppkit.OUT")
    wire.stream.send_raw(
        "<iq type='set' id='r'><query xmlns='jabber:iq:register'><password>hunter2</password></query></iq>"
    )
    assert "hunter2" in await wire.sent()
    [line] = [record.getMessage() for record in caplog.records if record.name == "xmppkit.OUT"]
    assert "jabber:iq:register" in line
    assert "hunter2" not in line
    caplog.set_level(logging.INFO, "xmppkit.OUT")
    caplog.clear()
    wire.stream.send_raw("<presence/>")
    assert caplog.records == []


async def test_what_xml_cannot_express_is_told_to_the_caller_and_nothing_is_lost(wire: Wire) -> None:
    with pytest.raises(UnserializableXML, match="body"):
        wire.stream.send_message("a@localhost", "no \x00 please")
    wire.stream.send_message("a@localhost", "after")
    assert "after" in await wire.sent()
    with pytest.raises(UnserializableXML):
        wire.stream.send_raw("\x01")


async def test_before_the_session_stanzas_are_parked_and_told(client: ClientXMPP) -> None:
    parked: list[Any] = []
    client.add_event_handler("stanza_not_sent", parked.append)
    client.send_message("a@localhost", "early")
    with pytest.raises(UnserializableXML):
        client.send_message("a@localhost", "\x02")
    with pytest.raises(NotConnectedError):
        client.send_raw("<presence/>")
    assert [each["body"] for each in parked] == ["early"]
    wire = Wire(client)
    assert "early" in await wire.sent()


async def test_a_program_without_a_connection_cannot_fill_the_memory(
    client: ClientXMPP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppkit.xmlstream.sending.MAX_PARKED", 2)
    client.send("<presence/>")
    client.send("<presence/>")
    with pytest.raises(NotConnectedError, match="2 stanzas"):
        client.send("<presence/>")


async def test_filters_see_what_is_sent_in_order_and_may_drop_it(wire: Wire) -> None:
    seen: list[str] = []

    def note(name: str) -> Any:
        def filter_(stanza: Message) -> Message | None:
            seen.append(name)
            return None if stanza["body"] == "drop" else stanza

        return filter_

    async def slow(stanza: Message) -> Message:
        await asyncio.sleep(0)
        seen.append("slow")
        return stanza

    for mode in ("out_sce", "out_sync", "out"):
        wire.stream.add_filter(mode, note(mode))
    wire.stream.send_message("a@localhost", "drop")
    assert seen == ["out"]
    seen.clear()
    wire.stream.add_filter("out", slow)
    wire.stream.send_message("a@localhost", "first")
    wire.stream.send("<presence/>")
    text = await wire.sent()
    assert seen == ["out", "slow", "out_sync", "out_sce"]
    assert text.index("first") < text.index("<presence/>"), "what is behind a slow filter waits"
    wire.stream.del_filter("out", slow)


async def test_drain_waits_for_filters_and_for_the_transport(wire: Wire) -> None:
    async def slow(stanza: Message) -> Message:
        await asyncio.sleep(0)
        return stanza

    wire.stream.add_filter("out", slow)
    wire.stream.send_message("a@localhost", "slowly")
    await wire.stream.drain()
    assert b"slowly" in b"".join(wire.transport.written)


async def test_drain_without_a_connection(client: ClientXMPP) -> None:
    with pytest.raises(NotConnectedError):
        await client.drain()


# --- receiving ----------------------------------------------------------------------------------------------


async def test_a_message_reaches_handlers_and_events_in_order(wire: Wire) -> None:
    order: list[str] = []
    wire.stream.register_handler(Callback("mine", StanzaPath("message"), lambda m: order.append("handler")))
    wire.stream.add_event_handler("message", lambda m: order.append("event " + m["body"]))
    wire.receive(HELLO)
    assert order == ["event hello", "handler"]
    assert wire.stream.remove_handler("mine")
    assert not wire.stream.remove_handler("mine")


async def test_in_filters_may_replace_and_drop(wire: Wire) -> None:
    bodies: list[str] = []
    wire.stream.add_event_handler("message", lambda m: bodies.append(m["body"]))

    def shout(stanza: StanzaBase) -> StanzaBase | None:
        if stanza["id"] == "m2":
            return None
        stanza["body"] = stanza["body"].upper()
        return stanza

    wire.stream.add_filter("in", shout)
    wire.receive(HELLO, HELLO.replace("m1", "m2"))
    assert bodies == ["HELLO"]


async def test_a_handlers_error_answers_the_stanza_and_the_stream_lives(wire: Wire) -> None:
    def refuse(message: Message) -> None:
        raise XMPPError("not-allowed", "go away")

    wire.stream.add_event_handler("message", refuse)
    wire.receive(HELLO)
    (answer,) = await wire.stanzas()
    assert answer.get("type") == "error"
    assert answer.find(".//{urn:ietf:params:xml:ns:xmpp-stanzas}not-allowed") is not None
    assert wire.stream.is_connected()


async def test_an_unexpected_error_tells_the_peer_nothing(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    def fail(message: Message) -> None:
        raise RuntimeError("the secret is hunter2")

    wire.stream.add_event_handler("message", fail)
    wire.receive(HELLO)
    text = await wire.sent()
    assert "undefined-condition" in text
    assert "hunter2" not in text
    assert "the secret is hunter2" in caplog.text


async def test_a_request_that_nobody_handles_is_answered(wire: Wire) -> None:
    wire.receive("<iq type='get' id='1' from='a@localhost/x'><query xmlns='unknown'/></iq>")
    (answer,) = await wire.stanzas()
    assert (answer.get("type"), answer.get("id"), answer.get("to")) == ("error", "1", "a@localhost/x")
    wire.receive("<iq type='result' id='stray' from='a@localhost/x'/>", "<message from='a@localhost'/>")
    assert await wire.sent() == "", "answers and empty messages are not answered"


async def test_a_stanza_from_something_that_is_no_address_is_dropped(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []
    wire.stream.add_event_handler("message", seen.append)
    wire.receive("<message from='@'><body>x</body></message>", HELLO)
    assert len(seen) == 1
    assert "dropped" in caplog.text


async def test_the_incoming_filter_may_change_elements_and_may_fail(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def change(xml: ET.Element) -> ET.Element:
        if xml.get("id") == "m2":
            raise RuntimeError("no")
        xml.set("id", "changed")
        return xml

    monkeypatch.setattr(wire.stream, "incoming_filter", change)
    ids: list[str] = []
    wire.stream.add_event_handler("message", lambda m: ids.append(m["id"]))
    wire.receive(HELLO, HELLO.replace("m1", "m2"))
    assert ids == ["changed", "m2"]
    assert "no" in caplog.text


async def test_the_streams_language_is_that_of_stanzas_without_one(wire: Wire) -> None:
    wire.stream.peer_default_lang = "fr"
    langs: list[str] = []
    wire.stream.add_event_handler("message", lambda m: langs.append(m["lang"]))
    wire.receive(HELLO, HELLO.replace("id=", "xml:lang='de' id="))
    assert langs == ["fr", "de"]


async def test_a_stanza_class_for_one_stream(wire: Wire) -> None:
    class Mine(Message):
        pass

    seen: list[type] = []
    wire.stream.add_event_handler("message", lambda m: seen.append(type(m)))
    wire.stream.register_stanza(Mine)
    wire.receive(HELLO)
    wire.stream.remove_stanza(Mine)
    wire.receive(HELLO)
    assert seen == [Mine, Message]


class Weather(StanzaBase):
    """A first-level element that is no stanza."""

    name, namespace, plugin_attrib, interfaces = "weather", "urn:weather", "weather", {"sky"}


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("component", [False, True])
async def test_other_elements_of_the_first_level(connected: bool, component: bool) -> None:
    kind = ComponentXMPP("echo.localhost", "secret") if component else ClientXMPP("bot@localhost/here", "secret")
    stream: Any = kind
    stream.auto_reconnect = False
    seen: list[tuple[type, str]] = []
    stream.register_handler(Callback("weather", StanzaPath("weather"), lambda it: seen.append((type(it), it["sky"]))))
    if not connected:
        stream.register_stanza(Weather)
    wire = Wire(stream)
    if connected:
        stream.register_stanza(Weather)
    wire.receive("<weather xmlns='urn:weather' sky='clear'/>")
    assert seen == [(Weather, "clear")]
    assert stream.is_connected()
    over = stream.disconnected
    wire.receive("<climate xmlns='urn:weather'/>")
    assert "no stanza" in str(await over)


async def test_recv_stanza_goes_the_way_of_received_stanzas(wire: Wire) -> None:
    seen: list[str] = []
    wire.stream.add_event_handler("message", lambda m: seen.append(m["body"]))
    message = wire.stream.make_message("bot@localhost", "by hand", mfrom="a@localhost")
    wire.stream.recv_stanza(message)
    assert seen == ["by hand"]


# --- IQs ----------------------------------------------------------------------------------------------------


def request(stream: ClientXMPP, to: str = "a@localhost/x") -> Iq:
    iq = stream.make_iq_get("urn:test", ito=to)
    iq["id"] = "q1"
    return iq


async def test_an_iq_is_answered(wire: Wire) -> None:
    told: list[Iq] = []
    future = request(wire.stream).send(callback=told.append)
    await wire.sent()
    wire.receive("<iq type='result' id='q1' from='a@localhost/x'/>")
    assert (await future)["id"] == "q1"
    assert told == [await future]


async def test_an_answer_from_somebody_else_is_none(wire: Wire) -> None:
    future = request(wire.stream).send()
    wire.receive("<iq type='result' id='q1' from='mallory@localhost/x'/>", "<iq type='result' id='q1'/>")
    assert not future.done()
    wire.receive("<iq type='error' id='q1' from='a@localhost/x'><error type='auth'><forbidden/></error></iq>")
    with pytest.raises(IqError):
        await future


async def test_an_iq_that_cannot_be_sent_does_not_wait(wire: Wire) -> None:
    iq = request(wire.stream)
    iq.xml[0].text = "\x00"
    with pytest.raises(UnserializableXML):
        iq.send()
    again = request(wire.stream).send()
    assert not again.done()


@pytest.mark.filterwarnings("ignore:timeout_callback:DeprecationWarning")
async def test_an_iq_without_an_answer_times_out(wire: Wire) -> None:
    errors: list[Any] = []
    future = request(wire.stream).send(timeout=0.0, timeout_callback=errors.append)
    with pytest.raises(IqTimeout):
        await future
    assert len(errors) == 1
    with pytest.raises(TypeError, match="number of seconds"):
        request(wire.stream).send(timeout="soon")  # type: ignore[arg-type]


async def test_answers_are_not_waited_for(wire: Wire) -> None:
    result = wire.stream.make_iq_result(id="r1", ito="a@localhost")
    assert await result.send() is None
    iq = request(wire.stream)
    del iq["id"]
    future = iq.send()
    assert iq["id"]
    future.cancel()


async def test_iqs_that_wait_fail_when_the_connection_ends(wire: Wire) -> None:
    future = request(wire.stream).send()
    await wire.end()
    with pytest.raises(ConnectionLost):
        await future


# --- tasks and events ---------------------------------------------------------------------------------------


async def test_coroutine_handlers_run_as_tasks_and_their_errors_answer(wire: Wire) -> None:
    async def fail(message: Message) -> None:
        await asyncio.sleep(0)
        raise XMPPError("forbidden")

    wire.stream.add_event_handler("message", fail)
    wire.receive(HELLO)
    assert "forbidden" in await wire.sent()


async def test_reading_stops_while_the_program_is_behind(wire: Wire) -> None:
    gate = asyncio.Event()

    async def wait(_: object = None) -> None:
        await gate.wait()

    for _ in range(MANY_TASKS):
        wire.stream.spawn(wait())
    assert not wire.transport.reading
    gate.set()
    await wire.sent()
    assert wire.transport.reading
    assert len(wire.stream._tasks) <= FEW_TASKS


async def test_wait_until_and_event_handler(wire: Wire) -> None:
    waiting = asyncio.ensure_future(wire.stream.wait_until("mine"))
    await asyncio.sleep(0)
    assert wire.stream.event_handled("mine") == 1
    wire.stream.event("mine", 5)
    wire.stream.event("mine", 6)
    assert await waiting == 5
    assert wire.stream.event_handled("mine") == 0
    with pytest.raises(TimeoutError):
        await wire.stream.wait_until("never", timeout=0.0)
    seen: list[int] = []
    with wire.stream.event_handler("mine", seen.append):
        await wire.stream.event_async("mine", 7)
    wire.stream.event("mine", 8)
    assert seen == [7]


async def test_schedules(wire: Wire) -> None:
    calls: list[int] = []
    called = asyncio.Event()

    def call(number: int) -> None:
        calls.append(number)
        called.set()

    wire.stream.schedule("soon", 0.0, call, (1,))
    with pytest.raises(ValueError, match="soon"):
        wire.stream.schedule("soon", 0.0, calls.append)
    assert "soon" in wire.stream.scheduled_events
    await called.wait()
    assert calls == [1]
    wire.stream.schedule("later", 100.0, calls.append)
    wire.stream.cancel_schedule("later")
    assert "later" not in wire.stream.scheduled_events


async def test_errors_of_tasks_reach_the_stream(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("in a task")

    wire.stream.spawn(fail())
    await wire.sent()
    assert "in a task" in caplog.text
    awaited = wire.stream.wrap(fail())
    with pytest.raises(RuntimeError):
        await awaited
    assert len(own(caplog)) == 1, "who awaits a task gets its error; it is not logged again"


async def test_a_waiter_and_a_matcher_by_id(wire: Wire) -> None:
    waiter = Waiter("once", MatcherId("m1"))
    wire.stream.register_handler(waiter)
    wire.receive(HELLO)
    assert (await waiter.wait(1))["body"] == "hello"


# --- the session --------------------------------------------------------------------------------------------


async def test_white_space_keeps_the_connection(wire: Wire) -> None:
    assert KEEPALIVE in wire.stream.scheduled_events
    wire.stream._send_space()
    assert await wire.sent() == " "
    await wire.end()
    assert KEEPALIVE not in wire.stream.scheduled_events
    wire.stream._send_space()
    assert wire.transport.written == []


async def test_keepalive_may_be_turned_off_in_the_middle(wire: Wire) -> None:
    wire.stream.whitespace_keepalive = False
    wire.stream._send_space()
    assert await wire.sent() == ""


async def test_no_keepalive_for_who_wants_none(client: ClientXMPP) -> None:
    client.whitespace_keepalive = False
    Wire(client)
    assert KEEPALIVE not in client.scheduled_events


async def test_closing_in_order(wire: Wire) -> None:
    reasons: list[Any] = []
    wire.stream.add_event_handler("disconnected", reasons.append)
    future = wire.stream.disconnect(reason="enough")
    assert "</stream:stream>" in await wire.sent()
    wire.receive("</stream:stream>")
    assert await future == "enough"
    assert reasons == ["enough"]
    assert not wire.stream.is_connected()
    assert await wire.stream.disconnect() is None, "without a connection it is over at once"


async def test_closing_waits_for_what_is_being_filtered(wire: Wire) -> None:
    gate = asyncio.Event()

    async def slow(stanza: Message) -> Message:
        await gate.wait()
        return stanza

    wire.stream.add_filter("out", slow)
    wire.stream.send_message("a@localhost", "last words")
    future = wire.stream.disconnect()
    assert "</stream:stream>" not in await wire.sent()
    gate.set()
    text = await wire.sent()
    assert text.index("last words") < text.index("</stream:stream>")
    wire.receive("</stream:stream>")
    await future


async def test_closing_does_not_wait_for_ever(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    async def stuck(stanza: Message) -> Message:
        await asyncio.Event().wait()
        return stanza

    wire.stream.add_filter("out", stuck)
    wire.stream.send_message("a@localhost", "never")
    await asyncio.wait_for(wire.stream.disconnect(wait=0.01), 60)
    assert "still waits" in caplog.text


async def test_a_server_that_does_not_close_is_left(wire: Wire) -> None:
    await asyncio.wait_for(wire.stream.disconnect(wait=0.01), 60)
    assert wire.transport.closed


async def test_the_connection_is_lost(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    for name in ("session_end", "disconnected"):
        wire.stream.add_event_handler(name, lambda _, name=name: events.append(name))
    over = wire.stream.disconnected
    await wire.end()
    assert isinstance(await over, ConnectionLost)
    assert isinstance(wire.stream.last_error, ConnectionLost)
    assert events == ["session_end", "disconnected"]
    assert wire.stream.disconnected is not over, "each connection has a future of its own"
    assert [record.levelno for record in own(caplog)] == [logging.ERROR], "logged once"


async def test_abort(wire: Wire) -> None:
    events: list[str] = []
    for name in ("killed", "disconnected"):
        wire.stream.add_event_handler(name, lambda _, name=name: events.append(name))
    over = wire.stream.disconnected
    wire.stream.abort()
    await over
    assert events == ["killed", "disconnected"]
    assert wire.transport.closed
    wire.stream.abort()
    assert events == ["killed", "disconnected"], "there is nothing left to kill"


async def test_a_new_connection_takes_the_place_of_the_old(wire: Wire) -> None:
    ended: list[Any] = []
    wire.stream.add_event_handler("session_end", ended.append)
    future = request(wire.stream).send()
    other = Wire(wire.stream)
    assert len(ended) == 1
    with pytest.raises(NotConnectedError):
        await future
    wire.stream.send_presence()
    assert "presence" in await other.sent()
    assert wire.transport.closed
    await other.end()


async def test_tasks_end_with_the_stream(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.xmlstream.lifecycle.TASK_GRACE", 0.0)
    task = wire.stream.spawn(asyncio.Event().wait())  # type: ignore[arg-type]
    await wire.end()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_ids_differ(client: ClientXMPP) -> None:
    assert client.new_id() != client.new_id()


async def test_a_bare_stream_speaks_no_protocol() -> None:
    stream = XMLStream("127.0.0.1", 1)
    with pytest.raises(LocalProtocolError, match="ClientXMPP"):
        await stream.connect()


async def test_the_wire_is_logged_masked(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "xmppkit")
    wire.receive(HELLO.replace("hello", "one&#10;two"))
    wire.stream.send(
        "<iq id='1' type='set'><query xmlns='jabber:iq:register'><password>hunter2</password></query></iq>"
    )
    await wire.sent()
    assert "hunter2" not in caplog.text
    incoming = [record.getMessage() for record in caplog.records if record.name == "xmppkit.IN"]
    assert len(incoming) == 1
    assert "\n" not in incoming[0]


def test_errors_that_programs_import_from_here() -> None:
    from xmppkit import exceptions
    from xmppkit.xmlstream import xmlstream

    for name in ("ContinueQueue", "InvalidCABundle", "NotConnectedError"):
        assert getattr(xmlstream, name) is getattr(exceptions, name)
