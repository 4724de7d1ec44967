# SPDX-License-Identifier: MIT
"""From figures to tables: rows that are judged against their target, and the files in ``bench/results``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import Series

__all__ = ["Column", "Figures", "Row", "case_table", "document", "row_table", "summary", "write"]


@dataclass(frozen=True)
class Row:
    """One requirement, and what came of it.

    :ivar value: what was measured; not a number where it was not.
    :ivar target: what is asked for, in the same unit.
    :ivar at_least: whether more is better.
    :ivar unit: ``x``, ``s``, ``KiB`` …; behind the number.
    :ivar prototype: what a prototype of the design has reached; empty: unknown.
    :ivar note: what must be known to read it.
    """

    label: str
    value: float
    target: float
    at_least: bool = True
    unit: str = "x"
    prototype: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None: not measured."""
        if math.isnan(self.value):
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def verdict(self) -> str:
        """The same in a word."""
        return {True: "pass", False: "**fail**", None: "not measured"}[self.met]


@dataclass(frozen=True)
class Column:
    """A figure in the table of a workload's cases."""

    name: str
    title: str
    pattern: str = "{:,.1f}"


class Figures:
    """What was measured of a workload, by library and setting."""

    def __init__(self, series: Sequence[Series]) -> None:
        self._series = {(each.case.library, each.case.setting): each for each in series}

    def get(self, library: str, setting: str, name: str = "time") -> float:
        """A median; not a number where there is none."""
        series = self._series.get((library, setting))
        return series.median(name) if series is not None else math.nan

    def ratio(self, library: str, setting: str, name: str = "time", own: str | None = None) -> float:
        """How many times ours a peer's figure is.

        :param own: our setting, where it is called differently.
        """
        return divide(self.get(library, setting, name), self.get("xmppkit", own or setting, name))

    def plugins(self, setting: str, library: str = "xmppkit") -> str:
        """A note on how many plugins of those that were asked for there are."""
        series = self._series.get((library, setting))
        count = series.about.get("plugins") if series is not None else None
        if count is None and series is not None and "plugins" in series.values:
            count = int(series.median("plugins"))
        return "" if count is None else f"with the {count} that xmppkit has"


def divide(above: float, below: float) -> float:
    """A quotient; not a number where there is none."""
    return above / below if below else math.nan


def _number(value: float, unit: str = "") -> str:
    if math.isnan(value):
        return "-"
    digits = 0 if value == int(value) and abs(value) < 1e6 else 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    return f"{value:,.{digits}f}{'' if unit in ('x', '%', '') else ' '}{unit}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int]) -> str:
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join("---:" if number in right else "---" for number in range(len(head))) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def row_table(rows: Sequence[Row]) -> str:
    """The requirements, in Markdown."""
    shown = [
        (
            row.label,
            _number(row.value, row.unit),
            ("≥ " if row.at_least else "≤ ") + _number(row.target, row.unit),
            row.prototype or "-",
            row.verdict,
            row.note,
        )
        for row in rows
    ]
    return _table(("what", "measured", "target", "prototype", "verdict", "note"), shown, frozenset((1, 2, 3)))


def case_table(series: Sequence[Series], columns: Sequence[Column]) -> str:
    """The medians of every case, in Markdown."""
    head = ["library", "setting", "plugins"]
    for column in columns:
        head += [column.title, "spread"]
    shown = []
    for each in series:
        plugins = each.about.get("plugins", each.median("plugins") if "plugins" in each.values else "")
        cells = [each.case.library, each.case.setting, f"{plugins:.0f}" if plugins != "" else "-"]
        for column in columns:
            if column.name in each.values:
                cells += [column.pattern.format(each.median(column.name)), f"{each.spread(column.name):.0%}"]
            else:
                cells += [f"failed: {each.failure}" if each.failure and column is columns[0] else "-", "-"]
        shown.append(cells)
    return _table(head, shown, frozenset(range(2, len(head))))


def document(
    title: str,
    about: str,
    series: Sequence[Series],
    rows: Sequence[Row],
    columns: Sequence[Column],
    machine: Mapping[str, Any],
) -> str:
    """Everything about one workload, in Markdown."""
    return "\n\n".join(
        [f"# {title}", about, describe(machine), row_table(rows), case_table(series, columns)]
    ) + "\n"  # fmt: skip


def describe(machine: Mapping[str, Any]) -> str:
    """Where and when it was measured, in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['date']}; {machine['system']} with {machine['cpus']} CPUs, Python {machine['python']}, "
        f"expat {machine['expat']}; {versions}; medians of {machine['rounds']} interleaved rounds."
    )


def write(
    folder: Path,
    name: str,
    text: str,
    series: Sequence[Series],
    rows: Sequence[Row],
    machine: Mapping[str, Any],
    title: str,
) -> None:
    """Keep the results of a workload."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text)
    kept = {
        "title": title,
        **machine,
        "rows": [_as_json(row) for row in rows],
        "cases": [
            {
                "library": each.case.library,
                "setting": each.case.setting,
                "about": each.about,
                "failure": each.failure,
                "values": each.values,
            }
            for each in series
        ],
    }
    (folder / f"{name}.json").write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n")


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "value": None if math.isnan(row.value) else row.value,
        "target": row.target,
        "at_least": row.at_least,
        "unit": row.unit,
        "prototype": row.prototype,
        "note": row.note,
    }


def summary(folder: Path, names: Sequence[str]) -> str:
    """The requirements of all workloads of which there are results, in Markdown."""
    parts = ["# Speed and memory: all requirements"]
    rows: list[Row] = []
    for name in names:
        file = folder / f"{name}.json"
        if not file.exists():
            continue
        kept = json.loads(file.read_text())
        found = [
            Row(**{**each, "value": math.nan if each["value"] is None else each["value"]}) for each in kept["rows"]
        ]
        rows += found
        parts += [f"## {kept['title']}", describe(kept), row_table(found)]
    met = sum(row.met is True for row in rows)
    parts.insert(1, f"{met} of {len(rows)} are met. How to read this: `bench/README.md`.")
    return "\n\n".join(parts) + "\n"


RowMaker = Callable[[Figures], list[Row]]
