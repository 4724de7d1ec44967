# SPDX-License-Identifier: MIT
"""What a feature asks its stream for: a key that takes long to derive."""

from __future__ import annotations

from longlogins import LONG, deriving, login

from xmppkit.protocol.component import ComponentStream
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Step
from xmppkit.sasl.derivation import Pending


def test_at_once_unless_the_driver_wants_it_otherwise() -> None:
    stream = login().initiator
    found: list[int] = []

    def go_on(size: int) -> Outcome:
        found.append(size)
        return Outcome.DONE

    assert stream.derive(Pending(LONG, len), go_on) is Outcome.DONE
    assert found == [32]
    assert stream.work is None


def test_each_step_forgets_what_was_to_be_derived() -> None:
    _, stream = deriving("client")
    assert stream.work == LONG
    stream.move(Step.EXCHANGE)
    assert (stream.work, stream._derived) == (None, None)


def test_a_component_has_nothing_to_settle() -> None:
    stream = ComponentStream("echo.localhost", "secret", StreamOptions(tls=TlsPolicy.DISABLED), now=0.0)
    stream._settle(Outcome.DONE)
    assert stream.state.step is Step.NEW
