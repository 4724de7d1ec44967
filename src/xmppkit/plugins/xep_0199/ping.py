# SPDX-License-Identifier: MIT
"""XMPP Ping (XEP-0199): answering pings, measuring how long others take, and noticing a connection that is gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from xmppkit.exceptions import IqError, IqTimeout, NotConnectedError, RemoteError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, handles, listens, register_plugin
from xmppkit.plugins.base.origin import is_answered
from xmppkit.plugins.xep_0199 import stanza
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["XEP_0199"]

log = logging.getLogger(__name__)

#: The name of the schedule.
KEEPALIVE: Final = "Ping keepalive"


class XEP_0199(BasePlugin):  # noqa: N801  # slixmpp's name
    """XMPP Ping.

    With ``keepalive`` the own server is pinged every ``interval`` seconds of a session; when it does not answer within
    ``timeout`` seconds, the stream reconnects.
    """

    name = "xep_0199"
    description = "XEP-0199: XMPP Ping"
    dependencies = frozenset({"xep_0030"})
    sleeps_through = frozenset({"session_start"})  # to be kept alive is an option, and whoever sets it wakes it
    stanza = stanza
    disco_features = (stanza.Ping.namespace,)

    keepalive = Option(bool, False, doc="ping the own server now and then, and reconnect when it is silent")
    interval = Option(float, 300, minimum=0.1, doc="seconds between two such pings")
    timeout = Option(float, 30, minimum=0.1, doc="seconds to wait for the answer to a ping")

    def plugin_init(self) -> None:
        """Nothing runs yet."""
        self._asking: asyncio.Future[Any] | None = None

    def post_init(self) -> None:
        """Begin at once if the session has begun before."""
        if self.keepalive and self.xmpp.is_bound():
            self._start()

    def plugin_end(self) -> None:
        """Stop."""
        self._stop()

    @handles("iq@type=get/ping", "Ping")
    def _answer(self, iq: Iq) -> None:
        if not is_answered(self.xmpp, iq):
            raise XMPPError("service-unavailable")  # as where nobody is (§7)
        iq.reply().send()

    # --- keepalive ----------------------------------------------------------------------------------------

    def enable_keepalive(self, interval: float | None = None, timeout: float | None = None) -> None:
        """Ping the own server now and then, from now on and in every session.

        :param interval: seconds between two pings; None: as it is set.
        :param timeout: seconds to wait for an answer before the stream reconnects; None: as it is set.
        :raises ConfigurationError: one of them is no such number.
        """
        # COMPAT(slixmpp 1.17): programs register this method for ``session_start``, whose payload is an empty dict.
        if interval:
            self.interval = interval
        if timeout:
            self.timeout = timeout
        self.keepalive = True
        if self.xmpp.is_bound():
            self._start()

    def disable_keepalive(self, event: object = None) -> None:
        """Ping no more. May be repeated.

        :param event: ignored, so that the method can handle an event.
        """
        self.keepalive = False
        self._stop()

    @listens("session_start")
    @listens("session_resumed")
    def _session_began(self, _: object) -> None:
        if self.keepalive:
            self._start()

    @listens("session_end")
    @listens("disconnected")
    def _session_ended(self, _: object) -> None:
        self._stop()

    def _start(self) -> None:
        self._stop()
        self.xmpp.schedule(KEEPALIVE, self.interval, self._keep_alive, repeat=True)

    def _stop(self) -> None:
        self.xmpp.cancel_schedule(KEEPALIVE)
        asking, self._asking = self._asking, None
        if asking is not None and asking is not asyncio.current_task(self.xmpp.loop):
            asking.cancel()

    def _keep_alive(self) -> None:
        if self._asking is None or self._asking.done():  # otherwise the ping before this one has time left
            self._asking = self.xmpp.spawn(self._check())

    async def _check(self) -> None:
        try:
            await self.ping(timeout=self.timeout)
        except IqTimeout:
            log.warning("the server has not answered a ping for %g s: connecting again", self.timeout)
            self.xmpp.reconnect(0.0, "Ping timeout")
        except (RemoteError, NotConnectedError):
            return  # the connection has ended in the meantime, and whoever cares has been told

    # --- asking -------------------------------------------------------------------------------------------

    def send_ping(
        self,
        jid: JidStr,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> asyncio.Future[Iq]:
        """Ping somebody.

        :param jid: whom.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: as it is set in ``timeout``.
        :param callback: called with the answer as well.
        :param timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`.
        :returns: a future of the answer. It raises `IqError`, which may come from a server instead of whom was asked,
            or `IqTimeout`.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=jid, ifrom=ifrom)
        iq.enable("ping")
        return iq.send(callback, self.timeout if timeout is None else timeout, timeout_callback)

    async def ping(self, jid: OptJidStr = None, ifrom: OptJidStr = None, timeout: float | None = None) -> float:
        """Ping somebody, and tell how long it took.

        :param jid: whom; None: the own server.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: as it is set in ``timeout``.
        :returns: seconds.
        :raises IqError: whoever answered could not, or would not. Of the own server this counts as an answer.
        :raises IqTimeout: nobody has answered.
        """
        own = self.xmpp.boundjid.domain
        asked = JID(jid or own)
        began = self.xmpp.loop.time()
        try:
            await self.send_ping(asked, ifrom, timeout)
        except IqError as error:
            if asked != own:
                raise
            log.debug("the server does not know pings, but is alive: %s", error)
        took: float = self.xmpp.loop.time() - began
        return took


register_plugin(XEP_0199)
