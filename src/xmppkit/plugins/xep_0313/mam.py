# SPDX-License-Identifier: MIT
"""Message Archive Management (XEP-0313): what was said before."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, Unpack

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, Option, handles, register_plugin
from xmppkit.plugins.xep_0004.stanza import FormField
from xmppkit.plugins.xep_0059.stanza import Set
from xmppkit.plugins.xep_0313 import stanza
from xmppkit.plugins.xep_0313.queries import ArchivePages, OpenQueries, OpenQuery, refuse_flood
from xmppkit.plugins.xep_0313.stanza import MAM, Fin
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import OptJidStr

__all__ = ["XEP_0313"]

#: Messages on a page, if the caller does not say another number. A server may send fewer.
PAGE: Final = 100
#: The node of the commands that configure an archive (XEP-0441 §2.2).
CONFIGURE: Final = "urn:xmpp:mam#configure"

Moment = datetime.datetime | str | None


class XEP_0313(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Archive Management.

    Archives belong to addresses: the own account's, which is what None means here, and those of rooms.
    """

    name = "xep_0313"
    description = "XEP-0313: Message Archive Management"
    dependencies = frozenset({"xep_0004", "xep_0030", "xep_0059", "xep_0297"})
    stanza = stanza

    max_results = Option(
        int, 20_000, minimum=1, doc="messages that one answer may bring, if fewer were not asked for; more is an error"
    )

    def plugin_init(self) -> None:
        """Nothing was asked yet."""
        self._queries = OpenQueries()

    @handles("message/mam_result", "MAM Result")
    def _collect(self, message: Message) -> None:
        self._queries.collect(message)

    # --- asking -------------------------------------------------------------------------------------------

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
        question = self._question(jid, start, end, with_jid, ifrom, filters)
        part: Set = question["mam"]["rsm"]
        for key, value in (rsm or {}).items():
            part[key] = value
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
        if callback is not None:  # it has been told; nobody else need look
            asked.add_done_callback(lambda future: future.cancelled() or future.exception())
        return asked

    def _question(
        self,
        jid: OptJidStr,
        start: Moment,
        end: Moment,
        with_jid: OptJidStr,
        ifrom: OptJidStr,
        filters: Mapping[str, Any] | None,
    ) -> Iq:
        question: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        query: MAM = question["mam"]
        for key, value in (("start", start), ("end", end), ("with", with_jid or None)):
            if value is not None:
                query[key] = value
        for key, value in (filters or {}).items():
            if key in MAM.interfaces:
                query[key] = value
            else:
                query.set_custom_field(key, value)
        return question

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
        question = self._question(jid, start, end, with_jid, ifrom, filters)
        for key, value in (rsm or {}).items():
            question["mam"]["rsm"][key] = value
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

    # --- about archives -----------------------------------------------------------------------------------

    async def get_fields(self, jid: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> dict[str, FormField]:
        """What an archive can be asked for: the fields of its form, by name (§4.1.5).

        :param jid: whose archive; None: the own account's.
        :raises IqError: it does not say; or `IqTimeout`.
        """
        question: Iq = self.xmpp.make_iq_get(ito=jid)
        question.enable("mam")
        answer = await question.send(**iqkwargs)
        found = MAM.of(answer)
        return {} if found is None else found.get_fields()

    def get_archive_metadata(self, jid: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> asyncio.Future[Iq]:
        """Ask for the first and the last message of an archive (§5).

        :param jid: whose archive; None: the own account's.
        :returns: a future of the answer: ``answer['mam_metadata']`` is a `Metadata`. It raises `IqError`, also from
            archives without ``urn:xmpp:mam:2#extended`` (§7), or `IqTimeout`.
        """
        question: Iq = self.xmpp.make_iq_get(ito=jid)
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
