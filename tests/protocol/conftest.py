# SPDX-License-Identifier: MIT
"""What the tests of the protocol share: certificates of one throw-away CA, made once for a run; a stream that only
keeps what a feature does to it."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from xmppkit.jid.address import JID
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.manager import Manager
from xmppkit.protocol.negotiation import PeerLimits
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.xml.limits import Limits
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.exceptions import RemoteError
    from xmppkit.protocol.events import Event, SecureTransport
    from xmppkit.protocol.state import Fact, Step
    from xmppkit.stanza.base import StanzaBase

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


class Authority:
    """A CA that signs what it is told to."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(NOW + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(
        self,
        *domains: str,
        start: datetime.timedelta = -DAY,
        end: datetime.timedelta = DAY,
        purposes: tuple[x509.ObjectIdentifier, ...] = (
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.CLIENT_AUTH,
        ),
    ) -> bytes:
        """Key and certificate for `domains`, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ignored")]))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + start)
            .not_valid_after(NOW + end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in domains]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(_usage(sign=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def new_authority() -> type[Authority]:
    """Makes an authority of the name that it is called with."""
    return Authority


@dataclass(frozen=True)
class Tls:
    """Contexts for both ends, made for `localhost` unless named otherwise."""

    client: ssl.SSLContext
    server: ssl.SSLContext
    expired: ssl.SSLContext
    other_name: ssl.SSLContext
    untrusted: ssl.SSLContext
    tls12: ssl.SSLContext


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    directory: Path = tmp_path_factory.mktemp("tls")
    authority, stranger = Authority("test authority"), Authority("stranger")

    def server(name: str, pem: bytes) -> ssl.SSLContext:
        path = directory / name
        path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.set_alpn_protocols(["xmpp-client"])
        return context

    good = authority.sign("localhost", "xn--bcher-kva.example")
    tls12 = server("tls12", good)
    tls12.maximum_version = ssl.TLSVersion.TLSv1_2
    return Tls(
        client=ssl.create_default_context(cadata=authority.pem),
        server=server("good", good),
        expired=server("expired", authority.sign("localhost", start=-3 * DAY, end=-2 * DAY)),
        other_name=server("other", authority.sign("elsewhere.example")),
        untrusted=server("untrusted", stranger.sign("localhost")),
        tls12=tls12,
    )


@dataclass
class Port:
    """A `StreamPort` that keeps what is done to it."""

    options: StreamOptions
    facts: frozenset[Fact] = frozenset()
    jid: JID = field(default_factory=lambda: JID("alice@localhost"))
    domain: str = "localhost"
    where: str = "localhost"
    stream_namespace: str = "jabber:client"
    attempts: int = 0
    peer_limits: PeerLimits = field(default_factory=PeerLimits)
    peer_from: str | None = None
    trailing: bool = False
    resumes: ManagedSession | None = None
    manager: Manager | None = None
    tls_info: SecureTransport | None = None
    limits: Limits = field(default_factory=Limits)
    written: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    error: RemoteError | None = None
    stream_error: tuple[str | None, str] = (None, "")
    detail: Element | None = None

    def channel_binding(self, kind: str) -> bytes | None:
        return None

    def write(self, element: Element) -> None:
        self.written.append(serialize(element, default_namespace=self.stream_namespace))

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def move(self, step: Step) -> None:
        self.steps.append(step)

    def learn(self, *facts: Fact) -> None:
        self.facts |= frozenset(facts)

    def accept(self, element: Element) -> StanzaBase | None:
        if element.get("id") == "repeated":
            return None
        return self.options.stanza_factory(element)

    def manage(self, session: ManagedSession, *, on: bool = True) -> Manager:
        manager = Manager(
            self,
            session,
            self.options.management or ManagementOptions(),
            out=self.written,
            namespace=self.stream_namespace,
            counted=frozenset(f"{{jabber:client}}{local}" for local in ("iq", "message", "presence")),
            now=0.0,
        )
        if on:
            self.manager = manager
        return manager

    def fail(
        self, error: RemoteError, condition: str | None = None, text: str = "", detail: Element | None = None
    ) -> None:
        self.error = error
        self.stream_error = (condition, text)
        self.detail = detail

    def lose(self, error: RemoteError) -> None:
        self.error = error


@pytest.fixture
def port() -> Port:
    """A stream without TLS; assign `port.options` for another."""
    return Port(StreamOptions(tls=TlsPolicy.DISABLED, id_factory=lambda: "an-id"))
