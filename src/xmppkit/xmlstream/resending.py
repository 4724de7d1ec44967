# SPDX-License-Identifier: MIT
"""What a message needs so that it can be sent again, and be recognised (XEP-0184, XEP-0203, XEP-0334, XEP-0359)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring

from xmppkit.exceptions import IqError, StorageCorrupted, XMPPKitError
from xmppkit.jid.address import JID
from xmppkit.stanza.codecs import DATETIME
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message
from xmppkit.storage.records import Value
from xmppkit.types import DeliveryState
from xmppkit.xml.names import DELAY, clark
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection
    from xmppkit.storage.records import Entry
    from xmppkit.xmlstream.delivery import Deliveries, Receipt

__all__ = [
    "Acked",
    "Kept",
    "OutboxHost",
    "Pending",
    "Reader",
    "Reconciled",
    "archived",
    "ask_for_receipt",
    "from_kept",
    "has_archive",
    "ids_of",
    "is_answered",
    "is_for_archives",
    "is_worth_keeping",
    "kept_asks",
    "kept_head",
    "kept_size",
    "mark_as_resent",
    "new_ids",
    "origin_ids",
    "stored",
    "to_keep",
    "uptime",
]

#: Seconds to wait for the answer to a request behind messages, and for a page of the archive.
PATIENCE: Final = 60.0
#: How many messages of the archive are looked at for those in doubt: they are among its last ones.
LOOK_UP: Final = 2000
#: How many at a time.
PAGE: Final = 50
#: Seconds before the oldest message in doubt from which on the archive is looked at: clocks differ, and are set.
MARGIN: Final = 86400.0
#: A number of seconds is shorter.
MAX_DIGITS: Final = 12
#: How many messages of the outbox are read at once.
AT_ONCE: Final = 50
#: How far ahead of a message that leaves it is noted which have: one more write for about so many.
AHEAD: Final = 400
_LEFT: Final = "left"
_DELAY: Final = clark(DELAY, "delay")
_HINTS: Final = "{urn:xmpp:hints}"
_NOT_STORED: Final = (f"{_HINTS}no-store", f"{_HINTS}no-permanent-store")
_CHAT_STATES: Final = "{http://jabber.org/protocol/chatstates}"
_REQUEST: Final = "{urn:xmpp:receipts}request"
_RECEIVED: Final = "{urn:xmpp:receipts}received"
_MAM: Final = "{urn:xmpp:mam:2}"
_RESULT: Final = f"{_MAM}result"
_FORWARDED: Final = "{urn:xmpp:forward:0}forwarded"


class Kept:
    """A message in the outbox, as the outbox sees it.

    :ivar leaves: the disk knows that it may have been sent.
    :ivar doubtful: it may have been sent already.
    :ivar flying: it was given to the stream.
    :ivar size: characters of its XML; 0: it is none that every archive has.
    :ivar confirms: it stays until its recipient has confirmed it.
    :ivar revision: grows from each message that is written to the next.
    """

    __slots__ = (
        "confirms",
        "doubtful",
        "filtered",
        "flying",
        "key",
        "leaves",
        "receipt",
        "revision",
        "size",
        "written",
    )

    def __init__(
        self,
        key: str,
        receipt: Receipt,
        written: float,
        filtered: bool,
        *,
        leaves: bool,
        doubtful: bool = False,
        size: int = 0,
        confirms: bool = False,
    ) -> None:
        self.key = key
        self.receipt = receipt
        self.written = written
        self.filtered = filtered
        self.leaves = leaves
        self.doubtful = doubtful
        self.flying = False
        self.size = size
        self.confirms = confirms
        self.revision = 0

    @classmethod
    def of(cls, key: str, value: Value, receipt: Receipt, written: float, *, filtered: bool, leaves: bool) -> Kept:
        """A message that is kept as `value`."""
        size, confirms = kept_size(value), bool(kept_asks(value))
        return cls(key, receipt, written, filtered, leaves=leaves, size=size, confirms=confirms)


@dataclass(frozen=True, slots=True)
class Acked:
    """A message that the server has acknowledged.

    :ivar key: its origin-id.
    :ivar at: when that was, in seconds since 1970.
    :ivar receipt: what is known of it; None: an earlier process has sent it.
    """

    key: str
    to: str
    written: float
    filtered: bool
    size: int
    revision: int
    at: float
    receipt: Receipt | None

    @property
    def is_settled(self) -> bool:
        """Whether it is known to have come, or not to come."""
        return self.receipt is not None and self.receipt.state in (DeliveryState.DELIVERED, DeliveryState.FAILED)

    def again(self, deliveries: Deliveries) -> Kept:
        """The message, which is to be sent again. It has a receipt of its own, which nobody else knows."""
        receipt = deliveries.receipt("", self.to)
        kept = Kept(self.key, receipt, self.written, self.filtered, leaves=True, size=self.size)
        kept.revision = self.revision
        return kept


class Pending(NamedTuple):
    """A message in the outbox.

    :ivar id: its origin-id.
    :ivar to: whom it is for.
    :ivar written: when it was written, in seconds since 1970.
    :ivar receipt: what is known of it.
    """

    id: str
    to: str
    written: float
    receipt: Receipt


class Reconciled(NamedTuple):
    """What was found out about messages in doubt.

    :ivar found: the origin-ids of those that the server has.
    :ivar again: those of the others, which are sent again; and those of messages that the server had acknowledged and
        has lost, or may have put into this archive only, or that are to be confirmed and were not.
    """

    found: tuple[str, ...]
    again: tuple[str, ...]


class OutboxHost(Protocol):
    """What is needed of the stream."""

    default_ns: str
    plugin: Any
    boundjid: Any
    is_component: bool

    def new_id(self) -> str: ...

    def spawn(self, coro: Any, /) -> asyncio.Future[Any]: ...

    def event(self, name: str, data: Any = ..., /) -> None: ...

    def add_event_handler(self, name: str, pointer: Callable[[Any], Any], disposable: bool = ...) -> None: ...

    def del_event_handler(self, name: str, pointer: Callable[[Any], Any]) -> None: ...

    def make_iq_get(self, queryxmlns: str | None = ..., ito: Any = ...) -> Any: ...


def is_worth_keeping(message: Message) -> bool:
    """Whether a message still means something when it is sent later: not an error, not one to a room, where one must
    be to speak, and not one that only says that somebody is typing, or that is not to be stored (XEP-0334)."""
    if message.xml.get("type") in ("error", "groupchat"):
        return False
    tags = [child.tag for child in message.xml]
    return not any(tag in _NOT_STORED for tag in tags) and any(
        not tag.startswith((_CHAT_STATES, _HINTS)) for tag in tags
    )


def is_for_archives(message: Message) -> bool:
    """Whether every archive has a message: it is one of a conversation, with a text (XEP-0313 §5.1.1), and without a
    hint not to store it (XEP-0334)."""
    xml = message.xml
    if xml.get("type", "normal") not in ("chat", "normal"):
        return False
    has_body = False
    for child in xml:
        if child.tag in _NOT_STORED:
            return False
        has_body = has_body or child.tag.endswith("}body")
    return has_body


def ask_for_receipt(message: Message) -> bool:
    """Ask the recipient of a message to confirm it, if that may be asked: it is one with a text, or asks by itself, and
    is no receipt, no error and not for a room (XEP-0184 §5).

    :returns: whether it asks now.
    """
    xml = message.xml
    if xml.get("type", "normal") not in ("chat", "normal", "headline") or xml.find(_RECEIVED) is not None:
        return False
    if xml.find(_REQUEST) is None:
        if not any(child.tag.endswith("}body") for child in xml):
            return False
        SubElement(xml, _REQUEST)
    return True


def new_ids(message: Message, id: str) -> None:
    """Give a message an id, also as that of its author (XEP-0359 §3.2)."""
    message.xml.set("id", id)
    message.set_origin_id(id)


def mark_as_resent(message: Message, written: float) -> None:
    """Say when a message was written that is sent later, unless it says that already (XEP-0203).

    :param written: the time, in seconds since 1970.
    """
    if message.xml.find(_DELAY) is None:
        stamp = datetime.datetime.fromtimestamp(int(written), datetime.UTC)
        SubElement(message.xml, _DELAY, {"stamp": DATETIME.encode(stamp)})


def ids_of(stanza: object) -> tuple[str, ...]:
    """The ids of a message that was sent: its author's, and its own; none of anything else."""
    xml = stanza.xml if isinstance(stanza, ElementBase) else stanza
    if not isinstance(xml, Element) or not xml.tag.endswith("}message"):
        return ()
    return Message.received(None, xml).get_origin_id(), xml.get("id", "")


