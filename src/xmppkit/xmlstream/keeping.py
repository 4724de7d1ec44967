# SPDX-License-Identifier: MIT
"""The part of a client or component that sees to it that messages arrive, once: receipts, the outbox, doubles."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import ConfigurationError, StorageError
from xmppkit.jid.address import JID
from xmppkit.stanza.message import Message
from xmppkit.types import DeliveryEvidence
from xmppkit.xml.limits import MIB
from xmppkit.xmlstream.factories import StanzaFactories

if TYPE_CHECKING:
    from xmppkit.storage.base import Storage
    from xmppkit.transports.endpoints import Endpoint
    from xmppkit.xmlstream.delivery import Receipt
    from xmppkit.xmlstream.doubles import Doubles
    from xmppkit.xmlstream.outbox import Outbox

__all__ = ["Keeping"]

#: What makes an outbox better than a file: acknowledgements, and an archive in which to look.
_HELPERS: Final = ("xep_0198", "xep_0313")
#: A week: the longest for which many people and machines are away.
CONFIRM_WITHIN: Final = 7 * 86400.0


class Keeping(StanzaFactories):
    """A stream that keeps what it sends until it has arrived, and knows what has come before."""

    #: What `use_outbox` has made; None: messages are in memory until they are sent.
    outbox: Outbox | None = None
    #: What `use_storage` was given; None: everything is kept in memory.
    storage: Storage | None = None
    #: The address that was asked for.
    requested_jid: JID
    #: The plugins that are enabled, by name.
    plugin: Any
    _outbox_storage: Storage | None = None
    _doubles: Doubles | None = None

    def use_outbox(
        self,
        storage: Storage | str | os.PathLike[str],
        *,
        max_messages: int = 10_000,
        max_bytes: int = 64 * MIB,
        max_age: float | None = None,
        keep: Callable[[Message], bool] | None = None,
        confirm: bool = False,
        confirm_within: float = CONFIRM_WITHIN,
    ) -> Outbox:
        """Put messages on the disk before `send` returns, and keep them there until the server has them, also if the
        process is killed; with `confirm` until their recipients have them. Call it before `connect`.

        Each message gets an id of its author (XEP-0359). A client enables xep_0198 and xep_0313 for it, unless they
        are, and drops doubles that others send (`drop_doubles`).

        :param storage: the path of a file, which is made; the URL of a storage, as ``sqlite:///bot.db``; or a storage
            that waits for the disk, as ``SQLiteStorage(path, durable=True)``.
        :param max_messages: how many may wait; then `send` raises `StorageFull`.
        :param max_bytes: the same in bytes.
        :param max_age: seconds after which a message is not sent any more; None: it is sent whenever that is possible.
        :param keep: says of a message whether it is kept; None: all but errors, messages to rooms, what only says that
            somebody is typing, and what has the hint not to be stored (XEP-0334).
        :param confirm: messages with a text ask for a receipt (XEP-0184), and stay until their recipients have given
            it. What was not confirmed is sent again when a new session begins, to addresses that have confirmed
            something before: in its first minute each time, then three times at most. xep_0184 is enabled for it.
        :param confirm_within: seconds after which a message that was not confirmed has failed, with the reason
            ``UNCONFIRMED``; default a week, for who is away for so long.
        :returns: the outbox, which is `outbox` from then on.
        :raises ConfigurationError: there is one already; the storage does not wait for the disk; or `confirm_within` is
            no time.
        :raises StorageConflict: another process uses it, or another client of this one.
        :raises StorageError: it cannot be opened or read.
        """
        # Imported here because most programs have none.
        from xmppkit.storage.records import Limits
        from xmppkit.xmlstream.outbox import Outbox

        if self.outbox is not None:
            raise ConfigurationError("use_outbox was called already: a client has one outbox")
        if not confirm_within > 0:
            raise ConfigurationError(f"confirm_within={confirm_within}: it is a number of seconds, more than 0")
        own = storage if isinstance(storage, str | os.PathLike) else None
        kept = _durable(own) if own is not None else storage
        assert not isinstance(kept, str | os.PathLike)
        if not kept.durable:
            raise ConfigurationError(
                "an outbox needs a storage that waits for the disk: sqlite:///bot.db?durable=true, or "
                "SQLiteStorage(path, durable=True)"
            )
        limits = Limits(entries=max_messages, bytes=max_bytes)
        owner = self.requested_jid.bare
        try:
            told: dict[str, Any] = {"max_age": max_age, "confirm_within": confirm_within if confirm else None}
            self.outbox = Outbox(self, self._sender, kept, owner, limits=limits, keep=keep, **told)
        except BaseException:
            if own is not None:  # nobody else knows it
                with contextlib.suppress(StorageError):
                    kept.at_once(kept.close())
            raise
        self._outbox_storage = kept if own is not None else None
        for name in (*(() if self.is_component else _HELPERS), *(("xep_0184",) if confirm else ())):
            if name not in self.plugin:
                self.plugin.enable(name, None)
        if self._doubles is None:
            self.drop_doubles()
        if self.storage is None:
            self._remember_in(kept)
        return self.outbox

    async def send_durably(self, message: Message) -> Receipt:
        """Send a message, and return when it is on the disk, without keeping the event loop waiting: what several
        tasks send at once is written at once. Without an outbox it is `send`.

        :raises StorageError: it could not be written, and was not sent.
        """
        return self.send(message) if self.outbox is None else await self.outbox.send(message)

    def drop_doubles(self, drop: bool = True, *, limit: int | None = None) -> None:
        """Handle messages once that come twice, as their senders did not know whether they had arrived (XEP-0359): the
        event ``message_doubled`` is raised instead. `use_outbox` and `use_storage` turn it on.

        :param drop: whether to.
        :param limit: how many messages are remembered; None: 10,000.
        """
        before, self._doubles = self._doubles, None
        if before is not None:
            self.del_filter("in", before.filter)
        if drop:
            from xmppkit.xmlstream.doubles import REMEMBERED, Doubles

            self._doubles = Doubles(self, self._intake, REMEMBERED if limit is None else limit)
            self.add_filter("in", self._doubles.filter, 0)
            if self.storage is not None:
                self._remember_in(self.storage)

    def _remember_in(self, storage: Storage) -> None:
        if self._doubles is not None:
            self._doubles.keep_in(storage, self.requested_jid.bare)

    def message_confirmed(
        self, id: str, sender: JID, evidence: DeliveryEvidence, *, exact: bool = False, kept: bool = False
    ) -> bool:
        """Somebody says that a message of ours has come. For plugins that know how that is said.

        :param id: the message's.
        :param sender: who says so; it counts only if the message was sent to them.
        :param evidence: how.
        :param exact: they may be the occupant of a room, who shares a bare address with others.
        :param kept: nobody knows that they were asked: it counts for what is in the outbox only.
        :returns: whether it is known to count.
        """
        return self._sender.deliveries.confirmed(id, sender, evidence, exact=exact, kept=kept)

    async def find_endpoints(self) -> list[Endpoint]:
        """See `Lifecycle.find_endpoints`."""
        if self._doubles is not None:
            await self._doubles.load()
        return await super().find_endpoints()

    async def _everything_kept(self) -> None:
        """The program ends: write what is still to be written."""
        if self._doubles is not None:
            await self._doubles.write()
        if self.outbox is not None:
            await self.outbox.settled()
        if self._outbox_storage is not None:
            await self._outbox_storage.close()


def _durable(place: str | os.PathLike[str]) -> Storage:
    """The storage of a path or a URL, which is to wait for the disk."""
    from xmppkit.storage.schemes import open_storage
    from xmppkit.storage.sqlite import SQLiteStorage

    if not isinstance(place, str) or ":" not in place.partition("/")[0]:
        return SQLiteStorage(place, durable=True)
    storage = open_storage(place)
    if isinstance(storage, SQLiteStorage):
        storage.durable = True  # it is not open yet
    return storage
