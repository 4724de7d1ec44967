# SPDX-License-Identifier: MIT
"""The driver of one connection: programs that end while it is being closed."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from collections.abc import Iterator

import pytest

from xmppkit.clientxmpp import ClientXMPP


@pytest.fixture
def port() -> Iterator[int]:
    """A port that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def end_by(port: int, last_act: str, *, unsent: int = 0) -> list[str]:
    """Run a program to its end; the warnings. Its last act is this method of a client."""
    kept = []

    async def main() -> None:
        client = ClientXMPP("alice@localhost", "secret")
        kept.append(client)
        await client.connect("127.0.0.1", port)
        await asyncio.gather(*client._tasks.running())  # the attempt has ended, too
        if unsent:
            client.transport.write(b" " * unsent)
        getattr(client, last_act, lambda: None)()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(main())
        kept.clear()
        gc.collect()
    return [str(each.message) for each in caught if each.category is ResourceWarning]


@pytest.mark.parametrize("last_act", ["disconnect", "abort"])
def test_a_program_that_ends_while_a_connection_is_being_closed(
    port: int, last_act: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert end_by(port, last_act) == []
    assert "event loop" not in caplog.text


def test_what_was_not_sent_is_told(port: int, caplog: pytest.LogCaptureFixture) -> None:
    assert end_by(port, "disconnect", unsent=50_000_000) == []
    assert "the event loop ends before everything was sent: await disconnect()" in caplog.text


def test_who_does_not_disconnect_is_warned(port: int) -> None:
    (warning,) = [each for each in end_by(port, "nothing") if "transport" in each]
    assert "unclosed transport" in warning


def test_a_connection_that_was_closed_leaves_nothing_to_be_done(port: int) -> None:
    async def main() -> None:
        client = ClientXMPP("alice@localhost", "secret")
        await client.connect("127.0.0.1", port)
        driver = client._driver
        assert driver is not None
        client.disconnect()
        client.disconnect()
        client.abort()
        await driver.wait_closed()
        assert driver.gone

    asyncio.run(main())
