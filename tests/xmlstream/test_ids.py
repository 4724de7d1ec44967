# SPDX-License-Identifier: MIT
"""Ids of stanzas."""

from __future__ import annotations

import re
import subprocess
import sys

from xmppkit.xmlstream import ids


def test_ids_are_random_and_never_repeat() -> None:
    made = [ids.random_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in made)


_PROGRAM = """
import os
from xmppkit.xmlstream.ids import random_id
random_id()
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, random_id().encode())
    os._exit(0)
os.wait()
theirs = os.read(read, 100).decode()
print(len(theirs), theirs in [random_id() for _ in range(100)])
"""


def test_a_child_process_gives_out_ids_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == ["32", "False"]
