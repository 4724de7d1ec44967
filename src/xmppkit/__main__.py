# SPDX-License-Identifier: MIT
"""``python -m xmppkit``: the command line; see `xmppkit.cli`."""

from __future__ import annotations

import sys

from xmppkit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
