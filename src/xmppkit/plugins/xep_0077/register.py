# SPDX-License-Identifier: MIT
"""In-Band Registration (XEP-0077): accounts at servers and services, before and after login; and offering it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, cast

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidValue, StreamErrorReceived, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, api_operation, handles, listens, register_plugin, told
from xmppkit.plugins.xep_0077 import stanza
from xmppkit.plugins.xep_0077.registration import Registration
from xmppkit.plugins.xep_0077.stanza import NEW_PASSWORD, REGISTER, Register
from xmppkit.plugins.xep_0077.store import OPERATIONS, MemoryUsers, Rules, StoredUsers
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.types import OptJidStr
from xmppkit.xml.names import SASL, clark

__all__ = ["XEP_0077"]

log = logging.getLogger(__name__)

#: Where a server offers a login, an account can be made; it need not announce that (§8).
_LOGIN: Final = clark(SASL, "mechanisms")


class XEP_0077(BasePlugin):  # noqa: N801  # slixmpp's name
    """In-Band Registration.

    A component that enables this plugin offers registration. What it asks for is `form_fields`; who is registered is up
    to the operations. The defaults keep it in memory, or in the storage that the component was given with
    ``use_storage``: passwords as they came, since a gateway needs them. A handler may be a coroutine function. `ifrom`
    is who asks.

    ==========================  ===================  =================================================================
    operation                   its argument         what it does
    ==========================  ===================  =================================================================
    ``user_get``                the request          returns what is known of `ifrom`, a dict by field; None: nothing
    ``user_validate``           the `Register` sent  registers `ifrom`; raises ValueError with what is wrong with it
    ``user_remove``             the request          forgets `ifrom`; raises KeyError if nothing is known
    ``make_registration_form``  the request          returns the answer to who asks what is needed, an `Iq`
    ==========================  ===================  =================================================================
    """

    name = "xep_0077"
    description = "XEP-0077: In-Band Registration"
    dependencies = frozenset({"xep_0004", "xep_0066"})
    sleeps_given = ("register_feature",)  # a component has none, and offers registration
    wakes_on_connect = True  # it has its turn before the login
    sleeps_through = frozenset({"session_start"})  # it does not ask whether there is an account where nobody logs in
    stanza = stanza
    events = (
        Event("register", Iq, "the server wants to know this for a new account, before login", "XEP-0077 §3.1.1"),
        Event("user_register", Iq, "somebody has registered with this component", "XEP-0077 §3.1"),
        Event("user_unregister", Iq, "somebody has cancelled the registration with this component", "XEP-0077 §3.2"),
    )

    create_account = Option(bool, True, doc="raise the event register before the first login, if it has a handler")
    force_registration = Option(bool, False, doc="also at servers that do not announce that accounts can be made")
    order = Option(int, 50, doc="the turn among the stream features; the login has 100")
    form_fields = Option(
        cast("type[Collection[str]]", Collection),
        frozenset({"username", "password"}),
        doc="the names of the fields that a component asks for",
    )
    form_instructions = Option(str, "Enter your credentials", doc="what a component says to people")
    max_users = Option(int, 10_000, minimum=1, doc="how many may register with a component")

    def plugin_init(self) -> None:
        """Take part in the negotiation, or offer registration."""
        #: The account with which there has been a session: it need not be made any more.
        self._made: str | None = None
        self.disco_features = (REGISTER,) if self.xmpp.is_component else ()
        if self.xmpp.is_component:
            rules = Rules(lambda: self.form_fields, lambda: self.max_users)
            users = MemoryUsers(rules)
            self._user_store = users.users  # COMPAT(slixmpp 1.17): its tests look there
            self.register_store(OPERATIONS, users, lambda storage: StoredUsers(self.xmpp, rules, storage))
        elif hasattr(self.xmpp, "register_feature"):
            self.register_feature("register", self._before_login, order=self.order, tag=_LOGIN)

    # --- before login -----------------------------------------------------------------------------------------

    async def _before_login(self, features: StreamFeatures) -> None:
        """Let the program make the account that it is about to log in to."""
        if not self.create_account or not self.xmpp.event_handled("register"):
            return
        if self._made == self.xmpp.requested_jid.bare:
            return  # a new connection for an account that is there
        engine = self.xmpp.engine
        if engine is None or not (engine.secure or engine.options.sasl.plain_without_tls):
            log.warning("no account is made at %s: its password would be shown without TLS", self.xmpp.boundjid.domain)
            return
        if not (self.force_registration or "register" in features.features):
            log.info("%s does not let accounts be made", self.xmpp.boundjid.domain)
            return
        try:
            offer = await self.get_registration()
        except XMPPError as error:
            log.warning("no account can be made: %s", error)
            return
        await self.xmpp.event_async("register", offer)

    @listens("session_start")
    def _logged_in(self, _: object) -> None:
        self._made = self.xmpp.requested_jid.bare

    # --- as a user --------------------------------------------------------------------------------------------

    def _request(self, kind: str, jid: OptJidStr, ifrom: OptJidStr) -> Iq:
        make = self.xmpp.make_iq_get if kind == "get" else self.xmpp.make_iq_set
        iq: Iq = make(ito=jid or self.xmpp.boundjid.domain, ifrom=ifrom)
        Register(parent=iq)
        return iq

    def get_registration(
        self,
        jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
    ) -> asyncio.Future[Iq]:
        """Ask what is needed for registering, or what is known of us.

        :param jid: the server, service or room; None: the own server.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the answer as well.
        :returns: a future of the answer, with ``register``; ``Registration.of(answer)`` reads it. It raises `IqError`
            or `IqTimeout`.
        """
        return self._request("get", jid, ifrom).send(callback, timeout)

    async def register(
        self,
        values: Mapping[str, Any],
        jid: OptJidStr = None,
        *,
        offer: Iq | None = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
    ) -> Iq:
        """Register, or change what is known of us: fill in what is asked for, as a form or as fields.

        :param values: answers by name, as ``username``, ``password``, ``email``.
        :param jid: the server, service or room; None: the own server.
        :param offer: what was asked for: the answer of `get_registration`, or an error that has a form; None: ask.
        :param ifrom: who registers, for components.
        :param timeout: seconds to wait for each answer; None: 120.
        :returns: the answer.
        :raises InvalidForm: an answer is missing, does not fit, or is to nothing that is asked for.
        :raises RegistrationElsewhere: the host registers nobody over XMPP.
        :raises IqError: refused: ``conflict`` (the name is taken), ``not-acceptable`` and others. A form in it asks for
            more: call again with it as `offer`.
        """
        if offer is None:
            offer = await self.get_registration(jid, ifrom, timeout)
        iq = self._request("set", jid, ifrom)
        wanted = Registration.of(offer)
        iq["register"] = wanted.answer(values)
        answer = await iq.send(timeout=timeout)
        if jid is None and wanted.form is not None and wanted.form.form_type == NEW_PASSWORD:
            self._use_password(values.get("password"))
        return answer

    def cancel_registration(
        self,
        jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
    ) -> asyncio.Future[Iq]:
        """Cancel the registration. At the own server this deletes the account, with all that belongs to it, and the
        server ends the connection, some before they answer: the result is made here then.

        :param jid: the service or room; None: the own account.
        :param ifrom: who cancels, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the answer as well.
        :returns: a future of the answer. It raises `IqError` or `IqTimeout`; a form in the error asks for more: fill it
            in with `register`.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)  # without an address for the own account (§3.2)
        Register(parent=iq).remove = True
        if jid or self.xmpp.is_component:
            return iq.send(callback, timeout)
        return cast("asyncio.Future[Iq]", self.xmpp.wrap(self._delete_account(iq, timeout, callback)))

    async def _delete_account(self, iq: Iq, timeout: float | None, callback: Callable[[Iq], Any] | None) -> Iq:
        try:
            return await iq.send(callback, timeout)
        except StreamErrorReceived as error:
            # §3.2 has it so; ejabberd calls it a conflict, which may be another one.
            if error.condition != "not-authorized" and "removed" not in error.text.lower():
                raise
        return await told(callback, self.xmpp.make_iq_result(iq["id"], ito=self.xmpp.boundjid))

    def change_password(
        self,
        password: str,
        jid: OptJidStr = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
        callback: Callable[[Iq], Any] | None = None,
    ) -> asyncio.Future[Iq]:
        """Change the password. It goes over the stream as it is, and so is safe only where TLS is.

        :param password: the new one.
        :param jid: the service; None: the own server. When that has accepted, later connections use the new password.
        :param ifrom: whose it is, for components.
        :param timeout: seconds to wait for the answer; None: 120.
        :param callback: called with the answer as well.
        :returns: a future of the answer. It raises `IqError` or `IqTimeout`; a form in the error asks for more, as for
            the old password: fill it in with `register`.
        :raises InvalidValue: the password is empty.
        """
        if not password:
            raise InvalidValue("it cannot be empty (§3.3)", "password")
        iq = self._request("set", jid, ifrom)
        iq["register"]["username"] = self.xmpp.boundjid.local
        iq["register"]["password"] = password
        sent = iq.send(callback, timeout)
        if jid is None:
            sent.add_done_callback(lambda done: self._changed(done, password))
        return sent

    def _changed(self, done: asyncio.Future[Iq], password: str) -> None:
        if not done.cancelled() and done.exception() is None:
            self._use_password(password)

    def _use_password(self, password: str | None) -> None:
        """Log in with it from now on."""
        if password and not self.xmpp.is_component:
            self.xmpp.password = password

    # --- as a component ---------------------------------------------------------------------------------------

    @handles("iq@type=get/register", "Registration Form")
    async def _asked(self, iq: Iq) -> None:
        self._only_components()
        answer = await self.api["make_registration_form"](None, None, iq["from"], iq)
        answer.send()

    @handles("iq@type=set/register", "Registration")
    async def _told(self, iq: Iq) -> None:
        self._only_components()
        register = iq["register"]
        if register.remove:
            if len(register.xml) > 1:
                raise XMPPError("bad-request", "remove stands alone")  # §3.2
            try:
                await self.api["user_remove"](None, None, iq["from"], iq)
            except KeyError:
                raise XMPPError("registration-required", "you are not registered") from None
            iq.reply().send()
            self.xmpp.event("user_unregister", iq)
            return
        if register.form is None:
            await self._fill_in(iq)
        try:
            await self.api["user_validate"](None, None, iq["from"], register)
        except ValueError as error:
            raise XMPPError("not-acceptable", str(error)) from None
        iq.reply().send()
        self.xmpp.event("user_register", iq)

    async def _fill_in(self, iq: Iq) -> None:
        """Who is registered, and says some things anew, as the password (§3.3), leaves the others as they are."""
        missing = [name for name in sorted(self.form_fields) if not iq["register"][name]]
        known = (missing != sorted(self.form_fields) and await self.api["user_get"](None, None, iq["from"], iq)) or {}
        if unknown := [name for name in missing if not known.get(name)]:
            raise XMPPError("not-acceptable", f"please fill in: {', '.join(unknown)}")
        for name in missing:
            iq["register"][name] = known[name]

    def _only_components(self) -> None:
        if not self.xmpp.is_component:
            raise XMPPError("service-unavailable")

    @api_operation("make_registration_form")
    async def _make_form(self, jid: JID, node: str, ifrom: JID, args: Iq) -> Iq:
        """What is asked for, and what is known already; but no password leaves (§3.1)."""
        known = await self.api["user_get"](None, None, ifrom, args)
        answer = args.reply()
        register = Register(parent=answer)
        register.registered = known is not None
        register.instructions = self.form_instructions
        for name in sorted(self.form_fields):
            register.add_field(name)
            if known and known.get(name) and name != "password":
                register[name] = known[name]
        return answer


register_plugin(XEP_0077)
