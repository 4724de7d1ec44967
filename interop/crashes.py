# SPDX-License-Identifier: MIT
"""Kill -9 of senders and of receivers, and what has arrived: the harness of `test_crashes`, and a command for more.

::

    python interop/crashes.py sender --server prosody --kills 200 --messages 10000
    python interop/crashes.py receiver --server embedded --kills 200 --messages 10000

It says every ten kills how far it has come. With ``--results DIRECTORY`` it writes what it has found into a file there,
of which tools/reliability_table.py makes the tables of docs/reliability.md; also when it is interrupted (SIGINT or
SIGTERM), or gets stuck: then the file says how far it had come, and that the figure was not reached.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from xmppkit import ClientXMPP, __version__
from xmppkit.xmlstream.delivery import Receipt

PROGRAMS = Path(__file__).with_name("crash_programs.py")
#: Seconds that a program may take for a step.
PATIENCE = 240.0
#: Seconds for which a sender lives on when it has written the lines at which it is to be killed.
MOMENTS = (0.0, 0.0, 0.02, 0.1)
#: How often a sender is killed not while it writes, but while what earlier ones have left is sent.
LATER = 0.3
#: How many messages may wait for a receiver that is killed: a server keeps so many of a session without a connection,
#: and what is more than that is in the archive only (Prosody: 500).
BACKLOG = 200
#: How many programs a server may not let in, besides one for every ten that are killed.
REFUSED = 3
#: What is tried, by who is killed: the figure, what it is, and what is to be reached.
FIGURES = {
    "sender": (
        "R3",
        "A process that sends through an outbox is killed with SIGKILL, again and again, while it writes, while it "
        "connects, and while what an earlier one has left is sent.",
        "of all messages whose send had returned lost 0, handled twice 0, out of order 0",
    ),
    "receiver": (
        "R4",
        "A process that receives, whose session is in a storage, is killed with SIGKILL, again and again, while it "
        "handles messages.",
        "of all messages that the server had taken not handled 0",
    ),
}


@dataclass
class Outcome:
    """What has become of the messages.

    :ivar kills: how often a program was killed.
    :ivar promised: those that were to arrive: whose `send` had returned, or which the server had taken.
    :ivar arrived: those that have, in order.
    :ivar doubles: those that were dropped as doubles on the way to the handlers.
    :ivar refused: how often the server has not let a program in, or has not answered it in time, so that it has ended
        by itself. (Prosody 0.12.3 ends a connection, now and then, that wants to go on with a session whose end it
        notices in that moment.)
    """

    kills: int = 0
    promised: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    doubles: int = 0
    refused: int = 0

    @property
    def lost(self) -> list[str]:
        """Promised, and not arrived."""
        arrived = set(self.arrived)
        return [each for each in self.promised if each not in arrived]

    @property
    def doubled(self) -> list[str]:
        """Arrived more than once."""
        return [each for each, times in Counter(self.arrived).items() if times > 1]

    @property
    def inverted(self) -> int:
        """How often one came before an older one."""
        order = [tuple(map(int, each.split("-"))) for each in self.arrived]
        return sum(one > two for one, two in itertools.pairwise(order))

    def was_refused(self, process: asyncio.subprocess.Process, kills: int) -> None:
        """A program has ended by itself. Of so many that are killed some may."""
        self.refused += 1
        if self.refused > REFUSED + kills // 10:
            raise RuntimeError(f"it has ended by itself {self.refused} times, now with {process.returncode}")

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {len(self.promised)} messages promised: {len(self.lost)} lost, "
            f"{len(self.doubled)} doubled, {self.inverted} inversions; {self.doubles} doubles dropped on the way"
        )


#: Is told what is known so far.
Observer = Callable[[Outcome], None]


def _unobserved(_: Outcome) -> None:
    """Nobody wants to know."""


class Killed:
    """One of the programs, process after process.

    :param name: ``sender`` or ``receiver``.
    :param directory: for its files.
    :param options: its arguments.
    """

    def __init__(self, name: str, server: Any, user: str, directory: Path, *options: str) -> None:
        self.log = directory / f"{name}.log"
        self.log.touch()
        self._arguments = (
            str(PROGRAMS), name, "--jid", f"{user}@{server.domain}/{name}", "--password", server.users[user],
            "--host", server.host, "--port", str(server.port), "--ca-file", server.ca_file,
            "--file", str(directory / f"{name}.db"), "--log", str(self.log), *options,
        )  # fmt: skip
        self.runs = 0
        self._process: asyncio.subprocess.Process | None = None
        self._lines: list[str] = []
        self._read = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def lines(self) -> list[str]:
        """What it has noted, without a line that is being written."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            *whole, _ = file.read().split(b"\n")
        for line in whole:
            self._read += len(line) + 1
            self._lines.append(line.decode())
        return self._lines

    @property
    def noted(self) -> list[str]:
        """The messages of them."""
        return [line for line in self.lines if not line.startswith("=")]

    async def start(self) -> asyncio.subprocess.Process:
        """Another process."""
        self.runs += 1
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self._arguments, "--run", str(self.runs), stdin=asyncio.subprocess.DEVNULL
        )
        return self._process

    async def kill(self) -> None:
        """End the process, if there is one."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def has_handled(self, process: asyncio.subprocess.Process, messages: int) -> None:
        """Wait until it has noted so many different messages, or has ended."""
        async with asyncio.timeout(PATIENCE):
            while len(set(self.noted)) < messages and process.returncode is None:  # noqa: ASYNC110 - as in `until`
                await asyncio.sleep(0.02)

    async def until(self, process: asyncio.subprocess.Process, lines: int) -> None:
        """Wait until so many lines are there, or the process has ended."""
        async with asyncio.timeout(PATIENCE):
            while len(self.lines) < lines and process.returncode is None:  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(0.01)


async def kill_senders(
    server: Any,
    alice: str,
    bob: ClientXMPP,
    directory: Path,
    *,
    kills: int,
    messages: int,
    options: tuple[str, ...] = (),
    seed: int = 1,
    observe: Observer = _unobserved,
) -> Outcome:
    """Kill a sender again and again, then let it end.

    :param alice: the account that sends.
    :param bob: who receives; connected and available.
    :param messages: how many are sent in all, about.
    :param observe: is told what is known after each kill.
    """
    chance, outcome = random.Random(seed), Outcome()
    bob.add_event_handler("message", lambda message: outcome.arrived.append(message["body"]))
    bob.add_event_handler("message_doubled", lambda _: setattr(outcome, "doubles", outcome.doubles + 1))
    each = max(4, messages // (kills + 1))
    options = ("--to", bob.boundjid.bare, "--count", str(2 * each), *options)
    async with Killed("sender", server, alice, directory, *options) as sender:
        while outcome.kills < kills:
            process = await sender.start()
            await sender.until(process, len(sender.lines) + chance.randint(1, 2 * each))
            await asyncio.sleep(chance.choice(MOMENTS))
            if chance.random() < LATER:
                await _until_more_arrive(outcome, process, chance.randint(1, 4 * each))
            if process.returncode:
                outcome.was_refused(process, kills)
            outcome.kills += process.returncode is None
            await sender.kill()
            outcome.promised = sender.noted
            observe(outcome)
        process = await sender.start()
        async with asyncio.timeout(PATIENCE):
            while await process.wait():
                outcome.was_refused(process, kills)
                process = await sender.start()
        outcome.promised = sender.noted
        observe(outcome)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while outcome.lost:  # noqa: ASYNC110 - what tells is counted anyway
                await asyncio.sleep(0.05)
    return outcome


async def _until_more_arrive(outcome: Outcome, process: asyncio.subprocess.Process, more: int) -> None:
    """Wait until so many further messages have come, or the process has ended."""
    wanted = len(outcome.arrived) + more
    async with asyncio.timeout(PATIENCE):
        while len(outcome.arrived) < wanted and process.returncode is None:  # noqa: ASYNC110 - it is told by nobody
            await asyncio.sleep(0.01)


async def kill_receivers(
    server: Any,
    bob: str,
    alice: ClientXMPP,
    directory: Path,
    *,
    kills: int,
    messages: int,
    seed: int = 1,
    observe: Observer = _unobserved,
) -> Outcome:
    """Kill a receiver again and again, while `alice` sends.

    :param bob: the account that receives.
    :param alice: who sends; connected, with stream management.
    :param observe: is told what is known after each kill.
    """
    chance, outcome = random.Random(seed), Outcome()
    each = max(1, messages // (kills + 1))
    receipts: list[tuple[str, Receipt]] = []
    alice.use_origin_id = True  # so that what the server sends once more is recognised
    async with Killed("receiver", server, bob, directory) as receiver:
        while True:
            process = await receiver.start()
            await receiver.until(process, len(receiver.lines) + 1)
            await receiver.has_handled(process, len(receipts) - BACKLOG)
            if process.returncode is not None:
                outcome.was_refused(process, kills)
                continue
            wanted = len(receiver.lines) + chance.randint(0, each)  # before the first of them comes
            for _ in range(each):
                text = f"1-{len(receipts)}"
                receipts.append((text, alice.send_message(f"{bob}@{server.domain}", text, mtype="chat")))
            if outcome.kills == kills:
                break
            await receiver.until(process, wanted)
            if process.returncode is not None:
                raise RuntimeError(f"the receiver has ended by itself, with {process.returncode}")
            await receiver.kill()
            outcome.kills += 1
            outcome.arrived = receiver.noted
            observe(outcome)
        async with asyncio.timeout(PATIENCE):
            for text, receipt in receipts:
                await receipt.acked()
                outcome.promised.append(text)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not outcome.arrived or outcome.lost:
                    outcome.arrived = receiver.noted
                    await asyncio.sleep(0.05)
    return outcome


# --- the command ------------------------------------------------------------------------------------------


class Report:
    """What one run has found, on the terminal and in the file of results."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._who = arguments.who
        self._began = time.monotonic()
        self.outcome = Outcome()

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return time.monotonic() - self._began

    def observe(self, outcome: Outcome) -> None:
        """Say how far it has come, now and then."""
        self.outcome = outcome
        if outcome.kills and outcome.kills % 10 == 0:
            so_far = f"{outcome.kills} kills, {len(outcome.promised)} promised, {len(outcome.arrived)} arrived"
            print(f"{self._who}: {so_far} ({self.seconds:.0f} s)", flush=True)

    @property
    def reached(self) -> bool:
        """Whether what was found is what is to be reached, if it is all."""
        found = self.outcome
        return bool(found.promised) and not (
            found.lost or (self._who == "sender" and (found.doubled or found.inverted))
        )

    def found(self, trouble: str) -> dict[str, Any]:
        """For the file of results.

        :param trouble: why it did not come to its end; empty: it did.
        """
        outcome = self.outcome
        if trouble:
            return {"kills": outcome.kills, "arrived": len(set(outcome.arrived)), "not finished": trouble}
        found: dict[str, Any] = {"sent": len(outcome.promised), "lost": len(outcome.lost)}
        if self._who == "sender":
            found |= {"doubled": len(outcome.doubled), "inversions": outcome.inverted}
            found |= {"kills": outcome.kills, "dropped as doubles": outcome.doubles, "refused": outcome.refused}
        else:
            found |= {"kills": outcome.kills, "handled again": len(outcome.doubled), "refused": outcome.refused}
        return {**found, "seconds": round(self.seconds, 1)}


