# SPDX-License-Identifier: MIT
"""What all fuzz targets share: the command line, the corpus, and who makes the inputs.

A target is a function that takes bytes and raises when something is wrong: an AssertionError of its own, or whatever
should never leave the code under test; which exceptions may, each target says. Begin with ``from _runner import main``:
what is imported behind it is watched by `atheris <https://github.com/google/atheris>`_, which keeps inputs that reach
something new, and makes the next ones of them. It runs in a process of its own, with bounds of time and memory for each
input, so that a hang or a crash of the interpreter is a finding as well. Where there is no atheris (it has wheels for
Linux on x86-64, and Python 3.11 to 3.14) or with ``--blind``, inputs are changed at random, without looking at what
they reach.

Each such run is another, and may find something that was wrong before. One with ``--seed`` is the same each time: its
inputs are those that the number makes of the corpus, changed at random, whatever the code under test does with them;
there are as many as the target makes of the seconds at its `pace`, however fast the machine is; sets have the same
order, for the seed is that of hashes as well. So what such a run refuses is a change that is at fault itself.

What the inputs begin with is in ``fuzz/corpus``, a directory for each target; what was once found goes there too. An
input that fails is written to the working directory, and given back to the target with ``--input FILE`` and the seed.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib.util
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

__all__ = ["main"]

_CORPUS = Path(__file__).parent / "corpus"
#: Bytes that parsers are known to stumble over.
_INTERESTING = (
    b"\x00", b"\xff", b"\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"<", b">", b"&", b"]]>", b"<!--", b"<?",
    b"<!", b"&amp;", b"&x;", b"&#0;", b"&#xD800;",
    b"'", b'"', b"=", b",", b"/", b"@", b":", b" ", b"\r\n", b"\t", b"xmlns=",
    b"xml:lang=", b"</stream:stream>", b"2147483648", b"-1", b"99999999999999999999", b"\\20", "İ".encode(),
    "\u202e".encode(),
)  # fmt: skip
#: Bytes of an input, at most.
_LONGEST = 20_000
#: Seconds of the processor that one input may take, and MiB that the process may have: past it the input is a finding.
#: A tenth of either is much already, on any machine.
_SLOWEST, _LARGEST = 30.0, 1024
#: Seconds of the clock after which an input is taken for one that never ends; a slow and busy machine may need many.
_ENDLESS = 1200
#: How many times the seconds that were asked for a run with a seed may take, before it ends with fewer inputs.
_PATIENCE = 10
#: What a process is started with that is to run under atheris.
_UNDER_ATHERIS = "--under-atheris"

if _UNDER_ATHERIS in sys.argv:
    import atheris

    # For the length of the process: modules are also loaded later, by need.
    atheris.instrument_imports(include=["xmppkit", "precis_i18n", "idna"]).__enter__()


def _mutate(seed: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """`seed` with one to six changes."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        match chance.randrange(8):
            case 0 if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
            case 1:
                data[at:at] = chance.choice(_INTERESTING)
            case 2:
                del data[at : at + chance.randint(1, 16)]
            case 3:
                piece = bytes(data[at : at + chance.randint(1, 64)])
                data[at:at] = piece * chance.randint(1, 8)
            case 4:
                other = chance.choice(seeds)
                begin = chance.randint(0, len(other))
                data[at:at] = other[begin : begin + chance.randint(1, 128)]
            case 5 if data:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 6:
                del data[at:]
            case _:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(data[:_LONGEST])


