# SPDX-License-Identifier: MIT
"""Who may use what: in this process, between processes, and on systems with other locks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from xmppkit.exceptions import StorageConflict, StorageError
from xmppkit.storage import claims
from xmppkit.storage.claims import Claim, claim_file

HOLD = """
import sys
from xmppkit.storage.claims import claim_file
held = claim_file(sys.argv[1], "the outbox")
print("held", flush=True)
sys.stdin.read()
"""


def test_within_a_process() -> None:
    claim = Claim.here("the outbox")
    assert claim.name == "the outbox"
    with pytest.raises(StorageConflict, match="the outbox is used by this process already"):
        Claim.here("the outbox")
    claim.release()
    claim.release()
    Claim.here("the outbox").release()


def test_of_another_process_until_it_is_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(StorageConflict, match="another process uses the outbox"):
            claim_file(path, "the outbox")
        process.kill()
    claim_file(path, "the outbox").release()


def test_of_this_process(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    claim = claim_file(path, "the outbox")
    with pytest.raises(StorageConflict, match="by this process"):
        claim_file(path, "the outbox")
    claim.release()
    claim_file(path, "the outbox").release()
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_what_cannot_be_made(tmp_path: Path) -> None:
    path = str(tmp_path / "nowhere" / "lock")
    for _ in range(2):  # nothing of the first attempt stays
        with pytest.raises(StorageError, match="cannot be locked: No such file"):
            claim_file(path, "the outbox")


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), KeyboardInterrupt()])
def test_a_file_system_without_locks(error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise error

    path = str(tmp_path / "lock")
    with monkeypatch.context() as patched:
        patched.setattr(claims, "_lock", lambda: refuse)
        with pytest.raises((StorageError, KeyboardInterrupt)):
            claim_file(path, "the outbox")
    claim_file(path, "the outbox").release()


def test_another_operating_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def locking(descriptor: int, mode: int, length: int) -> None:
        if taken:
            raise PermissionError(errno.EACCES, "Permission denied")
        taken.append(length)

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    claim = claim_file(str(tmp_path / "lock"), "the outbox")
    assert taken == [1]
    claim.release()
    with pytest.raises(StorageConflict, match="another process"):
        claim_file(str(tmp_path / "lock"), "the outbox")