def origin_ids(result: Message, own: JID) -> Iterator[str]:
    """The origin-ids of what an archive gives out, if the own account has sent it: others may use any ids."""
    for forwarded in result.xml.iterfind(f"{_RESULT}/{_FORWARDED}"):
        for element in forwarded:
            if not element.tag.endswith("}message"):
                continue
            message = Message.received(None, element)
            sender = element.get("from", "")
            if sender.partition("/")[0] in ("", own.bare):
                origin = message.get_origin_id()
                if origin:
                    yield origin


# --- how it is kept ---------------------------------------------------------------------------------------


def to_keep(
    message: Message, written: float, namespace: str, *, filtered: bool, leaves: bool, asks: bool = False
) -> Value:
    """A message as a value for a storage.

    :param written: the time, in seconds since 1970.
    :param namespace: that of the stream.
    :param filtered: it is to pass the filters, whenever it is sent.
    :param leaves: it is sent as soon as it is written: a later process cannot know that it was not.
    :param asks: it stays until its recipient has confirmed it.
    :raises UnserializableXML: XML 1.0 cannot express it.
    """
    text = serialize(message.xml, default_namespace=namespace)
    value: dict[str, Value] = {
        "to": message.xml.get("to", ""),
        "at": written,
        "filtered": filtered,
        "leaves": leaves,
        "archives": is_for_archives(message),
        "xml": text,
    }
    if asks:
        value["asks"] = message.xml.get("id", "")
    return value


