# SPDX-License-Identifier: MIT
"""What this program announces of itself, and answering who asks what is behind it (XEP-0115 §6.2)."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, Final, Generic, TypeVar

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.records import record
from xmppkit.stanza.iq import Iq

__all__ = ["Announcement", "OwnCaps"]

T = TypeVar("T")

#: How many of our own announcements can be asked about, of all addresses together. XEP-0390 §6.1 wants the latest three
#: of each.
NODES: Final = 1000


@record(frozen=True, slots=True)
class Announcement(Generic[T]):
    """What is announced.

    :ivar value: what goes into presence.
    :ivar nodes: what others ask for it.
    :ivar info: what they are told.
    """

    value: T
    nodes: tuple[str, ...]
    info: DiscoInfo


class OwnCaps:
    """Announcements of our own.

    :param xmpp: the stream, with xep_0030 enabled.
    """

    def __init__(self, xmpp: Any) -> None:
        self._xmpp = xmpp
        self._disco = xmpp.plugin["xep_0030"]
        self._infos: dict[str, DiscoInfo] = {}
        self._nodes: dict[str, None] = {}
        self._is_over = False

    @property
    def is_ready(self) -> bool:
        """Whether there is somebody who answers: the plugin, and xep_0030."""
        return not self._is_over and bool(self._xmpp.plugin.enabled("xep_0030"))

    def note(self, jid: JID, info: DiscoInfo) -> None:
        """Note what an own address is, as service discovery answers it."""
        self._infos[jid.full] = copy(info)

    def info(self, jid: JID) -> DiscoInfo | None:
        """What an own address is: asked for now; what is known, if that answer takes time."""
        found = self._disco.api["get_info"](jid, None, None, {})
        if not found.done():
            found.add_done_callback(lambda done: done.cancelled() or done.exception())
        elif found.exception() is None:
            result = found.result()
            self.note(jid, self._disco.complete(result["disco_info"] if isinstance(result, Iq) else result, ""))
        known = self._infos.get(jid.full)
        return None if known is None else copy(known)

    def current(self, jid: JID, announce: Callable[[DiscoInfo], Announcement[T] | None]) -> T | None:
        """What an own address announces now.

        :param jid: the address.
        :param announce: makes the announcement of an answer; None: it cannot.
        """
        info = self.info(jid) if self.is_ready else None
        made = announce(info) if info is not None else None
        if made is None:
            return None
        for node in made.nodes:
            self._answer_for(node, made.info)
        return made.value

    def has_announced(self, node: str) -> bool:
        """Whether a node is one of ours."""
        return node in self._nodes

    def _answer_for(self, node: str, info: DiscoInfo) -> None:
        """Answer who asks for a node. The latest announcements are the last to be forgotten."""
        if node not in self._nodes:
            answer = copy(info)
            answer.node = node
            self._disco.api.register(lambda jid, node, ifrom, args: copy(answer), "get_info", node=node)
        self._nodes.pop(node, None)
        self._nodes[node] = None
        while len(self._nodes) > NODES:
            self._withdraw(next(iter(self._nodes)))

    def _withdraw(self, node: str) -> None:
        del self._nodes[node]
        self._disco.api.unregister("get_info", node=node)

    def forget(self) -> None:
        """Answer for no node any more: the plugin is disabled."""
        self._is_over = True
        for node in list(self._nodes):
            self._withdraw(node)
