# SPDX-License-Identifier: MIT
"""xmppkit.transports.connecting."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.exceptions import CertificateExpired, ConnectionRefused, HostNotFound, RemoteError
from xmppkit.testing import clock
from xmppkit.transports.connecting import connect
from xmppkit.transports.endpoints import Endpoint
from xmppkit.transports.memory import MemoryConnector

ONE, TWO = Endpoint("one.example", 5222), Endpoint("two.example", 5223, True)


class Failing:
    """A connector that fails as told, by host."""

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors

    async def connect(self, endpoint, receiver_factory):
        raise self.errors[endpoint.host.partition(".")[0]]


def refused(endpoint: Endpoint) -> ConnectionRefused:
    return ConnectionRefused("nothing listens there", where=str(endpoint))


def unknown(endpoint: Endpoint) -> HostNotFound:
    return HostNotFound("the host name does not resolve", where=str(endpoint))


async def test_the_first_that_can_be_reached(recorder) -> None:
    connector = MemoryConnector({("two.example", 5223): recorder})
    wanted: list[Endpoint] = []
    failed: list[tuple[Endpoint, RemoteError]] = []

    def make(endpoint: Endpoint):
        wanted.append(endpoint)
        return recorder()

    client = await connect([ONE, TWO], connector, make, on_failure=lambda *args: failed.append(args))
    assert client.calls == ["made"]
    assert wanted == [TWO]  # whose receiver knows that this endpoint wants TLS
    assert [(endpoint, type(error)) for endpoint, error in failed] == [(ONE, ConnectionRefused)]


async def test_a_single_failure_is_raised_as_it_is(recorder) -> None:
    error = refused(ONE)
    with pytest.raises(ConnectionRefused) as caught:
        await connect([ONE], Failing(one=error), lambda endpoint: recorder())
    assert caught.value is error


async def test_several_failures_are_all_named(recorder) -> None:
    with pytest.raises(ConnectionRefused) as caught:
        await connect([ONE, TWO], Failing(one=unknown(ONE), two=refused(TWO)), lambda endpoint: recorder())
    assert caught.value.reason == (
        "one.example:5222: the host name does not resolve; two.example:5223 (direct TLS): nothing listens there"
    )


async def test_names_that_all_do_not_resolve(recorder) -> None:
    with pytest.raises(HostNotFound, match=r"one\.example:5222: .*; two\.example:5223"):
        await connect([ONE, TWO], Failing(one=unknown(ONE), two=unknown(TWO)), lambda endpoint: recorder())


async def test_no_endpoint(recorder) -> None:
    with pytest.raises(ConnectionRefused, match="there is no endpoint to connect to"):
        await connect([], Failing(), lambda endpoint: recorder())


async def test_other_errors_are_not_tried_away(recorder) -> None:
    with pytest.raises(CertificateExpired):
        await connect(
            [ONE, TWO], Failing(one=CertificateExpired("expired"), two=refused(TWO)), lambda endpoint: recorder()
        )


# --- happy eyeballs over the list (RFC 8305) -------------------------------------------------------------------

THREE = Endpoint("three.example", 5222)


class Paced:
    """A connector whose endpoints take their time: seconds, and what comes of it (None: a connection)."""

    def __init__(self, *plan: tuple[float, Exception | None], late: Exception | None = None) -> None:
        self.plan = dict(zip(("one", "two", "three"), plan, strict=False))
        self.late = late
        self.tried: list[tuple[float, str]] = []
        self.given_up: list[str] = []

    async def connect(self, endpoint, receiver_factory):
        name = endpoint.host.partition(".")[0]
        seconds, error = self.plan[name]
        self.tried.append((asyncio.get_running_loop().time(), name))
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.given_up.append(name)
            raise
        if error is not None:
            raise error
        made = receiver_factory()
        if self.late is not None:
            late, self.late = self.late, None
            raise late
        return made


def race(connector: Paced, *, delay: float | None = 0.25) -> tuple[object, list[str]]:
    """Who wins, and who has failed before."""
    failed: list[str] = []

    async def main() -> object:
        return await connect(
            [ONE, TWO, THREE],
            connector,
            lambda endpoint: endpoint,
            on_failure=lambda endpoint, error: failed.append(endpoint.host),
            delay=delay,
        )

    return clock.run(main()), failed


def test_one_that_is_silent_is_joined_by_the_next() -> None:
    connector = Paced((60, None), (1, None), (60, None))
    assert race(connector) == (TWO, [])
    assert connector.tried == [(0, "one"), (0.25, "two"), (0.5, "three")]
    assert connector.given_up == ["one", "three"]


def test_who_began_first_may_still_be_the_first() -> None:
    connector = Paced((0.3, None), (1, None))
    assert race(connector) == (ONE, [])
    assert connector.tried == [(0, "one"), (0.25, "two")]
    assert connector.given_up == ["two"]


def test_a_failure_brings_the_next_at_once() -> None:
    connector = Paced((0.1, refused(ONE)), (0.1, unknown(TWO)), (0.1, None))
    assert race(connector) == (THREE, ["one.example", "two.example"])
    assert [time for time, _ in connector.tried] == pytest.approx([0, 0.1, 0.2])


def test_two_at_the_same_moment_make_one_receiver() -> None:
    made: list[Endpoint] = []

    async def main() -> Endpoint:
        connector = Paced((0.5, None), (0.25, None), (9, None))
        return await connect([ONE, TWO, THREE], connector, lambda each: made.append(each) or each, delay=0.25)

    assert clock.run(main()) is made[0]
    assert len(made) == 1


def test_one_that_comes_while_the_winner_is_not_through() -> None:
    class Slow(Paced):
        """The first has a receiver, and takes a second more until it has told it of the connection."""

        async def connect(self, endpoint: Endpoint, receiver_factory: Any) -> Any:
            made = await super().connect(endpoint, receiver_factory)
            await asyncio.sleep(1)
            return made

    made: list[Endpoint] = []

    async def main() -> Endpoint:
        connector = Slow((0.1, None), (0.1, None), (0.1, None))
        return await connect([ONE, TWO], connector, lambda each: made.append(each) or each, delay=0.25)

    assert clock.run(main()) == ONE
    assert made == [ONE]


def test_a_winner_that_fails_leaves_it_to_the_others() -> None:
    connector = Paced((0.1, None), (0.1, None), late=refused(ONE))
    assert race(connector) == (TWO, ["one.example"])


def test_without_a_delay_it_is_one_after_the_other() -> None:
    connector = Paced((60, refused(ONE)), (1, None))
    assert race(connector, delay=None) == (TWO, ["one.example"])
    assert connector.tried == [(0, "one"), (60, "two")]


def test_giving_up_ends_all() -> None:
    connector = Paced((60, None), (60, None), (60, None))

    async def main() -> None:
        async with asyncio.timeout(1):
            await connect([ONE, TWO, THREE], connector, lambda endpoint: endpoint, delay=0.25)

    with pytest.raises(TimeoutError):
        clock.run(main())
    assert sorted(connector.given_up) == ["one", "three", "two"]
