# SPDX-License-Identifier: MIT
"""The wire of BOSH: the `<body/>` wrapper (XEP-0124 §6, XEP-0206 §2), and the conditions with which a session ends
(§17).

Between the engine and a session nothing but text passes, and a stream has more than elements to say: that it opens,
and that it is over. Those stand between two marks, characters that XML cannot hold (`mark`, `split_marks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final
from xml.etree.ElementTree import Element

from xmppkit.records import record
from xmppkit.xml.limits import Limits
from xmppkit.xml.names import CLIENT, STREAM, XML_LANG, clark
from xmppkit.xml.namespaces import moved
from xmppkit.xml.parser import Malformed, Refused, StreamFooter, StreamHeader, StreamParser
from xmppkit.xml.serializer import escape_attribute

__all__ = [
    "BODY",
    "CONTENT_TYPE",
    "HTTPBIND",
    "MAX_RID",
    "RESTART",
    "VERSION",
    "XBOSH",
    "Body",
    "Condition",
    "lower_version",
    "mark",
    "read_body",
    "split_marks",
    "write_body",
]

HTTPBIND: Final = "http://jabber.org/protocol/httpbind"
XBOSH: Final = "urn:xmpp:xbosh"
#: The qualified name of the wrapper.
BODY: Final = f"{{{HTTPBIND}}}body"
#: Those of the attributes of XEP-0206.
RESTART: Final = f"{{{XBOSH}}}restart"
_VERSION: Final = f"{{{XBOSH}}}version"
#: The version of the protocol that both halves speak (XEP-0124 §7.1).
VERSION: Final = "1.11"
#: What answers have as Content-Type, unless the client has asked for another (XEP-0124 §7.1).
CONTENT_TYPE: Final = "text/xml; charset=utf-8"
#: The largest request ID (XEP-0124 §14.1).
MAX_RID: Final = (1 << 53) - 1

#: XML 1.0 §2.2 forbids it, so no element has it.
_MARK: Final = "\x1e"
_HTTPBIND_NAME: Final = f"{{{HTTPBIND}}}"


class Condition(Enum):
    """Why a session was terminated (XEP-0124 §17.2)."""

    BAD_REQUEST = "bad-request"
    HOST_GONE = "host-gone"
    HOST_UNKNOWN = "host-unknown"
    IMPROPER_ADDRESSING = "improper-addressing"
    INTERNAL_SERVER_ERROR = "internal-server-error"
    ITEM_NOT_FOUND = "item-not-found"
    OTHER_REQUEST = "other-request"
    POLICY_VIOLATION = "policy-violation"
    REMOTE_CONNECTION_FAILED = "remote-connection-failed"
    REMOTE_STREAM_ERROR = "remote-stream-error"
    SEE_OTHER_URI = "see-other-uri"
    SYSTEM_SHUTDOWN = "system-shutdown"
    UNDEFINED_CONDITION = "undefined-condition"

    @property
    def status(self) -> int:
        """The HTTP status by which a client is told that does not know conditions (§17.1); 200 where there is none."""
        return _STATUS.get(self, 200)

    @property
    def of_the_stream(self) -> bool:
        """Whether it is about the stream, and has a stream error of the same name (RFC 6120 §4.9.3). What is not has
        only ended the connection: a session of XEP-0198 may go on."""
        return self in _OF_THE_STREAM

    @classmethod
    def named(cls, name: str | None) -> Condition:
        """The condition of that name; `UNDEFINED_CONDITION` where none has it."""
        try:
            return cls(name)
        except ValueError:
            return cls.UNDEFINED_CONDITION


_STATUS = {Condition.BAD_REQUEST: 400, Condition.POLICY_VIOLATION: 403, Condition.ITEM_NOT_FOUND: 404}
_OF_THE_STREAM = frozenset({
    Condition.HOST_GONE, Condition.HOST_UNKNOWN, Condition.IMPROPER_ADDRESSING, Condition.POLICY_VIOLATION,
    Condition.SYSTEM_SHUTDOWN,
})  # fmt: skip


@record(frozen=True, slots=True)
class Body:
    """One wrapper, as it came.

    :ivar attributes: by qualified name.
    :ivar elements: its payload, with what was passed over of it.
    """

    attributes: dict[str, str]
    elements: list[Element | Refused]

    def get(self, name: str) -> str | None:
        """An attribute; None when there is none."""
        return self.attributes.get(name)

    def number(self, name: str) -> int | None:
        """The whole number in an attribute; None when there is none. What is larger than a request ID can be is one
        more than the largest."""
        text = self.attributes.get(name, "")
        if not text.isascii() or not text.isdigit():
            return None
        return min(int(text), MAX_RID + 1) if len(text) <= 20 else MAX_RID + 1

    @property
    def type_(self) -> str:
        """``terminate``, ``error`` or nothing."""
        return self.attributes.get("type", "")

    @property
    def restarts(self) -> bool:
        """Whether the stream is to begin anew (XEP-0206 §5)."""
        return self.attributes.get(RESTART) in ("true", "1")

    @property
    def version(self) -> str | None:
        """The version of the stream (XEP-0206 §3)."""
        return self.attributes.get(_VERSION)

    @property
    def lang(self) -> str | None:
        """The language of the stream."""
        return self.attributes.get(XML_LANG)


def read_body(data: bytes, limits: Limits, *, passes_over: bool = False) -> Body | Malformed:
    """The wrapper in `data`, or what is wrong with it. Comments, instructions, a DTD, text between the elements and
    anything but one whole wrapper are.

    :param limits: each element of the payload is judged as a stanza.
    :param passes_over: those that are past a limit are passed over.
    """
    parser = StreamParser(limits)
    parser.passes_over = passes_over
    items = parser.feed(data)
    last = items[-1] if items else None
    if isinstance(last, Malformed):
        return last
    first = items[0] if items else None
    if not isinstance(last, StreamFooter) or not isinstance(first, StreamHeader):
        return Malformed("not-well-formed", "a body that has no end")
    if first.tag != BODY:
        return Malformed("invalid-namespace", "a document of another element than body of XEP-0124")
    # XEP-0206 §2, note: some leave the namespace of stanzas out.
    elements = [_restored(item) for item in items if isinstance(item, (Element, Refused))]
    return Body(first.attributes, elements)


def _restored(item: Element | Refused) -> Element | Refused:
    """`item` in the namespace of stanzas, if it has named none."""
    if not item.tag.startswith(_HTTPBIND_NAME):
        return item
    if isinstance(item, Element):
        return moved(item, HTTPBIND, CLIENT)
    return Refused(clark(CLIENT, item.tag[len(_HTTPBIND_NAME) :]), item.attributes, item.text)


def write_body(attributes: Mapping[str, object], payload: str = "", more: str = "") -> bytes:
    """A wrapper.

    :param attributes: their values by name, with the prefixes ``xml`` and ``xmpp``; None leaves one out.
    :param payload: elements as text, which declare their namespaces but for the prefix ``stream``.
    :param more: further attributes, as `mark` has them.
    """
    head = "".join(
        f" {name}='{escape_attribute(str(value))}'" for name, value in attributes.items() if value is not None
    )
    head += more
    head += f" xmlns='{HTTPBIND}'"
    if " xmpp:" in head:
        head += f" xmlns:xmpp='{XBOSH}'"
    if "<stream:" in payload:
        head += f" xmlns:stream='{STREAM}'"
    return (f"<body{head}>{payload}</body>" if payload else f"<body{head}/>").encode()


def mark(attributes: Mapping[str, object] | None) -> str:
    """What the engine says beside elements: that the stream opens, with these attributes of a wrapper, or that it is
    over (None)."""
    if attributes is None:
        return _MARK * 2
    text = "".join(f" {name}='{escape_attribute(str(value))}'" for name, value in attributes.items())
    return f"{_MARK}{text}{_MARK}"


def split_marks(data: bytes) -> Iterator[tuple[bool, str]]:
    """What the engine has written, in parts: whether it is a mark, and the text. That of a mark is of attributes; it
    is empty if the stream is over."""
    for position, text in enumerate(data.decode().split(_MARK)):
        if position % 2:
            yield True, text
        elif text and not text.isspace():  # white space keeps a TCP connection alive; a body must have none
            yield False, text


def lower_version(theirs: str) -> str:
    """The lower one of `theirs` and our version (XEP-0124 §7.2); ours if theirs is none."""
    major, _, minor = theirs.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and major.isascii() and minor.isascii() and len(theirs) < 16):
        return VERSION
    return min((theirs, VERSION), key=lambda text: tuple(int(part) for part in text.split(".")))
