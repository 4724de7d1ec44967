# SPDX-License-Identifier: MIT
"""X-MESSENGER-OAUTH2: an access token of Microsoft's, which stands in the XML as it was issued.

This is used only when it is named, and over TLS. It has no server half: what a token is worth only its issuer knows.
"""

from __future__ import annotations

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import ClientMechanism

__all__ = ["MessengerClient"]


class MessengerClient(ClientMechanism):
    """Shows the token."""

    verbatim = True

    def initial_response(self) -> bytes | None:
        if not self.credentials.access_token:
            raise SASLFailed("X-MESSENGER-OAUTH2 needs an access_token")
        return self.credentials.access_token.encode("utf-8")
