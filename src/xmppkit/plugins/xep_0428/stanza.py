# SPDX-License-Identifier: MIT
"""Which part of a message's text is only for those who do not know better (XEP-0428 §2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children
from xmppkit.stanza.message import Message

__all__ = ["FALLBACK", "Fallback", "FallbackBody", "FallbackMixin", "FallbackSubject", "Range", "ranges", "stripped"]

FALLBACK: Final = "urn:xmpp:fallback:0"
#: The characters a message may have (XEP-0426 §4): positions beyond are none.
_LAST: Final = 2**32 - 1


class Range(NamedTuple):
    """A part of a text, in Unicode code points (XEP-0426).

    :ivar start: the first.
    :ivar end: the one behind the last.
    """

    start: int
    end: int


class FallbackMixin(ElementBase):
    """A part of a text, or all of it where nothing is said."""

    __slots__ = ()

    namespace = FALLBACK

    start = Attr(int, minimum=0, maximum=_LAST, absent=0, doc="the first code point; None: from the beginning")
    end = Attr(int, minimum=0, maximum=_LAST, absent=0, doc="the code point behind the last; None: to the end")

    def range_in(self, text: str) -> Range | None:
        """The part of `text`; None if it says something that cannot be: what is no number, or ends before it begins, or
        begins behind the text. An end behind the text is its end."""
        start, end = self.start, self.end
        if (start is None and self.xml.get("start")) or (end is None and self.xml.get("end")):
            return None
        part = Range(start or 0, len(text) if end is None else min(end, len(text)))
        return part if part.start < part.end else None


class FallbackBody(FallbackMixin):
    """A part of the body."""

    __slots__ = ()

    name = "body"
    plugin_attrib = "body"
    plugin_multi_attrib = "bodies"


class FallbackSubject(FallbackMixin):
    """A part of the subject."""

    __slots__ = ()

    name = "subject"
    plugin_attrib = "subject"
    plugin_multi_attrib = "subjects"


class Fallback(ElementBase, parents=(Message,), iterable=True):
    """What of the texts is there only for those who do not know a protocol; without parts all of body and subject."""

    __slots__ = ()

    name = "fallback"
    namespace = FALLBACK
    plugin_attrib = "fallback"
    plugin_multi_attrib = "fallbacks"

    for_ = Attr(str, doc="the namespace of that protocol; None: none is said")
    bodies = Children(FallbackBody, doc="parts of the body")
    subjects = Children(FallbackSubject, doc="parts of the subject")

    def get_stripped_body(self, fallback_for: str, element: str = "body") -> str:
        """A text of the message without what is there only for those who do not know a protocol. Without any such part
        it is the whole text.

        :param fallback_for: the namespace of the protocol.
        :param element: ``body`` or ``subject``.
        """
        message: Any = self.parent() if self.parent is not None else None
        return "" if message is None else stripped(message, [fallback_for], element)


def ranges(message: Message, namespaces: Iterable[str], element: str = "body") -> list[Range]:
    """Which parts of a text are fallbacks for some protocols: in order, none of which touches another.

    :param element: ``body`` or ``subject``, in the message's own language.
    """
    text = message[element] or ""
    wanted = set(namespaces)
    found = sorted(
        part for each in message["fallbacks"] if each["for"] in wanted for part in _parts(each, element, text)
    )
    merged: list[Range] = []
    for part in found:
        if merged and part.start <= merged[-1].end:
            merged[-1] = Range(merged[-1].start, max(part.end, merged[-1].end))
        else:
            merged.append(part)
    return merged


def _parts(fallback: Fallback, element: str, text: str) -> Iterator[Range]:
    bodies, subjects = fallback.bodies, fallback.subjects
    if not bodies and not subjects:
        if text:
            yield Range(0, len(text))
        return
    for each in bodies if element == "body" else subjects:
        part = each.range_in(text)
        if part is not None:
            yield part


def stripped(message: Message, namespaces: Iterable[str], element: str = "body") -> str:
    """A text without its parts that are fallbacks for some protocols.

    :param element: ``body`` or ``subject``, in the message's own language.
    """
    text = message[element] or ""
    kept, position = [], 0
    for start, end in ranges(message, namespaces, element):
        kept.append(text[position:start])
        position = end
    return "".join([*kept, text[position:]])
