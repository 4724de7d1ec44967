# SPDX-License-Identifier: MIT
"""What a session asks for."""

from __future__ import annotations

from xmppkit.protocol.framing.bosh.body import MAX_RID
from xmppkit.protocol.framing.bosh.options import SessionOptions


def test_request_ids() -> None:
    options = SessionOptions()
    rids = {options.rid_factory() for _ in range(50)}
    assert len(rids) == 50
    assert min(rids) > 0
    assert max(rids) < MAX_RID // 2 + 2


def test_keys() -> None:
    options = SessionOptions()
    assert not options.keys
    assert options.with_keys().keys
    assert options.with_keys().wait == options.wait
    one, other = options.keys_factory(), options.keys_factory()
    assert len(one) >= 256
    assert one.take() != other.take()
