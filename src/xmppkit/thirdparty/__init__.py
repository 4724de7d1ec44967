# SPDX-License-Identifier: MIT
"""What slixmpp brings along of other projects, under the same names: `OrderedSet`, `deprecated`, `GPG`.

The code is xmppkit's own, except for `GPG`, which is the class of python-gnupg if that is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.thirdparty.gnupg import GPG
    from xmppkit.thirdparty.orderedset import OrderedSet

__all__ = ["GPG", "OrderedSet", "deprecated"]

_HOMES = {"GPG": "gnupg", "OrderedSet": "orderedset"}
_MODULES = frozenset({"deprecated", "gnupg", "orderedset"})


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
