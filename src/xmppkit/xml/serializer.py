# SPDX-License-Identifier: MIT
"""From elements to text: what goes over the wire (RFC 6120 §4.8, §11).

A namespace is declared where it differs from the parent's, and the stream's default namespace never, since the
stream's opening tag declares it. What XML 1.0 cannot express is refused with the place named, before anything
is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from xmppkit.exceptions import UnserializableXML
from xmppkit.xml.names import STREAM, XML, XMLNS, split

__all__ = [
    "STREAM_PREFIXES",
    "escape",
    "escape_attribute",
    "has_forbidden",
    "serialize",
    "stream_footer",
    "stream_header",
]

#: The prefixes that every stream has: namespace to prefix.
STREAM_PREFIXES: Final[Mapping[str, str]] = MappingProxyType({XML: "xml", STREAM: "stream"})

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
_NOT_IN_NAME: Final = frozenset("\t\n\r !\"#$%&'()*+,/:;<=>?@[\\]^`{|}~")

# What is written for a name depends on the name and on the default namespace around it only, and there are few
# names: the pieces are kept. A peer cannot fill this, since we write no names that it chose, but a bound costs
# nothing: past it the table is emptied.
_CACHE_SIZE: Final = 4096
_Pieces = tuple[str, str, str]
_tags: dict[tuple[str, str], _Pieces] = {}
_attributes: dict[str, str] = {}


@cache
def _forbidden() -> Callable[[str], re.Match[str] | None]:
    """The search for a character that XML 1.0 §2.2 forbids. So large a class takes milliseconds to compile, which
    programs that send printable text only need not wait for."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search


def has_forbidden(text: str) -> str | None:
    """The first character of `text` that XML 1.0 §2.2 forbids; None when there is none."""
    if text.isprintable():
        return None
    found = _forbidden()(text)
    return found[0] if found else None


def escape(text: str) -> str:
    """`text` as character data. All five predefined entities are used, so that it may stand in quotes too."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "'" in text:
        text = text.replace("'", "&apos;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")  # a bare one would be read as a line feed (XML 1.0 §2.11)
    return text


def escape_attribute(text: str) -> str:
    """`text` as an attribute's value: like `escape`, and white space survives (XML 1.0 §3.3.3)."""
    text = escape(text)
    if "\n" in text:
        text = text.replace("\n", "&#10;")
    if "\t" in text:
        text = text.replace("\t", "&#9;")
    return text


def serialize(
    element: Element,
    *,
    default_namespace: str = "",
    prefixes: Mapping[str, str] = STREAM_PREFIXES,
) -> str:
    """`element` as text, its tail left out.

    :param default_namespace: what is in force around it, usually the stream's; it is not declared again.
    :param prefixes: declared around it; elements in these namespaces are written with the prefix.
    :raises UnserializableXML: for a character that XML forbids, a name that is none, or a value that is no str;
        the error names the place.
    """
    out: list[str] = []
    try:
        _write(element, default_namespace, prefixes, out)
    except (_UnwritableError, TypeError, AttributeError, RecursionError) as exception:
        raise _find_fault(element, exception) from None
    return "".join(out)


class _UnwritableError(Exception):
    pass


#: Whether a str is of letters and digits only, of which nothing is forbidden and nothing to be escaped. TypeError for
#: anything else.
_is_plain: Final = str.isalnum


def _write(element: Element, around: str, prefixes: Mapping[str, str], out: list[str]) -> None:
    pieces = _tags.get((element.tag, around)) if prefixes is STREAM_PREFIXES else None
    if pieces is None:
        pieces = _pieces(element.tag, around, prefixes)
    opening, closing, inside = pieces
    out.append(opening)
    foreign = 0
    for name, value in element.items():
        written = _attributes.get(name)
        if written is None:
            written = _attribute(name, prefixes, foreign)
            foreign += 1
        if not _is_plain(value) and (
            not value.isprintable() or "&" in value or "<" in value or ">" in value or '"' in value or "'" in value
        ):
            if _forbidden()(value):
                raise _UnwritableError
            value = escape_attribute(value)
        out.append(written)
        out.append(value)
        out.append('"')
    text = element.text
    if len(element):
        out.append(">")
        if text:
            out.append(_checked(text))
        for child in element:
            if len(child) or child.keys():
                _write(child, inside, prefixes, out)
            else:  # as most children are; the same, without a call
                pieces = _tags.get((child.tag, inside)) if prefixes is STREAM_PREFIXES else None
                opening, end, _ = pieces or _pieces(child.tag, inside, prefixes)
                out.append(opening)
                within = child.text
                if within:
                    out.append(">")
                    out.append(_checked(within))
                    out.append(end)
                elif within is None or isinstance(within, str):
                    out.append(" />")
                else:
                    raise _UnwritableError
            tail = child.tail
            if tail:
                out.append(_checked(tail))
        out.append(closing)
    elif text:
        out.append(">")
        out.append(_checked(text))
        out.append(closing)
    else:
        out.append(" />")
    if not text and text is not None and not isinstance(text, str):
        raise _UnwritableError


def _checked(text: str) -> str:
    if not text.isprintable():
        if _forbidden()(text):
            raise _UnwritableError
        return escape(text)
    if "&" in text or "<" in text or ">" in text or "'" in text or '"' in text:
        return escape(text)
    return text


