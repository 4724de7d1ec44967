# SPDX-License-Identifier: MIT
"""The settings themselves, and the facade of the package."""

from __future__ import annotations

import argparse
import dataclasses
import os
import pickle
import ssl
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xmppkit import settings as facade
from xmppkit.dispatch import pending
from xmppkit.drivers import asyncio as driver
from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.sasl.custom import CustomServerMechanism, register_server_mechanism, unregister_server_mechanism
from xmppkit.sasl.plain import PlainServer
from xmppkit.sasl.policy import Binding, SaslPolicy, known_mechanisms
from xmppkit.settings import Knob, Settings, knobs, settings
from xmppkit.transports import hostmeta, resolver, tcp
from xmppkit.xml.limits import Limits
from xmppkit.xmlstream import connector

KEY_PIN = "spki-sha256:" + "A" * 43 + "="
HASH_PIN = "cert-sha256:" + "aB" * 32
KNOBS = list(Settings.knobs().values())
by_name = pytest.mark.parametrize("knob", KNOBS, ids=[knob.name for knob in KNOBS])


# --- every knob -------------------------------------------------------------------------------------------


@by_name
def test_knob_is_described(knob: Knob) -> None:
    assert knob.help.endswith(".")
    assert "%" not in knob.help + knob.kind.description + knob.kind.metavar  # argparse would take it for a format
    assert knob.environment == "XMPPKIT_" + knob.name.upper()
    assert knob.flag == "--" + knob.name.replace("_", "-")
    assert getattr(Settings(), knob.name) == knob.default
    if isinstance(knob.default, float):
        assert knob.unit == "seconds"


@by_name
@pytest.mark.parametrize("value", [object(), "", [], b"bytes", float("nan"), -1], ids=repr)
def test_knob_refuses_what_it_does_not_take(knob: Knob, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{knob.name: value})
    assert str(caught.value) == f"{knob.name} takes {knob.kind.description}, not {value!r}"


#: What these take is seen when it is used.
FREE = ("ca_certs", "certfile", "keyfile", "ciphers")


@pytest.mark.parametrize(
    ("knob", "text"),
    [(knob, text) for knob in KNOBS for text in ("", ",", "no such thing") if not text or knob.name not in FREE],
)
def test_knob_refuses_text_that_it_does_not_take(knob: Knob, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({knob.environment: text})
    assert str(caught.value) == f"{knob.environment}: {knob.name} takes {knob.kind.description}, not {text!r}"


@pytest.mark.parametrize(
    ("name", "value", "kept", "text"),
    [
        ("use_ipv6", False, False, "false"),
        ("use_ipv6", True, True, "TRUE"),
        ("use_ipv6", True, True, "1"),
        ("connect_timeout", 5, 5.0, "5"),
        ("connect_timeout", 2.5, 2.5, " 2.5 "),
        ("happy_eyeballs_delay", None, None, "none"),
        ("max_redirects", 0, 0, "0"),
        ("reconnect_attempts", 3, 3, "3"),
        ("ca_certs", "a.pem", ("a.pem",), "a.pem"),
        ("ca_certs", Path("a.pem"), ("a.pem",), "a.pem"),
        ("ca_certs", [Path("a.pem"), "b.pem"], ("a.pem", "b.pem"), os.pathsep.join(["a.pem", "b.pem"])),
        ("certfile", Path("own.pem"), "own.pem", "own.pem"),
        ("tls_minimum", ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, "1.3"),
        ("sasl_mechanisms", "EXTERNAL", ("EXTERNAL",), "EXTERNAL"),
        ("sasl_minimum", "SCRAM-SHA-256", "SCRAM-SHA-256", "SCRAM-SHA-256"),
        ("channel_binding", Binding.IF_OFFERED, Binding.IF_OFFERED, "if-offered"),
        ("channel_binding", Binding.REQUIRED, Binding.REQUIRED, "required"),
        ("tls_library", "openssl", "openssl", "openssl"),
        (
            "sasl_mechanisms",
            ["SCRAM-SHA-256", "SCRAM-SHA-1"],
            ("SCRAM-SHA-256", "SCRAM-SHA-1"),
            "SCRAM-SHA-256, SCRAM-SHA-1",
        ),
        ("proxy", "socks5://localhost:9050", "socks5://localhost:9050", "socks5://localhost:9050"),
        ("proxy", "http://me:x@[::1]/", "http://me:x@[::1]/", "http://me:x@[::1]/"),
        ("pins", KEY_PIN, (KEY_PIN,), KEY_PIN),
        (
            "pins",
            [KEY_PIN, "cert-sha256:" + "aB" * 32],
            (KEY_PIN, "cert-sha256:" + "aB" * 32),
            f"{KEY_PIN}, cert-sha256:{'aB' * 32}",
        ),
        ("default_lang", "de-CH", "de-CH", "de-CH"),
        ("default_lang", None, None, "None"),
        ("auto_authorize", None, None, "none"),
        ("auto_authorize", False, False, "False"),
        ("max_stanza_bytes", 10_000, 10_000, "10000"),
    ],
)
def test_values_from_everywhere(name: str, value: object, kept: object, text: str) -> None:
    knob = Settings.knob(name)
    from_call = Settings(**{name: value})
    from_env = Settings.from_env({knob.environment: text})
    assert getattr(from_call, name) == kept
    assert type(getattr(from_call, name)) is type(kept)
    assert from_env == from_call
    if knob.name != "use_ipv6":
        parser = argparse.ArgumentParser(exit_on_error=False)
        Settings.add_arguments(parser)
        assert Settings.from_arguments(parser.parse_args([knob.flag, text])) == from_call


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("use_ipv6", "true"),
        ("connect_timeout", 0),
        ("connect_timeout", "5"),
        ("connect_timeout", True),
        ("connect_timeout", float("inf")),
        ("max_redirects", True),
        ("max_redirects", 1.0),
        ("reconnect_attempts", 0),
        ("certfile", 5),
        ("certfile", b"own.pem"),
        ("tls_minimum", ssl.TLSVersion.TLSv1),
        ("tls_minimum", "1.2"),
        ("sasl_mechanisms", "ROT13"),
        ("sasl_mechanisms", ["PLAIN", ""]),
        ("proxy", "localhost:9050"),
        ("proxy", "https://localhost"),
        ("proxy", "http://localhost/path"),
        ("pins", "spki-sha256:abc="),
        ("pins", ["sha1:" + "00" * 20]),
        ("pins", ()),
        ("default_lang", "no tag"),
        ("max_stanza_bytes", 9_999),
    ],
)
def test_values_that_are_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} takes "):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"enable_direct_tls": False, "enable_starttls": False},
            "enable_direct_tls, enable_starttls and enable_plaintext cannot all be false",
        ),
        ({"keyfile": "key.pem"}, "keyfile needs certfile"),
        ({"sasl_minimum": "ROT13"}, f"sasl_minimum takes one of {', '.join(known_mechanisms())}, not 'ROT13'"),
        ({"min_iterations": 2_000_000}, "min_iterations takes at most max_iterations, 1000000"),
        ({"reconnect_delay": 301}, "reconnect_delay takes at most max_reconnect_delay, 60 seconds"),
    ],
)
def test_contradictions(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**values)
    assert str(caught.value) == said


