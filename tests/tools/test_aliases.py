# SPDX-License-Identifier: MIT
"""tools/aliases.py and what it made."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aliases
import pytest

ROW = {
    "xml.etree": ("ET=ElementTree",),
    "xmppkit.home": ("LIMIT", "Thing", "function", "Renamed=Old", "value", "typed"),
}
TABLE: Mapping[str, aliases.Row] = {"old/path.py": ROW, "old/": {"xmppkit.home": ("Thing",)}}
HOME = """import sys
LIMIT = value = 1
typed: int = 1
class Thing: ...
class Old: ...
def function(): ...
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A package with one home."""
    (tmp_path / "home.py").write_text(HOME)
    return tmp_path


def names() -> list[tuple[str, str, str, str]]:
    """Each name of the table: its alias, the name there, its home, the name at home."""
    return [
        (f"xmppkit.{aliases.module_of(alias)}", name.partition("=")[0], home, name.rpartition("=")[2])
        for alias, row in aliases.TABLE.items()
        for home, names in row.items()
        for name in names
    ]


@pytest.mark.parametrize(("alias", "name", "home", "original"), names())
def test_the_alias_is_the_thing_itself(alias: str, name: str, home: str, original: str) -> None:
    if home == "xml.etree":
        expected = importlib.import_module(f"{home}.{original}")
    else:
        expected = getattr(importlib.import_module(home), original)
    assert getattr(importlib.import_module(alias), name) is expected


@pytest.mark.parametrize(("alias", "row"), aliases.TABLE.items())
def test_an_alias_is_short(alias: str, row: aliases.Row) -> None:
    lines = aliases.text_of(alias, row).splitlines()
    assert len(lines) <= aliases.LONGEST
    assert max(map(len, lines)) <= 120


def test_the_files_in_the_tree_are_what_the_table_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert aliases.main(["--check"]) == 0, capsys.readouterr().out


def test_what_is_written_passes_the_check_and_the_linter(source: Path) -> None:
    assert aliases.main(["--check"], source, TABLE) == 1
    assert aliases.main(["--write"], source, TABLE) == 0
    assert aliases.main(["--check"], source, TABLE) == 0
    assert "from xmppkit.home import Old as Renamed\n" in (source / "old" / "path.py").read_text()
    for command in (["check"], ["format", "--check"]):
        ruff = [str(Path(sys.executable).with_name("ruff")), *command, "--no-cache", "--config"]
        settings = str(aliases.ROOT / "pyproject.toml")
        result = subprocess.run([*ruff, settings, source / "old"], check=False, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout


def test_writing_again_changes_nothing(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aliases.main(["--write"], source, TABLE)
    capsys.readouterr()
    aliases.main(["--write"], source, TABLE)
    assert capsys.readouterr().out == "nothing to write\n"


def test_a_changed_file_is_shown_as_a_diff_and_put_right(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aliases.main(["--write"], source, TABLE)
    path = source / "old" / "path.py"
    path.write_text(path.read_text().replace("Thing as Thing", "Thing as Other"))
    assert aliases.main(["--check"], source, TABLE) == 1
    report = capsys.readouterr().out
    assert "-from xmppkit.home import Thing as Other\n+from xmppkit.home import Thing as Thing\n" in report
    assert "1 of 2 aliases differ" in report
    assert aliases.main(["--write"], source, TABLE) == 0
    assert aliases.main(["--check"], source, TABLE) == 0


def test_a_generated_file_that_left_the_table_is_found_and_removed(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aliases.main(["--write"], source, TABLE)
    smaller = {"old/": TABLE["old/"]}
    capsys.readouterr()
    assert aliases.main(["--check"], source, smaller) == 1
    assert "-from xmppkit.home import Thing as Thing" in capsys.readouterr().out
    assert aliases.main(["--write"], source, smaller) == 0
    assert "removed old/path.py" in capsys.readouterr().out
    assert not (source / "old" / "path.py").exists()


def test_a_file_written_by_hand_is_not_overwritten(source: Path) -> None:
    (source / "old").mkdir()
    (source / "old" / "path.py").write_text("by_hand = True\n")
    with pytest.raises(SystemExit, match="written by hand"):
        aliases.main(["--write"], source, TABLE)
    assert (source / "old" / "path.py").read_text() == "by_hand = True\n"
    assert aliases.main(["--check"], source, TABLE) == 1


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"xmppkit.nowhere": ("Thing",)}, "a.py: there is no xmppkit.nowhere"),
        ({"xmppkit.home": ("Thing", "Missing")}, "a.py: xmppkit.home has no Missing"),
        ({"xmppkit.home": ("New=Missing",)}, "a.py: xmppkit.home has no Missing"),
        ({}, "a.py: offers nothing"),
    ],
)
def test_a_row_without_a_home_is_refused(
    source: Path, row: aliases.Row, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aliases.main(["--write"], source, {"a.py": row}) == 1
    assert capsys.readouterr().out == f"{complaint}\n"
    assert not (source / "a.py").exists()
