# SPDX-License-Identifier: MIT
"""X-MESSENGER-OAUTH2: the token as it was issued."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.messenger import MessengerClient


def make_client(token: str) -> MessengerClient:
    return MessengerClient("X-MESSENGER-OAUTH2", Credentials(access_token=token), Attempt(nonce=lambda: "unused"))


def test_the_token_is_all_there_is() -> None:
    client = make_client("EwAgAq1D%3d")
    assert client.initial_response() == b"EwAgAq1D%3d"
    assert client.verbatim
    with pytest.raises(SASLFailed, match="no challenge"):
        client.respond(b"")


def test_without_a_token() -> None:
    with pytest.raises(SASLFailed, match="needs an access_token"):
        make_client("").initial_response()
