# SPDX-License-Identifier: MIT
"""One archive of a timeline, by itself."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import ContentMismatch
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313 import track as module
from xmppkit.plugins.xep_0313.entries import NOWHERE, Position, Source
from xmppkit.plugins.xep_0313.track import Candidate, Track
from xmppkit.stanza.message import Message

OWN = JID("romeo@montague.lit")
NOW = datetime.datetime(2010, 7, 10, 23, 0, 0, tzinfo=datetime.UTC)


def inner(number: int) -> str:
    return f"<message xmlns='jabber:client' from='a@b/c' to='{OWN}' id='m{number}'><body>{number}</body></message>"


def result(id: str | None, content: str, *, delay: bool = False) -> Message:
    given = "" if id is None else f" id='{id}'"
    stamp = "<delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:00:00Z'/>" if delay else ""
    return Message.received(
        None,
        ET.fromstring(
            f"<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2'{given}>"
            f"<forwarded xmlns='urn:xmpp:forward:0'>{stamp}{content}</forwarded></result></message>"
        ),
    )


@pytest.fixture
def track() -> Track:
    made = Track(OWN, OWN)
    made.begin(NOWHERE)
    made.trusted = True
    return made


def taken(track: Track) -> list[Any]:
    steps = [track.pages.popleft() for _ in range(len(track.pages))]
    return [None if step.entry is None else step.entry.id for step in steps]


def live(track: Track, number: int) -> Candidate:
    made = Candidate(track, Message.received(None, ET.fromstring(inner(number))), Source.LIVE, NOW, f"i{number}")
    track.wait(made)
    return made


def test_what_waits_is_dropped_when_a_page_has_it_however_many_come_after(
    track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    track = Track(OWN, OWN)
    track.begin(NOWHERE)
    track.trusted = True
    waiting = live(track, 0)
    track.put_page([result(f"i{number}", inner(number)) for number in range(9)], "i8", complete=True)
    assert taken(track) == [f"i{number}" for number in range(9)]
    assert track.admit(waiting) is None


def test_positions(track: Track) -> None:
    track.put_page([result("i0", inner(0), delay=True), result("i1", inner(1))], "i2", complete=False)
    assert (track.cursor, track.behind) == (Position("i2", NOW), True)
    assert [step.position.id for step in track.pages] == ["i0", "i1", "i2"]
    assert track.position == NOWHERE
    track.reach(track.pages[0].position)
    assert track.position == Position("i0", NOW)
    track.lose()
    assert track.cursor == Position(None, NOW - module.MARGIN)
    track.begin(Position("x", None))
    track.lose()
    assert track.cursor == NOWHERE


def test_without_any_time_it_is_now(track: Track) -> None:
    track.put_page([result("i0", inner(0))], None, complete=True)
    stamp = track.pages[0].position.stamp
    assert stamp is not None
    assert abs((datetime.datetime.now(datetime.UTC) - stamp).total_seconds()) < 60


@pytest.mark.parametrize(
    "content",
    ["", "<presence xmlns='jabber:client'/>", inner(0).replace("<message", "<message type='error'"),
     inner(0).replace("<message", "<message type='groupchat'")],
)  # fmt: skip
def test_what_is_passed_over(track: Track, content: str) -> None:
    track.put_page(
        [result("i0", content), result(None, inner(1)), result("", inner(2)), Message()], None, complete=True
    )
    assert taken(track) == [None]
    assert track.cursor.id == "i0"


@pytest.mark.parametrize(
    ("ids", "last"), [([], None), ([], "i1"), (["i0", "i1"], "i1"), (["i0"], "i0"), (["i1", "i0"], "i9")]
)
def test_spoof_a_page_that_leads_nowhere(track: Track, ids: list[str], last: str | None) -> None:
    track.put_page([result("i0", inner(0)), result("i1", inner(1))], "i1", complete=False)
    with pytest.raises(ContentMismatch, match="again"):
        track.put_page([result(id, inner(0)) for id in ids], last, complete=False)
    track.put_page([result(id, inner(0)) for id in ids], last, complete=True)
    assert not track.behind


def test_an_empty_page_that_leads_on(track: Track) -> None:
    track.put_page([], "i5", complete=False)
    assert (track.behind, track.cursor.id, taken(track)) == (True, "i5", [None])


def test_who_is_not_believed(track: Track) -> None:
    track.trusted = False
    forged = live(track, 0)
    track.put_page([result("i0", inner(1))], None, complete=True)
    step = track.admit(forged)
    assert step is not None
    assert step.entry is not None
    assert (step.entry.id, step.position.id) == (None, "i0")


def test_pending_is_bounded(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PENDING", 3)
    track.begin(Position("x", NOW, ("old",)))
    track.trusted = False
    for number in range(5):
        assert track.admit(live(track, number)) is not None
    track.reach(track.cursor)
    assert track.position is not None
    assert len(track.position.pending) == 3
    assert "old" not in track.position.pending
    assert track.position.id == "x"
