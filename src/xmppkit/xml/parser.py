# SPDX-License-Identifier: MIT
"""From bytes to elements: the XML of a stream (RFC 6120 §4 and §11), within limits, without keeping the document.

The stream is one XML document that is never finished. `StreamParser` hands out its opening tag, each finished
child of its root and its closing tag, and lets go of them at once. Underneath is expat, driven through the C
classes of `xml.etree.ElementTree`: a tree builder makes the elements without a Python call per tag.

How the rules of RFC 6120 §11 are kept:

* A DTD can only stand before the root element, so a look at what comes before the root excludes it, and with it
  every entity. Comments and processing instructions make the tree builder call a factory, which refuses.
* Expat itself refuses what is not well-formed, names with an unbound prefix and undefined entities.
* Size is counted between finished children; depth, attributes and children are counted on the element when a
  cheap upper bound, taken from the bytes, says that they could be too many.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from xmppkit.xml.limits import Limits

__all__ = ["Item", "Malformed", "StreamFooter", "StreamHeader", "StreamParser"]


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """The stream's opening tag.

    :ivar tag: its qualified name, ``{http://etherx.jabber.org/streams}stream`` in XMPP.
    :ivar attributes: by qualified name; namespace declarations are not among them.
    :ivar default_namespace: what it declares as ``xmlns``; None when it does not.
    """

    tag: str
    attributes: dict[str, str]
    default_namespace: str | None


@dataclass(frozen=True, slots=True)
class StreamFooter:
    """The stream's closing tag."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The peer broke a rule; nothing after it is read.

    :ivar condition: the stream error to send (RFC 6120 §4.9.3).
    :ivar text: what was wrong, for the log and for the peer's developer.
    """

    condition: str
    text: str


Item = StreamHeader | Element | StreamFooter | Malformed

# Numbers from expat.h (XML_ERROR_…): everything else that expat finds is not-well-formed.
_CONDITIONS: Final = {
    11: "restricted-xml",  # undefined entity: only the five predefined ones exist without a DTD
    17: "restricted-xml",  # XML declaration in the middle of the document
    27: "bad-namespace-prefix",  # unbound prefix
    28: "bad-namespace-prefix",  # prefix undeclared
    38: "bad-namespace-prefix",  # the reserved prefix xml rebound
    39: "bad-namespace-prefix",  # the reserved prefix xmlns used
    40: "bad-namespace-prefix",  # a prefix bound to a reserved namespace
}

_ENCODING: Final = re.compile(rb"""\bencoding\s*=\s*["']([^"']*)["']""")
_DECLARATION_MARKUP: Final = re.compile(rb"<!(?!\[CDATA\[|--)[A-Za-z]")
_BEHIND_THE_END: Final = ("not-well-formed", "data behind the closing tag")
_BLANKS: Final = b" \t\r\n"
_BYTE_ORDER_MARKS: Final = (b"\xfe\xff", b"\xff\xfe", b"\x00<", b"<\x00")

# Expat before 2.6 rescans an unfinished token at each call. So once this many bytes of a stanza are in, small
# reads are gathered to _BATCH bytes, unless they end in '>' and may finish the stanza; and only so many reads
# that look as if they did, and finish nothing, are tolerated.
_LARGE: Final = 64 * 1024
_BATCH: Final = 4 * 1024
_FRUITLESS: Final = 512


class _Restricted(Exception):
    """Raised inside expat's call into a factory below, and caught around the feed."""


def _refuse_comment(*_: object) -> NoReturn:
    raise _Restricted("a comment")


def _refuse_instruction(*_: object) -> NoReturn:
    raise _Restricted("a processing instruction")


class StreamParser:
    """The parser of one stream, from its opening to its closing tag. A restarted stream needs a new one.

    :param limits: what the peer may send; may be replaced later through the attribute of that name.
    """

    __slots__ = (
        "_after",
        "_batch",
        "_blank_since",
        "_equals",
        "_events",
        "_exact",
        "_flush",
        "_fruitless",
        "_last",
        "_marks",
        "_parser",
        "_pending",
        "_prolog",
        "_root",
        "_stopped",
        "_tail",
        "limits",
    )

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits if limits is not None else Limits()
        builder = TreeBuilder(
            comment_factory=_refuse_comment,
            pi_factory=_refuse_instruction,
            insert_comments=True,
            insert_pis=True,
        )
        parser: Any = XMLParser(target=builder, encoding="utf-8")  # noqa: S314 (it refuses DTDs and is bounded)
        self._events: deque[tuple[str, Any]] = deque()
        parser._setevents(self._events, ("start-ns", "start", "end"))
        self._parser = parser
        # Expat 2.6 may hold back a finished tag until more bytes come; flush() makes it look at once.
        self._flush = getattr(parser, "flush", None)
        self._root: Element | None = None
        self._prolog: bytes | None = b""  # what came before the root element; None once that has begun
        self._pending = 0  # bytes since the last finished child
        self._marks = 0  # '<' among them
        self._equals = 0  # '=' among them
        self._batch = b""
        self._fruitless = 0
        self._last: Element | None = None  # the child handed out last; text behind it lands in its tail
        self._tail = b""  # the last few bytes of the previous feed, to recognise markup that was cut
        self._exact = False
        self._blank_since = False  # between children, with at most blanks since
        self._after = False  # behind the closing tag
        self._stopped = False

    @property
    def between_stanzas(self) -> bool:
        """Whether the last byte fed closed a child or the opening tag: nothing follows, not even a blank."""
        return self._exact

    @property
    def idle(self) -> bool:
        """Whether at most blanks follow the last child, or the opening tag: nothing has begun that will be lost
        if nothing more is fed."""
        return self._blank_since

    def feed(self, data: bytes) -> list[Item]:
        """Read `data` and return what it finished, in order.

        Nothing that a peer sends raises: a broken rule is a `Malformed`, the last item ever. The elements are
        the caller's.
        """
        items: list[Item] = []
        if self._stopped or not data:
            return items
        if self._prolog is not None:
            data = self._read_prolog(data, items)
            if not data:
                return items
        if self._blank_since:
            # White space between stanzas (RFC 6120 §4.6.1) is dropped here: the tree builder would keep it.
            data = data.lstrip(_BLANKS)
            if not data:
                self._exact = False
                return items
            if self._after:
                return self._stop(items, *_BEHIND_THE_END)
            if data[0] != 60:
                return self._stop(items, "bad-format", "text between stanzas")
        if self._batch or (self._pending > _LARGE and len(data) < _BATCH):
            data = self._gather(data)
        while data and not self._stopped:
            limit = self.limits.header_bytes if self._root is None else self.limits.stanza_bytes
            room = limit - self._pending + 1
            if room >= len(data):
                self._feed(data, items)
                break
            if room > 0:
                self._feed(data[:room], items)
                data = data[room:]
            self._check_size(items)
        self._check_size(items)
        return items

    def _check_size(self, items: list[Item]) -> None:
        what, limit = "stanza", self.limits.stanza_bytes
        if self._root is None:
            what, limit = "opening tag", self.limits.header_bytes
        if self._pending > limit and not self._stopped:
            self._stop(items, "policy-violation", f"{what} larger than {limit} bytes")

    def _stop(self, items: list[Item], condition: str, text: str) -> list[Item]:
        items.append(Malformed(condition, text))
        self._stopped = True
        self._exact = self._blank_since = False
        self._batch = self._tail = b""
        return items

    def _gather(self, data: bytes) -> bytes:
        """Hold back small reads inside a large stanza; see _LARGE."""
        self._batch += data
        if len(self._batch) < _BATCH and data[-1] != 62:
            self._exact = False
            return b""
        data, self._batch = self._batch, b""
        return data

    def _read_prolog(self, data: bytes, items: list[Item]) -> bytes:
        """Look at what stands before the root element; return the bytes for expat once that begins."""
        prolog = (self._prolog or b"") + data
        self._prolog = prolog
        if prolog[:2] in _BYTE_ORDER_MARKS:
            self._stop(items, "unsupported-encoding", "the stream is not UTF-8")
            return b""
        if prolog in (b"\xfe", b"\xff", b"\x00"):
            return b""  # perhaps the first half of a byte order mark
        rest = prolog
        if prolog.startswith(b"<?xml") and prolog[5:6] in (b"", b" ", b"\t", b"\r", b"\n"):
            end = prolog.find(b"?>")
            if end < 0:
                return self._wait_for_root(prolog, items)
            declared = _ENCODING.search(prolog, 0, end)
            if declared is not None and declared[1].upper() != b"UTF-8":
                self._stop(items, "unsupported-encoding", "the stream declares another encoding than UTF-8")
                return b""
            rest = prolog[end + 2 :]
        rest = rest.lstrip(_BLANKS)
        if rest[:2] == b"<!":
            self._stop(items, "restricted-xml", "a DTD or a comment before the stream")
        elif rest[:2] == b"<?" and not b"<?xml".startswith(prolog):
            self._stop(items, "restricted-xml", "a processing instruction before the stream")
        elif rest and rest[0] != 60:
            self._stop(items, "not-well-formed", "this is not XML")
        elif len(rest) < 2 or rest[:2] == b"<?":
            return self._wait_for_root(prolog, items)
        else:
            self._prolog = None
            return prolog
        return b""

    def _wait_for_root(self, prolog: bytes, items: list[Item]) -> bytes:
        if len(prolog) > self.limits.header_bytes:
            self._stop(items, "policy-violation", f"opening tag larger than {self.limits.header_bytes} bytes")
        return b""

    def _feed(self, data: bytes, items: list[Item]) -> None:
        """Give `data` to expat and take over what it finished."""
        self._pending += len(data)
        self._marks += data.count(b"<")
        self._equals += data.count(b"=")
        before = self._events[-1] if self._events else None
        error: tuple[str, str] | None = None
        try:
            self._parser.feed(data)
            if self._flush is not None and b">" in data and (self._pending < _LARGE or data[-1] == 62):
                self._flush()
        except ParseError as exception:
            error = self._explain(exception, data)
        except _Restricted as exception:
            error = ("restricted-xml", f"{exception} in the stream")
        opened = self._root is None and self._open(items)
        if self._root is not None and not self._stopped:
            self._collect(self._root, data, items, opened=opened)
        if self._stopped:
            return
        if error is not None:
            self._stop(items, *(_BEHIND_THE_END if self._after else error))
            return
        self._tail = (self._tail + data[-16:])[-16:]
        if self._pending > _LARGE and data[-1] == 62:
            progress = self._events and self._events[-1] is not before
            self._fruitless = 0 if progress else self._fruitless + 1
            if self._fruitless > _FRUITLESS:
                self._stop(items, "policy-violation", "a tag in too many pieces")

    def _explain(self, exception: ParseError, data: bytes) -> tuple[str, str]:
        """The stream error for what expat found."""
        condition = _CONDITIONS.get(exception.code)
        if condition is None:
            # Expat takes a DTD inside the document for an invalid token.
            restricted = exception.code == 4 and _DECLARATION_MARKUP.search(self._tail + data)
            condition = "restricted-xml" if restricted else "not-well-formed"
        return condition, str(exception).partition(":")[0]

    def _open(self, items: list[Item]) -> bool:
        """Take over the opening tag when it is there, and ask expat only for closing tags from then on."""
        default_namespace: str | None = None
        for kind, value in self._events:
            if kind == "start":
                break
            if kind == "start-ns" and not value[0]:
                default_namespace = value[1]
        else:
            return False
        root: Element = value
        last = self._events[-1]
        self._events = deque((last,), maxlen=1)
        self._parser._setevents(self._events, ("end",))
        self._root = root
        header = StreamHeader(root.tag, dict(root.attrib), default_namespace)
        too_much = self._judge_tag(root)
        if too_much:
            self._stop(items, "policy-violation", too_much)
        else:
            items.append(header)
        return True

    def _collect(self, root: Element, data: bytes, items: list[Item], *, opened: bool) -> None:
        """Move the finished children of `root` to `items`."""
        kind, last = self._events[-1]
        count = len(root)
        closed = kind == "end" and last is root
        # All children but the last are finished; that one is when nothing was closed after it.
        finished = count if count == 0 or closed or (kind == "end" and last is root[-1]) else count - 1
        if count and self._text_follows(root.text if self._last is None else self._last.tail, items):
            return
        if finished:
            self._hand_out(root, finished, items)
            if self._stopped:
                return
        if opened or finished:
            self._pending = self._fruitless = 0
        if count > finished:
            if self._marks > 2 * self.limits.depth and self._too_deep(root[0]):
                self._stop(items, "policy-violation", f"more than {self.limits.depth} levels")
                return
        elif finished:
            self._marks = self._equals = 0
        if closed:
            self._close(items)
            return
        # What stands behind the last tag: blanks or nothing, the beginning of another tag, or text.
        rest = data[data.rfind(b">") + 1 :] if (opened or finished) and count == finished else b"<"
        self._blank_since = not rest.strip(_BLANKS)
        self._exact = not rest
        if not self._blank_since and b"<" not in rest:
            self._stop(items, "bad-format", "text between stanzas")

    def _close(self, items: list[Item]) -> None:
        if self._last is not None:
            self._last.tail = None
        items.append(StreamFooter())
        self._after = self._blank_since = True
        self._exact = False

    def _text_follows(self, text: str | None, items: list[Item]) -> bool:
        if text is None or not text.strip(" \t\r\n"):
            return False
        self._stop(items, "bad-format", "text between stanzas")
        return True

    def _hand_out(self, root: Element, finished: int, items: list[Item]) -> None:
        limits = self.limits
        children = root[:finished]
        del root[:finished]
        # Upper bounds from the bytes: what cannot be past a limit is not looked at.
        suspicious = (
            self._marks > 2 * limits.depth or self._equals > limits.attributes or self._pending > limits.name_length
        )
        # Long names and values need a long stanza, or a read of which this stanza can be the larger part.
        lengthy = self._pending > limits.name_length * (1 if len(children) == 1 else 8)
        for child in children:
            if suspicious and (lengthy or self._is_large(child)):
                too_much = self._judge(child)
                if too_much:
                    self._stop(items, "policy-violation", too_much)
                    return
            items.append(child)
            tail = child.tail
            if tail is not None and self._text_follows(tail, items):
                return
        self._last = children[-1]

    def _is_large(self, stanza: Element) -> bool:
        """Whether `stanza` needs the full look of `_judge`; most of the stanzas of a crowded read do not."""
        attributes = self.limits.attributes
        count = 0
        for element in stanza.iter():
            count += 1
            if len(element.keys()) > attributes:
                return True
        return count > self.limits.depth

    def _judge(self, stanza: Element) -> str:
        """Which limit `stanza` is past; empty when none is."""
        limits = self.limits
        level = [stanza]
        depth = 0
        while level:
            depth += 1
            if depth > limits.depth:
                return f"more than {limits.depth} levels"
            following: list[Element] = []
            for element in level:
                too_much = self._judge_tag(element)
                if too_much:
                    return too_much
                if len(element):
                    if len(element) > limits.children:
                        return f"more than {limits.children} children of an element"
                    following += element
            level = following
        return ""

    def _judge_tag(self, element: Element) -> str:
        limits = self.limits
        if len(element.tag) > limits.name_length:
            return f"a name of more than {limits.name_length} characters"
        text = element.text
        if text is not None and len(text) > limits.text_length:
            return f"text of more than {limits.text_length} characters"
        attributes = element.items()
        if len(attributes) > limits.attributes:
            return f"more than {limits.attributes} attributes of an element"
        for name, value in attributes:
            if len(name) > limits.name_length:
                return f"a name of more than {limits.name_length} characters"
            if len(value) > limits.attribute_length:
                return f"an attribute of more than {limits.attribute_length} characters"
        return ""

    def _too_deep(self, element: Element) -> bool:
        """Whether the path of last children below `element`, which holds all open tags, is past the limit."""
        for _ in range(self.limits.depth):
            if not len(element):
                return False
            element = element[-1]
        return True
