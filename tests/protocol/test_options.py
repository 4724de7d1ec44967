# SPDX-License-Identifier: MIT
"""What a stream may be told, and what it may not."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.framing.websocket import WebSocketFraming
from xmppkit.protocol.options import CLEAR_POLICIES, StreamOptions, TlsPolicy, random_id, random_nonce
from xmppkit.sasl import Credentials
from xmppkit.stanza.message import Message
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    import ssl

    from conftest import Tls


def test_the_defaults_are_safe() -> None:
    options = StreamOptions()
    assert options.tls is TlsPolicy.REQUIRED
    assert options.limits_before_authentication == Limits.before_authentication()
    assert options.negotiation_timeout == 30.0
    assert TlsPolicy.REQUIRED not in CLEAR_POLICIES
    assert TlsPolicy.DIRECT not in CLEAR_POLICIES


@pytest.mark.parametrize("name", ["negotiation_timeout", "close_timeout"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
def test_times_are_positive(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} takes a positive number of seconds"):
        StreamOptions().replace(**{name: value})


def test_at_least_one_attempt() -> None:
    assert StreamOptions(max_auth_attempts=1).max_auth_attempts == 1
    with pytest.raises(ConfigurationError, match="max_auth_attempts takes 1 or more"):
        StreamOptions(max_auth_attempts=0)


def test_replace() -> None:
    options = StreamOptions(domain="a.example")
    changed = options.replace(lang="de", tls=TlsPolicy.DIRECT)
    assert (changed.domain, changed.lang, changed.tls) == ("a.example", "de", TlsPolicy.DIRECT)
    assert (options.lang, options.tls) == (None, TlsPolicy.REQUIRED)
    with pytest.raises(TypeError, match="no such option: colour, taste"):
        options.replace(taste=1, colour=2)


def test_they_do_not_change_and_show_no_secrets() -> None:
    options = StreamOptions(credentials=Credentials("alice", "pencil"))
    assert "pencil" not in repr(options)
    assert "alice" not in repr(options)
    with pytest.raises(FrozenInstanceError):
        options.lang = "de"  # type: ignore[misc]


def test_the_tls_context(tls: Tls) -> None:
    made: list[ssl.SSLContext] = []

    def factory() -> ssl.SSLContext:
        made.append(tls.client)
        return tls.client

    lazy = StreamOptions(ssl_context_factory=factory)
    assert lazy.can_encrypt
    assert made == []
    assert lazy.tls_context() is tls.client
    ready = StreamOptions(ssl_context=tls.server, ssl_context_factory=factory)
    assert ready.can_encrypt
    assert ready.tls_context() is tls.server
    assert len(made) == 1
    assert not StreamOptions().can_encrypt
    with pytest.raises(ConfigurationError, match="'required' needs ssl_context or ssl_context_factory"):
        StreamOptions().tls_context()


def test_ids_and_nonces_cannot_be_guessed() -> None:
    for make, least in ((random_id, 16), (random_nonce, 32)):
        drawn = {make() for _ in range(100)}
        assert len(drawn) == 100
        assert all(len(one) == least for one in drawn)
        # RFC 5802 §5.1: printable, no comma; and nothing that XML would have to escape.
        assert all(one.replace("-", "").replace("_", "").isalnum() for one in drawn)


def test_stanzas_are_made_by_the_registry() -> None:
    assert isinstance(StreamOptions().stanza_factory(Message().xml), Message)


def test_who_does_tls() -> None:
    StreamOptions(tls=TlsPolicy.TRANSPORT).check_tls()
    StreamOptions(tls=TlsPolicy.DISABLED, framing=WebSocketFraming).check_tls()
    StreamOptions(tls=TlsPolicy.TRANSPORT, framing=WebSocketFraming).check_tls()
    for tls in (TlsPolicy.REQUIRED, TlsPolicy.IF_OFFERED, TlsPolicy.DIRECT):
        with pytest.raises(ConfigurationError, match=f"choose TlsPolicy.TRANSPORT, not {tls.name}"):
            StreamOptions(tls=tls, framing=WebSocketFraming).check_tls()
        with pytest.raises(ConfigurationError, match="needs ssl_context or ssl_context_factory"):
            StreamOptions(tls=tls).check_tls()
