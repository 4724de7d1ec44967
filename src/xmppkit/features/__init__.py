# SPDX-License-Identifier: MIT
"""The stream features as plugins: their options, and the stanzas they are made of. The engine negotiates them.

Programs reach them as attributes; each is imported when it is first used.
"""

from __future__ import annotations

import importlib

_MODULES = frozenset({
    "feature_bind", "feature_limits", "feature_mechanisms", "feature_preapproval", "feature_rosterver",
    "feature_session", "feature_starttls",
})  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
