# SPDX-License-Identifier: MIT
"""Group A, offers: somebody with a certificate that is believed stands between client and server, and changes what the
server offers.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attacker import SECRET

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import AuthenticationFailed, SASLError, SASLNoAppropriateMechanism
from xmppkit.sasl import Credentials, SaslPolicy, choose, scram, server_mechanism, server_mechanisms
from xmppkit.sasl.base import Challenge, NeedAccount, ServerStep, Success
from xmppkit.sasl.channel_binding import offer_hash, supported
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.policy import Binding
from xmppkit.server import EmbeddedServer

ALICE = Credentials("alice", SECRET)
POLICY = SaslPolicy()
#: Who stands in between has another TLS connection to each side, and may have stolen the server's key.
CLIENTS = {"tls-exporter": b"to the attacker", "tls-server-end-point": b"certificate"}
SERVERS = {"tls-exporter": b"from the attacker", "tls-server-end-point": b"certificate"}
OFFER = tuple(server_mechanisms(POLICY, secure=True, channel_binding=SERVERS.get))
KINDS = supported(SERVERS.get)


def log_in(
    offer: Sequence[str] = OFFER,
    kinds: Sequence[str] | None = KINDS,
    *,
    ours: dict[str, bytes] = CLIENTS,
    policy: SaslPolicy = POLICY,
    rewrite: bool = False,
    strict: bool = False,
) -> ServerStep:
    """What the login comes to of a client that is shown this offer; raises what the client finds wrong.

    :param rewrite: the attacker makes the server's hash fit.
    """
    client = choose(offer, ALICE, policy, secure=True, channel_binding=ours.get, announced=kinds, strict=strict)
    server = server_mechanism(client.name, POLICY, secure=True, channel_binding=SERVERS.get, announced=KINDS)
    assert server is not None
    step = server.receive(client.initial_response())
    while isinstance(step, Challenge | NeedAccount):
        if isinstance(step, NeedAccount):
            step = server.account(AccountRecord(SECRET))
            continue
        data = step.data
        if rewrite and b",h=" in data:
            fits = base64.b64encode(offer_hash("sha512" if "512" in client.name else "sha1", offer, kinds))
            data = data.rpartition(b",h=")[0] + b",h=" + fits
        step = server.receive(client.respond(data))
    return step


WEAKER = tuple(name for name in OFFER if "SHA-1" in name)
UNBOUND = tuple(name for name in OFFER if not name.endswith("-PLUS"))


def test_a16_nobody_in_between() -> None:
    """Whether a login is bound both ends see; one that nobody has meddled with comes through."""
    assert isinstance(log_in(ours=SERVERS), Success)
    assert isinstance(log_in(ours={"tls-server-end-point": b"certificate"}, kinds=KINDS), Success)


def test_a16_the_login_is_passed_on() -> None:
    """A login that is bound to one TLS connection is worth nothing on another."""
    step = log_in()
    assert not isinstance(step, Success)
    assert "channel binding does not match" in str(step)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("offer", "kinds"),
    [
        (UNBOUND, KINDS),
        (OFFER, ()),
    ],
)
def test_a16_offers_that_cannot_be(offer: tuple[str, ...], kinds: tuple[str, ...], strict: bool) -> None:
    """An offer in which mechanisms and kinds of channel binding do not fit together is not answered (XEP-0440)."""
    with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule announced_bindings"):
        log_in(offer, kinds, strict=strict)


@pytest.mark.parametrize("kinds", [("made-up",), ("tls-unique", "made-up"), ("tls-exporter", "made-up")])
@pytest.mark.parametrize("proved", [True, False])
def test_a16_kinds_that_nobody_has(kinds: tuple[str, ...], proved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of kinds that has none of ours, not even the one that each server should have, is believed only from a
    server that proves that this is what it offers (XEP-0474)."""
    if not proved:  # a server that does not know how
        monkeypatch.setattr(scram.ScramServer, "account", _without_hash(scram.ScramServer.account))
    ours = {"tls-server-end-point": b"certificate"}
    with pytest.raises(SASLError, match="refused by rule " + ("offer_hash" if proved else "announced_bindings")):
        log_in(kinds=kinds, ours=ours)
    policy = SaslPolicy(("PLAIN",))
    with pytest.raises(SASLNoAppropriateMechanism, match="PLAIN: refused by rule announced_bindings"):
        log_in((*OFFER, "PLAIN"), kinds, ours=ours, policy=policy)


def _without_hash(account: Any) -> Any:
    def answer(self: Any, record: AccountRecord | None) -> ServerStep:
        self.attempt = replace(self.attempt, offered=())
        step: ServerStep = account(self, record)
        return step

    return answer


def test_a16_the_kinds_are_removed() -> None:
    """Who removes only the kinds is found out where the server proves its offer (XEP-0474), where the profile is SASL2,
    and where an earlier login was bound."""
    with pytest.raises(SASLError, match="refused by rule offer_hash"):
        log_in(OFFER, None)
    with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule announced_bindings"):
        log_in(OFFER, None, strict=True)
    with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule pinned"):
        log_in(OFFER, None, policy=SaslPolicy(pinned="SCRAM-SHA-1-PLUS"))


