# SPDX-License-Identifier: MIT
"""The questions to archives that are open, and the messages that come in answer to them (XEP-0313 §4.2, §8.2)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from xmppkit.exceptions import ContentMismatch
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0059.iterator import ResultIterator
from xmppkit.plugins.xep_0313.stanza import MAM, Result
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import OptJidStr

__all__ = ["ArchivePages", "Moment", "OpenQueries", "OpenQuery", "fill_in", "refuse_flood"]

log = logging.getLogger(__name__)

#: A time that is asked for, as a text of XEP-0082 too.
Moment: TypeAlias = datetime.datetime | str | None

_RESULT: Final = Result.tag_name()


class OpenQuery:
    """A question that is open.

    :param archive: who is asked; None: the own account.
    :param own: the own bare address.
    :param limit: how many messages may come.
    """

    __slots__ = ("_own", "_senders", "archive", "limit", "results", "too_many")

    def __init__(self, archive: JID | None, own: JID, limit: int) -> None:
        self.archive = archive
        #: The messages that have come.
        self.results: list[Message] = []
        self.limit = limit
        #: Whether more came, which were not kept.
        self.too_many = False
        self._own = archive is None or archive == own
        #: The senders that need no second look, as they stand in the XML.
        self._senders = {None, own.full} if archive is None or self._own else {archive.full}

    def takes(self, message: Message) -> bool:
        """Whether a message is from the archive that was asked."""
        if message.xml.get("from") in self._senders:
            return True
        return not self._own and bool(message["from"] == self.archive)  # written in another way

    def put(self, message: Message) -> None:
        """Keep a message."""
        if len(self.results) < self.limit:
            self.results.append(message)
        else:
            self.too_many = True


class OpenQueries:
    """The open questions of a stream, by the id that the results repeat.

    A result costs the same however many there are: it is found by its id.
    """

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[str, OpenQuery] = {}

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def opened(self, id: str, query: OpenQuery) -> Iterator[OpenQuery]:
        """Take results for a question as long as the block lasts."""
        self._open[id] = query
        try:
            yield query
        finally:
            del self._open[id]

    def collect(self, message: Message) -> None:
        """Take a message that says to be a result. Nobody is believed who was not asked (§8.2)."""
        result = message.xml.find(_RESULT)
        query = None if result is None else self._open.get(result.get("queryid", ""))
        if query is None:
            log.debug("ignored a message of an archive from %s: nothing was asked", message["from"])
        elif query.takes(message):
            query.put(message)
        else:
            log.warning("ignored a message of an archive from %s, who was not asked (XEP-0313 §8.2)", message["from"])


class ArchivePages(ResultIterator):
    """The pages of an archive: in each, ``page['mam']['results']`` are the messages.

    :param fetch: sends a question and collects what comes.
    :param query: the question; the other parameters are those of `ResultIterator`.
    """

    def __init__(self, fetch: Callable[..., Any], query: Iq, **options: Any) -> None:
        super().__init__(query, "mam", "results", recv_interface="mam_fin", **options)
        self._fetch = fetch

    async def _ask(self, question: Iq) -> Iq:
        answer: Iq = await self._fetch(question, **self.iq_options)
        return answer


def fill_in(
    iq: Iq,
    start: Moment,
    end: Moment,
    with_jid: OptJidStr,
    filters: Mapping[str, Any] | None,
    rsm: Mapping[str, Any] | None,
) -> Iq:
    """Make an IQ a question to an archive; the parameters are those of `XEP_0313.retrieve`. Returns the IQ."""
    query: MAM = iq["mam"]
    for key, value in (("start", start), ("end", end), ("with", with_jid or None)):
        if value is not None:
            query[key] = value
    for key, value in (filters or {}).items():
        if key in MAM.interfaces:
            query[key] = value
        else:
            query.set_custom_field(key, value)
    for key, value in (rsm or {}).items():
        query["rsm"][key] = value
    return iq


def refuse_flood(query: OpenQuery) -> None:
    """Raises `ContentMismatch` if more has come than may."""
    if query.too_many:
        raise ContentMismatch(
            f"the archive has sent more than {query.limit} messages in answer to one question",
            where=str(query.archive or ""),
            advice="ask for smaller pages, or set the option max_results of xep_0313",
        )
