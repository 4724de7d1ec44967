# SPDX-License-Identifier: MIT
"""The way in: elements become stanzas of the right class, pass filters, reach handlers."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.dispatch.filters import Filters
from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.index import HandlerIndex
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import IqError
from xmppkit.protocol.events import StanzaRefused
from xmppkit.protocol.management import ManagedSession
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.testing import clock
from xmppkit.testing.wire import Wire
from xmppkit.xml.names import XML_LANG
from xmppkit.xmlstream.receiving import HANDLING, Intake
from xmppkit.xmlstream.tasks import Tasks


class Host:
    """A stream, as far as the intake is concerned."""

    default_ns = "jabber:client"
    default_lang: str | None = None
    peer_default_lang: str | None = None
    is_component = False

    def __init__(self, *, watched: bool = True) -> None:
        self.reported: list[tuple[str, Any]] = []
        self.filters = Filters()
        self.handlers = HandlerIndex()
        self.answers: dict[str, bool | None] = {}
        self.handled: list[StanzaBase] = []
        self.loop = asyncio.get_running_loop()
        self.flushed = 0
        stream: Any = self
        self.tasks = Tasks(stream)
        self.intake = Intake(
            stream,
            self.filters,
            self.handlers,
            lambda stanza: self.answers.get(stanza["id"], False),
            asyncio.ensure_future,
            lambda exc, stanza: self.reported.append((str(exc), stanza)),
            self.tasks if watched else None,
        )
        self.handlers.add(Callback("all", StanzaPath("message"), self.handled.append))

    def incoming_filter(self, xml: ET.Element, /) -> ET.Element:
        return xml

    def flush(self) -> None:
        self.flushed += 1

    def work_changed(self) -> None:
        """Somebody looks at `Intake.size` now."""

    def receive(self, text: str) -> StanzaBase:
        element = ET.fromstring(text.replace(" ", " xmlns='jabber:client' ", 1))
        stanza = self.intake.build(element)
        self.intake.receive(stanza)
        return stanza


async def test_elements_become_stanzas_of_the_stream() -> None:
    host = Host()
    stanza = host.receive("<message from='a@b'/>")
    assert isinstance(stanza, Message)
    stream: Any = stanza.stream
    assert stream is host
    assert host.handled == [stanza]
    assert type(host.intake.build(ET.Element("{urn:x}other"))) is StanzaBase


async def test_classes_of_the_stream_go_first() -> None:
    class Mine(Message):
        pass

    host = Host()
    host.intake.classes = {"{jabber:client}message": Mine}
    assert type(host.receive("<message from='a@b'/>")) is Mine
    assert type(host.intake.build(ET.Element("{jabber:client}iq"))).__name__ == "Iq"


async def test_the_language_of_the_stream() -> None:
    host = Host()
    element = ET.Element("{jabber:client}message")
    host.intake.build(element)
    assert XML_LANG not in element.attrib
    host.peer_default_lang = "fr"
    host.intake.build(element)
    assert element.get(XML_LANG) == "fr"
    host.peer_default_lang = "de"
    host.intake.build(element)
    assert element.get(XML_LANG) == "fr"


async def test_an_incoming_filter_that_fails_leaves_the_element_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()

    def fail(xml: ET.Element) -> ET.Element:
        raise RuntimeError("bug")

    monkeypatch.setattr(host, "incoming_filter", fail)
    host.receive("<message from='a@b'/>")
    assert host.reported == [("bug", None)]
    assert len(host.handled) == 1


@pytest.mark.parametrize("attributes", ["from='@'", "to='a@'", "from='a@b' to='a b'"])
async def test_what_is_from_or_to_no_address_is_dropped(attributes: str, caplog: pytest.LogCaptureFixture) -> None:
    host = Host()
    host.receive(f"<message {attributes}/>")
    assert host.handled == []
    assert "dropped" in caplog.text


@pytest.mark.parametrize("attributes", ["id='1'", "from=''", "to=''", "from='a@b/c' to='localhost'"])
async def test_what_has_no_address_is_not(attributes: str) -> None:
    host = Host()
    host.receive(f"<message {attributes}/>")
    assert len(host.handled) == 1


def refused(kind: str, **attributes: str) -> StanzaRefused:
    return StanzaRefused(f"{{jabber:client}}{kind}", {"from": "a@b"} | attributes, "too many children")


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
async def test_a_stanza_past_a_limit_reaches_nobody(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    host = Host()
    host.intake.refuse(refused(kind, type="normal"), counted=False)
    host.intake.refuse(refused(kind, **{"from": "a\nb@c"}), counted=False)
    host.intake.refuse(StanzaRefused(f"{{jabber:client}}{kind}", {}, "too deep"), counted=False)
    assert host.handled == host.reported == []
    assert "a stanza from a@b was dropped: too many children" in caplog.text
    assert "a stanza from a\\nb@c was dropped" in caplog.text
    assert "a stanza from the server was dropped: too deep" in caplog.text


@pytest.mark.parametrize("kind", ["get", "set"])
async def test_who_has_asked_too_much_is_told(kind: str, wire: Wire) -> None:
    wire.stream.take_event(refused("iq", type=kind, id="1"))
    wire.stream.take_event(refused("iq", type=kind, id="2", **{"from": "no@address@at.all"}))
    wire.stream.take_event(refused("iq", type="nonsense", id="3"))
    wire.stream.take_event(refused("iq", type=kind))
    (answer,) = await wire.stanzas()
    assert (answer.get("to"), answer.get("id"), answer.get("type")) == ("a@b", "1", "error")
    assert answer.find("{*}error/{*}policy-violation") is not None
    assert answer.findtext("{*}error/{*}text") == "too many children"


@pytest.mark.parametrize("kind", ["result", "error"])
async def test_who_waits_for_an_answer_learns_that_it_has_come(kind: str, wire: Wire) -> None:
    client: Any = wire.stream
    asked = client.make_iq_get(ito="a@b").send()
    (question,) = await wire.stanzas()
    wire.stream.take_event(refused("iq", type=kind, id=question.attrib["id"], **{"from": "c@d"}))
    assert not asked.done(), "it is from somebody else"
    wire.stream.take_event(refused("iq", type=kind, id=question.attrib["id"]))
    with pytest.raises(IqError) as caught:
        await asked
    assert (caught.value.condition, caught.value.text) == ("policy-violation", "too many children")


async def test_a_stanza_past_a_limit_is_handled_behind_those_before_it() -> None:
    host = Busy()
    host.come("1")
    host.session.came()
    host.intake.refuse(refused("message"), counted=True)
    host.come("2", kind="normal")
    assert (host.session.handled, host.intake.in_hand) == (0, 3)
    await host.go("1")
    assert (host.session.handled, host.intake.in_hand) == (3, 0)
    host.intake.refuse(refused("message"), counted=False)
    assert host.intake.arrived == 3


async def test_stanzas_wait_behind_a_slow_filter_in_order() -> None:
    host = Host()

    async def slow(stanza: Any) -> Any:
        await asyncio.sleep(0)
        return None if stanza["id"] == "2" else stanza

    host.filters.add("in", slow)
    for number in "123":
        host.receive(f"<message id='{number}'/>")
    assert len(host.intake) == 3
    assert host.handled == []
    for _ in range(10):
        await asyncio.sleep(0)
    assert [each["id"] for each in host.handled] == ["1", "3"]
    assert len(host.intake) == 0


async def test_a_filter_that_fails_stops_its_stanza() -> None:
    host = Host()

    def fail(stanza: Any) -> Any:
        raise RuntimeError("bug")

    host.filters.add("in", fail)
    stanza = host.receive("<message id='1'/>")
    assert host.reported == [("bug", stanza)]
    assert host.handled == []


async def test_what_nobody_handles_and_nobody_asked_for_is_unhandled(monkeypatch: pytest.MonkeyPatch) -> None:
    unhandled: list[str] = []
    monkeypatch.setattr(StanzaBase, "unhandled", lambda stanza: unhandled.append(stanza["id"]))
    monkeypatch.setattr("xmppkit.stanza.iq.Iq.unhandled", lambda stanza: unhandled.append(stanza["id"]))
    host = Host()
    host.answers = {"asked": True, "given up": None}
    for each in ("asked", "not asked", "given up"):
        host.receive(f"<iq type='result' id='{each}'/>")
    host.receive("<message id='handled'/>")
    assert unhandled == ["not asked"]


async def test_the_answer_to_a_request_that_was_given_up_reaches_no_handler(wire: Wire) -> None:
    results: list[StanzaBase] = []
    program: Any = wire.stream
    program.register_handler(Callback("results", StanzaPath("iq@type=result"), results.append))
    for awaited in (False, True):
        request = program.make_iq_get(ito="example.org")
        request.append(ET.Element("{urn:x}question"))
        future = request.send()
        if not awaited:
            future.cancel()
        *_, asked = await wire.stanzas()
        wire.receive(f"<iq type='result' id='{asked.get('id')}' from='example.org'/>")
        assert future.cancelled() is not awaited
        assert len(results) == awaited


async def test_a_stream_reads_no_more_than_it_can_bear(wire: Wire) -> None:
    """A stanza that a filter holds back counts as work that is under way."""
    gate = asyncio.Event()

    async def hold(stanza: Any) -> Any:
        await gate.wait()
        return stanza

    wire.stream.add_filter("in", hold)
    wire.receive("<message id='1'/>", "<message id='2'/>")
    assert len(wire.stream._intake) == 2
    gate.set()
    await wire.sent()
    assert len(wire.stream._intake) == 0


@pytest.mark.parametrize("kind", ["get", "set", "result"])
async def test_a_request_has_one_payload(kind: str) -> None:
    """Else each of them had its handler, and the request several answers (RFC 6120 §8.2.3)."""
    program = ClientXMPP("bot@localhost/here", "secret")
    program.register_plugin("xep_0092")
    program.register_plugin("xep_0199")
    wire = Wire(program)
    await wire.sent()
    ping, version = "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>"
    wire.receive(f"<iq type='{kind}' id='1' from='bob@localhost/x'>{ping}{version}</iq>")
    answers = await wire.stanzas()
    if kind == "result":
        assert answers == []
    else:
        (answer,) = answers
        assert (answer.get("type"), answer.get("id"), answer.get("to")) == ("error", "1", "bob@localhost/x")
        assert answer.find("{*}error/{*}bad-request") is not None
    program.abort()
    await wire.end()


@pytest.mark.parametrize("attribute", ["", "id=''"])
@pytest.mark.parametrize("kind", ["get", "set", "result", "error"])
async def test_a_request_has_an_id(kind: str, attribute: str) -> None:
    """It is refused without being acted upon, and the answer has an id (RFC 6120 §8.1.3)."""
    program = ClientXMPP("bot@localhost/here", "secret")
    asked: list[Any] = []
    program.register_handler(Callback("ping", StanzaPath("iq@type=get"), asked.append))
    wire = Wire(program)
    await wire.sent()
    wire.receive(f"<iq type='{kind}' {attribute} from='bob@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>")
    answers = await wire.stanzas()
    assert asked == []
    if kind in ("result", "error"):
        assert answers == []
    else:
        (answer,) = answers
        assert (answer.get("type"), answer.get("to")) == ("error", "bob@localhost/x")
        assert answer.get("id")
        assert answer.find("{*}error/{*}bad-request") is not None
    program.abort()
    await wire.end()


# --- at work ------------------------------------------------------------------------------------------------


class Busy(Host):
    """Has handlers that take their time: until somebody lets a stanza go, by its id."""

    def __init__(self, *, counted: bool = True, watched: bool = True) -> None:
        super().__init__(watched=watched)
        self.gates: dict[str, asyncio.Event] = {}
        self.handlers.add(Callback("slow", StanzaPath("message"), self.begin))
        self.session = ManagedSession("a@b/c")
        self.take: Any = self.intake.count(self.session) if counted else self.intake.receive

    def begin(self, stanza: StanzaBase) -> None:
        if stanza["type"] == "chat":
            self.gates[stanza["id"]] = asyncio.Event()
            self.tasks.wrap(self.gates[stanza["id"]].wait())

    def come(self, *ids: str, kind: str = "chat", text: str = "") -> None:
        for name in ids:
            element = ET.fromstring(
                f"<message xmlns='jabber:client' from='a@b' type='{kind}' id='{name}'><body>{text}</body></message>"
            )
            self.session.came()
            self.take(self.intake.build(element))

    async def go(self, *ids: str) -> None:
        for name in ids:
            self.gates[name].set()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_stanza_is_handled_when_its_handlers_have_ended() -> None:
    host = Busy()
    host.come("1", "2")
    host.come("3", kind="normal")
    assert (host.session.handled, host.intake.in_hand) == (0, 3)
    await host.go("2")
    assert host.session.handled == 0, "nothing is said of the second before the first"
    await host.go("1")
    assert (host.session.handled, host.intake.in_hand) == (3, 0)
    assert host.flushed > 0
    host.come("4", kind="normal")
    assert host.session.handled == 4


async def test_of_several_handlers_the_last_counts() -> None:
    host = Busy()
    second = asyncio.Event()
    host.handlers.add(Callback("another", StanzaPath("message"), lambda _: host.tasks.wrap(second.wait()) and None))
    host.come("1")
    await host.go("1")
    assert host.session.handled == 0
    second.set()
    await host.go()
    assert host.session.handled == 1


async def test_who_is_told_what_is_handled() -> None:
    host, told = Busy(), []
    host.take = host.intake.count(host.session, told.append)
    host.come("1", kind="normal")
    host.come("2")
    host.come("3", kind="normal")
    await host.go("2")
    assert told == [1, 2]
    assert host.session.handled == 0, "that is for whoever was told"


async def test_a_task_that_has_nothing_to_do_with_a_stanza() -> None:
    host = Busy()
    gate = asyncio.Event()
    waiting = host.tasks.wrap(gate.wait())
    host.come("1", kind="normal")
    assert host.session.handled == 1
    gate.set()
    await waiting


def test_a_handler_that_takes_too_long() -> None:
    async def main() -> None:
        host = Busy()
        host.come("1")
        await asyncio.sleep(HANDLING / 2)
        host.come("2", "3")
        await host.go("3")
        await asyncio.sleep(HANDLING / 2 + 1)
        assert host.session.handled == 1
        await asyncio.sleep(HANDLING / 2)
        assert host.session.handled == 3
        await host.go("1", "2")
        assert host.session.handled == 3

    clock.run(main())


def test_what_belongs_to_an_earlier_session_is_not_counted() -> None:
    async def main() -> None:
        host = Busy()
        host.come("1")
        host.session = ManagedSession("a@b/c")
        host.take = host.intake.count(host.session)
        assert host.intake.in_hand == 0
        host.come("2")
        await host.go("1")
        assert host.session.handled == 0
        host.intake.count(ManagedSession("a@b/c"))
        host.intake.count(ManagedSession("a@b/c"))
        await host.go("2")
        assert host.session.handled == 0

    clock.run(main())


async def test_handlers_and_filters() -> None:
    host = Busy()
    let = {name: asyncio.Event() for name in "123"}

    async def slow(stanza: StanzaBase) -> StanzaBase:
        await let[stanza["id"]].wait()
        return stanza

    host.filters.add("in", slow)
    host.come("1", "2", "3", text="x" * 1000)
    assert host.intake.size > 3000
    for name in "123":
        let[name].set()
        await host.go()
    assert host.session.handled == 0
    assert host.intake.size == 0
    await host.go("2", "1")
    assert host.session.handled == 2
    await host.go("3")
    assert (host.session.handled, host.intake.in_hand) == (3, 0)


async def test_how_much_is_at_work() -> None:
    host = Busy(counted=False)
    few, many = map(str, range(8)), [str(number) for number in range(8, 12)]
    host.come(*few, text="x" * 1000)
    assert host.intake.size == 0, "that is no problem"
    host.come(*many, text="x" * 1000)
    assert 4000 < host.intake.size < 8000
    await host.go(*many)
    assert host.intake.size == 0


async def test_nobody_looks() -> None:
    host = Busy(watched=False)
    host.come("1")
    assert host.session.handled == 1
    await host.go("1")
