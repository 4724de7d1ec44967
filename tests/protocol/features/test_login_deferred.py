# SPDX-License-Identifier: MIT
"""Logins of either profile go on when a key that took long to derive is there."""

from __future__ import annotations

import pytest
from longlogins import PLAIN, deriving, finish

from xmppkit.exceptions import AuthenticationFailed
from xmppkit.protocol.events import Negotiated


@pytest.mark.parametrize("sasl2", [False, True])
@pytest.mark.parametrize(("end", "how"), [("client", {}), ("server", PLAIN)])
def test_with_the_right_password(end: str, how: dict[str, str], sasl2: bool) -> None:
    pair, stream = deriving(end, **how, sasl2=sasl2)
    finish(pair, stream)
    assert isinstance(pair.initiator_events[-1], Negotiated)


@pytest.mark.parametrize("sasl2", [False, True])
@pytest.mark.parametrize("how", [{}, PLAIN])
def test_with_a_wrong_one(how: dict[str, str], sasl2: bool) -> None:
    pair, server = deriving("server", **how, password="pen", sasl2=sasl2)
    assert b"<failure" not in pair.receiver_wrote
    finish(pair, server)
    assert b"<failure" in pair.receiver_wrote
    assert isinstance(pair.initiator.error, AuthenticationFailed)
