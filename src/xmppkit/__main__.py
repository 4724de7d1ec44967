# SPDX-License-Identifier: MIT
"""``python -m xmppkit``: see `xmppkit.cli`."""

from __future__ import annotations

import sys
from importlib import import_module

if __name__ == "__main__":
    sys.exit(import_module("xmppkit.cli.main").main())