def test_what_does_not_contradict() -> None:
    Settings(keyfile="key.pem", certfile="own.pem")
    Settings(enable_direct_tls=False, enable_starttls=False, enable_plaintext=True)


# --- defaults ---------------------------------------------------------------------------------------------


def test_defaults_are_those_of_the_modules_that_use_them() -> None:
    """The modules of one floor do not import each other, so that these stand in two places."""
    default = Settings()
    assert default.connect_timeout == tcp.CONNECT_TIMEOUT
    assert default.happy_eyeballs_delay == tcp.HAPPY_EYEBALLS_DELAY
    assert default.dns_timeout == resolver.DNS_TIMEOUT
    assert default.host_meta_timeout == hostmeta.HOST_META_TIMEOUT
    assert default.reconnect_delay == connector.FIRST_DELAY
    assert default.max_reconnect_delay == connector.MAX_DELAY
    assert default.iq_timeout == pending.DEFAULT_TIMEOUT
    assert default.write_limit == driver.WRITE_LIMIT


def test_immutable_comparable_and_picklable() -> None:
    settings = Settings(ca_certs="a.pem")
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.use_ipv6 = False
    assert settings == Settings(ca_certs=["a.pem"]) != Settings()
    assert hash(settings) == hash(Settings(ca_certs=["a.pem"]))
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_what_a_proxy_is_told_is_not_shown() -> None:
    assert "secret" not in repr(Settings(proxy="http://me:secret@localhost"))


# --- strict, replace ----------------------------------------------------------------------------------------


def test_mechanisms_that_programs_bring_along() -> None:
    with pytest.raises(ConfigurationError, match="sasl_mechanisms"):
        Settings(sasl_mechanisms=("X-OWN",))
    register_server_mechanism(CustomServerMechanism("X-OWN", 5, PlainServer))
    try:
        assert Settings(sasl_mechanisms=("X-OWN", "PLAIN")).sasl_mechanisms == ("X-OWN", "PLAIN")
    finally:
        unregister_server_mechanism("X-OWN")


def test_strict() -> None:
    strict, default = Settings.strict(), Settings()
    differing = {name for name in Settings.knobs() if getattr(strict, name) != getattr(default, name)}
    assert differing == {"auto_authorize", "auto_subscribe", "answer_strangers", "open_commands", "strict_interfaces"}
    assert strict.auto_authorize is None
    assert not strict.auto_subscribe
    assert not strict.answer_strangers
    assert strict.strict_interfaces
    assert not default.enable_plaintext
    assert Settings.strict(auto_subscribe=True, use_ipv6=False).auto_subscribe


