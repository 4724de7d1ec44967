# SPDX-License-Identifier: MIT
"""X-OAUTH2: an access token in place of PLAIN's password (Google Talk, and ejabberd's own).

This is used only when it is named, and over TLS. It has no server half: what a token is worth only its issuer knows.
"""

from __future__ import annotations

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import ClientMechanism

__all__ = ["OAuth2Client"]


class OAuth2Client(ClientMechanism):
    """Shows user name and token."""

    def initial_response(self) -> bytes | None:
        return show_token(self.name, self.credentials.username, self.credentials.access_token)


def show_token(mechanism: str, account: str, token: str) -> bytes:
    """The message of RFC 4616 with `token` as the password; raises `SASLFailed` when that cannot be said."""
    if not account or not token:
        raise SASLFailed(f"{mechanism} needs an account and its access_token")
    if "\0" in account + token:
        raise SASLFailed(f"{mechanism} cannot carry a NUL character")
    return f"\0{account}\0{token}".encode()
