# SPDX-License-Identifier: MIT
"""bench/harness.py: medians, turns, and workers that fail."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import harness
import pytest
from harness import Case, Effort, Series, WorkerFailed, calibrate, run_cases
from peers import Interpreter

PYTHONS = {"ours": Interpreter(sys.executable), "theirs": Interpreter(sys.executable)}
SMALL = Effort(rounds=3, seconds=0.01)

WORKER = """
import os, sys
print('{"plugins": 2}', flush=True)
for line in sys.stdin:
    with open(LOG, "a") as log:
        log.write(f"{NAME} {int(line)} {os.getpid()}\\n")
    print('{"time": %d}' % (10 * int(line)), flush=True)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def worker(tmp_path: Path, log: Path):
    """Makes the file of a worker that notes what it was told."""

    def make(name: str) -> str:
        file = tmp_path / f"{name}.py"
        file.write_text(f"LOG, NAME = {str(log)!r}, {name!r}\n{WORKER}")
        return str(file)

    return make


def lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()]


@pytest.mark.parametrize(
    ("values", "median", "spread"),
    [
        ([], math.nan, 0.0),
        ([7.0], 7.0, 0.0),
        ([1.0, 100.0, 2.0], 2.0, 24.75),
        ([10.0, 10.0, 10.0, 10.0], 10.0, 0.0),
        ([0.0, 0.0], 0.0, 0.0),
    ],
)
def test_median_and_spread(values, median, spread):
    series = Series(Case("ours", "", "x.py"))
    for value in values:
        series.add({"time": value})
    assert series.median() == pytest.approx(median, nan_ok=True)
    assert series.spread() == pytest.approx(spread)


def test_rounds_are_interleaved(worker, log):
    cases = [
        Case("ours", "a", worker("a"), count=1),
        Case("theirs", "b", worker("b"), count=2),
        Case("ours", "c", worker("c"), count=3, few=1),
    ]
    found = run_cases(cases, PYTHONS, SMALL, "test")
    assert [(name, count) for name, count, _ in lines(log)] == [
        ("a", "1"), ("b", "2"), ("c", "3"), ("a", "1"), ("b", "2"), ("a", "1"), ("b", "2"),
    ]  # fmt: skip
    assert [series.values for series in found] == [{"time": [10, 10, 10]}, {"time": [20, 20, 20]}, {"time": [30]}]
    assert [series.about for series in found] == [{"plugins": 2}] * 3


@pytest.mark.parametrize(("fresh", "processes"), [(False, 1), (True, 3)])
def test_processes(worker, log, fresh, processes):
    run_cases([Case("ours", "a", worker("a"), count=1, fresh=fresh)], PYTHONS, SMALL, "test")
    assert len({process for _, _, process in lines(log)}) == processes


def test_quick(worker, log):
    case = Case("ours", "a", worker("a"), count=50, quick_count=5)
    run_cases([case], PYTHONS, Effort(rounds=1, quick=True), "test")
    assert lines(log)[0][1] == "5"


def test_library_without_python_is_left_out(worker):
    assert run_cases([Case("python 9.9", "a", worker("a"), count=1)], PYTHONS, SMALL, "test") == []


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("import sys; sys.exit('no such plugin')", "no such plugin"),
        ("import sys; sys.exit(3)", "it ended with 3"),
        ("print('{}', flush=True); input(); raise SystemExit('too slow')", "too slow"),
        ("print('hello', flush=True); input()", "it said 'hello'"),
    ],
)
@pytest.mark.parametrize("fresh", [False, True])
def test_failing_worker_does_not_stop_the_others(tmp_path, worker, script, failure, fresh):
    file = tmp_path / "bad.py"
    file.write_text(script)
    cases = [Case("theirs", "bad", str(file), count=1, fresh=fresh), Case("ours", "good", worker("good"), count=1)]
    bad, good = run_cases(cases, PYTHONS, SMALL, "test")
    assert (bad.failure, bad.values) == (failure, {})
    assert (good.failure, len(good.values["time"])) == ("", 3)


def test_silent_worker_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "PATIENCE", 0.01)
    file = tmp_path / "silent.py"
    file.write_text("input()")
    with pytest.raises(WorkerFailed, match="ended with -9"):
        harness.Worker(Case("ours", "", str(file)), PYTHONS["ours"])


class Clock:
    """A worker that takes a known time, on a clock of its own."""

    def __init__(self, each: float) -> None:
        self.each, self.now = each, 0.0

    def measure(self, count: int) -> dict[str, float]:
        self.now += self.each * count
        return {}

    def perf_counter(self) -> float:
        return self.now


@pytest.mark.parametrize(("each", "count"), [(1e-6, 250_000), (0.001, 250), (0.3, 1), (5.0, 1)])
def test_calibrate(monkeypatch, each, count):
    clock = Clock(each)
    monkeypatch.setattr(harness, "time", clock)
    assert calibrate(clock, 0.25) == pytest.approx(count, rel=0.01)  # type: ignore[arg-type]