async def _command(arguments: argparse.Namespace, seed: int, server: Any, directory: Path, report: Report) -> None:
    from sessions import make_client

    numbers = {"kills": arguments.kills, "messages": arguments.messages, "seed": seed, "observe": report.observe}
    if arguments.who == "sender":
        bob = make_client(server, "bob")
        bob.drop_doubles()
        if arguments.confirmed:
            bob.register_plugin("xep_0184")
        given = ((arguments.counted, "--counted"), (arguments.state, "--state"), (arguments.confirmed, "--confirm"))
        options = tuple(option for wanted, option in given if wanted)
        async with bob:
            bob.send_presence()
            report.outcome = await kill_senders(server, "alice", bob, directory, options=options, **numbers)
        return
    alice = make_client(server, "alice")
    alice.register_plugin("xep_0198")
    async with alice:
        report.outcome = await kill_receivers(server, "bob", alice, directory, **numbers)


def _run(arguments: argparse.Namespace, seed: int) -> bool:
    """One run, with a server of its own; whether it has reached what it was to."""
    report, trouble = Report(arguments), ""
    with tempfile.TemporaryDirectory(prefix="crashes-") as name, _serving(arguments.server, Path(name)) as server:
        version = getattr(server, "version", __version__)
        # Modules are compiled once: most of the time of a start would go there where that may not be written.
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(name) / "bytecode")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            asyncio.run(_command(arguments, seed, server, Path(name), report))
        except KeyboardInterrupt:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what has been found is to be written now
            trouble = "interrupted"
        except Exception as error:  # what has been found until then is to be kept
            trouble = f"{type(error).__name__}: {error}".rstrip(": ")
    reached = report.reached and not trouble
    print(
        f"{arguments.who} at {server.name}: {trouble or 'done'}: {report.outcome} ({report.seconds:.0f} s)", flush=True
    )
    if arguments.results is not None:
        run = {"seed": seed, "reached": reached, "found": report.found(trouble)}
        _keep(arguments, f"{arguments.server} {version}", run)
    if trouble == "interrupted":
        raise SystemExit(130)
    return reached


