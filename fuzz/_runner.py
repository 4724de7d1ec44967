# SPDX-License-Identifier: MIT
"""A small fuzzer: mutates seeds, gives them to a target for a while, and keeps the first input that breaks it.

A target is a function that takes bytes and raises when something is wrong: an AssertionError of its own, or whatever
should never leave the code under test; which exceptions may, each target says. Runs repeat for the same seed; the input
that failed is written beside the working directory, and given back to the target with ``--input FILE``. What the inputs
begin with is in ``fuzz/corpus``, a directory for each target; what was once found goes there too.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["corpus", "main"]

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


def corpus(*names: str) -> list[bytes]:
    """The inputs that are kept in directories of ``fuzz/corpus``."""
    return [path.read_bytes() for name in names for path in sorted((_CORPUS / name).iterdir())]


def _failed(target: Callable[[bytes], object], data: bytes, allowed: tuple[type[Exception], ...]) -> bool:
    try:
        target(data)
    except allowed:
        return False
    except Exception:
        traceback.print_exc()
        return True
    return False


def main(target: Callable[[bytes], object], seeds: Sequence[bytes], allowed: tuple[type[Exception], ...] = ()) -> int:
    """Run a target as the command line says; the exit status.

    :param target: takes an input, raises for a finding.
    :param seeds: inputs to begin with.
    :param allowed: the exceptions that are no finding.
    """
    name = Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(description=f"Fuzz: {name}.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=None, help="repeat an earlier run")
    parser.add_argument("--input", type=Path, help="give this file to the target, once")
    arguments = parser.parse_args()
    if arguments.input is not None:
        return int(_failed(target, arguments.input.read_bytes(), allowed))
    seed = arguments.seed if arguments.seed is not None else random.randrange(2**32)
    chance = random.Random(seed)
    begun = time.monotonic()
    count = 0
    pool = list(seeds)
    while time.monotonic() - begun < arguments.seconds:
        data = pool[count] if count < len(pool) else _mutate(chance.choice(pool), pool, chance)
        if _failed(target, data, allowed):
            path = Path(f"{name}-{seed}-{count}.bin")
            path.write_bytes(data)
            print(
                f"{name}: FAILED with seed {seed} at input {count}, {len(data)} bytes, written to {path}",
                file=sys.stderr,
            )
            return 1
        count += 1
        if count % 50 == 0 and len(pool) < 500 and chance.random() < 0.2:
            pool.append(data)  # some descendants have descendants
    seconds = time.monotonic() - begun
    print(f"{name}: {count} inputs in {seconds:.1f} s ({count / seconds:.0f}/s), seed {seed}: no finding")
    return 0