@pytest.mark.parametrize(
    ("offer", "kinds", "ours"),
    [
        # The table in docs/security.md.
        (OFFER, None, CLIENTS),
        (("SCRAM-SHA-1-PLUS", "PLAIN"), KINDS[:1], {"tls-server-end-point": b"certificate"}),
        (("PLAIN",), KINDS, CLIENTS),
    ],
)
@pytest.mark.parametrize(
    ("how", "rule"), [(Binding.STRICT, "announced_bindings"), (Binding.REQUIRED, "channel_binding")]
)
def test_a16_what_is_let_pass(offer: Any, kinds: Any, ours: Any, how: Binding, rule: str) -> None:
    """What is let pass for the sake of servers in use is not where the policy is strict, or demands channel binding."""
    told = {"secure": True, "channel_binding": ours.get, "announced": kinds}
    assert not choose(offer, ALICE, POLICY, **told).name.endswith("-PLUS")
    policy = SaslPolicy(channel_binding=how)
    if how is Binding.REQUIRED and kinds is None:
        # It uses the strongest of ours, which the server has or has not.
        assert choose(offer, ALICE, policy, **told).initial_response().startswith(b"p=tls-exporter")
        return
    with pytest.raises(SASLNoAppropriateMechanism, match=f"refused by rule {rule}"):
        choose(offer, ALICE, policy, **told)


@pytest.mark.parametrize("proved", [True, False])
def test_a16_a_kind_that_the_client_lacks(proved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strict policy believes of a server that the client has none of its kinds only if it proves that."""
    if not proved:
        monkeypatch.setattr(scram.ScramServer, "account", _without_hash(scram.ScramServer.account))
    ours, strict = {"tls-server-end-point": b"certificate"}, SaslPolicy(channel_binding=Binding.STRICT)
    # The server of this test has more: whoever has shortened its list is found out.
    with pytest.raises(SASLError, match="refused by rule " + ("offer_hash" if proved else "announced_bindings")):
        log_in(kinds=KINDS[:1], ours=ours, policy=strict)
    if not proved:
        assert isinstance(log_in(kinds=KINDS[:1], ours=ours), Success)


@pytest.mark.parametrize("required", [True, False])
def test_a16_all_of_it_is_removed(required: bool) -> None:
    """Who removes mechanisms and kinds together is found out by the server, or, where the policy demands channel
    binding, by the client."""
    if required:
        with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule channel_binding"):
            log_in(UNBOUND, None, policy=SaslPolicy(channel_binding=Binding.REQUIRED))
        return
    assert "tampered" in str(log_in(UNBOUND, None))


@pytest.mark.parametrize(
    ("offer", "kinds"),
    [
        (OFFER, KINDS[1:]),
        (WEAKER, KINDS[1:]),
        (tuple(name for name in OFFER if "512" in name), KINDS[1:]),
    ],
)
@pytest.mark.parametrize("rewrite", [True, False])
def test_a15_a_shorter_offer(offer: tuple[str, ...], kinds: tuple[str, ...], rewrite: bool) -> None:
    """The server's proof covers what it has offered (XEP-0474): who takes a mechanism or a kind away, even with the
    server's own key, makes the login fail."""
    assert "tls-exporter" not in kinds, "the one kind that a stolen key does not help against"
    if rewrite:
        assert not isinstance(log_in(offer, kinds, rewrite=True), Success)
        return
    with pytest.raises(SASLError, match="refused by rule offer_hash"):
        log_in(offer, kinds)


def test_a15_the_weakest_that_is_accepted() -> None:
    """A policy can name the weakest mechanism, and the first login is held to that already."""
    policy = SaslPolicy(minimum="SCRAM-SHA-256")
    for offer in (("PLAIN",), ("SCRAM-SHA-1", "PLAIN")):
        with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule minimum"):
            log_in(offer, None, policy=policy, ours={})


async def test_a15_once_without_the_password_in_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a storage the next process knows that as well."""
    url = f"sqlite:///{tmp_path}/bot.db"
    async with EmbeddedServer(users={"alice": SECRET}, directory=tmp_path) as server:

        def make(mechanism: str | None = None) -> Any:
            client: Any = ClientXMPP("alice@localhost", SECRET, sasl_mech=mechanism)
            client.ca_certs, client.custom_address = str(server.ca_file), (server.host, server.port)
            client.auto_reconnect = False
            client.use_storage(url)
            return client

        async with asyncio.timeout(60), make() as client:
            assert client.mechanism.startswith("SCRAM-")
        monkeypatch.setattr(server._logins, "policy", lambda tls: SaslPolicy(("PLAIN",)))
        with pytest.raises(AuthenticationFailed, match="PLAIN: refused by rule pinned"):
            async with asyncio.timeout(60), make():
                pass
        # Who names it once says that the server has changed.
        for mechanism in ("PLAIN", None):
            async with asyncio.timeout(60), make(mechanism) as client:
                assert client.mechanism == "PLAIN"


async def test_a15_once_without_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that has logged in without showing its password does not show it later, unless the program names the
    mechanism."""
    async with EmbeddedServer(users={"alice": SECRET}, directory=tmp_path) as server:
        client: Any = ClientXMPP("alice@localhost", SECRET)
        client.ca_certs, client.custom_address = str(server.ca_file), (server.host, server.port)
        client.auto_reconnect = False
        async with asyncio.timeout(60), client:
            assert client.mechanism.startswith("SCRAM-")
        # The same server, or somebody who is taken for it, has only PLAIN now.
        monkeypatch.setattr(server._logins, "policy", lambda tls: SaslPolicy(("PLAIN",)))
        with pytest.raises(AuthenticationFailed, match="PLAIN: refused by rule pinned"):
            async with asyncio.timeout(60), client:
                pass
        client.plugin["feature_mechanisms"].use_mech = "PLAIN"
        async with asyncio.timeout(60), client:
            assert client.mechanism == "PLAIN"
