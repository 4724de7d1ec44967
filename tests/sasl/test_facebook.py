# SPDX-License-Identifier: MIT
"""X-FACEBOOK-PLATFORM: one challenge, one answer, both query strings."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.facebook import FacebookClient

CHALLENGE = b"version=1&method=auth.xmpp_login&nonce=4B1ED3509149041E187D250455360CB7"


def make_client(token: str = "to&ken", key: str = "key") -> FacebookClient:
    who = Credentials(access_token=token, api_key=key)
    return FacebookClient("X-FACEBOOK-PLATFORM", who, Attempt(nonce=lambda: "unused"))


def test_the_exchange() -> None:
    client = make_client()
    assert client.initial_response() is None
    assert parse_qs(client.respond(CHALLENGE).decode(), strict_parsing=True) == {
        "method": ["auth.xmpp_login"],
        "v": ["1.0"],
        "call_id": ["1.0"],
        "nonce": ["4B1ED3509149041E187D250455360CB7"],
        "access_token": ["to&ken"],
        "api_key": ["key"],
    }
    client.success(None)
    with pytest.raises(SASLFailed, match="a second"):
        client.respond(CHALLENGE)


@pytest.mark.parametrize("challenge", [b"", b"\xff", b"method=a", b"nonce=a", b"&".join([b"method=a&nonce=b"] * 20)])
def test_a_challenge_that_is_none(challenge: bytes) -> None:
    with pytest.raises(SASLFailed, match="malformed"):
        make_client().respond(challenge)


@pytest.mark.parametrize(("token", "key", "said"), [("", "k", "access_token$"), ("", "", "access_token and api_key")])
def test_what_it_needs(token: str, key: str, said: str) -> None:
    with pytest.raises(SASLFailed, match=said):
        make_client(token, key).initial_response()
