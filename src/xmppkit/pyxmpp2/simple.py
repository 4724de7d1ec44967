# SPDX-License-Identifier: MIT
"""Sending a message, or doing one thing, in one blocking call; with PyXMPP2's surface.

Other than there the server's certificate is checked. `xmppkit.simple` does the same for programs that have nothing to
do with PyXMPP2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xmppkit.pyxmpp2.client import Client
from xmppkit.pyxmpp2.interfaces import QUIT, Event, EventHandler, event_handler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.mainloop.interfaces import MainLoop
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.roster import RosterClient
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, DisconnectedEvent

__all__ = ["FireAndForget", "send_message"]

#: Seconds that saying goodbye may take after Ctrl-C.
_GOODBYE = 2.0


class _RosterlessClient(Client):
    """Does not ask for contacts that nobody looks at."""

    def roster_client_factory(self) -> RosterClient | None:
        return None


class FireAndForget(EventHandler):
    """Logs in, does one thing, and is gone.

    :param local_jid: the account.
    :param action: called with the client once it is logged in.
    :param settings: with the ``password``.
    :param main_loop: the loop; None takes the best that the system has.

    :ivar client: the client.
    """

    def __init__(
        self,
        local_jid: JID | str,
        action: Callable[[Client], object],
        settings: XMPPSettings,
        main_loop: MainLoop | None = None,
    ) -> None:
        self.action = action
        self.client = _RosterlessClient(JID(local_jid), [self], settings, main_loop)

    def run(self) -> None:
        """Connect, act, disconnect. Whatever goes wrong leaves from here, after the connection has been closed; so does
        Ctrl-C, after saying goodbye.

        :raises Exception: what `action` raises; see also `Client.run`.
        """
        try:
            self.client.connect()
            self.client.run()
        except KeyboardInterrupt:
            self.disconnect()
            self.client.run(_GOODBYE)
            raise
        finally:
            self.client.close_stream()

    def disconnect(self) -> None:
        """End the stream in order."""
        self.client.disconnect()

    @event_handler(AuthorizedEvent)
    def handle_authorized(self, event: AuthorizedEvent) -> bool:
        """Act, and disconnect. The program does not become available to others."""
        self.action(self.client)
        self.client.disconnect()
        return True

    @event_handler(DisconnectedEvent)
    def handle_disconnected(self, event: DisconnectedEvent) -> Event:
        """End the main loop."""
        return QUIT


def send_message(
    source_jid: JID | str,
    password: str,
    target_jid: JID | str,
    body: str,
    subject: str | None = None,
    message_type: str = "chat",
    message_thread: str | None = None,
    settings: XMPPSettings | Mapping[str, Any] | None = None,
) -> None:
    """Send a message and wait until it has left.

    :param source_jid: the account to send from.
    :param target_jid: who gets it.
    :param settings: others than the default ones; ``tls_cacert_file`` where the server has an authority of its own.
    :raises JIDError: an address is none.
    :raises FatalStreamError: the login failed; see `xmppkit.pyxmpp2.exceptions`.
    """
    message = Message(
        to_jid=JID(target_jid), stanza_type=message_type, subject=subject, body=body, thread=message_thread
    )
    own = XMPPSettings({**(settings or {}), "password": password})
    FireAndForget(source_jid, lambda client: client.send(message), own).run()
