# SPDX-License-Identifier: MIT
"""Kill -9 of senders and of receivers, and what has arrived: the harness of `test_crashes`, and a command for more.

::

    python interop/crashes.py sender --server prosody --kills 200 --messages 10000
    python interop/crashes.py receiver --server embedded --kills 200 --messages 10000
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from xmppkit import ClientXMPP

PROGRAMS = Path(__file__).with_name("crash_programs.py")
#: Seconds that a program may take for a step.
PATIENCE = 240.0


@dataclass
class Outcome:
    """What has become of the messages.

    :ivar kills: how often a program was killed.
    :ivar promised: those that were to arrive: whose `send` had returned, or which the server had taken.
    :ivar arrived: those that have, in order.
    :ivar doubles: those that were dropped as doubles on the way to the handlers.
    """

    kills: int = 0
    promised: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    doubles: int = 0

    @property
    def lost(self) -> list[str]:
        """Promised, and not arrived."""
        return [each for each in self.promised if each not in set(self.arrived)]

    @property
    def doubled(self) -> list[str]:
        """Arrived more than once."""
        return [each for each, times in Counter(self.arrived).items() if times > 1]

    @property
    def inverted(self) -> int:
        """How often one came before an older one."""
        order = [tuple(map(int, each.split("-"))) for each in self.arrived]
        return sum(one > two for one, two in itertools.pairwise(order))

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {len(self.promised)} messages promised: {len(self.lost)} lost, "
            f"{len(self.doubled)} doubled, {self.inverted} inversions; {self.doubles} doubles dropped on the way"
        )


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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def lines(self) -> list[str]:
        """What it has noted, without a line that is being written."""
        return self.log.read_text().split("\n")[:-1]

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
) -> Outcome:
    """Kill a sender again and again, then let it end.

    :param alice: the account that sends.
    :param bob: who receives; connected and available.
    :param messages: how many are sent in all, about.
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
            await asyncio.sleep(chance.choice((0.0, 0.0, 0.02, 0.1)))
            outcome.kills += process.returncode is None
            await sender.kill()
        process = await sender.start()
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
        outcome.promised = [line for line in sender.lines if not line.startswith("=")]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while outcome.lost:  # noqa: ASYNC110 - what tells is counted anyway
                await asyncio.sleep(0.05)
    return outcome


async def kill_receivers(
    server: Any, bob: str, alice: ClientXMPP, directory: Path, *, kills: int, messages: int, seed: int = 1
) -> Outcome:
    """Kill a receiver again and again, while `alice` sends.

    :param bob: the account that receives.
    :param alice: who sends; connected, with stream management.
    """
    chance, outcome = random.Random(seed), Outcome()
    each = max(1, messages // (kills + 1))
    receipts = []
    alice.use_origin_id = True  # so that what the server sends once more is recognised
    async with Killed("receiver", server, bob, directory) as receiver:
        for number in range(kills + 1):
            process = await receiver.start()
            await receiver.until(process, len(receiver.lines) + 1)
            for _ in range(each):
                text = f"1-{len(receipts)}"
                receipts.append((text, alice.send_message(f"{bob}@{server.domain}", text, mtype="chat")))
            if number < kills:
                await receiver.until(process, len(receiver.lines) + chance.randint(0, each))
                await receiver.kill()
                outcome.kills += 1
        async with asyncio.timeout(PATIENCE):
            for text, receipt in receipts:
                await receipt.acked()
                outcome.promised.append(text)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not outcome.arrived or outcome.lost:
                    outcome.arrived = [line for line in receiver.lines if not line.startswith("=")]
                    await asyncio.sleep(0.05)
    return outcome


async def _command(arguments: argparse.Namespace, server: Any, directory: Path) -> Outcome:
    from sessions import make_client

    numbers = {"kills": arguments.kills, "messages": arguments.messages, "seed": arguments.seed}
    if arguments.who == "sender":
        bob = make_client(server, "bob")
        bob.drop_doubles()
        async with bob:
            bob.send_presence()
            options = ("--counted",) if arguments.counted else ()
            return await kill_senders(server, "alice", bob, directory, options=options, **numbers)
    alice = make_client(server, "alice")
    alice.register_plugin("xep_0198")
    async with alice:
        return await kill_receivers(server, "bob", alice, directory, **numbers)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("who", choices=("sender", "receiver"))
    parser.add_argument("--server", choices=("embedded", "prosody", "ejabberd"), default="embedded")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--not-counted", dest="counted", action="store_false", help="without stream management")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server = _server(arguments.server, directory)
        try:
            began = time.monotonic()
            outcome = asyncio.run(_command(arguments, server, directory))
            print(f"{arguments.who} at {server.name}: {outcome} ({time.monotonic() - began:.0f} s)")
        finally:
            server.stop()
    sys.exit(bool(outcome.lost or (arguments.who == "sender" and (outcome.doubled or outcome.inverted))))


def _server(name: str, directory: Path) -> Any:
    from servers.ejabberd import Ejabberd
    from servers.embedded import Xmppkit
    from servers.prosody import Prosody

    if name == "embedded":
        server: Any = Xmppkit()
        server.start()
    else:
        for each in ("server", "authority"):
            (directory / each).mkdir()
        server = {"prosody": Prosody, "ejabberd": Ejabberd}[name](directory / "server", directory / "authority")
        server.create()
    return server


if __name__ == "__main__":
    main()
