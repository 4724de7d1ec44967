# SPDX-License-Identifier: MIT
"""Run the tests on the other Pythons that the machine has.

    python tools/other_pythons.py [PATH …]

Expat 2.6, which newer Pythons have, may hold a finished tag back until more bytes come, and the compiled classes of
the parser differ between versions: so the tests of the parser, the engine and what is built on them run wherever they
can. Each version has an environment of its own, .venv-3.12 and so on. A machine that has no other Python passes, and
says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.12", "3.13")
#: What depends on the version.
TESTS = (
    "tests/test_records.py",
    "tests/xml",
    "tests/jid",
    "tests/stanza",
    "tests/protocol",
    "tests/drivers",
    "tests/xmlstream",
)
#: What these tests need beside the package itself.
TOOLS = ("pytest", "pytest-asyncio", "hypothesis")

_EXPAT = "import sys, pyexpat; print('%d.%d' % sys.version_info[:2], pyexpat.EXPAT_VERSION)"


def about(command: str, environ: dict[str, str]) -> tuple[str, str] | None:
    """The version of a Python and of its expat; None if it does not run."""
    try:
        done = subprocess.run(
            [command, "-c", _EXPAT], capture_output=True, text=True, timeout=30, env=os.environ | environ
        )
    except OSError:
        return None
    version, _, expat = done.stdout.strip().partition(" ")
    return (version, expat) if done.returncode == 0 else None


def candidates(version: str) -> list[tuple[str, dict[str, str]]]:
    """How a Python of `version` may be called: the command, and what it needs in the environment."""
    command = shutil.which(f"python{version}")
    found: list[tuple[str, dict[str, str]]] = [(command, {})] if command is not None else []
    pyenv = shutil.which("pyenv")
    if pyenv is not None:
        # Its commands run what a variable names, and nothing if that is unset.
        listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False)
        names = [name.strip() for name in listed.stdout.splitlines() if name.strip().startswith(f"{version}.")]
        found += [(f"python{version}", {"PYENV_VERSION": name}) for name in reversed(names)]
    return found


def set_up(version: str, command: str, environ: dict[str, str]) -> Path:
    """The Python of an environment with the package, which is made if there is none."""
    directory = ROOT / f".venv-{version}"
    python = directory / "bin" / "python"
    stamp = directory / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < (ROOT / "pyproject.toml").stat().st_mtime:
        if not python.exists():
            subprocess.run(
                [command, "tools/make_venv.py", str(directory)], cwd=ROOT, env=os.environ | environ, check=True
            )
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--editable", ".", *TOOLS], cwd=ROOT, check=True)
        stamp.touch()
    return python


def find(version: str) -> tuple[str, dict[str, str]] | None:
    """What runs a Python of `version`, and prints what it is; None if there is none."""
    for command, environ in candidates(version):
        found = about(command, environ)
        if found is not None and found[0] == version:
            print(f"Python {version} with {found[1]}", flush=True)
            return command, environ
    return None


def run_tests(python: Path, paths: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests with a Python; what they print is kept, as another one's run beside them."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *(paths or TESTS)]
    return subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def main(paths: list[str]) -> int:
    """The status to exit with: 0, or that of the first Python on which tests fail."""
    versions = [version for version in VERSIONS if version != "{}.{}".format(*sys.version_info)]
    there = {version: found for version in versions if (found := find(version)) is not None}
    pythons = [set_up(version, *found) for version, found in there.items()]
    with ThreadPoolExecutor(len(VERSIONS)) as threads:
        done = list(threads.map(run_tests, pythons, [paths] * len(pythons)))
    for version, each in zip(there, done, strict=True):
        print(f"Python {version}:\n{each.stdout}", end="", flush=True)
    missing = [version for version in versions if version not in there]
    if missing:
        print(f"not found, and not tested: Python {', '.join(missing)}")
    return next((each.returncode for each in done if each.returncode), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
