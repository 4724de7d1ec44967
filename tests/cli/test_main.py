# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.cli.main` and of ``python -m xmppkit``."""

from __future__ import annotations

import argparse
import runpy
import subprocess
import sys
from collections.abc import Callable

import pytest

from xmppkit.cli import main as module
from xmppkit.cli.command import Command, CommandFailed
from xmppkit.cli.main import COMMANDS, main
from xmppkit.exceptions import ConfigurationError
from xmppkit.version import __version__


def command(run: Callable[[argparse.Namespace], int]) -> Command:
    return Command("try", "tries", "Tries.", ("try",), lambda parser: None, run)


def test_without_a_command_it_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert "python -m xmppkit" in shown
    for each in COMMANDS:
        assert each.name in shown
        assert each.summary in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"xmppkit {__version__}\n"


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_the_help_of_each_command_says_what_it_is_and_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for each in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([each.name, "--help"])
        shown = capsys.readouterr().out
        assert each.description.strip().splitlines()[0] in shown
        assert all(f"  python -m xmppkit {example}\n" in shown for example in each.examples)


def test_the_examples_of_each_command_are_right() -> None:
    for each in COMMANDS:
        for example in each.examples:
            assert module.parser().parse_args(example.split()).run is each.run


@pytest.mark.parametrize("error", [CommandFailed("it rains"), ConfigurationError("it rains")])
def test_a_failure_is_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(module, "COMMANDS", (command(run),))
    assert main(["try"]) == 1
    assert capsys.readouterr().err == "error: it rains\n"


def test_status_and_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMANDS", (command(lambda options: 7),))
    assert main(["try"]) == 7

    def interrupted(options: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "COMMANDS", (command(interrupted),))
    assert main(["try"]) == 130


def test_python_m_xmppkit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["xmppkit"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("xmppkit", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m xmppkit ")


def test_python_m_xmppkit_as_a_process() -> None:
    done = subprocess.run([sys.executable, "-m", "xmppkit", "serve"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: nobody could log in: name an account, as in --user alice:secret\n"
