# SPDX-License-Identifier: MIT
"""How properties are tested: with other examples each time where people work, with the same ones in CI. And signals as
a terminal has them."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# A machine that is busy is no reason to fail: no test is timed.
settings.register_profile("work", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("XMPPKIT_REQUIRE_SERVERS") else "work")

# A job in the background may have begun with Ctrl-C ignored, which the programs that tests start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
