# SPDX-License-Identifier: MIT
"""What methods that send an IQ take."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from xmppkit.exceptions import IqError, NotConnectedError
from xmppkit.plugins.base.requests import IqOptions, heard, told
from xmppkit.stanza.iq import Iq


def test_the_options_are_those_of_send() -> None:
    assert IqOptions.__annotations__.keys() == {"timeout", "callback", "timeout_callback"}


async def test_a_callback_is_told_and_awaited() -> None:
    seen: list[object] = []

    async def later(result: object) -> None:
        seen.append(("later", result))

    assert await told(None, 1) == 1
    assert await told(seen.append, 2) == 2
    assert await told(later, 3) == 3
    assert seen == [2, ("later", 3)]


@pytest.mark.parametrize(
    ("error", "callback", "complaints", "logged"),
    [
        pytest.param(IqError(Iq()), print, 0, [], id="the callback knows"),
        pytest.param(IqError(Iq()), None, 1, [], id="there is no callback"),
        pytest.param(NotConnectedError("it is over"), print, 0, ["it is over"], id="the callback was not called"),
        pytest.param(asyncio.CancelledError(), print, 0, [], id="cancelled"),
        pytest.param(None, print, 0, [], id="an answer"),
    ],
)
async def test_who_is_told_of_errors(
    error: BaseException | None, callback: Any, complaints: int, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    complained: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complained.append(context))

    async def ask() -> str:
        if error is not None:
            raise error
        return "answer"

    asked = asyncio.ensure_future(ask())
    assert heard(asked, callback) is asked
    await asyncio.wait([asked])
    await asyncio.sleep(0)
    del asked
    gc.collect()
    assert len(complained) == complaints
    assert [message.rpartition(": ")[2] for message in caplog.messages] == logged
