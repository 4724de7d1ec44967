# SPDX-License-Identifier: MIT
"""The package `xmppkit.xmlstream`: names are loaded when they are used."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree

import pytest

import xmppkit.xmlstream
from xmppkit.jid.address import JID
from xmppkit.xmlstream.xmlstream import XMLStream


def test_names_have_their_homes() -> None:
    assert xmppkit.xmlstream.XMLStream is XMLStream
    assert xmppkit.xmlstream.JID is JID
    assert vars(xmppkit.xmlstream)["JID"] is JID, "found at once from now on"
    assert xmppkit.xmlstream.ET is xml.etree.ElementTree
    for name in xmppkit.xmlstream.__all__:
        assert getattr(xmppkit.xmlstream, name) is not None
        assert name in dir(xmppkit.xmlstream)


def test_other_names_are_none() -> None:
    with pytest.raises(AttributeError, match=r"xmppkit\.xmlstream.*nothing"):
        xmppkit.xmlstream.nothing  # noqa: B018


def test_importing_it_loads_no_stream() -> None:
    program = "import sys, xmppkit.xmlstream\nprint('xmppkit.xmlstream.xmlstream' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
