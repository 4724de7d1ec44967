# SPDX-License-Identifier: MIT
"""fuzz/_runner.py: a seed says what the inputs are, and a finding is kept."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import _runner
import pytest

FUZZ = Path(__file__).parents[2] / "fuzz"
PROGRAM = """
import sys
sys.path.insert(0, {fuzz!r})
from _runner import main

def target(data):
    print(data.hex(), hash(data))
    if {bad}:
        raise RuntimeError("found")

sys.exit(main(target, "jid", allowed=(), pace=20))
"""


def inputs(seed: int, count: int) -> list[bytes]:
    """What a target is given."""
    given: list[bytes] = []
    assert _runner._Run(given.append, ["jid", "streams"], ()).blind(600.0, seed, count) == 0
    return given


def test_the_seed_says_what_the_inputs_are() -> None:
    corpus = [path.read_bytes() for name in ("jid", "streams") for path in sorted((FUZZ / "corpus" / name).iterdir())]
    given = inputs(7, 300)
    assert given[: len(corpus)] == corpus
    assert len(given) == len(corpus) + 300
    assert inputs(7, 300) == given
    assert inputs(7, 100) == given[:-200], "fewer are the first ones"
    assert inputs(8, 300) != given


def run(path: Path, *arguments: str, bad: str = "False") -> subprocess.CompletedProcess[str]:
    """Run a target of the tests."""
    program = path / "target.py"
    program.write_text(PROGRAM.format(fuzz=str(FUZZ), bad=bad))
    return subprocess.run(
        [sys.executable, program, *arguments], cwd=path, capture_output=True, text=True, timeout=120, check=False
    )


def test_hashes_are_the_same_as_well(tmp_path: Path) -> None:
    once, again = (run(tmp_path, "--seconds", "2", "--seed", "3").stdout.splitlines() for _ in range(2))
    assert once[:-1] == again[:-1]
    assert re.fullmatch(r"target: 40 inputs in .* s \(.*/s\), seed 3, blind: no finding", once[-1])


def test_without_a_seed_the_inputs_are_others(tmp_path: Path) -> None:
    said = [run(tmp_path, "--seconds", "0.01", "--blind").stdout.splitlines()[-1] for _ in range(2)]
    seeds = [re.search(r"seed (\d+), blind: no finding", each) for each in said]
    assert all(seeds)
    assert len({each and each[1] for each in seeds}) == 2


def test_a_finding_is_kept_and_can_be_given_again(tmp_path: Path) -> None:
    corpus = (FUZZ / "corpus" / "jid").iterdir()
    bad = f"data not in {[path.read_bytes() for path in corpus]!r}"
    ended = run(tmp_path, "--seed", "5", bad=bad)
    assert ended.returncode == 1
    assert "RuntimeError: found" in ended.stderr
    told = re.search(r"target: FAILED with seed 5 at input \d+, \d+ bytes, written to (\S+)", ended.stderr)
    assert told is not None
    again = run(tmp_path, "--input", told[1], "--seed", "5", bad=bad)
    assert again.returncode == 1
    assert "RuntimeError: found" in again.stderr
    assert run(tmp_path, "--input", told[1]).returncode == 0


@pytest.mark.parametrize("seed", ["0", "-1", "4294967296", "x"])
def test_what_is_no_seed(seed: str, tmp_path: Path) -> None:
    ended = run(tmp_path, f"--seed={seed}")
    assert ended.returncode == 2
    assert "--seed" in ended.stderr


def test_what_takes_long_is_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """By the time of the processor: a machine that stands still is no finding."""
    clocks = {"perf_counter": 0.0, "process_time": 0.0}
    for name in clocks:
        monkeypatch.setattr(_runner.time, name, lambda name=name: clocks[name])

    def target(data: bytes) -> None:
        clocks["perf_counter"] += 1000.0
        clocks["process_time"] += float(data)

    made = _runner._Run(target, [], ())
    assert made._seeds() == []
    assert not made.failed(b"1")
    assert made.failed(b"31")
    assert "this input took 31.0 s" in capsys.readouterr().err
