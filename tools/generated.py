# SPDX-License-Identifier: MIT
"""What the tools that generate files share: finding things in the sources, and --check and --write."""

from __future__ import annotations

import argparse
import ast
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 500


def modules(source: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """The name, file and syntax tree of each module below `source`, a package's directory."""
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path, ast.parse(path.read_text(encoding="utf-8"))


def homes(module: str, tree: ast.Module) -> dict[str, str]:
    """Each class and imported name of a module: where it is from."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update({alias.asname or alias.name: node.module for alias in node.names if not alias.asname})
    return found | {node.name: module for node in tree.body if isinstance(node, ast.ClassDef)}


def imports(names: Mapping[str, str]) -> list[str]:
    """The lines that import names from their homes, in ruff's order."""
    return [
        f"from {home} import {', '.join(sorted((name for name in names if names[name] == home), key=order))}"
        for home in sorted(set(names.values()))
    ]


def order(name: str) -> tuple[int, str]:
    """The order of imported names as ruff wants it: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def too_long(files: Mapping[Path, str]) -> Iterator[str]:
    """A line for each Python file that has outgrown the longest that may be."""
    for path, text in files.items():
        if path.suffix.startswith(".py") and text.count("\n") > LONGEST:
            yield f"{path.name} would have {text.count(chr(10))} lines, of at most {LONGEST}: let the tool split it"


def differences(files: Mapping[Path, str]) -> Iterator[str]:
    """How files differ from what they should be, as unified diffs."""
    for path, new in files.items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old != new:
            both = old.splitlines(keepends=True), new.splitlines(keepends=True)
            yield "".join(difflib.unified_diff(*both, f"{path.name} (is)", f"{path.name} (should be)"))


def write(files: Mapping[Path, str]) -> Iterator[str]:
    """Make the files what they should be; a line for each that changed."""
    for path, new in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="utf-8")
            yield f"wrote {path.name}"


def markdown_header(*cells: str) -> tuple[str, str]:
    """The first lines of a table in Markdown."""
    return markdown_row(cells), markdown_row(["---"] * len(cells))


def markdown_row(cells: Iterable[str]) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def run(
    arguments: list[str],
    *,
    tool: str,
    about: str,
    faults: Callable[[], list[str]],
    files: Callable[[], Mapping[Path, str]],
) -> int:
    """A tool's command line; its exit status.

    :param faults: what is wrong in the sources, a line each. Nothing is written then.
    :param files: the generated files and what they should say.
    """
    parser = argparse.ArgumentParser(description=about)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="say what differs")
    mode.add_argument("--write", action="store_true", help="make the files what they should be")
    options = parser.parse_args(arguments)
    wrong = faults()
    if wrong:
        print("\n".join(wrong))
        return 1
    wanted = files()
    wrong = list(too_long(wanted))
    if wrong:
        print("\n".join(wrong))
        return 1
    if options.write:
        print("\n".join(write(wanted)) or "nothing to write")
        return 0
    found = list(differences(wanted))
    print("".join(found), end="")
    print(
        f"{len(found)} of {len(wanted)} files differ; make them right with: python tools/{tool}.py --write"
        if found
        else f"{len(wanted)} files of tools/{tool}.py are what they should be"
    )
    return 1 if found else 0
