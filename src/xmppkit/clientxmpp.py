# SPDX-License-Identifier: MIT
"""ClientXMPP: a client's stream (RFC 6120, RFC 6121).

::

    class EchoBot(ClientXMPP):
        def __init__(self, jid, password):
            super().__init__(jid, password)
            self.add_event_handler("session_start", self.start)
            self.add_event_handler("message", self.echo)

        async def start(self, event):
            self.send_presence()
            await self.get_roster()

        def echo(self, message):
            if message["type"] in ("chat", "normal"):
                message.reply(message["body"]).send()

Events, beside those of `BaseXMPP` and of the stream's lifecycle, in their order:

=======================  ============================================================================================
event                    when, and its payload
=======================  ============================================================================================
``auth_success``         the server has let us in: the `Success`
``failed_auth``          a login has failed: the server's `Failure`, or one that says why we have given up
``failed_all_auth``      there will be no further login: {}
``no_auth``              it follows when no mechanism that the server offers may be used: {}
``session_bind``         the stream has its full address: the `JID`
``session_start``        stanzas can be exchanged: {}
``stream_negotiated``    everything the server offers has been negotiated: {}
``roster_update``        the roster, or a change of it, has come: the `Iq`
=======================  ============================================================================================
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from xmppkit.exceptions import IqTimeout
from xmppkit.jid.address import JID
from xmppkit.managedxmpp import ManagedXMPP
from xmppkit.protocol import events
from xmppkit.protocol.connection import Connection
from xmppkit.protocol.features.management import ENABLE, RESUME
from xmppkit.protocol.features.sasl import MECHANISMS
from xmppkit.protocol.features.sasl2 import SASL2
from xmppkit.protocol.features.wire2 import AUTHENTICATION_TAG
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import Sasl2Options
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Call
from xmppkit.records import record
from xmppkit.roster.slices import Slices
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.policy import Binding
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.negotiation.sasl import Failure
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.transports.endpoints import Endpoint
from xmppkit.types import JidStr
from xmppkit.xmlstream.pinning import Pin
from xmppkit.xmlstream.standard import ROSTER_UPDATE

__all__ = ["ClientXMPP", "Limits"]

log = logging.getLogger(__name__)

_FEATURES = (
    "feature_starttls",
    "feature_bind",
    "feature_session",
    "feature_rosterver",
    "feature_preapproval",
    "feature_limits",
    "feature_mechanisms",
)


_SHORTER = Sasl2Options(bind=False, fast=False)


class Limits(NamedTuple):
    """What the server tolerates (XEP-0478); None where it does not say.

    :ivar max_bytes: the largest stanza, in bytes.
    :ivar idle_seconds: seconds of silence.
    """

    max_bytes: int | None = None
    idle_seconds: int | None = None


@record(frozen=True, slots=True)
class _Feature:
    """A stream feature that the application negotiates."""

    name: str
    handler: Callable[[StreamFeatures], Any]
    restart: bool
    order: int
    tag: str


def _failure(event: events.AuthenticationFailed) -> StanzaBase:
    """The server's failure; one of the same form when it was us who gave up."""
    if event.element is not None:
        return event.element
    failure = Failure()
    failure["condition"] = event.condition
    failure["text"] = event.text
    return failure


