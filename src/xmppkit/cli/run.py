# SPDX-License-Identifier: MIT
"""``run``: a program that was written for another library, unchanged."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from xmppkit.cli.command import Command, CommandFailed
from xmppkit.compat import install_as_pyxmpp2, install_as_slixmpp

__all__ = ["LIBRARIES", "RUN"]

#: What xmppkit can stand in for, and what makes it do so.
LIBRARIES: Mapping[str, Callable[[], None]] = {
    "slixmpp": install_as_slixmpp,
    "pyxmpp2": install_as_pyxmpp2,
}

#: Exit status of a program that was interrupted (128 + SIGINT, as shells have it), and of one that raised.
INTERRUPTED, RAISED = 130, 1

_DESCRIPTION = """\
Run a program that was written for another library, without changing it: what it
imports by that library's name is xmppkit. The library itself need not be installed,
and is not used if it is.

Everything behind the program's name is the program's own: it finds it in sys.argv.
"""

_EXAMPLES = (
    "run --as slixmpp bot.py --jid bot@example.org",
    "run --as slixmpp -m mybots.echo --debug",
    "run --as pyxmpp2 echobot.py bot@example.org",
)


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--as", dest="library", choices=tuple(LIBRARIES), required=True, help="the library that the program imports")
    add(
        "-m",
        dest="module",
        metavar="MODULE",
        nargs=argparse.REMAINDER,
        help="run a module, as python -m does; what follows it is for the program",
    )
    add("program", metavar="PROGRAM", nargs=argparse.REMAINDER, help="the file to run, and what is for the program")


def _run(options: argparse.Namespace) -> int:
    command: list[str] = options.module if options.module is not None else options.program
    if not command:
        raise CommandFailed(f"name the program to run, as in: run --as {options.library} bot.py")
    LIBRARIES[options.library]()
    program, *arguments = command
    sys.argv = [program, *arguments]
    if options.module is None:
        path = _existing(program)
        return _guarded(lambda: _run_file(path, program))
    _check_module(program)
    return _guarded(lambda: runpy.run_module(program, run_name="__main__", alter_sys=True))


def _existing(program: str) -> Path:
    path = Path(program)
    try:
        if path.is_file():
            with path.open("rb"):
                return path
        if (path / "__main__.py").is_file():
            return path
    except OSError as error:
        raise CommandFailed(f"cannot read the program {program}: {error.strerror}") from error
    if path.is_dir():
        raise CommandFailed(f"cannot run {program}: it is a directory without a __main__.py")
    raise CommandFailed(f"there is no program {program}: name a file, or a module with -m")


def _run_file(path: Path, program: str) -> object:
    # `python bot.py` looks for modules beside the program; a directory or an archive runpy puts there itself. What is
    # there now is the working directory, for `python -m xmppkit`, except with -P.
    if path.is_file() and not sys.flags.safe_path:
        sys.path[0] = str(path.resolve().parent)
    elif not sys.flags.safe_path:
        del sys.path[0]
    return runpy.run_path(program, run_name="__main__")


def _check_module(name: str) -> None:
    """Raise `CommandFailed` if there is no module to run; what is wrong within one is told as Python tells it."""
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = find_spec(f"{name}.__main__")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            return  # its package wants something else that is missing; running it will show where
        spec = None
    except Exception:  # so does what its package raises
        return
    if spec is None:
        raise CommandFailed(f"there is no module {name} that can be run: check its name, and the directory you are in")


def _guarded(run: Callable[[], object]) -> int:
    """Run the program; the exit status. What it raises is told as Python tells it, without what called it.

    SystemExit goes on to the interpreter, which knows what to make of it.
    """
    try:
        run()
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _of_the_program(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else RAISED
    return 0


def _of_the_program(traceback: TracebackType | None) -> TracebackType | None:
    """`traceback` from the program's first frame on; None if it was not its turn yet, as with a syntax error."""
    while traceback is not None and traceback.tb_frame.f_globals.get("__name__") in (__name__, "runpy"):
        traceback = traceback.tb_next
    return traceback


RUN = Command(
    name="run",
    summary="run a program that was written for another library",
    description=_DESCRIPTION,
    examples=_EXAMPLES,
    configure=_configure,
    run=_run,
)
"""The command."""
