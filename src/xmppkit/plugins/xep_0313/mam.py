# SPDX-License-Identifier: MIT
"""Message Archive Management (XEP-0313): what was said before."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, Literal, Unpack, overload

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, handles, heard, register_plugin
from xmppkit.plugins.xep_0004.stanza import FormField
from xmppkit.plugins.xep_0059.stanza import Set
from xmppkit.plugins.xep_0313 import stanza
from xmppkit.plugins.xep_0313.positions import OPERATIONS, MemoryPositions, StoredPositions
from xmppkit.plugins.xep_0313.queries import ArchivePages, Moment, OpenQueries, OpenQuery, fill_in, refuse_flood
from xmppkit.plugins.xep_0313.stanza import MAM, Fin
from xmppkit.plugins.xep_0313.timeline import Timeline
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0313"]

#: Messages on a page, if the caller does not say another number. A server may send fewer.
PAGE: Final = 100
#: The node of the commands that configure an archive (XEP-0441 §2.2).
CONFIGURE: Final = "urn:xmpp:mam#configure"


class XEP_0313(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Archive Management.

    Archives belong to addresses: the own account's, which is what None means here, and those of rooms.
    """

    name = "xep_0313"
    description = "XEP-0313: Message Archive Management"
    dependencies = frozenset({"xep_0004", "xep_0030", "xep_0050", "xep_0059", "xep_0280", "xep_0297", "xep_0359"})
    stanza = stanza

    max_results = Option(
        int, 20_000, minimum=1, doc="messages that one answer may bring, if fewer were not asked for; more is an error"
    )

    def plugin_init(self) -> None:
        """Nothing was asked yet."""
        self._queries = OpenQueries()
        self._timelines: list[Timeline] = []
        self.register_store(OPERATIONS, MemoryPositions(), StoredPositions)

    def plugin_end(self) -> None:
        """Timelines end."""
        for timeline in tuple(self._timelines):
            timeline.close()

    @handles("message/mam_result", "MAM Result")
    def _collect(self, message: Message) -> None:
        self._queries.collect(message)

    # --- asking -------------------------------------------------------------------------------------------

    @overload
    def retrieve(
        self,
        jid: OptJidStr = ...,
        start: Moment = ...,
        end: Moment = ...,
        with_jid: OptJidStr = ...,
        ifrom: OptJidStr = ...,
        reverse: bool = ...,
        timeout: float | None = ...,
        callback: Callable[[Iq], Any] | None = ...,
        iterator: Literal[False] = ...,
        rsm: Mapping[str, Any] | None = ...,
        *,
        filters: Mapping[str, Any] | None = ...,
    ) -> asyncio.Future[Iq]: ...

    @overload
    def retrieve(
        self,
        jid: OptJidStr = ...,
        *,
        start: Moment = ...,
        end: Moment = ...,
        with_jid: OptJidStr = ...,
        ifrom: OptJidStr = ...,
        reverse: bool = ...,
        timeout: float | None = ...,
        iterator: Literal[True],
        rsm: Mapping[str, Any] | None = ...,
        filters: Mapping[str, Any] | None = ...,
        max_pages: int | None = ...,
    ) -> ArchivePages: ...

    def retrieve(
        self,
        jid: OptJidStr = None,
        start: Moment = None,
        end: Moment = None,
        with_jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        reverse: bool = False,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
        iterator: bool = False,
        rsm: Mapping[str, Any] | None = None,
        *,
        filters: Mapping[str, Any] | None = None,
        max_pages: int | None = None,
    ) -> asyncio.Future[Iq] | ArchivePages:
        """Ask an archive for messages.

        :param jid: whose archive; None: the own account's.
        :param start: messages from this moment on.
        :param end: messages up to this moment.
        :param with_jid: messages to and from this address; with a bare one, of all of its resources.
        :param ifrom: who asks, for components.
        :param reverse: begin at the end: the last page comes first. The order within a page stays.
        :param timeout: seconds to wait for a page; None: 120.
        :param callback: called with the answer as well.
        :param iterator: return an asynchronous iterator over all pages, instead of asking for one.
        :param rsm: values for `Set`: ``max`` is how many messages are wanted on a page; ``after`` and ``before`` are
            ids.
        :param filters: more of what `MAM` has, as ``after_id``, ``ids`` or ``include_groupchat``, of which the archive
            must know (§7); other names are those of its own fields (see `get_fields`).
        :param max_pages: with `iterator`: pages after which it stops.
        :returns: a future of the answer: ``answer['mam']['results']`` are the messages, as many as the server puts on
            one page, and ``answer['mam_fin']`` says whether there are more (`Fin`). In each message,
            ``message['mam_result']`` is a `Result`. Or the iterator, over such answers.
        :raises IqError: the archive has refused; from the future, as `IqTimeout` and `ContentMismatch`: more came than
            was asked for.
        """
        question = fill_in(self.xmpp.make_iq_set(ito=jid, ifrom=ifrom), start, end, with_jid, filters, rsm)
        part: Set = question["mam"]["rsm"]
        if iterator:
            options = {"timeout": timeout, "callback": callback}
            return ArchivePages(
                self.fetch, question, amount=part.max or PAGE, reverse=reverse, iq_options=options, max_pages=max_pages
            )
        if reverse and part.before is None:
            part.before = ""
        if not len(part.xml):
            del question["mam"]["rsm"]
        asked: asyncio.Future[Iq] = self.xmpp.wrap(self.fetch(question, timeout, callback))
        return heard(asked, callback)

    async def fetch(
        self, question: Iq, timeout: float | None = None, callback: Callable[[Iq], Any] | None = None
    ) -> Iq:
        """Send a question that has a `MAM`, and collect the messages that come before the answer. The result and the
        errors are those of `retrieve`, which needs no stanza.

        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the answer as well.
        """
        id = self.xmpp.new_id()
        query: MAM = question["mam"]
        query.queryid = id
        part = Set.of(query)
        asked = None if part is None else part.max
        limit = self.max_results if asked is None else min(asked, self.max_results)
        archive = question["to"] or None
        opened = OpenQuery(archive, self.xmpp.boundjid.bare_jid, limit)

        def arrived(answer: Iq) -> Any:
            for kind in (MAM, Fin) if answer["type"] == "result" else ():
                answer.init_plugin(kind.plugin_attrib)["results"] = opened.results
            return None if callback is None else callback(answer)

        with self._queries.opened(id, opened):
            answer = await question.send(arrived, timeout)
        refuse_flood(opened)
        return answer

    async def iterate(
        self,
        jid: OptJidStr = None,
        start: Moment = None,
        end: Moment = None,
        with_jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        reverse: bool = False,
        rsm: Mapping[str, Any] | None = None,
        total: int | None = None,
        *,
        timeout: float | None = None,
        filters: Mapping[str, Any] | None = None,
        max_pages: int | None = None,
    ) -> AsyncIterator[Message]:
        """The messages of an archive, one after the other. Pages are asked for as they are wanted.

        :param reverse: begin with the last message, and go backwards.
        :param total: messages after which it stops; None: all of them.
        :param timeout: seconds to wait for a page; None: 120.

        The other parameters and the errors are those of `retrieve`. In each message, ``message['mam_result']`` is a
        `Result`.
        """
        question = fill_in(self.xmpp.make_iq_set(ito=jid, ifrom=ifrom), start, end, with_jid, filters, rsm)
        amount = question["mam"]["rsm"].max or PAGE
        left = total
        pages = ArchivePages(
            self.fetch, question, amount=amount, reverse=reverse, iq_options={"timeout": timeout}, max_pages=max_pages
        )
        while left is None or left > 0:
            if left is not None:
                pages.amount = min(amount, left)
            try:
                page = await pages.next()
            except StopAsyncIteration:
                return
            found: Iterable[Message] = page["mam"].get_results()
            for message in reversed(list(found)) if reverse else found:
                yield message
                if left is not None:
                    left -= 1

    def timeline(
        self,
        rooms: Iterable[JidStr] = (),
        since: datetime.datetime | None = None,
        *,
        name: str = "",
        amount: int = PAGE,
        carbons: bool = True,
    ) -> Timeline:
        """All messages of the own account, and of rooms, each once and in order: those in the archives, then those that
        come, live and as carbons, and those that are sent here; see `Timeline`. Send presence to have live ones.

        :param rooms: the addresses of rooms whose messages belong to it. Join them (XEP-0045) to have live ones.
        :param since: where to begin in an archive in which no timeline of this name has been; None: at its end. In an
            archive in which one has been, it goes on from there: in a storage (`BaseXMPP.use_storage`) that is kept.
        :param name: what positions are kept under, for programs that have several timelines.
        :param amount: messages on a page of an archive.
        :param carbons: enable carbons (XEP-0280) in each session, without which one misses what other clients of the
            account do.
        """
        made = Timeline(self, rooms, since, name=name, amount=amount, carbons=carbons, closed=self._timelines.remove)
        self._timelines.append(made)
        return made

    # --- about archives -----------------------------------------------------------------------------------

    async def get_fields(
        self, jid: OptJidStr = None, *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> dict[str, FormField]:
        """What an archive can be asked for: the fields of its form, by name (§4.1.5).

        :param jid: whose archive; None: the own account's.
        :param ifrom: in whose name, for components.
        :raises IqError: it does not say; or `IqTimeout`.
        """
        question: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        question.enable("mam")
        answer = await question.send(**iqkwargs)
        found = MAM.of(answer)
        return {} if found is None else found.get_fields()

    def get_archive_metadata(
        self, jid: OptJidStr = None, *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> asyncio.Future[Iq]:
        """Ask for the first and the last message of an archive (§5).

        :param jid: whose archive; None: the own account's.
        :param ifrom: in whose name, for components.
        :returns: a future of the answer: ``answer['mam_metadata']`` is a `Metadata`. It raises `IqError`, also from
            archives without ``urn:xmpp:mam:2#extended`` (§7), or `IqTimeout`.
        """
        question: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        question.enable("mam_metadata")
        return question.send(**iqkwargs)

    async def get_configuration_commands(self, jid: OptJidStr, **discokwargs: Any) -> Any:
        """The commands (XEP-0050) that configure an archive (XEP-0441 §2.2).

        :param jid: whose archive; None: the own account's.
        :param discokwargs: what `XEP_0030.get_items` takes.
        :returns: the answer, whose ``disco_items`` are the commands.
        :raises IqError: there are none; or `IqTimeout`.
        """
        asked = JID(jid) if jid else self.xmpp.boundjid.bare_jid
        return await self.xmpp.plugin["xep_0030"].get_items(asked, node=CONFIGURE, **discokwargs)


register_plugin(XEP_0313)
