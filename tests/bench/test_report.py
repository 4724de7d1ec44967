# SPDX-License-Identifier: MIT
"""bench/report.py: rows, tables, and what is kept."""

from __future__ import annotations

import json
import math

import pytest
from harness import Case, Series
from report import Column, Figures, Row, case_table, describe, divide, row_table, summary, write

MACHINE = {
    "date": "2030-01-02 03:04 UTC", "system": "Linux x86_64", "cpus": 2, "python": "3.11.7", "expat": "2.5.0",
    "versions": {"xmppkit": "1.0", "slixmpp": "1.17.0"}, "rounds": 9,
}  # fmt: skip


def series(library: str, setting: str, *times: float, **more: object) -> Series:
    return Series(Case(library, setting, "x.py"), {"time": list(times)} if times else {}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "at_least", "met", "verdict"),
    [
        (5.0, True, True, "pass"),
        (4.99, True, False, "**fail**"),
        (5.0, False, True, "pass"),
        (5.01, False, False, "**fail**"),
        (math.nan, True, None, "not measured"),
    ],
)
def test_row(value, at_least, met, verdict):
    row = Row("echo", value, 5, at_least)
    assert row.met is met
    assert row.verdict == verdict


def test_figures():
    figures = Figures([
        series("xmppkit", "all", 2.0, 4.0, 3.0, about={"plugins": 4}),
        series("slixmpp", "all", 30.0),
        series("slixmpp", "fallback", 60.0),
        Series(Case("xmppkit", "fresh", "x.py"), {"plugins": [3.0]}),
    ])  # fmt: skip
    assert figures.get("xmppkit", "all") == 3
    assert figures.ratio("slixmpp", "all") == 10
    assert figures.ratio("slixmpp", "fallback", own="all") == 20
    assert math.isnan(figures.ratio("aioxmpp", "all"))
    assert figures.plugins("all") == "with the 4 that xmppkit has"
    assert figures.plugins("fresh") == "with the 3 that xmppkit has"
    assert figures.plugins("none") == ""
    assert math.isnan(divide(1, 0))


def test_row_table():
    table = row_table([
        Row("echo", 4.96, 5, prototype="7.9"),
        Row("memory", 58.64, 30, at_least=False, unit="KiB", note="3 plugins"),
        Row("growth", -2.0, 15, at_least=False, unit="%"),
        Row("stall", 0.3402, 0.6, at_least=False, unit="s"),
        Row("never", math.nan, 1),
    ]).splitlines()  # fmt: skip
    assert table[2:] == [
        "| echo | 4.96x | ≥ 5x | 7.9 | **fail** |  |",
        "| memory | 58.6 KiB | ≤ 30 KiB | - | **fail** | 3 plugins |",
        "| growth | -2% | ≤ 15% | - | pass |  |",
        "| stall | 0.340 s | ≤ 0.600 s | - | pass |  |",
        "| never | - | ≥ 1x | - | not measured |  |",
    ]


def test_case_table():
    table = case_table(
        [
            series("xmppkit", "all", 10.0, 10.0, about={"plugins": 4}),
            Series(Case("xmppkit", "fresh", "x.py"), {"ms": [1.5], "plugins": [3.0]}),
            series("slixmpp", "all", failure="no such plugin"),
        ],
        [Column("time", "us each"), Column("ms", "ms")],
    ).splitlines()
    assert table == [
        "| library | setting | plugins | us each | spread | ms | spread |",
        "|---|---|---:|---:|---:|---:|---:|",
        "| xmppkit | all | 4 | 10.0 | 0% | - | - |",
        "| xmppkit | fresh | 3 | - | - | 1.5 | 0% |",
        "| slixmpp | all | - | failed: no such plugin | - | - | - |",
    ]


def test_results_are_kept_and_summed_up(tmp_path):
    measured = [series("xmppkit", "all", 1.0, 2.0)]
    write(tmp_path, "echo", "# text\n", measured, [Row("a", 5, 4), Row("b", math.nan, 4)], MACHINE, "Echo in memory")
    write(tmp_path, "iq", "# text\n", measured, [Row("c", 3, 4)], MACHINE, "IQs")
    kept = json.loads((tmp_path / "echo.json").read_text())
    assert (tmp_path / "echo.md").read_text() == "# text\n"
    assert kept["cases"][0]["values"] == {"time": [1.0, 2.0]}
    assert [row["value"] for row in kept["rows"]] == [5, None]
    text = summary(tmp_path, ["echo", "iq", "not measured yet"])
    assert "1 of 3 are met" in text
    assert text.index("## Echo in memory") < text.index("## IQs")
    assert "| b | - | ≥ 4x | - | not measured |  |" in text


def test_describe():
    assert describe(MACHINE) == (
        "2030-01-02 03:04 UTC; Linux x86_64 with 2 CPUs, Python 3.11.7, expat 2.5.0; xmppkit 1.0, slixmpp 1.17.0; "
        "medians of 9 interleaved rounds."
    )
