# SPDX-License-Identifier: MIT
"""What methods that send an IQ take."""

from __future__ import annotations

from xmppkit.plugins.base.requests import IqOptions, told


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
