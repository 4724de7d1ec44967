# SPDX-License-Identifier: MIT
"""Which nodes there are, and which items they have (XEP-0060 §5.2, §5.5, §6.5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Literal, overload

from xmppkit.plugins.base import BasePlugin, heard
from xmppkit.plugins.xep_0059 import ResultIterator
from xmppkit.plugins.xep_0060.stanza import Item, Items, Pubsub
from xmppkit.plugins.xep_0060.subscriber import Callback
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["ReaderRequests"]


class ReaderRequests(BasePlugin):
    """The part of the plugin that reads. `XEP_0060` is the only class that builds on it.

    The parameters and the futures are those of
    `SubscriberRequests <xmppkit.plugins.xep_0060.subscriber.SubscriberRequests>`.
    """

    def get_nodes(self, *args: Any, **kwargs: Any) -> asyncio.Future[Iq]:
        """The nodes of a service (§5.2): `XEP_0030.get_items` with the same arguments."""
        answer: asyncio.Future[Iq] = self.xmpp.wrap(self.xmpp.plugin["xep_0030"].get_items(*args, **kwargs))
        return heard(answer, kwargs.get("callback"))

    def get_item(
        self,
        jid: OptJidStr,
        node: str,
        item_id: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """An item by its id (§6.5.8): ``iq['pubsub']['items']['item']``, or no such item in a result (§6.5.9.12)."""
        return self._items_request(jid, node, ifrom, (item_id,)).send(callback, timeout)

    @overload
    def get_items(
        self,
        jid: OptJidStr,
        node: str,
        item_ids: Iterable[str] | None = ...,
        max_items: int | None = ...,
        iterator: Literal[False] = ...,
        ifrom: OptJidStr = ...,
        callback: Callback = ...,
        timeout: float | None = ...,
    ) -> asyncio.Future[Iq]: ...
    @overload
    def get_items(
        self,
        jid: OptJidStr,
        node: str,
        item_ids: Iterable[str] | None = ...,
        max_items: int | None = ...,
        *,
        iterator: Literal[True],
        ifrom: OptJidStr = ...,
        callback: Callback = ...,
        timeout: float | None = ...,
    ) -> ResultIterator: ...
    def get_items(
        self,
        jid: OptJidStr,
        node: str,
        item_ids: Iterable[str] | None = None,
        max_items: int | None = None,
        iterator: bool = False,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq] | ResultIterator:
        """The items of a node (§6.5): ``iq['pubsub']['items']`` holds them. Of many a service may give a part only;
        `items` gives all, one by one.

        :param item_ids: those with these ids only.
        :param max_items: as many of the latest.
        :param iterator: return an iterator of pages (XEP-0059) instead of asking; `callback` is called with each.
        """
        iq = self._items_request(jid, node, ifrom, item_ids or (), max_items)
        if iterator:
            return ResultIterator(iq, "pubsub", post_cb=callback, iq_options={"timeout": timeout})
        return iq.send(callback, timeout)

    async def items(
        self,
        jid: OptJidStr,
        node: str,
        *,
        reverse: bool = False,
        page_size: int = 50,
        max_pages: int | None = None,
        max_items: int | None = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
    ) -> AsyncIterator[Item]:
        """The items of a node, one by one. A page is asked for when the loop wants it (§6.5.4)::

            async for item in pubsub.items('pubsub.shakespeare.lit', 'princely_musings'):
                print(item['id'], item['payload'])

        :param reverse: the last page first. The order within a page stays (XEP-0059 §2.3).
        :param page_size: items on a page. A service that knows no pages gives all in one.
        :param max_pages: pages after which it ends; None: all, but no more than 10,000.
        :param max_items: items after which it ends; None: all.
        :raises IqError: a page was refused.
        :raises IqTimeout: a page did not come.
        :raises ContentMismatch: there is no end to the pages.
        """
        question = self._items_request(jid, node, ifrom, ())
        left = max_items
        pages = ResultIterator(
            question,
            "pubsub",
            amount=page_size,
            reverse=reverse,
            iq_options={"timeout": timeout},
            max_pages=max_pages,
        )
        if left is not None and left <= 0:
            return
        async for page in pages:
            found = Items.of(page["pubsub"])
            for item in () if found is None else found.items:
                yield item
                if left is not None:
                    left -= 1
                    if left <= 0:
                        return

    def _items_request(
        self, jid: OptJidStr, node: str, ifrom: OptJidStr, ids: Iterable[str], max_items: int | None = None
    ) -> Iq:
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        asked = Items(parent=Pubsub(parent=iq))
        asked.node, asked.max_items = node, max_items
        for each in ids:
            Item(parent=asked).id_ = each
        return iq

    @overload
    def get_item_ids(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = ...,
        callback: Callback = ...,
        timeout: float | None = ...,
        iterator: Literal[False] = ...,
    ) -> asyncio.Future[Iq]: ...
    @overload
    def get_item_ids(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = ...,
        callback: Callback = ...,
        timeout: float | None = ...,
        *,
        iterator: Literal[True],
    ) -> ResultIterator: ...
    def get_item_ids(
        self,
        jid: OptJidStr,
        node: str,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
        iterator: bool = False,
    ) -> asyncio.Future[Iq] | ResultIterator:
        """The ids of the items of a node (§5.5): the names of the items in ``iq['disco_items']``.

        :param iterator: return an iterator of pages (XEP-0059) instead of asking; `callback` is called with each.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        iq["disco_items"].node = node
        if iterator:
            return ResultIterator(iq, "disco_items", post_cb=callback, iq_options={"timeout": timeout})
        return iq.send(callback, timeout)
