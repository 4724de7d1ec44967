# SPDX-License-Identifier: MIT
"""Counting, asking and answering on one stream."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import ConnectionLost, MalformedStream, QueueFull, UnserializableXML
from xmppkit.protocol.events import StanzasAcked
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.manager import count_of
from xmppkit.stanza.message import Message
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from conftest import Port

    from xmppkit.protocol.manager import Manager

REQUEST = "<r xmlns='urn:xmpp:sm:3'/>"
MESSAGE = Element("{jabber:client}message")


def ack(h: int) -> str:
    return f"<a xmlns='urn:xmpp:sm:3' h='{h}'/>"


def made(port: Port, **options: object) -> Manager:
    port.options = port.options.replace(management=ManagementOptions(**options))
    return port.manage(ManagedSession("juliet@localhost/balcony", port.options.management))


def send(port: Port, manager: Manager, item: Message | Element | str, at: float | None = None) -> None:
    """What a stream does when it sends."""
    if isinstance(item, str):
        manager.send_text(item, at)
        port.written.append(item)
        return
    element = item if isinstance(item, Element) else item.xml
    text = serialize(element, default_namespace="jabber:client")
    if element.tag not in manager.counted or manager.send(item, text, at):
        port.written.append(text)


def written(port: Port, manager: Manager) -> list[str]:
    """What is written, and said because the bytes are taken now."""
    manager.settle()
    taken = list(port.written)
    port.written.clear()
    return taken


def receive(manager: Manager, *texts: str) -> None:
    for text in texts:
        manager.receive(fromstring(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), (" 7\n", 7), ("+3", 3), ("-1", -1), ("٣", None), ("abc", None), ("", None), (None, None)],
)
def test_a_count_is_a_number(text: str | None, count: int | None) -> None:
    assert count_of(text) == count


def test_a_count_of_any_length_costs_little() -> None:
    assert count_of("9" * 1_000_000) is None


class TestSending:
    def test_stanzas_are_counted_and_nothing_else(self, port: Port) -> None:
        manager = made(port)
        stanza = Message()
        send(port, manager, stanza, 7.0)
        send(port, manager, MESSAGE)
        send(port, manager, Element("{urn:xmpp:csi:0}active"))
        send(port, manager, " ")
        send(port, manager, "")
        assert manager.session.sent == 2
        assert [(each.stanza, each.at) for each in manager.session] == [(stanza, 7.0), (MESSAGE, None)]
        assert written(port, manager) == ["<message />", "<message />", '<active xmlns="urn:xmpp:csi:0" />', " ", ""]

    @pytest.mark.parametrize(
        ("text", "stanzas"),
        [
            ("<message/>", 1),
            ("\n<presence/><active xmlns='urn:xmpp:csi:0'/> <iq id='1'/>", 2),
            ("<active xmlns='urn:xmpp:csi:0'/>", 0),
        ],
    )
    def test_raw_text_is_sent_as_it_is_and_its_stanzas_are_counted(self, port: Port, text: str, stanzas: int) -> None:
        manager = made(port)
        send(port, manager, text, 2.0)
        assert written(port, manager) == [text]
        assert manager.session.sent == stanzas
        assert all(each.at == 2.0 and each.text.startswith("<") for each in manager.session)

    def test_raw_text_is_asked_about_like_the_rest(self, port: Port) -> None:
        manager = made(port, window=2)
        send(port, manager, "<message/>")
        assert REQUEST not in written(port, manager)
        send(port, manager, "<message/>")
        assert REQUEST in written(port, manager)

    def test_raw_text_that_cannot_be_counted(self, port: Port) -> None:
        manager = made(port)
        with pytest.raises(UnserializableXML, match="whole elements"):
            send(port, manager, "<message>")
        assert written(port, manager) == []

    def test_what_does_not_fit_is_not_written(self, port: Port) -> None:
        manager = made(port, max_unacked=2, window=0)
        with pytest.raises(QueueFull):
            send(port, manager, "<message/><message/><message/>")
        send(port, manager, MESSAGE)
        with pytest.raises(QueueFull):
            send(port, manager, "<message/><message/>")
        send(port, manager, MESSAGE)
        with pytest.raises(QueueFull):
            send(port, manager, MESSAGE)
        assert len(written(port, manager)) == 2
        assert manager.session.sent == 2

    def test_what_was_not_handled_is_sent_again_and_asked_about(self, port: Port) -> None:
        manager = made(port)
        send(port, manager, Element("{jabber:client}message", {"id": "1"}))
        send(port, manager, Element("{jabber:client}message", {"id": "2"}))
        receive(manager, ack(1))
        again = port.manage(manager.session)
        port.written.clear()
        again.resend()
        assert written(port, again) == ['<message id="2" />', REQUEST]
        assert manager.session.sent == 2

    def test_nothing_to_send_again(self, port: Port) -> None:
        manager = made(port)
        manager.resend()
        assert written(port, manager) == []
        assert manager.deadline() is None


def numbered(number: int) -> Element:
    """A message, 18 bytes long."""
    return Element("{jabber:client}message", {"id": str(number)})


def texts(*numbers: int) -> list[str]:
    return [f'<message id="{number}" />' for number in numbers]


class TestPacing:
    """After a resumption little is under way."""

    def resumed(self, port: Port, count: int, **options: object) -> Manager:
        """A session in which so many stanzas wait goes on; two fit at a time."""
        first = made(port, window=0, **{"pace": 50, **options})
        for number in range(count):
            send(port, first, numbered(number))
        port.written.clear()
        manager = port.manage(first.session)
        manager.pace(resumed=True)
        manager.resend()
        return manager

    def test_the_rest_waits_for_acknowledgements(self, port: Port) -> None:
        manager = self.resumed(port, 5)
        assert port.written == []
        assert written(port, manager) == [*texts(0, 1), REQUEST]
        assert written(port, manager) == []
        receive(manager, ack(2))
        assert written(port, manager) == [*texts(2, 3), REQUEST]
        receive(manager, ack(4))
        assert written(port, manager) == [*texts(4), REQUEST]
        receive(manager, ack(5))
        assert written(port, manager) == []
        assert len(manager.session) == 0

    def test_what_is_withheld(self, port: Port) -> None:
        assert not made(port).withheld
        manager = self.resumed(port, 3)
        assert manager.withheld
        manager.listen(False)
        assert not manager.withheld
        manager.listen(True)
        written(port, manager)
        assert manager.withheld
        receive(manager, ack(2))
        written(port, manager)
        assert not manager.withheld

    def test_what_is_new_waits_behind_it(self, port: Port) -> None:
        manager = self.resumed(port, 3)
        send(port, manager, numbered(3))
        assert written(port, manager) == [*texts(0, 1), REQUEST]
        send(port, manager, numbered(4))
        send(port, manager, Element("{urn:xmpp:csi:0}active"))  # which is no stanza
        assert written(port, manager) == ['<active xmlns="urn:xmpp:csi:0" />']
        receive(manager, ack(2))
        assert written(port, manager) == [*texts(2, 3), REQUEST]
        receive(manager, ack(4))
        assert written(port, manager) == [*texts(4), REQUEST]

    def test_what_is_new_goes_at_once_if_there_is_room(self, port: Port) -> None:
        manager = self.resumed(port, 0)
        send(port, manager, numbered(0))
        assert written(port, manager) == [*texts(0), REQUEST]

    def test_what_is_said_beside_them_takes_room_too(self, port: Port) -> None:
        manager = self.resumed(port, 4, pace=70)  # three; or one with a request, and one
        assert written(port, manager) == [*texts(0, 1, 2), REQUEST]
        receive(manager, ack(2))
        assert written(port, manager) == [*texts(3), REQUEST]
        send(port, manager, numbered(4))
        receive(manager, REQUEST, ack(3))
        assert written(port, manager) == [*texts(4), ack(0), REQUEST]
        send(port, manager, numbered(5))
        receive(manager, ack(4))
        assert written(port, manager) == []
        receive(manager, ack(5))
        assert written(port, manager) == [*texts(5), REQUEST]

    def test_only_for_a_while(self, port: Port) -> None:
        manager = self.resumed(port, 4, pace_seconds=2.0)
        assert written(port, manager) == [*texts(0, 1), REQUEST]
        assert manager.deadline() == 0.0  # a time that has passed: the timer begins when it is told the time
        manager.handle_timer(10.0)
        assert manager.deadline() == 12.0
        manager.handle_timer(11.9)
        assert written(port, manager) == []
        manager.handle_timer(12.0)
        send(port, manager, numbered(4))
        assert written(port, manager) == []
        receive(manager, ack(1))  # of which each allows more now
        assert written(port, manager) == [*texts(2, 3, 4), REQUEST]
        send(port, manager, numbered(5))
        assert port.written == texts(5)
        port.written.clear()
        receive(manager, ack(6))
        assert len(manager.session) == 0
        assert port.error is None

    @pytest.mark.parametrize(("count", "expected"), [(0, []), (1, [*texts(0), REQUEST])])
    def test_it_may_be_given_up_before(self, port: Port, count: int, expected: list[str]) -> None:
        manager = self.resumed(port, count, pace_seconds=2.0)
        manager.handle_timer(10.0)
        manager.hurry()
        manager.handle_timer(12.0)
        assert written(port, manager) == expected

    def test_nothing_waits_when_the_while_is_over(self, port: Port) -> None:
        manager = self.resumed(port, 0, pace_seconds=2.0)
        manager.handle_timer(10.0)
        manager.handle_timer(12.0)
        assert written(port, manager) == []
        assert manager.deadline() is None

    @pytest.mark.parametrize(
        ("options", "resumed", "paced"),
        [
            ({}, True, True),
            ({}, False, False),
            ({"pace": 0}, True, False),
            ({"pace_seconds": None}, True, True),
            ({"pace_seconds": None}, False, True),
            ({"pace_seconds": None, "pace": 0}, False, False),
            ({"pace_new": True}, False, True),
            ({"pace_new": True, "pace": 0}, False, False),
        ],
    )
    def test_where(self, port: Port, options: dict[str, object], resumed: bool, paced: bool) -> None:
        manager = made(port, window=0, **{"pace": 25, **options})
        manager.pace(resumed=resumed)
        send(port, manager, numbered(0))
        send(port, manager, numbered(1))
        manager.handle_timer(10.0)
        assert written(port, manager) == ([*texts(0), REQUEST] if paced else texts(0, 1))
        assert (manager.deadline() == 11.0) == (paced and "pace_seconds" not in options)

    def test_raw_text_is_not_held_back(self, port: Port) -> None:
        manager = self.resumed(port, 3)
        send(port, manager, "<active xmlns='urn:xmpp:csi:0'/>")
        assert written(port, manager) == ["<active xmlns='urn:xmpp:csi:0'/>", *texts(0, 1), REQUEST]
        send(port, manager, "<message/>")
        assert written(port, manager) == [*texts(2), "<message/>", REQUEST]
        receive(manager, ack(4))
        assert port.error is None

    def test_what_waits_is_written_before_the_end(self, port: Port) -> None:
        manager = self.resumed(port, 3)
        assert written(port, manager) == [*texts(0, 1), REQUEST]
        manager.farewell()
        assert port.written == [*texts(2), REQUEST]

    @pytest.mark.parametrize("h", [3, 4])
    def test_what_was_not_written_cannot_be_acknowledged(self, port: Port, h: int) -> None:
        manager = self.resumed(port, 4)
        manager.settle()
        receive(manager, ack(h))
        assert isinstance(port.error, MalformedStream)
        assert port.detail is not None
        assert port.detail.tag == "{urn:xmpp:sm:3}handled-count-too-high"
        assert len(manager.session) == 4

    @pytest.mark.parametrize(("h", "fails"), [(0, False), (2**32 - 1, True), (-1, True)])
    def test_an_old_count(self, port: Port, h: int, fails: bool) -> None:
        manager = self.resumed(port, 2)
        manager.settle()
        receive(manager, ack(h))
        assert (port.error is not None) == fails
        assert len(manager.session) == 2


class TestAsking:
    def test_after_so_many(self, port: Port) -> None:
        manager = made(port, window=3)
        for _ in range(2):
            send(port, manager, MESSAGE)
        assert REQUEST not in written(port, manager)
        send(port, manager, MESSAGE)
        assert written(port, manager) == ["<message />", REQUEST]
        assert written(port, manager) == []

    def test_once_for_many_that_are_sent_together(self, port: Port) -> None:
        manager = made(port, window=3)
        for _ in range(100):
            send(port, manager, MESSAGE)
        assert written(port, manager).count(REQUEST) == 1

    def test_after_so_long(self, port: Port) -> None:
        manager = made(port, window=3, request_delay=2.0)
        assert manager.deadline() is None
        send(port, manager, MESSAGE)
        assert manager.deadline() == 0.0  # a time that has passed: the timer begins when it is told the time
        manager.handle_timer(10.0)
        assert manager.deadline() == 12.0
        send(port, manager, MESSAGE)
        assert REQUEST not in written(port, manager)
        manager.handle_timer(12.0)
        assert manager.deadline() is None
        assert written(port, manager) == [REQUEST]

    def test_who_has_asked_need_not(self, port: Port) -> None:
        manager = made(port, window=2)
        send(port, manager, MESSAGE)
        manager.handle_timer(10.0)
        send(port, manager, MESSAGE)
        assert REQUEST in written(port, manager)
        manager.handle_timer(12.0)
        assert written(port, manager) == []
        assert manager.deadline() is None

    def test_never_because_of_their_number(self, port: Port) -> None:
        manager = made(port, window=0)
        for _ in range(100):
            send(port, manager, MESSAGE)
        assert REQUEST not in written(port, manager)
        manager.handle_timer(0.0)
        manager.handle_timer(2.0)
        assert written(port, manager) == [REQUEST]

    def test_again_after_an_answer_that_leaves_something_open(self, port: Port) -> None:
        manager = made(port, window=2, request_delay=2.0)
        for _ in range(2):
            send(port, manager, MESSAGE)
        assert REQUEST in written(port, manager)
        receive(manager, ack(1))
        manager.handle_timer(10.0)
        receive(manager, ack(1))
        assert manager.deadline() == 12.0
        manager.handle_timer(12.0)
        assert written(port, manager) == [REQUEST]
        receive(manager, ack(2))
        assert manager.deadline() is None

    def test_not_when_everything_is_answered(self, port: Port) -> None:
        manager = made(port, request_delay=2.0)
        send(port, manager, MESSAGE)
        manager.handle_timer(10.0)
        receive(manager, ack(1))
        manager.settle()
        port.written.clear()
        manager.handle_timer(12.0)
        assert written(port, manager) == []
        assert manager.deadline() is None

    def test_whenever_the_application_wants(self, port: Port) -> None:
        manager = made(port)
        manager.ask()
        manager.tell()
        assert written(port, manager) == [ack(0), REQUEST]


class TestTheAnswer:
    def test_what_is_acknowledged_is_reported(self, port: Port) -> None:
        manager = made(port)
        stanza = Message()
        send(port, manager, stanza)
        receive(manager, ack(1), ack(1))
        assert port.events == [StanzasAcked((stanza,))]

    @pytest.mark.parametrize("h", ["4000000", "4", "-1", "4294967295", "99999999999"])
    def test_more_than_was_sent(self, port: Port, h: str) -> None:
        manager = made(port)
        for _ in range(3):
            send(port, manager, MESSAGE)
        receive(manager, f"<a xmlns='urn:xmpp:sm:3' h='{h}'/>")
        assert isinstance(port.error, MalformedStream)
        assert port.error.condition == "undefined-condition"
        assert port.stream_error == (
            "undefined-condition",
            f"You acknowledged {h} stanzas, but I only sent you 3 so far.",
        )
        assert port.detail is not None
        assert port.detail.tag == "{urn:xmpp:sm:3}handled-count-too-high"
        assert port.detail.attrib == {"h": h, "send-count": "3"}
        assert len(manager.session) == 3
        assert port.events == []

    @pytest.mark.parametrize("attribute", ["", "h='abc'", "h=''", "h='1.5'"])
    def test_no_count(self, port: Port, attribute: str) -> None:
        manager = made(port)
        send(port, manager, MESSAGE)
        receive(manager, f"<a xmlns='urn:xmpp:sm:3' {attribute}/>")
        assert isinstance(port.error, MalformedStream)
        assert port.stream_error == ("bad-format", "")
        assert len(manager.session) == 1

    def test_none_for_too_long(self, port: Port) -> None:
        manager = made(port, window=1, ack_timeout=15.0)
        send(port, manager, MESSAGE)
        manager.settle()
        manager.handle_timer(100.0)
        assert manager.deadline() == 115.0
        send(port, manager, MESSAGE)
        manager.settle()
        manager.handle_timer(114.9)
        assert port.error is None
        manager.handle_timer(115.0)
        assert isinstance(port.error, ConnectionLost)
        assert "for 15 s" in str(port.error)
        assert port.stream_error == (None, "")

    def test_nobody_waits_who_does_not_listen(self, port: Port) -> None:
        manager = made(port, window=1, ack_timeout=15.0)
        manager.listen(False)
        send(port, manager, MESSAGE)
        manager.settle()
        assert manager.deadline() is None
        manager.handle_timer(1000.0)
        assert port.error is None
        manager.listen(True)
        manager.handle_timer(1001.0)
        assert manager.deadline() == 1016.0
        manager.listen(False)
        assert manager.deadline() is None
        manager.listen(True)
        manager.handle_timer(2000.0)
        manager.handle_timer(2015.0)
        assert isinstance(port.error, ConnectionLost)

    def test_each_gives_time_to_the_next(self, port: Port) -> None:
        manager = made(port, window=1, ack_timeout=15.0)
        for _ in range(2):
            send(port, manager, MESSAGE)
            manager.settle()
        manager.handle_timer(100.0)
        assert manager.deadline() == 115.0
        receive(manager, ack(1))  # it is asked again for the other one
        manager.handle_timer(114.0)
        assert manager.deadline() == 116.0
        manager.handle_timer(116.0)
        assert REQUEST in written(port, manager)
        manager.handle_timer(116.0)
        assert manager.deadline() == 131.0
        manager.ask()
        receive(manager, ack(2))
        manager.handle_timer(120.0)
        assert manager.deadline() == 135.0
        assert REQUEST in written(port, manager)
        receive(manager, ack(2))
        assert manager.deadline() is None

    def test_for_ever(self, port: Port) -> None:
        manager = made(port, window=1)
        send(port, manager, MESSAGE)
        manager.settle()
        assert manager.deadline() is None


class TestAnswering:
    def test_what_is_handled(self, port: Port) -> None:
        manager = made(port)
        for _ in range(3):
            assert manager.came()
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(0)]
        manager.given()
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(3)]

    def test_what_the_application_says_to_have_handled(self, port: Port) -> None:
        manager = made(port, by_hand=True)
        for _ in range(3):
            manager.came()
        manager.given()
        manager.session.acknowledge(2)
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(2)]

    def test_what_is_here_already_is_not_new(self, port: Port) -> None:
        manager = made(port)
        manager.came()
        manager.session.go_on()
        assert not manager.came()
        manager.given()
        assert manager.session.handled == 1

    def test_what_the_peer_is_about_to_send_again_it_is_not_told_of(self, port: Port) -> None:
        manager = made(port, by_hand=True)
        for _ in range(2):
            manager.came()
        manager.session.go_on()
        manager.session.acknowledge(2)
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(0)]
        manager.came()
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(1)]

    def test_a_flood_of_requests_has_one_answer(self, port: Port) -> None:
        manager = made(port)
        receive(manager, *[REQUEST] * 20_000)
        assert written(port, manager) == [ack(0)]

    def test_unasked_after_a_while(self, port: Port) -> None:
        manager = made(port, ack_delay=5.0)
        manager.came()
        assert manager.deadline() is None
        manager.given()
        assert manager.deadline() == 0.0
        manager.handle_timer(10.0)
        assert manager.deadline() == 15.0
        assert written(port, manager) == []
        manager.handle_timer(15.0)
        assert written(port, manager) == [ack(1)]
        assert manager.deadline() is None

    def test_not_again_if_it_was_asked_for(self, port: Port) -> None:
        manager = made(port)
        manager.came()
        manager.given()
        manager.deadline()
        manager.handle_timer(10.0)
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(1)]
        manager.handle_timer(15.0)
        assert written(port, manager) == []
        assert manager.deadline() is None

    def test_who_was_told_less_than_it_sent_is_soon_told_again(self, port: Port) -> None:
        manager = made(port, by_hand=True, ack_delay=5.0)
        for _ in range(3):
            manager.came()
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(0)]
        for handled, now in ((1, 10.0), (2, 20.0), (3, 30.0)):
            manager.session.acknowledge()
            assert manager.deadline() is not None
            manager.handle_timer(now)
            assert manager.deadline() == now + 0.25
            assert written(port, manager) == []
            manager.handle_timer(now + 0.25)
            assert written(port, manager) == [ack(handled)]
        # Nothing was left: what comes now has its time.
        manager.came()
        manager.session.acknowledge()
        manager.deadline()
        manager.handle_timer(40.0)
        assert manager.deadline() == 45.0

    def test_that_waits_no_longer_because_something_waits_already(self, port: Port) -> None:
        manager = made(port, by_hand=True, ack_delay=5.0)
        for _ in range(2):
            manager.came()
        manager.session.acknowledge()
        manager.deadline()
        manager.handle_timer(10.0)
        assert manager.deadline() == 15.0
        receive(manager, REQUEST)
        assert written(port, manager) == [ack(1)]
        manager.session.acknowledge()
        manager.deadline()
        manager.handle_timer(11.0)
        assert manager.deadline() == 11.25

    def test_a_peer_that_has_left_is_told_and_not_asked(self, port: Port) -> None:
        manager = made(port)
        manager.came()
        manager.given()
        send(port, manager, MESSAGE)
        manager.ask()
        port.written.clear()
        manager.conclude()
        assert port.written == [ack(1)]
        manager.conclude()
        assert port.written == [ack(1)]

    def test_what_was_handled_in_the_end_is_told_before_the_end(self, port: Port) -> None:
        manager = made(port)
        manager.farewell()
        assert port.written == []
        manager.came()
        manager.given()
        send(port, manager, MESSAGE)
        manager.farewell()
        assert port.written == ["<message />", ack(1), REQUEST]
