# SPDX-License-Identifier: MIT
"""Elements that move from the namespace of one stream to that of another."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring, tostring

from hypothesis import given
from hypothesis import strategies as st

from xmppkit.xml.names import CLIENT, COMPONENT
from xmppkit.xml.namespaces import moved


def test_a_stanza_moves_with_the_children_of_its_namespace() -> None:
    stanza = fromstring(f"<message xmlns='{CLIENT}' to='a@b' x='1'>t<body>b<i/>u</body>v<subject/>w</message>")
    copy = moved(stanza, CLIENT, COMPONENT)
    expected = fromstring(f"<message xmlns='{COMPONENT}' to='a@b' x='1'>t<body>b<i/>u</body>v<subject/>w</message>")
    assert tostring(copy) == tostring(expected)


def test_the_original_stays_as_it_was() -> None:
    stanza = fromstring(f"<message xmlns='{CLIENT}' to='a@b'>t<body>b</body></message>")
    before = tostring(stanza)
    copy = moved(stanza, CLIENT, COMPONENT)
    copy.set("to", "c@d")
    copy[0].text = "other"
    copy.append(Element("more"))
    assert tostring(stanza) == before


def test_what_is_within_a_third_namespace_stays_and_is_shared() -> None:
    inner = f"<message xmlns='{CLIENT}'><body/></message>"
    stanza = fromstring(f"<message xmlns='{CLIENT}'><body/><f xmlns='urn:xmpp:forward:0'>{inner}</f></message>")
    copy = moved(stanza, CLIENT, COMPONENT)
    assert copy[0].tag == f"{{{COMPONENT}}}body"
    assert copy[1] is stanza[1]
    assert copy[1][0].tag == f"{{{CLIENT}}}message"


def test_an_element_of_another_namespace_is_left_alone() -> None:
    for tag in ("message", "{urn:x}message", f"{{{COMPONENT}}}message", f"{{{CLIENT}x}}message"):
        element = Element(tag)
        assert moved(element, CLIENT, COMPONENT) is element


def test_attributes_keep_their_namespaces() -> None:
    element = Element(f"{{{CLIENT}}}message", {f"{{{CLIENT}}}a": "1", "{urn:x}b": "2"})
    assert moved(element, CLIENT, COMPONENT).attrib == element.attrib


def grown(root: Element, below: list[Element]) -> Element:
    root.extend(below)
    return root


elements = st.recursive(
    st.builds(Element, st.sampled_from([f"{{{CLIENT}}}a", f"{{{CLIENT}}}b", "{urn:x}c", "d"])),
    lambda children: st.builds(grown, children, st.lists(children, max_size=3)),
    max_leaves=8,
)


@given(elements)
def test_there_and_back(element: Element) -> None:
    before = tostring(element)
    assert tostring(moved(moved(element, CLIENT, COMPONENT), COMPONENT, CLIENT)) == before
    assert tostring(element) == before
