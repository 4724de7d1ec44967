# SPDX-License-Identifier: MIT
"""One page of a result after the other (XEP-0059 §2.2, §2.3)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, Self

from xmppkit.exceptions import ContentMismatch
from xmppkit.plugins.xep_0059.stanza import Set
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq

__all__ = ["MAX_PAGES", "ResultIterator"]

#: Pages of one result, if the caller does not say another number: with ten on each, a hundred thousand items.
MAX_PAGES: Final = 10_000


class ResultIterator:
    """Asks for the pages of a result as they are wanted; the loop's variable is the answer, an `Iq`::

        async for page in ResultIterator(question, 'disco_items'):
            for item in page['disco_items']: ...

    :param query: the question. It is not changed: each page is asked for with a copy.
    :param interface: the key of its payload, which holds the `Set`.
    :param results: the key, in the payload of an answer, of the list of what was asked for.
    :param amount: how many are wanted on a page. It may be assigned between two pages.
    :param start: the id to begin behind, or before if it goes backwards; None: as the question's `Set` says, or at the
        end of all.
    :param reverse: go backwards: the last page first. The order within a page stays (§2.3).
    :param recv_interface: the key of the payload of an answer; None: that of the question.
    :param pre_cb: called with each question before it is sent.
    :param post_cb: called with each answer before it is handed out. Both may be coroutine functions.
    :param iq_options: what `Iq.send` takes.
    :param max_pages: pages after which it stops; None: `MAX_PAGES`, after which it raises.

    :raises IqError: a page was refused. Those before it have been handed out.
    :raises IqTimeout: a page did not come.
    :raises ContentMismatch: the answers do not advance: a page came again, or there is no end.
    """

    def __init__(
        self,
        query: Iq,
        interface: str,
        results: str = "substanzas",
        amount: int = 10,
        start: str | None = None,
        reverse: bool = False,
        recv_interface: str | None = None,
        pre_cb: Callable[[Iq], Any] | None = None,
        post_cb: Callable[[Iq], Any] | None = None,
        iq_options: Mapping[str, Any] | None = None,
        *,
        max_pages: int | None = None,
    ) -> None:
        self.query = query
        self.interface = interface
        self.recv_interface = recv_interface or interface
        self.results = results
        self.amount = amount
        #: The id that the next page is asked for with.
        self.start = start
        self.reverse = reverse
        self.pre_cb = pre_cb
        self.post_cb = post_cb
        self.iq_options = dict(iq_options or {})
        self.max_pages = max_pages
        #: How many pages have come.
        self.pages = 0
        self._ended = False
        # Not the ids themselves, which may be long.
        self._seen: set[int] = set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Iq:
        return await self.next()

    async def next(self) -> Iq:
        """The next page: the one before the last one that came, if it goes backwards.

        :raises StopAsyncIteration: there is none.
        """
        if self._ended or (self.max_pages is not None and self.pages >= self.max_pages):
            raise StopAsyncIteration
        self._ended = True  # unless this goes well
        question = self._question()
        await _call(self.pre_cb, question)
        answer = await self._ask(question)
        payload = answer.get_plugin(self.recv_interface, check=True)
        position = None if payload is None else self._position(payload)
        await _call(self.post_cb, answer)
        self.pages += 1
        if self.pages > 1 and payload is not None and position is None and not payload[self.results]:
            raise StopAsyncIteration  # nothing is left
        if position is not None and not getattr(payload, "complete", False):
            self._advance(position)
        return answer

    async def _ask(self, question: Iq) -> Iq:
        """Send a question, and wait for the answer. A subclass may collect what comes meanwhile."""
        return await question.send(**self.iq_options)

    def _question(self) -> Iq:
        question = copy(self.query)
        if question.stream is not None:
            question["id"] = question.stream.new_id()
        payload: ElementBase = question[self.interface]
        part: Set = payload["rsm"]
        part.max = self.amount
        if self.reverse:
            if self.start is not None:
                part.before = self.start
            elif part.before is None:
                part.before = ""
        elif self.start is not None:
            part.after = self.start
        return question

    def _position(self, payload: ElementBase) -> str | None:
        """The id at that end of a page where the next one joins; None when there is no next one."""
        part = Set.of(payload)
        return None if part is None else (part.first if self.reverse else part.last) or None

    def _advance(self, position: str) -> None:
        where = str(self.query["to"] or "")
        if position == self.start or hash(position) in self._seen:
            raise ContentMismatch(
                "a page came a second time, instead of the next one",
                where=where,
                advice="whoever answers does not page as XEP-0059 says: ask without it, or with a larger amount",
            )
        if self.max_pages is None and self.pages >= MAX_PAGES:
            raise ContentMismatch(
                f"{self.pages} pages have come, and there is no end",
                where=where,
                advice="if there can be so many, ask for a larger amount on a page, or set max_pages",
            )
        self._seen.add(hash(position))
        self.start = position
        self._ended = False


async def _call(callback: Callable[[Iq], Any] | None, iq: Iq) -> None:
    called = None if callback is None else callback(iq)
    if inspect.isawaitable(called):
        await called
