# SPDX-License-Identifier: MIT
"""xmppkit.transports.connecting."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import CertificateExpired, ConnectionRefused, HostNotFound, RemoteError
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
