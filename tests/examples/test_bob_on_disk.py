# SPDX-License-Identifier: MIT
"""Bits of binary on disk: what the example stores is a file, and stays."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

CID = f"sha1+{hashlib.sha1(b'coucou', usedforsecurity=False).hexdigest()}@bob.xmpp.org"


def test_what_is_stored_is_a_file(run_example: Callable[..., str], tmp_path: Path) -> None:
    output = run_example("bob_on_disk.py", tmp_path / "pieces")
    assert f"juliet stored {CID}" in output
    assert "juliet reads it back: b'coucou'" in output
    assert "romeo fetches it from juliet@localhost/" in output
    assert output.count("b'coucou'") == 2
    [file] = (tmp_path / "pieces").iterdir()
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["cid"] == CID
    assert content["type"] == "text/plain"
    assert base64.b64decode(content["data"]) == b"coucou"
    assert file.name[:16] in output, "the file is shown"


def test_a_second_run_finds_the_directory(run_example: Callable[..., str], tmp_path: Path) -> None:
    for _ in range(2):
        run_example("bob_on_disk.py", tmp_path / "pieces")
    assert len(list((tmp_path / "pieces").iterdir())) == 1


def test_without_a_directory_nothing_is_left(run_example: Callable[..., str], tmp_path: Path) -> None:
    assert "juliet reads it back" in run_example("bob_on_disk.py")
    assert list(tmp_path.iterdir()) == []
