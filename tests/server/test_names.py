# SPDX-License-Identifier: MIT
"""xmppkit.server.names."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.server.names import domain_of, is_loopback, secrets_of


def test_domains() -> None:
    assert domain_of("Chat.Example") == "chat.example"
    for wrong in ("", "alice@chat.example", "chat.example/desk", "chat..example", "a b"):
        with pytest.raises(ConfigurationError, match="is no domain"):
            domain_of(wrong)


def test_secrets() -> None:
    assert secrets_of({"Echo.Localhost": "s"}, "localhost") == {"echo.localhost": "s"}
    with pytest.raises(ConfigurationError, match="a component needs another one"):
        secrets_of({"localhost": "s"}, "localhost")
    with pytest.raises(ConfigurationError, match="needs a secret"):
        secrets_of({"echo.localhost": ""}, "localhost")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("a.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
