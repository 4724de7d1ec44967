# SPDX-License-Identifier: MIT
"""Addresses: InvalidJID or an address that is its own prepared form, and whose parts put it together again.

python fuzz/fuzz_jid.py --seconds 60
"""

from __future__ import annotations

import sys

from _runner import main

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.jid.escaping import unescape_node

#: What may leave the code under test.
ALLOWED = (InvalidJID,)


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
    sys.exit(main(target, "jid", allowed=ALLOWED, pace=1500))
