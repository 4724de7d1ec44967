# SPDX-License-Identifier: MIT
"""The declaration of SASL2: its halves are imported when they are needed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from xmppkit.protocol.features.sasl2 import SASL2
from xmppkit.protocol.features.sasl2_initiator import Sasl2Initiator
from xmppkit.protocol.features.sasl2_receiver import Sasl2Receiver
from xmppkit.protocol.state import Fact


def test_its_halves() -> None:
    stream: Any = object()
    assert SASL2.initiator is not None
    assert SASL2.receiver is not None
    initiator, receiver = SASL2.initiator(stream, SASL2), SASL2.receiver(stream, SASL2)
    assert type(initiator) is Sasl2Initiator
    assert type(receiver) is Sasl2Receiver
    assert initiator.feature is receiver.feature is SASL2
    assert initiator.stream is receiver.stream is stream


def test_its_turn_comes_over_tls_and_before_a_login() -> None:
    assert SASL2.permitted(frozenset({Fact.SECURE}))
    assert not SASL2.permitted(frozenset())
    assert not SASL2.permitted(frozenset({Fact.SECURE, Fact.AUTHENTICATED}))


def test_a_client_that_is_not_connected_has_none_of_it() -> None:
    code = (
        "import sys; from xmppkit import ClientXMPP; ClientXMPP('a@localhost', '')\n"
        "print([each for each in sys.modules if 'sasl2_' in each or each.endswith(('.inline', '.sasl.ht'))])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert output.stdout.strip() == "[]"
