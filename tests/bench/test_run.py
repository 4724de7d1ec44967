# SPDX-License-Identifier: MIT
"""bench/run.py: what can be asked for, and what comes of it."""

from __future__ import annotations

import sys

import pytest
import run
from catalogue import WORKLOADS, Workload
from harness import Case, Effort
from peers import Interpreter
from report import Row


@pytest.mark.parametrize(
    ("arguments", "workloads", "effort"),
    [
        ([], list(WORKLOADS), Effort(rounds=9)),
        (["iq", "echo"], ["iq", "echo"], Effort(rounds=9)),
        (["--rounds", "5"], list(WORKLOADS), Effort(rounds=5)),
        (["--quick", "jid"], ["jid"], Effort(rounds=3, seconds=0.03, quick=True)),
        (["--quick", "--rounds", "1", "jid"], ["jid"], Effort(rounds=1, seconds=0.03, quick=True)),
    ],
)
def test_arguments(arguments, workloads, effort):
    options = run.parse(arguments)
    assert options.workloads == workloads
    assert run.effort(options) == effort


@pytest.mark.parametrize(("arguments", "error"), [(["ecko"], "no workload 'ecko'"), (["--rounds", "0"], "above 0")])
def test_wrong_arguments(arguments, error, capsys):
    with pytest.raises(SystemExit):
        run.parse(arguments)
    assert error in capsys.readouterr().err


def test_machine_tells_no_secrets():
    about = run.machine(9)
    assert set(about) == {"date", "system", "cpus", "python", "expat", "versions", "rounds"}
    assert "/" not in str(about)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The only workload takes no time, and results go elsewhere."""
    script = tmp_path / "worker.py"
    script.write_text("print('{}', flush=True)\nfor line in open(0):\n    print('{\"time\": 2.0}', flush=True)\n")
    workload = Workload(
        "small",
        "Something small",
        "It is measured.",
        (Case("xmppkit", "as it is", str(script), count=1),),
        lambda figures: [Row("time", figures.get("xmppkit", "as it is"), 3), Row("more", 5, 4)],
    )
    monkeypatch.setattr(run, "WORKLOADS", {"small": workload})
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run, "interpreters", lambda: {"xmppkit": Interpreter(sys.executable)})
    return tmp_path / "results"


def test_results(small, capsys):
    assert run.main(["--rounds", "2"]) == 0
    assert {file.name for file in small.iterdir()} == {"small.json", "small.md", "summary.md"}
    assert "1 of 2 are met" in (small / "summary.md").read_text()
    printed = capsys.readouterr().out
    assert "| time | 2x | ≥ 3x | - | **fail** |  |" in printed
    assert "missed: time" in printed
    assert str(small.parent) not in (small / "small.json").read_text()


def test_quick_keeps_nothing(small):
    assert run.main(["--quick"]) == 0
    assert not small.exists()


def test_strict(small):
    assert run.main(["--strict", "--quick"]) == 1
