# SPDX-License-Identifier: MIT
"""Settings from the environment and from a command line."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.settings import PREFIX, Settings
from xmppkit.settings.sources import close_to

KNOBS = list(Settings.knobs().values())


# --- the environment ----------------------------------------------------------------------------------------


def test_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMPPKIT_CONNECT_TIMEOUT", "3")
    assert Settings.from_env().connect_timeout == 3.0


def test_environment_over_a_base(caplog: pytest.LogCaptureFixture) -> None:
    environ = {"XMPPKIT_USE_IPV6": "false", "PATH": "/bin", "XMPPKIT_REQUIRE_SERVERS": "1"}
    settings = Settings.from_env(environ, base=Settings.strict())
    assert settings == Settings.strict(use_ipv6=False)
    assert caplog.text == ""


def test_a_misspelt_variable_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert Settings.from_env({"XMPPKIT_CONECT_TIMEOUT": "3"}) == Settings()
    assert "XMPPKIT_CONECT_TIMEOUT is no setting; was XMPPKIT_CONNECT_TIMEOUT meant?" in caplog.text


# --- the command line ---------------------------------------------------------------------------------------


def parse(arguments: list[str], names: list[str] | None = None, **options: Any) -> Settings:
    parser = argparse.ArgumentParser(exit_on_error=False)
    Settings.add_arguments(parser, names)
    return Settings.from_arguments(parser.parse_args(arguments), **options)


def test_nothing_on_the_command_line() -> None:
    assert parse([]) == Settings()
    assert parse([], base=Settings.strict()) == Settings.strict()


def test_switches() -> None:
    settings = parse(["--no-use-ipv6", "--use-origin-id", "--auto-authorize", "none"], base=Settings.strict())
    assert settings == Settings.strict(use_ipv6=False, use_origin_id=True)


def test_errors_name_the_option() -> None:
    with pytest.raises(ConfigurationError, match=r"--connect-timeout: connect_timeout takes a number .*, not 'soon'"):
        parse(["--connect-timeout", "soon"])


def test_only_some_options() -> None:
    assert parse(["--connect-timeout", "3"], ["connect_timeout"]).connect_timeout == 3.0
    parser = argparse.ArgumentParser()
    Settings.add_arguments(parser, ["connect_timeout"])
    assert parser.parse_known_args(["--dns-timeout", "3"])[1] == ["--dns-timeout", "3"]
    with pytest.raises(ConfigurationError, match="there is no setting 'zzz'"):
        parse([], ["zzz"])


def test_help_shows_every_option_and_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    parser = argparse.ArgumentParser()
    Settings.add_arguments(parser)
    text = " ".join(parser.format_help().split())
    for knob in KNOBS:
        assert knob.flag in text
        assert f"{knob.help} Default: " in text
    for line in (
        "--use-ipv6, --no-use-ipv6 Use IPv6 addresses, too. Default: true.",
        "--connect-timeout SECONDS How long connecting to one endpoint may take, with all its addresses. Default: 10.",
        "--max-redirects NUMBER How often in a row a server may send us elsewhere. Default: 5.",
        "--tls-minimum 1.2|1.3 The oldest version of TLS. Default: 1.2.",
        "--sasl-mechanisms NAME[,…] The mechanisms that may be used. Default: none.",
        "--default-lang TAG The language of what we send. Default: en.",
    ):
        assert line in text


def test_settings_and_options_of_ones_own_do_not_meet() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--session", dest="session")
    Settings.add_arguments(parser, ["connect_timeout"])
    arguments = parser.parse_args(["--session", "mine", "--connect-timeout", "2"])
    assert vars(arguments) == {"session": "mine", PREFIX + "connect_timeout": "2"}


def test_the_closest_name() -> None:
    assert close_to("conect_timeout", ["use_ipv6", "connect_timeout"]) == ["connect_timeout"]
    assert close_to("zzz", ["use_ipv6", "connect_timeout"]) == []
