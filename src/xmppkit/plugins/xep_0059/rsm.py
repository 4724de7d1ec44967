# SPDX-License-Identifier: MIT
"""Result Set Management (XEP-0059): large answers, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0059 import stanza
from xmppkit.plugins.xep_0059.iterator import ResultIterator
from xmppkit.plugins.xep_0059.stanza import RSM
from xmppkit.stanza.iq import Iq

__all__ = ["XEP_0059"]


class XEP_0059(BasePlugin):  # noqa: N801  # slixmpp's name
    """Result Set Management."""

    name = "xep_0059"
    description = "XEP-0059: Result Set Management"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (RSM,)

    def iterate(
        self,
        stanza: Iq,
        interface: str,
        results: str = "substanzas",
        amount: int = 10,
        reverse: bool = False,
        recv_interface: str | None = None,
        pre_cb: Callable[[Iq], Any] | None = None,
        post_cb: Callable[[Iq], Any] | None = None,
        iq_options: Mapping[str, Any] | None = None,
        *,
        max_pages: int | None = None,
    ) -> ResultIterator:
        """An asynchronous iterator over the pages of what an IQ asks for. The parameters and the errors are those of
        `ResultIterator`."""
        return ResultIterator(
            stanza,
            interface,
            results,
            amount,
            reverse=reverse,
            recv_interface=recv_interface,
            pre_cb=pre_cb,
            post_cb=post_cb,
            iq_options=iq_options,
            max_pages=max_pages,
        )


register_plugin(XEP_0059)
