# SPDX-License-Identifier: MIT
"""PLAIN (RFC 4616): the password itself, so only inside TLS."""

from __future__ import annotations

import hashlib
import hmac

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.prep import saslprep
from xmppkit.sasl.scram import HASHES, check_password

__all__ = ["PlainClient", "PlainServer"]

_LIMIT = 4 * 1024  # bytes of a message; names and passwords are far shorter


class PlainClient(ClientMechanism):
    """Shows authorization identity, user name and password."""

    def initial_response(self) -> bytes | None:
        who = self.credentials
        if who.password is None:
            raise SASLFailed("PLAIN needs a password")
        if "\0" in who.username + who.password + who.authzid:
            raise SASLFailed("PLAIN cannot carry a NUL character")
        return "\0".join((who.authzid, who.username, who.password)).encode("utf-8")


class PlainServer(ServerMechanism):
    """Compares the password, or what SCRAM would have made of it."""

    _authzid = _username = _password = ""
    _asked = False

    def receive(self, data: bytes | None) -> ServerStep:
        if data is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        try:
            authzid, username, password = (data or b"")[: _LIMIT + 1].decode("utf-8").split("\0")
        except ValueError:
            return self.MALFORMED
        if not username or not password or len(data or b"") > _LIMIT:
            return self.MALFORMED
        self._authzid, self._username, self._password = authzid, username, password
        return NeedAccount(username)

    def account(self, record: AccountRecord | None) -> ServerStep:
        password, self._password = self._password, ""
        try:
            prepared = saslprep(password)
        except SASLFailed:
            return self.REFUSED
        if record is None or (record.password is None and not record.scram):
            # The same work as for an account that exists, so that the time does not tell.
            hashlib.pbkdf2_hmac("sha256", prepared.encode(), b"no such account", self.attempt.policy.min_iterations)
            return self.REFUSED
        if record.password is not None:
            try:
                expected = saslprep(record.password)
            except SASLFailed:
                return self.REFUSED
            good = hmac.compare_digest(expected.encode(), prepared.encode())
        else:
            name = next((name for name in HASHES if name in record.scram), "")
            good = bool(name) and check_password(name, prepared, record.scram[name])
        return Success(self._username, self._authzid) if good else self.REFUSED
