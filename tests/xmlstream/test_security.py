# SPDX-License-Identifier: MIT
"""The TLS wishes of a stream."""

from __future__ import annotations

import ssl
from itertools import product
from pathlib import Path

import pytest

from xmppkit.exceptions import ConfigurationError, InvalidCABundle
from xmppkit.protocol.options import TlsPolicy
from xmppkit.settings import Settings
from xmppkit.transports.certificates import make_authority, make_certificate
from xmppkit.xmlstream.security import TlsWishes, tls_policy
from xmppkit.xmlstream.xmlstream import XMLStream


def make(context: ssl.SSLContext | None = None) -> TlsWishes:
    return XMLStream(ssl_context=context)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("ca")).files.certificate


def authorities(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


@pytest.mark.parametrize(
    ("starttls", "plaintext", "policy"),
    [(True, False, TlsPolicy.REQUIRED), (True, True, TlsPolicy.IF_OFFERED), (False, True, TlsPolicy.DISABLED)],
)
def test_the_policy(starttls: bool, plaintext: bool, policy: TlsPolicy) -> None:
    assert tls_policy(direct=False, starttls=starttls, plaintext=plaintext) is policy


@pytest.mark.parametrize(
    ("name", "value", "wishes"),
    [
        ("use_ssl", True, (True, False, False)),
        ("use_ssl", False, (False, True, False)),
        ("force_starttls", True, (True, True, False)),
        ("force_starttls", False, (True, True, True)),
        ("disable_starttls", True, (True, False, True)),
        ("disable_starttls", False, (True, True, False)),
    ],
)
async def test_wishes_in_older_words(name: str, value: bool, wishes: tuple[bool, ...]) -> None:
    stream = make()
    with pytest.warns(DeprecationWarning, match=f"{name} is deprecated"):
        setattr(stream, name, value)
    assert (stream.enable_direct_tls, stream.enable_starttls, stream.enable_plaintext) == wishes
    with pytest.warns(DeprecationWarning, match=f"{name} is deprecated"):
        assert getattr(stream, name) is value


def test_direct_tls_needs_nothing_else() -> None:
    for starttls, plaintext in product((False, True), repeat=2):
        assert tls_policy(direct=True, starttls=starttls, plaintext=plaintext) is TlsPolicy.DIRECT


def test_no_way_at_all() -> None:
    with pytest.raises(ConfigurationError, match="enable_starttls"):
        tls_policy(direct=False, starttls=False, plaintext=False)


async def test_tls_is_the_default() -> None:
    wishes = make()
    assert (wishes.enable_direct_tls, wishes.enable_starttls, wishes.enable_plaintext) == (True, True, False)


async def test_a_context_that_is_read_is_the_streams_own_and_proves_names() -> None:
    wishes = make()
    context = wishes.ssl_context
    assert context is wishes.ssl_context is wishes.get_ssl_context() is wishes._engine_context()
    assert context is not make().ssl_context
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is Settings().tls_minimum is ssl.TLSVersion.TLSv1_2


async def test_the_minimum_is_a_setting() -> None:
    stream = XMLStream(settings=Settings(tls_minimum=ssl.TLSVersion.TLSv1_3))
    assert stream.ssl_context.minimum_version is ssl.TLSVersion.TLSv1_3
    stream.ssl_context = None
    assert stream._engine_context().minimum_version is ssl.TLSVersion.TLSv1_3


async def test_a_context_that_is_given_is_used() -> None:
    context = ssl.create_default_context()
    assert make(context).get_ssl_context() is context
    wishes = make()
    wishes.ssl_context = context
    assert wishes._engine_context() is context


class OwnContext(XMLStream):
    """A program that makes the context itself."""

    def get_ssl_context(self) -> ssl.SSLContext:
        context = super().get_ssl_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context


@pytest.mark.parametrize("bind", [False, True])
async def test_a_program_may_make_the_context_itself(bind: bool) -> None:
    stream = OwnContext()
    await stream._load_tls()
    context = stream._engine_context(bind=bind)
    assert context is stream.ssl_context
    assert context is stream.web_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    theirs = ssl.create_default_context()
    wishes = make()
    wishes.get_ssl_context = lambda: theirs
    assert wishes._engine_context(bind=bind) is wishes.web_context() is theirs


async def test_streams_with_equal_wishes_share_a_context(ca: Path) -> None:
    one, other, third = make(), make(), make()
    assert one._engine_context() is other._engine_context()
    third.ca_certs = ca
    assert third._engine_context() is not one._engine_context()
    assert authorities(third._engine_context()) == 1
    other.ssl_context  # noqa: B018  # who reads it has one of their own
    assert other._engine_context() is not one._engine_context()


async def test_authorities_in_any_form(ca: Path) -> None:
    for certs in (ca, str(ca), [ca], (Path("/nowhere"), str(ca)), iter([ca])):
        wishes = make(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        wishes.ca_certs = certs
        assert authorities(wishes.get_ssl_context()) == 1


@pytest.mark.parametrize("certs", ["/nowhere/ca.pem", ["/nowhere/a", Path("/nowhere/b")], []])
@pytest.mark.parametrize("own", [False, True])
async def test_authorities_that_do_not_exist(certs: str | list[str | Path], own: bool) -> None:
    wishes = make(ssl.create_default_context() if own else None)
    wishes.ca_certs = certs
    with pytest.raises(InvalidCABundle) as caught:
        wishes._engine_context()
    assert caught.value.path == certs


async def test_a_certificate_of_our_own_and_ciphers(tmp_path: Path) -> None:
    files = make_certificate(make_authority(tmp_path / "ca"), tmp_path, "client.example")
    for context in (None, ssl.create_default_context()):
        wishes = make(context)
        wishes.certfile, wishes.keyfile = files.certificate, files.key
        wishes.ciphers = "ECDHE+AESGCM"
        names = [each["name"] for each in wishes._engine_context().get_ciphers()]
        assert all((name.startswith(("ECDHE-", "TLS_")) and "GCM" in name) or name.startswith("TLS_") for name in names)
    wishes.keyfile = "/nowhere/key.pem"
    with pytest.raises(OSError, match="No such file"):
        wishes.get_ssl_context()


class TestTheLibrary:
    """A login that is bound to TLS 1.3 needs pyOpenSSL; everything else takes Python's ssl."""

    @pytest.fixture
    def stream(self, ca: Path) -> XMLStream:
        stream = XMLStream()
        stream.ca_certs = str(ca)
        return stream

    def with_library(self, library: str, ca: Path) -> XMLStream:
        return XMLStream(settings=Settings(tls_library=library, ca_certs=str(ca)))

    async def test_python_own_unless_logins_are_bound(self, stream: XMLStream, ca: Path) -> None:
        assert isinstance(stream._engine_context(), ssl.SSLContext)
        assert isinstance(self.with_library("ssl", ca)._engine_context(bind=True), ssl.SSLContext)

    async def test_a_context_of_ones_own_is_used(self, ca: Path) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        assert XMLStream(ssl_context=context)._engine_context(bind=True) is context

    @pytest.mark.parametrize("library", ["auto", "openssl"])
    async def test_pyopenssl(self, ca: Path, library: str, tmp_path: Path) -> None:
        tls_openssl = pytest.importorskip("xmppkit.protocol.tls_openssl", exc_type=ImportError)
        stream = self.with_library(library, ca)
        assert isinstance(stream._engine_context(bind=True), tls_openssl.OpenSslContext)
        own = make_certificate(make_authority(tmp_path), tmp_path, "alice@localhost")
        both = tmp_path / "both.pem"
        both.write_bytes(own.key.read_bytes() + own.certificate.read_bytes())
        stream.certfile, stream.keyfile = own.certificate, own.key
        first = stream._engine_context(bind=True)
        assert isinstance(first, tls_openssl.OpenSslContext)
        stream.certfile, stream.keyfile = both, None
        assert stream._engine_context(bind=True) is not first

    async def test_it_is_not_installed(self, stream: XMLStream, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xmppkit.transports.openssl.installed", lambda: False)
        assert isinstance(stream._engine_context(bind=True), ssl.SSLContext)
        with pytest.raises(ConfigurationError, match=r"pip install xmppkit\[channel-binding\]"):
            self.with_library("openssl", ca)._engine_context(bind=True)
