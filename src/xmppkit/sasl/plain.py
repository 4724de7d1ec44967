# SPDX-License-Identifier: MIT
"""PLAIN (RFC 4616): the password itself, so only inside TLS."""

from __future__ import annotations

import hmac

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, PendingStep, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.derivation import Pending
from xmppkit.sasl.prep import saslprep
from xmppkit.sasl.scram import HASHES, check_password, make_scram_record

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
    """Compares the password, or what SCRAM would have made of it, or asks who can tell."""

    _authzid = _username = _password = ""
    _asked = False
    _derived = False  # the comparison took the derivation of a key

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

    def account(self, record: AccountRecord | None) -> ServerStep | PendingStep:
        username, password = self._username, self._password
        self._username = self._password = ""
        if not username:
            return self.MALFORMED  # nothing was asked for, or that has been answered
        try:
            prepared = saslprep(password)
        except SASLFailed:
            return self.REFUSED
        right = prepared != "" and record is not None and self._matches(prepared, record)
        if isinstance(right, Pending):
            answer = right.then
            return Pending(right.derivation, lambda salted: self._judge(username, answer(salted)))
        return self._judge(username, right)

    def _judge(self, username: str, right: bool) -> ServerStep:
        if right:
            return Success(username, self._authzid)
        if not self._derived:
            # The work of comparing with a SCRAM record: the time must not tell what there is to compare with.
            make_scram_record(next(iter(HASHES)), "nothing")
        return self.REFUSED

    def _matches(self, prepared: str, record: AccountRecord) -> bool | Pending[bool]:
        if record.check is not None:
            return record.check(prepared)
        if record.password is not None:
            try:
                expected = saslprep(record.password)
            except SASLFailed:
                return False
            return hmac.compare_digest(expected.encode("utf-8"), prepared.encode("utf-8"))
        name = next((name for name in HASHES if name in record.scram), None)
        if name is None:
            return False
        self._derived = True
        return check_password(name, prepared, record.scram[name])
