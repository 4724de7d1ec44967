# SPDX-License-Identifier: MIT
"""How properties are tested: with other examples each time where people work, with the same ones in CI."""

from __future__ import annotations

import os

from hypothesis import settings

# A machine that is busy is no reason to fail: no test is timed.
settings.register_profile("work", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("XMPPKIT_REQUIRE_SERVERS") else "work")
