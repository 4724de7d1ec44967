# SPDX-License-Identifier: MIT
"""Echo over loopback TCP: the other end is a process of its own (`blaster.py`), which keeps a window of messages under
way. The transport and the protocol are wrapped, to count reads and writes; each library gets the same wrappers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import Figures, Measure


class Counted(asyncio.Transport):
    """A transport that counts writes."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport
        self.writes = 0
        for name in (
            "is_closing", "close", "abort", "get_write_buffer_size", "set_write_buffer_limits", "pause_reading",
            "resume_reading", "can_write_eof", "write_eof", "get_extra_info", "set_protocol", "get_protocol",
        ):  # fmt: skip
            setattr(self, name, getattr(transport, name))

    def write(self, data: Any) -> None:
        self.writes += 1
        self._transport.write(data)

    def writelines(self, list_of_data: Any) -> None:
        self.writes += 1
        self._transport.writelines(list_of_data)


class Reader(asyncio.Protocol):
    """Counts reads, and passes them on."""

    def __init__(self, protocol: Any) -> None:
        self._received = protocol.data_received
        self.reads = 0
        for name in ("pause_writing", "resume_writing"):
            if hasattr(protocol, name):
                setattr(self, name, getattr(protocol, name))

    def data_received(self, data: bytes) -> None:
        self.reads += 1
        self._received(data)


async def tcp(attach: Callable[[Any], Any], about: dict[str, Any]) -> Measure:
    """Connect to a blaster of our own.

    :param attach: connects the library to the transport that it is given, and returns its protocol.
    """
    loop = asyncio.get_running_loop()
    blaster = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("blaster.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert blaster.stdin is not None
    assert blaster.stdout is not None
    orders, reports = blaster.stdin, blaster.stdout
    port = int(reports.readline())
    transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
    counted = Counted(transport)
    reader = Reader(attach(counted))
    transport.set_protocol(reader)

    async def run(messages: int) -> Figures:
        reads, writes = reader.reads, counted.writes
        orders.write(f"{messages}\n")
        orders.flush()
        line = await loop.run_in_executor(None, reports.readline)
        return {
            "time": 1e6 * float(line) / messages,
            "writes_per_read": (counted.writes - writes) / max(1, reader.reads - reads),
        }

    def close() -> None:
        transport.abort()
        orders.close()
        blaster.wait(5)
        reports.close()

    return Measure(run, warm=500, about=about, close=close)
