# SPDX-License-Identifier: MIT
"""Three ways to wait for sockets, one interface: select, poll, epoll.

The module `selectors` of the standard library does not tell a connection that has ended from one that can be read;
main loops that report the two differently need the difference.
"""

from __future__ import annotations

import math
import select
import socket
from abc import ABC, abstractmethod
from enum import Flag, auto

__all__ = ["Alarm", "EpollPoller", "PollPoller", "Poller", "Ready", "SelectPoller", "best_poller"]


class Ready(Flag):
    """What a descriptor is ready for, or waited for: reading and writing only."""

    NONE = 0
    READ = auto()
    WRITE = auto()
    HANGUP = auto()
    """The connection has ended, both ways."""
    ERROR = auto()
    """The connection is broken."""
    INVALID = auto()
    """It is no open descriptor."""


class Poller(ABC):
    """Waits for any number of descriptors. Belongs to one thread."""

    def __init__(self) -> None:
        self._watched: dict[int, tuple[Ready, object]] = {}

    def watch(self, fd: int, wanted: Ready, owner: object) -> None:
        """Wait for something else than before. Said again, it changes nothing.

        :param fd: the descriptor; below 0 it is none.
        :param wanted: what to wait for; `Ready.NONE` waits no more.
        :param owner: whose it is: the system gives the number of a closed descriptor to the next one.
        """
        before, whose = self._watched.get(fd, (Ready.NONE, owner))
        if wanted and fd >= 0:
            if before and whose is not owner:
                self._drop(fd)
                before = Ready.NONE
            self._watched[fd] = (wanted, owner)
            if before is not wanted:
                self._set(fd, wanted, is_new=not before)
        elif before and whose is owner:
            del self._watched[fd]
            self._drop(fd)

    @abstractmethod
    def wait(self, timeout: float | None) -> list[tuple[int, Ready]]:
        """Wait until at least one is ready.

        :param timeout: seconds; None waits for ever.
        :returns: which are ready, and for what; empty when the time is over.
        """

    def close(self) -> None:
        """Give back what the system lent."""
        self._watched.clear()

    @abstractmethod
    def _set(self, fd: int, wanted: Ready, *, is_new: bool) -> None:
        """Tell the system."""

    @abstractmethod
    def _drop(self, fd: int) -> None:
        """Tell the system that `fd` is not waited for; it may be closed."""


class SelectPoller(Poller):
    """By `select`: everywhere, but for numbers below 1024 on most systems."""

    def _set(self, fd: int, wanted: Ready, *, is_new: bool) -> None:
        """Nothing to tell: each wait says all of it."""

    def _drop(self, fd: int) -> None:
        """Nothing to tell."""

    def wait(self, timeout: float | None) -> list[tuple[int, Ready]]:
        reading = [fd for fd, (wanted, _) in self._watched.items() if wanted & Ready.READ]
        writing = [fd for fd, (wanted, _) in self._watched.items() if wanted & Ready.WRITE]
        try:
            readable, writable, broken = select.select(reading, writing, [*self._watched], timeout)
        except OSError:
            invalid = [(fd, Ready.INVALID) for fd in self._watched if not _is_open(fd)]
            if invalid:
                return invalid
            raise
        found = dict.fromkeys(broken, Ready.ERROR)
        for fd in readable:
            found[fd] = found.get(fd, Ready.NONE) | Ready.READ
        for fd in writable:
            found[fd] = found.get(fd, Ready.NONE) | Ready.WRITE
        return list(found.items())


def _is_open(fd: int) -> bool:
    try:
        select.select([fd], [], [], 0)
    except OSError:
        return False
    return True


class PollPoller(Poller):
    """By `poll`: any number of descriptors, where there is such a call."""

    def __init__(self) -> None:
        super().__init__()
        self._poll = select.poll()

    def _set(self, fd: int, wanted: Ready, *, is_new: bool) -> None:
        bits = (select.POLLIN if wanted & Ready.READ else 0) | (select.POLLOUT if wanted & Ready.WRITE else 0)
        self._poll.register(fd, bits)

    def _drop(self, fd: int) -> None:
        self._poll.unregister(fd)

    def wait(self, timeout: float | None) -> list[tuple[int, Ready]]:
        # Rounded up: a wait that ends too early is done again, at full speed.
        milliseconds = None if timeout is None else math.ceil(timeout * 1000)
        return [(fd, _from_poll(bits)) for fd, bits in self._poll.poll(milliseconds)]


def _from_poll(bits: int) -> Ready:
    return (
        (Ready.READ if bits & (select.POLLIN | select.POLLPRI) else Ready.NONE)
        | (Ready.WRITE if bits & select.POLLOUT else Ready.NONE)
        | (Ready.HANGUP if bits & select.POLLHUP else Ready.NONE)
        | (Ready.ERROR if bits & select.POLLERR else Ready.NONE)
        | (Ready.INVALID if bits & select.POLLNVAL else Ready.NONE)
    )


class EpollPoller(Poller):
    """By `epoll`: a wait costs those that are ready, not those that are waited for. Linux."""

    def __init__(self) -> None:
        super().__init__()
        self._epoll = select.epoll()

    def _set(self, fd: int, wanted: Ready, *, is_new: bool) -> None:
        bits = (select.EPOLLIN if wanted & Ready.READ else 0) | (select.EPOLLOUT if wanted & Ready.WRITE else 0)
        if is_new:
            self._epoll.register(fd, bits)
        else:
            self._epoll.modify(fd, bits)

    def _drop(self, fd: int) -> None:
        try:
            self._epoll.unregister(fd)
        except OSError:
            return  # closed, and so forgotten by the system already

    def wait(self, timeout: float | None) -> list[tuple[int, Ready]]:
        seconds = -1.0 if timeout is None else math.ceil(timeout * 1000) / 1000
        # The bits are those of poll.
        return [(fd, _from_poll(bits)) for fd, bits in self._epoll.poll(seconds)]

    def close(self) -> None:
        super().close()
        self._epoll.close()


def best_poller() -> Poller:
    """The best that the system has."""
    if hasattr(select, "epoll"):
        return EpollPoller()
    return PollPoller() if hasattr(select, "poll") else SelectPoller()


class Alarm:
    """Wakes a thread that waits in a poller, from any other: watch it for reading."""

    def __init__(self) -> None:
        self._asleep, self._bell = socket.socketpair()
        self._asleep.setblocking(False)
        self._bell.setblocking(False)

    def fileno(self) -> int:
        """What to watch."""
        return self._asleep.fileno()

    def ring(self) -> None:
        """Wake whoever waits, or the next who will. Does not wait; after `close` it does nothing."""
        try:
            self._bell.send(b"\0")
        except OSError:
            return  # it has been rung very often, or nobody listens any more

    def hush(self) -> None:
        """It was heard."""
        try:
            while self._asleep.recv(4096):
                continue
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptors back."""
        self._asleep.close()
        self._bell.close()
