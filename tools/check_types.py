# SPDX-License-Identifier: MIT
"""Run mypy and pyright on what programs look like: the examples, and the files in tests/typing.

    python tools/check_types.py

A line with ``# error: why`` must be reported by both checkers, any other by neither. So a file without such lines must
type-check, and one with them shows what must not.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Seconds that a checker may take.
TIMEOUT = 240.0
EXPECTED = re.compile(r"#\s*error: \w")

#: What a checker reports: file → line → messages.
Reports = dict[Path, dict[int, list[str]]]


def files(root: Path = ROOT) -> list[Path]:
    """What is checked."""
    return sorted([*(root / "examples").glob("*.py"), *(root / "tests" / "typing").glob("[gb]*_*.py")])


def _run(command: list[str], root: Path) -> str:
    environment = {**os.environ, "MYPYPATH": str(root / "examples"), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    tool = Path(sys.executable).with_name(command[0])
    result = subprocess.run(
        [str(tool), *command[1:]],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if result.returncode not in (0, 1):
        raise SystemExit(f"error: {command[0]} could not check anything:\n{result.stdout}{result.stderr}")
    return result.stdout


def mypy(paths: list[Path], root: Path = ROOT) -> Reports:
    """What ``mypy --strict`` reports."""
    found: Reports = {}
    options = ["--strict", "--no-pretty", "--hide-error-context", "--no-color-output", "--show-absolute-path"]
    for line in _run(["mypy", *options, *map(str, paths)], root).splitlines():
        match = re.fullmatch(r"(.+?):(\d+): error: (.*)", line)
        if match:
            found.setdefault(Path(match[1]), {}).setdefault(int(match[2]), []).append(match[3])
    return found


def pyright(paths: list[Path], root: Path = ROOT) -> Reports:
    """What pyright reports as errors, with the settings in pyproject.toml."""
    found: Reports = {}
    # With paths on its command line pyright forgets the rules of pyproject.toml, so it gets the project and no paths.
    for one in json.loads(_run(["pyright", "--outputjson", "--project", str(root)], root))["generalDiagnostics"]:
        path = Path(one["file"])
        if one["severity"] == "error" and path in paths:
            found.setdefault(path, {}).setdefault(one["range"]["start"]["line"] + 1, []).append(one["message"])
    return found


def expected(path: Path) -> set[int]:
    """The lines of a file that must be reported."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if EXPECTED.search(line)}


def verdict(path: Path, reports: dict[str, Reports]) -> Iterator[str]:
    """What is wrong with a file, a line each."""
    wanted = expected(path)
    for checker, report in reports.items():
        lines = report.get(path, {})
        for number in sorted(wanted - set(lines)):
            yield f"{path.name}:{number}: {checker} does not mind"
        for number in sorted(set(lines) - wanted):
            yield f"{path.name}:{number}: {checker}: {'; '.join(lines[number])}"


def check(paths: list[Path], root: Path = ROOT) -> dict[str, Reports]:
    """The reports of both checkers, which run at the same time."""
    with ThreadPoolExecutor() as pool:
        one, other = pool.submit(mypy, paths, root), pool.submit(pyright, paths, root)
        return {"mypy": one.result(), "pyright": other.result()}


def main(root: Path = ROOT) -> int:
    paths = files(root)
    reports = check(paths, root)
    found = [line for path in paths for line in verdict(path, reports)]
    print("\n".join([*found, f"{len(paths)} files checked by mypy and pyright, {len(found)} surprises"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
