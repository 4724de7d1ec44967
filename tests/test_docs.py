# SPDX-License-Identifier: MIT
"""What the README and the chapters in docs/ show is true.

Every block of code is of one of these kinds, and a block of any other kind fails:

- ``python`` and ``pycon`` (an interactive session): executed, page by page, in order, with tests/docs_page.py; what the
  readers need not see of that is in a ``.. prepare::``, in Markdown in ``<!-- prepare``. A block that is marked as a
  program (``:class: run``; in Markdown ``<!-- run -->`` on the line before) is executed by itself instead.
- ``console``: our own commands are run, and must say what is shown. Others are in the list `ELSEWHERE`.
- ``toml``, ``xml``: must be that.
- ``text``: what something has said; not executed.
- ``literalinclude``: of an example, all of which tests run.

Beside that, links to files lead somewhere, a ``make`` command that is mentioned exists, and each public module is in
the reference.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docs_blocks import (
    CHAPTERS,
    EXECUTED,
    HIDDEN,
    MARKDOWN,
    MARKDOWN_CHAPTERS,
    ROOT,
    UNNAMED,
    Block,
    all_blocks,
    chapter_blocks,
    markdown_blocks,
    page_of,
)

#: Seconds that a page, a program or a command may take.
TIMEOUT = 90.0
BLOCKS = all_blocks()
KINDS = EXECUTED | {"console", "toml", "xml", "text", "literalinclude"}

#: Commands that are not run here, since they change the machine or need a network, or since CI runs them as its steps.
ELSEWHERE = (
    r"python3 -m venv \.venv",
    r"(\.venv/bin/)?pip install '?xmppkit(\[[a-z,]+\])?'?",
    r"(\.venv/bin/)?pip install (--editable|-e) \.",
    r"apt-get install [a-z -]+",
    r"git clone <the repository> xmppkit",
    r"cd xmppkit",
    r"make [a-z]+( +#.*)?",  # whether there is such a target: see test_commands_exist
)


def blocks(*languages: str, runs: bool = False) -> list[object]:
    """Parameters for a test of each block in one of these languages."""
    return [pytest.param(one, id=str(one)) for one in BLOCKS if one.language in languages and one.runs == runs]


#: The plugins whose pages ask nothing of a server that the embedded one does not do. All are tested against a real one,
#: in interop/test_reference_pages.py.
AT_OUR_SERVER = {f"xep_{number}" for number in ("0030", "0085", "0092", "0199", "0231")}
PAGES = [
    path
    for path in MARKDOWN + CHAPTERS
    if any(one.path == path and one.language in EXECUTED for one in BLOCKS)
    and (path.parent.name != "plugins" or path.stem in AT_OUR_SERVER)
]


def environment() -> dict[str, str]:
    """That of a command: no colours, and no settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("XMPPKIT_")} | {"NO_COLOR": "1"}


def python(arguments: list[str], directory: Path, given: str = "") -> str:
    """Run Python; what it says, once it has ended without an error."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        input=given,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("block", [pytest.param(one, id=str(one)) for one in BLOCKS])
def test_each_block_is_of_a_kind_that_is_tested(block: Block) -> None:
    assert block.language in KINDS, "name its language; tests/test_docs.py says which there are"


@pytest.mark.parametrize("block", blocks("python", runs=True))
def test_a_program_runs(block: Block, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(block.code, encoding="utf-8")
    python(["program.py"], tmp_path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_can_be_executed(path: Path, tmp_path: Path) -> None:
    page = page_of(path, BLOCKS)
    said = python([str(ROOT / "tests" / "docs_page.py")], tmp_path, json.dumps(page))
    assert re.findall(r"^executed (.*)$", said, re.MULTILINE) == [one["name"] for one in page]


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with what is shown of its output."""
    parts = re.split(r"^\$ (.*)\n", block.code.replace("\\\n", ""), flags=re.MULTILINE)
    assert not parts[0], "a console block begins with a command"
    for command, shown in zip(parts[1::2], parts[2::2], strict=True):
        yield command, shown.splitlines()


def same(shown: list[str], said: list[str]) -> bool:
    """Whether that is what was said; ``...`` stands for any text in a line, and ports may differ."""
    masks = [re.sub(r"port \d+", "port *", re.sub(r"([*?[])", r"[\1]", line)).replace("...", "*") for line in shown]
    return len(shown) == len(said) and all(map(fnmatch.fnmatchcase, said, masks))


