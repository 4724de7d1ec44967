# SPDX-License-Identifier: MIT
"""Group A: a hostile server, or somebody between it and us, while a stream, TLS and a login are negotiated.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attacker import HEADER, SASL, SECRET, TLS, TO_SERVER, Attacked, client, component, encoded, features, receiver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import (
    AuthenticationFailed,
    CertificateExpired,
    CertificateUntrusted,
    CertificateWrongHost,
    NegotiationTimeout,
    StreamErrorReceived,
    TLSFailed,
    TLSRequired,
)
from xmppkit.protocol.events import Authenticated
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.sasl import (
    AccountRecord,
    Credentials,
    Failure,
    SaslPolicy,
    choose,
    server_mechanism,
)
from xmppkit.sasl.channel_binding import KINDS
from xmppkit.testing import clock
from xmppkit.testing.pair import Answers, Pair, deterministic
from xmppkit.transports import certificates
from xmppkit.transports.memory import MemoryConnector
from xmppkit.transports.resolver import SrvRecord, StaticResolver

CLIENT_TLS = ssl.create_default_context()
STARTTLS = f"<starttls xmlns='{TLS}'><required/></starttls>"
PROCEED = f"<proceed xmlns='{TLS}'/>"
#: The header of a component.
TO_COMPONENTS = TO_SERVER.replace("jabber:client", "jabber:component:accept")
STANZAS = [
    "<message from='bob@localhost/x'><body>early</body></message>",
    "<iq type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='evil@localhost'/></query></iq>",
    "<iq type='get' id='g' from='bob@localhost/x'><query xmlns='jabber:iq:version'/></iq>",
    "<presence from='bob@localhost' type='subscribe'/>",
]


def strict(**changes: Any) -> Attacked:
    """A client as programs have it: it wants STARTTLS, and its policy is the default."""
    return client(tls=TlsPolicy.REQUIRED, ssl_context=CLIENT_TLS, sasl=SaslPolicy(), **changes)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a01_starttls_stripping(mechanism: str) -> None:
    """A client that is not offered STARTTLS ends with `TLSRequired`, and has sent nothing of a login."""
    attacked = strict()
    attacked.hear(features(mechanism))
    assert isinstance(attacked.error, TLSRequired)
    assert b"<auth" not in attacked.wrote


@pytest.mark.parametrize("mechanism", ["ANONYMOUS", "EXTERNAL"])
def test_a02_stripping_with_mechanisms_that_need_no_password(mechanism: str) -> None:
    """Mechanisms that show no password do not make up for TLS: the stream ends likewise."""
    attacked = strict(credentials=Credentials(external=True) if mechanism == "EXTERNAL" else Credentials())
    attacked.hear(features(mechanism))
    assert isinstance(attacked.error, TLSRequired)
    assert b"<auth" not in attacked.wrote


def test_a03_starttls_refused() -> None:
    """A server that refuses STARTTLS ends the stream, whatever it offers instead."""
    attacked = strict()
    assert "<starttls" in attacked.hear(features("PLAIN", more=STARTTLS))
    attacked.hear(f"<failure xmlns='{TLS}'/></stream:stream>" + features("PLAIN"))
    assert isinstance(attacked.error, TLSFailed)
    assert b"<auth" not in attacked.wrote


@pytest.mark.parametrize("without_tls", [False, True])
def test_a04_login_without_tls(without_tls: bool) -> None:
    """LOGIN is used only when it is named, and over TLS: no challenge gets the password below it."""
    policy = SaslPolicy(scram_without_tls=True, plain_without_tls=without_tls)
    attacked = client(sasl=policy)
    challenges = "".join(f"<challenge xmlns='{SASL}'>{encoded(ask)}</challenge>" for ask in ("User Name", "Password"))
    attacked.hear(features("LOGIN"))
    attacked.hear(challenges)
    assert isinstance(attacked.error, AuthenticationFailed)
    assert encoded(SECRET).encode() not in attacked.wrote
    named = client(sasl=SaslPolicy(allowed=("LOGIN",), plain_without_tls=True))
    named.hear(features("LOGIN"))
    assert isinstance(named.error, AuthenticationFailed)
    assert b"<auth" not in named.wrote


class Sends(asyncio.Protocol):
    """A server that says one thing to whoever connects."""

    def __init__(self, data: str | bytes = b"") -> None:
        self.data = data.encode() if isinstance(data, str) else data
        self.heard = b""
        self.connections = 0
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.connections += 1
        transport.write(self.data)

    def data_received(self, data: bytes) -> None:
        self.heard += data


def test_a05_redirected_before_tls() -> None:
    """A redirect (`see-other-host`) is not followed before TLS: nobody connects to the other host."""
    condition = "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example:5222</see-other-host>"
    server, evil = Sends(f"{HEADER}<stream:error>{condition}</stream:error></stream:stream>"), Sends()

    async def main() -> None:
        program = ClientXMPP("alice@localhost", SECRET)
        program.transport_connector = MemoryConnector(
            {("server", 5222): lambda: server, ("evil.example", 5222): lambda: evil}
        )
        program.custom_address = ("server", 5222)
        program.auto_reconnect = False
        with pytest.raises(StreamErrorReceived, match="see-other-host"):
            async with program:
                raise AssertionError("there should be no session")

    clock.run(main())
    assert server.connections == 1
    assert evil.connections == 0


@pytest.mark.parametrize("stanza", [*STANZAS, " ", "\0"])
def test_a06_bytes_behind_proceed(stanza: str) -> None:
    """Bytes between `<proceed/>` and the handshake end the stream: nothing of them is taken for the server's."""
    attacked = strict()
    attacked.hear(features(more=STARTTLS))
    attacked.hear(PROCEED + stanza)
    assert attacked.error is not None
    assert not attacked.stanzas
    assert b"<auth" not in attacked.wrote


