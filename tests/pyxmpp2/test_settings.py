# SPDX-License-Identifier: MIT
"""`XMPPSettings`, and what it is a view of."""

from __future__ import annotations

import argparse
import queue
import socket
import threading
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.pyxmpp2.client import Client  # noqa: F401  # its settings are declared with it
from xmppkit.pyxmpp2.presence import Presence
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.settingstable import WITHOUT_EFFECT
from xmppkit.settings import Settings
from xmppkit.version import __version__

TABLE = {
    "starttls": (True, True),
    "tls_require": (True, True),
    "tls_verify_peer": (True, True),
    "tls_cacert_file": (None, True),
    "tls_cert_file": (None, False),
    "tls_key_file": (None, False),
    "username": (None, False),
    "password": (None, True),
    "authzid": (None, False),
    "insecure_auth": (False, True),
    "resource": (None, False),
    "c2s_port": (5222, True),
    "c2s_service": ("xmpp-client", False),
    "server": (None, True),
    "default_stanza_timeout": (300, False),
    "language": ("en", False),
    "languages": (["en"], False),
    "extra_auth_properties": ({}, False),
    "extra_ns_prefixes": ({}, False),
    "user_passwords": ({}, False),
    "ipv4": (True, False),
    "prefer_ipv6": (True, True),
    "poll_interval": (1.0, False),
    "event_queue_max_size": (0, False),
    "roster_name_length_limit": (1023, False),
    "roster_group_name_length_limit": (1023, False),
    "software_name": ("xmppkit", False),
    "software_version": (__version__, False),
}


@pytest.mark.parametrize("name", TABLE)
def test_defaults(name: str) -> None:
    default, basic = TABLE[name]
    settings = XMPPSettings()
    assert settings[name] == default
    assert settings.get(name) == default
    assert (name in XMPPSettings.list_all(basic=True)) is basic
    assert (name in XMPPSettings.list_all(basic=False)) is not basic
    assert name in XMPPSettings.list_all()
    assert name not in settings


def test_defaults_that_are_made() -> None:
    settings = XMPPSettings()
    assert isinstance(settings["initial_presence"], Presence)
    assert settings["initial_presence"] is not settings["initial_presence"]
    assert settings["event_queue"] is settings["event_queue"]
    assert settings["event_queue"] is not XMPPSettings()["event_queue"]
    assert settings["sasl_mechanisms"][0] == "SCRAM-SHA-512-PLUS"
    assert "DIGEST-MD5" not in settings["sasl_mechanisms"]
    assert settings["software_os"]
    assert XMPPSettings({"software_name": "bot"})["software_version"] == f"@xmppkit/{__version__}"


def test_a_queue_that_is_full_is_told_and_not_waited_for() -> None:
    events = XMPPSettings({"event_queue_max_size": 1})["event_queue"]
    events.put("one")
    with pytest.raises(ConfigurationError, match="event_queue_max_size: 1 events wait already"):
        events.put("two")
    assert events.get() == "one"
    events.put("two")
    with pytest.raises(ConfigurationError, match="event_queue_max_size"):
        events.put("three")
    with pytest.raises(queue.Full):
        events.put("three", False)
    with pytest.raises(queue.Full):
        events.put("three", timeout=0.01)


def test_who_does_not_take_events_waits_for_room() -> None:
    events = XMPPSettings({"event_queue_max_size": 1})["event_queue"]
    taken: queue.Queue[object] = queue.Queue()

    def take() -> None:
        for _ in range(4):
            taken.put(events.get(timeout=10))

    taker = threading.Thread(target=take)
    taker.start()
    events.put("first")
    assert taken.get(timeout=10) == "first"
    for number in range(3):
        events.put(number)
    assert [taken.get(timeout=10) for _ in range(3)] == [0, 1, 2]
    taker.join()


