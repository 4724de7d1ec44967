# SPDX-License-Identifier: MIT
"""Writes the examples that stand in XEPs as data of the tests: tests/xeps/examples/NNNN.xml.

    python tools/xep_examples.py DIRECTORY [NUMBER ...]

DIRECTORY (or the environment variable XEPS) holds the sources of the XEPs, ``xep-NNNN.xml`` and the licence, as in
https://github.com/xsf/xeps. Without numbers it is done for each XEP that has a plugin. The files are part of this
repository, so only who adds a plugin, or follows a new version of a XEP, needs this program.

A file has the XEP's title and version, the namespaces that its schemas define, and each example with its number, as
the XEP's readers see it, its caption, and its text as it stands.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import generated

DATA = generated.ROOT / "tests" / "xeps" / "examples"
PLUGINS = generated.ROOT / "src" / "xmppkit" / "plugins"
LICENSE = "LICENSE.txt"
_COMMENT_OR_DATA = re.compile(r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[(.*?)\]\s*)?>", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]+)\s+([\"'])(.*?)\2\s*>", re.DOTALL)
_REFERENCE = re.compile(r"&([A-Za-z][\w.-]*);")
_NAMESPACE = re.compile(r"targetNamespace\s*=\s*([\"'])(.*?)\1")
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})


@dataclass(frozen=True, slots=True)
class Example:
    """An example of a XEP.

    :ivar number: its number, as the XEP's readers see it.
    :ivar caption: what is written above it.
    :ivar text: the text as it stands.
    """

    number: int
    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class Xep:
    """What is known of a XEP.

    :ivar number: four digits.
    :ivar version: that of its newest revision.
    :ivar namespaces: those that its schemas define.
    """

    number: str
    title: str
    version: str
    namespaces: tuple[str, ...]
    examples: tuple[Example, ...]


def parse(text: str) -> ET.Element:
    """A XEP's source as a tree. Its own entities are resolved; those of the file that all XEPs share become their
    names, since they stand for links and not for parts of examples."""
    own: dict[str, str] = {}
    doctype = _DOCTYPE.search(text)
    if doctype:
        own = {name: re.sub(r"<[^>]+>", "", value) for name, _, value in _ENTITY.findall(doctype[2] or "")}
        text = text[: doctype.start()] + text[doctype.end() :]

    def resolved(reference: re.Match[str]) -> str:
        name = reference[1]
        return reference[0] if name in _PREDEFINED else own.get(name, name)

    parts = _COMMENT_OR_DATA.split(text)
    for position, part in enumerate(parts):
        if part.startswith("<!--"):
            parts[position] = ""
        elif not part.startswith("<![CDATA["):
            parts[position] = _REFERENCE.sub(resolved, part)
    return ET.fromstring("".join(parts))


def read_source(path: Path) -> Xep:
    """The XEP of a source file."""
    root = parse(path.read_text(encoding="utf-8"))
    header = root.find("header")
    assert header is not None, f"{path.name} is no XEP"
    texts = ("".join(element.itertext()) for element in root.iter() if element.tag in ("code", "example"))
    namespaces = dict.fromkeys(namespace for text in texts for _, namespace in _NAMESPACE.findall(text))
    examples = (
        Example(number, " ".join(element.get("caption", "").split()), "".join(element.itertext()).strip("\n").rstrip())
        for number, element in enumerate(root.iter("example"), 1)
    )
    return Xep(
        path.stem.removeprefix("xep-"),
        " ".join(header.findtext("title", "").split()),
        header.findtext("revision/version", "").strip(),
        tuple(sorted(namespaces)),
        tuple(examples),
    )


def data_text(xep: Xep) -> str:
    """The file of a XEP's examples."""

    def lines() -> Iterator[str]:
        yield "<?xml version='1.0' encoding='UTF-8'?>"
        yield f"<!-- From XEP-{xep.number}, (c) XMPP Standards Foundation: see {LICENSE}. -->"
        yield f"<examples xep='{xep.number}' version={quoteattr(xep.version)} title={quoteattr(xep.title)}>"
        yield from (f"<namespace>{namespace}</namespace>" for namespace in xep.namespaces)
        for example in xep.examples:
            text = example.text.replace("]]>", "]]]]><![CDATA[>")
            yield ""
            yield f"<example number='{example.number}' caption={quoteattr(example.caption)}><![CDATA["
            yield "\n".join(line.rstrip() for line in text.expandtabs(4).splitlines())
            yield "]]></example>"
        yield "</examples>"

    return "\n".join(lines()) + "\n"


def read_data(path: Path) -> Xep:
    """The XEP of a file that `data_text` made."""
    root = ET.parse(path).getroot()
    examples = (
        Example(int(each.get("number", "0")), each.get("caption", ""), (each.text or "").strip("\n"))
        for each in root.iter("example")
    )
    namespaces = tuple(each.text or "" for each in root.iter("namespace"))
    return Xep(root.get("xep", ""), root.get("title", ""), root.get("version", ""), namespaces, tuple(examples))


def with_plugin(plugins: Path = PLUGINS) -> list[str]:
    """The numbers of the XEPs that have a plugin."""
    return sorted(path.parent.name.removeprefix("xep_") for path in plugins.glob("xep_[0-9]*/__init__.py"))


def main(
    arguments: list[str],
    environment: Mapping[str, str] = os.environ,
    data: Path = DATA,
    plugins: Iterable[str] | None = None,
) -> int:
    parser = argparse.ArgumentParser(description="Write the examples of XEPs as data of the tests.")
    parser.add_argument(
        "directory", type=Path, nargs="?", default=environment.get("XEPS"), help="where xep-NNNN.xml are"
    )
    parser.add_argument("numbers", nargs="*", help="as 30 or 0030; by default all that have a plugin")
    options = parser.parse_args(arguments)
    if not options.directory or not Path(options.directory).is_dir():
        parser.error("say where the sources of the XEPs are: as an argument, or in XEPS")
    directory = Path(options.directory)
    wanted = {data / LICENSE: (directory / LICENSE).read_text(encoding="utf-8")}
    for number in [f"{int(each):04d}" for each in options.numbers] or plugins or with_plugin():
        wanted[data / f"{number}.xml"] = data_text(read_source(directory / f"xep-{number}.xml"))
    print("\n".join(generated.write(wanted)) or "nothing to write")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
