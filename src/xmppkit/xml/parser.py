# SPDX-License-Identifier: MIT
"""From bytes to elements: the XML of a stream (RFC 6120 §4 and §11), within limits, without keeping the document.

The stream is one XML document that is never finished. `StreamParser` hands out its opening tag, each finished
child of its root and its closing tag, and lets go of them at once. Underneath is expat, driven through the C
classes of `xml.etree.ElementTree`: a tree builder makes the elements without a Python call per tag.

How the rules of RFC 6120 §11 are kept:

* A DTD can only stand before the root element, so a look at what comes before the root excludes it, and with it
  every entity. Comments and processing instructions make the tree builder call a factory, which refuses.
* Expat itself refuses what is not well-formed, names with an unbound prefix and undefined entities.

How memory and time are bounded:

* Expat is given whole tags only, in pieces of bounded size. So it never scans the beginning of a tag twice, as it
  did before 2.6 with every read (CVE-2023-52425), and never holds a finished one back, as it may since. Long tags
  are looked at before expat sees them.
* Size is counted between finished children; depth, attributes and children are counted on the element when a
  cheap upper bound, taken from the bytes, says that they could be too many.
* Expat and the tree builder never forget a name. Different names are counted, and behind a stanza with which they
  are too many for a stream both are replaced by fresh ones.
* A stanza that is past a limit other than its size is refused as soon as that is seen. Where its sender is not the
  peer, the stream goes on behind it (`StreamParser.passes_over`), with a fresh parser as well.

The file is longer than others because all of it is about one state: what expat has seen, and what it has not yet.
"""

from __future__ import annotations

import gc
import re
from collections import deque
from contextlib import suppress
from itertools import islice
from operator import attrgetter
from typing import Any, Final, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from xmppkit.records import record
from xmppkit.xml.faults import explain
from xmppkit.xml.judging import is_small, judge_shape, judge_stanza, judge_tag, too_deep
from xmppkit.xml.limits import Limits
from xmppkit.xml.passing import BROKEN, GOES_ON, Refused, Skimmer, read_begin
from xmppkit.xml.prolog import BLANKS, read_prolog
from xmppkit.xml.scanning import (
    IN_TAG,
    LONG_TAG,
    TEXT,
    behind_last_tag,
    check_tags,
    ends_with_tag,
    has_long_tag,
    scan_tag,
)
from xmppkit.xml.serializer import escape_attribute

__all__ = ["Item", "Malformed", "Refused", "StreamFooter", "StreamHeader", "StreamParser"]


@record(frozen=True, slots=True)
class StreamHeader:
    """The stream's opening tag.

    :ivar tag: its qualified name, ``{http://etherx.jabber.org/streams}stream`` in XMPP.
    :ivar attributes: by qualified name; namespace declarations are not among them.
    :ivar default_namespace: what it declares as ``xmlns``; None when it does not.
    """

    tag: str
    attributes: dict[str, str]
    default_namespace: str | None


@record(frozen=True, slots=True)
class StreamFooter:
    """The stream's closing tag."""


@record(frozen=True, slots=True)
class Malformed:
    """The peer broke a rule; nothing after it is read.

    :ivar condition: the stream error to send (RFC 6120 §4.9.3).
    :ivar text: what was wrong, for the log and for the peer's developer.
    """

    condition: str
    text: str


Item = StreamHeader | Element | Refused | StreamFooter | Malformed

_tail_of = attrgetter("tail")

#: What most reads end with; of these `ends_with_tag` need not be asked.
_ENDINGS: Final = (b"</message>", b"</iq>", b"</presence>")

_MARKUP: Final = re.compile(rb"<[!?]")

_ROOT_NAME: Final = re.compile(rb"<([^\s/>?!][^\s/>]*)")
_BEHIND_THE_END: Final = ("not-well-formed", "data behind the closing tag")
_MARKUP_BETWEEN: Final = ("restricted-xml", "markup between stanzas that is no element")
_TEXT_BETWEEN: Final = ("bad-format", "text between stanzas")

