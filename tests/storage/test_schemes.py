# SPDX-License-Identifier: MIT
"""Storages by URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.storage import schemes
from xmppkit.storage.base import Storage
from xmppkit.storage.memory import MemoryStorage
from xmppkit.storage.schemes import open_storage, register_scheme
from xmppkit.storage.sqlite import BUSY_TIMEOUT, SQLiteStorage


@pytest.mark.parametrize("url", ["memory:", "memory://", "MEMORY:"])
def test_memory(url: str) -> None:
    storage = open_storage(url)
    assert isinstance(storage, MemoryStorage)
    assert storage.clock is time.time


@pytest.mark.parametrize(
    ("url", "path", "durable", "busy_timeout"),
    [
        ("sqlite:///bot.db", "bot.db", False, BUSY_TIMEOUT),
        ("sqlite:////srv/a%20b.db", "/srv/a b.db", False, BUSY_TIMEOUT),
        ("sqlite:///bot.db?durable=true", "bot.db", True, BUSY_TIMEOUT),
        ("sqlite:///bot.db?durable=No&busy_timeout=0.5", "bot.db", False, 0.5),
    ],
)
def test_sqlite(url: str, path: str, durable: bool, busy_timeout: float) -> None:
    storage = open_storage(url, clock=time.monotonic)
    assert isinstance(storage, SQLiteStorage)
    assert (storage.path, storage.durable, storage.busy_timeout) == (Path(path), durable, busy_timeout)
    assert storage.clock is time.monotonic


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("bot.db", "write sqlite:///bot.db"),
        ("postgresql://me:secret@db/x", "no storage for 'postgresql://...@db/x': there are memory:, sqlite:"),
        ("redis://localhost", "register_scheme"),
        ("memory:x", "nothing behind it"),
        ("sqlite:", "names no file"),
        ("sqlite:bot.db", "names no file"),
        ("sqlite://bot.db", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///b?durable=perhaps", "durable=perhaps is not understood"),
        ("sqlite:///b?busy_timeout=-1", "busy_timeout=-1 is not understood"),
        ("sqlite:///b?busy_timeout=x", "busy_timeout=x is not understood"),
        ("sqlite:///b?mode=x", "mode=x is not understood"),
    ],
)
def test_what_is_not_understood(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_storage(url)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_scheme_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemes, "_SCHEMES", dict(schemes._SCHEMES))
    asked = []

    def opener(url: str, clock: Callable[[], float]) -> Storage:
        asked.append(url)
        return MemoryStorage(clock=clock)

    register_scheme("Redis", opener)
    assert isinstance(open_storage("redis://localhost"), MemoryStorage)
    assert asked == ["redis://localhost"]
