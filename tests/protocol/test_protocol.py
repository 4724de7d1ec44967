# SPDX-License-Identifier: MIT
"""The package: what it exports, when that is loaded, and that the driver in its documentation works."""

from __future__ import annotations

import subprocess
import sys

import pytest

import xmppkit.protocol
from xmppkit.protocol import state


@pytest.mark.parametrize("name", xmppkit.protocol.__all__)
def test_every_export_comes_from_its_home(name: str) -> None:
    value = getattr(xmppkit.protocol, name)
    assert value.__name__ == name
    assert value.__module__.startswith("xmppkit.protocol.")
    assert getattr(xmppkit.protocol, name) is value


def test_they_are_loaded_when_they_are_asked_for() -> None:
    xmppkit.protocol.__dict__.pop("Fact", None)
    assert xmppkit.protocol.Fact is state.Fact
    assert xmppkit.protocol.__dict__["Fact"] is state.Fact


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match=r"'xmppkit\.protocol' has no attribute 'Socket'"):
        _ = xmppkit.protocol.Socket


def test_no_io_is_loaded() -> None:
    """The engine has no use for sockets and event loops; `ssl` loads `socket` for its own sake."""
    code = (
        "import sys, xmppkit.protocol as p; [getattr(p, name) for name in p.__all__]; "
        "print([name for name in ('asyncio', 'selectors') if name in sys.modules "
        "and name not in before])"
    )
    code = "import sys, ssl; before = set(sys.modules); " + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
