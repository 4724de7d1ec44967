# SPDX-License-Identifier: MIT
"""xmppkit.xmlstream.pinning: what a client remembers of its logins."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import StorageError
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.records import Scope
from xmppkit.xmlstream.pinning import Pin

ALICE, BOB = "alice@localhost", "bob@localhost"


async def test_in_one_process() -> None:
    pin = Pin()
    assert pin.mechanism(ALICE) == ""
    await pin.load(None, ALICE)
    await pin.over()
    assert pin.note(ALICE, "SCRAM-SHA-256-PLUS")
    assert (pin.mechanism(ALICE), pin.mechanism(BOB)) == ("SCRAM-SHA-256-PLUS", "")


async def test_in_the_next() -> None:
    async with MemoryStorage() as storage:
        first = Pin()
        assert first.note(ALICE, "SCRAM-SHA-256-PLUS")
        first.keep(storage)
        await first.over()
        assert not first.note(ALICE, "SCRAM-SHA-256")
        pin = Pin()
        for account in (BOB, ALICE):
            await pin.load(storage, account)
        # Whether it was bound is nothing that another process must be able to do.
        assert pin.mechanism(ALICE) == "SCRAM-SHA-256"
        assert not pin.note(ALICE, "SCRAM-SHA-256-PLUS")
        assert pin.note(ALICE, "PLAIN")
        # What happened here is newer.
        await pin.load(storage, ALICE)
        assert pin.mechanism(ALICE) == "PLAIN"


async def test_another_account() -> None:
    async with MemoryStorage() as storage:
        pin = Pin()
        pin.note(ALICE, "SCRAM-SHA-1")
        pin.keep(storage)
        await pin.over()
        assert pin.note(BOB, "SCRAM-SHA-1")
        pin.keep(storage)
        await pin.over()
        assert await storage.collection("login", Scope(BOB)).get("mechanism") == "SCRAM-SHA-1"


async def test_what_comes_later_is_written_later() -> None:
    async with MemoryStorage() as storage:
        pin = Pin()
        for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"):
            pin.note(ALICE, mechanism)
            pin.keep(storage)
        await pin.over()
        assert await storage.collection("login", Scope(ALICE)).get("mechanism") == "PLAIN"
        assert not pin.note(ALICE, "PLAIN")


@pytest.mark.parametrize("value", [5, "", None])
async def test_what_is_no_mechanism(value: object) -> None:
    async with MemoryStorage() as storage:
        await storage.collection("login", Scope(ALICE)).put("mechanism", value)
        pin = Pin()
        await pin.load(storage, ALICE)
        assert pin.mechanism(ALICE) == ""


async def test_a_login_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    async with MemoryStorage() as storage:
        place = storage.collection("login", Scope(ALICE))
        await place.put("mechanism", "SCRAM-SHA-1")
        pin = Pin()

        async def get(*_: object) -> str:
            pin.note(ALICE, "SCRAM-SHA-256")
            return "SCRAM-SHA-1"

        async def put(*_: object) -> None:
            pin.note(BOB, "SCRAM-SHA-256")

        monkeypatch.setattr(type(place), "get", get)
        await pin.load(storage, ALICE)
        assert pin.mechanism(ALICE) == "SCRAM-SHA-256"
        monkeypatch.setattr(type(place), "put", put)
        pin.keep(storage)
        await pin.over()
        assert pin.note(BOB, "SCRAM-SHA-256"), "what was kept is of somebody else"


async def test_a_storage_that_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async with MemoryStorage() as storage:

        async def fail(*_: object) -> None:
            raise StorageError("the disk is full")

        for name in ("get", "put"):
            monkeypatch.setattr(type(storage.collection("login")), name, fail)
        pin = Pin()
        await pin.load(storage, ALICE)
        assert pin.note(ALICE, "PLAIN")
        pin.keep(storage)
        await pin.over()
        assert pin.note(ALICE, "PLAIN")
    assert caplog.text.count("the disk is full") == 2
