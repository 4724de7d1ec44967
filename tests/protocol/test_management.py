# SPDX-License-Identifier: MIT
"""The counts of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import ConfigurationError, LocalProtocolError, QueueFull
from xmppkit.jid.address import JID
from xmppkit.protocol.management import MODULUS, ManagedSession, ManagementOptions, Unacked

if TYPE_CHECKING:
    from typing import Any

JULIET = "juliet@localhost/balcony"


def message(name: str = "m") -> Element:
    return Element("{jabber:client}message", {"id": name})


def session(count: int = 0, **arguments: Any) -> ManagedSession:
    """A session that has sent so many stanzas, called 0, 1, 2 …"""
    made = ManagedSession(JULIET, **arguments)
    for number in range(count):
        made.put(message(str(number)), f"<m{number}/>")
    return made


def settled(made: ManagedSession, h: int) -> list[str | None] | None:
    done = made.settle(h)
    return None if done is None else [stanza.get("id") for stanza in done]


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("window", -1),
            ("max_unacked", 0),
            ("max_unacked_bytes", 0),
            ("max_seconds", 0),
            ("request_delay", 0.0),
            ("ack_timeout", -1.0),
            ("ack_delay", float("nan")),
            ("pace_seconds", 0.0),
            ("pace", -1),
        ],
    )
    def test_bounds(self, name: str, value: float) -> None:
        with pytest.raises(ConfigurationError, match=name):
            ManagementOptions(**{name: value})

    def test_what_may_be_left_out(self) -> None:
        options = ManagementOptions(max_seconds=None, ack_timeout=None, window=0)
        assert (options.max_seconds, options.ack_timeout, options.window) == (None, None, 0)


class TestSending:
    def test_in_the_beginning(self) -> None:
        made = session()
        assert made.jid == JID(JULIET)
        assert (made.sent, made.acked, made.received, made.handled, len(made)) == (0, 0, 0, 0, 0)
        assert made  # although nothing waits
        assert repr(made) == f"<ManagedSession {JULIET}: sent 0, acked 0, received 0, handled 0>"

    def test_what_is_acknowledged_is_forgotten(self) -> None:
        made = session(3)
        assert (made.sent, made.acked, len(made)) == (3, 0, 3)
        assert settled(made, 2) == ["0", "1"]
        assert (made.sent, made.acked, len(made)) == (3, 2, 1)
        assert settled(made, 2) == []
        assert settled(made, 3) == ["2"]
        assert (made.sent, made.acked, len(made)) == (3, 3, 0)

    def test_what_was_never_sent_cannot_be(self) -> None:
        made = session(3)
        assert settled(made, 4) is None
        assert settled(made, 4_000_000) is None
        assert settled(made, MODULUS - 1) is None
        assert (made.acked, len(made)) == (0, 3)

    def test_an_older_count_says_nothing(self) -> None:
        made = session(3)
        made.settle(2)
        assert settled(made, 1) == settled(made, 0) == []
        assert settled(made, MODULUS - 1) is None
        assert made.acked == 2

    @given(st.integers(0, 5), st.integers(0, 12), st.integers(0, 12))
    def test_counts_begin_again_at_zero(self, before: int, count: int, h: int) -> None:
        made = session(count, acked=MODULUS - before)
        assert made.sent == (count - before) % MODULUS
        assert settled(made, (h - before) % MODULUS) == ([str(each) for each in range(h)] if h <= count else None)

    def test_what_waits_can_be_looked_at(self) -> None:
        made = session()
        stanza = message()
        made.put(stanza, "<message/>", 4.5)
        assert list(made) == [Unacked(stanza, "<message/>", 4.5)]

    def test_what_is_held_for_the_next_stream(self) -> None:
        made = session()
        made.hold(message("x"))
        made.hold(fromstring("<message xmlns='urn:x'/>"), "urn:x")
        assert [each.text for each in made] == ['<message id="x" />', "<message />"]
        assert made.sent == 2

    def test_a_bound_on_their_number(self) -> None:
        made = session(2, options=ManagementOptions(max_unacked=2))
        with pytest.raises(QueueFull, match="2 stanzas wait"):
            made.put(message(), "<m/>")
        assert made.sent == 2
        made.settle(1)
        made.put(message(), "<m/>")

    def test_a_bound_on_their_size(self) -> None:
        made = session(options=ManagementOptions(max_unacked_bytes=10))
        made.put(message(), "x" * 30)  # one may always wait
        with pytest.raises(QueueFull):
            made.hold(message())
        made.settle(1)
        made.put(message(), "x" * 6)
        made.check(4)
        with pytest.raises(QueueFull):
            made.check(5)
        made.put(message(), "x" * 4)
        assert made.size == 10

    def test_what_an_earlier_process_has_sent(self) -> None:
        sent = [Unacked(message(name), f"<{name}/>", 1.0) for name in "abc"]
        for h, acked in ((0, []), (2, ["a", "b"]), (3, ["a", "b", "c"]), (7, ["a", "b", "c"])):
            made = session(acked=0)
            made.recall(sent)
            assert list(made) == sent
            assert settled(made, h) == acked
            assert (made.acked, len(made)) == (h, 3 - len(acked))
            assert made.settle(8) is None, "now it is known how many there were"
        made = session(acked=5)
        made.recall(sent)
        assert made.settle(4) == ()
        assert made.sent == 8

    def test_the_end(self) -> None:
        made = session(2, id="some-id")
        assert made.resumable
        assert [each.text for each in made.give_up()] == ["<m0/>", "<m1/>"]
        assert not made.resumable
        assert made.give_up() == ()
        made.check(10**9)


def test_without_an_id_it_cannot_be_resumed() -> None:
    assert not session().resumable
    made = session(id="some-id", location="there", max_seconds=5)
    assert (made.location, made.max_seconds, made.resumable) == ("there", 5, True)


class TestReceiving:
    def test_what_is_handled(self) -> None:
        made = session()
        assert made.came()
        assert made.came()
        assert (made.received, made.handled, made.in_hand) == (2, 0, 2)
        made.acknowledge()
        assert (made.received, made.handled, made.in_hand) == (2, 1, 1)
        for count in (2, -1):
            with pytest.raises(LocalProtocolError, match="1 are not yet"):
                made.acknowledge(count)
        made.acknowledge(0)
        assert made.handled == 1

    def test_counts_begin_again_at_zero(self) -> None:
        made = session(handled=MODULUS - 1)
        made.came()
        made.came()
        made.acknowledge(2)
        assert (made.received, made.handled, made.in_hand) == (1, 1, 0)

    def test_what_is_in_hand_comes_again_and_is_not_new(self) -> None:
        made = session()
        for _ in range(3):
            made.came()
        made.acknowledge()
        assert made.tell() == made.told == 1
        made.go_on()
        assert [made.came() for _ in range(3)] == [False, False, True]
        assert (made.received, made.in_hand) == (4, 3)

    def test_so_does_what_is_handled_while_another_stream_begins(self) -> None:
        made = session()
        for _ in range(3):
            made.came()
        made.tell()
        made.acknowledge(2)
        made.go_on()
        assert [made.came() for _ in range(4)] == [False, False, False, True]
        assert (made.received, made.handled) == (4, 2)

    def test_the_peer_is_told_only_of_what_it_has_sent_again(self) -> None:
        made = session()
        for _ in range(3):
            made.came()
        assert made.tellable == made.tell() == 0
        made.acknowledge(2)
        made.go_on()
        told = []
        for _ in range(4):
            told.append(made.tellable)
            made.came()
        assert (told, made.tellable) == ([0, 1, 2, 2], 2)
        made.acknowledge(2)
        assert made.tellable == made.handled == 4

    def test_what_was_given_up_comes_again_and_is_new(self) -> None:
        made = session()
        for _ in range(3):
            made.came()
        made.acknowledge()
        made.lose(2)
        made.tell()
        made.go_on()
        assert made.came()
        assert (made.received, made.handled) == (2, 1)
        for count in (2, -1):
            with pytest.raises(LocalProtocolError, match="1 are not handled"):
                made.lose(count)


def test_numbers_that_are_not_modulo_anything() -> None:
    made = session(3, acked=MODULUS - 1)
    assert (made.settled, made.count) == (MODULUS - 1, MODULUS + 2)
    made.settle(1)
    assert (made.settled, made.count) == (MODULUS + 1, MODULUS + 2)
    assert (made.acked, made.sent) == (1, 2)
