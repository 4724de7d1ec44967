# SPDX-License-Identifier: MIT
"""LOGIN (draft-murchison-sasl-login, obsolete): name and password one after the other, so only inside TLS.

PLAIN does the same in one step (RFC 4616). This is used only when it is named.
"""

from __future__ import annotations

from typing import Final

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, ServerStep
from xmppkit.sasl.plain import PlainServer

__all__ = ["LoginClient", "LoginServer"]

_LIMIT: Final = 1024  # bytes of a message
_USERNAME: Final = b"Username:"
_PASSWORD: Final = b"Password:"


class LoginClient(ClientMechanism):
    """Answers the first question with the name and the second with the password, whatever they are called."""

    _asked = 0

    def initial_response(self) -> bytes | None:
        if self.credentials.password is None:
            raise SASLFailed("LOGIN needs a password")
        return None

    def respond(self, challenge: bytes) -> bytes:
        self._asked += 1
        if self._asked > 2:
            raise SASLFailed("LOGIN has two challenges, but the server sent a third")
        answer = self.credentials.username if self._asked == 1 else self.credentials.password or ""
        return answer.encode("utf-8")

    def success(self, data: bytes | None) -> None:
        super().success(data)
        if self._asked < 2:
            raise SASLFailed("LOGIN: the server ended the exchange before it knew the password")


class LoginServer(PlainServer):
    """Asks for the name and for the password, and compares as PLAIN does."""

    _named = False

    def receive(self, data: bytes | None) -> ServerStep:
        if data is None and not self._asked:
            self._asked = True
            return Challenge(_USERNAME)
        if data is None or not data or len(data) > _LIMIT or self._password:
            return self.MALFORMED
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return self.MALFORMED
        self._asked = True
        if not self._named:
            self._named, self._username = True, text
            return Challenge(_PASSWORD)
        if not self._username:
            return self.MALFORMED
        self._password = text
        return NeedAccount(self._username)