# Bytes that expat is given at once: what can happen before the limits are looked at again. An unfinished tag that
# was held back comes on top.
_PIECE: Final = 8 * 1024
# What no tag shows the end of, a comment or an instruction, expat reads again from its beginning with every piece.
# In a stanza of this many bytes small reads are therefore gathered, and what is read in vain is counted.
_LARGE: Final = 16 * 1024
# A read of at most so many bytes may be of whole children, and is then all right by its size.
_SHORT: Final = 1024
_BATCH: Final = 4 * 1024
_IN_VAIN: Final = 1 << 30  # bytes: about a second's work
# Attributes and declarations, by their '=', after which the parser makes a new beginning: expat never forgets the
# prefix of a declaration, which costs some 100 bytes.
_SIGNS: Final = 64 * 1024
# Bytes from which on it pays to have expat tell of the last tag alone.
_QUIET: Final = 2 * 1024
# Bytes of the shortest attribute, with the blank before it.
_ATTRIBUTE: Final = 5


class _Restricted(Exception):
    """Raised inside expat's call into a factory below, and caught around the feed."""


def _refuse(*_: object) -> NoReturn:
    raise _Restricted


def _has_markup(data: bytes) -> bool:
    """Whether there may be markup in `data` that is no tag."""
    # A number is found ten times as fast as two bytes of which the first is everywhere.
    return (33 in data and b"<!" in data) or (63 in data and b"<?" in data)


def _names_of(parser: Any) -> dict[bytes, str]:
    """The table of names that `parser` keeps, which has no public name; one that stays empty where it has none."""
    for referent in gc.get_referents(parser):
        if isinstance(referent, dict) and referent is not parser.entity:
            return referent
    return {}


