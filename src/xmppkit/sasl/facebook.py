# SPDX-License-Identifier: MIT
"""X-FACEBOOK-PLATFORM: an access token, in the form of a call of Facebook's interface for programs.

This is used only when it is named, and over TLS. It has no server half: what a token is worth only its issuer knows.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import ClientMechanism

__all__ = ["FacebookClient"]

_LIMIT: Final = 4 * 1024  # bytes of a challenge
_FIELDS: Final = 20  # of a challenge; there are three


class FacebookClient(ClientMechanism):
    """Answers the one challenge, a query string, with another."""

    _answered = False

    def initial_response(self) -> bytes | None:
        lacking = self.credentials.missing(("access_token", "api_key"))
        if lacking:
            raise SASLFailed(f"X-FACEBOOK-PLATFORM needs {' and '.join(lacking)}")
        return None

    def respond(self, challenge: bytes) -> bytes:
        if self._answered:
            raise SASLFailed("X-FACEBOOK-PLATFORM has one challenge, but the server sent a second")
        try:
            fields = dict(parse_qsl(challenge[:_LIMIT].decode("utf-8"), max_num_fields=_FIELDS))
        except ValueError:
            fields = {}
        if not fields.get("method") or not fields.get("nonce"):
            raise SASLFailed("X-FACEBOOK-PLATFORM: the server's challenge is malformed")
        self._answered = True
        call = {
            "method": fields["method"],
            "v": "1.0",
            "call_id": "1.0",
            "nonce": fields["nonce"],
            "access_token": self.credentials.access_token,
            "api_key": self.credentials.api_key,
        }
        return urlencode(call).encode("ascii")
