# SPDX-License-Identifier: MIT
"""EXTERNAL (RFC 4422 appendix A): TLS has shown who the client is, by its certificate (XEP-0178)."""

from __future__ import annotations

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord

__all__ = ["ExternalClient", "ExternalServer"]


class ExternalClient(ClientMechanism):
    """Names whom to act as, or nobody: then the server takes the certificate's JID."""

    _asked = False

    def initial_response(self) -> bytes | None:
        return self.credentials.authzid.encode("utf-8")

    def respond(self, challenge: bytes) -> bytes:
        if self._asked or challenge:
            raise SASLFailed("EXTERNAL has no challenge, but the server sent one")
        self._asked = True
        return self.credentials.authzid.encode("utf-8")


class ExternalServer(ServerMechanism):
    """Asks the host whom the client's certificate proves, which the host says in `AccountRecord.certified`.

    What the client asked for, an address or nothing, is in `NeedAccount.username`. Whether the one proved may act
    as the other is for the host, or for the stream, to check.
    """

    _authzid = ""
    _asked = False

    def receive(self, data: bytes | None) -> ServerStep:
        if data is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        try:
            self._authzid = (data or b"").decode("utf-8")
        except UnicodeDecodeError:
            return self.MALFORMED
        if "\0" in self._authzid:
            return self.MALFORMED
        return NeedAccount(self._authzid)

    def account(self, record: AccountRecord | None) -> ServerStep:
        if record is None or not record.certified:
            return self.REFUSED
        return Success(record.certified, self._authzid)
