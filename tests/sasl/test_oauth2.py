# SPDX-License-Identifier: MIT
"""X-OAUTH2: a token where PLAIN has the password."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.oauth2 import OAuth2Client


def say(username: str, token: str) -> bytes | None:
    who = Credentials(username, access_token=token)
    return OAuth2Client("X-OAUTH2", who, Attempt(nonce=lambda: "unused")).initial_response()


def test_what_goes_over_the_wire() -> None:
    assert say("tim", "ya29.tökén") == "\0tim\0ya29.tökén".encode()


@pytest.mark.parametrize(("username", "token", "said"), [("", "t", "needs"), ("u", "", "needs"), ("u", "a\0b", "NUL")])
def test_what_it_cannot_say(username: str, token: str, said: str) -> None:
    with pytest.raises(SASLFailed, match=f"X-OAUTH2 .*{said}"):
        say(username, token)
