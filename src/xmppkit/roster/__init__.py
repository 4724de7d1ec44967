# SPDX-License-Identifier: MIT
"""Rosters: whom an account knows, who may see its presence, and who is there (RFC 6121 §2-§4).

`Roster` holds a `RosterNode` for each own bare JID (a client has one, a component one for each of its
addresses); a node holds a `RosterItem` for each contact. For a client the server decides about
subscriptions and the items show what it says. A component has no server that would do so; there the items
are the state machine of RFC 6121 Appendix A.

What is to outlive the program goes to a `RosterBackend`, whose methods may be plain functions or
coroutine functions.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.roster.backend import RosterBackend, RosterState
    from xmppkit.roster.item import RosterItem
    from xmppkit.roster.multi import Roster
    from xmppkit.roster.node import RosterNode

__all__ = ["Roster", "RosterBackend", "RosterItem", "RosterNode", "RosterState"]

_HOMES = {
    "Roster": "multi",
    "RosterBackend": "backend",
    "RosterItem": "item",
    "RosterNode": "node",
    "RosterState": "backend",
}
#: Submodules that programs reach as attributes.
_MODULES = frozenset({"item", "multi", "single"})


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
