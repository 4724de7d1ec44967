# SPDX-License-Identifier: MIT
"""Finds the command that was typed, runs it, and says in a line what went wrong."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence

from xmppkit.cli.command import Command, CommandFailed
from xmppkit.cli.run import RUN
from xmppkit.cli.serve import SERVE
from xmppkit.exceptions import XMPPKitError
from xmppkit.version import __version__

__all__ = ["COMMANDS", "main", "parser"]

#: All commands, in the order in which the help shows them.
COMMANDS: tuple[Command, ...] = (SERVE, RUN)

#: Exit status: something went wrong; the user interrupted (128 + SIGINT, as shells have it).
FAILED, INTERRUPTED = 1, 130


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = argparse.ArgumentParser(
        prog="python -m xmppkit",
        description="XMPP for Python, from the command line.",
        epilog="'python -m xmppkit COMMAND --help' says more of a command.",
    )
    whole.add_argument("--version", action="version", version=f"xmppkit {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.summary,
            description=textwrap.dedent(command.description).strip(),
            epilog="\n".join(["examples:", *(f"  python -m xmppkit {example}" for example in command.examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(sub)
        sub.set_defaults(run=command.run)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    :param arguments: without the program's name; None takes those of the process.
    :returns: the exit status. Arguments that are wrong end the process with 2, as argparse does it.
    """
    whole = parser()
    parsed = whole.parse_args(arguments)
    if not hasattr(parsed, "run"):
        whole.print_help()
        return 0
    try:
        status: int = parsed.run(parsed)
    except (CommandFailed, XMPPKitError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status
