# SPDX-License-Identifier: MIT
"""X-GOOGLE-TOKEN: a token of Google's ClientLogin, with the account's mail address.

This is used only when it is named, and over TLS. It has no server half: what a token is worth only its issuer knows.
"""

from __future__ import annotations

from xmppkit.sasl.base import ClientMechanism
from xmppkit.sasl.oauth2 import show_token

__all__ = ["GoogleTokenClient"]


class GoogleTokenClient(ClientMechanism):
    """Shows mail address and token."""

    def initial_response(self) -> bytes | None:
        return show_token(self.name, self.credentials.email, self.credentials.access_token)
