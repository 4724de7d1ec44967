# SPDX-License-Identifier: MIT
"""Messages that come twice are handled once (XEP-0359 §3.2, XEP-0203).

A sender who does not know whether a message has arrived sends it again with the same ``<origin-id/>``. Such an id says
nothing by itself, for everybody may write any (§6): two messages are the same if they are from the same sender, have
the same id of their author, and the same content, or else the same ``id`` and the mark of the sender that it was
written before. So nobody can suppress the messages of somebody else, and of their own only those that are no new ones.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.etree.ElementTree import Element, tostring

from xmppkit.exceptions import StorageError
from xmppkit.stanza.message import Message
from xmppkit.xml.names import DELAY, clark, split

if TYPE_CHECKING:
    from xmppkit.storage.base import Collection, Storage

__all__ = ["REMEMBERED", "Doubles", "content_of", "digest_of"]

log = logging.getLogger(__name__)

#: How many messages are remembered: with twenty a second, for eight minutes; with one a minute, for a week.
REMEMBERED: Final = 10_000
_DELAY: Final = clark(DELAY, "delay")
_REQUEST: Final = "{urn:xmpp:receipts}request"
#: What is put into a message on its way.
_ADDED: Final = frozenset({
    DELAY, "jabber:x:delay", "urn:xmpp:sid:0", "urn:xmpp:hints", "urn:xmpp:occupant-id:0",
    "http://jabber.org/protocol/muc#user",
})  # fmt: skip


class DoublesHost(Protocol):
    """What is needed of the stream."""

    boundjid: Any
    plugin: Any

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def spawn(self, coro: Any, /) -> asyncio.Future[Any]: ...

    def event(self, name: str, data: Any = ..., /) -> None: ...


class Counts(Protocol):
    """What has come and what is handled, by numbers: `Intake`."""

    @property
    def arrived(self) -> int: ...

    @property
    def settled(self) -> int: ...


class Doubles:
    """The messages that have come lately to one client or component.

    What is written for the next process are those that are handled: with what a handler was at work when the process
    was killed comes again, and is none that has come before.

    :param host: the stream.
    :param counts: says what is handled.
    :param limit: how many are remembered.
    """

    __slots__ = ("_counts", "_host", "_limit", "_new", "_place", "_seen", "_timer", "_writer")

    def __init__(self, host: DoublesHost, counts: Counts, limit: int = REMEMBERED) -> None:
        self._host = host
        self._counts = counts
        self._limit = limit
        #: By sender and author's id: what the message says, and its id.
        self._seen: dict[str, tuple[str, str]] = {}
        self._place: Collection | None = None
        #: Those that are not written, with their numbers.
        self._new: dict[str, tuple[int, tuple[str, str]]] = {}
        self._timer: asyncio.Handle | None = None
        self._writer: asyncio.Future[Any] | None = None

    def __len__(self) -> int:
        """How many messages are remembered."""
        return len(self._seen)

    def filter(self, stanza: Any) -> Any:
        """A filter of mode ``in``: drops a message that has come before."""
        if not isinstance(stanza, Message) or not self._is_double(stanza):
            return stanza
        if stanza.xml.find(_REQUEST) is not None:
            self._host.plugin.get("xep_0184")  # it is awake then, and gives the receipt once more
        self._host.event("message_doubled", stanza)
        return None

    def _is_double(self, message: Message) -> bool:
        kind, origin = message.xml.get("type"), message.get_origin_id()
        if not origin or kind == "error":
            return False
        delay = message.xml.find(_DELAY)
        sender = message.xml.get("from", "")
        if kind == "groupchat":
            if delay is not None:
                return False  # what was said in the room before we came, as it is said to everybody who comes
        else:
            sender = sender.partition("/")[0]
        key = digest_of(sender or self._host.boundjid.bare, origin)
        content, id = digest_of(*content_of(message.xml)), message.xml.get("id", "")
        before = self._seen.get(key)
        if before is not None and (before[0] == content or (delay is not None and before[1] == id)):
            return True
        self._seen[key] = (content, id)
        if len(self._seen) > self._limit:
            del self._seen[next(iter(self._seen))]
        if self._place is not None:
            self._new[key] = self._counts.arrived, (content, id)
            self._write_later()
        return False

    def handled(self) -> None:
        """Something is handled: what was waiting for that may be written."""
        if self._new:
            self._write_later()

    def _write_later(self) -> None:
        if self._timer is None:  # behind the handlers, as a rule
            self._timer = self._host.loop.call_soon(self._write_soon)

    # --- beyond this process --------------------------------------------------------------------------

    def keep_in(self, storage: Storage, owner: str) -> None:
        """Remember them in a storage as well.

        :param owner: whose messages they are.
        """
        from xmppkit.storage.records import Full, Limits, Scope  # who has a storage has loaded this

        limits = Limits(entries=self._limit, when_full=Full.DROP_OLDEST)
        self._place = storage.collection("doubles", Scope(owner), limits=limits)

    async def load(self) -> None:
        """Read what was seen by an earlier process. A storage that fails is reported, and does not matter more."""
        if self._place is None:
            return
        try:
            async for entry in self._place.items(page=1000):
                if isinstance(entry.value, list) and len(entry.value) == 2:
                    self._seen.setdefault(entry.key, (str(entry.value[0]), str(entry.value[1])))
        except StorageError as error:
            log.warning("which messages have come before is not known: %s", error)

    def _write_soon(self) -> None:
        self._timer = None
        if self._writer is None:
            self._writer = self._host.spawn(self.write())
            self._writer.add_done_callback(self._written)

    def _written(self, writer: asyncio.Future[Any]) -> None:
        self._writer = None
        if self._timer is None and any(self._is_handled(number) for number, _ in self._new.values()):
            self._write_soon()  # it has come meanwhile

    def _is_handled(self, number: int) -> bool:
        # One that is higher than all that have come is of an earlier session.
        return not self._counts.settled < number <= self._counts.arrived

    async def write(self) -> None:
        """Write what is new, and handled, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        new = {key: value for key, (number, value) in self._new.items() if self._is_handled(number)}
        if self._place is None or not new:
            return
        batch = self._place.storage.batch()
        for key, value in new.items():
            del self._new[key]
            batch.put(self._place, key, list(value))
        try:
            await batch.commit()
        except StorageError as error:
            log.warning("which messages have come is not kept: %s", error)


def content_of(element: Element) -> list[str]:
    """What a message says, without what others have put into it."""
    return [tostring(child, "unicode") for child in element if split(child.tag)[0] not in _ADDED]


def digest_of(*parts: str) -> str:
    import hashlib  # with the first of them is soon enough

    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode(errors="replace")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()
