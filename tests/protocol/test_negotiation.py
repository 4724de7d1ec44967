# SPDX-License-Identifier: MIT
"""Features as declarations: what they need, what announces them, whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.protocol.events import FeatureOffered
from xmppkit.protocol.features import BUILT_IN
from xmppkit.protocol.negotiation import (
    Feature,
    FeatureTable,
    HostHalf,
    InitiatorHalf,
    Outcome,
    PeerLimits,
    ReceiverHalf,
    host_feature,
)
from xmppkit.protocol.state import Fact, Step
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port

NONE: frozenset[Fact] = frozenset()


def features(*children: str) -> StreamFeatures:
    xml = fromstring(f"<f:features xmlns:f='http://etherx.jabber.org/streams'>{''.join(children)}</f:features>")
    return StreamFeatures(xml=xml)


class TestFeature:
    def test_what_it_needs(self) -> None:
        feature = Feature(name="x", order=1, needs=frozenset({Fact.SECURE, Fact.AUTHENTICATED}))
        assert not feature.permitted(NONE)
        assert not feature.permitted(frozenset({Fact.SECURE}))
        assert feature.permitted(frozenset({Fact.SECURE, Fact.AUTHENTICATED, Fact.BOUND}))

    def test_what_it_forbids(self) -> None:
        feature = Feature(name="x", order=1, forbids=frozenset({Fact.BOUND, Fact.RESUMED}))
        assert feature.permitted(frozenset({Fact.SECURE}))
        assert not feature.permitted(frozenset({Fact.RESUMED}))

    def test_it_is_found_by_its_tag(self) -> None:
        feature = Feature(name="x", order=1, tag="{x}x")
        found = feature.find(features("<y xmlns='x'/>", "<x xmlns='x' n='1'/>", "<x xmlns='x' n='2'/>"))
        assert found is not None
        assert found.get("n") == "1"
        assert feature.find(features("<x xmlns='y'/>", "<y xmlns='x'><x/></y>")) is None

    def test_or_by_the_name_of_its_stanza(self) -> None:
        feature = Feature(name="bind", order=1)
        found = feature.find(features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"))
        assert found is not None
        assert found.tag == "{urn:ietf:params:xml:ns:xmpp-bind}bind"
        assert feature.find(features()) is None


def test_nothing_is_done_ahead_of_the_offer(port: Port) -> None:
    half = HostHalf(port, host_feature("x", 1))
    assert half.ahead() is False
    assert half.confirm(None, features()) is Outcome.WAIT


class TestTable:
    def test_the_order_of_the_built_in_ones(self) -> None:
        assert [(feature.name, feature.order) for feature in FeatureTable(BUILT_IN)] == [
            ("starttls", 0),
            ("sasl-channel-binding", 90),
            ("sasl2", 95),
            ("mechanisms", 100),
            ("rosterver", 9000),
            ("sm", 9000),
            ("preapproval", 9001),
            ("bind", 10000),
            ("limits", 10000),
            ("session", 10001),
            ("sm", 10100),
        ]

    def test_equal_orders_stay_as_added(self) -> None:
        table = FeatureTable(Feature(name=name, order=order) for name, order in (("b", 2), ("a", 2), ("c", 1)))
        assert [feature.name for feature in table] == ["c", "b", "a"]

    def test_the_same_name_and_order_replaces(self) -> None:
        table = FeatureTable([Feature(name="a", order=1), Feature(name="a", order=2)])
        new = Feature(name="a", order=1, tag="new")
        table.add(new)
        assert [(feature.order, feature.tag) for feature in table] == [(1, "new"), (2, "")]

    def test_removal(self) -> None:
        table = FeatureTable(Feature(name=name, order=order) for name, order in (("a", 1), ("a", 2), ("b", 2)))
        assert table.remove("a", 2)
        assert not table.remove("a", 2)
        assert [(feature.name, feature.order) for feature in table] == [("a", 1), ("b", 2)]
        table.add(Feature(name="a", order=7))
        assert table.remove("a")
        assert [feature.name for feature in table] == ["b"]
        assert not table.remove("nobody")

    def test_it_may_change_while_it_is_gone_through(self) -> None:
        table = FeatureTable([Feature(name="a", order=1), Feature(name="b", order=2)])
        seen = []
        for feature in table:
            seen.append(feature.name)
            table.remove("b")
            table.add(Feature(name="c", order=3))
        assert seen == ["a", "b"]


class Silent(InitiatorHalf):
    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        return Outcome.DONE


class Deaf(ReceiverHalf):
    __slots__ = ()

    def offer(self) -> Element | None:
        return None


def test_halves_expect_nothing_unless_they_say_so(port: Port) -> None:
    feature = Feature(name="x", order=1)
    silent, deaf = Silent(port, feature), Deaf(port, feature)
    element = Element("{x}x")
    assert silent.absent() is None
    assert not silent.accepts(element)
    assert not silent.gives_up(element)
    assert silent.receive(element) is Outcome.WAIT
    assert not deaf.starts(element)
    assert not deaf.accepts(element)
    assert not deaf.gives_up(element)
    assert deaf.receive(element) is Outcome.WAIT
    assert deaf.stream is silent.stream is port
    assert deaf.feature is silent.feature is feature


def test_peer_limits() -> None:
    assert PeerLimits() == PeerLimits(None, None)


class TestHostFeature:
    def test_the_declaration(self) -> None:
        feature = host_feature("x", 7, tag="{x}x", restarts=True, needs=[Fact.SECURE], forbids=[Fact.BOUND])
        assert feature == Feature(
            name="x",
            order=7,
            tag="{x}x",
            restarts=True,
            needs=frozenset({Fact.SECURE}),
            forbids=frozenset({Fact.BOUND}),
            initiator=HostHalf,
        )
        assert feature.receiver is None

    def test_its_turn_is_the_applications(self, port: Port) -> None:
        announced = features("<x xmlns='x'/>")
        half = HostHalf(port, host_feature("x", 7, tag="{x}x"))
        assert half.start(announced.xml[0], announced) is Outcome.WAIT
        assert port.steps == [Step.HOST]
        assert port.events == [FeatureOffered("x", announced)]

    def test_a_session_that_goes_on_has_it_already(self, port: Port) -> None:
        announced = features("<x xmlns='x'/>")
        port.learn(Fact.RESUMED)
        assert HostHalf(port, host_feature("x", 7, tag="{x}x")).start(announced.xml[0], announced) is Outcome.SKIPPED
        assert port.steps == port.events == []

    def test_what_is_here_already_is_no_event(self, port: Port) -> None:
        half = HostHalf(port, host_feature("x", 7))
        half.receive(fromstring("<iq xmlns='jabber:client' type='result' id='repeated'/>"))
        assert port.events == []

    @pytest.mark.parametrize(
        ("text", "accepted"),
        [
            ("<iq xmlns='jabber:client' type='result'/>", True),
            ("<iq xmlns='jabber:client' type='error'/>", True),
            ("<iq xmlns='jabber:client' type='set'/>", False),
            ("<iq xmlns='jabber:client' type='get'/>", False),
            ("<message xmlns='jabber:client' type='error'/>", False),
            ("<presence xmlns='jabber:client'/>", False),
            ("<resumed xmlns='urn:xmpp:sm:3'/>", True),
            ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", False),
            ("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", False),
            ("<features xmlns='http://etherx.jabber.org/streams'/>", False),
        ],
    )
    def test_what_may_be_answered_meanwhile(self, port: Port, text: str, accepted: bool) -> None:
        half = HostHalf(port, host_feature("x", 7))
        element = fromstring(text)
        assert half.accepts(element) is accepted
        assert half.receive(element) is Outcome.WAIT
        assert port.events[0].xml is element


def test_a_copy_has_changes_of_its_own() -> None:
    one, two = host_feature("one", 1), host_feature("two", 2)
    table = FeatureTable((one,))
    copy = table.copy()
    copy.add(two)
    assert (list(table), list(copy)) == ([one], [one, two])
