# SPDX-License-Identifier: MIT
"""What of XHTML that somebody has sent may be shown: the elements, attributes and style properties that XEP-0071 §7.8
and §7.6.1 recommend, and nothing else (§11.1).

An element that is not allowed is left out, and what it holds stays, as text of the element around it; what is no text
for people, as a script, goes with its element, and so does everything in another namespace.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.xml.names import split

__all__ = ["XHTML", "sanitize"]

XHTML: Final = "http://www.w3.org/1999/xhtml"

#: §7.8.
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "a": frozenset({"href", "style", "type"}),
    "blockquote": frozenset({"style"}),
    "br": frozenset(),
    "cite": frozenset({"style"}),
    "em": frozenset(),
    "img": frozenset({"alt", "height", "src", "style", "width"}),
    "li": frozenset({"style"}),
    "ol": frozenset({"style"}),
    "p": frozenset({"style"}),
    "span": frozenset({"style"}),
    "strong": frozenset(),
    "ul": frozenset({"style"}),
}
#: Elements without content. All others that have none are left out: who reads the result as HTML would find them open.
_VOID: Final = frozenset({"br", "img"})
#: What these hold is no text for people.
_HIDDEN: Final = frozenset({"script", "style", "head", "title", "template", "object", "iframe", "noscript", "textarea"})
#: §7.6.1.
_PROPERTIES: Final = frozenset(
    {
        "background-color",
        "color",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "margin-left",
        "margin-right",
        "text-align",
        "text-decoration",
    }
)
#: Words, numbers, names in quotes, and colours: nothing that loads, and nothing that is computed.
_STYLE_VALUE: Final = re.compile(
    r"(?:[A-Za-z0-9#%., +-]|'[A-Za-z0-9 ._-]*'|\"[A-Za-z0-9 ._-]*\"|rgb\([0-9 .,%]*\)){1,200}", re.ASCII
)
#: Where links may lead, and where images may be; ``cid`` is one of XEP-0231.
_LINKS: Final = frozenset({"http", "https", "mailto", "xmpp"})
_IMAGES: Final = frozenset({"http", "https", "cid"})
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: What browsers leave out of an address before they read it, and what never belongs there.
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"]")
_LENGTH: Final = re.compile(r"[0-9]{1,5}%?", re.ASCII)
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}", re.ASCII)
#: How deep elements may be in each other.
_DEPTH: Final = 32


def sanitize(body: Element) -> Element:
    """A copy of a ``body`` element that may be shown, without namespaces. Its only attribute is ``style``.

    Links lead to http, https, mailto or xmpp, and images are at http, https or cid addresses. Who shows images tells
    their server that they are online (§11.3), and a link may lead elsewhere than its text says (§11.2).
    """
    made = Element("body")
    style = _style(body.get("style", ""))
    if style:
        made.set("style", style)
    _copy(body, made, 0)
    return made


def _copy(source: Element, made: Element, depth: int) -> None:
    """Put what `source` holds behind what `made` holds already."""
    _text(made, source.text)
    for child in source:
        if isinstance(child.tag, str):  # otherwise a comment of a program's own
            namespace, name = split(child.tag)
            if namespace in (XHTML, "") and name not in _HIDDEN and depth < _DEPTH:
                _element(child, name, made, depth)
        _text(made, child.tail)


def _element(source: Element, name: str, made: Element, depth: int) -> None:
    allowed = sorted(_ALLOWED.get(name, ()))
    attributes = {key: value for key in allowed if (value := _attribute(key, source.get(key, "")))}
    if name == "img" and "src" not in attributes:
        _text(made, source.get("alt"))
    elif name in _VOID:
        SubElement(made, name, attributes)
    elif name not in _ALLOWED or (name == "a" and "href" not in attributes):
        _copy(source, made, depth + 1)
    else:
        child = SubElement(made, name, attributes)
        _copy(source, child, depth + 1)
        if not child.text and not len(child):
            made.remove(child)


def _text(made: Element, text: str | None) -> None:
    """Put a text behind what `made` holds already."""
    if not text:
        return
    if len(made):
        made[-1].tail = (made[-1].tail or "") + text
    else:
        made.text = (made.text or "") + text


def _attribute(name: str, value: str) -> str:
    """The value of an attribute if it may stay; otherwise nothing."""
    match name:
        case "style":
            return _style(value)
        case "href":
            return _url(value, _LINKS)
        case "src":
            return _url(value, _IMAGES)
        case "type":
            return value if _MEDIA_TYPE.fullmatch(value) else ""
        case "alt":
            return value
        case _:  # height and width
            return value if _LENGTH.fullmatch(value) else ""


def _url(value: str, schemes: frozenset[str]) -> str:
    stripped = value.strip()
    found = _SCHEME.match(stripped)
    if found is None or found[1].lower() not in schemes or _NOT_IN_URL.search(stripped):
        return ""
    return stripped


def _style(value: str) -> str:
    """What of a style may stay; all of it as it is written, if all may."""
    declarations = [each for each in value.split(";") if each.strip()]
    kept = [each for each in declarations if _is_style(each)]
    return value if kept and len(kept) == len(declarations) else ";".join(kept).strip()


def _is_style(declaration: str) -> bool:
    name, _, said = declaration.partition(":")
    return name.strip().lower() in _PROPERTIES and bool(_STYLE_VALUE.fullmatch(said.strip()))