def _pieces(tag: str, around: str, prefixes: Mapping[str, str]) -> _Pieces:
    """The opening tag without its end, the closing tag, and the default namespace inside."""
    namespace, local = split(tag)
    if not _is_name(local) or _fault_of_namespace(namespace):
        raise _UnwritableError
    prefix = _prefix(namespace, prefixes) if namespace != around else None
    if prefix:
        pieces = (f"<{prefix}:{local}", f"</{prefix}:{local}>", around)
    elif namespace == around:
        pieces = (f"<{local}", f"</{local}>", around)
    else:
        pieces = (f'<{local} xmlns="{escape_attribute(namespace)}"', f"</{local}>", namespace)
    if prefixes is STREAM_PREFIXES:
        if len(_tags) >= _CACHE_SIZE:
            _tags.clear()
        _tags[tag, around] = pieces
    return pieces


def _attribute(name: str, prefixes: Mapping[str, str], index: int) -> str:
    """What stands before the value of the attribute `name`: a blank, its name, ``="``."""
    if _fault_of_name(name):
        raise _UnwritableError
    namespace, local = split(name)
    prefix = _prefix(namespace, prefixes)
    if namespace and not prefix:
        # An attribute has no default namespace to be in, so its own is declared right here.
        prefix = f"ns{index}"
        while prefix in prefixes.values():
            prefix += "_"
        return f' xmlns:{prefix}="{escape_attribute(namespace)}" {prefix}:{local}="'
    written = f' {prefix}:{local}="' if prefix else f' {local}="'
    if not namespace or namespace == XML:
        if len(_attributes) >= _CACHE_SIZE:
            _attributes.clear()
        _attributes[name] = written
    return written


def _prefix(namespace: str, prefixes: Mapping[str, str]) -> str | None:
    # The prefix xml is there without a declaration, and no other may stand for its namespace.
    return "xml" if namespace == XML else prefixes.get(namespace)


def _is_name(local: str) -> bool:
    """Whether `local` is a name without a colon (Namespaces in XML 1.0 §3)."""
    if _NAME.match(local):
        return True
    if local.isascii() or not _NOT_IN_NAME.isdisjoint(local):
        return False
    # Which of the other characters a name can have is in expat's tables, by which the peer will judge too.
    try:
        return fromstring(f"<{local}/>").tag == local  # noqa: S314 (a single name)
    except (ParseError, UnicodeEncodeError):
        return False


def _find_fault(element: Element, exception: Exception) -> UnserializableXML:
    """Walk `element` again to say where it cannot be written; speed does not matter any more."""
    waiting = [(element, "")]
    while waiting:
        current, above = waiting.pop()
        tag: object = current.tag
        if not isinstance(tag, str):
            return UnserializableXML(above or "stanza", f"a comment or an instruction, {tag!r}, is not allowed")
        namespace, local = split(tag)
        path = f"{above}/{local}" if above else local
        if not _is_name(local) or _fault_of_namespace(namespace):
            return UnserializableXML(above or "stanza", f"{tag!r} is no element name")
        for name, value in current.items():
            reason = _fault_of_name(name) or _fault_of_text(value)
            if reason:
                return UnserializableXML(f"{path}/@{name}", reason)
        for text, where in ((current.text, path), (current.tail if above else None, above)):
            if text is not None:
                reason = _fault_of_text(text)
                if reason:
                    return UnserializableXML(where, reason)
        waiting.extend((child, path) for child in reversed(current))
    return UnserializableXML(split(element.tag)[1], f"nested too deeply ({type(exception).__name__})")


def _fault_of_name(name: object) -> str:
    if not isinstance(name, str):
        return f"an attribute's name must be str, not {type(name).__name__}"
    namespace, local = split(name)
    good = _is_name(local) and not _fault_of_namespace(namespace) and (namespace or name == local) and name != "xmlns"
    return "" if good else f"{name!r} is no attribute name"


def _fault_of_namespace(namespace: str) -> bool:
    # A brace would end it where names are written in James Clark's notation, for which reason expat refuses it.
    return namespace == XMLNS or "}" in namespace or has_forbidden(namespace) is not None


def _fault_of_text(text: object) -> str:
    if not isinstance(text, str):
        return f"must be str, not {type(text).__name__}: {text!r}"
    character = has_forbidden(text)
    return f"XML 1.0 forbids the character U+{ord(character):04X}" if character else ""


def stream_header(
    *,
    default_namespace: str,
    attributes: Mapping[str, str | None],
) -> str:
    """The opening tag of a stream with the XML declaration before it (RFC 6120 §4.2, §4.7).

    :param attributes: ``to``, ``from``, ``id``, ``version``, ``xml:lang``; None leaves one out.
    :raises UnserializableXML: for a value with a character that XML forbids.
    """
    written = ""
    for name, value in {"xmlns": default_namespace, "xmlns:stream": STREAM, **attributes}.items():
        if value is not None:
            reason = _fault_of_text(value)
            if reason:
                raise UnserializableXML(f"stream:stream/@{name}", reason)
            written += f" {name}='{escape_attribute(value)}'"
    return f"<?xml version='1.0'?><stream:stream{written}>"


def stream_footer() -> str:
    """The closing tag of a stream (RFC 6120 §4.4)."""
    return "</stream:stream>"
