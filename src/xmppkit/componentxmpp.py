# SPDX-License-Identifier: MIT
"""ComponentXMPP: an external component of a server (XEP-0114).

A component is a domain of its own: it answers for every address in it, says in each stanza who sends it, and keeps the
rosters of its addresses itself. Events are those of `BaseXMPP`, with ``session_bind`` and ``session_start``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, overload
from xml.etree.ElementTree import Element

from xmppkit.basexmpp import BaseXMPP
from xmppkit.jid.address import JID
from xmppkit.protocol import events
from xmppkit.protocol.component import ComponentStream
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.message import Message
from xmppkit.types import JidStr
from xmppkit.xml.limits import Limits
from xmppkit.xml.names import CLIENT, COMPONENT, split
from xmppkit.xml.namespaces import moved

if TYPE_CHECKING:
    from xmppkit.xmlstream.delivery import Receipt

__all__ = ["ComponentXMPP"]

_STANZAS = frozenset({"iq", "message", "presence"})


class ComponentXMPP(BaseXMPP):
    """A component.

    :param jid: its domain.
    :param secret: what it shares with the server.
    :param host: where to connect, with `port`.
    :param port: see `host`.
    :param plugin_config: configurations of plugins, by name.
    :param plugin_whitelist: what `register_plugins` enables; None: all there are.
    :param use_jc_ns: speak in stanzas of ``jabber:client``, with servers that want it.
    :param fix_error_ns: COMPAT(slixmpp 1.17): accepted and without effect: errors always are in the stream's namespace.
    :param kwargs: what `XMLStream` takes: ssl_context, loop, settings.
    :raises InvalidJID: the domain is none.
    """

    is_component = True

    def __init__(
        self,
        jid: JidStr,
        secret: str,
        host: str | None = None,
        port: int | None = None,
        plugin_config: Mapping[str, Mapping[str, Any]] | None = None,
        plugin_whitelist: list[str] | None = None,
        use_jc_ns: bool = False,
        fix_error_ns: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(jid, CLIENT if use_jc_ns else COMPONENT, **kwargs)
        self.plugin_config = plugin_config or {}
        self.plugin_whitelist = plugin_whitelist or []
        self.secret = secret
        self.server_host = host or ""
        self.server_port = port or 0
        self.default_port = 5347
        # XEP-0114 knows no STARTTLS: the way to the server is protected otherwise, or with direct TLS.
        self.enable_direct_tls = False
        self.enable_starttls = False
        self.enable_plaintext = True
        self.custom_address = (self.server_host or self.boundjid.domain, self.server_port or self.default_port)
        self.roster.auto_authorize = None
        self.settings.apply(self)

    def connect(  # type: ignore[override]  # the compatible forms of a client are none here
        self, host: str | tuple[str, int] | None = None, port: int | None = None, *old: bool, **kwargs: Any
    ) -> asyncio.Future[bool]:
        """Connect to the server; see `XMLStream.connect`.

        :param host: where; None: what the constructor was given, or else the component's domain.
        :param port: see `host`; 5347 if nobody says one.
        """
        if isinstance(host, tuple | list):  # COMPAT(slixmpp 1.8)
            return super().connect(host, port, *old, **kwargs)
        place = host or self.server_host or self.boundjid.domain, port or self.server_port or self.default_port
        return super().connect(*place, *old, **kwargs)

    @overload
    def send(self, data: Message, use_filters: bool = True) -> Receipt: ...

    @overload
    def send(self, data: StanzaBase | Element | str, use_filters: bool = True) -> Receipt | None: ...

    def send(self, data: StanzaBase | Element | str, use_filters: bool = True) -> Receipt | None:
        """See `XMLStream.send`. A stanza that names no sender is sent from the component's own address: servers close
        the stream over one without (RFC 6120 §8.1.2.1 fills it in for clients only)."""
        xml = data.xml if isinstance(data, StanzaBase) else data
        if not isinstance(xml, str) and split(xml.tag)[1] in _STANZAS and not xml.get("from"):
            xml.set("from", self.boundjid.full)
        return super().send(data, use_filters)

    def incoming_filter(self, xml: Element) -> Element:
        """Some servers send components stanzas of ``jabber:client``: they are put into the stream's namespace."""
        before = CLIENT if self.default_ns != CLIENT else COMPONENT
        return moved(xml, before, self.default_ns)

    def _fix_error_ns(self) -> None:
        """COMPAT(slixmpp 1.17): nothing; see `fix_error_ns` of the constructor."""

    def _negotiated_engine(self, jid: JID) -> Connection:
        options = self._options(TlsPolicy.DISABLED)
        return ComponentStream.negotiated(jid, options, now=self.loop.time())

    def _make_engine(self, policy: TlsPolicy) -> Connection:
        return ComponentStream(self.requested_jid, self.secret, self._options(policy), now=self.loop.time())

    def _options(self, policy: TlsPolicy) -> StreamOptions:
        direct = policy is TlsPolicy.DIRECT
        return self.settings.stream_options(
            Limits.component(),
            lang=None,
            default_namespace=self.default_ns,
            tls=TlsPolicy.DIRECT if direct else TlsPolicy.DISABLED,
            ssl_context=self._engine_context() if direct else None,
            stanza_factory=self._intake.build,
        )

    _reactions: ClassVar[dict[type, str]] = {
        **BaseXMPP._reactions,
        events.Negotiated: "_negotiated",
    }

    def _negotiated(self, event: events.Negotiated) -> None:
        self._bind(JID(event.jid))
        self._start_session()
