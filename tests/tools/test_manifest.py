# SPDX-License-Identifier: MIT
"""The tool that writes down what is known of plugins that sleep."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import manifest
import pytest

from xmppkit.plugins.base.manifest import SKETCHES
from xmppkit.plugins.base.sleeping import Sketch


def test_the_file_in_the_tree_is_right() -> None:
    """In a process of its own, as with the pages of plugins."""
    command = [sys.executable, manifest.__file__, "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_it_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "manifest.py"
    assert manifest.main(["--check"], path) == 1
    assert "xep_0085" in capsys.readouterr().out
    assert manifest.main(["--write"], path) == 0
    found: dict[str, object] = {}
    exec(path.read_text(encoding="utf-8"), found)
    assert found["SKETCHES"].keys() == SKETCHES.keys()  # type: ignore[attr-defined]


def test_what_is_known_of_a_plugin() -> None:
    assert SKETCHES["xep_0199"] == Sketch(
        dependencies=("xep_0030",), features=("urn:xmpp:ping",), tags=("{urn:xmpp:ping}ping",), keys=("ping",)
    )
    assert SKETCHES["xep_0115"].presence
    assert "muc_joined" in SKETCHES["xep_0421"].events


def test_text() -> None:
    text = manifest.text({"xep_1": Sketch(keys=('a"b',), presence=True)})
    assert 'keys=("a\\"b",),' in text
    assert "presence=True," in text
    assert "tags" not in text
