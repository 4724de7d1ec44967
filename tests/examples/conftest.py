# SPDX-License-Identifier: MIT
"""How examples are run: as their readers run them, as programs of their own, in a directory of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
#: Seconds that an example which ends by itself may take, and that one which does not may take to end.
TIMEOUT = 60.0
ENDING = 60.0

RunExample = Callable[..., str]
FailExample = Callable[..., "subprocess.CompletedProcess[str]"]
StartExample = Callable[..., "subprocess.Popen[str]"]


def run_to_the_end(
    directory: Path, name: str, arguments: tuple[str | Path, ...], variables: dict[str, str] | None
) -> subprocess.CompletedProcess[str]:
    """Run an example in `directory` until it ends; it has nobody to ask."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        cwd=directory,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def environment(extra: dict[str, str] | None) -> dict[str, str]:
    """What an example finds in its environment; its output is not held back in a pipe."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDEVMODE": "1", **(extra or {})}


@pytest.fixture
def run_example(tmp_path: Path) -> RunExample:
    """Runs an example to its end: ``run_example('bob_on_disk.py', 'argument', variables={'XMPP_PASSWORD': 'secret'})``.

    It gives what the program printed. The test fails, showing all of it, if the program fails or is silent about a
    failure: a traceback or an asyncio complaint on its standard error.
    """

    def run(name: str, *arguments: str | Path, variables: dict[str, str] | None = None) -> str:
        result = run_to_the_end(tmp_path, name, arguments, variables)
        everything = f"{result.stdout}\n--- standard error\n{result.stderr}"
        assert result.returncode == 0, everything
        assert "Traceback" not in result.stderr, everything
        assert "was never awaited" not in result.stderr, everything
        return result.stdout

    return run


@pytest.fixture
def fail_example(tmp_path: Path) -> FailExample:
    """Runs an example that must fail as a person wants it: status 1, and one line on standard error that begins with
    ``error:``. It gives the ended process."""

    def fail(
        name: str, *arguments: str | Path, variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        result = run_to_the_end(tmp_path, name, arguments, variables)
        everything = f"{result.stdout}\n--- standard error\n{result.stderr}"
        assert result.returncode == 1, everything
        assert "Traceback" not in result.stdout + result.stderr, everything
        [line] = result.stderr.splitlines()
        assert line.startswith("error: "), everything
        return result

    return fail


@pytest.fixture
def start_example(tmp_path: Path) -> Iterator[StartExample]:
    """Starts an example that runs until it is told to end, and ends it with the test as Ctrl-C does.

    It gives the process. The test fails if the program does not end in order.
    """
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *arguments: str | Path, variables: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
            cwd=tmp_path,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            pytest.fail(f"{process.args!r} did not end within {ENDING} s:\n{output}")
        assert process.returncode == 0, f"{process.args!r} ended with {process.returncode}:\n{output}"
        assert "Traceback" not in output, output
