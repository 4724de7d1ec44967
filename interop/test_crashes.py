# SPDX-License-Identifier: MIT
"""Kill -9 of who sends and of who receives: nothing that was promised is lost, nothing is handled twice that the sender
has sent twice, and everything comes in order. ``python interop/crashes.py`` does the same as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crashes import kill_receivers, kill_senders
from servers.embedded import Xmppkit
from sessions import available, make_client, new_account

KILLS, MESSAGES = 10, 300


@pytest.fixture(scope="module")
def embedded() -> Iterator[Xmppkit]:
    """Our own server."""
    server = Xmppkit()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["prosody", "embedded"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each in turn."""
    return request.getfixturevalue(request.param)


OPTIONS = {
    "counted": ("--counted",),
    "resumed": ("--counted", "--state"),
    "asked": (),
    "confirmed": ("--counted", "--confirm"),
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
async def test_senders_that_are_killed(server: Any, options: tuple[str, ...], tmp_path: Path) -> None:
    kills = KILLS if options == ("--counted",) else 3
    bob = make_client(server, await new_account(server))
    bob.register_plugin("xep_0184")
    bob.drop_doubles()
    async with bob:
        await available(bob)
        outcome = await kill_senders(
            server, await new_account(server), bob, tmp_path, kills=kills, messages=MESSAGES, options=options
        )
    assert outcome.kills == kills
    assert len(outcome.promised) > MESSAGES // 4
    assert not outcome.lost, outcome
    assert not outcome.doubled, outcome
    assert outcome.inverted == 0, outcome


async def test_receivers_that_are_killed(server: Any, tmp_path: Path) -> None:
    alice = make_client(server, await new_account(server))
    alice.register_plugin("xep_0198")
    async with alice:
        outcome = await kill_receivers(server, await new_account(server), alice, tmp_path, kills=5, messages=150)
    assert outcome.kills == 5
    assert len(outcome.promised) == 150 // 6 * 6
    assert not outcome.lost, outcome
