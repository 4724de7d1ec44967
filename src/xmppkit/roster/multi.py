# SPDX-License-Identifier: MIT
"""The rosters of all own addresses of a stream."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

from xmppkit.jid.address import JID
from xmppkit.roster.backend import BackendLine
from xmppkit.roster.node import RosterNode
from xmppkit.roster.strangers import Strangers

__all__ = ["MAX_PASSING", "Roster"]

#: How many own addresses that the program has not asked for are remembered. Whoever sends something to a component
#: chooses the address; past the limit those that were written to first are forgotten, unless they have contacts.
MAX_PASSING = 10_000
#: Those whom nobody has named. An idle stream is to be small, and an ordered dictionary is not.
_NOBODY: Final[OrderedDict[str, RosterNode]] = OrderedDict()


class Roster:
    """A `RosterNode` for each own bare JID: ``xmpp.roster['me@example.org']['juliet@example.net']``.

    A node is made, and kept, when it is first asked for. ``None`` stands for the stream's own JID.

    :param xmpp: the stream.
    :param db: the backend of all nodes; None: none.
    """

    def __init__(self, xmpp: Any, db: Any | None = None) -> None:
        self.xmpp = xmpp
        self.db: BackendLine | None = None
        self._auto_authorize: bool | None = True
        self._auto_subscribe = True
        self._nodes: dict[str, RosterNode] = {}
        #: Those that only somebody else has named.
        self._passing = _NOBODY
        self._strangers = Strangers()
        if db is not None:
            self.set_backend(db)

    def _bare(self, key: JID | str | None) -> str:
        if key is None:
            key = self.xmpp.boundjid
        bare: str = key.bare if isinstance(key, JID) else JID(key).bare
        return bare

    def __getitem__(self, key: JID | str | None) -> RosterNode:
        bare = self._bare(key)
        node = self._nodes.get(bare)
        if node is None:
            node = self._nodes[bare] = self._take_passing(bare)
        return node

    def _take_passing(self, bare: str) -> RosterNode:
        if bare in self._passing:
            return self._passing.pop(bare)
        node = RosterNode(self.xmpp, bare, self.db, self._strangers)
        node.auto_authorize = self._auto_authorize
        node.auto_subscribe = self._auto_subscribe
        return node

    def passing(self, key: JID | str | None) -> RosterNode:
        """The node of an own address that somebody else has chosen. It is forgotten again after many others, unless it
        has contacts or the program asks for it."""
        bare = self._bare(key)
        node = self._nodes.get(bare)
        if node is not None:
            return node
        node = self._take_passing(bare)
        if len(node):
            self._nodes[bare] = node
            return node
        if self._passing is _NOBODY:
            self._passing = OrderedDict()
        self._passing[bare] = node
        if len(self._passing) > MAX_PASSING:
            oldest, other = self._passing.popitem(last=False)
            if len(other):
                self._nodes[oldest] = other
            else:
                other.forget_strangers()
        return node

    def _all(self) -> list[RosterNode]:
        return [*self._nodes.values(), *self._passing.values()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str | JID) and self._bare(key) in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._nodes))

    def keys(self) -> list[str]:
        """The own bare JIDs that have a node."""
        return list(self._nodes)

    def add(self, jid: JID | str) -> None:
        """Make a node, if there is none."""
        self[jid]

    def set_backend(self, db: Any | None = None, save: bool = True) -> None:
        """Keep all rosters in another backend, and load what that has.

        :param db: a `xmppkit.roster.backend.RosterBackend`; None: none. One whose methods are coroutine
            functions works in the background; `settled` waits for it.
        :param save: write what is known now first.
        """
        self.db = db if db is None or isinstance(db, BackendLine) else BackendLine(db, self.xmpp)
        self._passing = _NOBODY
        for node in self._nodes.values():
            node.set_backend(self.db, save)

    @property
    def backlog(self) -> int:
        """Calls to the backend that wait."""
        return 0 if self.db is None else len(self.db)

    def wake(self) -> None:
        """An event loop runs now: a backend that has to be awaited can begin."""
        if self.db is not None:
            self.db.wake()

    async def settled(self) -> None:
        """Wait until a backend that has to be awaited has caught up."""
        if self.db is not None:
            await self.db.settled()

    def reset(self) -> None:
        """Forget who is there, as at the end of a session; the contacts stay."""
        for node in self._all():
            node.reset()

    def send_presence(self, **kwargs: Any) -> None:
        """Send presence from the stream's own address.

        :param kwargs: what `BaseXMPP.send_presence` takes.
        """
        if self.xmpp.is_component and not kwargs.get("pfrom"):
            kwargs["pfrom"] = self.xmpp.boundjid.full
        self.xmpp.send_presence(**kwargs)

    @property
    def auto_authorize(self) -> bool | None:
        """What all nodes do with requests to see our presence: True grants them, False refuses them, None
        leaves them to the program. Setting it sets it for all nodes."""
        return self._auto_authorize

    @auto_authorize.setter
    def auto_authorize(self, value: bool | None) -> None:
        self._auto_authorize = value
        for node in self._all():
            node.auto_authorize = value

    @property
    def auto_subscribe(self) -> bool:
        """Whether a request that is granted is returned with one of our own. Setting it sets it for all
        nodes."""
        return self._auto_subscribe

    @auto_subscribe.setter
    def auto_subscribe(self, value: bool) -> None:
        self._auto_subscribe = value
        for node in self._all():
            node.auto_subscribe = value

    def __repr__(self) -> str:
        return f"<Roster of {', '.join(self._nodes) or 'nobody'}>"