class ClientXMPP(ManagedXMPP):
    """A client.

    :param jid: the address to log in as; its resource is asked for. Without a local part the login is anonymous.
    :param password: the account's.
    :param plugin_config: configurations of plugins, by name.
    :param plugin_whitelist: what `register_plugins` enables; None: all there are.
    :param escape_quotes: COMPAT(slixmpp 1.17): accepted and without effect.
    :param sasl_mech: the one SASL mechanism to use; None: the strongest.
    :param lang: the language of what we send.
    :param kwargs: what `XMLStream` takes: host, port, ssl_context, loop, settings.
    :raises InvalidJID: the address is none.
    """

    default_port = 5222
    #: The SASL mechanism that let us in, last; None before.
    mechanism: str | None = None
    #: What the server tolerates, as far as it says so.
    limits = Limits()
    #: Whether the server refused to give the stream an address.
    bindfail = False

    _roster_slices: Slices | None = None

    def __init__(
        self,
        jid: JidStr,
        password: str = "",
        plugin_config: Mapping[str, Mapping[str, Any]] | None = None,
        plugin_whitelist: list[str] | None = None,
        escape_quotes: bool = True,
        sasl_mech: str | None = None,
        lang: str | None = "en",
        **kwargs: Any,
    ) -> None:
        super().__init__(jid, **kwargs)
        self._pin = Pin()
        self.plugin_config = plugin_config or {}
        self.plugin_whitelist = plugin_whitelist or []
        self.default_lang = lang
        self.tls_services = {"xmpps-client"}
        self.starttls_services = {"xmpp-client"}
        #: What to log in with: ``password``, ``authzid``, ``username`` (else the JID's); for mechanisms that must be
        #: named: ``realm``, ``host``, ``service``, ``service-name``, ``email``, ``access_token``, ``api_key``; whatever
        #: mechanisms of the program ask for.
        self.credentials: dict[str, str] = {}
        self.password = password
        self._own_features: list[_Feature] = []
        config = dict(self.plugin_config.get("feature_mechanisms", {}))
        if sasl_mech is not None:
            config["use_mech"] = sasl_mech
        for name in _FEATURES:
            self.register_plugin(name, config if name == "feature_mechanisms" else None)
        self.register_handler(ROSTER_UPDATE)
        self.settings.apply(self)

    @property
    def password(self) -> str:
        """The account's password."""
        return self.credentials.get("password", "")

    @password.setter
    def password(self, value: str) -> None:
        self.credentials["password"] = value

    # --- stream features ------------------------------------------------------------------------------

    @property
    def features(self) -> set[str]:
        """The names of the stream features that were negotiated, or that the server has announced and we have noted.
        Handlers of other features may add theirs."""
        engine = self.engine
        return engine.negotiated_features if isinstance(engine, ClientStream) else set()

    def register_feature(
        self,
        name: str,
        handler: Callable[[StreamFeatures], Any],
        restart: bool = False,
        order: int = 5000,
        *,
        tag: str = "",
    ) -> None:
        """Take part in the negotiation of the stream, from the next connection on.

        :param name: the key of the feature's stanza within `StreamFeatures`.
        :param handler: called with the `StreamFeatures` when the server offers it and its turn comes; a function or a
            coroutine function. The negotiation goes on when it is through.
        :param restart: when the handler returns something true, the stream begins anew.
        :param order: its turn: starttls has 0, mechanisms 100, bind 10000, session 10001.
        :param tag: the qualified name of the element that announces it, where it is another one than that stanza's.
        """
        self._own_features.append(_Feature(name, handler, restart, order, tag))

    def unregister_feature(self, name: str, order: int) -> None:
        """Undo `register_feature`. May be repeated."""
        self._own_features = [each for each in self._own_features if (each.name, each.order) != (name, order)]

    # --- the engine -----------------------------------------------------------------------------------

    def _negotiated_engine(self, jid: JID) -> Connection:
        return ClientStream.negotiated(jid, self._options(TlsPolicy.DISABLED), now=self.loop.time())

    def _make_engine(self, policy: TlsPolicy) -> Connection:
        self.limits = ClientXMPP.limits  # what the last server tolerated need not hold for this one
        self.plugin.connecting()
        management = self.plugin.get("xep_0198", None)
        stream = ClientStream(
            self.requested_jid,
            self._options(policy),
            now=self.loop.time(),
            resume=management.session_to_resume() if management is not None else None,
        )
        moved = stream.options.features  # in place of the built-in ones
        for built_in in (SASL2, MECHANISMS, RESUME, ENABLE):
            if built_in not in moved and any(each.name == built_in.name for each in moved):
                stream.unregister_feature(built_in.name, built_in.order)
        for feature in self._own_features:
            stream.register_feature(feature.name, order=feature.order, restart=feature.restart, tag=feature.tag)
        return stream

    def _options(self, policy: TlsPolicy) -> StreamOptions:
        mechanisms = self.plugin["feature_mechanisms"]
        management = self.plugin.get("xep_0198", None)
        pinned = self._pin.mechanism(self.requested_jid.bare)
        base = self.settings.sasl_policy
        sasl = mechanisms.make_policy(replace(base, pinned=pinned) if pinned != base.pinned else base)
        without_tls = policy in (TlsPolicy.DISABLED, TlsPolicy.TRANSPORT)
        return self.settings.stream_options(
            lang=self.default_lang,
            tls=policy,
            framing=self._framing,
            ssl_context=None if without_tls else self._engine_context(bind=sasl.channel_binding is not Binding.NEVER),
            credentials=mechanisms.make_credentials(self.credentials, self.requested_jid, bool(self.certfile)),
            sasl=sasl,
            sasl2=self._sasl2_options(),
            features=mechanisms.make_features() + (management.make_features() if management is not None else ()),
            management=management.make_options() if management is not None else None,
            stanza_factory=self._intake.build,
            id_factory=self.new_id,
        )

    def _sasl2_options(self) -> Sasl2Options | None:
        if not self.settings.sasl2:
            return None
        plugin = self.plugin.get("xep_0388", None)
        # By itself it is a shorter way to the same end.
        return plugin.make_options() if plugin is not None else _SHORTER

    async def _background_over(self) -> None:
        await self._pin.over()
        await super()._background_over()

    async def find_endpoints(self) -> list[Endpoint]:
        """See `Lifecycle.find_endpoints`. What is kept for the login is read meanwhile."""
        await self._load_tls()
        await self._pin.load(self.storage, self.requested_jid.bare)
        plugin = self.plugin.get("xep_0388", None)
        if plugin is not None and self.settings.sasl2:
            await plugin.prepare()
        return await super().find_endpoints()

    _reactions: ClassVar[dict[type, str]] = {
        **ManagedXMPP._reactions,
        events.TokenReceived: "_token_received",
        events.TokenRefused: "_token_refused",
        events.PasswordNeeded: "_password_needed",
        events.AuthenticationFailed: "_authentication_failed",
        events.Authenticated: "_authenticated",
        events.FeaturesReceived: "_features_received",
        events.FeatureOffered: "_feature_offered",
        events.Bound: "_bound",
        events.Negotiated: "_negotiated",
    }

    def _password_needed(self, event: events.PasswordNeeded) -> None:
        engine = self.engine
        assert isinstance(engine, ClientStream)
        mechanisms = self.plugin["feature_mechanisms"]
        try:
            credentials = mechanisms.ask_credentials(
                self.credentials, self.requested_jid, event.mechanisms, bool(self.certfile)
            )
        except Exception as exc:  # a user's code: reported, and the server need not wait for what will not come
            self.exception(exc)
            self.disconnect(reason="sasl_callback has failed")
        else:
            if inspect.isawaitable(credentials):
                self.spawn(self._provide_later(engine, credentials))
            else:
                engine.provide_credentials(credentials)

    async def _provide_later(self, engine: ClientStream, awaitable: Awaitable[Credentials]) -> None:
        try:
            credentials = await awaitable
        except Exception as exc:  # as above
            self.exception(exc)
            if Call.PROVIDE_CREDENTIALS in engine.state.row.calls:
                self.disconnect(reason="sasl_callback has failed")
            return
        if Call.PROVIDE_CREDENTIALS in engine.state.row.calls:
            engine.provide_credentials(credentials)
            self.flush()

    def _authenticated(self, event: events.Authenticated) -> None:
        self.mechanism = event.mechanism
        token = event.mechanism.startswith("HT-")  # which says nothing of how the password is shown
        if not token and self._pin.note(self.requested_jid.bare, event.mechanism) and self.storage is not None:
            self._pin.keep(self.storage)
        tokens = self.plugin.get("xep_0484", None)
        if tokens is not None:
            tokens.authenticated(event.mechanism)
        self.event("auth_success", event.success_element)

    def _token_received(self, event: events.TokenReceived) -> None:
        self.plugin["xep_0484"].received(event.token)

    def _token_refused(self, event: events.TokenRefused) -> None:
        self.plugin["xep_0484"].refused(event.condition, changed=event.changed)
        self._returning = self._returning or event.changed  # another connection follows, also where none was lost

    def _authentication_failed(self, event: events.AuthenticationFailed) -> None:
        if event.mechanism:
            self.event("failed_auth", _failure(event))
        if event.final:
            self.event("failed_all_auth")
        if not event.mechanism:
            self.event("no_auth")

    def _features_received(self, event: events.FeaturesReceived) -> None:
        offered = event.features.get_features().get("limits")
        if offered is not None:
            self.limits = Limits(offered["max-bytes"] or None, offered["idle-seconds"] or None)
        tokens = self.plugin.get("xep_0484", None)
        offer = event.features.xml.find(AUTHENTICATION_TAG) if tokens is not None else None
        if tokens is not None and offer is not None:
            tokens.offered(offer)

    def _feature_offered(self, event: events.FeatureOffered) -> None:
        feature = next((each for each in self._own_features if each.name == event.name), None)
        if feature is None:
            self._feature_done(event.name, restart=False)
            return
        try:
            result = feature.handler(event.features)
        except Exception as exc:  # a user's code: reported, and the negotiation goes on without the feature
            self.exception(exc)
            result = None
        if inspect.isawaitable(result):
            self.spawn(self._finish_feature(feature, result))
        else:
            self._feature_done(feature.name, restart=feature.restart and bool(result))

    async def _finish_feature(self, feature: _Feature, awaitable: Any) -> None:
        result = None
        try:
            result = await awaitable
        except Exception as exc:  # as above
            self.exception(exc)
        self._feature_done(feature.name, restart=feature.restart and bool(result))

    def _feature_done(self, name: str, *, restart: bool) -> None:
        engine = self.engine
        if isinstance(engine, ClientStream) and Call.FEATURE_DONE in engine.state.row.calls:
            engine.feature_done(name, restart=restart)
            self.flush()

    def _bound(self, event: events.Bound) -> None:
        self._session_not_resumed()
        self._bind(event.jid)

    def _negotiated(self, event: events.Negotiated) -> None:
        if not self._go_on():
            self._start_session()
        self.event("stream_negotiated")

    # --- the roster -----------------------------------------------------------------------------------

    def get_roster(
        self,
        callback: Callable[[Iq], Any] | None = None,
        timeout: float | None = None,
        timeout_callback: Callable[[Any], Any] | None = None,
    ) -> asyncio.Future[Iq]:
        """Ask the server for the roster (RFC 6121 §2.1.3), of which `client_roster` is the result.

        The event ``roster_update`` follows. A large roster is taken over in slices, between which other work goes on;
        the event, the callback and the future come when it is complete, and changes that come meanwhile after it.

        :param callback: called with the answer.
        :param timeout: seconds to wait for it.
        :param timeout_callback: COMPAT(slixmpp 1.8): called with the `IqTimeout`.
        :returns: a future of the answer, with `IqError` or `IqTimeout`.
        """
        iq = self.make_iq_get()
        roster = iq["roster"]
        if "rosterver" in self.features:
            roster.ver = self.client_roster.version or ""

        taken: asyncio.Future[Iq] = self.loop.create_future()

        def finished(answer: Iq, error: Exception | None) -> None:
            if taken.cancelled():
                return
            taken.set_result(answer)
            if callback is not None and error is None:
                self._pending.call(callback, answer, answer)

        def received(answer: Iq) -> Any:
            if answer["type"] == "result":
                self._take_roster(answer, finished, complete=True)
            elif callback is not None:
                return callback(answer)
            return None

        def settled(asked: asyncio.Future[Iq]) -> None:
            # Of a result `finished` tells, when `client_roster` has it.
            error = asked.exception() if not asked.cancelled() else None
            if asked.cancelled():
                taken.cancel()
            elif error is not None and not taken.done():
                taken.set_exception(error)
                if timeout_callback is not None or not isinstance(error, IqTimeout):
                    taken.exception()  # somebody is told already; nobody else need look

        asked = iq.send(received, timeout, timeout_callback)
        asked.add_done_callback(settled)
        taken.add_done_callback(lambda _: asked.cancel())  # it has no effect on what has come
        return taken

    def update_roster(self, jid: JidStr, **kwargs: Any) -> asyncio.Future[Any]:
        """Add a contact, or change it; see `RosterNode.update` for the arguments name, subscription, groups, timeout,
        callback."""
        return self.client_roster.update(jid, **kwargs)

    def del_roster_item(self, jid: JidStr) -> asyncio.Future[Any]:
        """Remove a contact, and end the subscriptions both ways (RFC 6121 §2.5)."""
        return self.client_roster.remove(jid)

    def _handle_roster_push(self, iq: Iq) -> None:
        sender: JID = iq["from"]
        if sender and sender.full != self.boundjid.bare:
            # RFC 6121 §2.1.6: anybody could otherwise change whom we trust.
            log.warning("a roster push from %r was refused", sender.full[:255])
            refusal: Any = iq.reply()
            refusal["error"]["condition"] = "service-unavailable"
            refusal.send()
            return
        self._take_roster(iq, self._acknowledge, complete=False)

    def _acknowledge(self, push: Iq, error: Exception | None) -> None:
        if error is None:  # who reports an error answers as well
            answer = push.reply()
            answer.enable("roster")
            answer.send()

    def _take_roster(self, iq: Iq, then: Callable[[Iq, Exception | None], object], *, complete: bool) -> None:
        """Take over what the server says, behind what it said before.

        :param then: called when `client_roster` has it, or with the error for which it has not.
        """
        roster: Any = iq.get_plugin("roster", check=True)
        work: Iterator[None] = iter(())  # RFC 6121 §2.6.3: without one, what we have is up to date
        if roster is not None:
            work = self.client_roster.receiving(roster.contacts(), complete=complete, version=roster.ver)

        def done(error: Exception | None) -> None:
            if error is None:
                self.event("roster_update", iq)
            else:
                self._report(error, iq)
            then(iq, error)

        if self._roster_slices is None:
            self._roster_slices = Slices(self)
        self._roster_slices.add(work, done)

    def _backlog(self) -> int:
        return super()._backlog() + len(self._roster_slices or ())
