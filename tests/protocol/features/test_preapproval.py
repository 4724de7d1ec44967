# SPDX-License-Identifier: MIT
"""The declaration: as RFC 6121 §3.4 writes it."""

from __future__ import annotations

from xmppkit.protocol.features.preapproval import PREAPPROVAL
from xmppkit.protocol.state import Fact


def test_the_declaration() -> None:
    assert (PREAPPROVAL.name, PREAPPROVAL.order) == ("preapproval", 9001)
    assert PREAPPROVAL.tag == "{urn:xmpp:features:pre-approval}sub"
    assert PREAPPROVAL.needs == {Fact.AUTHENTICATED}
    assert not PREAPPROVAL.restarts
