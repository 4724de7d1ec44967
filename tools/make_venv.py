# SPDX-License-Identifier: MIT
"""Make a virtual environment with pip, also where the system's Python comes without the means.

    python tools/make_venv.py DIRECTORY

Debian's python3 has neither ensurepip nor pip unless python3-venv is installed. Then pip is taken from the package
index that the machine names (PIP_INDEX_URL, or index-url in pip's configuration): its newest wheel, checked against the
hash that the index states, installs itself into the environment. Nothing is written outside DIRECTORY.
"""

from __future__ import annotations

import configparser
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

#: Where pip keeps its configuration.
CONFIGURATIONS = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
WHEEL = re.compile(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl")
#: Seconds that the index may take to answer.
TIMEOUT = 60.0


class NoPip(Exception):
    """pip could not be had; the text says why."""


@dataclass(frozen=True, slots=True, order=True)
class Wheel:
    """A wheel of pip that an index offers."""

    version: tuple[int, ...]
    url: str
    sha256: str


class Links(HTMLParser):
    """The links of an index page (PEP 503) that this Python may use."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag != "a" or "data-yanked" in attributes or not attributes.get("href"):
            return
        if at_least(attributes.get("data-requires-python") or ""):
            self.found.append(attributes["href"] or "")


def at_least(specifier: str) -> bool:
    """Whether this Python is new enough for `specifier`, as ``>=3.9``; other conditions are not judged."""
    wanted = re.search(r">=\s*(\d+)\.(\d+)", specifier)
    return wanted is None or sys.version_info[:2] >= (int(wanted[1]), int(wanted[2]))


def newest_wheel(page: str, base: str) -> Wheel:
    """The newest final release of pip on the index page `page`, which was read from `base`."""
    links = Links()
    links.feed(page)
    wheels = []
    for link in links.found:
        url, _, fragment = urllib.parse.urljoin(base, link).partition("#")
        name = WHEEL.fullmatch(url.rpartition("/")[2])
        if name and fragment.startswith("sha256="):
            version = tuple(int(part) for part in name[1].split("."))
            wheels.append(Wheel(version, url, fragment.removeprefix("sha256=")))
    if not wheels:
        raise NoPip(f"{base} offers no wheel of pip with a hash")
    return max(wheels)


def read(url: str) -> bytes:
    """What is at `url`, which must be https, a file, or an index that the user named."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            content: bytes = answer.read()
    except OSError as error:
        raise NoPip(f"{url}: {error}") from error
    return content


def index() -> str:
    """The package index that the machine names."""
    named = os.environ.get("PIP_INDEX_URL", "")
    if not named:
        configuration = configparser.ConfigParser(interpolation=None)
        configuration.read(Path(each).expanduser() for each in CONFIGURATIONS)
        named = configuration.get("global", "index-url", fallback="")
    if not named:
        raise NoPip("Python comes without pip, and no package index is named (PIP_INDEX_URL)")
    return named


def fetch_pip(directory: Path) -> Path:
    """Fetch pip into `directory`; the path of its wheel."""
    base = index().rstrip("/") + "/pip/"
    wheel = newest_wheel(read(base).decode("utf-8", "replace"), base)
    content = read(wheel.url)
    if hashlib.sha256(content).hexdigest() != wheel.sha256:
        raise NoPip(f"{wheel.url} is not the file whose hash the index states")
    path = directory / wheel.url.rpartition("/")[2]
    path.write_bytes(content)
    return path


def add_pip(python: Path) -> None:
    """Install pip for `python`, an environment's interpreter, without ensurepip."""
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "pip"]
        if subprocess.run(command, check=False).returncode == 0:
            return
    with tempfile.TemporaryDirectory() as temporary:
        wheel = fetch_pip(Path(temporary))
        # A wheel is a zip file, and pip runs from one.
        subprocess.run([str(python), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)], check=True)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    directory = Path(arguments[0])
    complete = importlib.util.find_spec("ensurepip") is not None
    try:
        venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=complete).create(directory)
        if not complete:
            add_pip(directory / "bin" / "python")
    except (OSError, subprocess.CalledProcessError, NoPip) as error:
        shutil.rmtree(directory, ignore_errors=True)
        print(f"error: cannot make {directory}: {error}", file=sys.stderr)
        print("error: on Debian, apt-get install python3-venv gives Python what is missing", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
