# SPDX-License-Identifier: MIT
"""The Pythons that the workers run in: our own, the peers' in an environment of its own, and newer ones where there are
any."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PEERS", "ROOT", "Interpreter", "newer_pythons", "own_python", "peers_python"]

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-bench"
#: What is measured, and what these import without asking for it.
PEERS = {"slixmpp": "1.17.0", "aioxmpp": "0.13.3"}
BESIDE = ("aiohttp", "cryptography", "pytz", "tzlocal")
#: Beside the one that runs the benchmarks: where expat may hold tokens back.
NEWER = ("3.12", "3.13")

_ABOUT = "import platform, pyexpat; print(platform.python_version(), pyexpat.EXPAT_VERSION.removeprefix('expat_'))"


@dataclass(frozen=True)
class Interpreter:
    """A Python that can be started.

    :ivar environ: what it needs in its environment.
    """

    command: str
    environ: dict[str, str] = field(default_factory=dict)

    def run_environ(self) -> dict[str, str]:
        """The whole environment of a process; nothing that the user has set for Python changes what is measured."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return kept | self.environ

    def versions(self) -> tuple[str, str] | None:
        """Those of Python and of expat; None: it does not run."""
        try:
            done = subprocess.run(
                [self.command, "-c", _ABOUT], capture_output=True, text=True, timeout=30, env=self.run_environ()
            )
        except OSError:
            return None
        python, _, expat = done.stdout.strip().partition(" ")
        return (python, expat) if done.returncode == 0 else None


def own_python() -> Interpreter:
    """The one that runs this."""
    return Interpreter(sys.executable)


def peers_python() -> Interpreter:
    """That of the peers' environment, which is made first if need be."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / ".installed"
    wanted = "\n".join([*(f"{name}=={version}" for name, version in PEERS.items()), *BESIDE])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"setting up {ENVIRONMENT.name} ...", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split("\n")]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    return Interpreter(str(python))


def newer_pythons() -> dict[str, Interpreter]:
    """Those of `NEWER` that run here, by their version. They see the sources only: the parser needs nothing else."""
    environ = {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    found = {}
    for version in NEWER:
        candidates = [Interpreter(f"python{version}", environ)]
        candidates += [Interpreter(f"python{version}", environ | {"PYENV_VERSION": each}) for each in _pyenv(version)]
        for candidate in candidates:
            if candidate.versions() is not None:
                found[version] = candidate
                break
    return found


def _pyenv(version: str) -> list[str]:
    """The releases of a version that pyenv has."""
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return []
    done = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, timeout=30)
    return [line.strip() for line in done.stdout.splitlines() if line.strip().startswith(f"{version}.")]
