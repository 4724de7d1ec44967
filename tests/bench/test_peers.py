# SPDX-License-Identifier: MIT
"""bench/peers.py: Pythons that are there, and those that are not."""

from __future__ import annotations

import platform
import subprocess
import sys

import peers
import pytest
from peers import Interpreter


def test_versions():
    found = Interpreter(sys.executable).versions()
    assert found is not None
    assert found[0] == platform.python_version()
    assert Interpreter("python-that-is-not-there").versions() is None


def test_environment_has_nothing_of_the_users_python(monkeypatch):
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    environ = Interpreter(sys.executable, {"PYTHONPATH": "src"}).run_environ()
    assert "PYTHONASYNCIODEBUG" not in environ
    assert environ["PYTHONPATH"] == "src"


@pytest.fixture
def pythons(monkeypatch):
    """`python3.13` runs only when pyenv is told which release; there is no `python3.12`."""

    def versions(self):
        told = self.environ.get("PYENV_VERSION", "")
        return ("3.13.1", "2.6.4") if self.command == "python3.13" and told.startswith("3.13") else None

    monkeypatch.setattr(Interpreter, "versions", versions)
    monkeypatch.setattr(peers.shutil, "which", lambda name: f"/opt/{name}")
    done = subprocess.CompletedProcess([], 0, stdout="3.11.9\n3.13.1\n")
    monkeypatch.setattr(peers.subprocess, "run", lambda *_, **__: done)


def test_newer_pythons_of_pyenv(pythons):
    found = peers.newer_pythons()
    assert list(found) == ["3.13"]
    assert found["3.13"].environ["PYENV_VERSION"] == "3.13.1"


def test_no_pyenv(pythons, monkeypatch):
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    assert peers.newer_pythons() == {}


def test_peers_are_installed_once(tmp_path, monkeypatch):
    made, ran = [], []
    monkeypatch.setattr(peers, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(peers.venv, "create", lambda place, **_: made.append(place))
    monkeypatch.setattr(peers.subprocess, "run", lambda command, **_: ran.append(command))
    first, again = peers.peers_python(), peers.peers_python()
    assert first == again
    assert made == [tmp_path]
    assert len(ran) == 1
    assert "slixmpp==1.17.0" in ran[0]
