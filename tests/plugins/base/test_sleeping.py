# SPDX-License-Identifier: MIT
"""What is known of plugins that sleep, and what streams share of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xmppkit.plugins.base import sleeping
from xmppkit.plugins.base.sleeping import Sleeper, shifted, sleepers_of, with_sleeper, without_sleeper
from xmppkit.stanza import tables

NOBODY = sleepers_of(())


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    for each in (sleeping._expect, sleeping._sketches, sleepers_of, with_sleeper, without_sleeper, shifted):
        each.cache_clear()  # type: ignore[attr-defined]


def test_streams_share_what_sleeps() -> None:
    one = with_sleeper(with_sleeper(NOBODY, "xep_0085", 3), "xep_0092", 3)
    assert one.entries == (Sleeper("xep_0085", 3), Sleeper("xep_0092", 3))
    assert one.names == {"xep_0085", "xep_0092"}
    assert with_sleeper(with_sleeper(NOBODY, "xep_0085", 3), "xep_0092", 3) is one
    assert without_sleeper(one, "xep_0085").entries == (Sleeper("xep_0092", 3),)
    assert without_sleeper(one, "xep_0199") is one


def test_keys_are_expected() -> None:
    tables._expected.pop("chat_state", None)
    with_sleeper(NOBODY, "xep_0085", 0)
    assert "xmppkit.plugins.xep_0085" in tables._expected["chat_state"]
    before = {key: list(modules) for key, modules in tables._expected.items()}
    with_sleeper(NOBODY, "xep_0085", 1)
    with_sleeper(NOBODY, "feature_mechanisms", 1)  # of which nothing is known
    assert tables._expected == before


def test_places_move() -> None:
    sleepers = sleepers_of((Sleeper("a", 2), Sleeper("b", 3), Sleeper("c", 5)))
    assert shifted(sleepers, 3, 2).entries == (Sleeper("a", 2), Sleeper("b", 3), Sleeper("c", 7))


def test_who_is_woken_by_what() -> None:
    names = ("xep_0030", "xep_0050", "xep_0085", "xep_0115", "xep_0184", "gone")
    sleepers = sleepers_of(tuple(Sleeper(name, 0) for name in names))
    assert sleepers.tags["{http://jabber.org/protocol/disco#info}query"] == ("xep_0030", "xep_0050")
    assert sleepers.tags["{http://jabber.org/protocol/caps}c"] == ("xep_0115",)
    assert sleepers.presence == sleepers.connecting == ("xep_0115",)
    assert sleepers.sends == {"{urn:xmpp:receipts}request": ("xep_0184",)}
    assert sleepers.listeners["chatstate_gone"] == ("xep_0085",)
    assert "{http://jabber.org/protocol/chatstates}gone" not in sleepers.tags


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
