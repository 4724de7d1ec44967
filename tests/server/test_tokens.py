# SPDX-License-Identifier: MIT
"""The tokens of an account: two of each client, counted, replaced and forgotten."""

from __future__ import annotations

import datetime

from xmppkit.protocol.events import TokenRequested
from xmppkit.sasl.ht import TokenRecord
from xmppkit.server.tokens import Issued, Tokens

NAME = "HT-SHA-256-NONE"
DAY = datetime.timedelta(days=1)


class Place:
    """Tokens whose time is told by hand."""

    def __init__(self, lifetime: int = 4 * 86400) -> None:
        self.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        self.lifetime = lifetime
        self.tokens = Tokens(lambda: self.lifetime, lambda: self.now)

    def wanted(self, client: str = "phone") -> Issued | None:
        return self.tokens.settle(TokenRequested("alice", client, NAME, requested=True))

    def use(self, record: TokenRecord, count: int | None = None, *, invalidate: bool = False) -> Issued | None:
        event = TokenRequested("alice", "phone", NAME, record, count, invalidate)
        return self.tokens.settle(event)

    def shown(self, client: str = "phone") -> list[str]:
        return [record.token for record in self.tokens.records(client)]


def given(issued: Issued | None) -> str:
    assert issued is not None
    assert issued.token not in repr(issued)
    return issued.token


def test_each_client_has_its_own() -> None:
    place = Place()
    one, other = given(place.wanted("phone")), given(place.wanted("desk"))
    assert one != other
    assert (place.shown("phone"), place.shown("desk"), place.shown("other")) == ([one], [other], [])


def test_a_newer_one_is_over_before_it_was_used_or_ends_the_older_one() -> None:
    # XEP-0484 §5.1.
    place = Place()
    first = given(place.wanted())
    place.use(place.tokens.records("phone")[0], 1)
    second, third = given(place.wanted()), given(place.wanted())
    assert place.shown() == [third, first]
    assert second not in place.shown()
    place.use(place.tokens.records("phone")[1], 2)
    assert place.shown() == [third, first]
    place.use(place.tokens.records("phone")[0], 3)
    assert place.shown() == [third]


def test_it_is_counted() -> None:
    place = Place()
    place.wanted()
    for count, known in ((3, 3), (None, 3), (4, 4)):
        place.use(place.tokens.records("phone")[0], count)
        assert place.tokens.records("phone")[0].count == known


def test_it_is_replaced_in_time_and_ends() -> None:
    place = Place()
    token = given(place.wanted())
    place.now += DAY
    assert place.use(place.tokens.records("phone")[0]) is None
    place.now += DAY
    assert given(place.use(place.tokens.records("phone")[0])) != token
    assert not any(record.expired for record in place.tokens.records("phone"))
    place.now += 2 * DAY
    assert [record.expired for record in place.tokens.records("phone")] == [False, True]


def test_the_client_has_logged_out() -> None:
    place = Place()
    place.wanted()
    place.now += 3 * DAY
    assert place.use(place.tokens.records("phone")[0], invalidate=True) is None
    assert place.shown() == []


def test_one_that_nobody_knows_any_more() -> None:
    place = Place()
    place.wanted()
    (record,) = place.tokens.records("phone")
    place.tokens.forget()
    assert place.use(record) is None
    assert place.shown() == []
    place.wanted()
    assert place.use(record) is None


def test_none_are_given() -> None:
    assert Place(0).wanted() is None


def test_there_are_not_too_many() -> None:
    place = Place()
    for number in range(40):
        place.wanted(f"client{number}")
    assert place.shown("client7") == []
    assert len(place.shown("client8")) == len(place.shown("client39")) == 1
