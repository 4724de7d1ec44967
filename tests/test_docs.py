# SPDX-License-Identifier: MIT
"""What the README and the chapters in docs/ show is true.

- Each Python block compiles (``await`` is allowed outside functions).
- A block that is marked as runnable is executed in a directory of its own and must not fail: ``:class: run`` below
  ``.. code-block:: python``, or ``<!-- run -->`` on the line before a block in Markdown.
- An interactive session (``.. code-block:: pycon``) is executed as a doctest.
- Links to files lead somewhere, and a ``make`` command that is mentioned exists.
"""

from __future__ import annotations

import ast
import doctest
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARKDOWN = sorted(ROOT.glob("*.md"))
CHAPTERS = sorted(path for path in (ROOT / "docs").rglob("*.rst") if "_build" not in path.parts)
#: Seconds that a program from the documentation may take.
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code in a document."""

    path: Path
    line: int
    language: str
    runs: bool
    code: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path.name}:{self.line}"


def markdown_blocks(path: Path, text: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown document."""
    for found in re.finditer(r"^(<!-- run -->\n+)?```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start(2)) + 1
        yield Block(path, line, found[2], bool(found[1]), found[3])


def chapter_blocks(path: Path, text: str) -> Iterator[Block]:
    """The code blocks of a reStructuredText document."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.fullmatch(r"(\s*)\.\. code-block:: (\w+)", line)
        if not found:
            continue
        body = []
        for following in lines[number + 1 :]:
            if following.strip() and not following.startswith(found[1] + "   "):
                break
            body.append(following)
        options = []
        while body and body[0].strip().startswith(":"):
            options.append(body.pop(0).split())
        runs = any(option[0] == ":class:" and "run" in option for option in options)
        yield Block(path, number + 1, found[2], runs, textwrap.dedent("\n".join(body)).strip("\n") + "\n")


BLOCKS = [block for path in MARKDOWN for block in markdown_blocks(path, path.read_text(encoding="utf-8"))]
BLOCKS += [block for path in CHAPTERS for block in chapter_blocks(path, path.read_text(encoding="utf-8"))]


def blocks(language: str, *, runs: bool = False) -> list[object]:
    """Parameters for a test of each block in that language."""
    return [pytest.param(one, id=str(one)) for one in BLOCKS if one.language == language and (one.runs or not runs)]


@pytest.mark.parametrize("block", blocks("python"))
def test_a_block_compiles(block: Block) -> None:
    compile(block.code, str(block), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


@pytest.mark.parametrize("block", blocks("python", runs=True))
def test_a_runnable_block_runs(block: Block, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(block.code, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("block", blocks("pycon"))
def test_a_session_says_what_is_shown(block: Block) -> None:
    test = doctest.DocTestParser().get_doctest(block.code, {}, str(block), str(block.path), block.line)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert result.attempted
    assert not result.failed, "".join(report)


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    missing = [target for target in targets if "://" not in target and not (ROOT / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", MARKDOWN + CHAPTERS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    mentioned = re.findall(r"(?:`|^ {4}|\$ )make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(mentioned) <= there


def test_blocks_are_found() -> None:
    """The tests above would say nothing if no block were found."""
    assert blocks("python", runs=True)
    markdown = "a\n\n<!-- run -->\n```python\nrun()\n```\n\n```python\nshow()\n```\n"
    assert [(one.line, one.runs, one.code) for one in markdown_blocks(Path("a.md"), markdown)] == [
        (4, True, "run()\n"),
        (8, False, "show()\n"),
    ]
    chapter = (
        "a\n\n.. code-block:: python\n   :caption: x\n   :class: run\n\n   if a:\n\n       run()\n\nb\n\n"
        "* c\n\n  .. code-block:: pycon\n\n     >>> 1\n     1\n\n  d\n"
    )
    assert [(one.line, one.language, one.runs, one.code) for one in chapter_blocks(Path("a.rst"), chapter)] == [
        (3, "python", True, "if a:\n\n    run()\n"),
        (15, "pycon", False, ">>> 1\n1\n"),
    ]
