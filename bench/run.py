# SPDX-License-Identifier: MIT
"""Make the environment that holds the peers, then run every benchmark.

make bench
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import echo

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-bench"
#: What is measured, and what these import without asking for it.
PEERS = {"slixmpp": "1.17.0", "aioxmpp": "0.13.3"}
BESIDE = ("aiohttp", "cryptography", "pytz", "tzlocal")


def peers_python() -> Path:
    """The interpreter of the peers' environment, which is made first if need be."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / ".installed"
    wanted = "\n".join([*(f"{name}=={version}" for name, version in PEERS.items()), *BESIDE])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"setting up {ENVIRONMENT.name} ...", file=sys.stderr)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split("\n")]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    return python


if __name__ == "__main__":
    echo.run(Path(sys.executable), peers_python(), dict(PEERS))
