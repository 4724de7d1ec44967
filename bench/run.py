# SPDX-License-Identifier: MIT
"""Measure xmppkit beside other libraries, and judge it.

make bench                              everything, in some minutes; results go to bench/results
python bench/run.py echo iq             some workloads
python bench/run.py --quick             everything in a minute, roughly; nothing is kept
"""

from __future__ import annotations

import argparse
import os
import platform
import pyexpat
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from catalogue import WORKLOADS, Workload
from harness import Effort, run_cases
from peers import PEERS, Interpreter, newer_pythons, own_python, peers_python
from report import Figures, Row, document, summary, write

RESULTS = Path(__file__).resolve().parent / "results"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description="Measure xmppkit beside other libraries.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)}; default: all")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default: 9; quick: 3)")
    parser.add_argument("--quick", action="store_true", help="a first impression; nothing is kept")
    parser.add_argument("--strict", action="store_true", help="fail when a target is missed or nothing was measured")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {unknown[0]!r}: take of {', '.join(WORKLOADS)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds takes a number above 0")
    options.workloads = options.workloads or list(WORKLOADS)
    return options


def effort(options: argparse.Namespace) -> Effort:
    """How much to measure."""
    if options.quick:
        return Effort(rounds=options.rounds or 3, seconds=0.03, quick=True)
    return Effort(rounds=options.rounds or 9)


def machine(rounds: int) -> dict[str, Any]:
    """Where and when this is measured; nothing that tells one machine from another of its kind."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "expat": pyexpat.EXPAT_VERSION.removeprefix("expat_"),
        "versions": {"xmppkit": version("xmppkit"), **PEERS},
        "rounds": rounds,
    }


def interpreters() -> dict[str, Interpreter]:
    """By library."""
    own, peers = own_python(), peers_python()
    newer = {f"python {name}": each for name, each in newer_pythons().items()}
    return {"xmppkit": own, "expat": own, "stdlib": own, "slixmpp": peers, "aioxmpp": peers, **newer}


def run(workload: Workload, pythons: Mapping[str, Interpreter], much: Effort) -> list[Row]:
    """Measure a workload, print its tables, and keep them unless it was done quickly."""
    series = run_cases(workload.cases, pythons, much, workload.name)
    rows = workload.rows(Figures(series))
    # Fewer than asked for, where all cases of a workload take long.
    about = machine(max((len(each) for line in series for each in line.values.values()), default=0))
    for each in series:
        versions = pythons[each.case.library].versions() if each.case.library.startswith("python ") else None
        if versions is not None:
            about["versions"] |= {f"Python {versions[0]} with expat": versions[1]}
    text = document(workload.title, workload.about, series, rows, workload.columns, about)
    print(text, flush=True)
    if not much.quick:
        write(RESULTS, workload.name, text, series, rows, about, workload.title)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for; the exit status."""
    options = parse(arguments)
    pythons, much = interpreters(), effort(options)
    begun = time.monotonic()
    rows = [row for name in options.workloads for row in run(WORKLOADS[name], pythons, much)]
    met = sum(row.met is True for row in rows)
    print(f"{met} of {len(rows)} requirements are met; it took {time.monotonic() - begun:.0f} s.")
    for row in rows:
        if row.met is not True:
            print(f"  {'missed' if row.met is False else 'not measured'}: {row.label}")
    if not much.quick:
        (RESULTS / "summary.md").write_text(summary(RESULTS, list(WORKLOADS)))
    return 1 if options.strict and met < len(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
