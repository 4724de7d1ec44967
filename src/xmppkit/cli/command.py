# SPDX-License-Identifier: MIT
"""What a command is, and how it says that it cannot go on."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Command", "CommandFailed"]


class CommandFailed(Exception):
    """The command cannot go on; the text says what, and what to do. It is printed, and the exit status is 1."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the command line.

    :ivar name: what the user types.
    :ivar summary: what it does, in a line.
    :ivar description: what it does, in a paragraph or two.
    :ivar examples: command lines, as a user would type them.
    :ivar configure: declares its arguments.
    :ivar run: does it; returns the exit status.
    """

    name: str
    summary: str
    description: str
    examples: tuple[str, ...]
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
