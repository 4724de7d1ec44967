# SPDX-License-Identifier: MIT
"""The declaration: as RFC 6121 §2.6 writes it."""

from __future__ import annotations

from xmppkit.protocol.features.rosterver import ROSTERVER
from xmppkit.protocol.state import Fact


def test_the_declaration() -> None:
    assert (ROSTERVER.name, ROSTERVER.order) == ("rosterver", 9000)
    assert ROSTERVER.tag == "{urn:xmpp:features:rosterver}ver"
    assert ROSTERVER.needs == {Fact.AUTHENTICATED}
    assert not ROSTERVER.restarts
