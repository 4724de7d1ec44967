# SPDX-License-Identifier: MIT
"""Directives that show frozen dataclasses as tables, read from their source, so that no figure is written twice.

.. settings-table:: xmppkit.xml.limits Limits
   :fields: stanza_bytes depth        (all of them by default)
   :variants: server component        (class methods, a column each beside the default)
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

KIB = 1024


def shown(field: str, value: object) -> str:
    """The value of a field as people write it: sizes in powers of 1024."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not field.endswith(("_bytes", "_length")):
            return f"{value:,}"
        if value >= KIB and value % (KIB * KIB) == 0:
            return f"{value // (KIB * KIB)} Mi"
        if value >= KIB and value % KIB == 0:
            return f"{value // KIB} Ki"
        return f"{value:,}"
    if isinstance(value, tuple):
        return ", ".join(f"``{each}``" for each in value)
    return f"``{value!r}``"


def meanings(module: str, cls: type) -> dict[str, str]:
    """What each field of `cls` means, from the text beside it or the docstring's ``:ivar name:``."""
    found = dict(re.findall(r"^:ivar (\w+): (.*?)(?=^:|\Z)", inspect.getdoc(cls) or "", re.DOTALL | re.MULTILINE))
    for (owner, field), lines in ModuleAnalyzer.for_module(module).find_attr_docs().items():
        if owner == cls.__name__:
            found[field] = "\n".join(lines)
    return {field: " ".join(text.split()) for field, text in found.items()}


class SettingsTable(SphinxDirective):
    """A table of the fields of a dataclass: name, meaning, values."""

    required_arguments = 2
    option_spec: ClassVar = {"fields": directives.unchanged, "variants": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        module, name = self.arguments
        cls = getattr(importlib.import_module(module), name)
        documented = meanings(module, cls)
        variants = {"default": cls()} | {
            variant: getattr(cls, variant)() for variant in self.options.get("variants", "").split()
        }
        wanted = self.options.get("fields", "").split() or [field.name for field in dataclasses.fields(cls)]
        lines = [
            ".. list-table::",
            "   :header-rows: 1",
            "   :widths: auto",
            "",
            "   * - setting",
            *(f"     - {variant.replace('_', ' ')}" for variant in variants),
            "     - meaning",
        ]
        for field in wanted:
            lines.append(f"   * - ``{field}``")
            lines += [f"     - {shown(field, getattr(settings, field))}" for settings in variants.values()]
            lines.append(f"     - {documented[field]}")
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, container)
        self.env.note_dependency(ModuleAnalyzer.for_module(module).srcname)
        return container.children


class KnobTable(SphinxDirective):
    """A table of the settings of a stream (`xmppkit.settings.Settings`): all of them, or those in ``:fields:``."""

    option_spec: ClassVar = {"fields": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        settings = importlib.import_module("xmppkit.settings")
        knobs = settings.Settings.knobs()
        lines = [
            ".. list-table::",
            "   :header-rows: 1",
            "   :widths: auto",
            "",
            "   * - setting, environment variable",
            "     - default",
            "     - meaning, and what it takes",
        ]
        for knob in [knobs[name] for name in self.options.get("fields", "").split() or knobs]:
            unit = f" {knob.unit}" if knob.unit and knob.default is not None else ""
            lines.append(f"   * - ``{knob.name}``, ``{knob.environment}``")
            lines.append(f"     - ``{settings.shown(knob.default)}``{unit}")
            lines.append(f"     - {knob.help} It takes {knob.kind.description}.")
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, container)
        self.env.note_dependency(ModuleAnalyzer.for_module("xmppkit.settings.settings").srcname)
        return container.children


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("settings-table", SettingsTable)
    app.add_directive("knob-table", KnobTable)
    return {"parallel_read_safe": True}
