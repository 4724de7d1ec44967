# SPDX-License-Identifier: MIT
"""What is known of plugins that sleep, and what streams share of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xmppkit.plugins.base import sleeping
from xmppkit.plugins.base.sleeping import (
    Sleeper,
    expected_tags,
    shifted,
    with_sleeper,
    without_sleeper,
    woken_by_connecting,
    woken_by_presence,
)
from xmppkit.stanza import tables


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    for each in (
        sleeping._expect,
        with_sleeper,
        without_sleeper,
        shifted,
        expected_tags,
        woken_by_presence,
        woken_by_connecting,
    ):
        each.cache_clear()  # type: ignore[attr-defined]


def test_streams_share_what_sleeps() -> None:
    one = with_sleeper(with_sleeper((), "xep_0085", 3), "xep_0092", 3)
    assert one == (Sleeper("xep_0085", 3), Sleeper("xep_0092", 3))
    assert with_sleeper(with_sleeper((), "xep_0085", 3), "xep_0092", 3) is one
    assert without_sleeper(one, "xep_0085") == (Sleeper("xep_0092", 3),)
    assert without_sleeper(one, "xep_0199") == one


def test_keys_are_expected() -> None:
    tables._expected.pop("chat_state", None)
    with_sleeper((), "xep_0085", 0)
    assert "xmppkit.plugins.xep_0085" in tables._expected["chat_state"]
    before = {key: list(modules) for key, modules in tables._expected.items()}
    with_sleeper((), "xep_0085", 1)
    with_sleeper((), "feature_bind", 1)  # of which nothing is known
    assert tables._expected == before


def test_places_move() -> None:
    sleepers = (Sleeper("a", 2), Sleeper("b", 3), Sleeper("c", 5))
    assert shifted(sleepers, 3, 2) == (Sleeper("a", 2), Sleeper("b", 3), Sleeper("c", 7))


def test_who_is_woken_by_what() -> None:
    sleepers = (Sleeper("xep_0030", 0), Sleeper("xep_0050", 0), Sleeper("xep_0115", 0), Sleeper("gone", 0))
    tags = expected_tags(sleepers)
    assert tags["{http://jabber.org/protocol/disco#info}query"] == ("xep_0030", "xep_0050")
    assert tags["{http://jabber.org/protocol/caps}c"] == ("xep_0115",)
    assert woken_by_presence(sleepers) == woken_by_connecting(sleepers) == ("xep_0115",)


def test_a_client_with_all_plugins_imports_few() -> None:
    """In a process of its own, since others have imported everything."""
    code = (
        "import sys; from xmppkit import ClientXMPP; from xmppkit.plugins.base.manifest import SKETCHES\n"
        "client = ClientXMPP('a@localhost', '')\n"
        "for name in SKETCHES: client.register_plugin(name)\n"
        "print(sorted(each for each in sys.modules if each.startswith('xmppkit.plugins.xep_')))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert output.stdout.strip() == "[]"
