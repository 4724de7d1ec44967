# SPDX-License-Identifier: MIT
"""tools/other_pythons.py: which Pythons are found, and what happens where there are none or tests fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import other_pythons
import pytest

VERSION = "{}.{}".format(*sys.version_info)


def program(directory: Path, name: str, text: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_about_this_python() -> None:
    found = other_pythons.about(sys.executable, {})
    assert found is not None
    assert found[0] == VERSION
    assert found[1].startswith("expat_")


def test_about_what_does_not_run(tmp_path: Path) -> None:
    program(tmp_path, "broken", "exit 127")
    assert other_pythons.about(str(tmp_path / "broken"), {}) is None
    assert other_pythons.about(str(tmp_path / "absent"), {}) is None


def test_candidates(commands: Path) -> None:
    assert other_pythons.candidates("3.13") == []
    program(commands, "python3.13", "exit 0")
    program(commands, "pyenv", "/bin/echo 3.12.9; /bin/echo '  3.13.0'; /bin/echo 3.13.1")
    assert other_pythons.candidates("3.13") == [
        (str(commands / "python3.13"), {}),
        ("python3.13", {"PYENV_VERSION": "3.13.1"}),
        ("python3.13", {"PYENV_VERSION": "3.13.0"}),
    ]


def test_a_machine_with_no_other(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert other_pythons.main([]) == 0
    assert "not found, and not tested: Python 3.1" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 5])
def test_the_status_is_that_of_the_tests(
    status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, status, stdout="tests ran\n")

    monkeypatch.setattr(other_pythons, "VERSIONS", ("9.8",))
    monkeypatch.setattr(other_pythons, "candidates", lambda version: [("wrong", {}), ("right", {"A": "B"})])
    monkeypatch.setattr(
        other_pythons, "about", lambda command, environ: ("9.8" if command == "right" else "9.7", "expat_9")
    )
    monkeypatch.setattr(other_pythons, "set_up", lambda version, command, environ: Path(f"/env/{version}/{command}"))
    monkeypatch.setattr(subprocess, "run", run)
    assert other_pythons.main(["tests/one"]) == status
    assert asked == [["/env/9.8/right", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/one"]]
    assert capsys.readouterr().out == "Python 9.8 with expat_9\nPython 9.8:\ntests ran\n"


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        if command[1].endswith("make_venv.py"):
            assert options["env"]["A"] == "B"
            (tmp_path / ".venv-9.8" / "bin").mkdir(parents=True)
            (tmp_path / ".venv-9.8" / "bin" / "python").touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(other_pythons, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "pyproject.toml").touch()
    for _ in range(2):
        python = other_pythons.set_up("9.8", "python9.8", {"A": "B"})
        assert python == tmp_path / ".venv-9.8" / "bin" / "python"
    assert [command[1] for command in asked] == ["tools/make_venv.py", "-m"]
    later = (tmp_path / ".venv-9.8" / ".installed").stat().st_mtime + 5
    os.utime(tmp_path / "pyproject.toml", (later, later))
    other_pythons.set_up("9.8", "python9.8", {})
    assert [command[1] for command in asked] == ["tools/make_venv.py", "-m", "-m"]
