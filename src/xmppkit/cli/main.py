# SPDX-License-Identifier: MIT
"""``python -m xmppkit``: finds the command and runs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from xmppkit.cli import serve
from xmppkit.exceptions import XMPPKitError
from xmppkit.version import __version__

__all__ = ["main"]

#: The modules of the commands. Each has ``add_parser(subparsers)``, whose parser's default ``run`` takes the arguments
#: and returns the exit status.
_COMMANDS = (serve,)


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="python -m xmppkit",
        description="XMPP for Python: tools.",
        epilog="Each command has a --help of its own.",
    )
    parser.add_argument("--version", action="version", version=f"xmppkit {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in _COMMANDS:
        module.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 for success, 1 for a failure, 2 for a command line that makes no sense.

    :param arguments: the command line without the program's name; None takes the process's.
    """
    parser = make_parser()
    parsed = parser.parse_args(arguments)
    if not hasattr(parsed, "run"):
        parser.print_help()
        return 2
    try:
        status: int = parsed.run(parsed)
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status
