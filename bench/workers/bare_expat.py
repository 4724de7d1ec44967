# SPDX-License-Identifier: MIT
"""The floor: expat reads the bytes of the echo, namespaces resolved, and nobody looks at what it finds."""

from __future__ import annotations

from xml.parsers import expat

import common
from common import Figures, Measure, Options
from data import HEADER, MESSAGES, one_read


async def echo(_: Options) -> Measure:
    parser = expat.ParserCreate("utf-8", "}")
    parser.Parse(HEADER)
    data = one_read()

    async def run(reads: int) -> Figures:
        begun = common.time.perf_counter()
        for _ in range(reads):
            parser.Parse(data)
        return {"time": 1e6 * (common.time.perf_counter() - begun) / reads / MESSAGES}

    return Measure(run)


if __name__ == "__main__":
    common.main({"echo": echo})
