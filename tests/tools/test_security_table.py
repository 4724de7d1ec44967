# SPDX-License-Identifier: MIT
"""tools/security_table.py and what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
import security_table
from security_table import Entry, Found


def test_the_table_in_the_tree_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert security_table.main(["--check"]) == 0, capsys.readouterr().out


def test_the_first_sentence() -> None:
    docstring = "It ends with `a-b`,\n    as e.g. this. And more."
    assert security_table.sentence(docstring) == "It ends with `a-b`, as e.g. this."
    assert security_table.sentence("``this`` is a literal, too.") == "`this` is a literal, too."


def test_tests_are_found_by_their_names(tmp_path: Path) -> None:
    text = 'def test_a01_x():\n    """One."""\n\nasync def test_a01_y():\n    """Two."""\n\ndef test_other(): ...\n'
    (tmp_path / "test_a_streams.py").write_text(text, encoding="utf-8")
    names = ("test_a_streams.py: test_a01_x", "test_a_streams.py: test_a01_y")
    assert security_table.found(tmp_path) == {"A1": [Found(names[0], "One."), Found(names[1], "Two.")]}


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert security_table.faults() == []
    entries = {**security_table.ENTRIES, "A99": Entry("something new"), "B99": Entry("something", "that")}
    del entries["C1"]
    monkeypatch.setattr(security_table, "ENTRIES", entries)
    missing, unknown = security_table.faults()
    assert missing == "no test in tests/security is named after A99, something new"
    assert unknown == "test_c_xml.py: test_c01_document_types: there is no entry C1"
    monkeypatch.setattr(security_table, "found", lambda: {"A1": [Found("test_x.py: test_a01_x", "")]})
    assert "test_x.py: test_a01_x has no docstring" in security_table.faults()


def test_a_row() -> None:
    tests = [Found("f.py: test_a24_x", "It refuses."), Found("f.py: test_a24_y", "It refuses.")]
    assert security_table.row("A24", tests) == (
        "| A24 | the name to prove is taken from where the server is | It refuses. Not part of the library: POSH. "
        "| `test_a24_x`, `test_a24_y` |"
    )


def test_a_page_without_the_mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "security.md"
    page.write_text("Security\n", encoding="utf-8")
    monkeypatch.setattr(security_table, "PAGE", page)
    with pytest.raises(SystemExit, match="has lost the line"):
        security_table.files()
