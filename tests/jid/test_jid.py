# SPDX-License-Identifier: MIT
"""The package of addresses: what it exports, and how light it is."""

from __future__ import annotations

import subprocess
import sys

import xmppkit.jid
from xmppkit import exceptions
from xmppkit.jid import address, escaping


def test_what_is_exported() -> None:
    assert xmppkit.jid.JID is address.JID
    assert xmppkit.jid.UnescapedJID is address.UnescapedJID
    assert xmppkit.jid.InvalidJID is address.InvalidJID is exceptions.InvalidJID
    assert xmppkit.jid.escape_node is escaping.escape_node
    assert xmppkit.jid.unescape_node is address.unescape_node is escaping.unescape_node
    assert all(hasattr(xmppkit.jid, name) for name in xmppkit.jid.__all__)


def test_an_ascii_address_loads_neither_a_network_nor_tables_of_unicode() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from xmppkit.jid import JID\n"
        "assert JID('A@b/c').full == 'a@b/c'\n"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(loaded & {'asyncio', 'ssl', 'socket', 'idna', 'precis_i18n'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
