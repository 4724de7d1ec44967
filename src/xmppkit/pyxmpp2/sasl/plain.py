# SPDX-License-Identifier: MIT
"""PLAIN (RFC 4616): the password itself, so only inside TLS."""

from __future__ import annotations

from xmppkit.pyxmpp2.sasl.core import EngineClientAuthenticator, EngineServerAuthenticator, sasl_mechanism
from xmppkit.sasl.credentials import AccountRecord

__all__ = ["PlainClientAuthenticator", "PlainServerAuthenticator"]


@sasl_mechanism("PLAIN", False, 10)
class PlainClientAuthenticator(EngineClientAuthenticator):
    """The client's half."""

    mechanism = "PLAIN"


@sasl_mechanism("PLAIN", False, 10)
class PlainServerAuthenticator(EngineServerAuthenticator):
    """The server's half, which asks `PasswordDatabase.check_password`."""

    mechanism = "PLAIN"

    def _record(self, username: str, data: bytes) -> AccountRecord | None:
        password = data.rpartition(b"\0")[2].decode("utf-8")  # the engine has seen that the message is well-formed
        right = self.password_database.check_password(username, password, self._properties)
        return AccountRecord(password=password) if right else None
