# SPDX-License-Identifier: MIT
"""Whose turn it is to use something that only one may use at a time: in this process, and between processes.

What a process has claimed is free again when the process is gone, however it has ended.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable
from typing import Any, Final

from xmppkit.exceptions import StorageConflict, StorageError

__all__ = ["Claim", "claim_file"]

#: What this process has claimed, for the locks of operating systems are those of processes, not of objects.
_CLAIMED: Final[set[str]] = set()


class Claim:
    """Something that nobody else may use now.

    :param name: what.
    :param release: gives it back.
    """

    __slots__ = ("_release", "name")

    def __init__(self, name: str, release: Callable[[], object]) -> None:
        self.name = name
        self._release: Callable[[], object] | None = release

    @classmethod
    def here(cls, name: str, place: str = "") -> Claim:
        """Claim something within this process.

        :param place: where it is, if there are several of its name.
        :raises StorageConflict: somebody has it.
        """
        mark = f"{place}\0{name}"
        if mark in _CLAIMED:
            raise StorageConflict(f"{name} is used by this process already: close what uses it first")
        _CLAIMED.add(mark)
        return cls(name, lambda: _CLAIMED.discard(mark))

    def release(self) -> None:
        """Give it back. May be repeated."""
        release, self._release = self._release, None
        if release is not None:
            release()


def claim_file(path: str, name: str) -> Claim:
    """Claim something by a lock on a file beside it, which is made and stays.

    :param path: the file.
    :param name: what is claimed, for people.
    :raises StorageConflict: another process has it, or this one.
    :raises StorageError: the file cannot be made, or the file system knows no locks.
    """
    here = Claim.here(name, os.path.abspath(path))
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock()(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise StorageConflict(f"another process uses {name}; end it first ({path} is locked)") from None
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        here.release()
        raise StorageError(f"{path} cannot be locked: {error.strerror or error}") from error
    except BaseException:
        here.release()
        raise

    def release() -> None:
        os.close(descriptor)
        here.release()

    return Claim(name, release)


def _lock() -> Callable[[int], None]:
    """What locks a file, as this operating system does it. It raises BlockingIOError when somebody else has."""
    with contextlib.suppress(ImportError):
        fcntl: Any = importlib.import_module("fcntl")
        return lambda descriptor: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    msvcrt: Any = importlib.import_module("msvcrt")

    def lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None

    return lock
