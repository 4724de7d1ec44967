# SPDX-License-Identifier: MIT
"""Hash functions by name, in blocks."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0300 import functions
from xmppkit.plugins.xep_0300.functions import FUNCTIONS, blocks, canonical, digest_file, digests


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("sha-256", "sha-256"),
        ("SHA-256", "sha-256"),
        ("blake2b-256", "blake2b-256"),
        ("BLAKE2b256", "blake2b-256"),
        ("id-blake2b512", "blake2b-512"),
        ("md5", None),
        ("blake2b", None),
        ("blake2b-7", None),
        ("", None),
        (None, None),
    ],
)
def test_names(name: str | None, known: str | None) -> None:
    assert canonical(name) == known


@pytest.mark.parametrize("name", FUNCTIONS)
def test_they_are_what_they_are_called(name: str) -> None:
    reference = name.replace("-", "_" if name.startswith("sha3") else "")
    expected = (
        hashlib.blake2b(b"abc", digest_size=int(name[8:]) // 8) if "blake" in name else hashlib.new(reference, b"abc")
    )
    assert digests([b"a", b"bc"], [name]) == {name: expected.digest()}


def test_there_is_no_such_function() -> None:
    with pytest.raises(InvalidValue, match=r"md5.*sha-256"):
        digests([], ["sha-256", "md5"])


@given(data=st.binary(max_size=200), size=st.integers(1, 50))
def test_blocks_do_not_matter(data: bytes, size: int) -> None:
    whole = digests([data], ["sha-256", "BLAKE2b256"])
    assert digests(blocks(io.BytesIO(data), size), ["sha-256", "BLAKE2b256"]) == whole
    assert set(whole) == {"sha-256", "BLAKE2b256"}


async def test_a_file_is_read_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    seen: list[tuple[int, int]] = []

    def spied(file: Any, size: int) -> Any:
        for block in blocks(file, size):
            seen.append((len(block), threading.get_ident()))
            yield block

    monkeypatch.setattr(functions, "blocks", spied)
    found = await digest_file(path, ["sha-256"], 64)
    assert found == {"sha-256": hashlib.sha256(b"x" * 1000).digest()}
    assert [length for length, _ in seen] == [64] * 15 + [40]
    assert threading.get_ident() not in {thread for _, thread in seen}


async def test_who_is_cancelled_reads_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def endless(file: Any, size: int) -> Any:
        try:
            while True:
                begun.set()
                assert go_on.wait(10)
                yield b"x"
        finally:
            ended.set()

    monkeypatch.setattr(functions, "blocks", endless)
    task = asyncio.create_task(digest_file(path, ["sha-256"], 64))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await digest_file(tmp_path / "none", ["sha-256"], 64)
