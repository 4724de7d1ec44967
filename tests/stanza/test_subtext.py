# SPDX-License-Identifier: MIT
"""Texts of children, by path and language."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.stanza import subtext
from xmppkit.xml.names import XML_LANG

# RFC 6121 §5.2.3, with the language of the stanza said
MESSAGE = """
<message xml:lang='en'>
  <body>Wherefore art thou, Romeo?</body>
  <body xml:lang='cs'>PročeŽ jsi ty, Romeo?</body>
  <subject/>
</message>
"""
NESTED = "<v><n xml:lang='de'><f>Eins</f><f xml:lang='en'>One</f></n><n><f>?</f></n><other/></v>"


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def show(xml: ET.Element) -> str:
    return ET.tostring(xml, encoding="unicode")


def test_elements() -> None:
    xml = parse(NESTED)
    assert [element.text for element in subtext.elements(xml, ["n", "f"])] == ["Eins", "One", "?"]
    assert [element.tag for element in subtext.elements(xml, ["n"])] == ["n", "n"]
    assert list(subtext.elements(xml, ["f"])) == []


def test_languages_are_inherited_step_by_step() -> None:
    found = subtext.spoken(parse(NESTED), ["n", "f"], "fr")
    assert [(element.text, lang) for element, lang in found] == [("Eins", "de"), ("One", "en"), ("?", "fr")]


@pytest.mark.parametrize(
    ("path", "wanted", "text"),
    [
        ("body", "en", "Wherefore art thou, Romeo?"),
        ("body", "cs", "PročeŽ jsi ty, Romeo?"),
        ("body", "fr", "PročeŽ jsi ty, Romeo?"),  # the last, where the language is not there
        ("subject", "en", ""),
        ("thread", "en", None),
    ],
)
def test_reading(path: str, wanted: str, text: str | None) -> None:
    assert subtext.read(parse(MESSAGE), [path], wanted, "en") == text


def test_an_empty_text_does_not_hide_another() -> None:
    xml = parse("<m><b xml:lang='en'>x</b><b/></m>")
    assert subtext.read(xml, ["b"], "", "") == "x"
    xml = parse("<m><b/><b xml:lang='en'>x</b></m>")
    assert subtext.read(xml, ["b"], "", "") == "x"


def test_reading_all() -> None:
    xml = parse("<m><b>1</b><b>2</b><b xml:lang='de'/><b xml:lang='fr'>3</b></m>")
    assert subtext.read_all(xml, ["b"], "en") == {"en": "1", "fr": "3"}
    assert subtext.read_all(xml, ["b"], "en", empty=True) == {"en": "1", "de": "", "fr": "3"}
    assert subtext.read_all(xml, ["c"], "en") == {}


def test_writing_replaces_the_text_of_that_language() -> None:
    xml = parse(MESSAGE)
    element = subtext.write(xml, ["body"], "Warum?", "cs", "en")
    assert element.text == "Warum?"
    assert subtext.read_all(xml, ["body"], "en") == {"en": "Wherefore art thou, Romeo?", "cs": "Warum?"}


def test_writing_says_the_language_where_it_is_not_inherited() -> None:
    xml = parse("<m/>")
    subtext.write(xml, ["b"], "1", "en", "en")
    subtext.write(xml, ["b"], "2", "de", "en")
    subtext.write(xml, ["b"], "3", "", "")
    assert [element.get(XML_LANG) for element in xml] == [None, "de"]
    assert show(xml).count("<b") == 2


def test_writing_makes_the_way() -> None:
    xml = parse("<v><n/></v>")
    subtext.write(xml, ["n", "f"], "1", "", "")
    subtext.write(xml, ["o", "p", "q"], "2", "", "")
    assert show(xml) == "<v><n><f>1</f></n><o><p><q>2</q></p></o></v>"


def test_writing_below_an_element_with_a_language() -> None:
    xml = parse("<v><n xml:lang='de'/></v>")
    assert subtext.write(xml, ["n", "f"], "1", "de", "en").get(XML_LANG) is None
    assert subtext.write(xml, ["n", "f"], "2", "en", "en").get(XML_LANG) == "en"
    assert subtext.read_all(xml, ["n", "f"], "en") == {"de": "1", "en": "2"}


def test_no_language_is_that_of_the_way() -> None:
    xml = parse("<v><n xml:lang='de'><f>1</f></n></v>")
    subtext.write(xml, ["n", "f"], "2", "", "")
    assert subtext.read_all(xml, ["n", "f"], "") == {"de": "2"}


def test_deleting_one_language() -> None:
    xml = parse(MESSAGE)
    subtext.delete(xml, ["body"], "cs", "en")
    assert subtext.read_all(xml, ["body"], "en") == {"en": "Wherefore art thou, Romeo?"}
    subtext.delete(xml, ["body"], "en", "en")
    assert [child.tag for child in xml] == ["subject"]


def test_deleting_all_languages() -> None:
    xml = parse(MESSAGE)
    subtext.delete(xml, ["body"], None, "en")
    assert [child.tag for child in xml] == ["subject"]


def test_deleting_along_a_path() -> None:
    xml = parse("<v><n><f>1</f></n><n><f>2</f><g/></n><n>text<f>3</f></n><n id='x'><f>4</f></n></v>")
    subtext.delete(xml, ["n", "f"], None, "", prune=True)
    assert show(xml) == '<v><n><g /></n><n>text</n><n id="x" /></v>'
    xml = parse("<v><n><f>1</f></n></v>")
    subtext.delete(xml, ["n", "f"], None, "")
    assert show(xml) == "<v><n /></v>"


def test_deleting_along_a_path_in_one_language() -> None:
    xml = parse(NESTED)
    subtext.delete(xml, ["n", "f"], "de", "en", prune=True)
    assert [element.text for element in subtext.elements(xml, ["n", "f"])] == ["One", "?"]


LANGUAGES = st.sampled_from(["", "de", "en", "fr"])
PATHS = st.sampled_from([["a"], ["a", "b"], ["a", "b", "c"]])
TREES = st.recursive(
    st.builds(
        lambda tag, lang, text: (tag, lang, text, []), st.sampled_from("abc"), LANGUAGES, st.text("xy", max_size=2)
    ),
    lambda inner: st.tuples(st.sampled_from("abc"), LANGUAGES, st.just(""), st.lists(inner, max_size=3)),
    max_leaves=12,
)


def build(tree: tuple[str, str, str, list[object]]) -> ET.Element:
    tag, lang, text, children = tree
    element = ET.Element(tag, {XML_LANG: lang} if lang else {})
    element.text = text or None
    element.extend(build(child) for child in children)  # type: ignore[arg-type]  # hypothesis made a tree
    return element


@given(st.lists(TREES, max_size=4), PATHS, LANGUAGES, LANGUAGES, st.text("pq", min_size=1, max_size=3))
def test_what_is_written_is_read_and_what_is_deleted_is_gone(
    trees: list[tuple[str, str, str, list[object]]], path: list[str], wanted: str, inherited: str, text: str
) -> None:
    xml = ET.Element("root")
    xml.extend(build(tree) for tree in trees)
    before = subtext.read_all(xml, path, inherited)
    wanted = wanted or inherited  # who asks for no language asks for the inherited one
    element = subtext.write(xml, path, text, wanted, inherited)
    lang = dict(subtext.spoken(xml, path, inherited))[element]
    assert subtext.read(xml, path, lang, inherited) == text
    after = subtext.read_all(xml, path, inherited)
    assert {key: value for key, value in after.items() if key != lang} == {
        key: value for key, value in before.items() if key != lang
    }
    subtext.delete(xml, path, lang, inherited, prune=True)
    assert lang not in subtext.read_all(xml, path, inherited)
    subtext.delete(xml, path, None, inherited)
    assert subtext.read(xml, path, wanted, inherited) is None
