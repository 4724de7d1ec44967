# SPDX-License-Identifier: MIT
"""The package `xmppkit.util`: what it offers is loaded when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xmppkit import util
from xmppkit.util import cache, misc_ops


def test_names_have_their_homes() -> None:
    for name in util.__all__:
        home = cache if name.endswith("Cache") else misc_ops
        assert getattr(util, name) is getattr(home, name)
        assert name in dir(util)
    assert util.cache is cache
    with pytest.raises(AttributeError, match=r"xmppkit\.util.*nothing"):
        util.nothing  # noqa: B018


def test_modules_are_attributes_without_an_import_of_their_own() -> None:
    program = "from xmppkit import util\nprint(util.stringprep_profiles.create(), util.sasl.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "xmppkit.util.sasl" in done.stdout, done.stderr
