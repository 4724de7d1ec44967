# SPDX-License-Identifier: MIT
"""How properties are tested: with other examples each time where people work, with the same ones in CI. And signals as
a terminal has them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A machine that is busy is no reason to fail: no test is timed, nor is how its examples are made.
settings.register_profile("work", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("work"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("XMPPKIT_REQUIRE_SERVERS") else "work")

# A job in the background may have begun with Ctrl-C ignored, which the programs that tests start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def forget_mechanisms() -> Iterator[None]:
    """SASL mechanisms that a test declares are forgotten after it."""
    from xmppkit.sasl.custom import custom_mechanisms, unregister_mechanism
    from xmppkit.util.sasl import MECH_SEC_SCORES, MECHANISMS

    classes, scores, before = dict(MECHANISMS), dict(MECH_SEC_SCORES), set(custom_mechanisms())
    yield
    MECHANISMS.clear()
    MECHANISMS.update(classes)
    MECH_SEC_SCORES.clear()
    MECH_SEC_SCORES.update(scores)
    for name in set(custom_mechanisms()) - before:
        unregister_mechanism(name)
