# SPDX-License-Identifier: MIT
"""HT-SHA-256-NONE, -ENDP, -UNIQ and -EXPR: one message each way that proves a token (XEP-0484; the Hashed Token SASL
Mechanism, draft-schmaus-kitten-sasl-ht-09).

Each side shows the HMAC of the token, with what binds it to the TLS channel, so neither shows the token. There is no
challenge, so what was sent once could be sent again where nothing binds it: over TLS only, and the binding ones first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Final

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.records import record
from xmppkit.sasl.base import (
    Attempt,
    ChannelBinding,
    ClientMechanism,
    Failure,
    NeedAccount,
    ServerMechanism,
    ServerStep,
    Success,
)
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.policy import Binding

__all__ = ["BINDINGS", "HtClient", "HtServer", "TokenRecord", "usable"]

#: The kind of channel binding that each mechanism needs, strongest first; empty: none.
BINDINGS: Final = {
    "HT-SHA-256-EXPR": "tls-exporter",
    "HT-SHA-256-UNIQ": "tls-unique",
    "HT-SHA-256-ENDP": "tls-server-end-point",
    "HT-SHA-256-NONE": "",
}

_MESSAGE_LIMIT: Final = 8 * 1024  # bytes; a user name and 32 of a hash
_HASH_SIZE: Final = 32


@record(frozen=True, slots=True)
class TokenRecord:
    """What a server knows of a token that it has given to one of an account's clients.

    :ivar token: the secret.
    :ivar mechanism: the one mechanism with which it may be used.
    :ivar count: the highest count with which it was used; None: it was not, or without one.
    :ivar expired: its time is over: whoever shows it is told so, and not let in.
    """

    token: str = field(repr=False)
    mechanism: str
    count: int | None = None
    expired: bool = False


def usable(names: Iterable[str], binding: ChannelBinding | None, wanted: Binding = Binding.IF_OFFERED) -> list[str]:
    """Those of `names` that this channel can bind, and that the policy wants, strongest first.

    :param wanted: what the policy says of channel binding.
    """
    known = set(names)
    excluded = {Binding.NEVER: True, Binding.REQUIRED: False}.get(wanted)
    return [
        name
        for name, kind in BINDINGS.items()
        if name in known and bool(kind) is not excluded and (not kind or (binding and binding(kind)))
    ]


def _bound(name: str, attempt: Attempt) -> bytes | None:
    """What binds the token to the channel; None when it cannot be bound."""
    kind = BINDINGS[name]
    if not kind:
        return b""
    return (attempt.binding(kind) or None) if attempt.binding is not None else None


def _same(one: bytes, other: bytes) -> bool:
    """Whether two proofs are one; how long it takes does not say where they differ."""
    import hmac

    return hmac.compare_digest(one, other)


def _proof(token: str, who: bytes, bound: bytes) -> bytes:
    import hmac  # only who has a token pays for loading it

    return hmac.digest(token.encode("utf-8"), who + bound, "sha256")


class HtClient(ClientMechanism):
    """The client's half. `Credentials.access_token` is the token.

    :raises SASLFailed: from `initial_response`, when the channel has not the binding that the mechanism needs.
    """

    def __init__(self, name: str, credentials: Credentials, attempt: Attempt) -> None:
        super().__init__(name, credentials, attempt)
        self._bound: bytes | None = None

    def initial_response(self) -> bytes:
        bound = self._bound = _bound(self.name, self.attempt)
        if bound is None:
            raise SASLFailed(f"{self.name} needs {BINDINGS[self.name]}, which this connection does not have")
        proof = _proof(self.credentials.access_token, b"Initiator", bound)
        return self.credentials.username.encode("utf-8") + b"\0" + proof

    def success(self, data: bytes | None) -> None:
        expected = _proof(self.credentials.access_token, b"Responder", self._bound or b"")
        if not data or not _same(data, expected):
            raise SASLMutualAuthFailed(f"{self.name}: the server did not show that it knows the token")


class HtServer(ServerMechanism):
    """The server's half. The tokens are in `AccountRecord.tokens`.

    :ivar count: the count that the client says; set by the stream before the account is looked up.
    :ivar used: the token that the client has shown; None before.
    """

    def __init__(self, name: str, attempt: Attempt) -> None:
        super().__init__(name, attempt)
        self.count: int | None = None
        self.used: TokenRecord | None = None
        self._username = ""
        self._shown = b""

    def receive(self, data: bytes | None) -> ServerStep:
        from xmppkit.sasl.prep import saslprep  # and its tables: for servers only

        name, separator, shown = (data or b"")[: _MESSAGE_LIMIT + 1].partition(b"\0")
        try:
            username = saslprep(name.decode("utf-8"))
        except (UnicodeDecodeError, SASLFailed):
            return self.MALFORMED
        if not username or not separator or len(shown) != _HASH_SIZE or self._shown:
            return self.MALFORMED
        self._username, self._shown = username, shown
        return NeedAccount(username)

    def account(self, record: AccountRecord | None) -> ServerStep:
        bound = _bound(self.name, self.attempt)
        if not self._shown or bound is None:
            return self.MALFORMED
        found: TokenRecord | None = None
        for each in record.tokens if record is not None else ():
            # All are compared, and in full: how long it takes says nothing of them.
            same = _same(_proof(each.token, b"Initiator", bound), self._shown)
            if same and each.token and each.mechanism == self.name:
                found = each
        if found is None or (self.count is not None and found.count is not None and self.count <= found.count):
            return self.REFUSED
        if found.expired:
            return Failure("credentials-expired", "the token has expired")
        self.used = found
        return Success(self._username, "", _proof(found.token, b"Responder", bound))
