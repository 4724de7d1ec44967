# SPDX-License-Identifier: MIT
"""What importing PyXMPP2's surface loads."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import xmppkit.pyxmpp2


def test_no_asyncio() -> None:
    found = pkgutil.walk_packages(xmppkit.pyxmpp2.__path__, "xmppkit.pyxmpp2.")
    modules = [module.name for module in found if not module.name.endswith("mainloop.asyncio")]
    assert "xmppkit.pyxmpp2.client" in modules
    program = "\n".join(
        ["import sys", *(f"import {name}" for name in modules), "print([m for m in sys.modules if m == 'asyncio'])"]
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