def kept_head(value: Value, key: str) -> tuple[str, float, bool, bool]:
    """Of a message that was kept: whom it is for, when it was written, whether it passes the filters, and whether it
    was to leave at once.

    :raises StorageCorrupted: it is none.
    """
    if isinstance(value, dict):
        to, written, filtered = value.get("to"), value.get("at"), value.get("filtered")
        if isinstance(to, str) and isinstance(written, int | float):
            return to, float(written), bool(filtered), bool(value.get("leaves", True))
    raise _unreadable(key)


def kept_size(value: Value) -> int:
    """The characters of a message that was kept; 0: it is none that every archive has."""
    text = value.get("xml") if isinstance(value, dict) and value.get("archives") else None
    return len(text) if isinstance(text, str) else 0


def kept_asks(value: Value) -> str:
    """The id of a message that was kept and stays until its recipient has confirmed it; empty: it does not."""
    id = value.get("asks") if isinstance(value, dict) else None
    return id if isinstance(id, str) else ""


def from_kept(value: Value, key: str, stream: Any) -> Message:
    """The message that was kept.

    :param stream: the one that it will be sent on.
    :raises StorageCorrupted: it is none.
    """
    text = value.get("xml") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise _unreadable(key)
    try:
        (element,) = fromstring(f"<x xmlns='{stream.default_ns}'>{text}</x>")  # noqa: S314 - we have written it
    except (ParseError, ValueError):
        raise _unreadable(key) from None
    return Message.received(stream, element)


def _unreadable(key: str) -> StorageCorrupted:
    return StorageCorrupted(f"the message {key!r} of the outbox cannot be read: it was damaged, and is not sent")


