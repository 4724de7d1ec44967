# SPDX-License-Identifier: MIT
"""X-GOOGLE-TOKEN: mail address and token."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.google import GoogleTokenClient


def say(email: str, token: str) -> bytes | None:
    who = Credentials("unused", email=email, access_token=token)
    return GoogleTokenClient("X-GOOGLE-TOKEN", who, Attempt(nonce=lambda: "unused")).initial_response()


def test_what_goes_over_the_wire() -> None:
    assert say("tim@example.org", "token") == b"\0tim@example.org\0token"


def test_what_it_needs() -> None:
    with pytest.raises(SASLFailed, match="X-GOOGLE-TOKEN needs an account"):
        say("", "token")
