# SPDX-License-Identifier: MIT
"""tools/xep_tables.py and what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
import xep_tables
from xep_examples import Example, Xep

from xmppkit.plugins.base.xeps import XEPS, Implementation


def test_the_files_in_the_tree_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert xep_tables.main(["--check"]) == 0, capsys.readouterr().out


def test_where_a_plugin_is_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert xep_tables.tests_of("9999", tmp_path) == []
    tests = tmp_path / "tests" / "plugins" / "xep_9999"
    tests.mkdir(parents=True)
    (tests / "test_tea.py").touch()
    assert xep_tables.tests_of("9999", tmp_path) == ["in memory"]
    for text, servers in {
        "async def test_a(prosody): ...\n": ["Prosody"],
        "async def test_a(*, server, other): ...\n": ["ejabberd", "Prosody"],
        "def test_a(): ...\n": [],
    }.items():
        interop = tmp_path / "interop" / "test_xep_9999.py"
        interop.parent.mkdir(exist_ok=True)
        interop.write_text(text, encoding="utf-8")
        xep_tables.servers_of.cache_clear()
        assert xep_tables.tests_of("9999", tmp_path) == ["in memory", *servers]
    other = "async def test_b(ejabberd):\n    client.plugin['xep_9999'].pour()\n    client.plugin[name]\n"
    (tmp_path / "interop" / "test_pots.py").write_text(other, encoding="utf-8")
    xep_tables.servers_of.cache_clear()
    assert xep_tables.tests_of("9999", tmp_path) == ["in memory", "ejabberd"]
    monkeypatch.setitem(xep_tables.LACKING, "ejabberd", {"9999"})
    assert xep_tables.tests_of("9999", tmp_path) == ["in memory"]


def test_a_row_of_examples() -> None:
    ping = "<iq xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'{}/></iq>"
    texts = (ping.format(""), "<presence/>", ping.format(" a='b'"), ping.format(" c='d'"), "<iq/>")
    xep = Xep("0199", "Ping", "1", (), tuple(Example(number, "", text) for number, text in enumerate(texts, 1)))
    assert xep_tables.examples_row(xep, {3: "b is none"}) == [
        *("XEP-0199", "Ping", "5", "3", "1"),
        "3: b is none; failing: 4",
    ]


def test_the_table_of_xeps() -> None:
    text = xep_tables.xeps_text()
    for each in xep_tables.implemented():
        assert f" | {each.title} | {each.version} | " in text


def test_what_is_partial_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    some = Implementation("9999", "Tea", "1.0", missing="``cups``", home="xmppkit.tea")
    monkeypatch.setattr(xep_tables, "XEPS", (some,))
    assert "| XEP-9999 | Tea | 1.0 | partial: `cups` |" in xep_tables.xeps_text()
    assert any("xep_0199 is not in" in fault for fault in xep_tables.faults())


def test_every_plugin_is_listed() -> None:
    assert xep_tables.faults() == []
    assert {each.number for each in XEPS} >= {"0030", "0199"}
