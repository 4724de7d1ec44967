# SPDX-License-Identifier: MIT
"""mypy and pyright accept what is right, here and in the examples, and report what is wrong."""

from __future__ import annotations

from pathlib import Path

import check_types
import pytest

FILES = check_types.files()


@pytest.fixture(scope="module")
def reports() -> dict[str, check_types.Reports]:
    """What the checkers report; they run once for all files."""
    return check_types.check(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_checkers_report_what_is_wrong_and_nothing_else(path: Path, reports: dict[str, check_types.Reports]) -> None:
    assert list(check_types.verdict(path, reports)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_bad_files_have_something_wrong(path: Path) -> None:
    assert bool(check_types.expected(path)) == path.name.startswith("bad_")


def test_nothing_is_silenced() -> None:
    """A file that told a checker to look away would prove nothing."""
    assert [path.name for path in FILES if "type: ignore" in path.read_text() or "pyright:" in path.read_text()] == []
    assert {"good_events.py", "bad_events.py", "echo_bot.py"} <= {path.name for path in FILES}


def test_a_surprise_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad_sample.py"
    path.write_text("one: int = 1\ntwo: int = 'x'  # error: a str\n")
    reports: dict[str, check_types.Reports] = {"mypy": {path: {2: ["no"]}}, "pyright": {path: {1: ["odd", "strange"]}}}
    assert list(check_types.verdict(path, reports)) == [
        "bad_sample.py:2: pyright does not mind",
        "bad_sample.py:1: pyright: odd; strange",
    ]
