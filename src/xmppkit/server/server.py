# SPDX-License-Identifier: MIT
"""`EmbeddedServer`: its sockets, its certificate, its life."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.exceptions import ConfigurationError, LocalProtocolError
from xmppkit.jid.address import JID
from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.framing.tcp import TcpFraming
from xmppkit.protocol.logins import UPGRADES, LoginOffer, Sasl2Options
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.server.accounts import Accounts
from xmppkit.server.limits import ServerLimits
from xmppkit.server.logins import Logins
from xmppkit.server.names import domain_of, is_loopback, secrets_of
from xmppkit.server.registration import registration_feature
from xmppkit.server.resumption import Resumption
from xmppkit.server.router import Router
from xmppkit.server.sessions import ClientSession, ComponentSession, Session
from xmppkit.server.strangers import Strangers
from xmppkit.server.throttle import Throttle
from xmppkit.transports.certificates import make_authority, make_certificate, server_context
from xmppkit.transports.openssl import installed, openssl_server_context

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from xmppkit.protocol.events import AccountNeeded, MechanismUpgraded, TokenRequested
    from xmppkit.protocol.framing.base import FramingKind
    from xmppkit.protocol.tls import TlsBackend
    from xmppkit.server.tokens import Issued
    from xmppkit.server.web import WebListener

__all__ = ["EmbeddedServer"]

log = logging.getLogger(__name__)

#: Seconds that connections have to end in order when the server stops.
_GRACE = 2.0


class EmbeddedServer:
    """A server for one domain. For development and tests: nothing is kept when the process ends.

    :param domain: the domain it serves.
    :param users: passwords by account name. In place of one an `AccountRecord` may stand, with what SCRAM makes of a
        password (`make_scram_record`): it can be logged in to by the variants of SCRAM that are in it, and by PLAIN.
    :param components: secrets by component domain (XEP-0114).
    :param host: the address to listen at; anything but loopback lets others in.
    :param port: for clients with STARTTLS; 0 takes a free one.
    :param direct_tls_port: for clients with TLS from the first byte (XEP-0368); 0 takes a free one, None: not at all.
        Always None without `tls`.
    :param component_port: for components; 0 takes a free one. It is opened only if there are components.
    :param directory: where the certificates are made and found again; None: a temporary one, removed in the end.
    :param tls: False serves without TLS, and has no certificate: passwords can be listened to, so only on loopback.
    :param limits: what clients may do.
    :param client_ca: a file with authorities in PEM: who shows a certificate of theirs logs in by it (SASL EXTERNAL,
        XEP-0178), as the account that it names as XMPP address; None: certificates are not asked for.
    :param bearer: takes a bearer token and gives the name of the account that it is for, or an empty string: those log
        in with OAUTHBEARER (RFC 7628); None: nobody does. It should compare in constant time (`hmac.compare_digest`).
    :param allow_registration: clients may make accounts, over TLS (XEP-0077).
    :param http_port: for WebSocket, and for host-meta; see `xmppkit.server.web`. 0 takes a free one, None: not at all.
        Needs aiohttp.
    :param web_origins: the origins of pages in browsers that may connect there, beside the server's own.
    :param upgrades: the variants of SCRAM for which clients are asked for what accounts lack (XEP-0480), at the end of
        a login by password and SASL2; empty: for none.
    :raises ConfigurationError: a domain, a name or a password that cannot be one, or no TLS elsewhere than on loopback.

    ``async with`` starts and stops it. All methods belong to the event loop that started it.

    A client that binds a resource which another one has takes it over, and the other one's stream ends with
    `conflict`; so does a component that connects a second time.
    """

    def __init__(
        self,
        domain: str = "localhost",
        users: Mapping[str, str | AccountRecord] | None = None,
        components: Mapping[str, str] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        direct_tls_port: int | None = 0,
        component_port: int = 0,
        directory: str | Path | None = None,
        tls: bool = True,
        limits: ServerLimits | None = None,
        client_ca: str | Path | None = None,
        bearer: Callable[[str], str] | None = None,
        allow_registration: bool = False,
        http_port: int | None = None,
        web_origins: Iterable[str] = (),
        upgrades: Iterable[str] = UPGRADES,
    ) -> None:
        self.domain = domain_of(domain)
        self.host = host
        #: The ports; those that were 0 are known when it has started.
        self.port = port
        self.direct_tls_port = direct_tls_port if tls else None
        self.component_port = component_port
        self.limits = limits or ServerLimits()
        self._secrets = secrets_of(components or {}, self.domain)
        self._accounts = Accounts(self.domain, self.limits)
        for name, password in (users or {}).items():
            self._accounts.add(name, password)
        self._directory = Path(directory) if directory is not None else None
        self._temporary: Path | None = None
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        #: What streams take: the same, or by pyOpenSSL, since Python's ssl cannot bind logins to TLS 1.3 (RFC 9266).
        self._stream_context: ssl.SSLContext | TlsBackend | None = None
        self._certificate: bytes | None = None
        self._client_ca = client_ca
        self._check_tls()
        self._logins = Logins(
            self.domain,
            self._accounts,
            self.limits,
            certificates=client_ca is not None,
            bearer=bearer,
            upgrades=Sasl2Options(upgrades=tuple(upgrades)).upgrades,
        )
        self._registrations = Throttle(self.limits.registrations, max(1, self.limits.registrations_seconds))
        self._accounts_most = len(self._accounts) + self.limits.accounts
        self._features = (registration_feature(self),) if allow_registration else ()
        self._ca_file: Path | None = None
        self.http_port = http_port
        self._web_origins = frozenset(web_origins)
        self._web: WebListener | None = None
        self._router = Router(self.domain, self._accounts, frozenset(self._secrets), self.limits)
        self._resumption = Resumption(self._router)
        self._connections: set[Session] = set()
        self._strangers = Strangers(self.limits.strangers)
        #: Whether the log says that there are as many connections as there may be; once for each crowd.
        self._told_full = False
        self._listening: list[asyncio.Server] = []

    def _check_tls(self) -> None:
        if not self._tls and not is_loopback(self.host):
            raise ConfigurationError(f"tls=False is for loopback only, and {self.host!r} is not")
        if self._client_ca is not None and not self._tls:
            raise ConfigurationError("client_ca needs TLS")

    # --- accounts -------------------------------------------------------------------------------------

    def add_user(self, name: str, password: str | AccountRecord) -> None:
        """A new account, or another password for one that there is.

        :param password: as for `users`.
        :raises ConfigurationError: the name cannot be part of an address.
        """
        self._accounts.add(name, password)

    def remove_user(self, name: str) -> bool:
        """Forget an account; False when there is none. Its sessions end, its contacts learn that it has left and that
        there are no subscriptions any more."""
        account = self._accounts.get(name)
        if account is None:
            return False
        for session in self._router.sessions_of(account.jid):
            self._router.remove(session)
            session.close("not-authorized", "the account was removed")
        for contact in list(account.roster.contacts.values()):
            self._router.subscriptions.remove(account, contact)
        self._router.offline.drop(account.jid)
        self._router.sent.drop(account.jid)
        return self._accounts.remove(name)

    @property
    def users(self) -> list[str]:
        """The addresses of the accounts."""
        return [account.jid for account in self._accounts]

    @property
    def components(self) -> list[str]:
        """The domains of the components."""
        return sorted(self._secrets)

    @property
    def sessions(self) -> list[JID]:
        """The full addresses of the clients that are logged in."""
        return [session.jid for session in self._router.all_sessions()]

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that signed the server's, in PEM: for `ca_certs` of a client.

        :raises LocalProtocolError: the server was never started, or is one without TLS.
        """
        if self._ca_file is None:
            missing = "makes its certificate when it starts: start it first" if self._tls else "has none without TLS"
            raise LocalProtocolError(f"the server {missing}")
        return self._ca_file

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Make the certificate, and listen.

        :raises LocalProtocolError: it runs already.
        :raises OSError: a port is in use, or the address is none of this machine's.
        """
        if self._listening:
            raise LocalProtocolError("the server runs already")
        try:
            if self._tls and self._context is None:
                await asyncio.to_thread(self._make_certificate)
            self.port = await self._listen(self._accept_client, self.port)
            if self.direct_tls_port is not None:
                self.direct_tls_port = await self._listen(self._accept_direct_tls, self.direct_tls_port)
            if self._secrets:
                self.component_port = await self._listen(self._accept_component, self.component_port)
            if self.http_port is not None:
                from xmppkit.server.web import WebListener  # who does not serve it need not wait for it

                self._web = WebListener(self, self._context, self._web_origins)
                self.http_port = await self._web.start(self.host, self.http_port)
        except BaseException:
            await self.stop()
            raise
        log.warning("serving %s at %s port %d, for development and tests only", self.domain, self.host, self.port)

    def _make_certificate(self) -> None:
        directory = self._directory
        if directory is None:
            directory = self._temporary = Path(tempfile.mkdtemp(prefix="xmppkit-server-"))
        authority = make_authority(directory)
        files = make_certificate(authority, directory, self.domain, *self._secrets)
        self._context = self._stream_context = server_context(files.certificate, files.key, client_ca=self._client_ca)
        if installed():
            self._stream_context = openssl_server_context(self._context, files.certificate, files.key)
        self._certificate = ssl.PEM_cert_to_DER_cert(files.certificate.read_text(encoding="ascii"))
        self._ca_file = authority.files.certificate

    async def _listen(self, accept: Callable[[], asyncio.Protocol], port: int) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(accept, self.host, port)
        bound: list[int] = [each.getsockname()[1] for each in server.sockets]
        if len(set(bound)) > 1:
            # A name with several addresses, and a free port at each: take the same one at all.
            server.close()
            server = await loop.create_server(accept, self.host, bound[0])
        self._listening.append(server)
        return bound[0]

    async def stop(self) -> None:
        """End all connections in order, and listen no more. May be repeated, and takes two seconds at most. A
        temporary directory is removed, with the certificate in it."""
        await self._close()
        if self._temporary is not None:
            temporary, self._temporary, self._context = self._temporary, None, None
            await asyncio.to_thread(shutil.rmtree, temporary, ignore_errors=True)

    async def _close(self) -> None:
        for server in self._listening:
            server.close()
        self._listening.clear()
        web, self._web = self._web, None
        if web is not None:
            web.stop_listening()
        self._resumption.give_up()
        await self._close_sessions()
        if web is not None:
            await web.close()

    async def _close_sessions(self) -> None:
        connections = list(self._connections)
        if not connections:
            return
        for session in connections:
            session.close("system-shutdown", "the server stops")
        waiting = [asyncio.ensure_future(session.driver.wait_closed()) for session in connections]
        _, late = await asyncio.wait(waiting, timeout=_GRACE)
        if late:
            for session in connections:
                session.driver.abort("the server stops")
            await asyncio.wait(late)

    async def restart(self) -> None:
        """Stop and start again, at the same ports and with the same certificate; accounts, rosters and messages that
        wait stay."""
        await self._close()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    # --- connections ----------------------------------------------------------------------------------

    def _accept_client(self) -> asyncio.Protocol:
        return self._accept_stream(TlsPolicy.REQUIRED if self._tls else TlsPolicy.DISABLED)

    def _accept_direct_tls(self) -> asyncio.Protocol:
        return self._accept_stream(TlsPolicy.DIRECT)

    def accept_web(self, framing: FramingKind) -> asyncio.Protocol:
        """What faces a client that comes by HTTP."""
        return self._accept_stream(TlsPolicy.TRANSPORT if self._tls else TlsPolicy.DISABLED, framing)

    def _accept_stream(self, policy: TlsPolicy, framing: FramingKind = TcpFraming) -> asyncio.Protocol:
        loop = asyncio.get_running_loop()
        options = StreamOptions(
            domain=self.domain,
            tls=policy,
            framing=framing,
            ssl_context=self._stream_context,
            certificate=self._certificate,
            features=self._features,
            sasl=self._logins.policy(tls=self._tls),
            login_offer=self._login_offer,
            sasl2=Sasl2Options(carbons=True, fast=self.limits.token_seconds > 0),
            management=self._management(),
        )
        return self._accept(ClientSession(self, ReceiverStream(options, now=loop.time()), loop))

    def _management(self) -> ManagementOptions:
        limits = self.limits
        return ManagementOptions(
            resume=limits.resume_seconds > 0,
            max_seconds=limits.resume_seconds or None,
            max_unacked=max(1, limits.unacked),
            max_unacked_bytes=max(1, limits.unacked_bytes),
            by_hand=True,
        )

    def _accept_component(self) -> asyncio.Protocol:
        loop = asyncio.get_running_loop()
        options = StreamOptions(domain=self.domain, tls=TlsPolicy.DISABLED)
        return self._accept(ComponentSession(self, ComponentReceiverStream(options, now=loop.time()), loop))

    @property
    def full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return len(self._connections) >= self.limits.connections

    def _accept(self, session: Session) -> asyncio.Protocol:
        if self.full:
            if not self._told_full:
                log.warning("connections are refused: there are %d already", len(self._connections))
            self._told_full = True
            return _Refusal()
        self._connections.add(session)
        self._strangers.add(session)
        return session.driver

    # --- what sessions ask ----------------------------------------------------------------------------

    def account_record(self, event: AccountNeeded, certificate: bytes | None) -> AccountRecord | None:
        """How an account logs in; None when there is none.

        :param certificate: the client's own, in DER; None: it has shown none.
        """
        return self._logins.record(event, certificate)

    def _login_offer(self, address: str) -> LoginOffer:
        return self._logins.offer(address, tls=self._tls)

    def upgraded(self, event: MechanismUpgraded, basis: AccountRecord) -> None:
        """A client has told what is to be known of its password for another mechanism."""
        if self._accounts.upgrade(event.username, event.mechanism, event.record, basis):
            log.info("%s can log in with %s now", event.username, event.mechanism)

    def login_failed(self, address: str, now: float) -> None:
        """A login from `address` has failed."""
        self._logins.failed(address, now)

    def login_blocked(self, address: str, now: float) -> bool:
        """Whether so many logins from `address` have failed that it must wait."""
        return self._logins.blocks(address, now)

    def make_account(self, stream: object, name: str, password: str) -> str:
        """A client makes an account; a stanza error condition when it cannot be made, else an empty string."""
        session = next((each for each in self._connections if each.driver.stream is stream), None)
        address, now = session.address if session is not None else "", asyncio.get_running_loop().time()
        if self._registrations.blocks(address, now) or len(self._accounts) >= self._accounts_most:
            return "resource-constraint"
        if self._accounts.get(name) is not None:
            return "conflict"
        try:
            account = self._accounts.add(name, password)
        except ConfigurationError:
            return "not-acceptable"
        self._registrations.note(address, now)
        log.info("the account %s was made by a client", account.jid)
        return ""

    def token(self, event: TokenRequested) -> Issued | None:
        """A client has logged in with a token, or wants one: what it is given; None for nothing."""
        account = self._accounts.get(event.username)
        return account.tokens.settle(event) if account is not None else None

    def secret(self, domain: str) -> str | None:
        """The secret of a component; None when there is none."""
        return self._secrets.get(domain)

    def bind(self, session: ClientSession, resource: str | None, tag: str = "") -> JID | None:
        """The full address for a session; None when the account has too many, or is no more.

        :param tag: with what a resource begins that the server chooses (XEP-0386 §3.2.1).
        :raises InvalidJID: there can be no such resource.
        """
        chosen = f"{tag}/{secrets.token_urlsafe(6)}" if tag else secrets.token_urlsafe(6)
        jid = session.jid.replace(resource=resource or chosen)
        if self._router.account_of(jid) is None:
            return None
        taken = {other.jid.resource for other in self._router.sessions_of(jid.bare)}
        if jid.resource not in taken and len(taken) >= self.limits.resources:
            return None
        return jid

    def started(self, session: Session) -> None:
        """A session is ready."""
        self._strangers.remove(session)
        self._router.add(session)

    def ended(self, session: Session) -> None:
        """A connection is over."""
        self._strangers.remove(session)
        waits = isinstance(session, ClientSession) and self._resumption.keep(session)
        if session.ready and not waits:
            self._router.remove(session)
        if session.driver.transport is None or session.driver.transport.is_closing():
            self._connections.discard(session)
            self._told_full = self._told_full and 10 * len(self._connections) > 9 * self.limits.connections

    def counted(self, session: ClientSession) -> None:
        """Stanzas of a session are counted from here on."""
        self._resumption.add(session)

    def resume(self, session: ClientSession, previd: str) -> None:
        """A client wants to go on with an earlier session."""
        self._resumption.resume(session, previd)
        if session.ready:
            self._strangers.remove(session)

    def overflowed(self, session: ClientSession, element: Element) -> None:
        """A client leaves too much unacknowledged; `element` was not sent to it."""
        if session.ready:
            log.warning("%s leaves too much unacknowledged: its session ends", session.jid)
            self._router.remove(session)
            session.close("resource-constraint", "too much is not acknowledged")
        self._router.undelivered(element)

    def crowded(self, session: Session) -> None:
        """Much waits for a session."""
        self._router.crowded.append(session)

    def stanza(self, session: Session, element: Element) -> None:
        """A stanza came."""
        self._router.take(session, element)


class _Refusal(asyncio.Protocol):
    """Closes a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
