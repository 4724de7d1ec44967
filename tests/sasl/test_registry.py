# SPDX-License-Identifier: MIT
"""Which mechanism is used: the strongest that both sides may use, and reasons when there is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import SASLCancelled, SASLError, SASLNoAppropriateMechanism
from xmppkit.sasl.anonymous import AnonymousClient, AnonymousServer
from xmppkit.sasl.base import Attempt, ClientMechanism, Success
from xmppkit.sasl.cram import CramClient, CramServer
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.custom import (
    CustomMechanism,
    CustomServerMechanism,
    register_mechanism,
    register_server_mechanism,
    unregister_mechanism,
    unregister_server_mechanism,
)
from xmppkit.sasl.digest import DigestClient, DigestServer
from xmppkit.sasl.external import ExternalClient, ExternalServer
from xmppkit.sasl.facebook import FacebookClient
from xmppkit.sasl.google import GoogleTokenClient
from xmppkit.sasl.login import LoginClient, LoginServer
from xmppkit.sasl.messenger import MessengerClient
from xmppkit.sasl.oauth2 import OAuth2Client
from xmppkit.sasl.oauthbearer import OAuthBearerClient, OAuthBearerServer
from xmppkit.sasl.plain import PlainClient, PlainServer
from xmppkit.sasl.policy import MECHANISMS, ON_REQUEST, Binding, SaslPolicy
from xmppkit.sasl.registry import (
    choose,
    credentials_of,
    random_nonce,
    server_mechanism,
    server_mechanisms,
    wanted_credentials,
)
from xmppkit.sasl.scram import ScramClient, ScramServer

USER = Credentials("juliet", "secret")
HOLDER = Credentials("juliet", "secret", access_token="token", external=True)
POLICY = SaslPolicy()
EVERYTHING = SaslPolicy(allowed=MECHANISMS)
CLIENTS = {
    "EXTERNAL": ExternalClient,
    "OAUTHBEARER": OAuthBearerClient,
    "PLAIN": PlainClient,
    "ANONYMOUS": AnonymousClient,
}
SERVERS = {
    "EXTERNAL": ExternalServer,
    "OAUTHBEARER": OAuthBearerServer,
    "PLAIN": PlainServer,
    "ANONYMOUS": AnonymousServer,
}
OBSOLETE = {
    "DIGEST-MD5": DigestClient,
    "CRAM-MD5": CramClient,
    "LOGIN": LoginClient,
    "X-FACEBOOK-PLATFORM": FacebookClient,
    "X-MESSENGER-OAUTH2": MessengerClient,
    "X-OAUTH2": OAuth2Client,
    "X-GOOGLE-TOKEN": GoogleTokenClient,
}
OBSOLETE_SERVERS = {"DIGEST-MD5": DigestServer, "CRAM-MD5": CramServer, "LOGIN": LoginServer}


KINDS = ("tls-exporter", "tls-server-end-point")
PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]


def binding(kind: str) -> bytes | None:
    return b"bytes" if kind == "tls-exporter" else None


class TestNonce:
    def test_it_is_long_random_and_of_the_right_characters(self) -> None:
        nonces = {random_nonce() for _ in range(100)}
        assert len(nonces) == 100
        for nonce in nonces:
            assert len(nonce) * 6 >= 128  # A12: bits
            assert nonce.isascii()
            assert nonce.isprintable()
            assert "," not in nonce


class TestClient:
    def test_the_strongest_of_what_is_offered(self) -> None:
        offered = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "X-OTHER", "ANONYMOUS", "EXTERNAL", "SCRAM-SHA-256-PLUS"]
        assert choose(offered, USER, POLICY, secure=True).name == "SCRAM-SHA-256"
        bound = choose(offered, USER, POLICY, secure=True, channel_binding=binding, announced=KINDS)
        assert bound.name == "SCRAM-SHA-256-PLUS"
        certified = Credentials("juliet", "secret", external=True)
        assert choose(offered, certified, POLICY, secure=True).name == "EXTERNAL"
        assert choose(offered, Credentials(), POLICY, secure=True).name == "ANONYMOUS"

    @pytest.mark.parametrize(("strong", "weak"), list(itertools.pairwise(MECHANISMS[1:-1])))
    def test_the_order(self, strong: str, weak: str) -> None:
        who = Credentials("juliet", "secret", access_token="token")
        kinds = KINDS if "-PLUS" in weak + strong else None
        chosen = choose([weak, strong], who, POLICY, secure=True, channel_binding=binding, announced=kinds)
        assert chosen.name == strong

    @pytest.mark.parametrize("name", MECHANISMS)
    def test_each_mechanism_has_its_class(self, name: str) -> None:
        who = Credentials() if name == "ANONYMOUS" else HOLDER
        policy = SaslPolicy(allowed=(name,))
        chosen = choose(
            MECHANISMS, who, policy, secure=True, channel_binding=binding, nonce=lambda: "n", announced=KINDS
        )
        assert type(chosen) is CLIENTS.get(name, ScramClient)
        assert chosen.name == name

    @pytest.mark.parametrize("name", ON_REQUEST)
    def test_what_must_be_named(self, name: str) -> None:
        who = Credentials("juliet", "secret", email="j@example.org", access_token="t", api_key="k")
        chosen = choose(MECHANISMS + ON_REQUEST, who, SaslPolicy((name,)), secure=True)
        assert type(chosen) is OBSOLETE[name]
        assert chosen.attempt.secure
        for policy, secure in ((POLICY, True), (SaslPolicy((name,)), False), (EVERYTHING, True)):
            with pytest.raises(SASLNoAppropriateMechanism):
                choose([name], who, policy, secure=secure)

    def test_what_is_missing_has_a_name(self) -> None:
        with pytest.raises(SASLNoAppropriateMechanism, match="there is no access_token and api_key"):
            choose(["X-FACEBOOK-PLATFORM"], USER, SaslPolicy(("X-FACEBOOK-PLATFORM",)), secure=True)

    @pytest.mark.parametrize(
        ("offered", "who", "policy", "secure", "said"),
        [
            ([], USER, POLICY, True, "offers nothing at all"),
            (["NTLM"], USER, POLICY, True, "NTLM: refused by rule known: xmppkit does not have it"),
            (
                ["PLAIN"],
                USER,
                POLICY,
                False,
                "rule plain_without_tls: it shows the password, and there is no TLS",
            ),
            (["SCRAM-SHA-1"], USER, POLICY, False, "SCRAM-SHA-1: refused by rule scram_without_tls: there is no TLS"),
            (
                ["PLAIN"],
                USER,
                SaslPolicy(("SCRAM-SHA-1",)),
                True,
                "rule allowed: the policy does not allow it",
            ),
            (
                ["PLAIN"],
                Credentials("juliet"),
                POLICY,
                True,
                "rule credentials: there is no user name and password",
            ),
            (
                ["PLAIN"],
                Credentials("", "x"),
                POLICY,
                True,
                "rule credentials: there is no user name and password",
            ),
            (
                ["SCRAM-SHA-1-PLUS"],
                USER,
                POLICY,
                True,
                "rule channel_binding: this connection has no channel binding",
            ),
            (["EXTERNAL"], USER, POLICY, True, "EXTERNAL: refused by rule certificate: there is no client certificate"),
            # A2: a stranger's welcome does not make us forget our account
            (["ANONYMOUS"], USER, POLICY, True, "ANONYMOUS: refused by rule account: there is an account to log in to"),
            (["PLAIN", "NTLM"], Credentials(), POLICY, True, "password; NTLM: refused by rule known: xmppkit"),
        ],
    )
    def test_nothing_fits(
        self, offered: list[str], who: Credentials, policy: SaslPolicy, secure: bool, said: str
    ) -> None:
        with pytest.raises(SASLNoAppropriateMechanism) as caught:
            choose(offered, who, policy, secure=secure)
        assert said in str(caught.value)
        assert "secret" not in str(caught.value)

    def test_names_of_the_peer_are_shown_but_not_for_ever(self) -> None:
        offered = [f"{number:05}\x1b[31m{'X' * 1000}" for number in range(5000)]
        with pytest.raises(SASLNoAppropriateMechanism) as caught:
            choose(offered, USER, POLICY, secure=True)
        assert len(str(caught.value)) < 2500
        assert "\x1b" not in str(caught.value)

    def test_what_the_attempt_knows_of_binding(self) -> None:
        with_offer = choose(["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], USER, SaslPolicy(("SCRAM-SHA-1",)), secure=True)
        assert with_offer.attempt.peer_binds
        without = choose(["SCRAM-SHA-1"], USER, POLICY, secure=True, channel_binding=binding, nonce=lambda: "n")
        assert not without.attempt.peer_binds
        assert without.initial_response() == b"y,,n=juliet,r=n"

    @pytest.mark.parametrize(
        ("offered", "announced", "strict", "said"),
        [
            # XEP-0440 §3, rules 4 and 5
            (["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], None, True, "announces no kind"),
            (["SCRAM-SHA-1"], KINDS, False, "offers no mechanism that uses them"),
            (["PLAIN"], KINDS, True, "offers no mechanism that uses them"),
            (["SCRAM-SHA-1-PLUS", "PLAIN"], [], False, "an empty list"),
        ],
    )
    def test_an_offer_that_contradicts_itself(
        self, offered: list[str], announced: tuple[str, ...] | None, strict: bool, said: str
    ) -> None:
        told = {"secure": True, "announced": announced, "strict": strict}
        with pytest.raises(SASLNoAppropriateMechanism, match=f"^refused by rule announced_bindings: .*{said}"):
            choose(offered, USER, POLICY, channel_binding=binding, **told)
        # Who does not bind has no opinion.
        never = SaslPolicy(channel_binding=Binding.NEVER)
        assert choose(offered, USER, never, channel_binding=binding, **told).attempt.binding is None

    @pytest.mark.parametrize("strict", [True, False])
    def test_kinds_that_are_not_ours(self, strict: bool) -> None:
        # XEP-0474 §7, rule 6: what proves its offer may be so.
        offered = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "EXTERNAL", "OAUTHBEARER"]
        told: dict[str, Any] = {"secure": True, "announced": ["tls-unique", "made-up"], "strict": strict}
        chosen = choose(offered, USER, POLICY, channel_binding=binding, nonce=lambda: "n", **told)
        assert (chosen.name, chosen.attempt.doubtful) == ("SCRAM-SHA-1", True)
        assert chosen.initial_response() == b"n,,n=juliet,r=n"
        with pytest.raises(SASLNoAppropriateMechanism, match="PLAIN: refused by rule announced_bindings"):
            choose(offered, USER, SaslPolicy(("PLAIN",)), channel_binding=binding, **told)
        # What proves no password has no better variant.
        certified = Credentials("juliet", "r0m30myr0m30", external=True)
        assert choose(offered, certified, POLICY, channel_binding=binding, **told).name == "EXTERNAL"
        token = Credentials("juliet", access_token="token")
        assert choose(offered, token, POLICY, channel_binding=binding, **told).name == "OAUTHBEARER"
        never = SaslPolicy(channel_binding=Binding.NEVER)
        assert not choose(offered, USER, never, channel_binding=binding, **told).attempt.doubtful

    def test_who_was_bound_before(self) -> None:
        offered = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"]
        ours: dict[str, Any] = {"secure": True, "channel_binding": {"tls-exporter": b"x"}.get}
        before = SaslPolicy(pinned="SCRAM-SHA-256-PLUS")
        with pytest.raises(SASLNoAppropriateMechanism, match=r"^refused by rule pinned: an earlier login"):
            choose(offered, USER, before, **ours)
        assert choose(offered, USER, before, announced=["tls-exporter"], **ours).name == "SCRAM-SHA-1-PLUS"
        for policy in (POLICY, SaslPolicy(pinned="SCRAM-SHA-256"), SaslPolicy(("SCRAM-SHA-1",), pinned=before.pinned)):
            assert choose(offered, USER, policy, **ours).name == "SCRAM-SHA-1"
        # What the server does not offer at all it finds out itself; and what we do not have it need not name.
        assert choose(offered[1:], USER, before, **ours).name == "SCRAM-SHA-1"
        ours["channel_binding"] = {"tls-server-end-point": b"e"}.get
        assert choose(offered, USER, before, **ours).name == "SCRAM-SHA-1"

    def test_no_kind_in_common_where_we_lack_the_strongest(self) -> None:
        offered = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]
        chosen = choose(
            offered, USER, POLICY, secure=True, channel_binding={}.get, announced=["tls-exporter"], nonce=lambda: "n"
        )
        assert chosen.initial_response() == b"n,,n=juliet,r=n"
        required = SaslPolicy(channel_binding=Binding.REQUIRED)
        with pytest.raises(SASLNoAppropriateMechanism) as caught:
            choose(offered, USER, required, secure=True, channel_binding={}.get, announced=["tls-exporter"])
        assert str(caught.value).count("refused by rule channel_binding") == 2

    def test_kinds_that_are_not_announced(self) -> None:
        offered = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]
        for kinds, policy, chosen in (
            ({"tls-unique": b"u", "tls-server-end-point": b"e"}, POLICY, "p=tls-unique,,"),
            ({"tls-exporter": b"x", "tls-server-end-point": b"e"}, POLICY, "n,,"),
            ({"tls-exporter": b"x"}, SaslPolicy(channel_binding=Binding.REQUIRED), "p=tls-exporter,,"),
        ):
            made = choose(offered, USER, policy, secure=True, channel_binding=kinds.get, nonce=lambda: "n")
            assert made.initial_response() == f"{chosen}n=juliet,r=n".encode()

    @pytest.mark.parametrize(
        ("offered", "announced", "kinds", "chosen"),
        [
            # -PLUS without kinds, in the profile of RFC 6120; tls-unique need not be announced (RFC 5802 §6)
            (PLUS, None, ("tls-exporter", "tls-server-end-point"), None),
            (PLUS, None, ("tls-unique", "tls-server-end-point"), "p=tls-unique,,"),
            # tls-exporter alone: SCRAM goes on, and is given up later unless the server proves its offer
            (PLUS, ("tls-exporter",), ("tls-server-end-point",), "n,,"),
            (["SCRAM-SHA-1-PLUS", "PLAIN"], ("tls-exporter",), ("tls-server-end-point",), None),
            # kinds, and neither -PLUS nor other SCRAM
            (["PLAIN"], KINDS, ("tls-exporter",), None),
            # servers that have nothing of it
            (["SCRAM-SHA-1"], None, ("tls-exporter",), "y,,"),
            (PLUS, KINDS, ("tls-exporter",), "p=tls-exporter,,"),
            (PLUS, KINDS, (), "n,,"),
        ],
    )
    def test_nobody_is_let_pass(
        self, offered: list[str], announced: tuple[str, ...] | None, kinds: tuple[str, ...], chosen: str | None
    ) -> None:
        strict = SaslPolicy(channel_binding=Binding.STRICT)
        ours = {kind: kind.encode() for kind in kinds}.get
        told: dict[str, Any] = {"secure": True, "channel_binding": ours, "announced": announced, "nonce": lambda: "n"}
        if chosen is None:
            with pytest.raises(SASLNoAppropriateMechanism, match="refused by rule announced_bindings"):
                choose(offered, USER, strict, **told)
            assert choose(offered, USER, POLICY, **told).name  # who is not strict lets it pass
            return
        made = choose(offered, USER, strict, **told)
        assert made.initial_response() == f"{chosen}n=juliet,r=n".encode()
        assert made.attempt.doubtful is (announced == ("tls-exporter",))

    def test_kinds_without_a_mechanism_for_them(self) -> None:
        # XEP-0440 §3: y is for servers that have said nothing of channel binding at all.
        made = choose(["PLAIN"], USER, POLICY, secure=True, channel_binding=binding, announced=KINDS)
        assert made.attempt.peer_binds
        assert made.attempt.offered == ("PLAIN",)
        assert made.attempt.announced == KINDS

    def test_without_tls_there_is_nothing_to_bind(self) -> None:
        policy = SaslPolicy(scram_without_tls=True)
        chosen = choose(["SCRAM-SHA-1"], USER, policy, secure=False, channel_binding=binding, nonce=lambda: "n")
        assert chosen.initial_response() == b"n,,n=juliet,r=n"

    @given(st.lists(st.one_of(st.sampled_from(MECHANISMS), st.text(max_size=10)), max_size=6), st.booleans())
    def test_a_password_never_goes_where_it_may_not(self, offered: list[str], secure: bool) -> None:
        try:
            chosen = choose(offered, USER, POLICY, secure=secure)
        except SASLError:
            return
        assert secure
        assert chosen.name in offered
        assert chosen.name.startswith("SCRAM-") or not any(
            name.startswith("SCRAM-") and not name.endswith("-PLUS") and name in MECHANISMS for name in offered
        )


class TestServer:
    def test_what_is_offered_by_default(self) -> None:
        passwords = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]
        assert server_mechanisms(POLICY, secure=True) == passwords
        assert server_mechanisms(POLICY, secure=False) == []
        bound = server_mechanisms(POLICY, secure=True, channel_binding=binding)
        assert [name for name in bound if not name.endswith("-PLUS")] == passwords
        assert len(bound) == 7

    def test_strangers_and_certificates_only_by_name(self) -> None:
        assert server_mechanisms(SaslPolicy(("ANONYMOUS",)), secure=True) == ["ANONYMOUS"]
        assert server_mechanisms(SaslPolicy(("EXTERNAL",)), secure=True) == ["EXTERNAL"]
        assert server_mechanisms(EVERYTHING, secure=True)[0] == "EXTERNAL"
        assert server_mechanisms(EVERYTHING, secure=False) == ["ANONYMOUS"]
        for name in ("ANONYMOUS", "EXTERNAL", "OAUTHBEARER"):
            for secure in (True, False):
                assert name not in server_mechanisms(POLICY, secure=secure)
                assert server_mechanism(name, POLICY, secure=secure) is None

    @pytest.mark.parametrize("name", ON_REQUEST)
    def test_what_must_be_named(self, name: str, play: Callable[..., object]) -> None:
        policy = SaslPolicy((name,), plain_without_tls=True, scram_without_tls=True)
        assert name not in server_mechanisms(POLICY, secure=True)
        assert server_mechanisms(policy, secure=False) == []
        if name not in OBSOLETE_SERVERS:  # only the issuer of a token can check that
            assert server_mechanisms(policy, secure=True) == []
            return
        server = server_mechanism(name, policy, secure=True, domain="example.org")
        assert type(server) is OBSOLETE_SERVERS[name]
        client = choose([name], Credentials("juliet", "secret", host="example.org"), policy, secure=True)
        step = play(client, server, lambda username: AccountRecord("secret"))
        assert isinstance(step, Success)

    def test_external_where_a_certificate_was_shown(self) -> None:
        policy = SaslPolicy(("EXTERNAL", "PLAIN"))
        assert server_mechanisms(policy, secure=True, certificate=False) == ["PLAIN"]
        assert server_mechanism("EXTERNAL", policy, secure=True, certificate=False) is None

    def test_what_the_attempt_knows_of_the_offer(self) -> None:
        made = server_mechanism("PLAIN", POLICY, secure=True, announced=["tls-exporter"])
        assert made is not None
        assert made.attempt.offered == ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")
        assert made.attempt.announced == ("tls-exporter",)

    def test_no_binding_without_tls(self) -> None:
        policy = SaslPolicy(scram_without_tls=True)
        names = server_mechanisms(policy, secure=False, channel_binding=binding)
        assert names == ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]

    @pytest.mark.parametrize("name", MECHANISMS)
    def test_each_mechanism_has_its_class(self, name: str) -> None:
        made = server_mechanism(name, EVERYTHING, secure=True, channel_binding=binding, nonce=lambda: "n")
        assert type(made) is SERVERS.get(name, ScramServer)
        assert made is not None
        assert made.attempt.peer_binds

    @pytest.mark.parametrize("name", ["", "LOGIN", "DIGEST-MD5", "scram-sha-1", "SCRAM-SHA-1-PLUS", "ANONYMOUS"])
    def test_what_is_not_offered_cannot_be_had(self, name: str) -> None:
        assert server_mechanism(name, POLICY, secure=True) is None

    def test_without_an_offer_of_binding_the_flag_y_is_fine(self) -> None:
        made = server_mechanism("SCRAM-SHA-1", POLICY, secure=True)
        assert made is not None
        assert not made.attempt.peer_binds

    @pytest.mark.parametrize("bind", [binding, None])
    @pytest.mark.parametrize("name", MECHANISMS)
    def test_both_sides_agree(
        self, name: str, bind: Callable[[str], bytes | None] | None, play: Callable[..., object]
    ) -> None:
        policy = SaslPolicy((name,))
        offered = server_mechanisms(policy, secure=True, channel_binding=bind)
        if bind is None and name.endswith("-PLUS"):
            assert offered == []
            return
        who = Credentials() if name == "ANONYMOUS" else HOLDER
        kinds = KINDS if name.endswith("-PLUS") else None
        client = choose(offered, who, policy, secure=True, channel_binding=bind, announced=kinds)
        server = server_mechanism(client.name, policy, secure=True, channel_binding=bind, announced=kinds)
        record = AccountRecord("secret", certified="juliet", bearer={"token": "juliet"}.get)  # type: ignore[arg-type]
        step = play(client, server, lambda username: record)
        assert isinstance(step, Success)
        assert step.username == "juliet" or name == "ANONYMOUS"


class TestCustom:
    @pytest.fixture(autouse=True)
    def clean(self) -> Iterator[None]:
        yield
        for name in ("X-OWN", "X-OTHER", "PLAIN"):
            unregister_mechanism(name)
            unregister_server_mechanism(name)

    @pytest.mark.parametrize(
        ("score", "before"), [(200, "EXTERNAL"), (63, "SCRAM-SHA-1"), (1, "ANONYMOUS"), (-1, None)]
    )
    def test_a_servers_half_where_it_is_named(self, score: int, before: str | None) -> None:
        plain = server_mechanisms(EVERYTHING, secure=True)
        register_server_mechanism(CustomServerMechanism("X-OWN", score, PlainServer))
        assert server_mechanisms(EVERYTHING, secure=True) == plain
        assert "X-OWN" not in server_mechanisms(POLICY, secure=True)
        named = SaslPolicy(allowed=(*MECHANISMS, "X-OWN"))
        offered = server_mechanisms(named, secure=True)
        place = offered.index("X-OWN")
        assert offered[place + 1 : place + 2] == ([] if before is None else [before])
        assert "X-OWN" not in server_mechanisms(named, secure=False)
        assert isinstance(server_mechanism("X-OWN", named, secure=True), PlainServer)
        with pytest.raises(SASLNoAppropriateMechanism, match="does not have it"):  # there is no client's half
            choose(["X-OWN"], USER, named, secure=True)

    def test_a_servers_half_in_place_of_ours(self) -> None:
        class Mine(PlainServer):
            pass

        register_server_mechanism(CustomServerMechanism("PLAIN", 1, Mine))
        assert server_mechanisms(POLICY, secure=True).count("PLAIN") == 1
        assert type(server_mechanism("PLAIN", POLICY, secure=True)) is Mine

    @pytest.mark.parametrize(("score", "chosen"), [(200, "X-OWN"), (63, "X-OWN"), (61, "SCRAM-SHA-1")])
    def test_by_its_score(self, score: int, chosen: str) -> None:
        register_mechanism(CustomMechanism("X-OWN", score, PlainClient))
        assert choose(["PLAIN", "X-OWN", "SCRAM-SHA-1"], USER, POLICY, secure=True).name == chosen
        assert "X-OWN" not in server_mechanisms(EVERYTHING, secure=True)

    def test_in_place_of_ours(self) -> None:
        class Mine(PlainClient):
            pass

        register_mechanism(CustomMechanism("PLAIN", 1, Mine))
        assert type(choose(["PLAIN"], USER, POLICY, secure=True)) is Mine
        with pytest.raises(SASLNoAppropriateMechanism, match="no TLS"):
            choose(["PLAIN"], USER, POLICY, secure=False)

    def test_what_it_requires(self) -> None:
        register_mechanism(CustomMechanism("X-OWN", 1, PlainClient, required=frozenset({"pin"})))
        assert credentials_of("X-OWN") == (frozenset({"pin"}), frozenset())
        with pytest.raises(SASLNoAppropriateMechanism, match="there is no pin"):
            choose(["X-OWN"], USER, POLICY, secure=True)
        assert choose(["X-OWN"], Credentials(more={"pin": "1"}), POLICY, secure=True).name == "X-OWN"

    @pytest.mark.parametrize(("reason", "said"), [("not today", "not today"), ("", "the program's mechanism refused")])
    def test_one_that_refuses_leaves_it_to_the_next(self, reason: str, said: str) -> None:
        def refuse(name: str, who: Credentials, attempt: Attempt) -> ClientMechanism:
            raise SASLCancelled(reason)

        register_mechanism(CustomMechanism("X-OWN", 200, refuse))
        assert choose(["X-OWN", "PLAIN"], USER, POLICY, secure=True).name == "PLAIN"
        with pytest.raises(SASLNoAppropriateMechanism, match=said):
            choose(["X-OWN"], USER, POLICY, secure=True)


PASSWORD = (frozenset({"username", "password"}), frozenset({"authzid"}))


@pytest.mark.parametrize(
    ("offered", "policy", "secure", "account", "certificate", "wanted"),
    [
        (["PLAIN", "SCRAM-SHA-1"], POLICY, True, True, False, PASSWORD),
        ([], POLICY, True, True, False, PASSWORD),
        (["X-OAUTH2"], POLICY, True, True, False, PASSWORD),
        (["EXTERNAL", "PLAIN"], POLICY, True, True, False, PASSWORD),
        (["EXTERNAL", "PLAIN"], POLICY, True, True, True, (frozenset(), frozenset({"authzid"}))),
        (["ANONYMOUS"], POLICY, True, False, False, (frozenset(), frozenset())),
        (["ANONYMOUS"], POLICY, True, True, False, PASSWORD),
        (
            ["X-OAUTH2"],
            SaslPolicy(("X-OAUTH2",)),
            True,
            True,
            False,
            (frozenset({"username", "access_token"}), frozenset()),
        ),
        (["X-OAUTH2"], SaslPolicy(("X-OAUTH2",)), False, True, False, PASSWORD),
    ],
)
def test_what_to_ask_for(
    offered: list[str], policy: SaslPolicy, secure: bool, account: bool, certificate: bool, wanted: object
) -> None:
    assert wanted_credentials(offered, policy, secure=secure, account=account, certificate=certificate) == wanted