class _Run:
    """One call of the program.

    :param target: takes an input, raises for a finding.
    :param corpora: the directories of ``fuzz/corpus`` with the inputs to begin with.
    :param allowed: the exceptions that are no finding.
    """

    def __init__(
        self,
        target: Callable[[bytes], object],
        corpora: Sequence[str],
        allowed: tuple[type[Exception], ...],
    ) -> None:
        self.name = Path(sys.argv[0]).stem
        self._target = target
        self._corpora = [_CORPUS / name for name in corpora]
        self._allowed = allowed
        #: What is loaded with the first inputs takes its time, and is none of theirs.
        self._starting = True

    def _seeds(self) -> list[bytes]:
        """What the inputs begin with. Each is given to the target, so that everything is loaded."""
        seeds: list[bytes] = []
        for path in (path for directory in self._corpora for path in sorted(directory.iterdir())):
            seeds.append(path.read_bytes())
            try:
                self.one(seeds[-1])
            except Exception as error:
                error.add_note(f"The input is {path}")
                raise
        self._starting = False
        return seeds

    def one(self, data: bytes) -> None:
        """Give an input to the target."""
        began = time.perf_counter()
        self._give(data)
        if self._starting or time.perf_counter() - began < _SLOWEST:
            return
        began = time.process_time()  # which says nothing of a busy machine, and is slow to ask for
        self._give(data)
        took = time.process_time() - began
        assert took < _SLOWEST, f"this input took {took:.1f} s"

    def _give(self, data: bytes) -> None:
        with suppress(*self._allowed):
            self._target(data)

    def failed(self, data: bytes) -> bool:
        """The same; whether it is a finding, which is printed."""
        try:
            self.one(data)
        except Exception:
            traceback.print_exc()
            return True
        return False

    def once(self, data: bytes) -> bool:
        """The same of an input that somebody brings; it is given twice, for the first time loads what it needs."""
        if self.failed(data):
            return True
        self._starting = False
        return self.failed(data)

    def blind(self, seconds: float, seed: int, inputs: int | None) -> int:
        """Change inputs at random.

        :param inputs: how many there are at most.
        """
        chance = random.Random(seed)
        pool = self._seeds()
        begun = time.monotonic()
        count = 0
        while count != inputs and time.monotonic() - begun < seconds:
            data = _mutate(chance.choice(pool), pool, chance)
            faulthandler.dump_traceback_later(_ENDLESS, exit=True)
            if self.failed(data):
                path = Path(f"{self.name}-{seed}-{count}.bin")
                path.write_bytes(data)
                told = f"with seed {seed} at input {count}, {len(data)} bytes, written to {path}"
                print(f"{self.name}: FAILED {told}", file=sys.stderr)
                return 1
            count += 1
            if count % 50 == 0 and len(pool) < 500 and chance.random() < 0.2:
                pool.append(data)  # some descendants have descendants
        faulthandler.cancel_dump_traceback_later()
        short = "" if inputs in (None, count) else f" of {inputs}, for it is slow here"
        self._passed(count, time.monotonic() - begun, seed, f"blind{short}")
        return 0

    def guided(self, seconds: float, seed: int, keep: Path | None) -> int:
        """Let atheris make the inputs, in a process of its own.

        :param keep: where inputs that reach something new are kept; None: they are thrown away.
        """
        with tempfile.TemporaryDirectory() as temporary:
            found = keep or Path(temporary) / "found"
            found.mkdir(parents=True, exist_ok=True)
            words = Path(temporary) / "words"
            words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in _INTERESTING))
            begun = time.monotonic()
            done = subprocess.run(
                [
                    sys.executable, sys.argv[0], _UNDER_ATHERIS, str(found), *map(str, self._corpora),
                    f"-max_total_time={int(seconds)}", f"-seed={seed}", f"-max_len={_LONGEST}",
                    f"-timeout={_ENDLESS}", f"-rss_limit_mb={_LARGEST}", f"-artifact_prefix={self.name}-",
                    f"-dict={words}", "-print_final_stats=1",
                ],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        took = time.monotonic() - begun
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            print("\n".join(said.splitlines()[-60:]), file=sys.stderr)
            print(f"{self.name}: FAILED with seed {seed}, see above; the input is in {self.name}-*", file=sys.stderr)
            return 1
        stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", said))
        reached = re.findall(r"cov: (\d+)", said)
        how = (
            f"guided, {reached[-1]} places reached, {stats['new_units_added']} inputs kept, "
            f"{stats['peak_rss_mb']} MiB, the slowest {stats['slowest_unit_time_sec']} s"
        )
        self._passed(int(stats["number_of_executed_units"]), took, seed, how)
        return 0

    def _passed(self, count: int, took: float, seed: int, how: str) -> None:
        """Say that nothing was found."""
        speed = f"in {took:.1f} s ({count / max(took, 0.1):.0f}/s)"
        print(f"{self.name}: {count} inputs {speed}, seed {seed}, {how}: no finding")

    def under_atheris(self) -> NoReturn:
        """This is the process that `guided` has started. It ends the process."""
        self._seeds()
        atheris.Setup([each for each in sys.argv if each != _UNDER_ATHERIS], self.one)
        atheris.Fuzz()
        raise SystemExit(1)


def _seed(text: str) -> int:
    """A seed that atheris and the hashes take: for atheris zero means any."""
    seed = int(text)
    if not 0 < seed < 2**32:
        raise ValueError(text)
    return seed


def main(target: Callable[[bytes], object], *corpora: str, allowed: tuple[type[Exception], ...], pace: int) -> int:
    """Run a target as the command line says; the exit status. See `_Run` for what is not here.

    :param pace: inputs for each second, in a run that is the same each time; fewer than a machine manages.
    """
    run = _Run(target, corpora, allowed)
    if _UNDER_ATHERIS in sys.argv:
        run.under_atheris()
    parser = argparse.ArgumentParser(description=f"Fuzz: {run.name}.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: %(default)g)")
    parser.add_argument(
        "--seed", type=_seed, help=f"the same each time: {pace} inputs for each second, without atheris"
    )
    parser.add_argument("--drawn", type=_seed, help=argparse.SUPPRESS)  # the seed of a run that was told none
    parser.add_argument("--input", type=Path, help="give this file to the target, once")
    parser.add_argument("--keep", type=Path, help="keep inputs that reach something new in this directory")
    parser.add_argument("--blind", action="store_true", help="without atheris")
    arguments = parser.parse_args()
    seed: int = arguments.seed or arguments.drawn or random.randrange(1, 2**32)
    if os.environ.get("PYTHONHASHSEED") != str(seed):  # which no process can change that runs
        os.environ["PYTHONHASHSEED"] = str(seed)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "--drawn", str(seed)])
    if arguments.input is not None:
        return int(run.once(arguments.input.read_bytes()))
    if arguments.seed is not None:
        return run.blind(arguments.seconds * _PATIENCE, seed, max(1, int(arguments.seconds * pace)))
    if arguments.blind or importlib.util.find_spec("atheris") is None:
        return run.blind(arguments.seconds, seed, None)
    return run.guided(arguments.seconds, seed, arguments.keep)
