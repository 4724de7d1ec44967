# SPDX-License-Identifier: MIT
"""What is known of the plugins that may sleep."""

from __future__ import annotations

from xmppkit.plugins.base.manifest import SKETCHES
from xmppkit.plugins.base.sleeping import sketch_of


def test_sketches() -> None:
    assert sketch_of("xep_0085") is SKETCHES["xep_0085"]
    assert sketch_of("feature_mechanisms") is None, "every client logs in"
    assert sketch_of("xep_0077") == SKETCHES["xep_0077"]
    assert SKETCHES["xep_0077"].connect, "it has its turn before the login"
    for name, sketch in SKETCHES.items():
        assert name not in sketch.dependencies
        assert all(tag.startswith("{") for tag in sketch.tags)
