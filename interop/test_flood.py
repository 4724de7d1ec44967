# SPDX-License-Identifier: MIT
"""R7 and R8 in short: floods at a slow program, and at a server that does not read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory is read from /proc")


@pytest.mark.parametrize(
    "told",
    [
        ["receive", "--count", "5000"],
        ["receive", "--count", "3000", "--counted"],
        ["receive", "--count", "3000", "--way", "websocket", "--blocking", "--pause", "0.0001"],
        ["receive", "--count", "3000", "--way", "bosh"],
        ["send", "--count", "200000"],
        ["send", "--count", "20000", "--counted", "--size", "1000"],
        ["send", "--count", "200000", "--way", "component"],
    ],
    ids=" ".join,
)
def test_what_a_flood_costs(told: list[str]) -> None:
    program = Path(__file__).with_name("flood.py")
    done = subprocess.run(
        [sys.executable, str(program), *told], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(("R7, ", "R8, "))
    assert "Task was destroyed" not in done.stderr
