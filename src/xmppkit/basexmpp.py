# SPDX-License-Identifier: MIT
"""BaseXMPP: what clients and components have in common above the stream: plugins, rosters, messages, presence.

Its own handlers, by the names that `remove_handler` takes: ``IM``, ``IMError``, ``Presence``, ``Stream Error``. They
raise, beside ``stream_error``:

=====================================  ==============================================================================
event                                  when, and its payload
=====================================  ==============================================================================
``message``                            a message with a body: the `Message`
``message_error``                      a message of type error: the `Message`
``presence``, ``presence_<type>``      a presence: the `Presence`
``got_online``, ``got_offline``        the first resource of somebody has come, the last has left: the `Presence`
``changed_status``                     somebody says something new of themselves: the `Presence`
``changed_subscription``               a presence that concerns a subscription: the `Presence`
``roster_subscription_request``        somebody asks for a subscription: the `Presence`
``sent_presence``                      we have told the server that we are available: {}
=====================================  ==============================================================================
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, overload
from xml.etree.ElementTree import Element

import xmppkit.stanza
from xmppkit.api import APIRegistry
from xmppkit.exceptions import LocalProtocolError, PluginNotFound
from xmppkit.jid.address import JID
from xmppkit.plugins.base import lookup
from xmppkit.plugins.base.manager import PluginManager, load_plugin
from xmppkit.plugins.base.names import PLUGINS
from xmppkit.plugins.base.plugin import BasePlugin
from xmppkit.protocol import events
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.state import Fact
from xmppkit.roster.multi import Roster
from xmppkit.roster.node import RosterNode
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_error import StreamError
from xmppkit.transports.endpoints import Endpoint
from xmppkit.types import JidStr
from xmppkit.xmlstream.keeping import Keeping
from xmppkit.xmlstream.standard import standard_handlers

if TYPE_CHECKING:
    from xmppkit.storage.base import Storage
    from xmppkit.xmlstream.delivery import Receipt

__all__ = ["BaseXMPP"]

log = logging.getLogger(__name__)

#: Seconds that a roster backend has for what is still to be saved when a program ends.
_SAVING = 5.0
_AVAILABLE = frozenset({"available", "away", "chat", "dnd", "xa"})
_SUBSCRIPTIONS = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})


class BaseXMPP(Keeping):
    """A client or a component.

    :param jid: the address to log in as, or the component's domain.
    :param default_ns: the namespace of its stanzas.
    :param kwargs: what `XMLStream` takes: host, port, ssl_context, loop, settings.
    :raises InvalidJID: the address is none.
    """

    #: How often in a row a server may send us elsewhere.
    max_redirects = 5
    #: The same, if it was made here and so is closed here.
    _own_storage: Storage | None = None
    use_message_ids = True
    use_presence_ids = True
    #: Whether the server has been told that we are available.
    sentpresence = False
    #: What it was told last in the session before, unless that was that we are not.
    _presence_before: Presence | None = None
    #: COMPAT(slixmpp 1.17): the module of the stanza classes.
    stanza: ModuleType = xmppkit.stanza
    _redirects = 0

    def __init__(self, jid: JidStr = "", default_ns: str = "jabber:client", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.default_ns = default_ns
        self.namespace_map = {**self.namespace_map, default_ns: ""}
        self.requested_jid = JID(jid)
        self.boundjid = JID(jid)
        self.default_domain = self.boundjid.domain
        #: The operations of the plugins; see `xmppkit.api`.
        self.api = APIRegistry(self)
        #: Configurations of plugins, by name, for those that are enabled without one.
        self.plugin_config: Mapping[str, Mapping[str, Any]] = {}
        #: What `register_plugins` enables; empty: all there are.
        self.plugin_whitelist: list[str] = []
        self.plugin: PluginManager = PluginManager(self)
        #: Contacts by own address.
        self.roster = Roster(self)
        self.roster.add(self.boundjid)
        #: The contacts of the address that is bound.
        self.client_roster: RosterNode = self.roster[self.boundjid]

        for handler in standard_handlers(default_ns):
            self.register_handler(handler)
        self.add_event_handler("session_bind", self.plugin.session_bound)
        self.add_event_handler("roster_subscription_request", self._handle_subscription_request)

    # --- addresses ------------------------------------------------------------------------------------

    def set_jid(self, jid: JidStr) -> None:
        """Take `jid` for the stream's own address."""
        self.boundjid = JID(jid)
        self.client_roster = self.roster[self.boundjid]

    def getjidresource(self, fulljid: JidStr) -> str:
        """The resource of an address."""
        return JID(fulljid).resource

    def getjidbare(self, fulljid: JidStr) -> str:
        """An address without its resource."""
        return JID(fulljid).bare

    @property
    def auto_authorize(self) -> bool | None:
        """What to do with requests for a subscription: True grants them, False refuses them, None leaves them to the
        handlers of ``roster_subscription_request``."""
        return self.roster.auto_authorize

    @auto_authorize.setter
    def auto_authorize(self, value: bool | None) -> None:
        self.roster.auto_authorize = value

    @property
    def auto_subscribe(self) -> bool:
        """Whether to ask those for a subscription whose request is granted."""
        return self.roster.auto_subscribe

    @auto_subscribe.setter
    def auto_subscribe(self, value: bool) -> None:
        self.roster.auto_subscribe = value

    # --- plugins --------------------------------------------------------------------------------------

    def register_plugin(
        self, plugin: str, pconfig: Mapping[str, Any] | None = None, module: ModuleType | str | None = None
    ) -> None:
        """Enable a plugin, after those it depends on. May be repeated.

        :param plugin: its name, as ``xep_0199``.
        :param pconfig: values for its options; None: those in `plugin_config`.
        :param module: where its class is, if that is not in the library: a module, or its dotted name.
        :raises PluginNotFound: there is no plugin of that name.
        :raises ConfigurationError: an option that it refuses.
        """
        if module is not None and not load_plugin(plugin, module):
            raise PluginNotFound(plugin)
        self.plugin.enable(plugin, pconfig)

    def register_plugins(self) -> None:
        """Enable the plugins in `plugin_whitelist`, or all that the library has if it is empty.

        :raises NameError: one of the names is none of the library's plugins.
        """
        for name in self.plugin_whitelist or PLUGINS:
            if name not in PLUGINS:
                raise NameError(f"there is no plugin {name!r} to register; there are {', '.join(PLUGINS)}")
            self.register_plugin(name)

    def use_storage(self, storage: Storage | str) -> Storage:
        """Keep the rosters, and what the plugins keep, in a storage, so that the next process has it. Call it before
        `connect`; what was kept before stays where it is, apart from contacts, which are written to it.

        :param storage: a storage, which stays the caller's to close; or the URL of one, as ``sqlite:///bot.db`` (see
            `xmppkit.storage.schemes.open_storage`), which is closed when ``run`` or ``async with`` ends.
        :returns: the storage, for what the program keeps itself. It is opened when it is first used.
        :raises ConfigurationError: the URL says nothing that is known.
        """
        # Imported here because most programs keep nothing.
        from xmppkit.roster.stored import StorageRoster
        from xmppkit.storage.schemes import open_storage

        if isinstance(storage, str):
            self.storage = self._own_storage = open_storage(storage)
        else:
            self.storage, self._own_storage = storage, None
        for name in self.plugin:
            plugin = self.plugin.awake(name)
            if isinstance(plugin, BasePlugin):
                BasePlugin.use_storage(plugin, self.storage)
        self.roster.set_backend(StorageRoster(self.storage))
        self.drop_doubles()
        return self.storage

    def init_plugins(self) -> None:
        """COMPAT(slixmpp 1.17): nothing; a plugin is ready when it has been registered."""

    @lookup.item
    def __getitem__(self, key: str) -> Any:
        """COMPAT(slixmpp 1.17): a plugin; False, with a warning in the log, when it is not enabled. New programs
        write ``xmpp.plugin[key]``."""
        if key in self.plugin:
            return self.plugin[key]
        log.warning("the plugin %r is not enabled", key)
        return False

    @lookup.getter
    def get(self, key: str, default: Any = None) -> Any:
        """A plugin, or `default` when it is not enabled."""
        return self.plugin.get(key, default)

    # --- the session ----------------------------------------------------------------------------------

    @property
    def authenticated(self) -> bool:
        """Whether the server knows who we are."""
        engine = self.engine
        return engine is not None and Fact.AUTHENTICATED in engine.facts

    @property
    def bound(self) -> bool:
        """Whether the stream has its full address."""
        engine = self.engine
        return engine is not None and Fact.BOUND in engine.facts

    def restore_presence(self) -> None:
        """Send the last presence of the session before again, unless one was sent in this one."""
        last = self._presence_before
        if last is None or self.sentpresence or last["type"] not in _AVAILABLE or self.is_component:
            return
        if self.client_roster.last_status is last:
            self.client_roster.send_last_presence()

    def _bind(self, jid: JID) -> None:
        """The stream has its address."""
        self.boundjid = jid
        self.client_roster = self.roster[jid]
        self._note_address(True)
        self.event("session_bind", jid)

    def adopt(self, transport: Any, jid: JidStr | None = None, *, announce: bool = True) -> asyncio.Protocol:
        """Go on with a connection that somebody else has negotiated, as a test does: the session starts at once.

        :param transport: an `asyncio.Transport`, or what is like one.
        :param jid: the full address that is bound; None: the one that was asked for.
        :param announce: raise ``session_start``; without it stanzas can be exchanged all the same.
        :returns: the protocol that takes the transport's bytes.
        """
        address = JID(jid) if jid is not None else self.requested_jid
        self._adopt(self._negotiated_engine(address), transport)
        assert self._driver is not None
        self._bind(address)
        if announce:
            self._start_session()
        else:
            self._session_started = True
            self._sender.open()
        return self._driver

    def _negotiated_engine(self, jid: JID) -> Connection:
        """An engine that is past its negotiation."""
        raise LocalProtocolError(f"{type(self).__name__} speaks no protocol by itself: use ClientXMPP or ComponentXMPP")

    async def find_endpoints(self) -> list[Endpoint]:
        """See `Lifecycle.find_endpoints`."""
        self.roster.wake()
        return await super().find_endpoints()

    def _backlog(self) -> int:
        return self.roster.backlog

    async def _background_over(self) -> None:
        try:
            await asyncio.wait_for(self.roster.settled(), _SAVING)
        except TimeoutError:
            log.warning("the rosters' backend has not saved everything within %g s", _SAVING)
        await self._everything_kept()
        if self._own_storage is not None:
            await self._own_storage.close()

    def _session_over(self, error: Exception) -> None:
        self._note_address(False)
        if self.sentpresence:
            # Whoever says good-bye does not want to be there again.
            self._presence_before = self.client_roster.last_status if self._lost_before else None
            self.sentpresence = False
        self.roster.reset()
        super()._session_over(error)

    def _stream_error(self, event: events.StreamErrorReceived) -> None:
        super()._stream_error(event)
        host: str = event.error["see_other_host"]
        engine = self.engine
        if not host or engine is None:
            return
        if not engine.secure:
            log.warning("the server sends us elsewhere, but without TLS anybody could have said that: not followed")
        elif self._redirects >= self.max_redirects:
            log.warning("the server has sent us elsewhere %d times: not followed again", self._redirects)
        else:
            if not self.lead_to(host):
                log.warning("the server sends us elsewhere, to something that is no host: not followed")
                return
            self._redirects += 1
            self.add_event_handler("disconnected", self._connect_again, disposable=True)

    def _begin_session(self) -> None:
        self._redirects = 0
        super()._begin_session()

    # --- stanzas --------------------------------------------------------------------------------------

    @overload
    def send(self, data: Message, use_filters: bool = True) -> Receipt: ...

    @overload
    def send(self, data: StanzaBase | Element | str, use_filters: bool = True) -> Receipt | None: ...

    def send(self, data: StanzaBase | Element | str, use_filters: bool = True) -> Receipt | None:
        """See `XMLStream.send`. What is said of our presence is remembered."""
        if isinstance(data, Message):
            sender = self._sender
            return (sender.followed or sender.deliveries).send(data, use_filters)
        if type(data) is not Iq and isinstance(data, Presence):
            self.plugin.presence_sent()
            self._note_presence(data)
        self._sender.send(data, use_filters)
        return None

    def _note_presence(self, presence: Presence) -> None:
        kind = presence["type"]
        if kind not in _AVAILABLE and kind != "unavailable":
            return
        own, recipient = presence["from"] or self.boundjid, presence["to"]
        # What is sent to one address may be an answer, from an address that the asker has chosen.
        node = self.roster.passing(own) if recipient else self.roster[own]
        node.note_sent(presence)
        if kind in _AVAILABLE and not presence["to"] and not self.sentpresence:
            self.sentpresence = True
            self.event("sent_presence")

    def _handle_message(self, message: Message) -> None:
        if not message.xml.get("to"):
            message["to"] = self.boundjid
        self.event("message", message)

    def _handle_stream_error(self, error: StreamError) -> None:
        self.event("stream_error", error)

    def _handle_message_error(self, message: Message) -> None:
        if not message.xml.get("to"):
            message["to"] = self.boundjid
        self._sender.deliveries.refused(message)
        self.event("message_error", message)

    def _handle_presence(self, presence: Presence) -> None:
        kind = presence["type"]
        sender = presence["from"]
        if not sender:
            presence["from"] = sender = self.boundjid.bare_jid  # RFC 6120 §8.1.2.1: from our own account
        self.event("presence", presence)
        if not self.is_component and sender.bare == self.boundjid.bare:
            counts = kind in _AVAILABLE or kind == "unavailable"
        else:
            counts = kind != "probe" or self.is_component  # a client's server answers those
        if counts:
            self._take_presence(kind, presence, sender)
        # COMPAT(slixmpp 1.17): after the events of the roster, which has what is new when these are raised.
        self.event(f"presence_{kind}", presence)
        if kind in _SUBSCRIPTIONS:
            self.event("changed_subscription", presence)

    def _take_presence(self, kind: str, presence: Presence, sender: JID) -> None:
        node = self.roster.passing(presence["to"] or None) if self.is_component else self.client_roster
        item = node.anybody(sender)
        match kind:
            case "unavailable":
                item.handle_unavailable(presence)
            case "subscribe":
                item.handle_subscribe(presence)
            case "subscribed":
                item.handle_subscribed(presence)
            case "unsubscribe":
                item.handle_unsubscribe(presence)
            case "unsubscribed":
                item.handle_unsubscribed(presence)
            case "probe":
                item.handle_probe(presence)
            case _ if kind in _AVAILABLE:
                item.handle_available(presence)

    def _handle_subscription_request(self, presence: Presence) -> None:
        node = self.roster.passing(presence["to"] or None) if self.is_component else self.client_roster
        item = node.anybody(presence["from"])
        if item["whitelisted"] or node.auto_authorize:
            if self.is_component:
                node = self.roster[presence["to"] or None]
            item = node[presence["from"]]
            item.authorize()
            if node.auto_subscribe:
                item.subscribe()
        elif node.auto_authorize is False:
            item.unauthorize()

    # --- names of older programs ----------------------------------------------------------------------

    def process(self, forever: bool = True, timeout: float | None = None) -> None:
        """COMPAT(slixmpp 1.8): run the event loop.

        :param forever: for ever, instead of until the stream is over.
        :param timeout: for so many seconds at most.
        """
        warnings.warn("process() is deprecated: run(), or an event loop of your own", DeprecationWarning, stacklevel=2)
        if timeout is not None:
            over = self.loop.create_future() if forever else self.disconnected
            self.loop.run_until_complete(asyncio.wait((over,), timeout=timeout))
        elif forever:
            self.loop.run_forever()
        else:
            self.loop.run_until_complete(self.disconnected)

    @property
    def jid(self) -> str:
        """COMPAT(slixmpp 1.17): `boundjid.bare`."""
        _deprecated("jid", "boundjid.bare")
        return self.boundjid.bare

    @jid.setter
    def jid(self, value: str) -> None:
        _deprecated("jid", "boundjid.bare")
        self.boundjid = JID(value).bare_jid

    @property
    def fulljid(self) -> str:
        """COMPAT(slixmpp 1.17): `boundjid.full`."""
        _deprecated("fulljid", "boundjid.full")
        return self.boundjid.full

    @fulljid.setter
    def fulljid(self, value: str) -> None:
        _deprecated("fulljid", "boundjid.full")
        self.boundjid = JID(value)

    @property
    def resource(self) -> str:
        """COMPAT(slixmpp 1.17): `boundjid.resource`."""
        _deprecated("resource", "boundjid.resource")
        return self.boundjid.resource

    @resource.setter
    def resource(self, value: str) -> None:
        _deprecated("resource", "boundjid.resource")
        self.boundjid = self.boundjid.replace(resource=value)

    @property
    def username(self) -> str:
        """COMPAT(slixmpp 1.17): `boundjid.user`."""
        _deprecated("username", "boundjid.user")
        return self.boundjid.user

    @username.setter
    def username(self, value: str) -> None:
        _deprecated("username", "boundjid.user")
        self.boundjid = self.boundjid.replace(local=value)

    @property
    def server(self) -> str:
        """COMPAT(slixmpp 1.17): `boundjid.domain`."""
        _deprecated("server", "boundjid.domain")
        return self.boundjid.domain

    @server.setter
    def server(self, value: str) -> None:
        _deprecated("server", "boundjid.domain")
        self.boundjid = self.boundjid.replace(domain=value)


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"{name} is deprecated: {instead}", DeprecationWarning, stacklevel=3)