def test_replace() -> None:
    settings = Settings.strict()
    changed = settings.replace(connect_timeout=1)
    assert changed.connect_timeout == 1.0
    assert changed.strict_interfaces
    assert settings.connect_timeout == 10.0
    with pytest.raises(ConfigurationError, match=r"connect_timeout takes a number of seconds above 0, not -1"):
        settings.replace(connect_timeout=-1)


def test_a_name_that_is_no_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no setting 'conect_timeout'; was connect_timeout meant\?"):
        Settings().replace(conect_timeout=1)
    with pytest.raises(ConfigurationError, match=r"^there is no setting 'zzz'$"):
        Settings.knob("zzz")


# --- what becomes of them -----------------------------------------------------------------------------------


def test_stream_options_of_the_defaults_are_the_engines_defaults() -> None:
    options = Settings().stream_options(tls=TlsPolicy.DISABLED, stanza_factory=print)
    expected = StreamOptions(lang="en", limits=Limits.client(), tls=TlsPolicy.DISABLED, stanza_factory=print)
    for item in dataclasses.fields(StreamOptions):
        assert getattr(options, item.name) == getattr(expected, item.name), item.name


def test_stream_options() -> None:
    settings = Settings(
        default_lang="de",
        sasl_mechanisms="PLAIN",
        plain_without_tls=True,
        scram_without_tls=True,
        min_iterations=5000,
        max_iterations=6000,
        max_auth_attempts=2,
        session=False,
        negotiation_timeout=7,
        close_timeout=8,
        max_stanza_bytes_before_login=20_000,
        max_stanza_bytes=30_000,
        max_depth=20,
        max_attributes=21,
        max_children=80,
        max_text_length=100,
    )
    options = settings.stream_options(Limits.server())
    assert options.lang == "de"
    assert options.sasl == SaslPolicy(("PLAIN",), True, True, 5000, 6000)
    assert options.max_auth_attempts == 2
    assert not options.session
    assert (options.negotiation_timeout, options.close_timeout) == (7.0, 8.0)
    assert options.limits_before_authentication == Limits.before_authentication().replace(stanza_bytes=20_000)
    assert options.limits == Limits(stanza_bytes=30_000, depth=20, attributes=21, children=80, text_length=100)


def test_the_roles_own_limits_stand_where_nothing_is_set() -> None:
    assert Settings().limits(Limits.server()) == Limits.server()
    assert Settings(max_depth=20).limits(Limits.server()) == Limits.server().replace(depth=20)
    assert Settings().stream_options(Limits.component()).limits == Limits.component()


def test_stream_options_that_do_not_exist() -> None:
    with pytest.raises(TypeError, match="colour"):
        Settings().stream_options(colour="red")


class Stream:
    """Has some attributes that are settings."""

    def __init__(self) -> None:
        self.use_ipv6 = True
        self.enable_plaintext = True  # unlike a client
        self.auto_authorize: bool | None = True
        self.other = 1


def test_apply() -> None:
    stream = Stream()
    Settings.strict(use_ipv6=False, connect_timeout=1).apply(stream)
    assert vars(stream) == {"use_ipv6": False, "enable_plaintext": True, "auto_authorize": None, "other": 1}


def test_the_defaults_are_one_object_of_each_class() -> None:
    class Own(Settings):
        """Another class, whose defaults nobody has asked for yet."""

    assert Own.defaults() == Own()
    assert Own.defaults() is Own.defaults()
    assert Own.defaults() is not Settings.defaults()


def test_defaults_change_nothing() -> None:
    stream = Stream()
    Settings.defaults().apply(stream)
    assert vars(stream) == vars(Stream())


# --- the facade -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "home"), [("Settings", settings), ("Knob", knobs), ("PREFIX", knobs), ("shown", knobs)]
)
def test_names_lead_to_their_homes(name: str, home: ModuleType) -> None:
    facade.__dict__.pop(name, None)
    assert getattr(facade, name) is getattr(home, name)
    assert name in dir(facade)


def test_no_other_names() -> None:
    assert sorted(facade.__all__) == ["Knob", "PREFIX", "Settings", "shown"]
    with pytest.raises(AttributeError, match=r"'xmppkit.settings' has no attribute 'Kind'"):
        facade.Kind  # noqa: B018


def test_the_policy_is_one_object() -> None:
    policy = Settings(sasl_minimum="SCRAM-SHA-256", channel_binding=Binding.REQUIRED, min_iterations=5).sasl_policy
    assert policy == SaslPolicy(min_iterations=5, minimum="SCRAM-SHA-256", channel_binding=Binding.REQUIRED)
    assert "channel binding: required" in str(policy)
    assert Settings().sasl_policy == SaslPolicy()
