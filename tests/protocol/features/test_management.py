# SPDX-License-Identifier: MIT
"""Enabling and resuming, both halves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import MalformedStream
from xmppkit.jid.address import JID
from xmppkit.protocol.events import (
    ManagementEnabled,
    ManagementFailed,
    Resumed,
    ResumeRequested,
    ResumptionFailed,
    StanzasAcked,
)
from xmppkit.protocol.features.management import (
    ENABLE,
    RESUME,
    EnableInitiator,
    ManagementReceiver,
    ResumeInitiator,
    enable,
    enabling,
    refuse,
    resuming,
)
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact, Step
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from conftest import Port

    from xmppkit.protocol.events import Event

HERE = "alice@localhost/here"
OFFER = Element("{urn:xmpp:sm:3}sm")
NOT_FOUND = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"


def parse(text: str) -> Element:
    return fromstring(text.replace(" ", " xmlns='urn:xmpp:sm:3' ", 1))


def managed(port: Port, **options: object) -> None:
    port.options = port.options.replace(management=ManagementOptions(**options), nonce_factory=lambda: "a-nonce")


def earlier(count: int = 3, **arguments: object) -> ManagedSession:
    """A session in which so many stanzas were sent, called 1, 2 …, and five handled."""
    session = ManagedSession(HERE, id="earlier", handled=5, **arguments)
    for number in range(1, count + 1):
        session.put(Element("{jabber:client}message", {"id": str(number)}), f"<m{number}/>")
    return session


def acked(event: Event) -> list[str | None]:
    assert isinstance(event, StanzasAcked)
    return [stanza.get("id") for stanza in event.stanzas]


def test_the_declarations() -> None:
    authenticated, bound = frozenset({Fact.AUTHENTICATED}), frozenset({Fact.AUTHENTICATED, Fact.BOUND})
    resumed = bound | {Fact.RESUMED}
    assert [RESUME.permitted(facts) for facts in (frozenset(), authenticated, bound, resumed)] == [0, 1, 0, 0]
    # Behind binding for the client, which looks itself; the server offers it before.
    assert [ENABLE.permitted(facts) for facts in (frozenset(), authenticated, bound, resumed)] == [0, 1, 1, 0]
    assert (resuming(8123).order, enabling(10123).order) == (8123, 10123)  # nobody else asks for these


class TestEnable:
    def started(self, port: Port, **options: object) -> EnableInitiator:
        managed(port, **options)
        port.jid = JID(HERE)
        port.learn(Fact.BOUND)
        half = EnableInitiator(port, ENABLE)
        assert half.start(OFFER, StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.EXCHANGE]
        return half

    def test_not_unless_it_is_wanted(self, port: Port) -> None:
        port.learn(Fact.BOUND)
        assert EnableInitiator(port, ENABLE).start(OFFER, StreamFeatures()) is Outcome.SKIPPED
        assert port.written == []

    def test_not_before_binding(self, port: Port) -> None:
        managed(port)
        assert EnableInitiator(port, ENABLE).start(OFFER, StreamFeatures()) is Outcome.SKIPPED

    @pytest.mark.parametrize(
        ("options", "attributes"),
        [
            ({}, ' resume="true"'),
            ({"max_seconds": 300}, ' resume="true" max="300"'),
            ({"max_seconds": 300, "resume": False}, ""),
        ],
    )
    def test_what_is_asked(self, port: Port, options: dict[str, object], attributes: str) -> None:
        self.started(port, **options)
        assert port.written == [f'<enable xmlns="urn:xmpp:sm:3"{attributes} />']

    def test_it_is_granted(self, port: Port) -> None:
        half = self.started(port)
        element = parse("<enabled id='x' resume='1' location='there:5' max='60'/>")
        assert half.accepts(element)
        assert half.receive(element) is Outcome.DONE
        (event,) = port.events
        assert isinstance(event, ManagementEnabled)
        assert event.element.xml is element
        session = event.session
        assert port.manager is not None
        assert port.manager.session is session
        assert (session.jid, session.id, session.location, session.max_seconds) == (JID(HERE), "x", "there:5", 60)
        assert session.resumable

    @pytest.mark.parametrize("attributes", ["", "id='x'", "resume='true'", "id='x' resume='false'"])
    def test_it_is_granted_without_resumption(self, port: Port, attributes: str) -> None:
        self.started(port).receive(parse(f"<enabled {attributes}/>"))
        assert port.manager is not None
        assert not port.manager.session.resumable

    def test_it_is_refused(self, port: Port) -> None:
        half = self.started(port)
        element = parse(f"<failed >{NOT_FOUND}</failed>")
        assert half.accepts(element)
        assert half.receive(element) is Outcome.SKIPPED
        (event,) = port.events
        assert isinstance(event, ManagementFailed)
        assert event.condition == "item-not-found"
        assert port.manager is None

    def test_stanzas_may_come_first(self, port: Port) -> None:
        half = self.started(port)
        stanza = fromstring("<message xmlns='jabber:client'/>")
        assert half.accepts(stanza)
        assert half.receive(stanza) is Outcome.WAIT
        assert port.events[0].xml is stanza
        assert half.receive(fromstring("<message xmlns='jabber:client' id='repeated'/>")) is Outcome.WAIT
        assert len(port.events) == 1
        assert not half.accepts(parse("<resumed />"))


class TestResume:
    def started(self, port: Port, session: ManagedSession) -> ResumeInitiator:
        port.resumes = session
        half = ResumeInitiator(port, RESUME)
        assert half.start(OFFER, StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.EXCHANGE]
        assert port.written == ['<resume xmlns="urn:xmpp:sm:3" h="5" previd="earlier" />']
        port.written.clear()
        return half

    def test_without_an_earlier_session(self, port: Port) -> None:
        half = ResumeInitiator(port, RESUME)
        assert half.start(OFFER, StreamFeatures()) is Outcome.SKIPPED
        assert half.absent() is None
        assert port.written == port.events == []

    def test_a_server_that_does_not_know_it_any_more(self, port: Port) -> None:
        port.resumes = session = earlier()
        assert ResumeInitiator(port, RESUME).absent() is None
        assert port.events == [ResumptionFailed(session, "feature-not-implemented", None)]
        assert not session.resumable
        assert port.resumes is None
        assert len(session) == 3

    def test_it_goes_on(self, port: Port) -> None:
        session = earlier()
        session.came()
        half = self.started(port, session)
        element = parse("<resumed h='2' previd='earlier'/>")
        assert half.accepts(element)
        assert half.receive(element) is Outcome.DONE
        assert acked(port.events[0]) == ["1", "2"]
        resumed = port.events[1]
        assert isinstance(resumed, Resumed)
        assert (resumed.session, resumed.element.xml) == (session, element)
        assert port.jid == JID(HERE)
        assert port.facts == {Fact.BOUND, Fact.RESUMED, Fact.MANAGED}
        assert port.manager is not None
        port.manager.settle()
        assert port.written == ["<m3/>", "<r xmlns='urn:xmpp:sm:3'/>"]
        assert not session.came()  # it is in hand

    @pytest.mark.parametrize(
        "text", ["<resumed h='2'/>", "<resumed h='2' previd='other'/>", "<resumed previd='earlier'/>"]
    )
    def test_an_answer_that_is_none(self, port: Port, text: str) -> None:
        half = self.started(port, earlier())
        assert half.receive(parse(text)) is Outcome.ENDED
        assert isinstance(port.error, MalformedStream)
        assert port.stream_error[0] == "bad-format"

    @pytest.mark.parametrize("text", ["<resumed h='4' previd='earlier'/>", f"<failed h='4'>{NOT_FOUND}</failed>"])
    def test_a_server_that_has_handled_more_than_it_was_sent(self, port: Port, text: str) -> None:
        half = self.started(port, earlier())
        assert half.receive(parse(text)) is Outcome.ENDED
        assert port.stream_error[0] == "undefined-condition"
        assert port.events == []

    @pytest.mark.parametrize(("h", "done", "left"), [("", [], 3), ("h='2'", ["1", "2"], 1), ("h='x'", [], 3)])
    def test_it_is_refused(self, port: Port, h: str, done: list[str], left: int) -> None:
        session = earlier()
        half = self.started(port, session)
        element = parse(f"<failed {h}>{NOT_FOUND}</failed>")
        assert half.accepts(element)
        assert half.receive(element) is Outcome.SKIPPED
        assert [name for event in port.events[:-1] for name in acked(event)] == done
        failed = port.events[-1]
        assert isinstance(failed, ResumptionFailed)
        assert (failed.session, failed.condition) == (session, "item-not-found")
        assert (len(session), session.resumable) == (left, False)
        assert port.manager is None


class TestReceiver:
    def requested(self, port: Port, h: int = 2) -> ManagementReceiver:
        half = ManagementReceiver(port, ENABLE)
        element = parse(f"<resume h='{h}' previd='earlier'/>")
        assert half.starts(element)
        assert half.receive(element) is Outcome.WAIT
        assert port.steps == [Step.RESUMING]
        assert port.events == [ResumeRequested("earlier")]
        port.events.clear()
        return half

    def test_the_offer(self, port: Port) -> None:
        assert ManagementReceiver(port, ENABLE).offer() is None
        managed(port)
        offer = ManagementReceiver(port, ENABLE).offer()
        assert offer is not None
        assert offer.tag == "{urn:xmpp:sm:3}sm"

    def test_enabling_before_binding(self, port: Port) -> None:
        half = ManagementReceiver(port, ENABLE)
        assert half.starts(parse("<enable />"))
        assert half.receive(parse("<enable />")) is Outcome.SKIPPED
        assert port.written == [
            '<failed xmlns="urn:xmpp:sm:3"><unexpected-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" /></failed>'
        ]

    @pytest.mark.parametrize("attributes", ["", "h='1'", "previd='x'", "h='x' previd='x'"])
    def test_a_request_that_is_none(self, port: Port, attributes: str) -> None:
        assert ManagementReceiver(port, ENABLE).receive(parse(f"<resume {attributes}/>")) is Outcome.ENDED
        assert port.stream_error[0] == "bad-format"

    def test_it_is_accepted(self, port: Port) -> None:
        session = earlier()
        assert self.requested(port).accept_resume(session) is Outcome.READY
        assert acked(port.events[0]) == ["1", "2"]
        assert isinstance(port.events[1], Resumed)
        assert port.written == ['<resumed xmlns="urn:xmpp:sm:3" h="5" previd="earlier" />', "<m3/>"]
        assert (port.jid, port.facts) == (JID(HERE), {Fact.BOUND, Fact.RESUMED, Fact.MANAGED})
        assert port.manager is not None

    def test_a_client_that_has_handled_more_than_it_was_sent(self, port: Port) -> None:
        session = earlier()
        assert self.requested(port, 4).accept_resume(session) is Outcome.ENDED
        assert port.stream_error[0] == "undefined-condition"
        assert port.manager is None
        assert session.resumable
        assert len(session) == 3

    @pytest.mark.parametrize(("h", "attribute"), [(None, ""), (7, ' h="7"')])
    def test_it_is_refused(self, port: Port, h: int | None, attribute: str) -> None:
        assert self.requested(port).refuse_resume("item-not-found", h) is Outcome.SKIPPED
        assert port.written == [
            f'<failed xmlns="urn:xmpp:sm:3"{attribute}><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" />'
            "</failed>"
        ]


class TestGranting:
    @pytest.mark.parametrize(
        ("options", "asked", "granted"),
        [
            ({}, "", ""),
            ({"resume": False}, "resume='true'", ""),
            ({}, "resume='true'", ' id="a-nonce" resume="true"'),
            ({}, "resume='1' max='30'", ' id="a-nonce" resume="true" max="30"'),
            ({"max_seconds": 60}, "resume='1'", ' id="a-nonce" resume="true" max="60"'),
            ({"max_seconds": 60}, "resume='1' max='900'", ' id="a-nonce" resume="true" max="60"'),
            (
                {"max_seconds": 60, "location": "here:1"},
                "resume='1' max='9'",
                ' id="a-nonce" resume="true" location="here:1" max="9"',
            ),
        ],
    )
    def test_what_is_granted(self, port: Port, options: dict[str, object], asked: str, granted: str) -> None:
        managed(port, **options)
        port.jid = JID(HERE)
        element = enable(port, parse(f"<enable {asked}/>"))
        assert serialize(element) == f'<enabled xmlns="urn:xmpp:sm:3"{granted} />'
        assert port.written == []
        assert port.facts == {Fact.MANAGED}
        (event,) = port.events
        assert isinstance(event, ManagementEnabled)
        assert event.session.resumable is bool(granted)
        assert port.manager is not None
        assert port.manager.session is event.session

    def test_a_refusal(self, port: Port) -> None:
        refuse(port, "internal-server-error")
        assert "internal-server-error" in port.written[0]
