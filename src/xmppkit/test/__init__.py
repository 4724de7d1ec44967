# SPDX-License-Identifier: MIT
"""slixmpp's test kit: `SlixTest` and what belongs to it, for tests that were written with it.

New tests have more in `xmppkit.testing`. Everything here is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.test.integration import SlixIntegration as SlixIntegration
    from xmppkit.test.livesocket import TestLiveSocket as TestLiveSocket
    from xmppkit.test.mocksocket import TestSocket as TestSocket
    from xmppkit.test.slixtest import SlixTest as SlixTest
    from xmppkit.test.transport import TestTransport as TestTransport

_HOMES = {
    "SlixIntegration": "integration",
    "SlixTest": "slixtest",
    "TestLiveSocket": "livesocket",
    "TestSocket": "mocksocket",
    "TestTransport": "transport",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