class StreamParser:
    """The parser of one stream, from its opening to its closing tag. A restarted stream needs a new one.

    :param limits: what the peer may send.
    :ivar passes_over: whether a stanza that is past a limit is passed over, and told as `Refused`; else it ends the
        stream. What is past `Limits.stanza_bytes` ends it in any case, and so does markup that is no tag in such a
        stanza. What else is wrong in a stanza that is passed over may go unseen.
    """

    __slots__ = (
        "_after",
        "_batch",
        "_blanks",
        "_due",
        "_events",
        "_flush",
        "_heavy",
        "_heavy_read",
        "_held",
        "_in_vain",
        "_known",
        "_last",
        "_limits",
        "_longest",
        "_looked_at",
        "_marked",
        "_marks",
        "_names",
        "_namespace",
        "_opening",
        "_parser",
        "_pending",
        "_plain_marks",
        "_prolog",
        "_quote",
        "_root",
        "_settled",
        "_short",
        "_signs",
        "_skimmer",
        "_span",
        "_stopped",
        "_tail",
        "passes_over",
    )

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits if limits is not None else Limits()
        self.passes_over = False
        self._begin()
        self._root: Element | None = None
        self._opening = b""  # the root's opening tag, without its attributes
        self._namespace: str | None = None  # what that declares as the default
        self._skimmer: Skimmer | None = None  # a stanza is passed over
        self._prolog: bytes | None = b""  # what came before the root element; None once that has begun
        self._pending = 0  # bytes since the last finished child
        # Since expat was last between two children, or since the read in which it was: bytes, '<', and whether a tag
        # can have too many attributes, or too long ones; the same of the last read.
        self._span = self._marks = 0
        self._heavy = self._heavy_read = False
        self._held = bytearray()  # an unfinished tag that expat has not seen
        self._quote = TEXT  # where in it the bytes end
        self._batch = b""  # small reads inside a large stanza
        self._marked = False  # in this stanza there was markup that is no tag
        self._in_vain = 0
        self._last: Element | None = None  # the child handed out last; text behind it lands in its tail
        self._tail = b""  # the last few bytes of the previous feed, to recognise markup that was cut
        self._settled = False  # expat is between two children, with at most blanks since
        self._blanks = False  # and there were some
        self._after = False  # behind the closing tag
        self._stopped = False

    def _begin(self) -> None:
        """Take a fresh parser and a fresh tree builder."""
        builder = TreeBuilder(
            comment_factory=_refuse,
            pi_factory=_refuse,
            insert_comments=True,
            insert_pis=True,
        )
        parser: Any = XMLParser(target=builder, encoding="utf-8")  # noqa: S314 (it refuses DTDs and is bounded)
        self._events: deque[tuple[str, Any]] = deque()
        parser._setevents(self._events, ("start-ns", "start", "end"))
        self._parser = parser
        # Expat 2.6 may hold back a finished token until more bytes come; flush() makes it look at once.
        self._flush = getattr(parser, "flush", None)
        self._names = _names_of(parser)
        self._known = 0  # names when expat was last between two children
        self._looked_at = self._longest = 0  # how many names were looked at, the length of the longest of them
        self._signs = 0  # '=' that it has read, one for each namespace declaration
        self._due = False  # it is time for a fresh parser

    @property
    def limits(self) -> Limits:
        """What the peer may send; may be replaced at any time."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = limits
        # What is no longer, and has no more tags, cannot be past any of them but that of attributes.
        self._short = min(
            _SHORT,
            limits.stanza_bytes,
            limits.name_length,
            limits.attribute_length,
            limits.text_length,
            2 * limits.names,
        )
        self._plain_marks = min(2 * limits.depth, limits.children)
        self._heavy = self._heavy_read = True  # what was read under other limits is looked at

    @property
    def between_stanzas(self) -> bool:
        """Whether the last byte fed closed a child or the opening tag: nothing follows, not even a blank."""
        return self._settled and not self._blanks and not self._held

    @property
    def idle(self) -> bool:
        """Whether at most blanks follow the last child, or the opening tag: nothing has begun that will be lost
        if nothing more is fed."""
        return self._settled and not self._held

    def feed(self, data: bytes) -> list[Item]:
        """Read `data` and return what it finished, in order.

        Nothing that a peer sends raises: a broken rule is a `Malformed`, the last item ever. The elements are
        the caller's.

        How the bytes are cut makes no difference but to the report of a fault: of two in one read either may be
        told, a comment may be refused when it begins or when it ends, and text between stanzas that is no XML
        either is both (RFC 6120 §4.9.3.1). And a blank between stanzas that is written as a reference passes
        where the read has it behind a stanza.
        """
        if self._settled and 0 < len(data) <= self._short:
            whole = self._feed_whole(data)
            if whole is not None:
                return whole
        items: list[Item] = []
        if self._prolog is not None and not self._stopped:
            data = self._read_prolog(self._prolog + data, items)
        position, size = 0, len(data)
        while position < size and not self._stopped:
            # A name takes some four bytes, so no piece brings more than half of the names that a stanza may bring.
            end = position + max(1, min(_PIECE, 2 * self._limits.names, self._limit() - self._unfinished() + 1))
            if self._due:
                end = self._next_end(data, position, end)
            self._take(data[position:end], items)
            position = end
        return items

    def _next_end(self, data: bytes, position: int, end: int) -> int:
        """Where, until `end`, a stanza may end at the earliest: behind it there can be a new beginning."""
        root = self._root
        if root is not None and len(root) and not self._held:
            # Inside a stanza only the closing tag of its name can be that, so most of a long one is fed as usual.
            name = root[-1].tag.rpartition("}")[2].encode()
            position = data.find(name, position, end)
            if position < 0:
                return end
        return data.find(b">", position, end) + 1 or end

    def _feed_whole(self, data: bytes) -> list[Item] | None:
        """The way of nearly every read: between two children come whole ones, too short to be past a limit.

        :returns: None when `data` may be something else. Then nothing was done.
        """
        signs = data.count(b"=")
        if (
            self._held
            or self._due
            or self._after
            or data[0] != 60
            or (33 in data and b"<!" in data)  # as `_has_markup`
            or (63 in data and b"<?" in data)
            or signs > self._limits.attributes
            or (len(data) > 3 * self._plain_marks and data.count(b"<") > self._plain_marks)  # a tag has three bytes
            or not (data.endswith(_ENDINGS) or ends_with_tag(data, data.rfind(b"<") + 1))
        ):
            return None
        root, before, error = self._root, self._events[-1], None
        assert root is not None
        try:  # as `_parse`
            self._parser.feed(data)
            if self._flush is not None:
                self._flush()
        except (ParseError, _Restricted) as exception:
            error = self._explain(exception, data)
        children: list[Any] = root[:]
        if (
            error
            or not children
            or self._events[-1][1] is not children[-1]
            or (len(children) > 1 and any(map(_tail_of, children)))  # behind the last one is nothing
        ):
            items: list[Item] = []
            self._measure(data)
            self._take_over(data, items, error, before)
            return items
        del root[:]
        if self._blanks:
            self._blanks = False
            if self._last is not None:
                self._last.tail = None  # that element is the caller's already
        self._last = children[-1]
        self._tail = b""  # no markup was cut
        self._known = names = len(self._names)
        self._signs += signs
        self._due = 2 * names > self._limits.names or self._signs > _SIGNS
        return children

    def _limit(self) -> int:
        return self._limits.header_bytes if self._root is None else self._limits.stanza_bytes

    def _unfinished(self) -> int:
        return self._pending + len(self._held) + len(self._batch)

    def _stop(self, items: list[Item], condition: str, text: str) -> None:
        items.append(Malformed(condition, text))
        self._stopped = True
        self._settled = False
        self._batch = self._tail = b""
        self._held.clear()

    def _read_prolog(self, prolog: bytes, items: list[Item]) -> bytes:
        """Look at what stands before the root element; return the bytes for expat once that begins."""
        self._prolog = prolog
        verdict = read_prolog(prolog)
        if verdict is True:
            self._prolog = None
            return prolog
        if verdict is not False:
            self._stop(items, *verdict)
        elif len(prolog) > self._limits.header_bytes:
            self._too_large(items)
        return b""

    def _too_large(self, items: list[Item]) -> None:
        what = "opening tag" if self._root is None else "stanza"
        self._stop(items, "policy-violation", f"{what} larger than {self._limit()} bytes")

    def _take(self, data: bytes, items: list[Item]) -> None:
        if self._skimmer is not None:
            self._skim(self._hold_back(data), self._skimmer, items)
        else:
            self._read(data, items)
        if self._unfinished() > self._limit() and not self._stopped:
            self._too_large(items)

    def _read(self, data: bytes, items: list[Item]) -> None:
        if self._settled and not self._held:
            # White space between stanzas (RFC 6120 §4.6.1) is dropped here: the tree builder would keep it.
            begun = data.lstrip(BLANKS)
            self._blanks = self._blanks or len(begun) < len(data)
            data = begun
            if data and (self._after or data[0] != 60):
                self._stop(items, *(_BEHIND_THE_END if self._after else _TEXT_BETWEEN))
                return
        data = self._hold_back(data)
        if data and (self._batch or (self._pending > _LARGE and len(data) < _BATCH)):
            data = self._gather(data)
        if _has_markup(data):
            self._feed_markup(data, items)
        elif data:
            self._feed(data, items)

    def _feed_markup(self, data: bytes, items: list[Item]) -> None:
        """What is no element begins a piece of its own where a stanza may just have ended, so that it is known what
        it follows."""
        start = 0
        self._marked = True
        for found in _MARKUP.finditer(data):
            if data.find(b"/", start, found.start()) >= 0:
                self._feed(data[start : found.start()], items)
                start = found.start()
                if self._stopped:
                    return
        self._feed(data[start:], items)

    def _hold_back(self, data: bytes) -> bytes:
        """`data` with what was held before it, without the unfinished tag at its end."""
        if self._held:
            if b"<" not in data and len(self._held) > 1:
                self._quote, _ = scan_tag(data, 0, self._quote)
                if self._quote != TEXT:
                    self._held += data
                    return b""
            data = bytes(self._held) + data
            self._held.clear()
        start = data.rfind(b"<")
        if start >= 0 and data[start + 1 : start + 2] not in (b"!", b"?"):
            self._quote, _ = scan_tag(data, start + 1, IN_TAG)
            if self._quote != TEXT:
                self._held += data[start:]
                return data[:start]
        return data

    def _gather(self, data: bytes) -> bytes:
        """Hold back small reads inside a large stanza until they are worth it, or bring a tag."""
        self._batch += data
        if len(self._batch) < _BATCH and b"<" not in data:
            return b""
        data, self._batch = self._batch, b""
        return data

    def _feed(self, data: bytes, items: list[Item]) -> None:
        """Give `data` to expat and take over what it finished."""
        if self._settled and data[:2] in (b"<!", b"<?"):
            self._stop(items, *(_BEHIND_THE_END if self._after else _MARKUP_BETWEEN))
            return
        if len(data) > LONG_TAG:
            too_much, start = check_tags(data, self._limits)
            if too_much:
                if start:  # what came before it is as good as ever
                    self._feed(data[:start], items)
                if self._skimmer is not None:
                    self._skim(data[start:], self._skimmer, items)
                elif not self._stopped:
                    self._refuse(items, too_much, data[start:])
                return
        self._measure(data)
        before = self._events[-1] if self._events else None
        self._take_over(data, items, self._parse(data), before)

    def _measure(self, data: bytes) -> None:
        """Count what the limits are about."""
        self._pending += len(data)
        self._span += len(data)
        self._marks += data.count(b"<")
        signs = data.count(b"=")
        self._signs += signs
        limits = self._limits
        self._heavy_read = len(data) > limits.attribute_length or (
            signs > limits.attributes and has_long_tag(data, _ATTRIBUTE * limits.attributes)
        )
        self._heavy = self._heavy or self._heavy_read
        self._settled = False

    def _parse(self, data: bytes) -> tuple[str, str] | None:
        """Give `data` to expat: the rule that is broken, and how, if one is."""
        parser = self._parser
        # Only what is closed last is asked for, and each event costs a tenth of its element.
        quiet = data.rfind(b"<") if len(data) > _QUIET and self._root is not None and not self._marked else 0
        try:
            if quiet > 0:
                parser._setevents(self._events, ())
                parser.feed(data[:quiet])
                parser._setevents(self._events, ("end",))
                parser.feed(data[quiet:])
            else:
                parser.feed(data)
            if self._flush is not None:
                self._flush()
        except (ParseError, _Restricted) as exception:
            return self._explain(exception, data, quiet=quiet > 0)
        return None

    def _explain(self, exception: ParseError | _Restricted, data: bytes, *, quiet: bool = False) -> tuple[str, str]:
        """The rule that `data` has broken, and how.

        :param quiet: no event has told what was closed last.
        """
        if isinstance(exception, _Restricted):
            return "restricted-xml", "a comment or a processing instruction in the stream"
        error = explain(exception, self._tail + data)
        if quiet:
            self._note_closed()
        self._write_text()
        return error

    def _take_over(
        self, data: bytes, items: list[Item], error: tuple[str, str] | None, before: tuple[str, Any] | None
    ) -> None:
        """Take what expat has made of `data`.

        :param before: the last event before `data`.
        """
        opened = self._root is None and self._open(data, items)
        if self._root is not None and not self._stopped:
            self._collect(self._root, data, items, opened=opened, failed=error is not None)
        if self._stopped:
            return
        if error is not None:
            self._stop(items, *(_BEHIND_THE_END if self._after else error))
            return
        self._tail = (self._tail + data[-16:])[-16:]
        self._count(items, progress=bool(self._events) and self._events[-1] is not before)

    def _note_closed(self) -> None:
        """Find out what has been closed last, without an event that says so. The parser is of no use afterwards."""
        root = self._root
        assert root is not None
        try:
            probe = self._parser.target.start("probe", {})
        except ParseError:  # nothing is open
            self._events.append(("end", root))
            return
        if root[-1] is probe:
            del root[-1]
            if len(root):
                self._events.append(("end", root[-1]))

    def _write_text(self) -> None:
        """Put text that has been read into the tree, which happens by itself only with the next tag."""
        with suppress(_Restricted):
            self._parser.target.comment("")

    def _count(self, items: list[Item], *, progress: bool) -> None:
        """What expat keeps, and what it does again and again."""
        names = len(self._names)
        if names - self._known > self._limits.names:
            self._refuse(items, f"more than {self._limits.names} different names")
            return
        self._due = 2 * names > self._limits.names or self._signs > _SIGNS
        if self._pending > _LARGE and self._marked:
            self._in_vain = 0 if progress else self._in_vain + self._pending
            if self._in_vain > _IN_VAIN:
                self._stop(items, "policy-violation", "markup in too many pieces")

    def _open(self, data: bytes, items: list[Item]) -> bool:
        """Take over the opening tag when it is there."""
        declared: dict[str, str] = {}
        for kind, value in self._events:
            if kind == "start":
                break
            declared[value[0]] = value[1]
        else:
            return False
        root: Element = value
        self._take_root(root)
        name = _ROOT_NAME.search(data)
        assert name is not None  # tags are fed whole
        self._namespace = declared.get("")
        attributes = "".join(
            f" xmlns{':' if prefix else ''}{prefix}='{escape_attribute(namespace)}'"
            for prefix, namespace in declared.items()
        )
        self._opening = b"<%s%s>" % (name[1], attributes.encode("utf-8"))
        header = StreamHeader(root.tag, dict(root.attrib), self._namespace)
        too_much = judge_tag(root, self._limits)
        if too_much:
            self._stop(items, "policy-violation", too_much)
        else:
            items.append(header)
        return True

    def _take_root(self, root: Element) -> None:
        """`root` has been opened: ask expat only for closing tags from now on."""
        # A declared prefix may be the last that was seen of an element that expat then refused.
        last = next(event for event in reversed(self._events) if event[0] in ("start", "end"))
        self._events = deque((last,), maxlen=1)
        self._parser._setevents(self._events, ("end",))
        self._root = root

    def _renew(self) -> None:
        """Go on with a fresh parser, in which the root has just been opened."""
        self._begin()
        self._parser.feed(self._opening)
        if self._flush is not None:
            self._flush()
        root = next(value for kind, value in self._events if kind == "start")
        self._take_root(root)
        self._last = None

    def _collect(self, root: Element, data: bytes, items: list[Item], *, opened: bool, failed: bool) -> None:
        """Move the finished children of `root` to `items`."""
        kind, last = self._events[-1]
        count = len(root)
        closed = kind == "end" and last is root
        # All children but the last are finished; that one is when nothing was closed after it.
        finished = count if count == 0 or closed or (kind == "end" and last is root[-1]) else count - 1
        if not self._text_follows(root, items) and finished:
            self._hand_out(root, finished, items)
        if self._stopped:
            return
        if closed:
            self._close(items)
        elif failed:
            return  # where in the data that was is not known, so nothing can be said of the rest
        elif not opened and not finished:
            self._check_depth(root, items)
        elif count > finished:
            self._pending = 0
            self._span, self._marks, self._heavy = len(data), data.count(b"<"), self._heavy_read
            self._check_depth(root, items)
        else:
            self._settle(root, data, items)

    def _has_long_names(self) -> bool:
        """Whether any name that expat knows is past the limit; True as well where it does not tell."""
        names = self._names
        if len(names) > self._looked_at:
            fresh = islice(names.values(), self._looked_at, None)
            self._longest = max(self._longest, *map(len, fresh))
            self._looked_at = len(names)
        return not names or self._longest > self._limits.name_length

    def _check_depth(self, root: Element, items: list[Item]) -> None:
        if self._marks > 2 * self._limits.depth and len(root) and too_deep(root[0], self._limits):
            self._refuse(items, f"more than {self._limits.depth} levels")

    def _settle(self, root: Element, data: bytes, items: list[Item]) -> None:
        """Expat is between two children: begin to count again."""
        start = data.rfind(b"<")
        if data[start : start + 2] in (b"<!", b"<?"):
            self._stop(items, *_MARKUP_BETWEEN)
            return
        rest = behind_last_tag(data)
        if rest is None:  # a tag in a tag, which expat will find when the second one ends
            self._write_text()
            self._text_follows(root, items)
            return
        self._pending = self._span = self._marks = 0
        self._heavy = False
        self._marked = False
        self._known = len(self._names)
        if rest.strip(BLANKS):
            self._stop(items, *_TEXT_BETWEEN)
            return
        self._settled, self._blanks = True, bool(rest)
        if self._due:
            self._renew()

    def _close(self, items: list[Item]) -> None:
        items.append(StreamFooter())
        self._after = self._settled = self._blanks = True
        try:
            self._parser.close()
            begun = bool(self._held)
        except ParseError:
            begun = True
        if begun:
            self._stop(items, *_BEHIND_THE_END)

    def _text_follows(self, root: Element, items: list[Item]) -> bool:
        """Whether there is text before the first child of `root`, behind the last one that was handed out."""
        if self._last is None:
            text, root.text = root.text, None
        else:
            text, self._last.tail = self._last.tail, None
        follows = text is not None and bool(text.strip(" \t\r\n"))
        if follows:
            self._stop(items, *_TEXT_BETWEEN)
        return follows

    def _hand_out(self, root: Element, finished: int, items: list[Item]) -> None:
        limits = self._limits
        children = root[:finished]
        del root[:finished]
        marks = self._marks - (finished - 1)  # each of the others has one that opens it
        # Upper bounds from the bytes: what cannot be past a limit is not looked at. A value is as long as its tag at
        # most, and tags are not cut.
        wide = marks > self._plain_marks
        names = self._span > limits.name_length and self._has_long_names()
        thorough = names or self._heavy or self._span > limits.text_length
        if not (wide or thorough or any(map(_tail_of, children))):
            items += children
            self._last = children[-1]
            return
        for child in children:
            too_much = ""
            if thorough:
                too_much = judge_stanza(child, limits, self._span, names=names)
            elif wide and not (len(children) > 1 and is_small(child, limits)):
                too_much = judge_shape(child, limits)
            if too_much and not self._may_pass_over():
                self._stop(items, "policy-violation", too_much)
                return
            items.append(Refused.of(child, too_much) if too_much else child)
            self._last = child
            if child.tail is not None and self._text_follows(root, items):
                return

    # --- passing over -------------------------------------------------------------------------------------

    def _may_pass_over(self) -> bool:
        # Where expat is in markup that is no tag, nobody but expat knows.
        return self.passes_over and not self._marked

    def _refuse(self, items: list[Item], text: str, data: bytes = b"") -> None:
        """The stanza that is being read is past a limit.

        :param data: what is behind what expat has seen: the tag by which it is past that, and more.
        """
        root = self._root
        if root is not None and self._may_pass_over():
            depth = self._count_open(root)
            stanza = root[0] if depth else read_begin(data, self._namespace)
            if stanza is not None:
                self._renew()
                self._settled = False
                self._skimmer = Skimmer(Refused.of(stanza, text), depth)
                self._skim(data, self._skimmer, items)
                return
        self._stop(items, "policy-violation", text)

    def _count_open(self, root: Element) -> int:
        """How many elements below `root` are open. The parser is of no use afterwards."""
        probe = self._parser.target.start("probe", {})
        element, depth = root[-1], 0
        while element is not probe:
            element, depth = element[-1], depth + 1
        return depth

    def _skim(self, data: bytes, skimmer: Skimmer, items: list[Item]) -> None:
        """Pass over `data`, in which all tags are whole, up to the end of the stanza."""
        self._pending += len(data)
        end = skimmer.end_in(data)
        if end == GOES_ON:
            return
        if end == BROKEN:
            self._stop(items, "policy-violation", f"{skimmer.refused.text}, and markup that is no tag")
            return
        items.append(skimmer.refused)
        self._skimmer = None
        self._pending = self._span = self._marks = 0
        self._heavy = False
        self._tail = b""
        self._known = len(self._names)
        self._settled, self._blanks = True, False
        rest = data[end:] + bytes(self._held)
        self._held.clear()
        if rest:
            self._take(rest, items)
