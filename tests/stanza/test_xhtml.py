# SPDX-License-Identifier: MIT
"""XHTML that may be shown: XEP-0071 §7, §11."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Comment, Element, SubElement, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.stanza.xhtml import XHTML, sanitize
from xmppkit.xml.serializer import serialize


def shown(inside: str, attributes: str = "") -> str:
    return serialize(sanitize(fromstring(f"<body xmlns='{XHTML}' {attributes}>{inside}</body>")))


@pytest.mark.parametrize(
    "inside",
    [
        "text",
        '<p style="font-weight: bold">hi!</p>',
        "<p>a <em>b</em> c <strong>d</strong></p>e",
        '<a href="http://www.jabber.org/">jabber</a>',
        '<a href="xmpp:verona@chat.lit?join" type="text/plain">here</a>',
        '<img alt="A" height="30%" src="cid:sha1+8f35@bob.xmpp.org" width="100" />',
        "<ol><li>one</li><li>two</li></ol><ul><li>three</li></ul>",
        "<blockquote>a<br />b</blockquote><cite>c</cite>",
        '<span style="color:#ff0000; font-family: Times New, serif;margin-left: -5%;">x</span>',
    ],
)
def test_what_is_recommended_stays(inside: str) -> None:
    assert shown(inside) == f"<body>{inside}</body>"


def test_the_body() -> None:
    assert shown("x", "style='color: red' onload='x()' class='y'") == '<body style="color: red">x</body>'
    assert shown("") == "<body />"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("a<script>alert(1)</script>b", "ab"),
        ("a<style>p{}</style><title>t</title>b", "ab"),
        ("<div>a<b>c</b><p>d</p></div>e", "ac<p>d</p>e"),
        ("<h1>a</h1><table><tr><td>b</td></tr></table>", "ab"),
        ("<iframe src='http://x'>a</iframe><object>b</object>", ""),
        ("<p onclick='x()' class='a' id='b' title='c'>d</p>", "<p>d</p>"),
        ("<p><span/>a<em></em></p><p/>", "<p>a</p>"),
        ("x<svg xmlns='http://www.w3.org/2000/svg'><p>a</p></svg>y", "xy"),
        ("<em style='color: red'>a</em>", "<em>a</em>"),
        ("<img src='http://x/y' onerror='z()'/>", '<img src="http://x/y" />'),
        ("<body><p>a</p></body>", "<p>a</p>"),
        ("<input/><form action='x'>a</form>", "a"),
    ],
)
def test_what_is_not_is_left_out(inside: str, expected: str) -> None:
    assert shown(inside) == (f"<body>{expected}</body>" if expected else "<body />")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "  javascript:alert(1)",
        "java&#9;script:alert(1)",
        "java&#10;script:alert(1)",
        "http://a/&#10;b",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.lit/",
        "/relative",
        "relative",
        "http://a\\@b/",
        "jar:x",
        "",
    ],
)
def test_spoof_links_and_images(url: str) -> None:
    assert shown(f"<a href='{url}'>x</a>") == "<body>x</body>"
    assert shown(f"a<img src='{url}' alt='b'/>c") == "<body>abc</body>"
    assert shown(f"<img src='{url}'/>") == "<body />"


def test_whose_scheme() -> None:
    assert shown("<a href='cid:x'>a</a><img src='mailto:a@b' alt='b'/>") == "<body>ab</body>"
    assert shown("<a href=' HTTPS://x '>a</a>") == '<body><a href="HTTPS://x">a</a></body>'


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("color: red; position: fixed; font-size: 10px", "color: red; font-size: 10px"),
        ("COLOR:rgb(1, 2, 3)", "COLOR:rgb(1, 2, 3)"),
        ("background-color: url(http://x)", None),
        ("background-image: url(http://x)", None),
        ("color: expression(alert(1))", None),
        ("color: \\72 ed", None),
        ("color: red/**/", None),
        ("color: red }", None),
        ("font-family: 'a", None),
        ("font-family: 'a b', serif", "font-family: 'a b', serif"),
        ('font-family: "a b"', 'font-family: "a b"'),
        ("color", None),
        ("color: " + "a" * 201, None),
        ("color: rgb(1", None),
        (" ; ", None),
    ],
)
def test_styles(style: str, expected: str | None) -> None:
    body = Element("body")
    SubElement(body, "p", {"style": style}).text = "x"
    assert sanitize(body)[0].get("style") == expected


@pytest.mark.parametrize(
    ("attribute", "value"), [("width", "1e9"), ("width", "expression(1)"), ("height", "100000"), ("height", "٣")]
)
def test_sizes(attribute: str, value: str) -> None:
    assert shown(f"<img src='http://x' {attribute}='{value}'/>") == '<body><img src="http://x" /></body>'


def test_types() -> None:
    assert shown("<a href='http://x' type='text/html; x'>a</a>") == '<body><a href="http://x">a</a></body>'


def test_what_a_program_has_made() -> None:
    body = Element("body")
    body.append(Comment("no"))
    body[0].tail = "a"
    child = Element("p")
    child.text = "b"
    body.append(child)
    assert serialize(sanitize(body)) == "<body>a<p>b</p></body>"


def test_depth() -> None:
    deep = "<blockquote>a" * 40 + "</blockquote>" * 40
    assert shown(deep).count("<blockquote>") == 32


TAGS = st.sampled_from(["p", "a", "script", "div", "em", "img", "br", "svg", "li"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["href", "src", "style", "onclick", "class", "alt", "type", "width"]),
    st.text(max_size=30) | st.sampled_from(["javascript:x", "http://x", "color: red", "5"]),
    max_size=4,
)


@st.composite
def trees(draw: Any, depth: int = 3) -> Element:
    made = Element(f"{{{XHTML}}}{draw(TAGS)}", draw(ATTRIBUTES))
    made.text = draw(st.text(max_size=5) | st.none())
    made.tail = draw(st.text(max_size=5) | st.none())
    for _ in range(draw(st.integers(0, 2)) if depth else 0):
        made.append(draw(trees(depth - 1)))
    return made


@given(tree=trees())
def test_nothing_else_ever_passes(tree: Element) -> None:
    body = Element(f"{{{XHTML}}}body")
    body.append(tree)
    made = sanitize(body)
    allowed = {"body", "p", "a", "em", "img", "br", "li"}
    for element in made.iter():
        assert element.tag in allowed
        assert set(element.attrib) <= {"href", "src", "style", "alt", "type", "width"}
        for key in ("href", "src"):
            assert element.get(key, "http://x").startswith("http")
    again = sanitize(made)
    assert [(each.tag, each.attrib, each.text, each.tail) for each in again.iter()] == [
        (each.tag, each.attrib, each.text, each.tail) for each in made.iter()
    ]
