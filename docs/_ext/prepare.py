# SPDX-License-Identifier: MIT
"""A directive for code that a page needs to be run, and that readers need not see.

    .. prepare::

       friends = set()

It shows nothing. tests/test_docs.py executes it where it stands, among the Python blocks of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Prepare(SphinxDirective):
    """Shows nothing."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return []


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("prepare", Prepare)
    return {"parallel_read_safe": True}
