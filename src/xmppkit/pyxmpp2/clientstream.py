# SPDX-License-Identifier: MIT
"""`ClientStream`: a stream between a client and its server, either end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xmppkit.pyxmpp2.constants import STANZA_CLIENT_NS
from xmppkit.pyxmpp2.streambase import StreamBase

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.interfaces import StanzaRoute, XMPPTransport
    from xmppkit.pyxmpp2.jid import JID
    from xmppkit.pyxmpp2.settings import XMPPSettings
    from xmppkit.pyxmpp2.stanza import Stanza

__all__ = ["ClientStream"]


class ClientStream(StreamBase):
    """A stream between a client and its server.

    :param jid: client: the address to log in as; server: the domain. Its resource is the one that is asked for,
        unless the settings have another one.
    :param stanza_route: gets the stanzas that come.
    :param handlers: see `StreamBase`.
    :param settings: settings.
    """

    def __init__(
        self,
        jid: JID,
        stanza_route: StanzaRoute | None,
        handlers: Iterable[object],
        settings: XMPPSettings | None = None,
    ) -> None:
        super().__init__(STANZA_CLIENT_NS, stanza_route, handlers, settings)
        self.me = jid.bare()
        # PyXMPP2 wrote it into the settings, where the next stream found it.
        self.wanted_resource = jid.resource

    def initiate(self, transport: XMPPTransport, to: JID | str | None = None) -> None:
        """Client: open the stream, once there is a connection.

        :param to: the server's domain; None: that of the client's own address.
        """
        super().initiate(transport, to)

    def receive(self, transport: XMPPTransport, myname: JID | str | None = None) -> None:
        """Server: wait for the client to open the stream.

        :param myname: the domain that is served; None: that of `me`.
        """
        super().receive(transport, myname)

    def fix_out_stanza(self, stanza: Stanza) -> None:
        """A client sends no ``from``, a server always one (RFC 6120 §8.1.2)."""
        if self.initiator:
            if stanza.from_jid is not None:
                stanza.from_jid = None
        elif stanza.from_jid is None:
            stanza.from_jid = self.me
