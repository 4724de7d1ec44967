# SPDX-License-Identifier: MIT
"""Mechanisms that a program writes: declared, chosen by hand, and used by a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from xmppkit.exceptions import SASLCancelled, SASLFailed, SASLMutualAuthFailed, SASLNoAppropriateMechanism
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.sasl import choose as choose_for_stream
from xmppkit.sasl.policy import SCORES
from xmppkit.util import sasl
from xmppkit.util.sasl import client
from xmppkit.util.sasl.client import MECH_SEC_SCORES, MECHANISMS, Mech, choose, sasl_mech

pytestmark = pytest.mark.usefixtures("forget_mechanisms")

USER = Credentials("tim", "secret", more={"pin": "77"})
KNOWN = {"username": "tim", "password": "secret", "realm": "", "host": "h", "service": "xmpp"}


def give(required: set[str], optional: set[str]) -> Mapping[str, str]:
    return {name: value for name, value in KNOWN.items() if name in required | optional}


def allow(names: set[str]) -> Mapping[str, object]:
    return dict.fromkeys(names, True)


def own(score: int = 90, **attributes: Any) -> type[Mech]:
    """A mechanism, declared, that notes how it is called."""

    class Own(Mech):
        name = "X-OWN"
        required_credentials: ClassVar[set[str]] = {"username", "pin"}
        answers: ClassVar[list[Any]] = []

        def process(self, challenge: bytes = b"") -> bytes | None:
            self.values[str(len(self.values))] = challenge
            answer = self.answers[len(self.values) - 1]
            if isinstance(answer, Exception):
                raise answer
            return answer  # type: ignore[no-any-return]

    for name, value in attributes.items():
        setattr(Own, name, value)
    return sasl_mech(score)(Own)


def start(*offered: str, policy: SaslPolicy | None = None, **more: Any) -> Any:
    return choose_for_stream(offered, USER, policy or SaslPolicy(), secure=True, **more)


class TestChoose:
    @pytest.mark.parametrize(
        ("offered", "more", "chosen"),
        [
            (["PLAIN", "SCRAM-SHA-1", "DIGEST-MD5", "X-THEIRS"], {}, "SCRAM-SHA-1"),
            (["SCRAM-SHA-1", "PLAIN"], {"limit": ["PLAIN"]}, "PLAIN"),
            (["SCRAM-SHA-1", "PLAIN"], {"limit": "PLAIN"}, "PLAIN"),
            (["SCRAM-SHA-1", "PLAIN"], {"min_mech": "PLAIN"}, "SCRAM-SHA-1"),
            (["SCRAM-SHA-1", "PLAIN"], {"min_mech": "X-THEIRS"}, "SCRAM-SHA-1"),
            (["DIGEST-MD5", "PLAIN"], {"limit": {"PLAIN", "DIGEST-MD5"}}, "DIGEST-MD5"),
            (["X-OAUTH2", "PLAIN"], {"limit": {"PLAIN", "X-OAUTH2"}}, "PLAIN"),
        ],
    )
    def test_the_strongest(self, offered: list[str], more: dict[str, Any], chosen: str) -> None:
        made = choose(offered, give, allow, **more)
        assert made.name == chosen
        assert type(made) is MECHANISMS[chosen]

    @pytest.mark.parametrize(
        ("offered", "more", "reason"),
        [
            ([], {}, "nothing at all"),
            (["X-THEIRS"], {}, "'X-THEIRS' .it is unknown"),
            (["DIGEST-MD5"], {}, "'DIGEST-MD5' .it is used only when it is named"),
            (["PLAIN"], {"limit": {"SCRAM-SHA-1"}}, "not among those"),
            (["PLAIN"], {"min_mech": "PLAIN"}, "too weak"),
            (["X-FACEBOOK-PLATFORM"], {"limit": ["X-FACEBOOK-PLATFORM"]}, "there is no access_token and api_key"),
        ],
    )
    def test_none(self, offered: list[str], more: dict[str, Any], reason: str) -> None:
        with pytest.raises(SASLNoAppropriateMechanism, match=reason):
            choose(offered, give, allow, **more)

    def test_the_next_when_one_refuses(self) -> None:
        def refuse(self: Mech, name: str) -> None:
            raise SASLCancelled

        own(required_credentials=set(), setup=refuse)
        assert choose(["X-OWN", "PLAIN"], give, allow).name == "PLAIN"
        with pytest.raises(SASLNoAppropriateMechanism, match="it refused"):
            choose(["X-OWN"], give, allow)

    def test_what_it_gets(self) -> None:
        own(optional_credentials={"realm", "other"}, security={"encrypted", "x"}, answers=[b"1"])
        made = choose(["X-OWN"], lambda required, optional: {"username": "ü", "pin": b"\xff", "other": None}, allow)
        assert made.credentials == {"username": "ü".encode(), "pin": b"\xff"}
        assert made.security_settings == {"encrypted": True, "x": True}
        assert (made.name, made.base_name, made.score) == ("X-OWN", "X-OWN", 90)
        assert made.process() == b"1"


def test_a_mechanism_that_says_nothing() -> None:
    made = Mech("X", {}, {})
    made.finish(b"")
    assert made.process(b"challenge") == b""


def test_the_tables() -> None:
    assert dict(SCORES) == MECH_SEC_SCORES
    assert MECHANISMS.keys() == MECH_SEC_SCORES.keys()
    for name in sasl.__all__:
        assert getattr(sasl, name) is not None
    assert client.SASLCancelled is sasl.SASLCancelled


def test_with_hashes_and_binding() -> None:
    made = own(40, name="X-HASH", use_hashes=True, channel_binding=True)
    names = [name for name in MECHANISMS if name.startswith("X-HASH")]
    assert names[:3] == ["X-HASH-MD5", "X-HASH-MD5-PLUS", "X-HASH-SHA-1"]
    assert len(names) == 12
    assert MECH_SEC_SCORES["X-HASH-SHA-512"] == 46
    assert MECH_SEC_SCORES["X-HASH-SHA-512-PLUS"] == 56
    assert {MECHANISMS[name] for name in names} == {made}


class TestStream:
    """What `xmppkit.sasl.choose`, which the engine calls, makes of them."""

    def test_an_exchange(self) -> None:
        own(answers=["first", None, b"third", None])
        half = start("X-OWN", "SCRAM-SHA-512")
        assert half.name == "X-OWN"
        assert not half.verbatim
        assert half.initial_response() == b"first"
        assert half.respond(b"1") == b""
        assert half.respond(b"2") == b"third"
        half.success(None)
        assert list(half._mech.values.values()) == [b"", b"1", b"2", b""]

    def test_no_first_message(self) -> None:
        own(answers=[None])
        assert start("X-OWN").initial_response() is None

    def test_weaker_ones_are_not_used(self) -> None:
        own(50)
        assert start("X-OWN", "SCRAM-SHA-1").name == "SCRAM-SHA-1"

    def test_credentials_and_settings(self) -> None:
        own(
            optional_credentials={"authzid", "other"},
            security={"encrypted", "encrypted_plain", "unencrypted_plain", "binding_proposed", "else"},
        )
        half = start("X-OWN", "SCRAM-SHA-1-PLUS")
        assert half._mech.credentials == {"username": b"tim", "pin": b"77", "authzid": b""}
        assert half._mech.security_settings == {
            "encrypted": True,
            "encrypted_plain": True,
            "unencrypted_plain": False,
            "binding_proposed": True,
            "else": False,
        }

    def test_a_callback_decides_settings_but_no_facts(self) -> None:
        own(security={"encrypted", "encrypted_plain", "else"})
        policy = SaslPolicy(security=lambda names: {"encrypted": False, "encrypted_plain": False, "else": "x"})
        settings = start("X-OWN", policy=policy)._mech.security_settings
        assert settings == {"encrypted": True, "encrypted_plain": False, "else": "x"}

    @pytest.mark.parametrize(
        ("kinds", "binding"),
        [({"tls-exporter": b"e", "tls-unique": b"u"}, b"e"), ({"tls-unique": b"u"}, b"u"), ({}, b"")],
    )
    def test_the_binding(self, kinds: dict[str, bytes], binding: bytes) -> None:
        own(optional_credentials={"channel_binding"})
        half = start("X-OWN", channel_binding=kinds.get)
        assert half._mech.credentials["channel_binding"] == binding

    def test_the_binding_of_another_kind(self) -> None:
        own(optional_credentials={"channel_binding"})
        half = start("X-OWN", channel_binding={"tls-server-end-point": b"s"}.get)
        assert half._mech.credentials["channel_binding"] == b""

    def test_what_is_missing(self) -> None:
        own(required_credentials={"card"})
        with pytest.raises(SASLNoAppropriateMechanism, match="there is no card"):
            start("X-OWN")

    @pytest.mark.parametrize(
        ("attributes", "policy", "used"),
        [
            ({}, {}, False),
            ({"required_credentials": {"username"}}, {}, True),
            ({"security": {"unencrypted_plain"}}, {"scram_without_tls": True}, False),
            ({"security": {"unencrypted_plain"}}, {"plain_without_tls": True}, True),
            ({"security": {"unencrypted_scram"}}, {"scram_without_tls": True}, True),
            ({"security": {"unencrypted_scram"}}, {"plain_without_tls": True}, False),
        ],
    )
    def test_secrets_go_over_tls(self, attributes: dict[str, Any], policy: dict[str, bool], used: bool) -> None:
        own(**attributes)
        try:
            choose_for_stream(["X-OWN"], USER, SaslPolicy(**policy), secure=False)
        except SASLNoAppropriateMechanism:
            assert not used
        else:
            assert used

    def test_an_error_of_its_own_ends_the_login(self) -> None:
        own(answers=[SASLCancelled("no"), SASLMutualAuthFailed("who are you?")])
        half = start("X-OWN")
        with pytest.raises(SASLCancelled):
            half.initial_response()
        with pytest.raises(SASLMutualAuthFailed):
            half.success(b"data")

    def test_a_bug_ends_the_login_and_is_reported(self, caplog: pytest.LogCaptureFixture) -> None:
        own(answers=[KeyError("secret")])
        half = start("X-OWN")
        with pytest.raises(SASLFailed, match="X-OWN has failed with KeyError; the log says where") as caught:
            half.initial_response()
        assert "secret" not in str(caught.value)
        assert "the SASL mechanism X-OWN has failed" in caplog.text

    def test_the_one_that_stands_as_it_is(self) -> None:
        own(name="X-MESSENGER-OAUTH2", required_credentials=set())
        half = start("X-MESSENGER-OAUTH2", policy=SaslPolicy(("X-MESSENGER-OAUTH2",)))
        assert half.verbatim
