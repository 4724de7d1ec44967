# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.crowds`: who sends faster than somebody takes it is not read from for a while."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.protocol.management import ManagementOptions
from xmppkit.server import ServerLimits, crowds
from xmppkit.server.crowds import PATIENCE, Crowd
from xmppkit.testing.clock import run

COUNTED = ManagementOptions()


class Someone:
    def __init__(self) -> None:
        self.said: list[str] = []

    def hold(self) -> None:
        self.said.append("hold")

    def go_on(self) -> None:
        self.said.append("go on")


def test_who_waits_goes_on_when_there_is_room() -> None:
    async def main() -> None:
        crowd, one, two = Crowd(asyncio.get_running_loop()), Someone(), Someone()
        crowd.join(one)
        crowd.join(two)
        assert one.said == two.said == ["hold"]
        crowd.moved(room=False)
        assert len(crowd) == 2
        crowd.moved(room=True)
        assert one.said == two.said == ["hold", "go on"]
        assert len(crowd) == 0
        await asyncio.sleep(2 * PATIENCE)
        assert len(one.said) == 2

    run(main())


@pytest.mark.parametrize("moves", [True, False])
def test_nobody_waits_for_long(moves: bool) -> None:
    async def main() -> None:
        crowd, one = Crowd(asyncio.get_running_loop()), Someone()
        crowd.join(one)
        if moves:
            crowd.moved(room=False)
        await asyncio.sleep(PATIENCE - 0.1)
        assert one.said == ["hold"]
        await asyncio.sleep(0.2)
        assert one.said == ["hold", "go on"]
        crowd.join(one)  # nor again for who takes nothing at all
        assert (len(crowd) == 1) is moves
        crowd.moved(room=True)
        crowd.join(one)
        assert len(crowd) == 1
        crowd.dissolve()

    run(main())


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "PATIENCE", 60.0)


def message(number: int) -> str:
    return f"<message to='alice@localhost/here' type='chat'><body>{number}</body></message>"


async def test_a_flood_is_slowed_down_to_what_is_acknowledged(enter: Any, patience: None) -> None:
    place = await enter(limits=ServerLimits(unacked=20))
    bob = await place.login("bob", "there", presence="<presence/>", management=COUNTED)
    alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
    await alice.ping()
    for number in range(500):
        bob.send(message(number))
    await bob.ping()  # which is read when all that is before it was
    await alice.ping()
    texts = [each.findtext("{*}body") for each in alice.take() if each.tag.endswith("message")]
    assert texts == [str(number) for number in range(500)]
    assert alice.ended is bob.ended is None


async def flooded(place: Any) -> tuple[Any, asyncio.Future[Any]]:
    """alice, who does not read and to whom bob has sent much; and a question of bob's behind that."""
    bob = await place.login("bob", "there", presence="<presence/>")
    alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
    await alice.ping()
    alice.driver.pause_reading()
    for number in range(15):
        bob.send(message(number))
    return alice, asyncio.ensure_future(bob.ping())


async def test_of_who_does_not_read_others_are_not_read_for_a_while(enter: Any, patience: None) -> None:
    place = await enter(limits=ServerLimits(unacked=20))
    carol = await place.login("carol", "there", presence="<presence/>")
    alice, asked = await flooded(place)
    await carol.ping()
    await carol.ping()
    assert not asked.done()
    alice.driver.resume_reading()
    await asked
    assert alice.ended is None


async def test_who_waits_for_somebody_that_leaves_goes_on(enter: Any, patience: None) -> None:
    alice, asked = await flooded(await enter(limits=ServerLimits(unacked=20)))
    alice.driver.abort()
    await asked


async def test_two_that_send_to_each_other_do_not_wait_for_each_other(enter: Any, patience: None) -> None:
    place = await enter(limits=ServerLimits(unacked=200))
    bob = await place.login("bob", "there", presence="<presence/>", management=COUNTED)
    alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
    for number in range(1000):
        bob.send(message(number))
        alice.send(message(number).replace("alice@localhost/here", "bob@localhost/there"))
        if number % 50 == 0:
            await asyncio.gather(alice.ping(), bob.ping())
    await asyncio.gather(alice.ping(), bob.ping())
    await asyncio.gather(alice.ping(), bob.ping())
    for peer in (alice, bob):
        texts = [each.findtext("{*}body") for each in peer.take() if each.tag.endswith("message")]
        assert texts == [str(number) for number in range(1000)]


async def test_who_does_not_read_without_counting(enter: Any, patience: None) -> None:
    place = await enter(limits=ServerLimits(unsent_bytes=16 * 1024 * 1024))
    bob = await place.login("bob", "there", presence="<presence/>")
    alice = await place.login("alice", "here", presence="<presence/>")
    await alice.ping()
    alice.driver.pause_reading()
    text = message(0).replace("0", "x" * 50_000)
    for _ in range(600):
        bob.send(text)
    asked = asyncio.ensure_future(bob.ping())
    session = next(each for each in place.server._router.all_sessions() if each.jid.local == "alice")
    while not len(session.crowd):  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0)
    assert session.is_crowded
    assert not asked.done()
    alice.driver.resume_reading()
    await asked
    await alice.ping()
    assert sum(each.tag.endswith("message") for each in alice.take()) == 600
