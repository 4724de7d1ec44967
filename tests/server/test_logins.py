# SPDX-License-Identifier: MIT
"""Logging in otherwise than with a password, bound logins, and failures that are counted."""

from __future__ import annotations

import asyncio
import hmac
import ssl
from pathlib import Path
from typing import Any

import pytest

from xmppkit.exceptions import AuthenticationFailed, ConfigurationError
from xmppkit.protocol.options import TlsPolicy
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.sasl.policy import Binding
from xmppkit.server import EmbeddedServer, ServerLimits
from xmppkit.transports.certificates import Authority, client_context, make_authority, make_certificate
from xmppkit.transports.openssl import installed, openssl_client_context

SCRAM = SaslPolicy(("SCRAM-SHA-256",), scram_without_tls=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs clients' certificates: another one than the server's."""
    return make_authority(tmp_path_factory.mktemp("clients"))


# --- EXTERNAL -----------------------------------------------------------------------------------------------


async def by_certificate(
    place: Any, authority: Authority | None, directory: Path, *names: str, authzid: str = ""
) -> Any:
    """A client that shows a certificate for `names`, and has no password."""
    own = make_certificate(authority, directory, *names)
    context = client_context(ca_certs=place.server.ca_file, certfile=own.certificate, keyfile=own.key)
    return await place.login(
        "alice",
        "a",
        tls=TlsPolicy.REQUIRED,
        ssl_context=context,
        sasl=SaslPolicy(),
        credentials=Credentials("alice", authzid=authzid, external=True),
    )


@pytest.mark.parametrize(
    ("names", "authzid"),
    [
        (("alice@localhost",), ""),
        (("ALICE@LOCALHOST",), "alice@localhost"),
        (("alice@localhost", "bob@localhost"), "alice@localhost"),
        # The others are nobody's here.
        (("alice@localhost", "alice@elsewhere.example", "nobody@localhost", "localhost"), ""),
    ],
)
async def test_a_certificate_for_an_account(
    enter: Any, authority: Authority, tmp_path: Path, names: tuple[str, ...], authzid: str
) -> None:
    place = await enter(tls=True, client_ca=authority.ca_file)
    alice = await by_certificate(place, authority, tmp_path, *names, authzid=authzid)
    assert alice.jid == "alice@localhost/a"


@pytest.mark.parametrize(
    ("names", "authzid"),
    [
        (("nobody@localhost",), ""),
        (("alice@elsewhere.example",), ""),
        (("localhost",), ""),
        (("alice@localhost", "bob@localhost"), ""),
        (("alice@localhost",), "bob@localhost"),
        (("alice@localhost",), "@"),
        (("a b@localhost",), ""),
    ],
)
async def test_a_certificate_that_proves_nothing(
    enter: Any, authority: Authority, tmp_path: Path, names: tuple[str, ...], authzid: str
) -> None:
    place = await enter(tls=True, client_ca=authority.ca_file)
    with pytest.raises(AuthenticationFailed, match="with EXTERNAL: not-authorized"):
        await by_certificate(place, authority, tmp_path, *names, authzid=authzid)


async def test_a_certificate_by_a_stranger_ends_tls(enter: Any, authority: Authority, tmp_path: Path) -> None:
    place = await enter(tls=True, client_ca=authority.ca_file)
    with pytest.raises(Exception):  # TLS 1.3 tells the client late, as one thing or another
        await by_certificate(place, None, tmp_path, "alice@localhost")


async def test_external_is_offered_to_who_shows_a_certificate(enter: Any, authority: Authority) -> None:
    place = await enter(tls=True, client_ca=authority.ca_file)
    context = client_context(ca_certs=place.server.ca_file)
    with pytest.raises(AuthenticationFailed, match="PLAIN: refused by rule allowed") as caught:
        await place.login("alice", tls=TlsPolicy.REQUIRED, ssl_context=context, sasl=SaslPolicy(("EXTERNAL",)))
    assert "EXTERNAL" not in str(caught.value)
    alice = await place.login("alice", "a", tls=TlsPolicy.REQUIRED, ssl_context=context, sasl=SaslPolicy())
    assert alice.jid == "alice@localhost/a"


def test_certificates_need_tls(authority: Authority) -> None:
    with pytest.raises(ConfigurationError, match="client_ca needs TLS"):
        EmbeddedServer(tls=False, client_ca=authority.ca_file)


# --- OAUTHBEARER --------------------------------------------------------------------------------------------


def owner(token: str) -> str:
    return {"": "", "of-nobody": "nobody"}.get(token, "alice" if hmac.compare_digest(token, "of-alice") else "")


async def by_token(place: Any, token: str, **more: Any) -> Any:
    return await place.login(
        "alice",
        "a",
        tls=TlsPolicy.REQUIRED,
        ssl_context=client_context(ca_certs=place.server.ca_file),
        sasl=SaslPolicy(),
        credentials=Credentials("alice", host="localhost", access_token=token, **more),
    )


async def test_a_bearer_token(enter: Any) -> None:
    place = await enter(tls=True, bearer=owner)
    assert (await by_token(place, "of-alice")).jid == "alice@localhost/a"
    for token in ("of-nobody", "wrong"):
        with pytest.raises(AuthenticationFailed, match="with OAUTHBEARER: not-authorized, invalid_token"):
            await by_token(place, token)
    with pytest.raises(AuthenticationFailed, match="invalid-authzid"):
        await by_token(place, "of-alice", authzid="bob@localhost")


async def test_no_tokens_unless_somebody_knows_them(enter: Any) -> None:
    place = await enter(tls=True)
    with pytest.raises(AuthenticationFailed) as caught:
        await by_token(place, "of-alice")
    assert "OAUTHBEARER" not in str(caught.value)


# --- channel binding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("library", ["ssl", "OpenSSL"])
async def test_bound_logins(enter: Any, version: ssl.TLSVersion, library: str) -> None:
    place = await enter(tls=True)
    context: Any = ssl.create_default_context(cafile=str(place.server.ca_file))
    context.minimum_version = context.maximum_version = version
    if library == "OpenSSL":
        if not installed():
            pytest.skip("pyOpenSSL is not installed (the extra channel-binding)")
        context = openssl_client_context(context, system=False)
    policy = SaslPolicy(channel_binding=Binding.REQUIRED)
    alice = await place.login("alice", "a", tls=TlsPolicy.REQUIRED, ssl_context=context, sasl=policy)
    assert alice.jid == "alice@localhost/a"
    kind = "tls-unique" if version is ssl.TLSVersion.TLSv1_2 else "tls-exporter" if library == "OpenSSL" else None
    kinds = {each for each in ("tls-unique", "tls-exporter") if alice.stream.channel_binding(each)}
    assert kinds == ({kind} if kind else set())
    assert alice.stream.channel_binding("tls-server-end-point")


# --- failures -----------------------------------------------------------------------------------------------


async def test_failures_are_counted(enter: Any, caplog: pytest.LogCaptureFixture) -> None:
    place = await enter(limits=ServerLimits(failed_logins=4, failed_logins_seconds=3600))
    wrong = Credentials("alice", "wrong")
    for _ in range(4):
        with pytest.raises(AuthenticationFailed, match="not-authorized"):
            await place.login("alice", credentials=wrong, sasl=SCRAM)
    for credentials in (wrong, Credentials("alice", "alice"), Credentials("nobody", "x")):
        with pytest.raises(AuthenticationFailed, match="temporary-auth-failure, too many logins have failed"):
            await place.login("alice", credentials=credentials, sasl=SCRAM)
    # Who is logged in is not affected, and after a while nobody is.
    place.server._logins._failures._levels.clear()
    assert await place.login("alice")


async def test_any_number_of_failures(enter: Any) -> None:
    place = await enter(limits=ServerLimits(failed_logins=0))
    for _ in range(40):
        with pytest.raises(AuthenticationFailed, match="not-authorized"):
            await place.login("alice", credentials=Credentials("alice", "wrong"))


async def test_an_address_that_nobody_knows(enter: Any) -> None:
    place = await enter()
    await place.login("alice")
    [session] = [each for each in place.server._connections if each.ready]
    assert session.address == "127.0.0.1"
    session.driver.abort("over")
    await asyncio.wait_for(session.driver.wait_closed(), 60)
    assert isinstance(session.address, str)