@pytest.mark.parametrize("stanza", [*STANZAS, " ", "\0"])
def test_a06_bytes_behind_starttls(stanza: str) -> None:
    """So do bytes that come to a server behind `<starttls/>`, before the handshake."""
    attacked = receiver(tls=TlsPolicy.REQUIRED, ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    attacked.hear(TO_SERVER + f"<starttls xmlns='{TLS}'/>{stanza}")
    assert attacked.refused("policy-violation")
    assert b"<proceed" not in attacked.wrote


@pytest.mark.parametrize("stanza", STANZAS)
@pytest.mark.parametrize("before", ["header", "features", "handshake"])
def test_a07_stanzas_before_the_login(before: str, stanza: str) -> None:
    """A stanza before the login is over ends the stream with `not-authorized`, and does not reach the program."""
    if before == "handshake":
        attacked = component()
        attacked.hear(HEADER.replace("jabber:client", "jabber:component:accept") + stanza)
    else:
        attacked = client()
        attacked.hear(HEADER if before == "header" else features("SCRAM-SHA-1"))
        attacked.hear(stanza)
    assert attacked.refused("not-authorized")


def test_a07_stanzas_to_the_server_before_the_login() -> None:
    """So it is at the server, of clients and of components: a stanza of nobody goes nowhere."""
    for stanza in STANZAS:
        for of_components in (False, True):
            attacked = receiver(of_components=of_components)
            attacked.hear(TO_COMPONENTS if of_components else TO_SERVER)
            attacked.hear(stanza)
            assert attacked.refused("not-authorized")


def only_a_common_name(directory: Path) -> certificates.Authority:
    """A certificate that is its own authority, and has the name as its common name only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir()
    path = directory / "cn.pem"
    pem = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return certificates.Authority(certificates.CertificateFiles(path, path))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Authority:
    return certificates.make_authority(tmp_path_factory.mktemp("ca"))


def encrypted(
    authority: certificates.Authority,
    files: certificates.CertificateFiles,
    *,
    near: ssl.SSLContext | None = None,
    far: ssl.SSLContext | None = None,
) -> Pair:
    """A client that trusts `authority`, and a server that has `files`; or with contexts of their own."""
    client_options = StreamOptions(
        credentials=Credentials("alice", SECRET),
        ssl_context=near or certificates.client_context(ca_certs=authority.ca_file),
    )
    server_options = StreamOptions(
        domain="localhost", ssl_context=far or certificates.server_context(files.certificate, files.key)
    )
    return Pair(
        ClientStream("alice@localhost/r", deterministic(client_options, "c"), now=0.0),
        ReceiverStream(deterministic(server_options, "s"), now=0.0),
        Answers(accounts={"alice": AccountRecord(SECRET)}),
    )


DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("other host", CertificateWrongHost),
        ("self-signed", CertificateUntrusted),
        ("expired", CertificateExpired),
        ("wildcard", CertificateWrongHost),
        ("common name", CertificateWrongHost),
    ],
)
def test_a08_certificates(case: str, error: type[TLSFailed], authority: certificates.Authority, tmp_path: Path) -> None:
    """A certificate must be valid now, signed by a trusted authority, and name the JID's domain: each fault has an
    error of its own, and nothing of a login is sent."""
    now = datetime.datetime.now(datetime.UTC)
    make = certificates.make_certificate
    if case == "common name":
        authority = only_a_common_name(tmp_path / "cn")
        files = authority.files
    elif case == "expired":
        files = make(authority, tmp_path, "localhost", begin=now - 20 * DAY, end=now - 10 * DAY)
    else:
        name = {"other host": "evil.example", "self-signed": "localhost", "wildcard": "*.localhost"}[case]
        files = make(None if case == "self-signed" else authority, tmp_path, name)
    pair = encrypted(authority, files).run()
    assert type(pair.initiator.error) is error
    assert not pair.initiator.secure
    assert b"<auth" not in pair.initiator_wrote


@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a16_channel_binding(oldest: ssl.TLSVersion, authority: certificates.Authority, tmp_path: Path) -> None:
    """A client that could bind the channel says so, and a server that offered it notices when the offer was removed on
    the way; a binding that the connection does not have is never claimed."""
    files = certificates.make_certificate(authority, tmp_path, "localhost")
    pair = encrypted(authority, files)
    pair.receiver.options.ssl_context.maximum_version = oldest  # type: ignore[union-attr]
    pair.run()
    assert pair.initiator.ready
    tls12 = oldest is ssl.TLSVersion.TLSv1_2
    assert (pair.initiator.channel_binding("tls-unique") is not None) is tls12
    bound = any(pair.initiator.channel_binding(kind) and pair.receiver.channel_binding(kind) for kind in KINDS)
    (login,) = [event for event in pair.initiator_events if isinstance(event, Authenticated)]
    assert login.mechanism.endswith("-PLUS") is bound

    # The offer is removed between the two, and the client says that it would have bound.
    def binding(kind: str) -> bytes | None:
        return b"finished" if kind == "tls-unique" else None

    half = choose(
        ["SCRAM-SHA-256"], Credentials("alice", SECRET), SaslPolicy(), secure=True, channel_binding=binding,
        nonce=lambda: "n",
    )  # fmt: skip
    said = half.initial_response()
    assert said is not None
    assert said.startswith(b"y,")
    server = server_mechanism("SCRAM-SHA-256", SaslPolicy(), secure=True, channel_binding=binding, nonce=lambda: "m")
    assert server is not None
    answer = server.receive(said)
    assert isinstance(answer, Failure)


@pytest.mark.parametrize(
    "until",
    ["", HEADER, features(more=STARTTLS) + PROCEED, features("SCRAM-SHA-256")],
    ids=["", "header", "tls", "auth"],
)
def test_a18_silence(until: str) -> None:
    """A peer that falls silent, at whatever step, is given up after 30 seconds in all (`negotiation_timeout`)."""
    server = Sends()

    async def main() -> None:
        program = ClientXMPP("alice@localhost", SECRET)
        program.transport_connector = MemoryConnector({("server", 5222): lambda: server})
        program.custom_address = ("server", 5222)
        program.auto_reconnect = False
        if "SCRAM" in until:
            program.enable_plaintext, program.enable_starttls = True, False
            program["feature_mechanisms"].unencrypted_scram = True
        server.data = until.partition(PROCEED)[0].encode()
        if PROCEED in until:
            asyncio.get_running_loop().call_later(1.0, lambda: server.transport.write(PROCEED.encode()))
        with pytest.raises(NegotiationTimeout):
            async with program:
                raise AssertionError("there should be no session")
        assert asyncio.get_running_loop().time() == pytest.approx(30.0)

    clock.run(main())
    if "SCRAM" in until:
        assert b"<auth" in server.heard


@pytest.mark.parametrize(
    "make", [client, component, receiver, partial(receiver, of_components=True)], ids=["0", "1", "2", "3"]
)
@pytest.mark.parametrize("opened", [False, True])
def test_a18_silence_at_every_end(make: Callable[..., Attacked], opened: bool) -> None:
    """Components and servers give up whoever does not negotiate in the same time."""
    attacked = make()
    if opened:
        namespace = attacked.stream.stream_namespace
        attacked.hear((TO_SERVER if make not in (client, component) else HEADER).replace("jabber:client", namespace))
    attacked.stream.handle_timer(0.0)
    assert attacked.stream.deadline() == 30.0
    attacked.stream.handle_timer(29.9)
    assert not attacked.stream.closed
    attacked.stream.handle_timer(30.0)
    attacked.hear(" ")
    assert isinstance(attacked.error, NegotiationTimeout)


def test_a19_old_tls(authority: certificates.Authority, tmp_path: Path) -> None:
    """TLS before 1.2, renegotiation and compression within TLS are switched off at both ends."""
    files = certificates.make_certificate(authority, tmp_path, "localhost")
    contexts = [
        certificates.client_context(ca_certs=authority.ca_file, minimum=ssl.TLSVersion.TLSv1),
        certificates.server_context(files.certificate, files.key, minimum=ssl.TLSVersion.TLSv1),
    ]
    for context in contexts:
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert context.options & ssl.OP_NO_COMPRESSION


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_a19_a_peer_with_old_tls(role: str, authority: certificates.Authority, tmp_path: Path) -> None:
    """A peer that has nothing newer gets no further than the handshake."""
    files = certificates.make_certificate(authority, tmp_path, "localhost")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if role == "client" else ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    if role == "client":
        old.load_cert_chain(files.certificate, files.key)
        pair = encrypted(authority, files, far=old)
    else:
        old.load_verify_locations(authority.ca_file)
        pair = encrypted(authority, files, near=old)
    pair.run()
    attacked = pair.initiator if role == "client" else pair.receiver
    assert isinstance(attacked.error, TLSFailed)
    assert not attacked.secure
    assert b"<auth" not in pair.initiator_wrote


def test_a20_compression() -> None:
    """Stream compression (XEP-0138) is not there: it is neither asked for nor offered nor accepted."""
    compression = "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>"
    attacked = client()
    attacked.hear(features("SCRAM-SHA-256", more=compression))
    assert b"compress" not in attacked.wrote
    server = receiver()
    server.hear(TO_SERVER)
    assert b"compress" not in server.wrote
    server.hear("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>")
    assert server.refused("unsupported-stanza-type")


def test_a24_the_name_that_is_proved(authority: certificates.Authority, tmp_path: Path) -> None:
    """What SRV records or a `location` name changes the address and never the name: the certificate must be that of
    the JID's domain, and one of the machine's own name is refused."""
    files = certificates.make_certificate(authority, tmp_path, "machine.example")
    server_options = StreamOptions(
        domain="home.example", ssl_context=certificates.server_context(files.certificate, files.key)
    )

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def accept() -> AsyncioDriver:
            return AsyncioDriver(ReceiverStream(server_options, now=loop.time()), lambda event: None)

        program = ClientXMPP("alice@home.example", SECRET)
        program.ca_certs = authority.ca_file
        program.auto_reconnect = False
        program.transport_connector = MemoryConnector({("machine.example", 5222): accept})
        program.resolver = StaticResolver(
            {
                "_xmpp-client._tcp.home.example": [SrvRecord(0, 0, 5222, "machine.example")],
                "_xmpps-client._tcp.home.example": [],
            }
        )
        with pytest.raises(CertificateWrongHost, match="home"):
            async with program:
                raise AssertionError("there should be no session")

    clock.run(main())