@pytest.mark.parametrize("works", [True, False])
def test_ipv6_is_looked_at_once(monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    monkeypatch.setattr(XMPPSettings, "_defs", {**XMPPSettings._defs, "ipv6": _unprobed()})
    calls = []

    class FakeSocket:
        def __init__(self, family: int) -> None:
            calls.append(family)
            if not works:
                raise OSError

        def close(self) -> None:
            pass

    monkeypatch.setattr(socket, "socket", FakeSocket)
    monkeypatch.setattr(socket, "has_ipv6", True)
    assert XMPPSettings()["ipv6"] is works
    assert XMPPSettings()["ipv6"] is works
    assert calls == [socket.AF_INET6]


def _unprobed() -> Any:
    from xmppkit.pyxmpp2.settingstable import SETTINGS

    return next(setting for setting in SETTINGS if setting.name == "ipv6")


def test_only_what_is_set_counts() -> None:
    settings = XMPPSettings({"password": "secret"})
    settings["server"] = "host"
    assert dict(settings) == {"password": "secret", "server": "host"}
    assert list(settings) == ["password", "server"]
    assert len(settings) == 2
    del settings["server"]
    assert "server" not in settings
    assert settings["server"] is None


def test_unknown_names() -> None:
    settings = XMPPSettings({"my own": 5})
    assert settings["my own"] == 5
    assert settings.get("nothing") is None
    with pytest.raises(KeyError):
        settings["nothing"]
    with pytest.raises(KeyError):
        settings.get("nothing", required=True)


def test_a_default_of_the_moment() -> None:
    assert XMPPSettings().get("c2s_port", 1) == 1
    assert XMPPSettings({"c2s_port": 2}).get("c2s_port", 1) == 2


def test_an_own_view_has_the_same_values_and_a_queue_of_its_own() -> None:
    settings = XMPPSettings()
    view = settings.own_view()
    settings["password"] = "secret"
    view["server"] = "host"
    assert dict(settings) == dict(view) == {"password": "secret", "server": "host"}
    assert settings["event_queue"] is not view["event_queue"]
    settings["event_queue"] = queue = object()
    assert view["event_queue"] is queue


# --- the engine's settings ------------------------------------------------------------------------------


def test_names_are_translated() -> None:
    settings = XMPPSettings(
        {
            "tls_require": False,
            "tls_cacert_file": "ca.pem",
            "tls_cert_file": "me.pem",
            "sasl_mechanisms": ["SCRAM-SHA-1", "DIGEST-MD5", "NO-SUCH"],
            "language": "de",
            "ipv6": False,
            "default_stanza_timeout": 5.0,
            "connect_timeout": 3.0,
        }
    )
    engine = settings.as_settings()
    assert engine.enable_starttls
    assert engine.enable_plaintext
    assert engine.ca_certs == ("ca.pem",)
    assert engine.certfile == "me.pem"
    assert engine.default_lang == "de"
    assert not engine.use_ipv6
    assert engine.iq_timeout == 5.0
    assert engine.connect_timeout == 3.0
    policy = engine.sasl_policy
    assert policy.allowed == ("SCRAM-SHA-1", "DIGEST-MD5")
    assert (policy.plain_without_tls, policy.scram_without_tls) == (False, True)


def test_by_default_the_engine_is_strict() -> None:
    engine = XMPPSettings().as_settings()
    assert (engine.enable_starttls, engine.enable_plaintext) == (True, False)
    assert (engine.plain_without_tls, engine.scram_without_tls) == (False, False)
    assert XMPPSettings({"sasl_mechanisms": None}).as_settings().sasl_mechanisms is None
    assert XMPPSettings({"tls_cacert_file": ["a", "b"]}).as_settings().ca_certs == ("a", "b")


def test_every_knob_is_a_setting() -> None:
    settings = XMPPSettings()
    for name, knob in Settings.knobs().items():
        if name not in ("sasl_mechanisms", "iq_timeout"):  # PyXMPP2 has defaults of its own
            assert settings[name] == knob.default, name
    with pytest.raises(ConfigurationError, match="connect_timeout"):
        settings["connect_timeout"] = -1


TWO_NAMES = [
    ("default_stanza_timeout", 5.0, "iq_timeout", 5.0),
    ("ipv6", False, "use_ipv6", False),
    ("starttls", False, "enable_starttls", False),
    ("tls_require", False, "enable_plaintext", True),
    ("tls_cert_file", "own.pem", "certfile", "own.pem"),
    ("language", "de", "default_lang", "de"),
    ("insecure_auth", True, "plain_without_tls", True),
]


@pytest.mark.parametrize(("name", "value", "knob", "knob_value"), TWO_NAMES)
def test_what_has_two_names_may_be_set_by_either(name: str, value: Any, knob: str, knob_value: Any) -> None:
    for settings in (XMPPSettings({name: value}), XMPPSettings({knob: knob_value})):
        assert settings[name] == value
        assert settings[knob] == knob_value
        assert getattr(settings.as_settings(), knob) == knob_value


def test_the_name_of_pyxmpp2_counts_where_both_are_set() -> None:
    settings = XMPPSettings({"tls_cacert_file": "a.pem", "ca_certs": "b.pem"})
    assert settings.as_settings().ca_certs == ("a.pem",)
    assert XMPPSettings({"ca_certs": "b.pem"})["tls_cacert_file"] == ("b.pem",)


@pytest.mark.parametrize("name", sorted(WITHOUT_EFFECT))
def test_what_nothing_looks_at_cannot_be_changed(name: str) -> None:
    knob = Settings.knob(name)
    settings = XMPPSettings({name: knob.default})
    assert settings[name] == knob.default


@pytest.mark.parametrize(
    ("name", "value"), [("proxy", "socks5://127.0.0.1:9050"), ("transports", ["websocket"]), ("use_origin_id", True)]
)
def test_a_knob_that_would_be_passed_over_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} has no effect in xmppkit.pyxmpp2"):
        XMPPSettings({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("default_stanza_timeout", -1.0), ("language", 5), ("tls_cacert_file", 5), ("insecure_auth", "maybe")],
)
def test_values_are_checked_for_the_engine(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        XMPPSettings({name: value}).as_settings()


# --- declaring ------------------------------------------------------------------------------------------


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(XMPPSettings, "_defs", dict(XMPPSettings._defs))
    XMPPSettings.add_setting("color", type=str, default="red", cmdline_help="The color", basic=True)


@pytest.mark.usefixtures("declared")
def test_a_setting_of_the_program() -> None:
    assert XMPPSettings()["color"] == "red"
    XMPPSettings.add_setting("color", type=str, default="red")
    for change in (
        {"default": "blue"},
        {"type": int, "default": "red"},
        {"default": "red", "factory": lambda s: "red"},
    ):
        with pytest.raises(ValueError, match="another one"):
            XMPPSettings.add_setting("color", **change)
    assert XMPPSettings.get_arg_parser().parse_args(["--color", "blue"]).pyxmpp2_color == "blue"


@pytest.mark.usefixtures("declared")
def test_a_factory_may_be_asked_once_for_the_process() -> None:
    made = []
    XMPPSettings.add_setting("number", type=int, factory=lambda settings: made.append(1) or len(made), cache=True)
    assert XMPPSettings()["number"] == XMPPSettings()["number"] == 1
    XMPPSettings.add_setting("fresh", type=int, factory=lambda settings: made.append(1) or len(made))
    settings = XMPPSettings()
    assert settings["fresh"] != settings["fresh"]


# --- command lines --------------------------------------------------------------------------------------


def test_a_command_line() -> None:
    parser = argparse.ArgumentParser(parents=[XMPPSettings.get_arg_parser()])
    arguments = parser.parse_args(["--password", "x", "--no-starttls", "--ipv6", "--c2s-port", "5223"])
    settings = XMPPSettings({"server": "kept"})
    settings.load_arguments(arguments)
    assert dict(settings) == {"server": "kept", "password": "x", "starttls": False, "ipv6": True, "c2s_port": 5223}


def test_what_is_not_said_stays() -> None:
    settings = XMPPSettings({"password": "kept"})
    settings.load_arguments(XMPPSettings.get_arg_parser().parse_args([]))
    assert dict(settings) == {"password": "kept"}
    assert settings.get("server") is None


def test_a_prefix() -> None:
    parser = XMPPSettings.get_arg_parser(["starttls", "resource"], option_prefix="--xmpp-", add_help=True)
    arguments = parser.parse_args(["--no-xmpp-starttls", "--xmpp-resource", "r"])
    assert vars(arguments) == {"pyxmpp2_starttls": False, "pyxmpp2_resource": "r"}


def test_a_setting_that_there_is_not() -> None:
    with pytest.raises(ConfigurationError, match="'nonsense'"):
        XMPPSettings.get_arg_parser(["nonsense"])


@pytest.mark.parametrize("arguments", [["--c2s-port", "0"], ["--c2s-port", "x"]])
def test_a_value_that_there_is_not(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        XMPPSettings.get_arg_parser().parse_args(arguments)
    assert "c2s_port does not take" in capsys.readouterr().err


def test_validators() -> None:
    assert XMPPSettings.validate_string_list("a, b") == ["a", "b"]
    assert XMPPSettings.validate_positive_int("1") == 1
    assert XMPPSettings.validate_positive_float("0.5") == 0.5
    within = XMPPSettings.get_int_range_validator(1, 3)
    assert within("2") == 2
    for validate, text in (
        (XMPPSettings.validate_positive_int, "0"),
        (XMPPSettings.validate_positive_float, "nan"),
        (within, "3"),
    ):
        with pytest.raises(ValueError):
            validate(text)
