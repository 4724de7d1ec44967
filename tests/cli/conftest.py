# SPDX-License-Identifier: MIT
"""Command lines that are parsed, and not run."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from xmppkit.cli.main import parser


@pytest.fixture
def parse() -> Callable[..., argparse.Namespace]:
    """The arguments of a command line; of `serve`, free ports take the place of the usual ones."""

    def parse(*arguments: str) -> argparse.Namespace:
        ports = ("--port", "0", "--direct-tls-port", "0", "--component-port", "0")
        return parser().parse_args(["serve", *ports, *arguments])

    return parse