def _keep(arguments: argparse.Namespace, server: str, run: dict[str, Any]) -> None:
    """Write a file of results; tools/reliability_table.py reads it."""
    figure, what, goal = FIGURES[arguments.who]
    command = f"python interop/crashes.py {arguments.who} --server {arguments.server}"
    command += f" --kills {arguments.kills} --messages {arguments.messages} --seeds {run['seed']}"
    given_options = ((not arguments.counted, "not-counted"), (arguments.state, "state"))
    for given, option in (*given_options, (arguments.confirmed, "confirmed")):
        if given:
            command, figure = f"{command} --{option}", f"{figure} {option}"
    kept = {
        "figure": figure,
        "what": what,
        "goal": goal,
        "server": server,
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "runs": [run],
    }
    arguments.results.mkdir(parents=True, exist_ok=True)
    path = arguments.results / f"{figure.replace(' ', '-')}-{arguments.server}-{run['seed']}.json"
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _serving(name: str, directory: Path) -> Iterator[Any]:
    from servers.ejabberd import Ejabberd
    from servers.embedded import Xmppkit
    from servers.prosody import Prosody

    if name == "embedded":
        embedded = Xmppkit()
        embedded.start()
        server: Any = embedded
    else:
        for each in ("server", "authority"):
            (directory / each).mkdir()
        server = {"prosody": Prosody, "ejabberd": Ejabberd}[name](directory / "server", directory / "authority")
        server.for_chaos = True
        # Prosody's archive in a file is slow with so many messages, that of ejabberd stands still.
        server.for_many_messages = name == "ejabberd"
        server.create()
    try:
        yield server
    finally:
        server.stop()


def main(given: list[str]) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("who", choices=tuple(FIGURES), help="who is killed")
    parser.add_argument("--server", choices=("embedded", "prosody", "ejabberd"), default="embedded")
    parser.add_argument("--kills", type=int, default=200, help="how often (default: %(default)s)")
    parser.add_argument("--messages", type=int, default=10_000, help="in all, about (default: %(default)s)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1], help="a run for each (default: 1)")
    parser.add_argument("--not-counted", dest="counted", action="store_false", help="without stream management")
    parser.add_argument("--state", action="store_true", help="the sender keeps its session in a storage as well")
    parser.add_argument("--confirmed", action="store_true", help="messages stay until the receiver has confirmed them")
    parser.add_argument("--results", type=Path, help="write a file for each run into this directory")
    arguments = parser.parse_args(given)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    reached = [_run(arguments, seed) for seed in arguments.seeds]
    return int(not all(reached))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
