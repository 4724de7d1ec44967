# SPDX-License-Identifier: MIT
"""Fast Authentication Streamlining Tokens (XEP-0484): a token in place of the password.

The login is in the engine (`xmppkit.protocol.features.sasl2`); here is what remembers the token.
"""

from __future__ import annotations

import datetime
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from xmppkit.exceptions import StorageError
from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0484 import stanza
from xmppkit.plugins.xep_0484.tokens import OPERATIONS, MemoryTokens, Remembered, StoredTokens
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from xml.etree.ElementTree import Element

    from xmppkit.jid.address import JID
    from xmppkit.protocol.logins import FastToken

__all__ = ["XEP_0484"]

log = logging.getLogger(__name__)

#: Characters of an offer that is remembered; a longer one is waited for.
_LONGEST_OFFER: Final = 8192
#: A refusal that says nothing of the token.
_PASSING: Final = "temporary-auth-failure"


class XEP_0484(BasePlugin):  # noqa: N801  # named like all plugins
    """Fast Authentication Streamlining Tokens. It counts from the next connection on.

    Operations (`xmppkit.api`); `jid` is the account. What they keep is as good as a password:

    =============  ================  ====================================================
    ``get_token``  None              returns the `Remembered`, or None
    ``set_token``  the `Remembered`  keeps it in place of the one before
    ``del_token``  None              forgets it
    =============  ================  ====================================================
    """

    name = "xep_0484"
    description = "XEP-0484: Fast Authentication Streamlining Tokens"
    dependencies = frozenset({"xep_0388"})
    stanza = stanza

    ahead = Option(bool, True, doc="send the login without waiting for an offer that is remembered")
    invalidate = Option(bool, False, doc="tell the server, at the next login with a token, to forget it")

    def plugin_init(self) -> None:
        """Nothing is remembered."""
        self.register_store(OPERATIONS, MemoryTokens(), StoredTokens)
        self._remembered: Remembered | None = None
        self._offer = ""

    @property
    def _own(self) -> JID:
        jid: JID = self.xmpp.requested_jid
        return jid

    async def forget(self) -> None:
        """Delete the token here. The server goes on knowing it: see ``invalidate``.

        :raises StorageError: the storage does not do it.
        """
        self._remembered = None
        await self.api["del_token"](self._own)

    # --- what the client asks -----------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Have the token ready, before a connection is made, and counted as used (§3.4)."""
        self._remembered, self._offer = None, ""
        try:
            found: Remembered | None = await self.api["get_token"](self._own)
            if found is None:
                return
            expiry = found.token.expiry
            if expiry is not None and expiry <= datetime.datetime.now(datetime.UTC):
                await self.forget()
                return
            counted = replace(found, token=replace(found.token, count=found.token.count + 1))
            await self.api["set_token"](self._own, args=counted)
        except StorageError as error:
            # What cannot be counted is not used: the password is there.
            log.warning("the token could not be read: %s", error)
            return
        self._remembered = counted

    def make_options(self) -> dict[str, Any]:
        """What the engine is told: fields of `xmppkit.protocol.logins.Sasl2Options`."""
        found = self._remembered
        return {
            "fast": True,
            "token": found.token if found is not None else None,
            "offer": found.offer if found is not None and self.ahead else "",
            "invalidate": self.invalidate,
        }

    # --- what the client tells ----------------------------------------------------------------------------

    def offered(self, authentication: Element) -> None:
        """The server has offered SASL2."""
        text = serialize(authentication)
        self._offer = text if len(text) <= _LONGEST_OFFER else ""
        if self._remembered is not None and self._remembered.offer != self._offer:
            self._keep(replace(self._remembered, offer=self._offer))

    def received(self, token: FastToken) -> None:
        """The server has given us a token."""
        self._keep(Remembered(token, self._offer))

    def refused(self, condition: str, *, changed: bool) -> None:
        """The server has refused the token."""
        if changed and self._remembered is not None:
            self._keep(replace(self._remembered, offer=""))
        elif condition != _PASSING:
            self._drop()

    def authenticated(self, mechanism: str) -> None:
        """We are logged in."""
        if self.invalidate and mechanism.startswith("HT-"):
            self.invalidate = False
            self._drop()

    def _drop(self) -> None:
        self._remembered = None
        self._later(self.api["del_token"](self._own))

    def _keep(self, remembered: Remembered) -> None:
        self._remembered = remembered
        self._later(self.api["set_token"](self._own, args=remembered))

    def _later(self, work: Awaitable[None]) -> None:
        self.xmpp.spawn(_guarded(work))


async def _guarded(work: Awaitable[None]) -> None:
    try:
        await work
    except StorageError as error:
        log.warning("the token could not be kept: %s", error)


register_plugin(XEP_0484)
