# SPDX-License-Identifier: MIT
"""Ctrl-C and run(), and what the log says of handlers that the end of a connection has stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import ConnectionLost, NotConnectedError


@pytest.fixture
def client(unused_tcp_port: int) -> Iterator[ClientXMPP]:
    loop = asyncio.new_event_loop()
    yield ClientXMPP("a@localhost", "x", host="127.0.0.1", port=unused_tcp_port, loop=loop)
    loop.close()


def test_ctrl_c_in_the_middle_of_a_task_ends_no_other_one(client: ClientXMPP, caplog: pytest.LogCaptureFixture) -> None:
    client.add_event_handler("connection_failed", lambda _: signal.raise_signal(signal.SIGINT))
    client.run()
    assert not client.is_connecting()
    assert "never retrieved" not in caplog.text
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_ctrl_c_does_not_wait(client: ClientXMPP) -> None:
    def never_ends() -> asyncio.Future[None]:
        client._connector.cancel()
        client.loop.call_soon(signal.raise_signal, signal.SIGINT)
        return client.loop.create_future()

    client.disconnect = never_ends  # type: ignore[method-assign,assignment]
    client.add_event_handler("reconnect_delay", lambda _: signal.raise_signal(signal.SIGINT))
    client.run()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_with_its_own_way_keeps_it(client: ClientXMPP) -> None:
    seen: list[int] = []

    def own(number: int, frame: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, own)
    try:
        client.add_event_handler("reconnect_delay", lambda _: client.loop.call_soon(signal.raise_signal, signal.SIGINT))
        client.run()
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
    assert not client.is_connecting()


def test_run_in_another_thread(client: ClientXMPP) -> None:
    client._connector.limit = 1
    failures: list[BaseException] = []

    def run() -> None:
        try:
            client.run()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(5)
    assert [type(each).__name__ for each in failures] == ["ConnectionRefused"]


@pytest.mark.parametrize("error", [ConnectionLost("it is gone"), NotConnectedError("it is gone")])
def test_a_handler_that_the_end_of_a_connection_stops_is_one_line(
    client: ClientXMPP, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    client.exception(error)
    [record] = [each for each in caplog.records if each.name.startswith("xmppkit")]
    assert record.levelno == logging.WARNING
    assert record.exc_info is None
    assert "it is gone" in record.getMessage()


def test_any_other_exception_is_shown_with_its_place(client: ClientXMPP, caplog: pytest.LogCaptureFixture) -> None:
    client.exception(ZeroDivisionError("a bug"))
    [record] = [each for each in caplog.records if each.name.startswith("xmppkit")]
    assert record.exc_info is not None
