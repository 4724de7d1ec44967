# SPDX-License-Identifier: MIT
"""CRAM-MD5 (RFC 2195, obsolete): a keyed hash of what the server said. It proves nothing about the server.

This is used only when it is named, and over TLS: who listens could guess at the password offline.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord

__all__ = ["CramClient", "CramServer"]

_LIMIT: Final = 4 * 1024  # bytes of a message
_DIGEST: Final = 32  # letters of an MD5 in hexadecimal


def _digest(password: str, challenge: bytes) -> bytes:
    return hmac.digest(password.encode("utf-8"), challenge, "md5").hex().encode()


class CramClient(ClientMechanism):
    """Waits for the challenge, and answers with name and hash."""

    _answered = False

    def initial_response(self) -> bytes | None:
        if self.credentials.password is None:
            raise SASLFailed("CRAM-MD5 needs a password")
        return None

    def respond(self, challenge: bytes) -> bytes:
        if self._answered:
            raise SASLFailed("CRAM-MD5 has one challenge, but the server sent a second")
        if not challenge or len(challenge) > _LIMIT:
            raise SASLFailed("CRAM-MD5: the server's challenge is empty, or too long")
        self._answered = True
        who = self.credentials
        return who.username.encode("utf-8") + b" " + _digest(who.password or "", challenge)

    def success(self, data: bytes | None) -> None:
        super().success(data)
        if not self._answered:
            raise SASLFailed("CRAM-MD5: the server ended the exchange before it had asked anything")


class CramServer(ServerMechanism):
    """Compares with the hash of the account's password, which has to be known in the clear."""

    _challenge = _response = b""
    _username = ""

    def receive(self, data: bytes | None) -> ServerStep:
        if not self._challenge:
            if data:  # the server speaks first
                return self.MALFORMED
            self._challenge = f"<{self.attempt.nonce()}@{self.attempt.domain or 'localhost'}>".encode()
            return Challenge(self._challenge)
        name, _, response = (data or b"").rpartition(b" ")
        if not name or self._response or len(response) != _DIGEST or len(name) > _LIMIT:
            return self.MALFORMED
        try:
            self._username = name.decode("utf-8")
        except UnicodeDecodeError:
            return self.MALFORMED
        self._response = response
        return NeedAccount(self._username)

    def account(self, record: AccountRecord | None) -> ServerStep:
        username, self._username = self._username, ""
        if not username:
            return self.MALFORMED  # nothing was asked for, or that has been answered
        known = record.password if record is not None else None
        # Somebody who is not there costs the same work.
        expected = _digest(secrets.token_hex(16) if known is None else known, self._challenge)
        if hmac.compare_digest(expected, self._response) and known:
            return Success(username)
        return self.REFUSED
