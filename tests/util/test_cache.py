# SPDX-License-Identifier: MIT
"""Caches, in memory and in files; keys that somebody else has chosen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xmppkit.exceptions import ConfigurationError
from xmppkit.jid.address import JID
from xmppkit.util.cache import (
    Cache,
    FileSystemCache,
    FileSystemPerJidCache,
    MemoryCache,
    MemoryPerJidCache,
    PerJidCache,
)

HOSTILE = [
    "",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "C:\\x",
    "c:x",
    "a\0b",
    "-rf",
    ".hidden",
    "dot.",
    "con",
    "nul.txt",
    "x" * 5000,
    "ä",
    "\udcff",
    "%new-abc",
    "%2e%2e%2f",
    "A",
    "a",
    "a b",
    "a\n",
    "~",
    "$HOME",
    "*",
    "user@host/res",
]


@pytest.fixture(params=["memory", "files"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache:
    return MemoryCache() if request.param == "memory" else FileSystemCache(tmp_path, "caps")


@pytest.fixture(params=["memory", "files"])
def per_jid(request: pytest.FixtureRequest, tmp_path: Path) -> PerJidCache:
    return MemoryPerJidCache() if request.param == "memory" else FileSystemPerJidCache(tmp_path, "avatars")


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_a_value_is_kept_replaced_and_removed(cache: Cache) -> None:
    assert cache.retrieve("key") is None
    assert cache.store("key", "one")
    assert cache.store("other", "two")
    assert cache.retrieve("key") == "one"
    assert cache.store("key", "three")
    assert cache.retrieve("key") == "three"
    assert cache.remove("key")
    assert cache.retrieve("key") is None
    assert cache.remove("key")
    assert cache.retrieve("other") == "two"


def test_values_are_kept_for_each_jid(per_jid: PerJidCache) -> None:
    one, other = JID("a@b.test/c"), JID("a@b.test")
    assert per_jid.store_by_jid(one, "key", "one")
    assert per_jid.store_by_jid(other, "key", "two")
    assert per_jid.retrieve_by_jid(one, "key") == per_jid.retrieve_by_jid("a@b.test/c", "key") == "one"
    assert per_jid.retrieve_by_jid("a@b.test", "key") == "two"
    assert per_jid.retrieve_by_jid("x@b.test", "key") is None
    assert per_jid.remove_by_jid(one, "key")
    assert per_jid.retrieve_by_jid(one, "key") is None
    assert per_jid.retrieve_by_jid(other, "key") == "two"
    assert per_jid.remove_by_jid(one, "key")


def test_another_program_finds_what_was_kept(tmp_path: Path) -> None:
    FileSystemCache(str(tmp_path), "caps").store("key", "ünï\r\n")
    assert FileSystemCache(str(tmp_path), "caps").retrieve("key") == "ünï\r\n"
    assert FileSystemCache(str(tmp_path), "other").retrieve("key") is None
    assert (tmp_path / "caps" / "key").read_bytes() == "ünï\r\n".encode()


def test_bytes_and_values_of_ones_own(tmp_path: Path) -> None:
    raw = FileSystemPerJidCache(tmp_path, "raw", binary=True)
    raw.store_by_jid("a@b", "k", b"\0\xff")
    assert raw.retrieve_by_jid("a@b", "k") == b"\0\xff"
    numbers = FileSystemCache(tmp_path, "numbers", encode=str, decode=int)
    numbers.store("k", 7)
    assert numbers.retrieve("k") == 7
    both = FileSystemCache(tmp_path, "both", encode=lambda value: bytes([value]), decode=ord, binary=True)
    both.store("k", 200)
    assert both.retrieve("k") == 200


def test_what_cannot_be_read_is_not_there(tmp_path: Path) -> None:
    numbers = FileSystemCache(tmp_path, "n", decode=int)
    numbers.store("k", "seven")
    assert numbers.retrieve("k") is None
    (tmp_path / "n" / "k").write_bytes(b"\xff")
    assert FileSystemCache(tmp_path, "n").retrieve("k") is None


def test_what_cannot_be_encoded_is_the_programs_fault(tmp_path: Path) -> None:
    cache = FileSystemCache(tmp_path, "n")
    with pytest.raises(AttributeError):
        cache.store("k", 7)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_key_names_a_file_of_the_cache_and_no_other(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    cache, per_jid = FileSystemCache(root, "caps"), FileSystemPerJidCache(root, "avatars")
    assert cache.store(name, "value")
    assert per_jid.store_by_jid(name, name, "value too")
    found = sorted(path.relative_to(tmp_path).parts for path in files(tmp_path))
    assert [(len(parts), parts[:2]) for parts in found] == [(4, ("root", "avatars")), (3, ("root", "caps"))]
    assert all(len(os.fsencode(part)) < 128 for parts in found for part in parts)
    assert cache.retrieve(name) == "value"
    assert per_jid.retrieve_by_jid(name, name) == "value too"
    assert cache.remove(name)
    assert per_jid.remove_by_jid(name, name)
    assert files(tmp_path) == []


def test_no_two_keys_share_a_file(tmp_path: Path) -> None:
    cache = FileSystemCache(tmp_path, "caps")
    for name in HOSTILE:
        cache.store(name, f"value of {name!r}")
    assert [cache.retrieve(name) for name in HOSTILE] == [f"value of {name!r}" for name in HOSTILE]
    names = [path.name.casefold() for path in files(tmp_path)]
    assert len(set(names)) == len(HOSTILE), "also where the file system does not tell capitals"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50)
@given(st.text(st.characters()), st.text(st.characters()))
def test_whatever_the_key(tmp_path: Path, jid: str, key: str) -> None:
    cache = FileSystemPerJidCache(tmp_path / "in", "x")
    assert cache.store_by_jid(jid, key, "v")
    assert [path for path in files(tmp_path) if tmp_path / "in" / "x" not in path.parents] == []
    assert cache.retrieve_by_jid(jid, key) == "v"
    cache.remove_by_jid(jid, key)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", "/etc"])
def test_a_cache_is_one_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="one directory"):
        FileSystemCache(tmp_path, name)


def refuse(*arguments: Any, **options: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.replace"])
def test_a_disk_that_fails_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    cache = FileSystemCache(tmp_path, "caps")
    cache.store("key", "before")
    monkeypatch.setattr(f"xmppkit.util.cache.{call}", refuse)
    assert not cache.store("key", "after")
    assert cache.retrieve("key") == "before"
    assert len(files(tmp_path)) == 1


def test_a_file_that_cannot_be_removed(tmp_path: Path) -> None:
    cache = FileSystemCache(tmp_path, "caps")
    (tmp_path / "caps" / "key").mkdir(parents=True)
    assert not cache.remove("key")
    assert cache.retrieve("key") is None
    assert not cache.store("key", "value")
    assert files(tmp_path) == []


def test_somebody_who_reads_meanwhile_sees_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = FileSystemCache(tmp_path, "caps")
    cache.store("key", "before")
    seen: list[object] = []
    replace: Callable[[Any, Any], None] = os.replace

    def watched(old: Any, new: Any) -> None:
        seen.append(cache.retrieve("key"))
        replace(old, new)

    monkeypatch.setattr("xmppkit.util.cache.os.replace", watched)
    cache.store("key", "after")
    assert [*seen, cache.retrieve("key")] == ["before", "after"]


def test_a_value_of_the_wrong_type_leaves_no_file_behind(tmp_path: Path) -> None:
    cache = FileSystemCache(tmp_path, "cache", binary=True)
    with pytest.raises(TypeError):
        cache.store("key", "text")
    assert list((tmp_path / "cache").iterdir()) == []
