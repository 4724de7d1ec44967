# SPDX-License-Identifier: MIT
"""Break the connections between our clients and a real server, and see what comes of it.

    python interop/chaos.py list                              the figures, and what each does
    python interop/chaos.py run R1 --server prosody --seeds 1 2 3 4 5
    python interop/chaos.py run R1 R5 --quick                 a few seconds each, as in the tests
    python interop/chaos.py run all --results interop/results
    python interop/chaos.py proxy --to 127.0.0.1:5222 --listen 5333 --how reset end --age 0.05 0.2 --delay 0 0.3

`run` starts a server of its own on loopback for each figure, with an empty directory for its data, and prints what was
reached as lines of JSON; the exit status says whether everything was. With ``--results`` it writes a file for each
figure and server, of which ``python tools/reliability_table.py --write`` makes the table in docs/reliability.md.

`proxy` is the proxy alone, for programs of your own: it breaks each connection when it is so old, one way or another.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import json
import logging
import random
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))

from chaos_figures import FIGURES, Figure
from chaos_proxy import ChaosProxy, Fault, How, Weather
from servers.base import Server
from servers.ejabberd import Ejabberd
from servers.embedded import Xmppkit
from servers.prosody import Prosody

from xmppkit.server.limits import ServerLimits
from xmppkit.version import __version__

__all__ = ["main", "serving"]

SERVERS: Final = ("prosody", "ejabberd", "embedded")
#: What needs a server in whose TLS one can take part.
_NOT_EMBEDDED: Final = {"R1-inside"}
#: What has no archive, as it looks into none. The others have them at Prosody, which can do them with archives.
_NO_ARCHIVE: Final = {
    "ejabberd": {"R1", "R1-fast", "R1-fast-confirmed", "R1-burst", "R1-weather", "R10", "R10-short"},
    "prosody": {"R10", "R10-short"},
    "embedded": set(FIGURES),
}
#: Those where sessions are lost, and seconds after which they expire there.
_LOSE: Final = {"R2", "R2-confirmed"}
_SHORT: Final = 2


@contextlib.contextmanager
def serving(
    name: str, *, resume_seconds: int | None = None, many: bool = False, archives: bool = True
) -> Iterator[Any]:
    """A server for the length of the ``with``.

    :param resume_seconds: see `Server`.
    :param many: there will be tens of thousands of messages.
    :param archives: see `Server`.
    """
    if name == "embedded":
        told = {} if resume_seconds is None else {"resume_seconds": resume_seconds}
        if many:  # as for Prosody's queue: on a busy machine more than 1,000 may come while a client is away
            told["unacked"] = 10_000
        embedded = Xmppkit(ServerLimits(connections=2000, resources=1000, **told))
        embedded.start()
        try:
            yield embedded
        finally:
            embedded.stop()
        return
    kind: type[Server] = Prosody if name == "prosody" else Ejabberd
    reason = kind.missing()
    if reason is not None:
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory(prefix="chaos-") as directory:
        (Path(directory) / "server").mkdir()
        (Path(directory) / "authority").mkdir()
        server = kind(Path(directory) / "server", Path(directory) / "authority")
        server.for_chaos = True
        server.for_many_messages = many
        server.archives = archives
        server.resume_seconds = resume_seconds
        try:
            server.create()
            yield server
        finally:
            server.stop()


async def _try(name: str, server: Any, seed: int, quick: bool) -> Figure:
    random.seed(seed)
    return await FIGURES[name](server, seed, quick)


async def _together(name: str, server: Any, seeds: Sequence[int], quick: bool) -> list[Figure]:
    return await asyncio.gather(*(_try(name, server, seed, quick) for seed in seeds))


def _figures(name: str, server: Any, arguments: argparse.Namespace) -> Iterator[tuple[int, Figure]]:
    """What comes of each seed."""
    seeds: list[int] = arguments.seeds
    if arguments.together:
        yield from zip(seeds, asyncio.run(_together(name, server, seeds, arguments.quick)), strict=True)
        return
    for seed in seeds:
        yield seed, asyncio.run(_try(name, server, seed, arguments.quick))


def _run(arguments: argparse.Namespace) -> int:
    names = list(FIGURES) if "all" in arguments.figures else arguments.figures
    failed = False
    for name in names:
        for kind in arguments.server:
            if kind == "embedded" and name in _NOT_EMBEDDED:
                continue
            runs = []
            told: dict[str, Any] = {"many": name not in _LOSE, "archives": name not in _NO_ARCHIVE[kind]}
            with serving(kind, resume_seconds=_SHORT if name in _LOSE else None, **told) as server:
                for seed, figure in _figures(name, server, arguments):
                    runs.append({"seed": seed, "reached": figure.reached, "found": figure.found})
                    print(json.dumps({"figure": name, "server": kind, **runs[-1]}), flush=True)
                    failed = failed or not figure.reached
                    if arguments.results is not None:  # now, for the next seed may be interrupted
                        _keep(arguments, name, kind, getattr(server, "version", __version__), figure.goal, runs)
    return int(failed)


def _keep(
    arguments: argparse.Namespace, name: str, kind: str, version: str, goal: str, runs: list[dict[str, Any]]
) -> None:
    """Write a file of results."""
    seeds = " ".join(str(run["seed"]) for run in runs)
    command = f"python interop/chaos.py run {shlex.quote(name)} --server {kind} --seeds {seeds}"
    what = (FIGURES[name].__doc__ or "").strip()
    kept = {
        "figure": name,
        "what": what,
        "goal": goal,
        "server": f"{kind} {version}",
        "command": command + "".join(f" --{each}" for each in ("together", "quick") if vars(arguments)[each]),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "runs": runs,
    }
    arguments.results.mkdir(parents=True, exist_ok=True)
    path = arguments.results / f"{name}-{kind}-{'-'.join(map(str, arguments.seeds))}.json"
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


async def _proxy(arguments: argparse.Namespace) -> None:
    host, _, port = arguments.to.rpartition(":")
    ages, hows = arguments.age, [How[name.upper().replace("-", "_")] for name in arguments.how]

    def plan(number: int) -> Fault | None:
        return Fault(random.choice(hows), after=random.uniform(*ages)) if hows else None

    weather = Weather(delay=tuple(arguments.delay), rate=arguments.rate, piece=arguments.piece)
    async with ChaosProxy(host, int(port), plan=plan, weather=weather, listen=arguments.listen) as proxy:
        print(f"127.0.0.1:{proxy.port} leads to {arguments.to}; Ctrl-C ends it", flush=True)
        await asyncio.Event().wait()


def _list() -> int:
    for name, figure in FIGURES.items():
        print(f"{name:12} {' '.join((figure.__doc__ or '').split())}")
    return 0


def _parser() -> argparse.ArgumentParser:
    about, _, more = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=more, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the figures")
    run = commands.add_parser("run", help="try figures")
    run.add_argument("figures", nargs="+", choices=[*FIGURES, "all"], metavar="FIGURE", help="see list; or: all")
    run.add_argument("--server", nargs="+", choices=SERVERS, default=list(SERVERS), help="default: all that apply")
    run.add_argument("--seeds", nargs="+", type=int, default=[1], help="a run for each (default: 1)")
    run.add_argument("--together", action="store_true", help="all seeds at the same time, where it is mostly waited")
    run.add_argument("--quick", action="store_true", help="a few seconds each")
    run.add_argument("--results", type=Path, help="write a file for each figure and server into this directory")
    run.add_argument("--log", default="CRITICAL", help="what the clients log (default: %(default)s)")
    proxy = commands.add_parser("proxy", help="the proxy alone")
    proxy.add_argument("--to", required=True, metavar="HOST:PORT", help="where it leads")
    proxy.add_argument("--listen", type=int, default=0, help="its port (default: a free one)")
    proxy.add_argument(
        "--how",
        nargs="*",
        default=["reset", "end"],
        choices=["reset", "end", "half", "black-hole"],
        help="how it breaks",
    )
    proxy.add_argument("--age", nargs=2, type=float, default=(5.0, 15.0), help="seconds, from and to")
    proxy.add_argument("--delay", nargs=2, type=float, default=(0.0, 0.0), help="seconds, from and to")
    proxy.add_argument("--rate", type=float, help="bytes in a second")
    proxy.add_argument("--piece", type=int, help="bytes at once, at most")
    return parser


def main(arguments: list[str]) -> int:
    """The command; its exit status."""
    told = _parser().parse_args(arguments)
    if told.command == "list":
        return _list()
    if told.command == "run":
        logging.basicConfig(level=told.log)
        return _run(told)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_proxy(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
