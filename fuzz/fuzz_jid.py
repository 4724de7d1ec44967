# SPDX-License-Identifier: MIT
"""Addresses: InvalidJID or an address that is its own prepared form, and whose parts put it together again.

python fuzz/fuzz_jid.py --seconds 60
"""

from __future__ import annotations

import sys

from _runner import corpus, main

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.jid.escaping import unescape_node

#: What may leave the code under test.
ALLOWED = (InvalidJID,)
SEEDS = [
    b"juliet@example.com/foo bar", b"example.com", b"\\20call\\20me\\20ishmael@example.com", b"user@[::1]/r",
    b"a@127.0.0.1",
    "fußball@example.com".encode(), "π@example.com".encode(), "king♚@example.com".encode(), "a@ex.com/foo♚".encode(),
    "xn--bcher-kva@bücher.example".encode(), b"a.b.c@d.e.f./g@h/i", "ΑΣ@example.com".encode(), b"",
]  # fmt: skip


def target(data: bytes) -> None:
    """One input."""
    text = data.decode("utf-8", "replace")
    jid = JID(text)
    try:
        again = JID(str(jid))
    except InvalidJID as error:
        raise AssertionError(f"{text!r} is prepared as {str(jid)!r}, which is no address") from error
    assert again == jid, (text, str(jid))
    assert str(again) == str(jid), "what is prepared changes no more"
    made = (f"{jid.local}@" if jid.local else "") + jid.domain + (f"/{jid.resource}" if jid.resource else "")
    assert made == jid.full
    assert hash(JID(jid.full)) == hash(jid)
    assert JID(jid.bare) == jid.bare_jid
    for part in (jid.local, jid.domain, jid.resource):
        assert len(part.encode()) <= 1023
    assert unescape_node(jid.local) is not None


if __name__ == "__main__":
    sys.exit(main(target, [*SEEDS, *corpus("jid")], ALLOWED))
