# SPDX-License-Identifier: MIT
"""A server's process: started in a group of its own, awaited, stopped, and never left behind.

Nothing here goes by a program's name: signals go to the group that was made for the process, and to no other.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["START_TIMEOUT", "STOP_TIMEOUT", "ServerDidNotStart", "ServerProcess", "free_ports", "wait_until"]

#: Seconds that a server may take until all of its ports accept.
START_TIMEOUT = 90.0
#: Seconds that a server may take to end by itself after SIGTERM, before SIGKILL.
STOP_TIMEOUT = 60.0
#: Seconds between two looks at something that another process does.
INTERVAL = 0.05
#: Below Linux's range of ephemeral ports: no outgoing connection takes the port of a server that restarts.
PORTS = range(20_000, 32_000)

#: Waits until its standard input ends, as it does when we die in whatever way, and ends the process group.
GUARD = ("/bin/sh", "-c", "read -r _; kill -s KILL -- -$0 2>/dev/null")


class ServerDidNotStart(Exception):
    """A server ended, or its ports did not accept in time; the text has the end of its log."""


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports of 127.0.0.1 on which nothing listens."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise ServerDidNotStart(f"fewer than {count} free ports from {PORTS.start} to {PORTS.stop}")


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Look until the condition holds, for `timeout` seconds at most; whether it does."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(INTERVAL)
    return True


def accepts(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


class ServerProcess:
    """One run of a program that serves on loopback.

    :param command: program and arguments.
    :param environment: all of its environment.
    :param directory: where it runs.
    :param log: its standard output and error are appended here.
    :param stops_at_end_of_input: it is asked to end by the end of its standard input, not by SIGTERM.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        log: Path,
        *,
        stops_at_end_of_input: bool = False,
    ) -> None:
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE if stops_at_end_of_input else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        # A session of its own makes the process the leader of a group with its pid.
        self.group = self._process.pid
        self._guard = subprocess.Popen(
            (*GUARD, str(self.group)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_for_ports(self, ports: Sequence[int], timeout: float = START_TIMEOUT) -> bool:
        """Whether all ports accepted, while the process lived, within `timeout` seconds."""
        waiting = list(ports)

        def done() -> bool:
            waiting[:] = [port for port in waiting if not accepts(port)]
            return not waiting or not self.running

        return wait_until(done, timeout) and self.running

    def stop(self, timeout: float = STOP_TIMEOUT) -> None:
        """Ask it to end, and end what is left of its group; may be repeated."""
        if self.running:
            if self._process.stdin is not None:
                self._process.stdin.close()
            else:
                self._process.terminate()
            # Killed below if it takes longer.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """End the whole group at once, as a crash would; may be repeated."""
        if self._guard.returncode is not None:
            return  # done before; the number of the group may belong to others by now
        # Nobody is left in the group of one that ended as it should.
        with suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._process.wait()
        self._guard.kill()
        self._guard.wait()
        for pipe in (self._process.stdin, self._guard.stdin):
            if pipe is not None:
                pipe.close()
