# SPDX-License-Identifier: MIT
"""The demo: it ends by itself, and shows a person what happened."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

#: Seconds that it may take, where a machine is slow and busy; else it is a few.
AT_MOST = 60.0


def test_the_demo_shows_a_conversation(run_example: Callable[..., str]) -> None:
    begun = time.monotonic()
    output = run_example("demo.py")
    assert time.monotonic() - begun < AT_MOST
    assert re.search(r"bot@localhost/\S+ logged in: TLSv1\.[23] \S+, SCRAM-SHA-512", output), output
    assert re.search(r"alice@localhost/demo logged in: TLSv1\.[23] \S+, SCRAM-SHA-512", output), output
    assert "echo.localhost connected as a component" in output
    for line in (r"alice → bot +Hello", r"bot → alice +Hello.*\(\d+\.\d ms\)", r"component → alice .*\(\d+\.\d ms\)"):
        assert re.search(line, output), output
    assert re.search(r"a picture: sha1\+[0-9a-f]{40}@bob\.xmpp\.org", output), output
    assert "the hash is right" in output
    last = output.splitlines()[-1]
    assert re.fullmatch(
        r"Done: 3 connections, 8 lines, 1 picture; slowest answer \d+\.\d ms; \d+\.\d s in all\.", last
    ), output


def test_no_secret_is_shown(run_example: Callable[..., str]) -> None:
    assert "wonderland" not in run_example("demo.py")
