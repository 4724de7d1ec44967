# SPDX-License-Identifier: MIT
"""tools/xep_examples.py and what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
import xep_examples

SOURCE = """<?xml version='1.0'?>
<!DOCTYPE xep SYSTEM 'xep.dtd' [
  <!ENTITY % ents SYSTEM 'xep.ent'>
%ents;
<!ENTITY ns "urn:example:tea">
]>
<xep>
<header>
  <title>Tea
  &amp; Cups</title>
  <number>9999</number>
  <revision><version>1.2.3</version><date>2026-01-02</date></revision>
  <revision><version>0.1</version><date>2025-01-02</date></revision>
</header>
<section1 topic='Tea &xep0030; &LEGALNOTICE;'>
  <!-- <example caption='old'>no</example> -->
  <p>One &ns; <em>x</em></p>
  <example caption='Asking  for
    tea'><![CDATA[
<iq type='get'>
\t<tea xmlns=']]>&ns;<![CDATA[' note='a &amp; b'/>   \n\
</iq>
]]></example>
  <example><![CDATA[<a>]]&gt;]]>]]&gt;</example>
</section1>
<section1 topic='Schema'><code><![CDATA[<xs:schema targetNamespace='urn:example:tea'/>]]></code></section1>
</xep>
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A directory with the source of one XEP."""
    directory = tmp_path / "xeps"
    directory.mkdir()
    (directory / "xep-9999.xml").write_text(SOURCE, encoding="utf-8")
    (directory / "LICENSE.txt").write_text("Permission is hereby granted\n", encoding="utf-8")
    return directory


def test_a_source_is_read(sources: Path) -> None:
    xep = xep_examples.read_source(sources / "xep-9999.xml")
    assert (xep.number, xep.title, xep.version) == ("9999", "Tea & Cups", "1.2.3")
    assert xep.namespaces == ("urn:example:tea",)
    first, second = xep.examples
    assert (first.number, first.caption) == (1, "Asking for tea")
    assert "<tea xmlns='urn:example:tea' note='a &amp; b'/>" in first.text
    assert (second.number, second.caption, second.text) == (2, "", "<a>]]&gt;]]>")


def test_what_is_written_is_read_again(sources: Path, tmp_path: Path) -> None:
    xep = xep_examples.read_source(sources / "xep-9999.xml")
    path = tmp_path / "9999.xml"
    text = xep_examples.data_text(xep)
    path.write_text(text, encoding="utf-8")
    again = xep_examples.read_data(path)
    assert (again.number, again.title, again.version, again.namespaces) == (
        *(xep.number, xep.title, xep.version),
        xep.namespaces,
    )
    assert [each.caption for each in again.examples] == [each.caption for each in xep.examples]
    assert again.examples[0].text == "<iq type='get'>\n    <tea xmlns='urn:example:tea' note='a &amp; b'/>\n</iq>"
    assert again.examples[1].text == xep.examples[1].text
    assert all(line == line.rstrip() for line in text.splitlines()), "no white space at the end of lines"
    assert "LICENSE.txt" in text


@pytest.mark.parametrize("by_environment", [False, True])
def test_files_are_made(
    sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], by_environment: bool
) -> None:
    data = tmp_path / "data"
    if by_environment:
        assert xep_examples.main([], {"XEPS": str(sources)}, data, ["9999"]) == 0
    else:
        assert xep_examples.main([str(sources), "9999"], {}, data) == 0
    assert sorted(path.name for path in data.iterdir()) == ["9999.xml", "LICENSE.txt"]
    assert "wrote 9999.xml" in capsys.readouterr().out
    assert xep_examples.main([str(sources), "9999"], {}, data) == 0
    assert "nothing to write" in capsys.readouterr().out


def test_without_sources(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in ([], [str(tmp_path / "nowhere")]):
        with pytest.raises(SystemExit):
            xep_examples.main(arguments, {}, tmp_path)
        assert "where the sources of the XEPs are" in capsys.readouterr().err


def test_plugins_are_found(tmp_path: Path) -> None:
    for name in ("xep_0030", "xep_9999", "base", "xep_1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "xep_0002").mkdir()
    assert xep_examples.with_plugin(tmp_path) == ["0030", "1", "9999"]


def test_the_licence_is_beside_the_examples() -> None:
    text = (xep_examples.DATA / xep_examples.LICENSE).read_text(encoding="utf-8")
    assert "Permission is hereby granted" in text
    assert "XMPP Standards Foundation" in text
