# SPDX-License-Identifier: MIT
"""Extensible SASL Profile (XEP-0388): what the server is told of this program, and what the engine is.

The login itself is in the engine (`xmppkit.protocol.features.sasl2`).
"""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import StorageError
from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0388 import stanza
from xmppkit.protocol.logins import UPGRADES, Sasl2Options, UserAgent

if TYPE_CHECKING:
    from xmppkit.jid.address import JID
    from xmppkit.storage.base import Collection, Storage

__all__ = ["OPERATIONS", "XEP_0388", "MemoryIds", "StoredIds"]

log = logging.getLogger(__name__)

#: The operations that keep something.
OPERATIONS: Final = frozenset({"get_agent_id", "set_agent_id"})


class MemoryIds:
    """The id in memory: the next run has another one. `jid` is the account."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def get_agent_id(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str | None:
        """The id; None when there is none yet."""
        return self._ids.get(jid.bare)

    def set_agent_id(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep an id."""
        self._ids[jid.bare] = args


class StoredIds:
    """The id in a storage.

    :param storage: where it is.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def _place(self, jid: JID) -> Collection:
        from xmppkit.storage.records import Scope  # who has a storage has loaded this

        return self._storage.collection("xep_0388.agent", Scope(jid.bare))

    async def get_agent_id(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str | None:
        """The id; None when there is none yet."""
        found = await self._place(jid).get("id")
        return found if isinstance(found, str) else None

    async def set_agent_id(self, jid: JID, node: str, ifrom: JID | None, args: str) -> None:
        """Keep an id."""
        await self._place(jid).put("id", args)


class XEP_0388(BasePlugin):  # noqa: N801  # named like all plugins
    """Extensible SASL Profile. It counts from the next connection on.

    Operations (`xmppkit.api`); `jid` is the account:

    ================  ======  =======================================================
    ``get_agent_id``  None    returns the installation's id, or None
    ``set_agent_id``  the id  keeps it
    ================  ======  =======================================================
    """

    name = "xep_0388"
    description = "XEP-0388: Extensible SASL Profile"
    stanza = stanza

    software = Option(str, doc="the name of the program, for its user's eyes; None: it is not said")
    device = Option(str, doc="the device that it runs on, likewise")
    agent_id = Option(str, doc="what names the installation, a UUID of version 4; None: one is made, and kept")
    upgrade = Option(bool, True, doc="tell a server that knows the password what it needs for SCRAM with other hashes")

    def plugin_init(self) -> None:
        """No id is known yet."""
        self.register_store(OPERATIONS, MemoryIds(), StoredIds)
        self._id = ""

    async def prepare(self) -> None:
        """Have ready what is kept, before a connection is made. Called by the client."""
        own: JID = self.xmpp.requested_jid
        try:
            self._id = self.agent_id or await self.api["get_agent_id"](own) or ""
            if not self._id:
                self._id = str(uuid.uuid4())
                await self.api["set_agent_id"](own, args=self._id)
        except StorageError as error:
            # A login is possible without it.
            log.warning("the id of this installation could not be kept: %s", error)
        tokens = self._other("xep_0484")
        if tokens is not None:
            await tokens.prepare()

    def _other(self, name: str) -> Any:
        return self.xmpp.plugin.get(name, None)

    def make_options(self) -> Sasl2Options:
        """What the engine is told."""
        binding, tokens = self._other("xep_0386"), self._other("xep_0484")
        return Sasl2Options(
            user_agent=UserAgent(self._id, self.software or "", self.device or ""),
            upgrades=UPGRADES if self.upgrade else (),
            **(binding.make_options() if binding is not None else {"bind": False}),
            **(tokens.make_options() if tokens is not None else {"fast": False}),
        )


register_plugin(XEP_0388)
