# SPDX-License-Identifier: MIT
"""Finds every piece of code in the README and the chapters of docs/: what tests/test_docs.py runs.

Chapters are read by docutils itself, so that no way of writing a literal block escapes: one that is no ``code-block``
has no language, and the tests fail for it. Markdown is read line by line, in the forms that our files use; what is
reStructuredText within it (``{eval-rst}``) is read as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles

ROOT = Path(__file__).resolve().parent.parent
#: The language of a block that names none.
UNNAMED = "(none)"
#: The language of what is executed and not shown.
HIDDEN = "prepare"
#: The languages that are executed.
EXECUTED = frozenset({"python", "pycon", HIDDEN})
#: A caption that is the name of a file.
FILE = re.compile(r"[\w/-]+\.(?:py|toml)")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code in a document."""

    path: Path
    line: int
    language: str
    runs: bool
    """Whether it is marked as a program of its own."""
    file: str | None
    """The file that it is, if its caption is the name of one."""
    code: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path.name}:{self.line}"


class _Code(Directive):
    """``code-block``, and what Sphinx has for the same."""

    optional_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "class": directives.class_option,
        "caption": directives.unchanged,
        "name": directives.unchanged,
        "emphasize-lines": directives.unchanged,
        "linenos": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content) + "\n"
        language = self.arguments[0] if self.arguments else UNNAMED
        found = nodes.literal_block(code, code, language=language, at=self.lineno)
        found["classes"] = self.options.get("class", [])
        found["file"] = self.options.get("caption")
        return [found]


class _Prepare(_Code):
    """Code that is executed and not shown."""

    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content) + "\n"
        return [nodes.literal_block(code, code, language=HIDDEN, at=self.lineno)]


class _Include(Directive):
    """``literalinclude``: a block whose code is the name of the file."""

    required_arguments = 1
    option_spec: ClassVar = {"pyobject": directives.unchanged, "lines": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        return [nodes.literal_block(name, name, language="literalinclude", at=self.lineno)]


class _Nothing(Directive):
    """A directive of Sphinx or of docs/_ext that shows no code of the page."""

    optional_arguments = 100
    has_content = True

    def run(self) -> list[nodes.Node]:
        return []


class _Options(dict[str, Any]):
    """Takes any option."""

    def __getitem__(self, key: str) -> Any:
        return directives.unchanged

    def __bool__(self) -> bool:
        return True


_Nothing.option_spec = _Options()
for _name in ("code-block", "code", "sourcecode", "highlight-block"):
    directives.register_directive(_name, _Code)
directives.register_directive("prepare", _Prepare)
directives.register_directive("literalinclude", _Include)
# Those that take no text of the page. Any other is an error of docutils, and so the page fails.
for _name in (
    "toctree",
    "package-reference",
    "settings-table",
    "knob-table",
    "policy-table",
    "rules-table",
    "automethod",
    "autoproperty",
    "py:currentmodule",
):
    directives.register_directive(_name, _Nothing)


def _passed(role: str, raw: str, text: str, *rest: Any, **more: Any) -> tuple[list[nodes.Node], list[Any]]:
    return [nodes.inline(raw, text)], []


for _name in ("doc", "ref", "py:obj", "obj", "py:class", "py:meth", "class", "meth", "mod", "term", "download"):
    roles.register_local_role(_name, _passed)


def chapter_blocks(path: Path, text: str) -> Iterator[Block]:
    """The code blocks of a reStructuredText document, in order."""
    settings = {"report_level": 3, "halt_level": 3, "default_role": "py:obj", "_disable_config": True}
    tree = publish_doctree(text, str(path), settings_overrides=settings)
    for node in tree.findall(lambda each: isinstance(each, nodes.literal_block | nodes.doctest_block)):
        assert isinstance(node, nodes.Element)
        line = node.get("at") or node.line or 0
        file = node.get("file") if FILE.fullmatch(node.get("file") or "") else None
        code = node.astext().strip("\n") + "\n"
        yield Block(path, line, node.get("language", UNNAMED), "run" in node["classes"], file, code)


_FENCE = re.compile(r"^(<!-- run -->\n+)?^```(\w*|\{eval-rst\})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HIDDEN = re.compile(r"^<!-- prepare\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
#: What would be code too, in Markdown, and is not written like that here: indentation, tildes.
_OTHERS = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}|\t)(?![-*\d])\S.*|^ *~~~.*|^ +```.*", re.MULTILINE)


def markdown_blocks(path: Path, text: str) -> Iterator[Block]:
    """The code blocks of a Markdown document, in order."""

    def line(position: int) -> int:
        return text.count("\n", 0, position) + 1

    found = [(each.start(2), each[2] or UNNAMED, bool(each[1]), each[3]) for each in _FENCE.finditer(text)]
    found += [(each.start(1), HIDDEN, False, each[1]) for each in _HIDDEN.finditer(text)]
    blanked = _FENCE.sub(lambda each: re.sub(r"[^\n]", "x", each[0]), text)
    found += [(each.start(), UNNAMED, False, each[0]) for each in _OTHERS.finditer(blanked)]
    for position, language, runs, code in sorted(found):
        if language == "{eval-rst}":
            yield from chapter_blocks(path, code)
        else:
            yield Block(path, line(position), language, runs, None, code)


#: What the pages of plugins find: `bot` and `alice` are clients whose session has started. Whatever fails beside the
#: page, as an event handler, is logged, and makes the last block fail.
BEFORE_A_PLUGIN = """\
bot = await world.session("bot@localhost/page")
alice = await world.session("alice@localhost/page")
failures = world.failures()
"""
AFTER_A_PLUGIN = """\
for client in (bot, alice):
    await client.disconnect()
assert not failures, failures
"""


def page_of(path: Path, blocks: Iterable[Block]) -> list[dict[str, object]]:
    """What tests/docs_page.py takes: the blocks of a document that are executed, with what pages of plugins need."""
    page = [
        {"name": str(one), "line": one.line, "language": one.language, "file": one.file, "code": one.code}
        for one in blocks
        if one.path == path and one.language in EXECUTED and not one.runs
    ]
    if path.parent.name != "plugins" or not page:
        return page

    def hidden(name: str, code: str) -> dict[str, object]:
        return {"name": f"{path.name}, {name}:0", "line": 0, "language": HIDDEN, "file": None, "code": code}

    return [hidden("before", BEFORE_A_PLUGIN), *page, hidden("after", AFTER_A_PLUGIN)]


def _chapters(pattern: str) -> list[Path]:
    return sorted(path for path in (ROOT / "docs").rglob(pattern) if "_build" not in path.parts)


#: The chapters of the documentation that are written in Markdown.
MARKDOWN_CHAPTERS = _chapters("*.md")
MARKDOWN = sorted(ROOT.glob("*.md")) + MARKDOWN_CHAPTERS
CHAPTERS = _chapters("*.rst")


def all_blocks() -> list[Block]:
    """Those of all documents."""
    found = [block for path in MARKDOWN for block in markdown_blocks(path, path.read_text(encoding="utf-8"))]
    found += [block for path in CHAPTERS for block in chapter_blocks(path, path.read_text(encoding="utf-8"))]
    return found
