# SPDX-License-Identifier: MIT
"""Running workers in turns.

Each case is a process. The rounds are interleaved, A B C A B C …, so that whatever else the machine does meets all of
them; what counts is a median over the rounds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from peers import ROOT, Interpreter

__all__ = ["Case", "Effort", "Series", "WorkerFailed", "calibrate", "run_cases"]

WORKERS = Path(__file__).resolve().parent / "workers"
#: Seconds after which a worker that does not answer is given up.
PATIENCE = 120.0
#: Seconds that a worker has to end by itself.
GRACE = 0.3


class WorkerFailed(Exception):
    """A worker has stopped, or does not answer."""


@dataclass(frozen=True)
class Case:
    """One library in one configuration.

    :ivar library: which; also by which Python it runs.
    :ivar setting: what tells it from the library's other cases: ``all plugins``.
    :ivar script: the worker's file.
    :ivar arguments: the worker's.
    :ivar count: repetitions in a round; 0: as many as take a round's time.
    :ivar quick_count: the same when there is little time; 0: `count`.
    :ivar fresh: each round has a process of its own.
    :ivar few: it takes long: at most so many rounds; 0: as many as the others.
    """

    library: str
    setting: str
    script: str
    arguments: tuple[str, ...] = ()
    count: int = 0
    quick_count: int = 0
    fresh: bool = False
    few: int = 0


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    :ivar rounds: how many.
    :ivar seconds: how long one takes, where that can be chosen.
    """

    rounds: int = 9
    seconds: float = 0.25
    quick: bool = False


@dataclass
class Series:
    """What was measured of a case: a value for each round, by name.

    :ivar about: what the worker has said of itself.
    :ivar failure: why there is nothing.
    """

    case: Case
    values: dict[str, list[float]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    failure: str = ""

    def add(self, figures: Mapping[str, float]) -> None:
        """One round's figures."""
        for name, value in figures.items():
            self.values.setdefault(name, []).append(value)

    def median(self, name: str = "time") -> float:
        """Of all rounds; not a number where nothing was measured."""
        values = self.values.get(name)
        return statistics.median(values) if values else float("nan")

    def spread(self, name: str = "time") -> float:
        """The middle half of the rounds lies within this share of the median."""
        values = self.values.get(name, [])
        median = self.median(name)
        if len(values) < 2 or not median:
            return 0.0
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        return (high - low) / median


class Worker:
    """The process of a case."""

    def __init__(self, case: Case, interpreter: Interpreter) -> None:
        self._errors: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed by `end`
        self._process = subprocess.Popen(
            [interpreter.command, str(WORKERS / case.script), *case.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=WORKERS,
            env=interpreter.run_environ(),
        )
        try:
            self.about = self._answer()
        except WorkerFailed:
            self.end()
            raise

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            last = self._errors.read().strip().rpartition("\n")[2].replace(f"{ROOT}/", "")
            raise WorkerFailed(last or f"it ended with {self._process.returncode}")
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError:
            raise WorkerFailed(f"it said {line.strip()!r}") from None
        return answer

    def measure(self, count: int) -> dict[str, float]:
        """Let it do its work so many times.

        :raises WorkerFailed: it did not.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """End the process, and let it clean up."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def calibrate(worker: Worker, seconds: float) -> int:
    """How many repetitions take so long."""
    count = 1
    while True:
        begun = time.perf_counter()
        worker.measure(count)
        took = time.perf_counter() - begun
        if took >= seconds / 4:
            return max(1, round(count * seconds / took))
        count = max(count * 2, min(count * 20, int(count * seconds / 2 / max(took, 1e-6))))


class _Runner:
    """Runs one case, round by round."""

    def __init__(self, case: Case, interpreter: Interpreter, effort: Effort) -> None:
        self.series = Series(case)
        self._interpreter = interpreter
        self._effort = effort
        self._worker: Worker | None = None
        self._count = (effort.quick and case.quick_count) or case.count

    def begin(self) -> None:
        """Start the process, unless each round has its own."""
        if not self.series.case.fresh:
            self._guard(self._start)

    def _start(self) -> None:
        self._worker = Worker(self.series.case, self._interpreter)
        self.series.about = self._worker.about
        self._count = self._count or calibrate(self._worker, self._effort.seconds)

    def round(self, turn: int) -> None:
        """Measure once."""
        if not self.series.failure and not 0 < self.series.case.few <= turn:
            self._guard(self._measure)

    def _measure(self) -> None:
        if self.series.case.fresh:
            self._worker = Worker(self.series.case, self._interpreter)
        assert self._worker is not None
        self.series.add(self._worker.measure(self._count))
        self.series.about = self._worker.about
        if self.series.case.fresh:
            self.end()

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (WorkerFailed, OSError) as error:
            self.series.failure = str(error)
            self.end()

    def end(self) -> None:
        """End the process, if there is one."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()


def run_cases(cases: Iterable[Case], pythons: Mapping[str, Interpreter], effort: Effort, title: str) -> list[Series]:
    """Measure all cases in turns.

    :param pythons: by library; a case whose library has none is left out.
    :param title: shown while it lasts.
    """
    runners = [_Runner(case, pythons[case.library], effort) for case in cases if case.library in pythons]
    try:
        for runner in runners:
            _show(f"{title}: {runner.series.case.library}, {runner.series.case.setting}")
            runner.begin()
        for turn in range(effort.rounds):
            _show(f"{title}: round {turn + 1} of {effort.rounds}")
            for runner in runners:
                runner.round(turn)
    finally:
        for runner in runners:
            runner.end()
        _show("")
    return [runner.series for runner in runners]


def _show(text: str) -> None:
    """Say on the terminal's line where we are."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