def serve(arguments: list[str], directory: Path) -> list[str]:
    """Run the server until it is there, and press Ctrl-C; what it has said until then."""
    command = [sys.executable, "-m", "xmppkit", *arguments, "--port", "0", "--direct-tls-port", "0"]
    said = []
    with subprocess.Popen(
        command, cwd=directory, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        ready = False
        for line in server.stdout:
            if not ready:
                said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C stops it"):
                ready = True
                server.send_signal(signal.SIGINT)
        assert server.wait(TIMEOUT) == 0, said
    return said


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_do_what_is_shown(block: Block, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for other in BLOCKS:
        if other.path == block.path and other.file is not None:
            (tmp_path / other.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / other.file).write_text(other.code, encoding="utf-8")
    for command, shown in commands(block):
        if any(re.fullmatch(each, command) for each in ELSEWHERE):
            assert not shown
            continue
        name, *arguments = shlex.split(command, comments=True)
        assert name == "python", f"{command}: run it here, or say in ELSEWHERE why not"
        if arguments[:3] == ["-m", "xmppkit", "serve"]:
            said = serve(arguments[2:], tmp_path)
        else:
            said = python(arguments, tmp_path).splitlines()
        assert not shown or same(shown, said), said


@pytest.mark.parametrize("block", blocks("toml"))
def test_toml_is_toml(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("block", blocks("xml"))
def test_xml_is_xml(block: Block) -> None:
    assert len(ET.fromstring(f"<all xmlns:stream='http://etherx.jabber.org/streams'>{block.code}</all>"))


@pytest.mark.parametrize("block", blocks("literalinclude"))
def test_what_is_included_is_tested(block: Block) -> None:
    example = (block.path.parent / block.code.strip()).resolve()
    assert example.parent == ROOT / "examples"
    tests = (path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "examples").glob("test_*.py"))
    assert any(example.stem in text for text in tests)


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    missing = [target for target in targets if "://" not in target and not (path.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", MARKDOWN + CHAPTERS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    mentioned = re.findall(r"(?:`|\$ )make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(mentioned) <= there


def public_modules() -> list[str]:
    """All modules of the package, except generated ones, and those whose name begins with an underscore."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        if "._" not in name and "Generated by tools/" not in path.read_text(encoding="utf-8")[:200]:
            found.append(name)
    return found


def test_each_public_module_is_in_the_reference() -> None:
    listed = set()
    for path in (ROOT / "docs" / "reference").glob("*.rst"):
        listed |= set(re.findall(r"^\.\. package-reference:: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    missing = [
        name
        for name in public_modules()
        if not any(name == each or name.startswith(f"{each}.") for each in listed) and name != "xmppkit"
    ]
    assert not missing


def test_each_chapter_is_in_the_contents() -> None:
    """The hidden toctree of index.rst takes everything, so that Sphinx does not complain; readers need another one."""
    shown = (ROOT / "docs" / "index.rst").read_text(encoding="utf-8").rpartition(":hidden:")[0]
    patterns = re.findall(r"^   ([\w*/-]+)$", shown, re.MULTILINE)
    pages = [str(path.relative_to(ROOT / "docs").with_suffix("")) for path in MARKDOWN_CHAPTERS + CHAPTERS]
    lost = [
        page
        for page in pages
        if page != "index"
        and not page.startswith("reference/")
        and not any(fnmatch.fnmatchcase(page, p) for p in patterns)
    ]
    assert not lost


MARKDOWN_SAMPLE = """\
a

<!-- run -->
```python
run()
```

<!-- prepare
hidden()
-->
```python
show()
```

```
what is this
```

    and this

- a list

    of two paragraphs

```{eval-rst}
.. settings-table:: a b

.. code-block:: text

   in the other language
```
"""
CHAPTER_SAMPLE = """\
a

.. code-block:: python
   :caption: x.py
   :class: run

   if a:

       run()

b

.. prepare::

   hidden()

* c

  .. code-block:: pycon

     >>> 1
     1

  d::

     e

>>> 2
2

.. code-block::

   f

.. parsed-literal::

   g
"""


def test_blocks_are_found() -> None:
    """The tests above would say nothing if no block were found."""
    found = [(one.line, one.language, one.runs, one.code) for one in markdown_blocks(Path("a.md"), MARKDOWN_SAMPLE)]
    assert found == [
        (4, "python", True, "run()\n"),
        (9, HIDDEN, False, "hidden()\n"),
        (11, "python", False, "show()\n"),
        (15, UNNAMED, False, "what is this\n"),
        (19, UNNAMED, False, "    and this"),
        (23, UNNAMED, False, "    of two paragraphs"),
        (3, "text", False, "in the other language\n"),
    ]
    rest = [(one.language, one.runs, one.file, one.code) for one in chapter_blocks(Path("a.rst"), CHAPTER_SAMPLE)]
    assert rest == [
        ("python", True, "x.py", "if a:\n\n    run()\n"),
        (HIDDEN, False, None, "hidden()\n"),
        ("pycon", False, None, ">>> 1\n1\n"),
        (UNNAMED, False, None, "e\n"),
        (UNNAMED, False, None, ">>> 2\n2\n"),
        (UNNAMED, False, None, "f\n"),
        (UNNAMED, False, None, "g\n"),
    ]
    assert next(chapter_blocks(Path("a.rst"), CHAPTER_SAMPLE)).line == 3


def test_pages_fail_for_what_is_not_true(tmp_path: Path) -> None:
    page = str(ROOT / "tests" / "docs_page.py")
    wrong = {"python": "1 / 0", "pycon": ">>> 1\n2\n", HIDDEN: "await 1"}
    for language, code in wrong.items():
        block = {"name": "a:1", "line": 1, "language": language, "file": None, "code": code}
        with pytest.raises(AssertionError):
            python([page], tmp_path, json.dumps([block]))


def test_pages_reach_no_other_machine(tmp_path: Path) -> None:
    code = "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)"
    block = {"name": "a:1", "line": 1, "language": "python", "file": None, "code": code}
    with pytest.raises(AssertionError, match="without a network"):
        python([str(ROOT / "tests" / "docs_page.py")], tmp_path, json.dumps([block]))


def test_output_is_compared() -> None:
    assert same(["a [b] port 1", "in /tmp/.../x"], ["a [b] port 22", "in /tmp/y/x"])
    assert not same(["a"], ["b"])
    assert not same(["a"], ["a", "b"])
