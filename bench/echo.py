# SPDX-License-Identifier: MIT
"""Echo in memory: parse, dispatch to a user's handler, reply, serialize; xmppkit beside slixmpp and aioxmpp.

    make bench

Each library runs in a process of its own, the peers in an environment of their own. The runs are interleaved, so that
whatever else the machine does meets all of them; figures are medians. Absolute times differ from machine to machine:
what counts is the ratio within one run.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
#: Rounds, and microseconds' worth of work in each: about a third of a second for each library.
ROUNDS = 9
ROUND_SECONDS = 0.3


@dataclass
class Worker:
    """A process with one library in one configuration."""

    library: str
    plugins: str
    process: subprocess.Popen[str]
    times: list[float] = field(default_factory=list)
    reads: int = 1

    def measure(self) -> float:
        """Microseconds for one message."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{self.reads}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the worker of {self.library} ({self.plugins} plugins) has stopped")
        return float(line)

    @property
    def median(self) -> float:
        """Microseconds for one message: the median of all rounds."""
        return statistics.median(self.times)


def start(python: Path, library: str, plugins: str) -> Worker:
    """Start a worker, and find out how much it does in a round."""
    script = HERE / "workers" / f"{library}_echo.py"
    process = subprocess.Popen(
        [str(python), str(script), plugins], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=script.parent
    )
    worker = Worker(library, plugins, process)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "ready":
            break
    else:
        sys.exit(f"the worker of {library} does not start")
    worker.reads = 5
    worker.reads = max(5, int(ROUND_SECONDS * 1e6 / (worker.measure() * 20)))
    return worker


def table(workers: list[Worker]) -> str:
    """The result, as a table in Markdown."""
    own = {worker.plugins: worker.median for worker in workers if worker.library == "xmppkit"}
    lines = [
        "| library | plugins | us/message | messages/s | times xmppkit |",
        "|---|---|---:|---:|---:|",
    ]
    for worker in workers:
        time = worker.median
        ratio = time / own[worker.plugins]
        lines.append(f"| {worker.library} | {worker.plugins} | {time:.1f} | {1e6 / time:,.0f} | {ratio:.1f} |")
    return "\n".join(lines)


def run(python: Path, peers_python: Path, peers_versions: dict[str, str]) -> None:
    """Measure, print the table, and write it to ``bench/results``.

    :param python: the interpreter of xmppkit's environment.
    :param peers_python: that of the peers'.
    :param peers_versions: what is installed there.
    """
    workers = []
    try:
        for plugins in ("no", "all"):
            for library in ("xmppkit", "slixmpp", "aioxmpp"):
                workers.append(start(python if library == "xmppkit" else peers_python, library, plugins))
        for number in range(ROUNDS):
            print(f"\rround {number + 1} of {ROUNDS}", end="", file=sys.stderr, flush=True)
            for worker in workers:
                worker.times.append(worker.measure())
        print(file=sys.stderr)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()
    versions = {"xmppkit": version("xmppkit"), **peers_versions}
    shown = table(workers)
    about = f"Python {platform.python_version()}, " + ", ".join(f"{name} {each}" for name, each in versions.items())
    print(f"Echo in memory, medians of {ROUNDS} interleaved rounds ({about})\n\n{shown}")
    RESULTS.mkdir(exist_ok=True)
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": versions,
        "unit": "microseconds per message",
        "rounds": {f"{worker.library}, {worker.plugins} plugins": worker.times for worker in workers},
    }
    (RESULTS / "echo.json").write_text(json.dumps(result, indent=2) + "\n")
    (RESULTS / "echo.md").write_text(f"# Echo in memory\n\n{about}\n\n{shown}\n")
