# SPDX-License-Identifier: MIT
"""Out of Band Data (XEP-0066): URLs in stanzas, and asking others to fetch a file."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeAlias, Unpack

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, handles, register_plugin
from xmppkit.plugins.xep_0066 import stanza
from xmppkit.plugins.xep_0066.stanza import OOB, OOBTransfer
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0066", "UrlHandler"]

#: What fetches a file that somebody offers: takes the request; may be a coroutine function.
UrlHandler: TypeAlias = Callable[[Iq], Any]


class XEP_0066(BasePlugin):  # noqa: N801  # slixmpp's name
    """Out of Band Data. Nothing is ever fetched by the plugin itself: that is for the handlers that a program sets."""

    name = "xep_0066"
    description = "XEP-0066: Out of Band Data"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (OOBTransfer.namespace, OOB.namespace)

    def plugin_init(self) -> None:
        """There are no handlers yet."""
        self._handlers: dict[JID | None, UrlHandler] = {}

    def register_url_handler(self, jid: OptJidStr = None, handler: UrlHandler | None = None) -> None:
        """Say what fetches the files that others offer.

        :param jid: the own address, full or bare, to which the request is sent, for components with several; None:
            all that have no handler of their own.
        :param handler: takes the request, an `Iq` with ``oob_transfer``; a function, or a coroutine function. When it
            has returned the file is taken as fetched, and the sender is told so. It raises `XMPPError` if the file is
            not to be had (``item-not-found``) or not wanted (``not-acceptable``, §2). None removes the handler.
        """
        key = JID(jid) if jid else None
        if handler is None:
            self._handlers.pop(key, None)
        else:
            self._handlers[key] = handler

    @handles("iq@type=set/oob_transfer", "OOB Transfer")
    async def _fetch(self, iq: Iq) -> None:
        to = iq["to"]
        handlers = (self._handlers.get(key) for key in (to, to.bare_jid, None))
        handler = next((each for each in handlers if each is not None), None)
        if handler is None:
            raise XMPPError("service-unavailable")
        if not iq["oob_transfer"].url:
            raise XMPPError("bad-request", "there is no URL")
        result = handler(iq)
        if inspect.isawaitable(result):
            await result
        iq.reply().send()

    def send_oob(
        self, to: JidStr, url: str, desc: str | None = None, ifrom: OptJidStr = None, **iqargs: Unpack[IqOptions]
    ) -> asyncio.Future[Iq]:
        """Ask somebody to fetch a file, and wait until that has happened.

        :param to: who is to fetch it: a full address, unless it is a server or a component.
        :param url: where the file is.
        :param desc: what it is, for people.
        :param ifrom: who asks, for components.
        :returns: a future of the answer, which comes when the file was fetched as a whole (§2). It raises `IqError`
            (``item-not-found``: it could not be fetched; ``not-acceptable``: it is not wanted) or `IqTimeout`; large
            files take longer than the 120 s without `timeout`.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=to, ifrom=ifrom)
        iq["oob_transfer"].url = url
        iq["oob_transfer"].desc = desc
        return iq.send(**iqargs)


register_plugin(XEP_0066)