class Reader:
    """Reads an outbox in its order, several messages at once, and notes how far they may have left.

    :param place: where the messages are.
    :param marks: where it is noted.
    """

    def __init__(self, place: Collection, marks: Collection) -> None:
        self._place = place
        self._marks = marks
        self._read: dict[str, Entry] = {}
        #: The position up to which messages may have left, besides those that were to leave at once.
        self.left: float = 0

    async def begin(self) -> None:
        """Read what an earlier process has noted."""
        left = await self._marks.get(_LEFT, 0)
        self.left = left if isinstance(left, int) else math.inf

    async def read(self, key: str) -> Entry:
        """A message, and, for the next calls, those behind it.

        :raises StorageError: it cannot be read, or is not there.
        """
        if key not in self._read:
            self._read = {}
            first = await self._place.entry(key)
            if first is None:
                raise StorageCorrupted(f"the message {key!r} of the outbox is gone: it was deleted by somebody else")
            self._read[key] = first
            with contextlib.suppress(StorageCorrupted):  # its turn will come
                found = cast("AsyncGenerator[Entry]", self._place.items(after=first.position, page=AT_ONCE - 1))
                async with contextlib.aclosing(found) as behind:
                    async for entry in behind:
                        self._read[entry.key] = entry
                        if len(self._read) == AT_ONCE:
                            break
        return self._read.pop(key)

    async def leaves(self, entry: Entry) -> None:
        """A message is about to leave that has waited.

        :raises StorageError: that cannot be noted: a later process might send it again without a question. It is not
            tried again.
        """
        if entry.position > self.left:
            self.left = entry.position + AHEAD
            await self._marks.put(_LEFT, self.left)


# --- finding out ------------------------------------------------------------------------------------------


async def is_answered(host: OutboxHost) -> bool:
    """Ask for something behind the messages that were sent: an answer says that the server has them, for it handles
    what a stream brings in order (RFC 6120 §10.1). An error is one."""
    # A component asks itself: what it is sent passes the server, whose own name it need not know.
    ping = host.make_iq_get(ito=host.boundjid.domain)
    ping.append(Element("{urn:xmpp:ping}ping"))
    try:
        await ping.send(timeout=PATIENCE)
    except IqError:
        return True
    except XMPPKitError:
        return False
    return True


def has_archive(host: OutboxHost) -> bool:
    """Whether the own account may have an archive, and can be asked for it."""
    return host.plugin.get("xep_0313", None) is not None and not host.is_component


async def stored(host: OutboxHost) -> Callable[[str], bool]:
    """Says of an address whether the own archive has what is sent there (XEP-0441). Who is in the roster is not known
    here: an archive for these only is taken for one that has nothing of others than those that it names.

    :raises XMPPKitError: nothing was answered.
    """
    question = host.make_iq_get()
    question.append(Element(f"{_MAM}prefs"))
    try:
        answer = await question.send(timeout=PATIENCE)
    except IqError:  # nothing can be chosen
        return lambda to: True
    prefs = answer.xml.find(f"{_MAM}prefs")
    if prefs is None:
        return lambda to: True
    always, never = ({jid.text for jid in prefs.iterfind(f"{_MAM}{name}/{_MAM}jid")} for name in ("always", "never"))
    default = prefs.get("default", "always") == "always"

    def has(to: str) -> bool:
        names = {to, to.partition("/")[0]}
        return not names & never and (default or bool(names & always))

    return has


async def uptime(host: OutboxHost) -> int | None:
    """For how many seconds the server has run (XEP-0012 §4); None: it does not say.

    :raises XMPPKitError: nothing was answered.
    """
    try:
        answer = await host.make_iq_get("jabber:iq:last", ito=host.boundjid.domain).send(timeout=PATIENCE)
    except IqError:
        return None
    query = answer.xml.find("{jabber:iq:last}query")
    said = "" if query is None else query.get("seconds", "")
    return int(said) if said.isdecimal() and len(said) < MAX_DIGITS else None


async def archived(host: OutboxHost, since: float, mark: str) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
    """What the own archive has lately got, newest first: its id there, and the origin-id if the own account has sent
    it. Nothing without an archive.

    :param since: the time of the oldest message that is looked for, in seconds since 1970.
    :param mark: the id in the archive of a message that is older than all of them; empty: none is known.
    :raises XMPPKitError: the archive does not answer.
    """
    if not has_archive(host):
        return
    archive = host.plugin["xep_0313"]
    start = datetime.datetime.fromtimestamp(max(0.0, since - MARGIN), datetime.UTC)
    found = archive.iterate(start=start, reverse=True, rsm={"max": PAGE}, total=LOOK_UP, timeout=PATIENCE)
    async with contextlib.aclosing(found) as messages:
        async for message in messages:
            id = message["mam_result"]["id"] or ""
            if mark and id == mark:
                return
            yield id, tuple(origin_ids(message, host.boundjid))
