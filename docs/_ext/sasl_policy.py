# SPDX-License-Identifier: MIT
"""Directives that show the policy of logins as tables, made from the object itself.

.. policy-table::      which mechanisms are used, with and without TLS, and the rule that refuses the others
.. rules-table::       the rules by which a login may be refused
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class _Table(SphinxDirective):
    """A table, and the modules it is made from. `rows` has the cells, of which those of the first row are the heads."""

    modules: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[str, ...]]]

    def run(self) -> list[nodes.Node]:
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
        for row in self.rows():
            lines += [f"   {'* ' if column == 0 else '  '}- {cell}" for column, cell in enumerate(row)]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, container)
        for module in self.modules:
            self.env.note_dependency(ModuleAnalyzer.for_module(module).srcname)
        return container.children


class PolicyTable(_Table):
    """What the default policy makes of each mechanism."""

    modules = ("xmppkit.sasl.policy", "xmppkit.sasl.rules")

    def rows(self) -> Iterable[tuple[str, ...]]:
        policy = importlib.import_module("xmppkit.sasl.policy")
        yield "mechanism", "strength", "over TLS", "without TLS"
        for name, strength, over_tls, in_clear in policy.SaslPolicy().table():
            if name in policy.SCORES:  # not what a program has brought along
                yield f"``{name}``", strength, over_tls, in_clear


class RulesTable(_Table):
    """The rules."""

    modules = ("xmppkit.sasl.rules",)

    def rows(self) -> Iterable[tuple[str, ...]]:
        yield "rule", "what it asks for"
        for rule in importlib.import_module("xmppkit.sasl.rules").Rule:
            yield f"``{rule.label}``", rule.value


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("policy-table", PolicyTable)
    app.add_directive("rules-table", RulesTable)
    return {"parallel_read_safe": True}
